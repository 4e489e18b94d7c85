/* SPDX-License-Identifier: MIT */
/* What a server may put on a user's terminal: text, and nothing that a terminal
 * obeys. */
#include "lib/util/text.h"

#include "tests/support/t.h"

#include <string.h>

static void check(const char *in, size_t len, size_t cap, const char *want)
{
	char out[64];

	memset(out, '#', sizeof(out));
	text_clean(out, cap, in, len);
	assert_string_equal(out, want);
	assert_int_equal(out[cap], '#');
}

static void test_text__keeps_text_and_replaces_the_rest(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want;
	} table[] = {
	    {"", 0, ""},
	    {"Too many connections", 20, "Too many connections"},
	    {"Zugriff verweigert: für Jürgen", 32,
	     "Zugriff verweigert: für Jürgen"},
	    {"\x1b[31mred\r\nfake line\x7f", 20, "?[31mred??fake line?"},
	    {"a\0b", 3, "a?b"},
	    /* C1: CSI as one character, and as a lone byte. */
	    {"\xc2\x9b"
	     "31m",
	     5, "?31m"},
	    {"\x9b"
	     "31m",
	     4, "?31m"},
	    /* Right-to-left override, line separator. */
	    {"a\xe2\x80\xae"
	     "b\xe2\x80\xa8"
	     "c",
	     9, "a?b?c"},
	    /* Overlong, surrogate, cut off. */
	    {"\xc0\xaf", 2, "??"},
	    {"\xed\xa0\x80", 3, "???"},
	    {"\xe2\x82", 2, "??"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check(table[i].in, table[i].len, 60, table[i].want);
}

static void test_text__knows_what_cannot_be_seen(void **state)
{
	static const uint32_t shown[] = {0x20,   0x7e,   0xa0,   0xe9,
					 0x301,  0x5d0,  0x4e2d, 0xfe0f,
					 0xfffd, 0x1f600};
	static const uint32_t hidden[] = {
	    0,      0x1f,   0x7f,   0x80,   0x9b,    0x9f,    0xad,
	    0x61c,  0x180e, 0x200b, 0x200d, 0x200f,  0x2028,  0x2029,
	    0x202a, 0x202e, 0x2060, 0x2066, 0x2069,  0x206f,  0xfeff,
	    0xfff9, 0xfffb, 0xffff, 0xfdd0, 0x1d173, 0xe0001, 0xe007f};

	(void)state;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_true(text_shows(shown[i]));
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		assert_false(text_shows(hidden[i]));
}

static void test_text__escapes_each_byte(void **state)
{
	static const char in[] = "a\xc3\xbc\xe2\x80\xae\xff\n";
	static const char *const want[] = {"a", "\xc3\xbc", "\\xE2\\x80\\xAE",
					   "\\xFF", "\\x0A"};
	char out[TEXT_ESCAPED];
	size_t pos = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(text_escape(in, strlen(in), &pos, out),
				 strlen(want[i]));
		assert_string_equal(out, want[i]);
	}
	assert_int_equal(pos, strlen(in));
}

static void test_text__fits_and_never_cuts_a_character(void **state)
{
	(void)state;
	check("abcdef", 6, 4, "abc");
	check("abcdef", 6, 1, "");
	check("ab\xc3\xbc", 4, 4, "ab");
	check("ab\xc3\xbc", 4, 5, "ab\xc3\xbc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text__keeps_text_and_replaces_the_rest),
	    cmocka_unit_test(test_text__knows_what_cannot_be_seen),
	    cmocka_unit_test(test_text__escapes_each_byte),
	    cmocka_unit_test(test_text__fits_and_never_cuts_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
