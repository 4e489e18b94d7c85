/* SPDX-License-Identifier: MIT */
/* Parameters in pieces and encodings, in any order, with pieces missing. */
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include <imap4/mime.h>

#define PAIRS 4

static const struct {
	const char *pairs[2 * PAIRS];
	const char *value; /* of "name"; NULL: none */
} rows[] = {
    {{"name", "a.txt"}, "a.txt"},
    {{"NAME", "a b"}, "a b"},
    {{"filename", "x"}, NULL},
    {{"names", "x"}, NULL},
    {{"name*x", "y"}, NULL},
    {{"name", ""}, ""},
    /* RFC 2231 3, 4, 4.1 */
    {{"name*0", "ftp://", "name*1", "cs.utk.edu/x"}, "ftp://cs.utk.edu/x"},
    {{"name*1", "b", "name*0", "a"}, "ab"},
    {{"name*", "us-ascii'en-us'This%20is%20%2A%2A%2Afun"}, "This is ***fun"},
    {{"name*0*", "us-ascii'en'This%20is%20even%20more%20", "name*1*",
      "%2A%2A%2Afun%2A%2A%2A%20", "name*2", "isn't it!"},
     "This is even more ***fun*** isn't it!"},
    {{"FILENAME*", "utf-8''%6D%61.jpg", "name*", "utf-8''%6D%61.jpg"},
     "ma.jpg"},
    /* a character cut between two pieces */
    {{"name*0*", "utf-8''%E2%9C", "name*1*", "%93"}, "\xe2\x9c\x93"},
    {{"name*", "iso-8859-1''%A3%20rates"}, "\xc2\xa3 rates"},
    {{"name*", "windows-1251''%CF"}, "\xd0\x9f"},
    /* without a charset, or one that is not known */
    {{"name*", "%C3%A9"}, "\xc3\xa9"},
    {{"name*", "x-none''%C3%A9"}, "\xc3\xa9"},
    {{"name*", "''%C3%A9"}, "\xc3\xa9"},
    {{"name*", "100%"}, "100%"},
    {{"name*", "a%4"}, "a%4"},
    /* the encoded one is the better one, and a piece that is missing ends it */
    {{"name", "plain", "name*", "utf-8''better"}, "better"},
    {{"name", "plain", "name*1", "b"}, "plain"},
    {{"name*0", "a", "name*2", "c"}, "a"},
    {{"name*0", "a", "name*0", "b"}, "a"},
    {{"name*100", "x"}, NULL},
    {{"name*99999999999", "x", "name*0", "a"}, "a"},
    /* RFC 2047 where it does not belong */
    {{"name", "=?utf-8?q?t=C3=A9?=\r\n =?utf-8?q?l?="}, "t\xc3\xa9l"},
    /* no control characters */
    {{"name*", "utf-8''a%00b%0A%1B"},
     "a\xef\xbf\xbd"
     "b\xef\xbf\xbd"},
};

static void test_param__table(void **state)
{
	struct imap4_param list[PAIRS];
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = 0;
		for (; n < PAIRS && rows[i].pairs[2 * n]; n++) {
			const char *name = rows[i].pairs[2 * n];
			const char *value = rows[i].pairs[2 * n + 1];
			list[n] = (struct imap4_param){
			    .name = {name, strlen(name)},
			    .value = {value, strlen(value)}};
			if (n > 0)
				list[n - 1].next = &list[n];
		}
		long rc = imap4_param_decode(list, "name", out, sizeof(out));
		if (!rows[i].value) {
			assert_int_equal(rc, -1);
			continue;
		}
		assert_string_equal(out, rows[i].value);
		assert_int_equal(rc, strlen(out));
	}
	assert_int_equal(imap4_param_decode(NULL, "name", NULL, 0), -1);
}

/* NIL may stand for any string of a BODYSTRUCTURE. */
static void test_param__nil(void **state)
{
	struct imap4_param nil = {.name = {"name", 4}};
	struct imap4_param unnamed = {.next = &nil, .value = {"x", 1}};
	char out[8];

	(void)state;
	assert_int_equal(imap4_param_decode(&unnamed, "name", out, 8), 0);
	nil.name = (struct imap4_str){"name*", 5};
	assert_int_equal(imap4_param_decode(&nil, "name", out, 8), 0);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_param__table),
	    cmocka_unit_test(test_param__nil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
