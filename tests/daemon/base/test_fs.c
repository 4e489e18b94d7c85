/* SPDX-License-Identifier: MIT */
/* File work, with and without openat2(): a child process forbids itself the
 * call as an old system call filter would. The calls below stand in for libc's.
 */
#include "daemon/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/t.h"

static struct {
	int sync_errno;
	int interrupts; /* calls that are interrupted first */
	size_t short_write;
	bool write_nothing;
} calls;

static bool interrupted(void)
{
	if (calls.interrupts == 0)
		return false;
	calls.interrupts--;
	errno = EINTR;
	return true;
}

int fsync(int fd)
{
	if (interrupted())
		return -1;
	if (calls.sync_errno) {
		errno = calls.sync_errno;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (interrupted())
		return -1;
	if (calls.write_nothing)
		return 0;
	if (calls.short_write && n > calls.short_write)
		n = calls.short_write;
	return syscall(SYS_write, fd, p, n);
}

static char path[64];
static int dir;

static int setup(void **state)
{
	(void)state;
	memset(&calls, 0, sizeof(calls));
	(void)snprintf(path, sizeof(path), "/tmp/test-fs.XXXXXX");
	if (!mkdtemp(path))
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static void remove_all(int at)
{
	DIR *d = fs_opendir(at);

	for (const struct dirent *e; d && (e = fs_readdir(d));) {
		int sub = fs_open(at, e->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (sub >= 0)
			remove_all(sub);
		fs_drop(sub);
		(void)unlinkat(at, e->d_name, sub >= 0 ? AT_REMOVEDIR : 0);
	}
	if (d)
		(void)closedir(d);
}

static int teardown(void **state)
{
	(void)state;
	remove_all(dir);
	(void)close(dir);
	return rmdir(path);
}

static void put(const char *name, const char *text)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, text, strlen(text)), 0);
	assert_int_equal(fs_close(fd), 0);
}

static void expect(const char *name, const char *text)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(fs_read_small(dir, name, 1000, &b), 0);
	assert_string_equal(b.len ? b.data : "", text);
	buf_release(&b);
}

