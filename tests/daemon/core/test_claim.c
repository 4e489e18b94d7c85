/* SPDX-License-Identifier: MIT */
/* What is believed of what a server says about messages that it was sent. */
#include "daemon/core/claim.h"

#include "tests/support/t.h"

static void test_claim__uids_ascend(void **state)
{
	static const struct {
		uint32_t uid, next;
		bool believed;
		uint32_t then;
	} rows[] = {
	    {10, 10, true, 11},
	    {12, 10, true, 13},
	    {10, 0, true, 11},
	    /* That of a message that was there before. */
	    {9, 10, false, 10},
	    {0, 10, false, 10},
	    {0, 0, false, 0},
	    {UINT32_MAX, 10, true, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t next = rows[i].next;
		if (claim_take(rows[i].uid, &next) != rows[i].believed ||
		    next != rows[i].then)
			fail_msg("row %zu", i);
	}
}

static void test_claim__pairs(void **state)
{
	static const struct {
		struct uid_pair pair[3];
		size_t n;
		uint32_t next;
		bool believed;
	} rows[] = {
	    {{{1, 10}, {2, 11}, {5, 12}}, 3, 10, true},
	    {{{1, 10}, {2, 14}, {5, 20}}, 3, 0, true},
	    {{{0, 0}}, 0, 10, true},
	    /* Crossing, twice the same, or a message of before. */
	    {{{1, 11}, {2, 10}}, 2, 10, false},
	    {{{1, 10}, {2, 10}}, 2, 10, false},
	    {{{1, 10}, {1, 11}}, 2, 10, false},
	    {{{1, 9}, {2, 10}}, 2, 10, false},
	    {{{1, 0}}, 1, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (claim_take_pairs(rows[i].pair, rows[i].n, rows[i].next) !=
		    rows[i].believed)
			fail_msg("row %zu", i);
	}
}

/* Rows 1 and 2, claims for 10 and 11. */
struct remote_list {
	uint32_t shown[6];
	struct claim_look remote_list;
	size_t n;
	uint32_t void_[2];
};

static const struct remote_list looks[] = {
    /* An honest server. */
    {{1, 2, 10, 11}, {10, true, NULL, 0}, 0, {0}},
    {{10, 11}, {10, true, NULL, 0}, 0, {0}},
    /* What is not shown. */
    {{1, 2, 10}, {10, true, NULL, 0}, 1, {11}},
    {{1, 2}, {10, true, NULL, 0}, 2, {10, 11}},
    {{1, 2}, {10, false, NULL, 0}, 0, {0}},
    {{1, 2, 10}, {10, false, NULL, 0}, 0, {0}},
    /* Somebody else's, or that which a claim is about. */
    {{1, 2, 10, 11, 12}, {10, true, NULL, 0}, 2, {10, 11}},
    {{1, 2, 9, 10, 11}, {9, true, NULL, 0}, 2, {10, 11}},
    {{1, 2, 9, 10, 11}, {0, true, NULL, 0}, 2, {10, 11}},
    {{1, 2, 10, 12}, {10, true, NULL, 0}, 2, {10, 11}},
    {{1, 2, 10, 12}, {10, false, NULL, 0}, 1, {10}},
    /* Without a row, and of before. */
    {{1, 2, 9, 10, 11}, {10, true, NULL, 0}, 0, {0}},
};

static void check(size_t i, const struct remote_list *t)
{
	struct base_row b[] = {{.uid = 1},
			       {.uid = 2, .fate = FATE_DYING_HERE},
			       {.uid = 10, .fate = FATE_CLAIMED},
			       {.uid = 11, .fate = FATE_CLAIMED}};
	struct base_view base = {.row = b, .n = 4};
	struct remote_row r[6];
	struct remote_view remote = {.row = r};
	size_t n;

	for (size_t k = 0; k < 6 && t->shown[k]; k++)
		r[remote.n++] = (struct remote_row){.uid = t->shown[k]};
	uint32_t *uid = claims_void(&base, &remote, &t->remote_list, &n);
	if (n != t->n || base.n != 4 - n || (n > 0) != (uid != NULL))
		fail_msg("look %zu: %zu are void", i, n);
	for (size_t k = 0; k < n; k++) {
		if (uid[k] != t->void_[k] || base_view_find(&base, uid[k]))
			fail_msg("look %zu: %u is void", i, uid[k]);
	}
	assert_non_null(base_view_find(&base, 1));
	assert_non_null(base_view_find(&base, 2));
	free(uid);
}

static void test_claim__looks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		check(i, &looks[i]);
}

/* One that the server does not send has no row either. */
static void test_claim__what_is_aside_is_known(void **state)
{
	static const uint32_t aside[] = {12, 14};
	struct remote_list t = {
	    {1, 2, 10, 11, 12}, {10, true, aside, 2}, 0, {0}};

	(void)state;
	check(0, &t);
	t.shown[4] = 13;
	t.n = 2;
	t.void_[0] = 10;
	t.void_[1] = 11;
	check(1, &t);
}

static void test_claim__without_claims_nothing_is_done(void **state)
{
	struct base_row b = {.uid = 1};
	struct base_view base = {.row = &b, .n = 1};
	struct remote_view remote = {.complete = true};
	struct claim_look remote_list = {.proves = true};
	size_t n = 1;

	(void)state;
	assert_null(claims_void(&base, &remote, &remote_list, &n));
	assert_int_equal(n, 0);
	assert_int_equal(base.n, 1);
}

static void test_claim__what_became_of_a_move(void **state)
{
	static const struct {
		struct claim_moved m;
		enum claim_move is;
	} rows[] = {
	    {{.done = false, .uid = 7, .told = true}, CLAIM_REFUSED},
	    {{.done = true, .uid = 7, .told = true}, CLAIM_GOES},
	    {{.done = true, .uid = 7, .told = true, .taken = true},
	     CLAIM_PARTS},
	    {{.done = true, .told = true}, CLAIM_LEFT_OUT},
	    {{.done = true}, CLAIM_PARTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(claim_move(&rows[i].m), rows[i].is);
}

/* The lowest UIDNEXT, of those whose rows are claimed and no others. */
static void test_claim__since_the_first_of_them(void **state)
{
	struct base_row b[] = {{.uid = 1, .key = 30},
			       {.uid = 2, .key = 20, .fate = FATE_CLAIMED},
			       {.uid = 3, .key = 10, .fate = FATE_CLAIMED}};
	const struct base_view base = {.row = b, .n = 3};
	const struct claim_promise promise[] = {
	    {30, 5}, {10, 9}, {20, 8}, {40, 7}};
	size_t n;
	uint64_t *key = claims_keys(&base, &n);

	(void)state;
	assert_int_equal(n, 2);
	assert_true(key[0] == 10 && key[1] == 20);
	assert_int_equal(claims_since(key, n, promise, 4), 8);
	assert_int_equal(claims_since(key, n, promise, 2), 9);
	/* None of them, none at all: nobody knows. */
	assert_int_equal(claims_since(key, n, promise, 1), 0);
	assert_int_equal(claims_since(key, 0, promise, 4), 0);
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_claim__uids_ascend),
	    cmocka_unit_test(test_claim__pairs),
	    cmocka_unit_test(test_claim__looks),
	    cmocka_unit_test(test_claim__what_is_aside_is_known),
	    cmocka_unit_test(test_claim__without_claims_nothing_is_done),
	    cmocka_unit_test(test_claim__what_became_of_a_move),
	    cmocka_unit_test(test_claim__since_the_first_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
