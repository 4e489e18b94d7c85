/* SPDX-License-Identifier: MIT */
/* Tokens, what an atom may hold, nesting, and skipping. */
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/buf.h"
#include "lib/wire/lex.h"

#define DEPTH 3

struct tokens {
	const char *text;
	const char *tokens;
};

static const struct tokens rows[] = {
    {"", ""},
    {"   ", ""},
    {"a  b ", "<a><b>"},
    {"(a (b) NIL nil)", "(<a>(<b>)N N )"},
    {"a(b)c", "<a>(<b>)<c>"},
    {"\"a b\" \"\" \"\\\"\\\\\"", "'a b''''\"\\'"},
    /* iCloud, Yandex, Exchange do not escape. */
    {"\"\"\"\" \"a\"b\" \"\"c\"\" (\"d\")", "'\"\"''a\"b''\"c\"'('d')"},
    {"\"a\"\"b\"(\"\"\"\")", "'a''b'('\"\"')"},
    {"\"a\"b", "!"},
    /* Exchange escapes what needs none. */
    {"\"\\a\"", "'a'"},
    {"{3}\r\na\r\n {0}\r\n ~{1}\r\nx {1+}\r\ny", "'a\r\n''''x''y'"},
    {"{*12}\r\n ~{*0}\r\n", "S12 S0 "},
    /* Gmail, Exchange: no atoms by the grammar. */
    {"a]b[c] \\* x\ty a\"b \xff", "<a]b[c]><\\*><x\ty><a\"b><\xff>"},
    {"a{1}\r\nb", "<a>'b'"},
    {"{} {x} {3}x {-1} {", "<{}><{x}><{3}x><{-1}><{>"},
    {"~ ~a", "<~><~a>"},
    {"NILS", "<NILS>"},
    {"(((a)))", "(((<a>)))"},
    {"((((a))))", "(((!"},
    {")", "!"},
    {"a))", "<a>!"},
    {"\"a", "!"},
    {"\"a\\", "!"},
    {"\"a\\\"", "!"},
    {"\"a {1}\r\nb\"", "!"},
    /* The literal is longer than the text. */
    {"{3}\r\nab", "!"},
    {"a\r\n", "!"},
};

static void add_token(struct buf *out, const struct lex_token *tok)
{
	int n = (int)tok->s.len;

	switch (tok->kind) {
	case LEX_ATOM:
		(void)buf_addf(out, "<%.*s>", n, tok->s.p);
		break;
	case LEX_STRING:
		(void)buf_addf(out, "'%.*s'", n, tok->s.p);
		break;
	case LEX_STREAMED:
		(void)buf_addf(out, "S%llu ", (unsigned long long)tok->size);
		break;
	case LEX_NIL:
		(void)buf_adds(out, "N ");
		break;
	case LEX_OPEN:
		(void)buf_addc(out, '(');
		break;
	case LEX_CLOSE:
		(void)buf_addc(out, ')');
		break;
	case LEX_BAD:
		(void)buf_addc(out, '!');
		break;
	case LEX_END:
		break;
	}
}

static void check_row(const struct tokens *row)
{
	struct arena arena;
	struct buf out;
	struct lex lex;
	struct lex_token tok;
	enum lex_kind kind;
	size_t len = strlen(row->text);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, row->text, len);
	arena_init(&arena, 1 << 20);
	buf_init(&out, 4096);
	lex_init(&lex, (struct imap4_str){copy, len}, DEPTH, &arena);
	do {
		enum lex_kind peeked = lex_peek(&lex);
		kind = lex_next(&lex, &tok);
		assert_true(peeked == kind || kind == LEX_BAD);
		add_token(&out, &tok);
	} while (kind != LEX_END && kind != LEX_BAD);
	assert_string_equal(out.data ? out.data : "", row->tokens);
	arena_release(&arena);
	buf_release(&out);
	free(copy);
}

