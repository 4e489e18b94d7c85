/* SPDX-License-Identifier: MIT */
/* What a folder's pass comes to. */
#include "daemon/core/pass.h"

#include "tests/support/t.h"

static void test_pass__position(void **state)
{
	struct plan plan = {0};
	const struct pass_facts good = {
	    .plan = &plan, .pulls = true, .uidvalidity = 7};
	struct pass_facts f = good;

	(void)state;
	assert_true(pass_moves_position(&f));
	f.again = true;
	assert_false(pass_moves_position(&f));
	f = good;
	f.partial = true;
	assert_false(pass_moves_position(&f));
	f = good;
	f.pulls = false;
	assert_false(pass_moves_position(&f));
	f = good;
	f.uidvalidity = 0;
	assert_false(pass_moves_position(&f));
	plan.held_here = 1;
	assert_false(pass_moves_position(&good));
	plan = (struct plan){.held_there = 1};
	assert_false(pass_moves_position(&good));
	plan = (struct plan){.deferred = 1};
	assert_false(pass_moves_position(&good));
	plan = (struct plan){.unmerged = 1};
	assert_false(pass_moves_position(&good));
}

static struct plan plan_of(struct action *a, size_t n)
{
	return (struct plan){.action = a, .n = n};
}

static void test_pass__revives(void **state)
{
	static const struct {
		struct action a;
		bool revives;
	} rows[] = {
	    {{.type = ACTION_MOVE_THERE}, false},
	    {{.type = ACTION_DIE_THERE}, false},
	    {{.type = ACTION_DELETE_THERE}, false},
	    {{.type = ACTION_FATE}, false},
	    {{.type = ACTION_PROVE}, false},
	    {{.type = ACTION_FORGET}, false},
	    /* Another pass is to look at it. */
	    {{.type = ACTION_FORGET, .flags = 1}, true},
	    {{.type = ACTION_FETCH}, true},
	    {{.type = ACTION_UPLOAD}, true},
	    {{.type = ACTION_FLAGS_HERE}, true},
	    {{.type = ACTION_RECORD}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct action a[] = {{.type = ACTION_DIE_THERE}, rows[i].a};
		struct plan plan = plan_of(a, 2);
		if (pass_revives(&plan) != rows[i].revives)
			fail_msg("row %zu", i);
		plan.skipped = 1;
		assert_true(pass_revives(&plan));
	}
}

static void test_pass__only_dies(void **state)
{
	struct action a[] = {{.type = ACTION_DIE_HERE, .uid = 3},
			     {.type = ACTION_FORGET, .uid = 4},
			     {.type = ACTION_DIE_HERE, .uid = 9}};
	struct plan plan = plan_of(a, 3);
	uint32_t uid[3];
	size_t n = 7;

	(void)state;
	assert_true(pass_only_dies(&plan, uid, &n));
	assert_int_equal(n, 2);
	assert_int_equal(uid[0], 3);
	assert_int_equal(uid[1], 9);
	a[1].flags = 1;
	assert_false(pass_only_dies(&plan, uid, &n));
	a[1] = (struct action){.type = ACTION_UPLOAD};
	assert_false(pass_only_dies(&plan, uid, &n));
	plan.n = 0;
	assert_true(pass_only_dies(&plan, uid, &n));
	assert_int_equal(n, 0);
}

static void test_pass__again(void **state)
{
	(void)state;
	assert_true(pass_again(true, 1, 0));
	assert_false(pass_again(false, 1, 0));
	assert_true(pass_again(true, PASS_MAX - 1, PASS_SHORT_LISTINGS - 1));
	assert_false(pass_again(true, PASS_MAX, 0));
	assert_false(pass_again(true, 1, PASS_SHORT_LISTINGS));
}

static void test_pass__guard(void **state)
{
	const struct pass_held none = {0, 0}, here = {2, 0}, there = {0, 2};

	(void)state;
	assert_false(pass_guard_counts(&none, &none, false));
	assert_true(pass_guard_counts(&none, &none, true));
	assert_true(pass_guard_counts(&none, &here, false));
	assert_true(pass_guard_counts(&here, &there, false));
	assert_true(pass_guard_counts(&there, &none, false));
	/* As many, but of others? */
	assert_true(pass_guard_counts(&here, &here, false));
}

/* A server without UIDPLUS keeps what is marked: each pass would mark it. */
static void test_pass__forces_deletions_once(void **state)
{
	(void)state;
	assert_true(pass_forces_deletions(true, 1));
	assert_false(pass_forces_deletions(true, 2));
	assert_false(pass_forces_deletions(false, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pass__position),
	    cmocka_unit_test(test_pass__forces_deletions_once),
	    cmocka_unit_test(test_pass__revives),
	    cmocka_unit_test(test_pass__only_dies),
	    cmocka_unit_test(test_pass__again),
	    cmocka_unit_test(test_pass__guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
