/* SPDX-License-Identifier: MIT */
/* Changing flags and moving to the trash: the right letters, nothing
 * overwritten, and one message's trouble not the others'. The calls below stand
 * in for libc's: they count, and fail on demand.
 */
#include "daemon/maildir/change.h"

#include <sys/syscall.h>

#include "tests/daemon/maildir/temp.h"

static struct {
	int syncs, renames;
	int sync_errno, rename_errno; /* 0: do the work */
	int syncs_good;               /* before sync_errno */
	const char *only;             /* the only file that rename_errno hits */
	bool other_disk;              /* renames between directories fail */
	const char *unreadable;       /* so is a file of that name */
	int unlink_errno;
	void (*before_unlink)(int dir);
} calls;

int fsync(int fd)
{
	calls.syncs++;
	if (calls.sync_errno && calls.syncs > calls.syncs_good) {
		errno = calls.sync_errno;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
	      unsigned flags)
{
	bool hit = calls.rename_errno &&
		   (!calls.only || strcmp(calls.only, from) == 0);

	calls.renames++;
	if (hit || (calls.other_disk && from_dir != to_dir &&
		    strncmp(from, MAILDIR_TMP_PREFIX,
			    strlen(MAILDIR_TMP_PREFIX)) != 0)) {
		errno = hit ? calls.rename_errno : EXDEV;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int unlinkat(int dir, const char *name, int flags)
{
	void (*before)(int dir) = calls.before_unlink;

	if (before && strchr(name, ':')) {
		calls.before_unlink = NULL;
		before(dir);
	}
	if (calls.unlink_errno && strchr(name, ':')) {
		errno = calls.unlink_errno;
		calls.unlink_errno = 0;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int openat_or_fail(int dir, const char *name, int flags,
		   mode_t mode) __asm__("openat");
int openat_or_fail(int dir, const char *name, int flags, mode_t mode)
{
	if (calls.unreadable && strcmp(name, calls.unreadable) == 0) {
		errno = EACCES;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, name, flags, mode);
}

static int setup(void **state)
{
	memset(&calls, 0, sizeof(calls));
	if (temp_setup(state) < 0)
		return -1;
	memset(&calls, 0, sizeof(calls));
	return 0;
}

static void change_one(struct temp *t, struct change *c,
		       enum change_result want)
{
	assert_int_equal(change_flags(&t->m, c, 1, &t->err), 0);
	assert_int_equal(c->result, want);
}

static const struct {
	bool in_new;
	const char *file;
	struct change c;
	bool to_new;
	const char *want;
} letters[] = {
    /* Guessed right. */
    {false, "u:2,", {.add = FLAG_SEEN}, false, "u:2,S"},
    {false, "u:2,S", {.flags = FLAG_SEEN, .del = FLAG_SEEN}, false, "u:2,"},
    {false,
     "u:2,FS",
     {.flags = FLAG_SEEN | FLAG_FLAGGED,
      .add = FLAG_ANSWERED,
      .del = FLAG_SEEN},
     false,
     "u:2,FR"},
    {false,
     "u:2,Sa",
     {.flags = FLAG_SEEN, .keywords = 1, .kadd = 6, .kdel = 1},
     false,
     "u:2,Sbc"},
    {true, "u", {.in_new = true, .add = FLAG_SEEN}, false, "u:2,S"},
    {true, "u", {.in_new = true, .kadd = 1}, false, "u:2,a"},
    {true, "u", {.in_new = true, .del = FLAG_SEEN}, true, "u"},
    {true,
     "u:2,S",
     {.in_new = true, .flags = FLAG_SEEN, .del = FLAG_SEEN},
     true,
     "u:2,"},
    {true,
     "u:2,S",
     {.in_new = true, .flags = FLAG_SEEN, .add = FLAG_DRAFT},
     false,
     "u:2,DS"},
    /* Nothing to do. */
    {false, "u:2,S", {.flags = FLAG_SEEN, .add = FLAG_SEEN}, false, "u:2,S"},
    {false, "u:2,S", {.add = FLAG_SEEN}, false, "u:2,S"},
    /* Guessed wrong: renamed by others meanwhile. */
    {false, "u:2,F", {.add = FLAG_SEEN}, false, "u:2,FS"},
    {false, "u:2,F", {.in_new = true, .add = FLAG_SEEN}, false, "u:2,FS"},
    {true, "u", {.add = FLAG_SEEN}, false, "u:2,S"},
    {false, "u", {.add = FLAG_SEEN}, false, "u:2,S"},
    {false, "u", {.del = FLAG_SEEN}, false, "u"},
    /* What we do not know stays. */
    {false,
     "u:2,SXz1",
     {.flags = FLAG_SEEN, .add = FLAG_DRAFT},
     false,
     "u:2,1DSXz"},
    {false, "u:2,S,T", {.add = FLAG_DRAFT}, false, "u:2,DS,T"},
    {false, "u:1,x", {.unique = "u:1,x", .add = FLAG_SEEN}, false, "u:1,x:2,S"},
};

/* Each is in the folder alone. */
static void test_change__letters(void **state)
{
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		struct change c = letters[i].c;
		if (!c.unique)
			c.unique = "u";
		temp_put(letters[i].in_new ? t->m.new_ : t->m.cur,
			 letters[i].file, "text");
		change_one(t, &c, CHANGE_DONE);
		int dir = letters[i].to_new ? t->m.new_ : t->m.cur;
		temp_expect(dir, letters[i].want, "text");
		assert_int_equal(unlinkat(dir, letters[i].want, 0), 0);
		assert_int_equal(temp_count(t->m.new_) + temp_count(t->m.cur),
				 0);
	}
}

static void test_change__gone_is_no_error(void **state)
{
	struct change c[] = {{.unique = "none", .add = FLAG_SEEN},
			     {.unique = "same", .add = FLAG_SEEN},
			     {.unique = "directory", .add = FLAG_SEEN}};
	struct temp *t = *state;

	temp_put(t->m.cur, "samething:2,", "");
	assert_int_equal(mkdirat(t->m.cur, "directory:2,F", 0700), 0);
	assert_int_equal(change_flags(&t->m, c, 3, &t->err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(c[i].result, CHANGE_GONE);
	assert_true(temp_has(t->m.cur, "samething:2,"));
	assert_int_equal(change_flags(&t->m, NULL, 0, &t->err), 0);
	struct change none = {.unique = NULL};
	change_one(t, &none, CHANGE_GONE);
}

static void test_change__never_overwrites(void **state)
{
	struct change c = {.unique = "u", .add = FLAG_SEEN};
	struct temp *t = *state;

	temp_put(t->m.cur, "u:2,", "one");
	temp_put(t->m.cur, "u:2,S", "two");
	change_one(t, &c, CHANGE_FAILED);
	temp_expect(t->m.cur, "u:2,", "one");
	temp_expect(t->m.cur, "u:2,S", "two");
}

/* L15: a name that has no room for letters is left; one that cannot be one is
 * that message's trouble alone. */
static void test_change__long_name_gets_another(void **state)
{
	char unique[NAME_BYTES + 8], file[NAME_BYTES];
	struct temp *t = *state;
	struct change c[] = {
	    {.unique = unique, .in_new = true, .add = FLAG_SEEN},
	    {.unique = "u", .in_new = true, .add = FLAG_SEEN},
	    {.unique = "../u", .add = FLAG_SEEN},
	    {.unique = "", .add = FLAG_SEEN},
	    {.unique = ".u", .add = FLAG_SEEN}};

	memset(unique, 'x', sizeof(unique));
	for (size_t len = 251; len <= NAME_BYTES - 1; len++) {
		unique[len] = '\0';
		temp_put(t->m.new_, unique, "long");
		temp_put(t->m.new_, "u", "short");
		assert_int_equal(change_flags(&t->m, c, 5, &t->err), 0);
		assert_int_equal(c[0].result, CHANGE_DONE);
		assert_int_equal(c[1].result, CHANGE_DONE);
		assert_true((c[0].as != NULL) == (len > 251));
		for (int i = 2; i < 5; i++)
			assert_int_equal(c[i].result, CHANGE_FAILED);
		assert_int_equal(t->err.code, ERR_HELD);
		assert_int_equal(t->err.scope, ERR_SCOPE_MESSAGE);
		(void)snprintf(file, sizeof(file), "%.240s:2,S",
			       c[0].as ? c[0].as : "");
		if (c[0].as)
			temp_expect(t->m.cur, file, "long");
		temp_expect(t->m.cur, "u:2,S", "short");
		assert_int_equal(unlinkat(t->m.cur, "u:2,S", 0), 0);
		change_release(c, 5);
		c[0].as = NULL;
		unique[len] = 'x';
	}
	unique[NAME_BYTES] = '\0';
	change_one(t, &c[0], CHANGE_FAILED);
}

static void test_change__syncs_once_what_was_touched(void **state)
{
	struct change c[20];
	struct temp *t = *state;

	for (int i = 0; i < 20; i++) {
		static const char *const unique[] = {
		    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
		    "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
		char file[8];
		c[i] = (struct change){.unique = unique[i], .add = FLAG_SEEN};
		(void)snprintf(file, sizeof(file), "%s:2,%s", unique[i],
			       i % 2 ? "" : "F");
		temp_put(t->m.cur, file, "");
	}
	assert_int_equal(change_flags(&t->m, c, 20, &t->err), 0);
	assert_int_equal(calls.syncs, 1);
	/* And nothing at all where nothing is to be done. */
	calls.syncs = calls.renames = 0;
	assert_int_equal(change_flags(&t->m, c, 20, &t->err), 0);
	assert_int_equal(calls.syncs, 0);
	/* Each is looked for in both directories by the name it had. */
	assert_int_equal(calls.renames, 20 + 20);
	temp_put(t->m.new_, "x", "");
	struct change x = {.unique = "x", .in_new = true, .add = FLAG_SEEN};
	change_one(t, &x, CHANGE_DONE);
	assert_int_equal(calls.syncs, 2);
}

static void test_change__io_error_ends_it(void **state)
{
	struct change c[] = {{.unique = "a", .add = FLAG_SEEN, .flags = 1},
			     {.unique = "b", .add = FLAG_SEEN},
			     {.unique = "c", .add = FLAG_SEEN}};
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,S", "");
	temp_put(t->m.cur, "b:2,", "");
	calls.rename_errno = ENOSPC;
	assert_int_equal(change_flags(&t->m, c, 3, &t->err), -1);
	assert_int_equal(t->err.code, ERR_IO);
	assert_int_equal(t->err.scope, ERR_SCOPE_ACCOUNT);
	assert_int_equal(c[0].result, CHANGE_DONE);
	assert_int_equal(c[1].result, CHANGE_FAILED);
	assert_int_equal(c[2].result, CHANGE_FAILED);
	assert_true(temp_has(t->m.cur, "b:2,"));
}

static void test_change__without_sync_nothing_is_done(void **state)
{
	struct change c[] = {{.unique = "a", .add = FLAG_SEEN},
			     {.unique = "none", .add = FLAG_SEEN}};
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "");
	calls.sync_errno = EIO;
	assert_int_equal(change_flags(&t->m, c, 2, &t->err), -1);
	assert_int_equal(c[0].result, CHANGE_FAILED);
	assert_int_equal(c[1].result, CHANGE_GONE);
	assert_true(temp_has(t->m.cur, "a:2,S"));
}

/* cur/ is removed by others: not one message of new/ is gone. */
static void test_change__removed_directory_is_an_error(void **state)
{
	struct change c = {.unique = "u", .in_new = true, .add = FLAG_SEEN};
	struct temp *t = *state;

	temp_put(t->m.new_, "u", "");
	assert_int_equal(unlinkat(t->m.dir, "cur", AT_REMOVEDIR), 0);
	assert_int_equal(change_flags(&t->m, &c, 1, &t->err), -1);
	assert_int_equal(c.result, CHANGE_FAILED);
	assert_true(temp_has(t->m.new_, "u"));
}

static int open_trash(const struct temp *t)
{
	assert_int_equal(mkdirat(t->root, "trash", 0700), 0);
	int fd = openat(t->root, "trash", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void age(int dir, const char *file)
{
	const struct timespec old[2] = {{.tv_sec = 5}, {.tv_sec = 1000000}};

	assert_int_equal(utimensat(dir, file, old, 0), 0);
}

static void expect_trashed(const struct temp *t, int trash)
{
	assert_int_equal(temp_count(t->m.new_) + temp_count(t->m.cur), 0);
	assert_int_equal(temp_count(trash), 3);
	temp_expect(trash, "a", "A");
	temp_expect(trash, "b:2,FS", "B");
	struct stat st = temp_stat(trash, "b:2,FS");
	assert_true(st.st_mtim.tv_sec == 1000000);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void trash_three(struct temp *t, int trash)
{
	struct change c[] = {{.unique = "a", .in_new = true},
			     {.unique = "b"},
			     {.unique = "none"}};

	temp_put(t->m.new_, "a", "A");
	temp_put(t->m.cur, "b:2,FS", "B");
	age(t->m.cur, "b:2,FS");
	assert_int_equal(change_trash(&t->m, c, 3, trash, &t->err), 0);
	assert_int_equal(c[0].result, CHANGE_DONE);
	assert_string_equal(c[0].as, "a");
	assert_int_equal(c[1].result, CHANGE_DONE);
	assert_string_equal(c[1].as, "b:2,FS");
	assert_int_equal(c[2].result, CHANGE_GONE);
	assert_null(c[2].as);
	change_release(c, 3);
	/* Another one of that name. */
	temp_put(t->m.cur, "b:2,FS", "B again");
	assert_int_equal(change_trash(&t->m, &c[1], 1, trash, &t->err), 0);
	assert_int_equal(c[1].result, CHANGE_DONE);
	assert_string_not_equal(c[1].as, "b:2,FS");
	temp_expect(trash, c[1].as, "B again");
	change_release(c, 3);
	expect_trashed(t, trash);
}

static void test_change__trash_keeps_all(void **state)
{
	struct temp *t = *state;
	int trash = open_trash(t);

	trash_three(t, trash);
	/* trash, cur and new; then trash and cur. */
	assert_int_equal(calls.syncs, 5);
	(void)close(trash);
}

static void test_change__trash_on_another_disk(void **state)
{
	struct temp *t = *state;
	int trash = open_trash(t);

	/* Left by a run that was killed. */
	temp_put(trash, MAILDIR_TMP_PREFIX "copy", "half");
	calls.other_disk = true;
	trash_three(t, trash);
	(void)close(trash);
}

static void test_change__trash_copies_between_real_disks(void **state)
{
	char path[] = "/dev/shm/test-maildir.XXXXXX";
	struct temp *t = *state;
	struct stat here, there;

	if (!mkdtemp(path))
		skip();
	assert_int_equal(stat(path, &there), 0);
	assert_int_equal(fstat(t->root, &here), 0);
	if (here.st_dev != there.st_dev) {
		int trash = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		trash_three(t, trash);
		(void)close(trash);
	}
	remove_tree(path);
}

/* What could not be copied safely stays where it is. */
static void test_change__trash_failure_loses_nothing(void **state)
{
	struct change c = {.unique = "a"};
	struct temp *t = *state;
	int trash = open_trash(t);

	temp_put(t->m.cur, "a:2,", "A");
	calls.other_disk = true;
	calls.sync_errno = EIO;
	assert_int_equal(change_trash(&t->m, &c, 1, trash, &t->err), -1);
	assert_int_equal(c.result, CHANGE_FAILED);
	temp_expect(t->m.cur, "a:2,", "A");
	assert_int_equal(temp_count(trash), 0);
	/* The copy is in place, but its name may not last. */
	calls.syncs = 0;
	calls.syncs_good = 1;
	assert_int_equal(change_trash(&t->m, &c, 1, trash, &t->err), -1);
	temp_expect(t->m.cur, "a:2,", "A");
	assert_int_equal(temp_count(trash), 0);
	/* The trash itself is removed: no message is gone for that. */
	memset(&calls, 0, sizeof(calls));
	assert_int_equal(unlinkat(t->root, "trash", AT_REMOVEDIR), 0);
	assert_int_equal(change_trash(&t->m, &c, 1, trash, &t->err), -1);
	assert_int_equal(c.result, CHANGE_FAILED);
	temp_expect(t->m.cur, "a:2,", "A");
	(void)close(trash);
}

/* A run that was killed between the copy and its end: there is one in the trash
 * then, not two. But a copy that was not finished, or another message of that
 * name, is none. */
static void test_change__trash_goes_on_after_a_crash(void **state)
{
	struct change c[] = {{.unique = "a"}, {.unique = "b"}};
	struct temp *t = *state;
	int trash = open_trash(t);

	temp_put(t->m.cur, "a:2,", "A");
	temp_put(trash, "a:2,", "A");
	temp_put(t->m.cur, "b:2,", "B");
	temp_put(trash, "b:2,", "C");
	calls.other_disk = true;
	assert_int_equal(change_trash(&t->m, c, 2, trash, &t->err), 0);
	assert_string_equal(c[0].as, "a:2,");
	assert_string_not_equal(c[1].as, "b:2,");
	temp_expect(trash, c[1].as, "B");
	temp_expect(trash, "b:2,", "C");
	assert_int_equal(temp_count(trash), 3);
	assert_int_equal(temp_count(t->m.cur), 0);
	change_release(c, 2);
	(void)close(trash);
}

static void rename_in(int dir)
{
	assert_int_equal(renameat(dir, "a:2,", dir, "a:2,F"), 0);
}

/* L01: a mail program renames it while it is copied. */
static void test_change__trash_renamed_under_it(void **state)
{
	struct change c = {.unique = "a"};
	struct temp *t = *state;
	int trash = open_trash(t);

	temp_put(t->m.cur, "a:2,", "A");
	calls.other_disk = true;
	calls.before_unlink = rename_in;
	assert_int_equal(change_trash(&t->m, &c, 1, trash, &t->err), 0);
	assert_int_equal(c.result, CHANGE_DONE);
	assert_string_equal(c.as, "a:2,F");
	temp_expect(trash, "a:2,F", "A");
	assert_int_equal(temp_count(trash), 1);
	assert_int_equal(temp_count(t->m.cur), 0);
	change_release(&c, 1);
	(void)close(trash);
}

/* An immutable file; one that cannot be read where it has to be copied; one
 * that was copied and cannot be removed. */
static void test_change__one_that_stays_fails_alone(void **state)
{
	struct temp *t = *state;
	int trash = open_trash(t);

	for (int k = 0; k < 3; k++) {
		struct change c[] = {{.unique = "a"}, {.unique = "b"}};
		temp_put(t->m.cur, "a:2,", "A");
		temp_put(t->m.cur, "b:2,", "B");
		calls.only = "a:2,";
		calls.rename_errno = k == 0 ? EPERM : 0;
		calls.other_disk = k > 0;
		calls.unreadable = k == 1 ? "a:2," : NULL;
		calls.unlink_errno = k == 2 ? EPERM : 0;
		assert_int_equal(change_trash(&t->m, c, 2, trash, &t->err), 0);
		memset(&calls, 0, sizeof(calls));
		assert_int_equal(c[0].result, CHANGE_FAILED);
		assert_null(c[0].as);
		assert_int_equal(t->err.code, ERR_HELD);
		assert_int_equal(t->err.scope, ERR_SCOPE_MESSAGE);
		assert_non_null(strstr(t->err.text, "'a:2,'"));
		assert_int_equal(c[1].result, CHANGE_DONE);
		assert_int_equal(temp_count(trash), 1);
		temp_expect(t->m.cur, "a:2,", "A");
		change_release(c, 2);
		temp_remove_all(t->m.cur);
		temp_remove_all(trash);
	}
	(void)close(trash);
}

#define change_test(f) cmocka_unit_test_setup_teardown(f, setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    change_test(test_change__letters),
	    change_test(test_change__gone_is_no_error),
	    change_test(test_change__never_overwrites),
	    change_test(test_change__long_name_gets_another),
	    change_test(test_change__syncs_once_what_was_touched),
	    change_test(test_change__io_error_ends_it),
	    change_test(test_change__without_sync_nothing_is_done),
	    change_test(test_change__removed_directory_is_an_error),
	    change_test(test_change__trash_keeps_all),
	    change_test(test_change__trash_on_another_disk),
	    change_test(test_change__trash_copies_between_real_disks),
	    change_test(test_change__trash_failure_loses_nothing),
	    change_test(test_change__trash_goes_on_after_a_crash),
	    change_test(test_change__trash_renamed_under_it),
	    change_test(test_change__one_that_stays_fails_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
