/* SPDX-License-Identifier: MIT */
/* The public tokens: what each is, that they point into the text, and that a
 * copy keeps a place. */
#include "tests/support/str.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include <imap4/parse.h>

struct row {
	const char *text;
	bool items;
	const char *tokens;
};

static const struct row rows[] = {
    {"", false, "."},
    {"  ", false, "."},
    {"a NIL \"b\" {1}\r\nc (d)", false, "<a>N'b''c'(<d>)."},
    {"\"\\\"\\\\\" \"\\a\"", false, "'\"\\''a'."},
    {"{*7}\r\n", false, "B7."},
    {"((a", false, "((<a>."},
    {"a) b", false, "<a>!"},
    {"\"a", false, "!"},
    {"BODY[HEADER.FIELDS (A \"]\")]<0> x", true,
     "<BODY[HEADER.FIELDS (A \"]\")]<0>><x>."},
    {"BODY[ (", true, "!"},
    {"BODY[ (", false, "<BODY[>(."},
};

static void add(char *out, size_t cap, const struct imap4_token *tok)
{
	static const char marks[] = {
	    [IMAP4_TOKEN_END] = '.',  [IMAP4_TOKEN_NIL] = 'N',
	    [IMAP4_TOKEN_OPEN] = '(', [IMAP4_TOKEN_CLOSE] = ')',
	    [IMAP4_TOKEN_BAD] = '!',
	};
	size_t n = strlen(out);
	char text[64];

	assert_true(tok->s.len <= sizeof(text));
	int len = (int)imap4_token_text(tok, text);
	if (tok->type == IMAP4_TOKEN_BODY)
		(void)snprintf(out + n, cap - n, "B%llu",
			       (unsigned long long)tok->size);
	else if (tok->type == IMAP4_TOKEN_ATOM)
		(void)snprintf(out + n, cap - n, "<%.*s>", len, text);
	else if (tok->type == IMAP4_TOKEN_STRING)
		(void)snprintf(out + n, cap - n, "'%.*s'", len, text);
	else
		(void)snprintf(out + n, cap - n, "%c", marks[tok->type]);
}

static void test_token__kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct imap4_tokens t;
		struct imap4_token tok;
		char out[128] = "";
		imap4_tokens_init(&t, str(rows[i].text));
		do {
			if (rows[i].items)
				(void)imap4_tokens_item(&t, &tok);
			else
				(void)imap4_tokens_next(&t, &tok);
			add(out, sizeof(out), &tok);
		} while (tok.type != IMAP4_TOKEN_END &&
			 tok.type != IMAP4_TOKEN_BAD);
		assert_string_equal(out, rows[i].tokens);
	}
}

static void test_token__point_into_the_text(void **state)
{
	static const char text[] = "ab \"c\\\"d\"";
	struct imap4_tokens t, place;
	struct imap4_token tok;

	(void)state;
	imap4_tokens_init(&t, str(text));
	place = t;
	assert_int_equal(imap4_tokens_next(&t, &tok), IMAP4_TOKEN_ATOM);
	assert_ptr_equal(tok.s.p, text);
	assert_int_equal(imap4_tokens_next(&t, &tok), IMAP4_TOKEN_STRING);
	assert_ptr_equal(tok.s.p, text + 4);
	assert_int_equal(tok.s.len, 4);
	assert_true(tok.escaped);
	/* The copy is where it was. */
	assert_int_equal(imap4_tokens_next(&place, &tok), IMAP4_TOKEN_ATOM);
	assert_ptr_equal(tok.s.p, text);
	assert_false(tok.escaped);
}

static void test_token__nothing_behind_a_fault(void **state)
{
	struct imap4_tokens t;
	struct imap4_token tok;

	(void)state;
	imap4_tokens_init(&t, str(") a"));
	for (int i = 0; i < 3; i++)
		assert_int_equal(imap4_tokens_next(&t, &tok), IMAP4_TOKEN_BAD);
	imap4_tokens_init(&t, (struct imap4_str){NULL, 0});
	for (int i = 0; i < 3; i++)
		assert_int_equal(imap4_tokens_next(&t, &tok), IMAP4_TOKEN_END);
}

static void test_token__depth_is_counted(void **state)
{
	static char open[100000];
	struct imap4_tokens t;
	struct imap4_token tok;

	(void)state;
	memset(open, '(', sizeof(open));
	imap4_tokens_init(&t, (struct imap4_str){open, sizeof(open)});
	while (imap4_tokens_next(&t, &tok) == IMAP4_TOKEN_OPEN)
		;
	assert_int_equal(tok.type, IMAP4_TOKEN_END);
	assert_int_equal(t.depth, sizeof(open));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token__kinds),
	    cmocka_unit_test(test_token__point_into_the_text),
	    cmocka_unit_test(test_token__nothing_behind_a_fault),
	    cmocka_unit_test(test_token__depth_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