static bool there(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_fs__write_is_whole(void **state)
{
	(void)state;
	calls.short_write = 3;
	calls.interrupts = 4;
	put("a", "0123456789");
	expect("a", "0123456789");
	calls.short_write = 0;
	calls.write_nothing = true;
	assert_int_equal(fs_write(dir, "x", 1), -1);
	assert_int_equal(errno, EIO);
	calls.write_nothing = false;
	assert_int_equal(fs_write(-1, "x", 1), -1);
	assert_int_equal(fs_write(-1, NULL, 0), 0);
}

/* What opening beneath must do, as a process's exit status, since it also runs
 * where a failed assertion would not be seen. */
static int check_beneath(void)
{
	static const struct {
		const char *name;
		int flags;
		bool ok;
	} table[] = {
	    {"", O_RDONLY | O_DIRECTORY, true},
	    {".", O_RDONLY | O_DIRECTORY, true},
	    {"d", O_RDONLY | O_DIRECTORY, true},
	    {"d/e", O_RDONLY | O_DIRECTORY, true},
	    {"d//e/", O_RDONLY | O_DIRECTORY, true},
	    {"d/e/f", O_RDONLY, true},
	    {"d/e/g", O_WRONLY | O_CREAT | O_EXCL, true},
	    {"d/e/f", O_RDONLY | O_DIRECTORY, false},
	    {"d/e/f/x", O_RDONLY, false},
	    {"none", O_RDONLY, false},
	    {"none/x", O_RDONLY, false},
	    {"link", O_RDONLY | O_DIRECTORY, false},
	    {"link/e", O_RDONLY | O_DIRECTORY, false},
	    {"d/up/d", O_RDONLY | O_DIRECTORY, false},
	    {"out", O_RDONLY | O_DIRECTORY, false},
	    {"to-file", O_RDONLY, false},
	    {"..", O_RDONLY | O_DIRECTORY, false},
	    {"../x", O_RDONLY, false},
	    {"d/../../x", O_RDONLY, false},
	    {"/", O_RDONLY | O_DIRECTORY, false},
	    {"/etc", O_RDONLY | O_DIRECTORY, false},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int fd =
		    fs_open_beneath(dir, table[i].name, table[i].flags, 0600);
		if ((fd >= 0) != table[i].ok)
			return (int)i + 1;
		if (fd >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return (int)i + 1;
		/* An O_PATH descriptor would not do. */
		if (fd >= 0 && (fcntl(fd, F_GETFL) & O_PATH))
			return (int)i + 1;
		fs_drop(fd);
	}
	return 0;
}

static void make_tree(void)
{
	assert_int_equal(fs_make_dirs(dir, "d/e", false), 0);
	put("d/e/f", "");
	assert_int_equal(symlinkat("d", dir, "link"), 0);
	assert_int_equal(symlinkat("..", dir, "d/up"), 0);
	assert_int_equal(symlinkat("/tmp", dir, "out"), 0);
	assert_int_equal(symlinkat("d/e/f", dir, "to-file"), 0);
}

static void test_fs__opens_beneath(void **state)
{
	(void)state;
	make_tree();
	assert_int_equal(check_beneath(), 0);
}

static int forbid_openat2(unsigned number)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		     offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) |
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static void test_fs__opens_beneath_without_openat2(void **state)
{
	static const unsigned number[] = {ENOSYS, EPERM};

	(void)state;
	make_tree();
	for (int i = 0; i < 2; i++) {
		int status;
		pid_t child = fork();
		if (child == 0)
			_exit(forbid_openat2(number[i]) ? 100
							: check_beneath());
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 100)
			skip();
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_int_equal(unlinkat(dir, "d/e/g", 0), 0);
	}
}

