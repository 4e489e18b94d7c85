/* SPDX-License-Identifier: MIT */
/* What identifies a file: sizes and digests, in the form of disk and wire. */
#include "daemon/maildir/examine.h"

#include <openssl/sha.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"
#include "tests/support/fault.h"

static void put(const struct temp *t, const char *name, const char *text,
		size_t n)
{
	int fd = openat(t->m.cur, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void assert_sha(const unsigned char *digest, const char *text)
{
	unsigned char want[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, strlen(text), want);
	assert_memory_equal(digest, want, sizeof(want));
}

static void test_examine__forms(void **state)
{
	static const struct {
		const char *disk, *wire, *canon, *header;
	} cases[] = {
	    {"A: b\n\nbody\n", "A: b\r\n\r\nbody\r\n", "a: b\n\nbody",
	     "a: b\n\n"},
	    {"A: b\n\n", "A: b\r\n\r\n", "a: b\n\n", "a: b\n\n"},
	    {"A: b\nC: d\n", "A: b\r\nC: d\r\n", "a: b\nc: d\n\n",
	     "a: b\nc: d\n\n"},
	    {"\nbody", "\r\nbody", "\nbody", "\n"},
	    {"", "", "\n", "\n"},
	    /* Line ends that are CRLF already stay, a lone CR too. */
	    {"A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n", "a: b\n\nx", "a: b\n\n"},
	    {"A: b\n\nx\ry\n", "A: b\r\n\r\nx\ry\r\n", "a: b\n\nxy",
	     "a: b\n\n"},
	};
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[32];
		snprintf(name, sizeof(name), "m%zu:2,S", i);
		put(t, name, cases[i].disk, strlen(cases[i].disk));
		struct facts f = {.key = name_key(name, strlen(name) - 4),
				  .content = true};
		assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err),
				 0);
		assert_true(f.found);
		assert_int_equal(f.size, strlen(cases[i].disk));
		assert_int_equal(f.wire_size, strlen(cases[i].wire));
		assert_false(f.has_nul);
		assert_sha(f.digests.message, cases[i].canon);
		assert_sha(f.digests.header, cases[i].header);
	}
}

/* CR and LF, and the empty line, on both sides of a read. */
static void test_examine__across_reads(void **state)
{
	struct temp *t = *state;
	size_t n = 65536 + 100;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + 65534, "\n\n", 2);
	put(t, "long:2,", text, n);
	struct facts f = {.key = name_key("long", 4), .content = true};
	assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err), 0);
	assert_int_equal(f.wire_size, n + 2);

	memcpy(text + 65534, "a\r", 2);
	text[65536] = '\n';
	put(t, "cut:2,", text, n);
	f = (struct facts){.key = name_key("cut", 3), .content = true};
	assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err), 0);
	assert_int_equal(f.wire_size, n);
	free(text);
}

static void test_examine__odd_files(void **state)
{
	struct temp *t = *state;

	put(t, "nul:2,", "A: b\n\n\0", 7);
	assert_int_equal(symlinkat("nul:2,", t->m.cur, "link:2,"), 0);
	struct facts f[] = {{.key = name_key("nul", 3), .content = true},
			    {.key = name_key("gone", 4)},
			    {.key = name_key("link", 4)}};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    examine_files(&t->m, NULL, &f[i], 1, 0, &t->err), 0);
	assert_true(f[0].found);
	assert_true(f[0].has_nul);
	assert_false(f[1].found);
	assert_false(f[2].found);
}

static int examine_teardown(void **state)
{
	(void)fault_disarm();
	return temp_teardown(state);
}

static struct facts wanted(const char *unique)
{
	return (struct facts){.key = name_key(unique, strlen(unique)),
			      .content = true,
			      .name = true};
}

/* A03, D05: one file that cannot be read, by its mode or by its disk, is no
 * business of the others'. */
static void test_examine__unreadable_file_fails_alone(void **state)
{
	static const struct {
		unsigned call;
		int number;
	} faults[] = {{FAULT_OPEN, EACCES},
		      {FAULT_OPEN, ELOOP},
		      {FAULT_OPEN, EIO},
		      {FAULT_READ, EIO},
		      {FAULT_READ, ESTALE}};
	struct temp *t = *state;

	put(t, "bad:2,S", "one", 3);
	put(t, "good:2,", "two", 3);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct facts f[] = {wanted("bad"), wanted("good")};
		fault_arm(faults[i].call, 0, faults[i].number);
		fault.name = "bad";
		assert_int_equal(examine_files(&t->m, NULL, f, 2, 0, &t->err),
				 0);
		assert_true(fault_disarm());
		const struct facts *bad = facts_find(f, 2, name_key("bad", 3));
		assert_false(bad->found);
		assert_int_equal(bad->failed, faults[i].number);
		assert_true(facts_find(f, 2, name_key("good", 4))->found);
		assert_int_equal(facts_failed(f, 2, &t->err), 1);
		assert_int_equal(t->err.code, ERR_HELD);
		assert_int_equal(t->err.scope, ERR_SCOPE_MESSAGE);
		assert_non_null(strstr(t->err.text, "'bad'"));
		examine_release(f, 2);
	}
}

