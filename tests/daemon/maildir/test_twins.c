/* SPDX-License-Identifier: MIT */
/* Copies that kept the name of the original: each becomes a message of its own,
 * and the original stays what it is.
 */
#include "daemon/maildir/twins.h"

#include <limits.h>

#include "daemon/base/fs.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"
#include "tests/support/fault.h"

static const struct base_view nobody;

static int twins_teardown(void **state)
{
	(void)fault_disarm();
	return temp_teardown(state);
}

static uint64_t key_of(const char *unique)
{
	return name_key(unique, strlen(unique));
}

static uint64_t print_at(int dir, const char *file)
{
	struct stat st = temp_stat(dir, file);

	return print_of(st.st_ino, (uint64_t)st.st_size, fs_mtime_ns(&st));
}

static int part(struct temp *t, const struct base_view *base)
{
	int n = twins_part(&t->m, base, &t->err);

	if (n < 0)
		fail_msg("%s", t->err.text);
	return n;
}

/* The only file in dir whose letters are these, and which is not called so. */
static void expect_renamed(int dir, const char *not_called, const char *letters,
			   const char *text)
{
	DIR *d = fs_opendir(dir);
	char found[NAME_BYTES] = "";

	for (const struct dirent *e; (e = fs_readdir(d));) {
		const char *info = strchr(e->d_name, ':');
		if (strcmp(info ? info : "", letters) == 0 &&
		    strcmp(e->d_name, not_called) != 0)
			(void)snprintf(found, sizeof(found), "%s", e->d_name);
	}
	(void)closedir(d);
	assert_string_not_equal(found, "");
	temp_expect(dir, found, text);
}

static void test_twins__gives_each_a_name(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "one");
	temp_put(t->m.cur, "a:2,FS", "two");
	temp_put(t->m.new_, "a", "three");
	temp_put(t->m.cur, "alone:2,S", "four");
	assert_int_equal(part(t, &nobody), 2);
	assert_int_equal(temp_count(t->m.cur), 3);
	assert_int_equal(temp_count(t->m.new_), 1);
	/* The first by name keeps it: that is the one in new/. */
	temp_expect(t->m.new_, "a", "three");
	expect_renamed(t->m.cur, "a:2,", ":2,", "one");
	expect_renamed(t->m.cur, "a:2,FS", ":2,FS", "two");
	temp_expect(t->m.cur, "alone:2,S", "four");
	assert_int_equal(part(t, &nobody), 0);
}

/* The row's file keeps its name, wherever its name sorts. */
static void test_twins__the_known_one_stays(void **state)
{
	static const char *const known[] = {"a:2,", "a:2,F", "a:2,S"};
	struct temp *t = *state;

	for (size_t k = 0; k < 3; k++) {
		temp_put(t->m.cur, "a:2,", "one");
		temp_put(t->m.cur, "a:2,F", "two2");
		temp_put(t->m.cur, "a:2,S", "three");
		struct base_row row[] = {
		    {.uid = 1, .key = key_of("other"), .print = 1},
		    {.uid = 2, .key = key_of("a"), .print = 1},
		    {.uid = 3,
		     .key = key_of("a"),
		     .print = print_at(t->m.cur, known[k])}};
		struct base_view base = {.row = row, .n = 3};
		assert_int_equal(part(t, &base), 2);
		assert_true(temp_has(t->m.cur, known[k]));
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(temp_has(t->m.cur, known[i]), i == k);
		temp_remove_all(t->m.cur);
	}
}

/* The same file under two names is not its own twin: readdir() may show both of
 * one that is renamed just now. */
static void test_twins__one_file_with_two_names(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.new_, "a", "one");
	assert_int_equal(linkat(t->m.new_, "a", t->m.cur, "a:2,S", 0), 0);
	assert_int_equal(part(t, &nobody), 0);
	assert_true(temp_has(t->m.new_, "a"));
	assert_true(temp_has(t->m.cur, "a:2,S"));
}

