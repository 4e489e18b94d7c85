/* SPDX-License-Identifier: MIT */
/* The generation only grows, and only with what was committed. */
#include "tests/daemon/state/fixture.h"

static uint64_t generation(struct fixture *f)
{
	uint64_t out = 99;

	must(f, state_generation(f->s, &out, &f->err));
	return out;
}

static void test_generation__begins_at_0_and_grows_by_1(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(generation(f), 0);
	for (uint64_t i = 1; i <= 3; i++) {
		uint64_t out = 99;
		must(f, state_generation_bump(f->s, &out, &f->err));
		assert_int_equal(out, i);
		assert_int_equal(generation(f), i);
	}
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(generation(f), 3);
}

static void test_generation__goes_with_a_rollback(void **state)
{
	struct fixture *f = *state;
	uint64_t out;

	must(f, state_begin(f->s, &f->err));
	must(f, state_generation_bump(f->s, &out, &f->err));
	assert_int_equal(out, 1);
	state_rollback(f->s);
	assert_int_equal(generation(f), 0);
}

static void test_generation__an_old_copy_has_an_older_one(void **state)
{
	struct fixture *f = *state;
	char *db = path_of(f, ".db"), *old = path_of(f, ".old");
	uint64_t noted;

	close_state(f);
	assert_int_equal(rename(db, old), 0);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_generation_bump(f->s, &noted, &f->err));
	close_state(f);
	assert_int_equal(rename(old, db), 0);
	must(f, open_state(f, STATE_WRITE));
	assert_true(generation(f) < noted);
	free(db);
	free(old);
}

static void test_generation__its_absence_is_damage(void **state)
{
	struct fixture *f = *state;
	uint64_t out;

	must(f, db_exec(f->s, "DELETE FROM account", "test", &f->err));
	assert_int_equal(state_generation(f->s, &out, &f->err), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_int_equal(state_generation_bump(f->s, &out, &f->err), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_non_null(strstr(f->err.text, "is damaged"));
}

static void test_generation__a_reader_cannot_bump_it(void **state)
{
	struct fixture *f = *state;
	uint64_t out;

	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(state_generation_bump(f->s, &out, &f->err), -1);
	assert_int_equal(generation(f), 0);
}

#define T(name)                                                              \
	cmocka_unit_test_setup_teardown(test_generation__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(begins_at_0_and_grows_by_1),   T(goes_with_a_rollback),
	    T(an_old_copy_has_an_older_one), T(its_absence_is_damage),
	    T(a_reader_cannot_bump_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