static void test_fs__makes_directories(void **state)
{
	char long_name[300];

	(void)state;
	make_tree();
	assert_int_equal(fs_make_dirs(dir, "", false), 0);
	assert_int_equal(fs_make_dirs(dir, "a//b/./c/", false), 0);
	assert_true(there("a/b/c"));
	assert_int_equal(fs_make_dirs(dir, "a/b/c", false), 0);
	assert_int_equal(fs_make_dirs(dir, "link/x", false), -1);
	assert_int_equal(fs_make_dirs(dir, "a/../x", false), -1);
	assert_int_equal(fs_make_dirs(dir, "/tmp", false), -1);
	assert_false(there("d/x"));
	assert_false(there("x"));
	assert_int_equal(fs_make_dirs(dir, "link/../x", true), 0);
	assert_true(there("x"));
	assert_int_equal(fs_make_dirs(dir, "d/e/f/x", true), -1);
	memset(long_name, 'x', sizeof(long_name));
	long_name[256] = '\0';
	assert_int_equal(fs_make_dirs(dir, long_name, false), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	calls.sync_errno = EIO;
	assert_int_equal(fs_make_dirs(dir, "unsynced", false), -1);
}

static void test_fs__sync_failures(void **state)
{
	(void)state;
	calls.interrupts = 2;
	assert_int_equal(fs_sync(dir), 0);
	calls.sync_errno = EINVAL;
	assert_int_equal(fs_sync_dir(dir), 0);
	assert_int_equal(fs_sync(dir), -1);
	calls.sync_errno = EIO;
	assert_int_equal(fs_sync_dir(dir), -1);
	assert_int_equal(fs_datasync(-1), -1);
	assert_int_equal(fs_close(-1), -1);
}

static void test_fs__rename_never_overwrites(void **state)
{
	(void)state;
	put("a", "A");
	put("b", "B");
	assert_int_equal(fs_rename_new(dir, "a", dir, "b"), -1);
	assert_int_equal(errno, EEXIST);
	expect("b", "B");
	assert_int_equal(fs_rename_new(dir, "a", dir, "c"), 0);
	expect("c", "A");
	assert_int_equal(fs_rename_new(dir, "a", dir, "d"), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_fs__reads_small_files(void **state)
{
	struct buf b;

	(void)state;
	make_tree();
	put("empty", "");
	put("ten", "0123456789");
	buf_init(&b, 100);
	assert_int_equal(fs_read_small(dir, "ten", 10, &b), 0);
	assert_int_equal(b.len, 10);
	assert_int_equal(fs_read_small(dir, "empty", 10, &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(fs_read_small(dir, "ten", 9, &b), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(fs_read_small(dir, "d", 9, &b), -1);
	assert_int_equal(fs_read_small(dir, "to-file", 9, &b), -1);
	assert_int_equal(fs_read_small(dir, "none", 9, &b), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(fs_read_small(dir, "fifo", 9, &b), -1);
	assert_int_equal(errno, EINVAL);
	buf_release(&b);
}

static void test_fs__writes_durably(void **state)
{
	char long_name[256];

	(void)state;
	assert_int_equal(fs_write_durable(dir, "a", "one", 3), 0);
	expect("a", "one");
	put("a.tmp", "left over");
	assert_int_equal(fs_write_durable(dir, "a", "two", 3), 0);
	expect("a", "two");
	assert_false(there("a.tmp"));
	calls.sync_errno = EIO;
	assert_int_equal(fs_write_durable(dir, "a", "three", 5), -1);
	assert_int_equal(errno, EIO);
	expect("a", "two");
	assert_false(there("a.tmp"));
	memset(long_name, 'x', sizeof(long_name));
	long_name[255] = '\0';
	assert_int_equal(fs_write_durable(dir, long_name, "x", 1), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static int count_entries(void)
{
	DIR *d = fs_opendir(dir);
	int n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = fs_readdir(d)); n++)
		assert_string_not_equal(e->d_name, ".");
	assert_int_equal(errno, 0);
	assert_int_equal(closedir(d), 0);
	return n;
}

static void test_fs__streams_have_their_own_offset(void **state)
{
	(void)state;
	put("a", "");
	put("b", "");
	assert_int_equal(count_entries(), 2);
	assert_int_equal(count_entries(), 2);
	assert_null(fs_opendir(-1));
	int fd = openat(dir, "a", O_RDONLY | O_CLOEXEC);
	assert_null(fs_opendir(fd));
	(void)close(fd);
}

static void test_fs__knows_files(void **state)
{
	struct dirent e = {.d_type = DT_REG, .d_name = "none"};

	(void)state;
	make_tree();
	assert_int_equal(fs_is_file(dir, &e), 1);
	e.d_type = DT_UNKNOWN;
	assert_int_equal(fs_is_file(dir, &e), 0);
	assert_int_equal(fs_is_file(-1, &e), -1);
	memcpy(e.d_name, "to-file", sizeof("to-file"));
	assert_int_equal(fs_is_file(dir, &e), 0);
	put("file", "");
	memcpy(e.d_name, "file", sizeof("file"));
	assert_int_equal(fs_is_file(dir, &e), 1);
	e.d_type = DT_DIR;
	assert_int_equal(fs_is_file(dir, &e), 0);
}

#define fs_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    fs_test(test_fs__write_is_whole),
	    fs_test(test_fs__opens_beneath),
	    fs_test(test_fs__opens_beneath_without_openat2),
	    fs_test(test_fs__makes_directories),
	    fs_test(test_fs__sync_failures),
	    fs_test(test_fs__rename_never_overwrites),
	    fs_test(test_fs__reads_small_files),
	    fs_test(test_fs__writes_durably),
	    fs_test(test_fs__streams_have_their_own_offset),
	    fs_test(test_fs__knows_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
