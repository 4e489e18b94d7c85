/* SPDX-License-Identifier: MIT */
/* Listing a folder: what is a message, what its name says, and above all that a
 * listing which failed, or met files on the move, is never a short one. readdir
 * below stands in for libc's.
 */
#include "daemon/maildir/scan.h"

#include <dlfcn.h>
#include <sys/syscall.h>

#include "daemon/base/fs.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"

static struct {
	int fail_at; /* counts down to the call that fails; -1: none */
	int fail_errno;
	bool no_type; /* like a file system that has no d_type */
	const char
	    *hide; /* left out once, and then moved: a rename meanwhile */
	int cur;
	int passes_disturbed; /* that many times cur/ changes under a pass */
	const char *blind;    /* left out by the last pass of those */
	long n;
	int stat_errno; /* of fstatat(); 0: it works */
} calls;

int fstatat(int dir, const char *name, struct stat *st, int flags)
{
	if (calls.stat_errno) {
		errno = calls.stat_errno;
		return -1;
	}
	return (int)syscall(SYS_newfstatat, dir, name, st, flags);
}

/* Two directories a pass, four passes: the last begins at this count. */
#define DISTURBED 1000
#define BLIND_AT  (DISTURBED - 7)

static struct dirent *(*real_readdir)(DIR *);

