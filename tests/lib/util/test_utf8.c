/* SPDX-License-Identifier: MIT */
/* UTF-8: every character there and back, and the edges of every forbidden form
 * (RFC 3629).
 */
#include "lib/util/utf8.h"

#include <string.h>

#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_utf8__every_character_comes_back(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char s[UTF8_MAX];
		uint32_t back;
		size_t pos = 0;
		if (cp == 0xd800)
			cp = 0xe000;
		size_t len = utf8_put(cp, s);
		if (utf8_next(s, len, &pos, &back) < 0 || back != cp ||
		    pos != len)
			fail_msg("U+%04X", (unsigned)cp);
		pos = 0;
		if (len > 1 && utf8_next(s, len - 1, &pos, &back) == 0)
			fail_msg("U+%04X cut short", (unsigned)cp);
	}
}

static void test_utf8__refuses_forbidden_forms(void **state)
{
	static const char *const bad[] = {
	    "\x80",
	    "\xbf", /* no lead */
	    "\xc0\x80",
	    "\xc1\xbf", /* overlong ASCII */
	    "\xe0\x80\x80",
	    "\xe0\x9f\xbf", /* overlong, three bytes */
	    "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", /* overlong, four */
	    "\xed\xa0\x80",
	    "\xed\xbf\xbf",     /* surrogates */
	    "\xf4\x90\x80\x80", /* U+110000 */
	    "\xf5\x80\x80\x80",
	    "\xf8\x88\x80\x80\x80",
	    "\xff",
	    "\xc3",
	    "\xc3(",
	    "\xe2\x82",
	    "\xe2\x28\xa1",
	    "\xf0\x9f\x98",
	    "\xf0\x9f(\x88",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint32_t cp = 42;
		size_t pos = 0;
		assert_int_equal(utf8_next(bad[i], strlen(bad[i]), &pos, &cp),
				 -1);
		assert_int_equal(pos, 0);
		assert_int_equal(cp, 42);
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	}
}

static void test_utf8__walks_a_text(void **state)
{
	static const char text[] = "a\0\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x88";
	static const uint32_t wanted[] = {'a', 0, 0xe4, 0x20ac, 0x1f608};
	size_t pos = 0;
	uint32_t cp;

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_int_equal(utf8_next(text, sizeof(text) - 1, &pos, &cp),
				 0);
		assert_int_equal(cp, wanted[i]);
	}
	assert_int_equal(pos, sizeof(text) - 1);
	assert_int_equal(utf8_next(text, sizeof(text) - 1, &pos, &cp), -1);
	assert_true(utf8_valid(text, sizeof(text) - 1));
	assert_true(utf8_valid("", 0));
	assert_false(utf8_valid("good\xff", 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8__every_character_comes_back),
	    cmocka_unit_test(test_utf8__refuses_forbidden_forms),
	    cmocka_unit_test(test_utf8__walks_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
