/* SPDX-License-Identifier: MIT */
/* Comparison in any case: letters only, the whole length, no locale.
 */
#include "lib/util/ascii.h"

#include "tests/support/t.h"

static void test_ascii__compares_in_any_case(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		const char *word;
		bool same;
	} rows[] = {
	    {"InBoX", 5, "iNbOx", true}, {"inboxes", 5, "INBOX", true},
	    {"inbo", 4, "INBOX", false}, {"inboxes", 7, "INBOX", false},
	    {"ab\0", 3, "ab", false},    {"", 0, "", true},
	    {"[", 1, "{", false},        {"@", 1, "`", false},
	    {"\xc4", 1, "\xe4", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(ascii_is(rows[i].s, rows[i].len, rows[i].word),
				 rows[i].same);
	assert_true(ascii_same("UID", "uid"));
	assert_false(ascii_same("UID", "uidx"));
}

static void test_ascii__classes_of_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
		assert_int_equal(ascii_alpha((char)c), upper || lower);
		assert_int_equal(ascii_digit((char)c), c >= '0' && c <= '9');
		assert_int_equal(ascii_ctl((char)c), c < 0x20 || c == 0x7f);
		assert_int_equal((unsigned char)ascii_lower((char)c),
				 upper ? c + 32 : c);
		assert_int_equal((unsigned char)ascii_upper((char)c),
				 lower ? c - 32 : c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ascii__compares_in_any_case),
	    cmocka_unit_test(test_ascii__classes_of_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