struct dirent *readdir(DIR *d)
{
	if (!real_readdir) {
		void *found = dlsym(RTLD_NEXT, "readdir");
		memcpy(&real_readdir, &found, sizeof(found));
	}
	calls.n++;
	if (calls.fail_at >= 0 && calls.fail_at-- == 0) {
		errno = calls.fail_errno;
		return NULL;
	}
	struct dirent *e = real_readdir(d);
	if (e && calls.hide && strcmp(e->d_name, calls.hide) == 0) {
		calls.hide = NULL;
		(void)renameat(calls.cur, e->d_name, calls.cur, "moved:2,S");
		return readdir(d);
	}
	if (e && calls.blind && calls.passes_disturbed == BLIND_AT &&
	    strcmp(e->d_name, calls.blind) == 0)
		return readdir(d);
	if (!e && calls.passes_disturbed > 0) {
		calls.passes_disturbed--;
		(void)close(openat(calls.cur, ".touch",
				   O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		(void)unlinkat(calls.cur, ".touch", 0);
	}
	if (e && calls.no_type)
		e->d_type = DT_UNKNOWN;
	return e;
}

static int setup(void **state)
{
	memset(&calls, 0, sizeof(calls));
	calls.fail_at = -1;
	return temp_setup(state);
}

static const struct scan_opts plain;

static uint64_t key_of(const char *unique)
{
	return name_key(unique, strlen(unique));
}

static struct local_view scan(struct temp *t, const struct scan_opts *opts)
{
	struct local_view v;

	if (scan_folder(&t->m, opts, &v, &t->err) < 0)
		fail_msg("%s", t->err.text);
	for (size_t i = 1; i < v.n; i++)
		assert_true(v.row[i - 1].key < v.row[i].key);
	return v;
}

static void expect_row(const struct local_view *v, const char *unique,
		       uint64_t flags, bool in_new)
{
	const struct local_row *r = local_view_find(v, key_of(unique));

	if (!r)
		fail_msg("no row for '%s'", unique);
	assert_true(r->flags == flags);
	assert_int_equal(r->in_new, in_new);
}

static void test_scan__empty_folder(void **state)
{
	struct local_view v = scan(*state, &plain);

	assert_int_equal(v.n, 0);
	assert_null(local_view_find(&v, 1));
	local_view_release(&v);
}

static void test_scan__names_say_it_all(void **state)
{
	uint64_t bits[KEYWORD_LETTERS] = {
	    [0] = KEYWORD_BIT(5), [25] = FLAG_PASSED};
	struct scan_opts opts = {.letter_bit = bits};
	struct temp *t = *state;

	temp_put(t->m.new_, "n1", "");
	temp_put(t->m.new_, "n2:2,F", "");
	temp_put(t->m.cur, "c1:2,", "");
	temp_put(t->m.cur, "c2:2,DFPRST", "");
	temp_put(t->m.cur, "c3:2,Sabz", "");
	temp_put(t->m.cur, "c4:2,SX?", "");
	temp_put(t->m.cur, "c5", "");
	struct local_view v = scan(t, &opts);
	assert_int_equal(v.n, 7);
	expect_row(&v, "n1", 0, true);
	expect_row(&v, "n2", FLAG_FLAGGED, true);
	expect_row(&v, "c1", 0, false);
	expect_row(&v, "c2", FLAG_SYSTEM, false);
	expect_row(&v, "c3", FLAG_SEEN | KEYWORD_BIT(5) | FLAG_PASSED, false);
	expect_row(&v, "c4", FLAG_SEEN, false);
	expect_row(&v, "c5", 0, false);
	local_view_release(&v);
	v = scan(t, &plain);
	expect_row(&v, "c3", FLAG_SEEN, false);
	local_view_release(&v);
}

/* L16: not read, not opened, not in the way. */
static void put_oddities(int dir)
{
	temp_put(dir, ".hidden:2,S", "");
	assert_int_equal(mkdirat(dir, "directory:2,S", 0700), 0);
	assert_int_equal(mkfifoat(dir, "fifo:2,S", 0600), 0);
	assert_int_equal(symlinkat("real:2,S", dir, "link:2,S"), 0);
	temp_put(dir, "real:2,S", "");
}

static void test_scan__only_files_are_messages(void **state)
{
	struct temp *t = *state;

	put_oddities(t->m.cur);
	put_oddities(t->m.new_);
	for (int i = 0; i < 2; i++) {
		struct local_view v = scan(t, &plain);
		assert_int_equal(v.n, 1);
		expect_row(&v, "real", FLAG_SEEN, false);
		local_view_release(&v);
		calls.no_type = true;
	}
}

/* It is not gone; what no row knows is nobody's. */
static void test_scan__what_has_a_files_place_keeps_its_row(void **state)
{
	static const char *const names[] = {"directory", "fifo", "link"};
	uint64_t rows[4];
	struct scan_opts opts = {.rows = rows};
	struct temp *t = *state;

	put_oddities(t->m.cur);
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 4; k++)
			rows[k] = key_of(names[i]);
		opts.nrows = 4;
		struct local_view v = scan(t, &opts);
		assert_int_equal(v.n, 2);
		expect_row(&v, names[i], FLAG_SEEN, false);
		expect_row(&v, "real", FLAG_SEEN, false);
		assert_true(local_view_find(&v, rows[0])->odd);
		assert_int_equal(local_view_find(&v, rows[0])->print, 0);
		assert_false(local_view_find(&v, key_of("real"))->odd);
		assert_memory_equal(v.odd, names[i], strlen(names[i]));
		local_view_release(&v);
	}
	/* The file itself is there, too. */
	temp_put(t->m.new_, "link", "");
	struct local_view v = scan(t, &opts);
	assert_int_equal(v.n, 2);
	expect_row(&v, "link", 0, true);
	assert_false(local_view_find(&v, rows[0])->odd);
	assert_int_equal(v.twins, 0);
	local_view_release(&v);
}

static void expect_hint(struct temp *t, const struct scan_opts *opts,
			const char *unique, uint32_t want)
{
	struct local_view v = scan(t, opts);
	const struct local_row *r = local_view_find(&v, key_of(unique));

	assert_non_null(r);
	assert_int_equal(r->hint, want);
	local_view_release(&v);
}

static void test_scan__hints_need_tag_and_size(void **state)
{
	struct name_origin o = {7, 17, 4};
	struct scan_opts opts = {.folder_tag = 7, .uidvalidity = 17};
	char good[NAME_BYTES], bad[NAME_BYTES];
	struct temp *t = *state;

	name_unique(good, &o, 0, 3);
	name_unique(bad, &o, 0, 4);
	temp_put(t->m.new_, good, "abc");
	temp_put(t->m.new_, bad, "abc");
	temp_put(t->m.cur, "foreign:2,", "abc");
	expect_hint(t, &opts, good, 4);
	expect_hint(t, &opts, bad, 0);
	expect_hint(t, &opts, "foreign", 0);
	opts.uidvalidity++;
	expect_hint(t, &opts, good, 0);
	opts.uidvalidity--;
	opts.folder_tag++;
	expect_hint(t, &opts, good, 0);
	opts.folder_tag--;
	uint64_t known[] = {1, key_of(good)};
	opts.known = known;
	opts.nknown = 2;
	expect_hint(t, &opts, good, 0);
}

