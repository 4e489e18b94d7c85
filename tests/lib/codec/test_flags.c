/* SPDX-License-Identifier: MIT */
/* Names of system flags and their bits, there and back; near misses are
 * keywords.
 */
#include "lib/codec/flags.h"

#include <string.h>

#include <imap4/event.h>

#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_flags__names_in_any_case(void **state)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} rows[] = {
	    {"\\Seen", IMAP4_FLAG_SEEN},
	    {"\\SEEN", IMAP4_FLAG_SEEN},
	    {"\\answered", IMAP4_FLAG_ANSWERED},
	    {"\\fLAGGED", IMAP4_FLAG_FLAGGED},
	    {"\\Deleted", IMAP4_FLAG_DELETED},
	    {"\\Draft", IMAP4_FLAG_DRAFT},
	    {"\\Recent", IMAP4_FLAG_RECENT},
	    {"\\*", IMAP4_FLAG_ANY},
	    {"Seen", 0},
	    {"\\Seen ", 0},
	    {"\\See", 0},
	    {"\\", 0},
	    {"", 0},
	    {"$Forwarded", 0},
	    {"\\Important", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    flags_system_bit(rows[i].name, strlen(rows[i].name)),
		    rows[i].bit);
	/* Only len bytes count, and a NUL among them is no end. */
	assert_int_equal(flags_system_bit("\\Seenx", 5), IMAP4_FLAG_SEEN);
	assert_int_equal(flags_system_bit("\\Seen\0", 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flags__names_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
