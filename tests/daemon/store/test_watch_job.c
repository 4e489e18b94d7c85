/* SPDX-License-Identifier: MIT */
/* Directories that are watched, or compared with what they were. */
#include "daemon/store/watch_job.h"

#include <errno.h>
#include <sys/vfs.h>

#include "tests/daemon/store/bed.h"

static unsigned long magic; /* of the file system; 0: as it is */
static int full;            /* watches that there still are; -1: any number */
static int failing;         /* errno of those beyond */
static char added[600];

int watch_statfs(const char *path, struct statfs *fs) FAULT_SYMBOL("statfs");
int watch_statfs(const char *path, struct statfs *fs)
{
	FAULT_NEXT(watch_statfs, "statfs");
	int r = next(path, fs);

	if (magic)
		fs->f_type = (__typeof__(fs->f_type))magic;
	return r;
}

static int add(int fd, const char *path, bool tree)
{
	static int handle;
	size_t n = strlen(added);

	assert_int_equal(fd, 99);
	if (full == 0) {
		errno = failing;
		return -1;
	}
	full -= full > 0;
	(void)snprintf(added + n, sizeof(added) - n, "%s%s\n",
		       strstr(path, "/mail") + 5, tree ? " tree" : "");
	return ++handle;
}

static struct watch_job w;

static int setup(void **state)
{
	magic = 0;
	full = -1;
	failing = ENOSPC;
	added[0] = '\0';
	return bed_setup(state);
}

static int teardown(void **state)
{
	watch_job_release(&w);
	w = (struct watch_job){0};
	return bed_teardown(state);
}

static struct watch_folder look(struct bed *b, const char *path)
{
	struct watch_folder f = {.path = xstrdup(path)};
	struct maildir dir;

	bed_must(b, maildir_open(b->store.root, path, false, &dir, &b->err));
	bed_must(b, scan_stamp(&dir, &f.stamp, &b->err));
	f.stamp_ns = f.stamp.new_ns + INT64_C(10000000000);
	maildir_close(&dir);
	return f;
}

/* A and B/C, looked at when nothing had been done to them for long. */
static void prepare(struct bed *b)
{
	static const char *const dir[] = {"A/new", "A/cur", "B/C/new",
					  "B/C/cur"};

	bed_mkdir(b, "A");
	bed_mkdir(b, "B/C");
	for (size_t i = 0; i < 4; i++)
		bed_age(b, dir[i], 1000000000);
	w = (struct watch_job){.base.store = &b->store, .add = add, .fd = 99};
	w.root = xstrdup(b->maildir);
	w.folder = xcalloc(3, sizeof(*w.folder));
	w.folder[w.n++] = look(b, "A");
	w.folder[w.n++] =
	    (struct watch_folder){.path = xstrdup("B"), .bare = true};
	w.folder[w.n++] = look(b, "B/C");
}

static void run(void)
{
	watch_run(&w.base.job);
}

static void test_watch_job__watches_all(void **state)
{
	prepare(*state);
	run();
	assert_string_equal(added, " tree\n"
				   "/A tree\n/A/new\n/A/cur\n"
				   "/B tree\n"
				   "/B/C tree\n/B/C/new\n/B/C/cur\n");
	assert_int_equal(w.failed, 0);
	assert_false(w.remote);
	assert_false(w.folder[0].changed || w.folder[2].changed);
	assert_true(w.root_tree > 0 && w.folder[2].cur > w.folder[2].new_);
}

/* Between the look and the watch. */
static void test_watch_job__what_changed_before(void **state)
{
	struct bed *b = *state;

	prepare(b);
	bed_put(b, "A/cur/x:2,", "x\n");
	run();
	assert_true(w.folder[0].changed);
	assert_false(w.folder[2].changed);
}

/* A change within a tick of the look gives no other times. */
static void test_watch_job__within_a_tick(void **state)
{
	prepare(*state);
	w.folder[0].stamp_ns = w.folder[0].stamp.cur_ns + 1000;
	run();
	assert_true(w.folder[0].changed);
	/* It was empty, and was made just then. */
	w.folder[0].stamp_ns = w.folder[0].stamp.cur_ns + 1000;
	w.folder[0].fresh = true;
	run();
	assert_false(w.folder[0].changed);
}

static void test_watch_job__directory_is_gone(void **state)
{
	struct bed *b = *state;

	prepare(b);
	bed_rename(b, "A", "Z");
	failing = ENOENT;
	full = 1;
	run();
	assert_int_equal(w.failed, 0);
	assert_int_equal(w.folder[0].cur, -1);
	assert_true(w.folder[0].changed);
}

/* What has no watch is compared from then on, also while it is young. */
static void test_watch_job__no_room(void **state)
{
	struct bed *b = *state;

	prepare(b);
	full = 4;
	run();
	assert_int_equal(w.failed, ENOSPC);
	assert_true(w.folder[0].cur > 0);
	assert_int_equal(w.folder[2].cur, -1);
	w.add = NULL;
	run();
	assert_false(w.folder[0].changed || w.folder[2].changed);
	bed_put(b, "B/C/cur/x:2,", "x\n");
	run();
	assert_true(w.folder[2].changed);
	run();
	assert_true(w.folder[2].changed); /* something may have followed */
	bed_age(b, "B/C/cur", 1000000000);
	run();
	run();
	assert_false(w.folder[2].changed);
}

static void test_watch_job__other_machines_write(void **state)
{
	prepare(*state);
	magic = 0x6969;
	run();
	assert_true(w.remote);
	assert_string_equal(w.fs, "NFS");
	assert_string_equal(added, "");
	assert_int_equal(w.root_tree, -1);
	assert_int_equal(w.folder[0].tree, -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_watch_job__watches_all),
	    TEST(test_watch_job__what_changed_before),
	    TEST(test_watch_job__within_a_tick),
	    TEST(test_watch_job__directory_is_gone),
	    TEST(test_watch_job__no_room),
	    TEST(test_watch_job__other_machines_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
