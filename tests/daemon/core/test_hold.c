/* SPDX-License-Identifier: MIT */
/* Whose a mailbox is, and when that is held: all cases, one by one.
 */
#include "daemon/core/hold.h"

#include <string.h>

#include "tests/support/t.h"

static void test_hold__owner_is_user_and_host(void **state)
{
	static const struct {
		const char *user, *host, *owner;
	} table[] = {
	    {"ann", "imap.example.org", "ann@imap.example.org"},
	    {"Ann", "IMAP.Example.Org", "ann@imap.example.org"},
	    {"ann", "imap.example.org.", "ann@imap.example.org"},
	    {"ann@example.org", "::1", "ann@example.org@::1"},
	    {"ann", NULL, "ann@"},
	    {"ann", "", "ann@"},
	    {NULL, "localhost", "@localhost"},
	    {"a\tb\x7f", "h", "a?b?@h"},
	    {"\xc3\x84", "h", "\xc3\x84@h"},
	    {NULL, NULL, ""},
	    {"", "", ""},
	    {"", ".", "@."},
	};
	char out[HOLD_OWNER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(hold_owner(out, table[i].user, table[i].host),
				 table[i].owner[0] != '\0');
		assert_string_equal(out, table[i].owner);
	}
}

static void test_hold__a_long_owner_is_cut(void **state)
{
	static char user[2000], host[2000];
	char a[HOLD_OWNER_SIZE], b[HOLD_OWNER_SIZE];

	(void)state;
	memset(user, 'u', sizeof(user) - 1);
	memset(host, 'h', 253);
	assert_true(hold_owner(a, user, host));
	assert_true(strlen(a) < HOLD_OWNER_SIZE);
	/* The host is there whole. */
	host[252] = 'x';
	assert_true(hold_owner(b, user, host));
	assert_string_not_equal(a, b);
	memset(host, 'h', sizeof(host) - 1);
	assert_true(hold_owner(b, user, host));
	assert_int_equal(strlen(b), HOLD_OWNER_SIZE - 1);
}

static void test_hold__what_is_not_recorded_is_nobodys(void **state)
{
	(void)state;
	assert_int_equal(hold_whose(NULL, "ann@h"), HOLD_UNKNOWN);
	assert_int_equal(hold_whose("", "ann@h"), HOLD_UNKNOWN);
	assert_int_equal(hold_whose("ann@h", ""), HOLD_UNKNOWN);
	assert_int_equal(hold_whose("ann@h", "ann@h"), HOLD_OURS);
	assert_int_equal(hold_whose("ann@h", "ann@"), HOLD_ANOTHERS);
	assert_int_equal(hold_whose("ann@h", "bob@h"), HOLD_ANOTHERS);
}

#define U HOLD_UNKNOWN
#define O HOLD_OURS
#define A HOLD_ANOTHERS

