/* SPDX-License-Identifier: MIT */
/* Arguments become atoms, quoted strings or literals; none can end a line. */
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"
#include "lib/wire/encode.h"
#include "tests/support/str.h"

struct argument {
	const char *text;
	const char *astring;
	const char *string;
};

static const struct argument arguments[] = {
    {"abc", "abc", "\"abc\""},
    {"", "\"\"", "\"\""},
    {"a b", "\"a b\"", "\"a b\""},
    {"a\"\\", "\"a\\\"\\\\\"", "\"a\\\"\\\\\""},
    {"NIL", "\"NIL\"", "\"NIL\""},
    {"(", "\"(\"", "\"(\""},
    {"{3}", "\"{3}\"", "\"{3}\""},
    {"*", "\"*\"", "\"*\""},
    {"a\r\nb", "{4}\r\na\r\nb", "{4}\r\na\r\nb"},
    {"\n", "{1}\r\n\n", "{1}\r\n\n"},
    {"\xc3\xa9", "{2}\r\n\xc3\xa9", "{2}\r\n\xc3\xa9"},
};

static void test_encode__form_follows_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		const struct argument *a = &arguments[i];
		char expected[128];
		struct encode c;
		encode_init(&c, ENCODE_NONSYNC, false);
		encode_astring(&c, str(a->text));
		encode_text(&c, "|");
		encode_string(&c, str(a->text));
		encode_text(&c, "|");
		encode_secret(&c, str(a->text));
		assert_int_equal(encode_end(&c), 0);
		(void)snprintf(expected, sizeof(expected), "%s|%s|%s\r\n",
			       a->astring, a->string, a->astring);
		assert_string_equal(c.bytes.data, expected);
		encode_release(&c);
	}
}

/* How many times the writer has to wait: a string, a secret, a message. */
static size_t waits(enum encode_literals mode, uint64_t len)
{
	struct encode c;
	size_t n = 0;

	encode_init(&c, mode, false);
	encode_text(&c, "X ");
	encode_astring(&c, str("\n"));
	encode_text(&c, " ");
	encode_secret(&c, str("\n"));
	encode_text(&c, " ");
	encode_stream(&c, len, false, false);
	assert_int_equal(encode_end(&c), 0);
	for (size_t i = 0; i < c.n; i++) {
		if (!c.seg[i].waits)
			continue;
		n++;
		assert_memory_equal(c.bytes.data + c.seg[i].end - 3, "}\r\n",
				    3);
		assert_true(ascii_digit(c.bytes.data[c.seg[i].end - 4]));
	}
	assert_int_equal(c.seg[c.n - 1].end, c.bytes.len);
	encode_release(&c);
	return n;
}

static void test_encode__waits_where_the_server_must_ask(void **state)
{
	(void)state;
	assert_int_equal(waits(ENCODE_SYNC, 1), 3);
	assert_int_equal(waits(ENCODE_SMALL, 4096), 2);
	assert_int_equal(waits(ENCODE_SMALL, 4097), 3);
	assert_int_equal(waits(ENCODE_NONSYNC, 1 << 20), 2);
}

static void test_encode__segments(void **state)
{
	struct encode c;

	(void)state;
	encode_init(&c, ENCODE_SYNC, false);
	encode_text(&c, "A");
	encode_raw(&c, " B ", 3);
	encode_secret(&c, str("pw"));
	encode_text(&c, " ");
	encode_astring(&c, str("\n"));
	assert_int_equal(encode_end(&c), 0);
	assert_string_equal(c.bytes.data, "A B pw {1}\r\n\n\r\n");
	assert_int_equal(c.n, 5);
	assert_int_equal(c.seg[0].end, 4);
	assert_int_equal(c.seg[1].kind, ENCODE_SECRET);
	assert_int_equal(c.seg[1].end, 6);
	assert_true(c.seg[2].waits);
	assert_int_equal(c.seg[3].kind, ENCODE_LITERAL);
	assert_false(c.seg[4].waits);
	encode_release(&c);
}

static int raw_result(const char *text, size_t len)
{
	struct encode c;

	encode_init(&c, ENCODE_NONSYNC, false);
	encode_text(&c, "X ");
	encode_raw(&c, text, len);
	int rc = encode_end(&c);
	encode_release(&c);
	return rc;
}

static void test_encode__refuses_injection(void **state)
{
	struct encode c;

	(void)state;
	assert_int_equal(raw_result("a\r\nb", 4), IMAP4_EINVAL);
	assert_int_equal(raw_result("a\n", 2), IMAP4_EINVAL);
	assert_int_equal(raw_result("a\0", 2), IMAP4_EINVAL);
	assert_int_equal(raw_result("\xff", 1), IMAP4_EINVAL);
	/* The server would wait for the next command as a literal. */
	assert_int_equal(raw_result("a {3}", 5), IMAP4_EINVAL);
	assert_int_equal(raw_result("a {3+}", 6), IMAP4_EINVAL);
	assert_int_equal(raw_result("{3-}", 4), IMAP4_EINVAL);
	assert_int_equal(raw_result("{}", 2), IMAP4_EINVAL);
	assert_int_equal(raw_result("{3} a", 5), 0);
	assert_int_equal(raw_result("a}", 2), 0);
	encode_init(&c, ENCODE_NONSYNC, false);
	encode_astring(&c, (struct imap4_str){"a\0b", 3});
	assert_int_equal(encode_end(&c), IMAP4_EINVAL);
	encode_release(&c);
	/* Cut into two arguments. */
	encode_init(&c, ENCODE_NONSYNC, false);
	encode_raw(&c, "{", 1);
	encode_raw(&c, "3}", 2);
	assert_int_equal(encode_end(&c), IMAP4_EINVAL);
	encode_release(&c);
}

static void test_encode__keeps_the_first_error(void **state)
{
	struct encode c;
	char *huge = malloc(ENCODE_MAX);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', ENCODE_MAX);
	encode_init(&c, ENCODE_NONSYNC, false);
	encode_astring(&c, (struct imap4_str){huge, ENCODE_MAX});
	encode_raw(&c, "\n", 1);
	assert_int_equal(encode_end(&c), IMAP4_ELIMIT);
	encode_release(&c);
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode__form_follows_content),
	    cmocka_unit_test(test_encode__waits_where_the_server_must_ask),
	    cmocka_unit_test(test_encode__segments),
	    cmocka_unit_test(test_encode__refuses_injection),
	    cmocka_unit_test(test_encode__keeps_the_first_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