static void test_scan__two_names_are_one_row(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.new_, "a", "");
	temp_put(t->m.cur, "a:2,", "");
	temp_put(t->m.new_, "b:2,FS", "");
	temp_put(t->m.cur, "b:2,S", "");
	temp_put(t->m.cur, "c:2,S", "");
	temp_put(t->m.cur, "c:2,FS", "");
	temp_put(t->m.cur, "c:2,", "");
	for (int i = 0; i < 3; i++) {
		struct local_view v = scan(t, &plain);
		assert_int_equal(v.n, 3);
		expect_row(&v, "a", 0, false);
		expect_row(&v, "b", FLAG_SEEN, false);
		expect_row(&v, "c", FLAG_SEEN | FLAG_FLAGGED, false);
		local_view_release(&v);
	}
}

/* The same file under two names is one; another file with its name is not. */
static void put_twins(const struct temp *t)
{
	temp_put(t->m.cur, "a:2,", "one");
	temp_put(t->m.cur, "a:2,S", "two2");
	temp_put(t->m.new_, "a", "three");
	temp_put(t->m.new_, "b", "four");
	assert_int_equal(linkat(t->m.new_, "b", t->m.cur, "b:2,S", 0), 0);
	temp_put(t->m.cur, "c:2,", "five");
}

static void test_scan__counts_twins(void **state)
{
	struct temp *t = *state;

	put_twins(t);
	struct local_view v = scan(t, &plain);
	assert_int_equal(v.n, 3);
	assert_int_equal(v.twins, 2);
	local_view_release(&v);
	/* Also where the folder never holds still. */
	calls.cur = t->m.cur;
	calls.passes_disturbed = DISTURBED;
	v = scan(t, &plain);
	assert_int_equal(v.n, 3);
	assert_int_equal(v.twins, 2);
	local_view_release(&v);
}

static uint64_t print_in(struct temp *t, const char *unique)
{
	struct local_view v = scan(t, &plain);
	const struct local_row *r = local_view_find(&v, key_of(unique));
	uint64_t print = r ? r->print : 0;

	local_view_release(&v);
	return print;
}

static void test_scan__print_tells_what_happened(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 5}, {.tv_sec = 5}};
	struct temp *t = *state;

	temp_put(t->m.new_, "a", "one");
	struct stat st = temp_stat(t->m.new_, "a");
	uint64_t print = print_in(t, "a");
	assert_true(print == print_of(st.st_ino, 3, fs_mtime_ns(&st)));
	assert_int_equal(renameat(t->m.new_, "a", t->m.cur, "a:2,S"), 0);
	assert_true(print_in(t, "a") == print);
	assert_int_equal(utimensat(t->m.cur, "a:2,S", old, 0), 0);
	assert_true(print_in(t, "a") != print);
}

/* D05, L01: a file that nobody can examine, or that is gone between readdir()
 * and stat(), is listed all the same: it was there. */
static void test_scan__unexamined_is_not_gone(void **state)
{
	static const int number[] = {ENOENT, EIO, EACCES, ESTALE};
	struct name_origin o = {7, 17, 4};
	struct scan_opts opts = {.folder_tag = 7, .uidvalidity = 17};
	char unique[NAME_BYTES];
	struct temp *t = *state;

	name_unique(unique, &o, 0, 3);
	temp_put(t->m.new_, unique, "abc");
	temp_put(t->m.cur, "b:2,F", "abc");
	for (size_t i = 0; i < 4; i++) {
		calls.stat_errno = number[i];
		struct local_view v = scan(t, &opts);
		assert_int_equal(v.n, 2);
		expect_row(&v, "b", FLAG_FLAGGED, false);
		for (size_t k = 0; k < 2; k++) {
			assert_true(v.row[k].print == 0);
			assert_int_equal(v.row[k].hint, 0);
		}
		local_view_release(&v);
	}
	/* But where even its kind is not known, the listing proves nothing. */
	calls.no_type = true;
	calls.stat_errno = EIO;
	struct local_view v;
	assert_int_equal(scan_folder(&t->m, &plain, &v, &t->err), -1);
}

