/* SPDX-License-Identifier: MIT */
#include "daemon/core/removal.h"

#include "tests/support/t.h"

static void test_removal__waits_for_whatever_is_left(void **state)
{
	const struct removal_rows none = {0}, message = {.messages = 1},
				  tomb = {.tombs = 1}, intent = {.intents = 1};

	(void)state;
	assert_true(removal_is_ready(&none));
	assert_false(removal_is_ready(&message));
	assert_false(removal_is_ready(&tomb));
	assert_false(removal_is_ready(&intent));
}

static void test_removal__takes_an_empty_mailbox(void **state)
{
	const struct removal_there plain = {.uidplus = true},
				   marks = {.expunge = true};

	(void)state;
	assert_true(removal_may_delete(&plain));
	assert_true(removal_may_delete(&marks));
}

static void test_removal__takes_no_message_of_others(void **state)
{
	struct removal_there t = {.messages = 3, .marked = 2, .expunge = true};

	(void)state;
	assert_false(removal_may_delete(&t));
	t.messages = 2;
	assert_true(removal_may_delete(&t));
}

/* With UIDPLUS ours are gone by then: what is there came since. */
static void test_removal__takes_none_that_could_be_expunged(void **state)
{
	const struct removal_there t = {
	    .messages = 1, .marked = 1, .expunge = true, .uidplus = true};

	(void)state;
	assert_false(removal_may_delete(&t));
}

/* expunge = no: what is marked is to stay. */
static void test_removal__takes_none_where_nothing_is_expunged(void **state)
{
	const struct removal_there t = {.messages = 1, .marked = 1};

	(void)state;
	assert_false(removal_may_delete(&t));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_removal__waits_for_whatever_is_left),
	    cmocka_unit_test(test_removal__takes_an_empty_mailbox),
	    cmocka_unit_test(test_removal__takes_no_message_of_others),
	    cmocka_unit_test(test_removal__takes_none_that_could_be_expunged),
	    cmocka_unit_test(
		test_removal__takes_none_where_nothing_is_expunged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
