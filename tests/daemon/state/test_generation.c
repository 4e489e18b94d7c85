/* SPDX-License-Identifier: MIT */
/* The generation only grows, and only with what was committed. */
#include "tests/daemon/state/fixture.h"

static uint64_t generation(struct fixture *f)
{
	uint64_t out = 99;

	must(f, state_generation(f->s, &out, &f->err));
	return out;
}

static void test_generation__begins_at_0_and_is_raised(void **state)
{
	struct fixture *f = *state;
	static const uint64_t steps[] = {1, 2, 1000, INT64_MAX};

	assert_int_equal(generation(f), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		must(f, state_generation_raise(f->s, steps[i], &f->err));
		assert_true(generation(f) == steps[i]);
	}
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_true(generation(f) == INT64_MAX);
}

static void test_generation__never_goes_back(void **state)
{
	struct fixture *f = *state;
	static const uint64_t bad[] = {0, 4, 5, UINT64_C(1) << 63, UINT64_MAX};

	must(f, state_generation_raise(f->s, 5, &f->err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(state_generation_raise(f->s, bad[i], &f->err),
				 -1);
		assert_int_equal(f->err.code, ERR_INTERNAL);
		assert_int_equal(generation(f), 5);
	}
}

static void test_generation__goes_with_a_rollback(void **state)
{
	struct fixture *f = *state;

	begin(f);
	must(f, state_generation_raise(f->s, 1, &f->err));
	assert_int_equal(generation(f), 1);
	state_rollback(f->s);
	assert_int_equal(generation(f), 0);
}

static void test_generation__an_old_copy_has_an_older_one(void **state)
{
	struct fixture *f = *state;
	char *db = path_of(f, ".db"), *old = path_of(f, ".old");

	close_state(f);
	assert_int_equal(rename(db, old), 0);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_generation_raise(f->s, 1, &f->err));
	close_state(f);
	assert_int_equal(rename(old, db), 0);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(generation(f), 0);
	free(db);
	free(old);
}

static void test_generation__its_absence_is_damage(void **state)
{
	struct fixture *f = *state;
	uint64_t out;

	must(f, db_exec(f->s, "DELETE FROM account", "test", &f->err));
	assert_int_equal(state_generation(f->s, &out, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(state_generation_raise(f->s, 1, &f->err), -1);
}

static void test_generation__a_reader_raises_its_own(void **state)
{
	struct fixture *f = *state;

	close_state(f);
	must(f, open_state(f, STATE_READ));
	must(f, state_generation_raise(f->s, 1, &f->err));
	assert_int_equal(generation(f), 1);
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(generation(f), 0);
}

/* What the server's sizes are worth is kept next to it. */
static void test_generation__unlike_sizes_are_kept(void **state)
{
	struct fixture *f = *state;
	uint32_t n = 99;

	must(f, state_unlike(f->s, &n, &f->err));
	assert_int_equal(n, 0);
	must(f, state_set_unlike(f->s, 20, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	must(f, state_unlike(f->s, &n, &f->err));
	assert_int_equal(n, 20);
	must(f, state_set_unlike(f->s, 21, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	must(f, state_unlike(f->s, &n, &f->err));
	assert_int_equal(n, 20);
}

#define T(name)                                                              \
	cmocka_unit_test_setup_teardown(test_generation__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(begins_at_0_and_is_raised), T(never_goes_back),
	    T(goes_with_a_rollback),      T(an_old_copy_has_an_older_one),
	    T(its_absence_is_damage),     T(a_reader_raises_its_own),
	    T(unlike_sizes_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