/* Where this machine ran short, the next file would fare no better. */
static void test_examine__out_of_descriptors(void **state)
{
	struct temp *t = *state;
	struct facts f[] = {wanted("a"), wanted("b")};

	put(t, "a:2,", "one", 3);
	put(t, "b:2,", "two", 3);
	fault_arm(FAULT_OPEN, 0, EMFILE);
	fault.name = ":2,";
	assert_int_equal(examine_files(&t->m, NULL, f, 2, 0, &t->err), -1);
	assert_true(fault_disarm());
	assert_int_equal(t->err.code, ERR_TEMP);
	assert_int_equal(facts_failed(f, 2, &t->err), 0);
	examine_release(f, 2);
}

/* What stat() tells needs neither permission nor descriptor. */
static void test_examine__stat_only(void **state)
{
	struct temp *t = *state;
	struct facts f = {.key = name_key("a", 1), .name = true};

	put(t, "a:2,", "one", 3);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "a:2,";
	assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err), 0);
	assert_false(fault_disarm());
	struct stat st = temp_stat(t->m.cur, "a:2,");
	assert_true(f.found);
	assert_string_equal(f.unique, "a");
	assert_int_equal(f.size, 3);
	assert_true(f.inode == st.st_ino);
	assert_true(f.mtime_ns == fs_mtime_ns(&st));
	examine_release(&f, 1);
	assert_null(f.unique);

	f = (struct facts){.key = name_key("a", 1), .name = true};
	fault_arm(FAULT_STAT, 0, EIO);
	assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err), 0);
	assert_true(fault_disarm());
	assert_false(f.found);
	assert_int_equal(f.failed, EIO);
	examine_release(&f, 1);
}

static void test_examine__keeps_what_is_wanted(void **state)
{
	struct temp *t = *state;
	struct facts f[] = {wanted("b"), wanted("a"), wanted("gone")};
	char text[8] = "";

	put(t, "a:2,", "one", 3);
	put(t, "b:2,F", "two", 3);
	for (size_t i = 0; i < 3; i++)
		f[i].keep = true;
	assert_int_equal(examine_files(&t->m, NULL, f, 3, 0, &t->err), 0);
	struct facts *b = facts_find(f, 3, name_key("b", 1));
	assert_string_equal(b->unique, "b");
	/* Whatever it is called by now. */
	assert_int_equal(unlinkat(t->m.cur, "b:2,F", 0), 0);
	assert_int_equal(read(b->fd, text, sizeof(text)), 3);
	assert_string_equal(text, "two");
	struct facts *gone = facts_find(f, 3, name_key("gone", 4));
	assert_int_equal(gone->fd, -1);
	assert_null(gone->unique);
	assert_null(facts_find(f, 3, 1));
	assert_null(facts_find(NULL, 0, 1));
	examine_release(f, 3);
	assert_int_equal(b->fd, -1);
	/* Twice is not too much. */
	examine_release(f, 3);
}

/* L17. A file that was put there by rename has a ctime of its own. */
static void make_written(struct temp *t, const char *name)
{
	put(t, name, "text", 4);
	struct stat st = temp_stat(t->m.cur, name);
	assert_true(st.st_ctim.tv_sec == st.st_mtim.tv_sec &&
		    st.st_ctim.tv_nsec == st.st_mtim.tv_nsec);
}

static bool is_busy(struct temp *t, const char *unique, int64_t now_ns)
{
	struct facts f = wanted(unique);

	assert_int_equal(examine_files(&t->m, NULL, &f, 1, now_ns, &t->err), 0);
	assert_true(f.found);
	examine_release(&f, 1);
	return f.busy;
}

