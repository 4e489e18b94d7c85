/* SPDX-License-Identifier: MIT */
/* Headers as they come: by the RFCs, by programs, and by those who mean harm.
 */
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <imap4/mime.h>

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, s ? strlen(s) : 0};
}

#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *header, *text;
} rows[] = {
    {NULL, ""},
    {"", ""},
    {"plain", "plain"},
    {"a = b ? c", "a = b ? c"},
    /* RFC 2047 8 */
    {"=?ISO-8859-1?Q?a?=", "a"},
    {"=?ISO-8859-1?Q?a?= b", "a b"},
    {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
    {"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
    {"=?ISO-8859-1?Q?a_b?=", "a b"},
    {"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
    {"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>",
     "Keith Moore <moore@cs.utk.edu>"},
    {"=?ISO-8859-1?Q?Andr=E9?= Pirard", "Andr\xc3\xa9 Pirard"},
    {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
     " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
     "If you can read this you understand the example."},
    {"=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=",
     "\xd7\x9d\xd7\x95\xd7\x9c\xd7\xa9 \xd7\x9f\xd7\x91 "
     "\xd7\x99\xd7\x9c\xd7\x98\xd7\xa4\xd7\xa0"},
    /* RFC 2231 5 */
    {"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"},
    /* between words and text blanks stay */
    {"a =?utf-8?q?b?=  c =?utf-8?q?d?=", "a b  c d"},
    /* RFC 6532 */
    {"F\xc3\xa5 Et", "F\xc3\xa5 Et"},
    /* neither */
    {"F\xe5 Et", "F" FFFD " Et"},
    {"\xc3", FFFD},
    /* a character cut between two words */
    {"=?utf-8?b?4pw=?= =?utf-8?b?kw==?=", "\xe2\x9c\x93"},
    {"=?utf-8?q?=E2=9C?= =?utf-8?b?kw==?=", "\xe2\x9c\x93"},
    {"=?utf-8?q?=E2=9C?= x", FFFD FFFD " x"},
    /* blanks and question marks inside, glued to others */
    {"=?utf-8?q?hello world?=", "hello world"},
    {"=?utf-8?q?why?\?=", "why?"},
    {"=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
    {"x=?utf-8?q?a?=y", "xay"},
    {"\"=?utf-8?q?a?=\"", "\"a\""},
    {"=?utf-8?Q?Why_(oops)_=F0=9F=93=A6?=", "Why (oops) \xf0\x9f\x93\xa6"},
    /* hexadecimal digits in lower case, and none */
    {"=?utf-8?q?=c3=a9=3?=", "\xc3\xa9=3"},
    {"=?utf-8?q?=zz=?=", "=zz="},
    {"=?utf-8?q?\?=", ""},
    /* padding that is missing, too much, inside */
    {"=?utf-8?b?YQ?=", "a"},
    {"=?utf-8?b?YQ===?=", "a"},
    {"=?utf-8?b?YQ==Yg==?=", "ab"},
    {"=?utf-8?b?Y Q=\r\n =?=", "a"},
    {"=?utf-8?b?!!!!?=", ""},
    /* what it says and what it is */
    {"=?iso-8859-1?q?=93x=94?=", "\xe2\x80\x9cx\xe2\x80\x9d"},
    {"=?gb2312?b?xOO6w4FA?=", "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x82"},
    {"=?shift_jis?b?g2WDWINn?=", "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88"},
    {"=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=",
     "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88"},
    {"=?koi8-r?b?8NLJ18XU?=",
     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"=?ks_c_5601-1987?B?sMfB9g==?=", "\xea\xb1\xb4\xec\xa7\x80"},
    {"=?big5?b?p0Gmbg==?=", "\xe4\xbd\xa0\xe5\xa5\xbd"},
    {"=?windows-1251?q?=CF?=", "\xd0\x9f"},
    {"=?gb2312?b?gQ==?=", FFFD},
    /* words that are none */
    {"=?x-unknown?q?a?=", "=?x-unknown?q?a?="},
    {"=?ISO-2022-CN-EXT?q?a?=", "=?ISO-2022-CN-EXT?q?a?="},
    {"=?utf-8//TRANSLIT?q?a?=", "=?utf-8//TRANSLIT?q?a?="},
    {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
    {"=?utf-8?q?a", "=?utf-8?q?a"},
    {"=?utf-8?q?a?", "=?utf-8?q?a?"},
    {"=?utf-8?=", "=?utf-8?="},
    {"=?", "=?"},
    {"=?\?=", "=?\?="},
    {"=?utf-8?q?a?= =?x-unknown?q?b?=", "a =?x-unknown?q?b?="},
    /* folded, with controls, in disguise */
    {"a\r\n b\tc", "a b c"},
    {"a\x1b[2J\x7f", "a" FFFD "[2J" FFFD},
    {"=?utf-8?q?a=1B=5B=0D=0Ab=C2=9B=00?=", "a" FFFD "[b" FFFD FFFD},
    {"=?utf-7?q?+AAo-x+ABs-?=", "x" FFFD},
};

static void test_words__table(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n =
		    imap4_header_decode(str(rows[i].header), out, sizeof(out));
		if (strcmp(out, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].header, out);
		assert_int_equal(n, strlen(out));
		assert_int_equal(
		    imap4_header_decode(str(rows[i].header), NULL, 0), n);
	}
}

/* Never within a character, and always with its end. */
static void test_words__are_cut_at_a_character(void **state)
{
	static const char header[] = "=?utf-8?q?a=C3=A9b?= c";
	static const char *const kept[] = {"", "a", "a", "a\xc3\xa9",
					   "a\xc3\xa9\x62"};
	char out[8];

	(void)state;
	for (size_t cap = 1; cap <= 5; cap++) {
		memset(out, 'x', sizeof(out));
		assert_int_equal(imap4_header_decode(str(header), out, cap), 6);
		assert_string_equal(out, kept[cap - 1]);
		assert_int_equal(out[cap], 'x');
	}
}

static double cost(const char *part, size_t size)
{
	size_t len = strlen(part), n = size / len;
	char *text = malloc(n * len + 2);
	double best = 0;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, part, len);
	memcpy(text + n * len, "?=", 2);
	for (int i = 0; i < 3; i++) {
		clock_t start = clock();
		(void)imap4_header_decode((struct imap4_str){text, n * len + 2},
					  NULL, 0);
		double spent = (double)(clock() - start);
		best = i == 0 || spent < best ? spent : best;
	}
	free(text);
	return best;
}

static void test_words__take_linear_time(void **state)
{
	static const char *const parts[] = {"=?utf-8?q?x ",
					    "=?bad?q?x ",
					    "=?",
					    "=?utf-8?",
					    "=?utf-8?q?a?= ",
					    " ",
					    "=",
					    "?",
					    "=?gbk?q?a?= =?big5?q?a?= ",
					    "\xff",
					    "=?utf-8?b?YQ==?= x "};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		double one = cost(parts[i], 32 << 10);
		double many = cost(parts[i], 512 << 10);
		if (many > 64 * (one + 200))
			fail_msg("%s: %.0f and %.0f us", parts[i], one, many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words__table),
	    cmocka_unit_test(test_words__are_cut_at_a_character),
	    cmocka_unit_test(test_words__take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
