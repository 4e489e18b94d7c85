/* SPDX-License-Identifier: MIT */
#include "daemon/folder/clean_cache.h"

#include <stdio.h>

#include "tests/support/t.h"

#define NOW INT64_C(1700000000000000000)
#define OLD (NOW - INT64_C(3000000000))

static const struct scan_stamp old = {OLD, OLD - 1};

static void test_clean_cache__remembers_the_stamp(void **state)
{
	struct clean_cache c = {0};

	(void)state;
	assert_null(clean_cache_find(&c, "INBOX"));
	clean_cache_note(&c, "INBOX", &old, NOW);
	assert_true(scan_stamp_same(clean_cache_find(&c, "INBOX"), &old));
	assert_null(clean_cache_find(&c, "INBO"));
	assert_null(clean_cache_find(&c, "INBOX2"));
	clean_cache_release(&c);
}

static void test_clean_cache__the_newest_counts(void **state)
{
	struct scan_stamp newer = {OLD + 1, OLD};
	struct clean_cache c = {0};

	(void)state;
	clean_cache_note(&c, "INBOX", &old, NOW);
	clean_cache_note(&c, "INBOX", &newer, NOW);
	assert_int_equal(c.n, 1);
	assert_true(scan_stamp_same(clean_cache_find(&c, "INBOX"), &newer));
	clean_cache_release(&c);
}

/* A change within the clock's granularity would not show. */
static void test_clean_cache__does_not_trust_young_stamps(void **state)
{
	struct scan_stamp young[] = {{NOW - 1, OLD}, {OLD, NOW - 1}};
	struct clean_cache c = {0};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		clean_cache_note(&c, "INBOX", &young[i], NOW);
		assert_null(clean_cache_find(&c, "INBOX"));
		/* Nor what was known before. */
		clean_cache_note(&c, "INBOX", &old, NOW);
		clean_cache_note(&c, "INBOX", &young[i], NOW);
		assert_null(clean_cache_find(&c, "INBOX"));
	}
	clean_cache_release(&c);
}

static void test_clean_cache__forgets_one_of_many(void **state)
{
	struct clean_cache c = {0};
	char name[16];

	(void)state;
	for (int i = 99; i >= 0; i--) {
		(void)snprintf(name, sizeof(name), "box%d", i);
		clean_cache_note(&c, name, &old, NOW);
	}
	assert_int_equal(c.n, 100);
	clean_cache_forget(&c, "box42");
	clean_cache_forget(&c, "nobody");
	assert_int_equal(c.n, 99);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "box%d", i);
		assert_int_equal(clean_cache_find(&c, name) != NULL, i != 42);
	}
	clean_cache_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clean_cache__remembers_the_stamp),
	    cmocka_unit_test(test_clean_cache__the_newest_counts),
	    cmocka_unit_test(test_clean_cache__does_not_trust_young_stamps),
	    cmocka_unit_test(test_clean_cache__forgets_one_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
