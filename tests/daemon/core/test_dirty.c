/* SPDX-License-Identifier: MIT */
/* What changed, until a sync takes it, and when it is due. */
#include "daemon/core/dirty.h"

#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>

#define START INT64_C(100000)

static void test_dirty__is_empty_at_first(void **state)
{
	struct dirty d = {0};

	(void)state;
	assert_false(dirty_any(&d));
	assert_int_equal(dirty_due_ms(&d), DIRTY_NEVER);
	assert_int_equal(dirty_why(&d, "INBOX"), 0);
}

static void test_dirty__first_change_is_due_at_once(void **state)
{
	struct dirty d = {0};

	(void)state;
	assert_int_equal(dirty_note(&d, "INBOX", DIRTY_THERE, START), 0);
	assert_int_equal(dirty_due_ms(&d), START);
	/* And is not put off by those that follow. */
	assert_int_equal(dirty_note(&d, "INBOX", DIRTY_HERE, START + 10), 0);
	assert_int_equal(dirty_due_ms(&d), START);
	assert_int_equal(dirty_why(&d, "INBOX"), DIRTY_THERE | DIRTY_HERE);
	assert_int_equal(d.n, 1);
	dirty_release(&d);
}

/* Changes every 10 ms for a second: how many syncs, if each is over at once. */
static void test_dirty__gathers_what_follows(void **state)
{
	struct dirty d = {0}, taken = {0};
	unsigned syncs = 0;

	(void)state;
	for (int64_t now = START; now < START + 1600; now++) {
		if ((now - START) % 10 == 0 && now < START + 1000)
			assert_int_equal(
			    dirty_note(&d, "INBOX", DIRTY_HERE, now), 0);
		if (now < dirty_due_ms(&d))
			continue;
		dirty_take(&d, &taken);
		dirty_release(&taken);
		syncs++;
	}
	assert_false(dirty_any(&d));
	assert_in_range(syncs, 2, 4);
}

static void test_dirty__waits_for_quiet_or_long_enough(void **state)
{
	struct dirty d = {0}, taken = {0};

	(void)state;
	(void)dirty_note(&d, "a", DIRTY_HERE, START);
	dirty_take(&d, &taken);
	dirty_release(&taken);
	(void)dirty_note(&d, "a", DIRTY_HERE, START + 20);
	assert_int_equal(dirty_due_ms(&d), START + 20 + DIRTY_QUIET_MS);
	(void)dirty_note(&d, "b", DIRTY_HERE, START + 60);
	assert_int_equal(dirty_due_ms(&d), START + 60 + DIRTY_QUIET_MS);
	(void)dirty_note(&d, "b", DIRTY_HERE, START + 515);
	assert_int_equal(dirty_due_ms(&d), START + 20 + DIRTY_GATHER_MS);
	dirty_take(&d, &taken);
	dirty_release(&taken);
	/* After a while it is a first one again. */
	(void)dirty_note(&d, "a", DIRTY_HERE, START + 1000);
	assert_int_equal(dirty_due_ms(&d), START + 1000);
	dirty_release(&d);
}

/* A message that was moved is gone in one folder before it is in the other. */
static void test_dirty__what_is_gone_may_appear_elsewhere(void **state)
{
	struct dirty d = {0};

	(void)state;
	(void)dirty_note(&d, "INBOX", DIRTY_THERE | DIRTY_GONE, START);
	assert_int_equal(dirty_due_ms(&d), START + DIRTY_QUIET_MS);
	(void)dirty_note(&d, "Archive", DIRTY_THERE, START + 5);
	assert_int_equal(dirty_due_ms(&d), START);
	dirty_release(&d);
}

static void test_dirty__what_is_asked_for_does_not_wait(void **state)
{
	struct dirty d = {0}, taken = {0};

	(void)state;
	(void)dirty_note(&d, "a", DIRTY_HERE, START);
	dirty_take(&d, &taken);
	dirty_release(&taken);
	(void)dirty_note(&d, NULL, DIRTY_ASKED, START + 1);
	assert_int_equal(dirty_due_ms(&d), START + 1);
	dirty_release(&d);
}

static void test_dirty__all_has_no_names(void **state)
{
	struct dirty d = {0}, taken = {0};

	(void)state;
	(void)dirty_note(&d, "a", DIRTY_HERE, START);
	(void)dirty_note(&d, NULL, DIRTY_THERE, START);
	assert_int_equal(dirty_why(&d, "b"), DIRTY_THERE);
	assert_int_equal(dirty_why(&d, "a"), DIRTY_THERE | DIRTY_HERE);
	dirty_take(&d, &taken);
	assert_null(dirty_names(&taken));
	dirty_release(&taken);
	assert_false(dirty_any(&d));
}

static void test_dirty__names_what_was_taken(void **state)
{
	struct dirty d = {0}, taken = {0};

	(void)state;
	(void)dirty_note(&d, "a", DIRTY_HERE, START);
	(void)dirty_note(&d, "b", DIRTY_THERE, START);
	(void)dirty_note(&d, "a", DIRTY_HERE, START);
	dirty_take(&d, &taken);
	const char **names = dirty_names(&taken);
	assert_non_null(names);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_null(names[2]);
	free(names);
	/* What comes meanwhile is for the next. */
	(void)dirty_note(&d, "a", DIRTY_THERE, START + 300);
	assert_int_equal(dirty_why(&d, "a"), DIRTY_THERE);
	assert_int_equal(dirty_why(&taken, "a"), DIRTY_HERE);
	dirty_release(&taken);
	dirty_release(&d);
}

static void test_dirty__very_many_are_all(void **state)
{
	struct dirty d = {0};
	char name[20];

	(void)state;
	for (int i = 0; i <= DIRTY_MOST; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(dirty_note(&d, name, DIRTY_HERE, START), 0);
	}
	assert_int_equal(d.n, DIRTY_MOST);
	assert_int_equal(d.all, DIRTY_HERE);
	dirty_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dirty__is_empty_at_first),
	    cmocka_unit_test(test_dirty__first_change_is_due_at_once),
	    cmocka_unit_test(test_dirty__gathers_what_follows),
	    cmocka_unit_test(test_dirty__waits_for_quiet_or_long_enough),
	    cmocka_unit_test(test_dirty__what_is_gone_may_appear_elsewhere),
	    cmocka_unit_test(test_dirty__what_is_asked_for_does_not_wait),
	    cmocka_unit_test(test_dirty__all_has_no_names),
	    cmocka_unit_test(test_dirty__names_what_was_taken),
	    cmocka_unit_test(test_dirty__very_many_are_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