/* What changed a moment ago may change once more without another time. */
static void test_scan__just_changed_is_restless(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "one");
	struct local_view v = scan(t, &plain);
	assert_true(v.unstable);
	assert_int_equal(v.n, 1);
	local_view_release(&v);
	temp_rest(t);
	v = scan(t, &plain);
	assert_false(v.unstable);
	local_view_release(&v);
}

/* A hard link is a copy; a file under its old and its new name is not. */
static void test_scan__links_are_two(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "one");
	assert_int_equal(linkat(t->m.cur, "a:2,", t->m.cur, "b:2,", 0), 0);
	struct local_view v = scan(t, &plain);
	assert_int_equal(v.n, 2);
	local_view_release(&v);
}

/* D04: mbsync takes a directory that it could not read for an empty one. */
static void test_scan__failed_listing_is_an_error(void **state)
{
	static const int number[] = {EIO, ESTALE, ENOENT, EBADF};
	struct temp *t = *state;
	struct local_view v;

	for (int i = 0; i < 20; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "m%d:2,S", i);
		temp_put(i % 2 ? t->m.new_ : t->m.cur, name, "");
	}
	temp_rest(t);
	calls.n = 0;
	v = scan(t, &plain);
	local_view_release(&v);
	long all = calls.n;
	assert_int_equal(all, 20 + 4 + 2);
	for (int k = 0; k < all; k++) {
		calls.fail_at = k;
		calls.fail_errno = number[k % 4];
		assert_int_equal(scan_folder(&t->m, &plain, &v, &t->err), -1);
		assert_int_equal(t->err.code, ERR_IO);
	}
	/* Interrupted is not failed. */
	for (int k = 0; k < all; k++) {
		calls.fail_at = k;
		calls.fail_errno = EINTR;
		v = scan(t, &plain);
		assert_int_equal(v.n, 20);
		local_view_release(&v);
	}
}

static void test_scan__unreadable_directory_is_an_error(void **state)
{
	struct temp *t = *state;
	struct maildir m = t->m;
	struct local_view v;

	m.cur = -1;
	assert_int_equal(scan_folder(&m, &plain, &v, &t->err), -1);
	m = t->m;
	m.new_ = -1;
	assert_int_equal(scan_folder(&m, &plain, &v, &t->err), -1);
}

/* L02: renamed so that readdir returns neither name. */
static void test_scan__reads_again_what_changed_meanwhile(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "moved:2,", "");
	temp_put(t->m.cur, "other:2,", "");
	calls.hide = "moved:2,";
	calls.cur = t->m.cur;
	struct local_view v = scan(t, &plain);
	assert_null(calls.hide);
	assert_int_equal(v.n, 2);
	expect_row(&v, "moved", FLAG_SEEN, false);
	local_view_release(&v);
}

/* L21: and that comes to an end, with all that was seen. */
static void test_scan__does_not_wait_for_silence(void **state)
{
	struct temp *t = *state;

	for (int i = 0; i < 10; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "m%d:2,S", i);
		temp_put(t->m.cur, name, "");
	}
	calls.cur = t->m.cur;
	calls.passes_disturbed = DISTURBED;
	calls.blind = "m3:2,S";
	struct local_view v = scan(t, &plain);
	assert_int_equal(v.n, 10);
	local_view_release(&v);
	assert_int_equal(calls.passes_disturbed, BLIND_AT - 1);
}

static void test_scan__starts_at_the_beginning_each_time(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "");
	for (int i = 0; i < 3; i++) {
		struct local_view v = scan(t, &plain);
		assert_int_equal(v.n, 1);
		local_view_release(&v);
	}
}

static bool same(const struct scan_stamp *a, const struct scan_stamp *b)
{
	return a->new_ns == b->new_ns && a->cur_ns == b->cur_ns;
}

