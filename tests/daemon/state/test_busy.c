/* SPDX-License-Identifier: MIT */
/* Until when a server is left alone outlives the process. */
#include "tests/daemon/state/fixture.h"

static void assert_busy(struct fixture *f, int64_t until, int64_t last)
{
	struct state_busy b = {-1, -1};

	must(f, state_busy(f->s, &b, &f->err));
	assert_true(b.until_ms == until);
	assert_true(b.last_ms == last);
}

static void test_busy__is_kept(void **state)
{
	struct fixture *f = *state;
	struct state_busy b = {INT64_C(1700000000000), 60000};

	assert_busy(f, 0, 0);
	must(f, state_set_busy(f->s, &b, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_busy(f, INT64_C(1700000000000), 60000);
	must(f, state_set_busy(f->s, &(struct state_busy){0}, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_busy(f, INT64_C(1700000000000), 60000);
	must(f, state_set_busy(f->s, &(struct state_busy){0}, &f->err));
	assert_busy(f, 0, 0);
}

static void test_busy__writes_nothing_where_nothing_differs(void **state)
{
	struct fixture *f = *state;
	struct state_busy b = {5, 6};

	must(f, state_set_busy(f->s, &b, &f->err));
	int changes = sqlite3_total_changes(f->s->db);
	must(f, state_set_busy(f->s, &b, &f->err));
	assert_int_equal(sqlite3_total_changes(f->s->db), changes);
}

#define T(name)                                                        \
	cmocka_unit_test_setup_teardown(test_busy__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(is_kept),
	    T(writes_nothing_where_nothing_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