static void test_examine__busy_while_it_is_open_for_writing(void **state)
{
	struct temp *t = *state;

	make_written(t, "a:2,");
	int64_t later = clock_wall_ns() + INT64_C(3600000000000);
	assert_false(is_busy(t, "a", later));
	int fd = openat(t->m.cur, "a:2,", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(is_busy(t, "a", later));
	(void)close(fd);
	assert_false(is_busy(t, "a", later));
	/* Who only reads does not change it. */
	fd = openat(t->m.cur, "a:2,", O_RDONLY | O_CLOEXEC);
	assert_false(is_busy(t, "a", later));
	(void)close(fd);
}

static void test_examine__busy_a_moment_after_writing(void **state)
{
	struct temp *t = *state;

	make_written(t, "a:2,");
	struct stat st = temp_stat(t->m.cur, "a:2,");
	int64_t written = fs_mtime_ns(&st);
	assert_true(is_busy(t, "a", written));
	assert_true(is_busy(t, "a", written + INT64_C(499999999)));
	assert_false(is_busy(t, "a", written + INT64_C(500000000)));
	/* By a clock that was set back nobody can tell. */
	assert_false(is_busy(t, "a", written - 1));
	/* A delivery by rename was whole before it was there. */
	const struct timespec old[2] = {{.tv_sec = 5}, {.tv_sec = 5}};
	assert_int_equal(utimensat(t->m.cur, "a:2,", old, 0), 0);
	assert_false(is_busy(t, "a", INT64_C(5000000000)));
}

/* NFS and FUSE have no leases: nobody knows whether somebody writes. */
static void test_examine__busy_longer_without_leases(void **state)
{
	struct temp *t = *state;
	int64_t written;

	make_written(t, "a:2,");
	struct stat st = temp_stat(t->m.cur, "a:2,");
	written = fs_mtime_ns(&st);
	fault_arm(FAULT_LEASE, 0, EINVAL);
	fault.lasts = true;
	assert_true(is_busy(t, "a", written + INT64_C(1999999999)));
	assert_false(is_busy(t, "a", written + INT64_C(2000000000)));
	assert_true(fault_disarm());
}

static struct temp *racing;

static void append_once(const char *name)
{
	(void)name;
	fault.before = NULL;
	int fd = openat(racing->m.cur, "a:2,", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "more", 4), 4);
	(void)close(fd);
}

static void rename_once(const char *name)
{
	(void)name;
	fault.before = NULL;
	assert_int_equal(
	    renameat(racing->m.cur, "a:2,", racing->m.cur, "a:2,S"), 0);
}

static void unlink_once(const char *name)
{
	(void)name;
	fault.before = NULL;
	(void)unlinkat(racing->m.cur, "a:2,", 0);
	assert_int_equal(mkfifoat(racing->m.cur, "a:2,", 0600), 0);
}

static struct facts race(struct temp *t, unsigned call,
			 void (*other)(const char *name))
{
	struct facts f = wanted("a");

	racing = t;
	put(t, "a:2,", "text", 4);
	f.keep = true;
	fault_arm(call, 0, 0);
	fault.name = "a:2,";
	fault.before = other;
	assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err), 0);
	(void)fault_disarm();
	assert_int_equal(f.failed, 0);
	return f;
}

/* L01: at any moment. */
static void test_examine__renamed_under_it(void **state)
{
	struct facts f = race(*state, FAULT_OPEN, rename_once);

	/* The name is known to readdir() already, or will be with the next
	 * look; it is never an error. */
	if (f.found)
		assert_string_equal(f.unique, "a");
	examine_release(&f, 1);
}

static void test_examine__written_to_under_it(void **state)
{
	struct facts f = race(*state, FAULT_READ, append_once);

	assert_false(f.found);
	assert_int_equal(f.fd, -1);
	examine_release(&f, 1);
}

/* L16: a FIFO has taken its place, and does not stop us. */
static void test_examine__replaced_under_it(void **state)
{
	struct facts f = race(*state, FAULT_OPEN, unlink_once);

	assert_false(f.found);
	examine_release(&f, 1);
}

static void test_examine__failed_listing_is_an_error(void **state)
{
	struct temp *t = *state;
	struct facts f = wanted("a");

	put(t, "a:2,", "text", 4);
	for (long k = 0; k < 2; k++) {
		fault_arm(FAULT_READDIR, k, EIO);
		assert_int_equal(examine_files(&t->m, NULL, &f, 1, 0, &t->err),
				 -1);
		assert_true(fault_disarm());
		examine_release(&f, 1);
	}
}

#define examine_test(f) \
	cmocka_unit_test_setup_teardown(f, temp_setup, examine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    examine_test(test_examine__forms),
	    examine_test(test_examine__across_reads),
	    examine_test(test_examine__odd_files),
	    examine_test(test_examine__unreadable_file_fails_alone),
	    examine_test(test_examine__out_of_descriptors),
	    examine_test(test_examine__stat_only),
	    examine_test(test_examine__keeps_what_is_wanted),
	    examine_test(test_examine__busy_while_it_is_open_for_writing),
	    examine_test(test_examine__busy_a_moment_after_writing),
	    examine_test(test_examine__busy_longer_without_leases),
	    examine_test(test_examine__renamed_under_it),
	    examine_test(test_examine__written_to_under_it),
	    examine_test(test_examine__replaced_under_it),
	    examine_test(test_examine__failed_listing_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