/* Old times, so that a change shows whatever the clock's granularity. */
static void age(const struct temp *t)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	assert_int_equal(futimens(t->m.new_, old), 0);
	assert_int_equal(futimens(t->m.cur, old), 0);
}

static void test_scan__stamp_tells_changes(void **state)
{
	struct temp *t = *state;
	struct scan_stamp before, after;

	age(t);
	assert_int_equal(scan_stamp(&t->m, &before, &t->err), 0);
	assert_true(before.cur_ns == INT64_C(1000000000000));
	assert_int_equal(scan_stamp(&t->m, &after, &t->err), 0);
	assert_true(same(&before, &after));
	temp_put(t->m.new_, "a", "");
	assert_int_equal(scan_stamp(&t->m, &after, &t->err), 0);
	assert_true(before.new_ns != after.new_ns);
	assert_true(before.cur_ns == after.cur_ns);
	age(t);
	assert_int_equal(renameat(t->m.new_, "a", t->m.cur, "a:2,S"), 0);
	assert_int_equal(scan_stamp(&t->m, &after, &t->err), 0);
	assert_true(before.cur_ns != after.cur_ns);
	age(t);
	assert_int_equal(renameat(t->m.cur, "a:2,S", t->m.cur, "a:2,"), 0);
	assert_int_equal(scan_stamp(&t->m, &after, &t->err), 0);
	assert_false(same(&before, &after));
	struct maildir closed = {-1, -1, -1, -1};
	assert_int_equal(scan_stamp(&closed, &after, &t->err), -1);
}

/* Outside the windows of what is fetched, by size or age. */
static void test_scan__knows_what_is_outside(void **state)
{
	static const struct {
		uint64_t max_size;
		int64_t oldest;
		bool a, b; /* 3 bytes of 1000, 4 of 2000 */
	} table[] = {
	    {0, 0, false, false},   {3, 0, false, true},
	    {2, 0, true, true},     {0, 1000, false, false},
	    {0, 1001, true, false}, {0, 2001, true, true},
	    {3, 1001, true, true},
	};
	struct temp *t = *state;
	const struct timespec at[2][2] = {{{1000, 0}, {1000, 0}},
					  {{2000, 0}, {2000, 0}}};

	temp_put(t->m.cur, "a:2,", "123");
	temp_put(t->m.cur, "b:2,", "1234");
	assert_int_equal(utimensat(t->m.cur, "a:2,", at[0], 0), 0);
	assert_int_equal(utimensat(t->m.cur, "b:2,", at[1], 0), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct scan_opts opts = {.max_size = table[i].max_size,
					 .oldest = table[i].oldest};
		struct local_view v;
		assert_int_equal(scan_folder(&t->m, &opts, &v, &t->err), 0);
		assert_int_equal(v.n, 2);
		assert_int_equal(local_view_find(&v, name_key("a", 1))->skip,
				 table[i].a);
		assert_int_equal(local_view_find(&v, name_key("b", 1))->skip,
				 table[i].b);
		local_view_release(&v);
	}
}

#define scan_test(f) cmocka_unit_test_setup_teardown(f, setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    scan_test(test_scan__empty_folder),
	    scan_test(test_scan__names_say_it_all),
	    scan_test(test_scan__only_files_are_messages),
	    scan_test(test_scan__what_has_a_files_place_keeps_its_row),
	    scan_test(test_scan__hints_need_tag_and_size),
	    scan_test(test_scan__two_names_are_one_row),
	    scan_test(test_scan__counts_twins),
	    scan_test(test_scan__print_tells_what_happened),
	    scan_test(test_scan__unexamined_is_not_gone),
	    scan_test(test_scan__failed_listing_is_an_error),
	    scan_test(test_scan__just_changed_is_restless),
	    scan_test(test_scan__links_are_two),
	    scan_test(test_scan__unreadable_directory_is_an_error),
	    scan_test(test_scan__reads_again_what_changed_meanwhile),
	    scan_test(test_scan__does_not_wait_for_silence),
	    scan_test(test_scan__starts_at_the_beginning_each_time),
	    scan_test(test_scan__stamp_tells_changes),
	    scan_test(test_scan__knows_what_is_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
