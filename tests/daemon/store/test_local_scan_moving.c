/* SPDX-License-Identifier: MIT */
/* A look at all files while somebody moves them. */
#include "daemon/core/pair.h"
#include "daemon/store/local_scan.h"

#include "tests/daemon/store/bed.h"

static int64_t a, c;
static struct local_scan v;

static int setup(void **state)
{
	(void)bed_setup(state);
	a = bed_make(*state, "A");
	c = bed_make(*state, "C");
	store_folder_close(&((struct bed *)*state)->store);
	v = (struct local_scan){0};
	return 0;
}

static int teardown(void **state)
{
	local_scan_release(&v);
	return bed_teardown(state);
}

static int add(struct bed *b, const char *folder, const struct scan_stamp *same)
{
	struct store_name n = bed_name(folder);

	return local_scan_add(&v, &b->store, &n, same, &b->err);
}

/* A is folder 0, C is folder 1. */
static void local_scan(struct bed *b)
{
	local_scan_release(&v);
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	bed_must(b, local_scan_pair(&v, &b->store, &b->err));
}

static bool is_loose(size_t folder, const char *unique)
{
	const struct loose *l = &v.folder[folder].loose;
	uint64_t key = bed_key(unique);

	/* Rows lost theirs in A, files came to C. */
	return folder == 0 ? pair_has_key(l->row, l->nrows, key)
			   : pair_has_key(l->file, l->nfiles, key);
}

/* As if what was done to them was done some time ago. */
static void settle(struct bed *b)
{
	static const char *const dir[] = {"A/new", "A/cur", "C/new", "C/cur"};

	for (size_t i = 0; i < 4; i++)
		bed_age(b, dir[i], 5);
}

static void test_local_scan_moving__what_is_loose(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/o:2,S");
	local_scan(b);
	assert_true(is_loose(0, "m"));
	assert_false(is_loose(0, "n"));
	assert_true(is_loose(1, "o"));
	assert_int_equal(v.folder[0].loose.nrows, 1);
	assert_int_equal(v.folder[0].loose.nfiles, 0);
	assert_int_equal(v.folder[1].loose.nfiles, 1);
	struct local_scan before = v;
	v = (struct local_scan){0};
	bed_rename(b, "A/cur/n:2,S", "C/cur/p:2,S");
	local_scan(b);
	assert_true(is_loose(0, "n") && is_loose(1, "p"));
	/* Where these came from, or went, nobody has seen yet. */
	local_scan_doubt(&v, &before);
	assert_true(is_loose(0, "m") && is_loose(1, "o"));
	assert_false(is_loose(0, "n") || is_loose(1, "p"));
	local_scan_release(&before);
}

/* One folder is scanned after the other: a file may be seen in both, or in
 * neither. */
static void test_local_scan_moving__moved_while_it_was_scanned(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	settle(b);
	bed_must(b, add(b, "A", NULL));
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	bed_age(b, "C/cur", 5);
	bed_must(b, add(b, "C", NULL));
	assert_int_equal(local_scan_pair(&v, &b->store, &b->err), 1);
	settle(b);
	local_scan_release(&v);
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	assert_int_equal(local_scan_pair(&v, &b->store, &b->err), 0);
	assert_int_equal(v.folder[0].nmoved, 1);
	assert_int_equal(v.folder[0].moved[0].to, c);
}

/* It was moved away and sent as new there; then it came back, before its old
 * message was deleted. That is the one it is, and the new one goes. */
static void test_local_scan_moving__came_back_to_a_dying_row(void **state)
{
	static const enum fate fate[] = {FATE_DYING_THERE, FATE_LEFT_THERE};
	struct bed *b = *state;

	bed_message(b, c, 1, "C/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	for (size_t i = 0; i < 2; i++) {
		bed_fate(b, c, 1, fate[i]);
		local_scan(b);
		assert_int_equal(v.folder[0].nmoved + v.folder[1].nexpected, 0);
		assert_int_equal(v.folder[1].loose.nfiles, 0);
		assert_false(v.folder[1].clean);
	}
}

/* Within one tick of the clock a change does not show. */
static void test_local_scan_moving__moved_within_a_tick(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	settle(b);
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	assert_int_equal(local_scan_pair(&v, &b->store, &b->err), 1);
	/* Where nothing is loose, it does not matter. */
	bed_rename(b, "C/cur/m:2,S", "A/cur/m:2,S");
	local_scan_release(&v);
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	assert_int_equal(local_scan_pair(&v, &b->store, &b->err), 0);
}

#define moving_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    moving_test(test_local_scan_moving__what_is_loose),
	    moving_test(test_local_scan_moving__moved_while_it_was_scanned),
	    moving_test(test_local_scan_moving__came_back_to_a_dying_row),
	    moving_test(test_local_scan_moving__moved_within_a_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
