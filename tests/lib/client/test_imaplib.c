/* SPDX-License-Identifier: MIT */
/* The functions of imaplib that need no connection, against what it answers. */
#include "tests/support/t.h"
#include "tests/support/vectors.h"

#include <imap4.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void test_imaplib__int2ap(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} table[] = {
	    {0, ""},
	    {1, "B"},
	    {9, "J"},
	    {15, "P"},
	    {16, "BA"},
	    {255, "PP"},
	    {4096, "BAAA"},
	    {123456789, "HFLMNBF"},
	    {UINT64_MAX, "PPPPPPPPPPPPPPPP"},
	};
	char out[17];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		imap4_int2ap(table[i].number, out);
		assert_string_equal(out, table[i].text);
	}
}

static void expect_flags(const char *text, const char *const *want)
{
	struct imap4_str flags[8];
	size_t n = imap4_parse_flags(text, flags, 8), wanted = 0;

	while (want[wanted])
		wanted++;
	assert_int_equal(n, wanted);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(flags[i].len, strlen(want[i]));
		assert_memory_equal(flags[i].p, want[i], flags[i].len);
	}
}

static void test_imaplib__parse_flags(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const two[] = {"\\Seen", "$Work", NULL};
	static const char *const last[] = {"y", NULL};
	struct imap4_str one[1];

	(void)state;
	expect_flags("1 (FLAGS (\\Seen $Work) UID 4)", two);
	expect_flags("1 (flags ( \\Seen  $Work ))", two);
	expect_flags("FLAGS ()", none);
	expect_flags("no flags here", none);
	expect_flags("FLAGS (\\Seen", none);
	expect_flags("", none);
	expect_flags("1 (FLAGS (x) FLAGS (y))", last);
	/* How many there are, though there is no room for them. */
	assert_int_equal(imap4_parse_flags("FLAGS (a b c)", one, 1), 3);
	assert_int_equal(imap4_parse_flags("FLAGS (a b c)", NULL, 0), 3);
}

static int64_t epoch_of(const char *text)
{
	struct tm tm;

	if (imap4_internaldate2tuple(text, &tm) < 0)
		return -1;
	return timegm(&tm);
}

static void test_imaplib__internaldate2tuple(void **state)
{
	(void)state;
	assert_int_equal(
	    epoch_of("25 (INTERNALDATE \"01-Jan-2000 11:30:00 +1130\")"),
	    946684800);
	assert_int_equal(
	    epoch_of("25 (INTERNALDATE \" 1-Jan-2000 00:00:00 +0000\" UID 1)"),
	    946684800);
	/* A date alone, as it is given to APPEND. */
	assert_int_equal(epoch_of("\"18-May-2033 05:33:20 +0200\""),
			 2000000000);
	assert_int_equal(epoch_of("18-May-2033 05:33:20 +0200"), 2000000000);
	assert_int_equal(epoch_of("1-Jan-2000 00:00:00 +0000"), -1);
	assert_int_equal(
	    epoch_of("(INTERNALDATE \"01-Jan-2000 00:00:00 UTC\")"), -1);
	assert_int_equal(epoch_of("(INTERNALDATE \""), -1);
	assert_int_equal(epoch_of(""), -1);
}

static void test_imaplib__time2internaldate(void **state)
{
	char out[IMAP4_DATE_MAX];

	(void)state;
	assert_int_equal(imap4_time2internaldate(2000000000, 120, out), 0);
	assert_string_equal(out, "\"18-May-2033 05:33:20 +0200\"");
	assert_int_equal(imap4_time2internaldate(946684800, 0, out), 0);
	assert_string_equal(out, "\"01-Jan-2000 00:00:00 +0000\"");
	assert_int_equal(imap4_time2internaldate(INT64_MAX, 0, out),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_time2internaldate(0, 5000, out), IMAP4_EINVAL);
}

/* ---- What imaplib itself answered --------------------------------------- */

static void check_int2ap(const struct vector *v, void *ctx)
{
	char out[17];

	(void)ctx;
	imap4_int2ap(strtoull((const char *)v->raw, NULL, 10), out);
	assert_string_equal(out, vectors_text(v->expected, "value"));
}

static void check_flags(const struct vector *v, void *ctx)
{
	const json_t *value = json_object_get(v->expected, "value");
	const char *want[9] = {NULL};

	(void)ctx;
	for (size_t i = 0; i < json_array_size(value) && i < 8; i++)
		want[i] = json_string_value(json_array_get(value, i));
	expect_flags((const char *)v->raw, want);
}

static void check_tuple(const struct vector *v, void *ctx)
{
	const json_t *epoch = json_object_get(v->expected, "epoch");

	(void)ctx;
	assert_int_equal(epoch_of((const char *)v->raw),
			 json_is_null(epoch) ? -1 : json_integer_value(epoch));
}

static void test_imaplib__agrees_with_the_original(void **state)
{
	(void)state;
	(void)vectors_each("int2ap", check_int2ap, NULL);
	(void)vectors_each("parseflags", check_flags, NULL);
	(void)vectors_each("internaldate2tuple", check_tuple, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_imaplib__int2ap),
	    cmocka_unit_test(test_imaplib__parse_flags),
	    cmocka_unit_test(test_imaplib__internaldate2tuple),
	    cmocka_unit_test(test_imaplib__time2internaldate),
	    cmocka_unit_test(test_imaplib__agrees_with_the_original),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