static void test_lex__tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void lex_text(struct lex *lex, const char *text, struct arena *arena)
{
	arena_reset(arena);
	lex_init(lex, (struct imap4_str){text, strlen(text)}, DEPTH, arena);
}

static void test_lex__item_names(void **state)
{
	static const char *const names[][2] = {
	    {"UID 5", "UID"},
	    {"BODY[] x", "BODY[]"},
	    {"BODY[]{1}\r\nx", "BODY[]"},
	    {"BODY[1.2.HEADER.FIELDS (A \"]\" {2}\r\n]()]<12> NIL",
	     "BODY[1.2.HEADER.FIELDS (A \"]\" {2}\r\n]()]<12>"},
	    {"X(a)", "X"},
	    {"\"str\"", "str"},
	};
	struct arena arena;
	struct lex lex;
	struct lex_token tok;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		lex_text(&lex, names[i][0], &arena);
		(void)lex_item(&lex, &tok);
		assert_int_equal(tok.s.len, strlen(names[i][1]));
		assert_memory_equal(tok.s.p, names[i][1], tok.s.len);
	}
	lex_text(&lex, "BODY[ (", &arena);
	assert_int_equal(lex_item(&lex, &tok), LEX_BAD);
	lex_text(&lex, "BODY[\"", &arena);
	assert_int_equal(lex_item(&lex, &tok), LEX_BAD);
	arena_release(&arena);
}

static void test_lex__skips_one_value(void **state)
{
	struct arena arena;
	struct lex lex;

	(void)state;
	arena_init(&arena, 1 << 20);
	lex_text(&lex, "(a (b \"c)\") {1}\r\n)) d", &arena);
	assert_true(lex_skip(&lex));
	assert_int_equal(lex_rest(&lex).len, 1);
	assert_true(lex_skip(&lex));
	assert_false(lex_skip(&lex));
	lex_text(&lex, "(a", &arena);
	assert_false(lex_skip(&lex));
	lex_text(&lex, "(a ) b (c)", &arena);
	assert_true(lex_skip_all(&lex));
	lex_text(&lex, "(a", &arena);
	assert_false(lex_skip_all(&lex));
	arena_release(&arena);
}

static void test_lex__numbers(void **state)
{
	struct arena arena;
	struct lex lex;
	uint64_t n = 77;

	(void)state;
	arena_init(&arena, 1 << 20);
	lex_text(&lex, "12 13 (1) \"5\" x 007", &arena);
	assert_true(lex_number(&lex, 12, &n));
	assert_int_equal(n, 12);
	/* Out of range, a list, a string, a word: skipped. */
	for (int i = 0; i < 4; i++)
		assert_false(lex_number(&lex, 12, &n));
	assert_int_equal(n, 12);
	assert_true(lex_number(&lex, 12, &n));
	assert_int_equal(n, 7);
	assert_false(lex_number(&lex, 12, &n));
	arena_release(&arena);
}

/* Strings of which the escapes were taken must stay where they are. */
static void test_lex__strings_do_not_move(void **state)
{
	struct buf text;
	struct arena arena;
	struct lex lex;
	struct lex_token tok;
	struct imap4_str seen[500];

	(void)state;
	buf_init(&text, 1 << 16);
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(buf_addf(&text, "\"\\\"%u\" ", i), 0);
	lex_init(&lex, (struct imap4_str){text.data, text.len}, DEPTH, &arena);
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(lex_next(&lex, &tok), LEX_STRING);
		seen[i] = tok.s;
	}
	for (unsigned i = 0; i < 500; i++) {
		char expected[16];
		int n = snprintf(expected, sizeof(expected), "\"%u", i);
		assert_int_equal(seen[i].len, n);
		assert_memory_equal(seen[i].p, expected, (size_t)n);
	}
	buf_release(&text);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lex__tokens),
	    cmocka_unit_test(test_lex__item_names),
	    cmocka_unit_test(test_lex__skips_one_value),
	    cmocka_unit_test(test_lex__numbers),
	    cmocka_unit_test(test_lex__strings_do_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
