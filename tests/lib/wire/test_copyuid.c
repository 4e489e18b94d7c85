/* SPDX-License-Identifier: MIT */
/* Which message became which, out of COPYUID as servers send it. */
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include <imap4/event.h>

struct seen {
	char text[256];
	uint32_t calls, stop_at;
	uint32_t src, dst; /* the last pair */
};

static int note(void *ctx, uint32_t src, uint32_t dst)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	if (n + 24 < sizeof(s->text))
		(void)snprintf(s->text + n, sizeof(s->text) - n, "%u-%u ", src,
			       dst);
	s->src = src;
	s->dst = dst;
	return ++s->calls == s->stop_at ? 42 : 0;
}

static int pairs(const char *args, struct seen *seen)
{
	const struct imap4_respcode code = {.code = IMAP4_CODE_COPYUID,
					    .args = {args, strlen(args)}};

	return imap4_copyuid_pairs(&code, note, seen);
}

static void test_copyuid__pairs(void **state)
{
	static const struct {
		const char *args;
		int rc;
		const char *text;
	} table[] = {
	    {"7 1 2", 0, "1-2 "},
	    {"7 304,319:320 3956:3958", 0, "304-3956 319-3957 320-3958 "},
	    {"7 1:4 10,20:21,5", 0, "1-10 2-20 3-21 4-5 "},
	    /* In the server's order, not sorted. */
	    {"7 9,3,5 1,2,3", 0, "9-1 3-2 5-3 "},
	    {"7 1:3 9,8,7", 0, "1-9 2-8 3-7 "},
	    {"7 4:2 1:3", 0, "2-1 3-2 4-3 "},
	    {"7  1:2   3:4 ", 0, "1-3 2-4 "},
	    {"7 4294967295 4294967294:4294967295", IMAP4_EINVAL, ""},
	    {"7 4294967294:4294967295 1:2", 0, "4294967294-1 4294967295-2 "},
	    {"7 1:2 3", IMAP4_EINVAL, ""},
	    {"7 1 2:3", IMAP4_EINVAL, ""},
	    {"7 1 x", IMAP4_EINVAL, ""},
	    {"7 1: 1:2", IMAP4_EINVAL, ""},
	    {"7 ,1 1:2", IMAP4_EINVAL, ""},
	    {"7 1:* 1:*", IMAP4_EINVAL, ""},
	    {"7 1", IMAP4_EINVAL, ""},
	    {"7 1:1000001 1:1000001", IMAP4_ELIMIT, ""},
	    {"7 1:4294967295 1:4294967295", IMAP4_ELIMIT, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct seen seen = {.stop_at = 0};
		assert_int_equal(pairs(table[i].args, &seen), table[i].rc);
		assert_string_equal(seen.text, table[i].text);
	}
}

static void test_copyuid__a_million(void **state)
{
	struct seen seen = {.stop_at = 0};

	(void)state;
	assert_int_equal(pairs("7 1:1000000 2000001:3000000", &seen), 0);
	assert_int_equal(seen.calls, 1000000);
	assert_int_equal(seen.src, 1000000);
	assert_int_equal(seen.dst, 3000000);
}

static void test_copyuid__stops_when_told(void **state)
{
	struct seen seen = {.stop_at = 2};

	(void)state;
	assert_int_equal(pairs("7 1:9 11:19", &seen), 42);
	assert_string_equal(seen.text, "1-11 2-12 ");
}

static void test_copyuid__of_another_code(void **state)
{
	const struct imap4_respcode code = {.code = IMAP4_CODE_UNKNOWN,
					    .args = {"7 1 2", 5}};
	struct seen seen = {.stop_at = 0};

	(void)state;
	assert_int_equal(imap4_copyuid_pairs(&code, note, &seen), IMAP4_EINVAL);
	assert_int_equal(seen.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_copyuid__pairs),
	    cmocka_unit_test(test_copyuid__a_million),
	    cmocka_unit_test(test_copyuid__stops_when_told),
	    cmocka_unit_test(test_copyuid__of_another_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
