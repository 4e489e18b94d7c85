/* SPDX-License-Identifier: MIT */
/* Refused messages: each side's apart, attempts counted, dropped one by one or
 * with their folder. */
#include "tests/daemon/state/fixture.h"

static void put(struct fixture *f, int64_t folder, enum state_side side,
		uint64_t id)
{
	struct state_aside a = {.side = side,
				.id = id,
				.text = "NO [LIMIT] too many",
				.attempts = 99, /* ignored */
				.retry = 1700000000};

	must(f, state_aside_put(f->s, folder, &a, &f->err));
}

/* How often it was refused, 0: never. */
static uint32_t attempts(struct fixture *f, int64_t folder,
			 enum state_side side, uint64_t id)
{
	struct state_aside a = {.attempts = 0};
	int rc = state_aside_get(f->s, folder, side, id, &a, &f->err);
	uint32_t n = a.attempts;

	must(f, rc);
	assert_int_equal(rc, n ? 0 : 1);
	state_aside_release(&a);
	return n;
}

static void test_aside__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");
	const struct state_aside want = {.side = STATE_HERE,
					 .id = UINT64_MAX,
					 .text = "it's \"x\";--\xff",
					 .retry = INT64_MIN,
					 .print = UINT64_MAX};
	struct state_aside have;

	must(f, state_aside_put(f->s, id, &want, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(
	    state_aside_get(f->s, id, STATE_HERE, UINT64_MAX, &have, &f->err),
	    0);
	assert_int_equal(have.side, STATE_HERE);
	assert_true(have.id == UINT64_MAX);
	assert_string_equal(have.text, want.text);
	assert_int_equal(have.attempts, 1);
	assert_true(have.retry == INT64_MIN);
	assert_true(have.print == UINT64_MAX);
	state_aside_release(&have);
	assert_null(have.text);
}

static void test_aside__attempts_are_counted(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");
	struct state_aside a = {
	    .side = STATE_THERE, .id = 5, .text = "other words", .retry = 77};

	assert_int_equal(attempts(f, id, STATE_THERE, 5), 0);
	put(f, id, STATE_THERE, 5);
	put(f, id, STATE_THERE, 5);
	assert_int_equal(attempts(f, id, STATE_THERE, 5), 2);
	must(f, state_aside_put(f->s, id, &a, &f->err));
	must(f, state_aside_get(f->s, id, STATE_THERE, 5, &a, &f->err));
	assert_int_equal(a.attempts, 3);
	assert_string_equal(a.text, "other words");
	assert_int_equal(a.retry, 77);
	state_aside_release(&a);
}

static void test_aside__each_folder_and_side_has_its_own(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");

	put(f, a, STATE_HERE, 5);
	assert_int_equal(attempts(f, a, STATE_HERE, 5), 1);
	assert_int_equal(attempts(f, a, STATE_HERE, 6), 0);
	assert_int_equal(attempts(f, a, STATE_THERE, 5), 0);
	assert_int_equal(attempts(f, b, STATE_HERE, 5), 0);
}

struct seen {
	struct fixture *f;
	int64_t folder;
	char text[100];
	int stop;
};

/* Drops what it sees: fn may. */
static int see(void *ctx, const struct state_aside *a)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len, "%d:%u ",
		       (int)a->side, (unsigned)a->id);
	must(seen->f, state_aside_drop(seen->f->s, seen->folder, a->side, a->id,
				       &seen->f->err));
	return seen->stop;
}

static void test_aside__all_come_and_can_be_dropped(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");
	struct seen seen = {.f = f, .folder = a, .stop = 4};

	put(f, a, STATE_THERE, 3);
	put(f, a, STATE_HERE, 9);
	put(f, a, STATE_HERE, 2);
	put(f, b, STATE_HERE, 1);
	assert_int_equal(state_aside_each(f->s, a, see, &seen, &f->err), 4);
	assert_string_equal(seen.text, "1:2 ");
	seen.stop = 0;
	assert_int_equal(state_aside_each(f->s, a, see, &seen, &f->err), 0);
	assert_string_equal(seen.text, "1:2 1:9 2:3 ");
	assert_int_equal(state_aside_each(f->s, a, see, &seen, &f->err), 0);
	assert_string_equal(seen.text, "1:2 1:9 2:3 ");
	must(f, state_aside_drop(f->s, a, STATE_HERE, 2, &f->err));
	assert_int_equal(attempts(f, b, STATE_HERE, 1), 1);
}

static void test_aside__a_folders_can_be_dropped(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");

	put(f, a, STATE_HERE, 1);
	put(f, a, STATE_THERE, 2);
	put(f, b, STATE_HERE, 1);
	must(f, state_asides_drop(f->s, a, &f->err));
	must(f, state_asides_drop(f->s, a, &f->err));
	assert_int_equal(attempts(f, a, STATE_HERE, 1), 0);
	assert_int_equal(attempts(f, a, STATE_THERE, 2), 0);
	assert_int_equal(attempts(f, b, STATE_HERE, 1), 1);
}

static void test_aside__refuses_a_folder_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct state_aside a = {.side = STATE_HERE, .id = 1, .text = "no"};

	assert_int_equal(state_aside_put(f->s, 99, &a, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
}

static void test_aside__an_unknown_side_is_damage(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");
	struct seen seen = {.f = f, .folder = id};

	put(f, id, STATE_HERE, 1);
	must(f, db_exec(f->s, "UPDATE aside SET side = 3", "test", &f->err));
	assert_int_equal(state_aside_each(f->s, id, see, &seen, &f->err), -1);
	assert_is_damage(f);
	assert_string_equal(seen.text, "");
}

#define T(name)                                                         \
	cmocka_unit_test_setup_teardown(test_aside__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(every_bit_comes_back),
	    T(attempts_are_counted),
	    T(each_folder_and_side_has_its_own),
	    T(all_come_and_can_be_dropped),
	    T(a_folders_can_be_dropped),
	    T(refuses_a_folder_that_is_not_there),
	    T(an_unknown_side_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