static void test_hold__verdicts(void **state)
{
	static const struct {
		struct hold_facts facts; /* database, root, synced, tied */
		enum hold_verdict verdict;
	} table[] = {
	    /* Made just now, or of before: recorded silently. */
	    {{U, U, false, false}, HOLD_NOT},
	    {{U, U, false, true}, HOLD_NOT},
	    {{U, U, true, true}, HOLD_NOT},
	    {{O, U, true, true}, HOLD_NOT},
	    {{U, O, true, true}, HOLD_NOT},
	    {{O, O, true, true}, HOLD_NOT},
	    /* The database was lost, or the section has another name. */
	    {{U, O, false, false}, HOLD_NOT},
	    /* The root is missing, or of before: the guard's matter. */
	    {{O, U, true, false}, HOLD_NOT},
	    {{U, U, true, false}, HOLD_NOT},
	    {{U, O, true, false}, HOLD_NOT},
	    /* Another host or user, here or there. */
	    {{A, A, true, true}, HOLD_HELD},
	    {{A, U, true, true}, HOLD_HELD},
	    {{A, O, true, true}, HOLD_HELD},
	    {{A, A, true, false}, HOLD_HELD},
	    {{A, U, true, false}, HOLD_HELD},
	    {{A, O, true, false}, HOLD_HELD},
	    {{O, A, true, false}, HOLD_HELD},
	    {{U, A, true, false}, HOLD_HELD},
	    {{U, A, true, true}, HOLD_HELD},
	    /* A second account on a Maildir. */
	    {{U, A, false, false}, HOLD_HELD},
	    {{O, A, false, false}, HOLD_HELD},
	    {{A, A, false, false}, HOLD_HELD},
	    /* The host was wrong at first, and nothing came from it. */
	    {{A, A, false, true}, HOLD_NOT},
	    {{A, U, false, false}, HOLD_NOT},
	    {{A, O, false, false}, HOLD_NOT},
	    /* The name in the database is of later than that in the root: it
	     * was recorded last. */
	    {{O, A, true, true}, HOLD_NOT},
	    /* The section had another name for a while. */
	    {{O, O, true, false}, HOLD_VOID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (hold_judge(&table[i].facts) != table[i].verdict)
			fail_msg("row %zu: %d", i, hold_judge(&table[i].facts));
	}
}

static void test_hold__ids(void **state)
{
	(void)state;
	assert_false(hold_same_ids(0, 0));
	assert_true(hold_same_ids(1, 0));
	assert_false(hold_same_ids(0, 1));
	assert_false(hold_same_ids(9, 1));
}

static void test_hold__misfits(void **state)
{
	static const struct {
		struct hold_pairing pairing; /* n, alone; here, there */
		bool misfit;
	} table[] = {
	    {{{0, 0}, {0, 0}}, false},
	    {{{30, 30}, {30, 30}}, true},
	    /* Only on one side. */
	    {{{100, 100}, {0, 0}}, false},
	    {{{0, 0}, {100, 100}}, false},
	    {{{100, 100}, {20, 20}}, false},
	    {{{20, 20}, {100, 100}}, false},
	    {{{21, 21}, {21, 21}}, true},
	    /* A Maildir that was taken over, with a few more. */
	    {{{100, 21}, {100, 21}}, false},
	    {{{100, 25}, {100, 25}}, false},
	    {{{100, 26}, {100, 25}}, false},
	    {{{100, 25}, {100, 26}}, false},
	    {{{100, 26}, {100, 26}}, true},
	    {{{103, 26}, {103, 26}}, true},
	    {{{104, 26}, {104, 26}}, false},
	    {{{1000, 30}, {40, 30}}, false},
	    {{{SIZE_MAX, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (hold_misfit(&table[i].pairing) != table[i].misfit)
			fail_msg("row %zu", i);
	}
}

/* One of each kind. */
static void test_hold__counts_who_is_alone(void **state)
{
	struct base_row base[] = {
	    {.uid = 1, .key = 10},
	    {.uid = 2, .key = 20, .fate = FATE_DYING_THERE}};
	struct remote_row remote[] = {{.uid = 1},
				      {.uid = 2},
				      {.uid = 3},
				      {.uid = 4, .skip = true},
				      {.uid = 5},
				      {.uid = 6},
				      {.uid = 7, .skip = true}};
	struct local_row local[] = {
	    {.key = 10},                          /* has a row */
	    {.key = 20},                          /* of a row without one */
	    {.key = 30, .hint = 3},               /* paired */
	    {.key = 40, .hint = 4, .skip = true}, /* with one outside */
	    {.key = 50, .hint = 99},              /* its message is gone */
	    {.key = 60},                          /* alone */
	    {.key = 70, .skip = true},            /* outside */
	    {.key = 80, .wait = WAIT_MOVE},       /* moving over */
	    {.key = 90, .wait = WAIT_WRITER},     /* being written */
	    {.key = 100, .wait = WAIT_REFUSED},   /* alone */
	};
	struct move_here moved[] = {{.uid = 5, .from = 2, .from_uid = 1}};
	struct base_view b = {.row = base, .n = 2};
	struct remote_view r = {.row = remote, .n = 7, .complete = true};
	struct local_view l = {.row = local, .n = 10};
	struct hold_views views = {
	    .base = &b, .remote = &r, .local = &l, .moved = moved, .nmoved = 1};
	struct hold_pairing got;

	(void)state;
	assert_int_equal(hold_count(&got, &views), 0);
	assert_int_equal(got.here.n, 9);
	assert_int_equal(got.here.alone, 4); /* 20, 50, 60, 100 */
	assert_int_equal(got.there.n, 6);
	assert_int_equal(got.there.alone, 1); /* 6 */
	views.nmoved = 0;
	assert_int_equal(hold_count(&got, &views), 0);
	assert_int_equal(got.there.alone, 2);
	b.n = r.n = l.n = 0;
	assert_int_equal(hold_count(&got, &views), 0);
	assert_int_equal(got.here.n + got.there.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hold__misfits),
	    cmocka_unit_test(test_hold__counts_who_is_alone),
	    cmocka_unit_test(test_hold__owner_is_user_and_host),
	    cmocka_unit_test(test_hold__a_long_owner_is_cut),
	    cmocka_unit_test(test_hold__what_is_not_recorded_is_nobodys),
	    cmocka_unit_test(test_hold__verdicts),
	    cmocka_unit_test(test_hold__ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
