/* SPDX-License-Identifier: MIT */
/* The user's answers: one a folder and kind, the account's apart from all, each
 * with its bound. */
#include "tests/daemon/state/fixture.h"

static int get(struct fixture *f, int64_t folder, enum state_answer kind,
	       int64_t *created)
{
	uint32_t bound = 0;

	*created = -1;
	int rc = state_answer_get(f->s, folder, kind, created, &bound, &f->err);
	/* As put() has it. */
	if (rc == 0)
		assert_true(bound == UINT32_MAX - (uint32_t)*created);
	return rc;
}

static void put(struct fixture *f, int64_t folder, enum state_answer kind,
		int64_t created)
{
	must(f, state_answer_put(f->s, folder, kind, created,
				 UINT32_MAX - (uint32_t)created, &f->err));
}

static void test_answer__each_folder_and_kind_has_its_own(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b"), created;

	put(f, 0, STATE_APPROVE, 100);
	put(f, a, STATE_RESTORE, 200);
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(get(f, 0, STATE_APPROVE, &created), 0);
	assert_int_equal(created, 100);
	assert_int_equal(get(f, a, STATE_RESTORE, &created), 0);
	assert_int_equal(created, 200);
	assert_int_equal(get(f, 0, STATE_RESTORE, &created), 1);
	assert_int_equal(get(f, a, STATE_APPROVE, &created), 1);
	assert_int_equal(get(f, b, STATE_RESTORE, &created), 1);
	assert_int_equal(created, -1);
}

static void test_answer__the_last_one_counts(void **state)
{
	struct fixture *f = *state;
	int64_t created;

	put(f, 0, STATE_APPROVE, 100);
	put(f, 0, STATE_APPROVE, 50);
	assert_int_equal(get(f, 0, STATE_APPROVE, &created), 0);
	assert_int_equal(created, 50);
}

static void test_answer__can_be_dropped(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), created;

	put(f, 0, STATE_APPROVE, 1);
	put(f, a, STATE_APPROVE, 1);
	put(f, a, STATE_RESTORE, 1);
	must(f, state_answer_drop(f->s, a, STATE_APPROVE, &f->err));
	must(f, state_answer_drop(f->s, a, STATE_APPROVE, &f->err));
	assert_int_equal(get(f, a, STATE_APPROVE, &created), 1);
	assert_int_equal(get(f, a, STATE_RESTORE, &created), 0);
	assert_int_equal(get(f, 0, STATE_APPROVE, &created), 0);
}

static void test_answer__goes_with_a_rollback(void **state)
{
	struct fixture *f = *state;
	int64_t created;

	must(f, state_begin(f->s, &f->err));
	put(f, 0, STATE_APPROVE, 1);
	assert_int_equal(get(f, 0, STATE_APPROVE, &created), 0);
	state_rollback(f->s);
	assert_int_equal(get(f, 0, STATE_APPROVE, &created), 1);
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_answer__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(each_folder_and_kind_has_its_own),
	    T(the_last_one_counts),
	    T(can_be_dropped),
	    T(goes_with_a_rollback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
