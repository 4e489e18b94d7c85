/* SPDX-License-Identifier: MIT */
/* Each response with a little more memory than before: where it is not enough
 * the response is refused, wherever that happens, and else it is read. */
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/resp.h"

static const char *const lines[] = {
    "* CAPABILITY a b c d e f g h i",
    "* ENABLED a",
    "* FLAGS (a b \"c\\\"\")",
    "* ID (\"a\" \"b\\\\\" \"c\" NIL d)",
    "* LIST (\\a \\b) \"/\" \"a\\\"b\" (\"CHILDINFO\" (\"A\" \"B\"))",
    "* STATUS a&AOk- (MESSAGES 1)",
    "* NAMESPACE ((\"\" \"/\")(\"a\" \".\")) NIL ((\"b\" NIL))",
    "* OK [PERMANENTFLAGS (a b)] x",
    "* NO [BADCHARSET (a b)] x",
    "* NO [BADURL \"a\\\"\"] x",
    "+ [CAPABILITY a b] x",
    "* SEARCH 1 2 3",
    "* ESEARCH (TAG \"a\\\"\" MAILBOX b) ALL 1:2 ADDTO (1 2 3 4:5)",
    "* SORT 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
    "* THREAD (1 2 (3)(4))((5)(6))",
    "* QUOTA \"\" (A 1 2 B 3 4)",
    "* QUOTAROOT a b c",
    "* ACL a b c d e",
    "* LISTRIGHTS a b c d e",
    "* MYRIGHTS a b",
    "* METADATA a (b \"c\\\"\" d e)",
    "* ANNOTATION a b (c d e f)",
    "* ANNOTATION a b c",
    "* 1 FETCH (FLAGS (a b c) X-GM-LABELS (d \"e\\\\\") BINARY.SIZE[1] 2 "
    "BODY[] "
    "\"f\\\"\" BODY[1] \"g\" PREVIEW \"h\\\"\")",
    "* 1 FETCH (ENVELOPE (\"a\\\"\" \"b\" ((\"c\" NIL \"d\" \"e\")(NIL NIL "
    "\"f\" "
    "\"g\\\\\"))))",
    "* 1 FETCH (BODYSTRUCTURE ((\"a\" \"b\" (\"c\" \"d\\\"\") NIL NIL NIL 1 "
    "NIL (\"i\" (\"x\" \"y\")) (\"de\" \"en\\\"\"))(\"message\" \"rfc822\" NIL "
    "NIL NIL NIL 2 (NIL \"s\") (\"text\" \"plain\" NIL NIL NIL NIL 3 4) 5) "
    "\"mixed\" NIL \"x\" \"en\"))",
};

static int parse(const char *line, size_t memory)
{
	struct resp r;

	resp_init(&r, 32, 1);
	r.arena.max = memory;
	int rc = resp_parse(&r, line, strlen(line));
	/* A code that cannot be read is an unknown one. */
	assert_true(rc == 0 || rc == IMAP4_EPROTO);
	if (rc < 0)
		assert_true(r.arena.full);
	resp_release(&r);
	return rc;
}

static void test_resp_memory__each_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t memory = 0;
		while (parse(lines[i], memory) < 0)
			memory += 16;
		if (memory == 0 || memory > 8192)
			fail_msg("%s: %zu", lines[i], memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_memory__each_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
