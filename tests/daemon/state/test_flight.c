/* SPDX-License-Identifier: MIT */
/* What was asked when a connection broke, and folders that are set aside. */
#include "tests/daemon/state/fixture.h"

struct seen {
	char text[200];
	int rc;
};

static int see_flight(void *ctx, const struct state_flight *f)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len,
		       "%u %s %llx;", (unsigned)f->kind, f->folder,
		       (unsigned long long)f->id);
	return seen->rc;
}

static void assert_flights(struct fixture *f, const char *expected)
{
	struct seen seen = {.text = ""};

	must(f, state_flight_each(f->s, see_flight, &seen, &f->err));
	assert_string_equal(seen.text, expected);
}

static void test_flight__is_kept_until_it_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct state_flight a = {1, "A/b", 0}, b = {4, "A/b", UINT64_MAX};

	assert_flights(f, "");
	must(f, state_flight_add(f->s, &a, &f->err));
	must(f, state_flight_add(f->s, &b, &f->err));
	must(f, state_flight_add(f->s, &a, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_flights(f, "1 A/b 0;4 A/b ffffffffffffffff;");
	struct seen seen = {.rc = 7};
	assert_int_equal(state_flight_each(f->s, see_flight, &seen, &f->err),
			 7);
	must(f, state_flights_drop(f->s, &f->err));
	assert_flights(f, "");
}

static int see_avoided(void *ctx, const struct state_avoided *a)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len,
		       "%s %s %u %lld;", a->folder, a->text,
		       (unsigned)a->attempts, (long long)a->retry);
	return seen->rc;
}

static void assert_avoided(struct fixture *f, const char *expected)
{
	struct seen seen = {.text = ""};

	must(f, state_avoided_each(f->s, see_avoided, &seen, &f->err));
	assert_string_equal(seen.text, expected);
}

static void test_flight__folders_are_set_aside(void **state)
{
	struct fixture *f = *state;
	struct state_avoided b = {"B", "why", 1, 17}, a = {"A", "not", 2, 18};

	must(f, state_avoid(f->s, &b, &f->err));
	must(f, state_avoid(f->s, &a, &f->err));
	assert_avoided(f, "A not 2 18;B why 1 17;");
	b.attempts = 2;
	must(f, state_avoid(f->s, &b, &f->err));
	must(f, state_avoided_drop(f->s, "A", &f->err));
	must(f, state_avoided_drop(f->s, "C", &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_avoided(f, "B why 2 17;");
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_flight__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(is_kept_until_it_is_dropped),
	    T(folders_are_set_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