/* L15: what is no letter stays, and is written once. */
static void test_twins__keeps_odd_letters(void **state)
{
	struct temp *t = *state;
	char file[NAME_BYTES] = "b:2,";

	memset(file + 4, 'S', 240);
	temp_put(t->m.cur, "a:2,FSaX", "one");
	temp_put(t->m.cur, "a:2,SX,more", "two");
	temp_put(t->m.cur, file, "three");
	temp_put(t->m.cur, "b:2,", "four");
	temp_put(t->m.cur, "c\n\xff:1,x", "five");
	temp_put(t->m.new_, "c\n\xff:1,x", "six");
	assert_int_equal(part(t, &nobody), 3);
	assert_true(temp_has(t->m.cur, "a:2,FSaX"));
	expect_renamed(t->m.cur, "a:2,SX,more", ":2,SX,more", "two");
	temp_expect(t->m.cur, "b:2,", "four");
	expect_renamed(t->m.cur, file, ":2,S", "three");
	temp_expect(t->m.cur, "c\n\xff:1,x", "five");
	expect_renamed(t->m.new_, "c\n\xff:1,x", "", "six");
}

static void test_twins__only_files(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.cur, "a:2,", "one");
	assert_int_equal(symlinkat("a:2,", t->m.cur, "a:2,S"), 0);
	assert_int_equal(mkfifoat(t->m.cur, "a:2,F", 0600), 0);
	assert_int_equal(mkdirat(t->m.new_, "a", 0700), 0);
	temp_put(t->m.cur, ".a:2,", "hidden");
	assert_int_equal(part(t, &nobody), 0);
}

static struct temp *racing;

static void rename_once(const char *name)
{
	fault.before = NULL;
	assert_int_equal(renameat(racing->m.cur, name, racing->m.cur, "b:2,"),
			 0);
}

static void test_twins__one_goes_meanwhile(void **state)
{
	static const unsigned calls[] = {FAULT_STAT, FAULT_RENAME};
	struct temp *t = *state;

	racing = t;
	for (size_t i = 0; i < 2; i++) {
		temp_put(t->m.cur, "a:2,", "one");
		temp_put(t->m.cur, "a:2,S", "two");
		fault_arm(calls[i], 0, 0);
		fault.name = "a:2,S";
		fault.before = rename_once;
		assert_int_equal(part(t, &nobody), 0);
		(void)fault_disarm();
		temp_expect(t->m.cur, "a:2,", "one");
		temp_expect(t->m.cur, "b:2,", "two");
		temp_remove_all(t->m.cur);
	}
}

static void test_twins__failures(void **state)
{
	static const struct {
		unsigned call;
		const char *name; /* of the file or directory */
		int number;
	} faults[] = {
	    {FAULT_OPEN, NULL, EMFILE},   {FAULT_READDIR, "/cur", EIO},
	    {FAULT_READDIR, "/new", EIO}, {FAULT_RENAME, "a:2,S", ENOSPC},
	    {FAULT_SYNC, "/cur", EIO},    {FAULT_SYNC, "/new", EIO},
	};
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		temp_put(t->m.cur, "a:2,", "one");
		temp_put(t->m.cur, "a:2,S", "two");
		fault_arm(faults[i].call, 0, faults[i].number);
		fault.name = faults[i].name;
		assert_int_equal(twins_part(&t->m, &nobody, &t->err), -1);
		assert_true(fault_disarm());
		assert_int_not_equal(t->err.code, ERR_NONE);
		assert_int_equal(temp_count(t->m.cur), 2);
		temp_remove_all(t->m.cur);
	}
	/* One that nobody can examine is left as it is. */
	temp_put(t->m.cur, "a:2,", "one");
	temp_put(t->m.cur, "a:2,S", "two");
	fault_arm(FAULT_STAT, 0, EIO);
	fault.name = "a:2,S";
	assert_int_equal(part(t, &nobody), 0);
	assert_true(fault_disarm());
	assert_int_equal(part(t, &nobody), 1);
}

#define twins_test(f) \
	cmocka_unit_test_setup_teardown(f, temp_setup, twins_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    twins_test(test_twins__gives_each_a_name),
	    twins_test(test_twins__the_known_one_stays),
	    twins_test(test_twins__one_file_with_two_names),
	    twins_test(test_twins__keeps_odd_letters),
	    twins_test(test_twins__only_files),
	    twins_test(test_twins__one_goes_meanwhile),
	    twins_test(test_twins__failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
