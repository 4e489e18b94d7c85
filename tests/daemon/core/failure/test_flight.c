/* SPDX-License-Identifier: MIT */
/* What is set aside when connections break, and what is only looked at. */
#include "daemon/core/failure/flight.h"

#include <string.h>

#include "tests/support/t.h"

#define MANY 4

struct row {
	const char *name;
	struct flight_item before[MANY], now[MANY];
	bool condemned;
};

#define SELECT(name)                                     \
	{                                                \
		FLIGHT_FOLDER, (name), 0, NULL, 0, false \
	}
#define AGAIN(name)                                     \
	{                                               \
		FLIGHT_FOLDER, (name), 0, NULL, 0, true \
	}
#define CREATE(name)                                   \
	{                                              \
		FLIGHT_MAKE, (name), 0, NULL, 0, false \
	}
#define BODY(name, n)                                    \
	{                                                \
		FLIGHT_BODY, (name), (n), NULL, 0, false \
	}
#define SEND(name, n)                                        \
	{                                                    \
		FLIGHT_UPLOAD, (name), (n), "file", 0, false \
	}
#define LIST                                          \
	{                                             \
		FLIGHT_ACCOUNT, "", 0, NULL, 0, false \
	}

static const struct row rows[] = {
    {"once is an accident", {{0}}, {SELECT("A")}, false},
    {"twice is not", {SELECT("A")}, {SELECT("A")}, true},
    {"another folder", {SELECT("B")}, {SELECT("A")}, false},
    {"another command", {CREATE("A")}, {SELECT("A")}, false},
    {"CREATE", {CREATE("A")}, {CREATE("A")}, true},
    {"one of those of before",
     {BODY("A", 1), BODY("A", 2), BODY("A", 3)},
     {BODY("A", 2)},
     true},
    {"not alone",
     {BODY("A", 1), BODY("A", 2), BODY("A", 3)},
     {BODY("A", 2), BODY("A", 3)},
     false},
    {"one that was not on its way", {BODY("A", 1)}, {BODY("A", 9)}, false},
    {"the same UID elsewhere", {BODY("B", 1)}, {BODY("A", 1)}, false},
    {"a file", {SEND("A", 7), SEND("A", 8)}, {SEND("A", 8)}, true},
    {"a key is no UID", {SEND("A", 7)}, {BODY("A", 7)}, false},
    {"another try of what was set aside", {{0}}, {AGAIN("A")}, true},
    {"nothing can be left out of LIST", {LIST}, {LIST}, false},
    {"nothing was on its way", {SELECT("A")}, {{0}}, false},
};

static void fill(struct flight *f, const struct flight_item *item)
{
	for (size_t i = 0; i < MANY && item[i].folder; i++)
		flight_add(f, &item[i]);
}

static void test_flight__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flight before = {0}, now = {0};
		fill(&before, rows[i].before);
		fill(&now, rows[i].now);
		const struct flight_item *x = flight_condemned(&before, &now);
		if ((x != NULL) != rows[i].condemned)
			fail_msg("%s", rows[i].name);
		if (x)
			assert_ptr_equal(x, &now.item[0]);
		flight_release(&before);
		flight_release(&now);
	}
}

/* One that breaks the connection is found, however many are on their way, by a
 * server that answers in order. */
static void test_flight__finds_one_of_many(void **state)
{
	(void)state;
	for (uint64_t bad = 1; bad <= 40; bad++) {
		struct flight before = {0};
		const struct flight_item *x = NULL;
		uint64_t here = 0, batch = 40;
		unsigned losses = 0;
		while (!x) {
			struct flight now = {0};
			if (here + batch < bad) {
				here += batch;
				batch *= 2;
				continue;
			}
			uint64_t end = here + batch < 40 ? here + batch : 40;
			for (uint64_t id = bad; id <= end; id++) {
				struct flight_item item = BODY("A", id);
				flight_add(&now, &item);
			}
			x = flight_condemned(&before, &now);
			if (x)
				assert_int_equal(x->id, bad);
			here = bad - 1;
			batch = 1;
			flight_release(&before);
			before = now;
			assert_in_range(++losses, 1, 3);
		}
		flight_release(&before);
	}
}

static void test_flight__is_released_and_found(void **state)
{
	struct flight f = {0};
	struct flight_item sent = SEND("A", 7), other = SEND("A", 8);

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		struct flight_item item = BODY("B", i);
		flight_add(&f, &item);
	}
	flight_add(&f, &sent);
	assert_int_equal(f.n, 101);
	assert_string_equal(flight_find(&f, &sent)->file, "file");
	assert_null(flight_find(&f, &other));
	assert_true(flight_concerns(&f, "A"));
	assert_true(flight_concerns(&f, "B"));
	assert_false(flight_concerns(&f, "C"));
	flight_release(&f);
	assert_int_equal(f.n, 0);
	flight_release(&f);
}

static void test_flight__goes_on_while_something_is_found(void **state)
{
	(void)state;
	assert_false(flight_goes_on(false, false, 1));
	assert_true(flight_goes_on(true, false, 1));
	assert_true(flight_goes_on(false, true, FLIGHT_LOSSES - 1));
	assert_false(flight_goes_on(true, true, FLIGHT_LOSSES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flight__table),
	    cmocka_unit_test(test_flight__finds_one_of_many),
	    cmocka_unit_test(test_flight__is_released_and_found),
	    cmocka_unit_test(test_flight__goes_on_while_something_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
