/* SPDX-License-Identifier: MIT */
/* Pieces of the grammar (../shared/vectors, kind fragment), each in a response
 * around it, or as tokens. What is whole must be read. What is not is refused
 * only where no server is known that sends it. */
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/wire/describe_message.h"
#include "tests/support/vectors.h"

enum inside { RESPONSE, PART, ENVELOPE };

/* Types that are missing here are not parsed by themselves in this library:
 * pieces of dates, of commands, of literals' headers. */
static const struct {
	const char *type;
	enum inside inside;
	bool strict;
	const char *before, *behind;
} places[] = {
    {"string", RESPONSE, false, "* LIST () NIL ", ""},
    {"stringAllowingNonASCII", RESPONSE, false, "* LIST () NIL ", ""},
    {"astring", RESPONSE, false, "* LIST () NIL ", ""},
    {"userId", RESPONSE, false, "* LIST () NIL ", ""},
    {"atom", RESPONSE, false, "* FLAGS (", "x)"},
    {"nil", RESPONSE, false, "* NAMESPACE NIL NIL ", ""},
    {"number", RESPONSE, false, "* ", " EXISTS"},
    {"messageIdentifierSet", RESPONSE, true, "* VANISHED ", ""},
    {"section", RESPONSE, true, "* 1 FETCH (BODY", " NIL)"},
    {"sectionBinary", RESPONSE, true, "* 1 FETCH (BINARY", " NIL)"},
    {"sectionSpecifier", RESPONSE, true, "* 1 FETCH (BODY[", "] NIL)"},
    {"objectID", RESPONSE, true, "* STATUS x (MAILBOXID (", "))"},
    {"text", RESPONSE, false, "* OK ", ""},
    {"bodyParameterPairs", PART, true, "(\"a\" \"b\" ", ")"},
    {"bodyDisposition", PART, true, "(\"a\" \"b\" () NIL NIL NIL 1 NIL ", ")"},
    {"bodyFieldLanguage", PART, true, "(a b () NIL NIL NIL 1 NIL NIL ", ")"},
    {"bodyExtension", PART, true, "(a b () NIL NIL NIL 1 NIL NIL NIL NIL ",
     ")"},
    {"emailAddress", ENVELOPE, true, "(NIL NIL (", "))"},
    {"envelopeEmailAddresses", ENVELOPE, true, "(NIL NIL ", ")"},
};

static bool reads(enum inside inside, const struct buf *text)
{
	struct imap4_str s = {text->data, text->len};
	struct imap4_envelope *env = NULL;
	struct imap4_part *part = NULL;
	struct resp r;
	int rc;

	resp_init(&r, MAX_DEPTH, 1 << 20);
	if (inside == RESPONSE)
		rc = resp_parse(&r, text->data, text->len);
	else if (inside == PART)
		rc = imap4_part_parse(s, NULL, &part);
	else
		rc = imap4_envelope_parse(s, NULL, &env);
	imap4_envelope_free(env);
	imap4_part_free(part);
	resp_release(&r);
	return rc == 0;
}

static void check_place(const struct vector *v, size_t place)
{
	const char *result = vectors_text(v->expected, "result");
	bool ok = strcmp(result, "ok") == 0;
	struct buf text;

	buf_init(&text, 1 << 20);
	(void)buf_adds(&text, places[place].before);
	(void)buf_add(&text, v->raw, v->len);
	if (strcmp(places[place].type, "string") == 0 && text.len > 0 &&
	    text.data[text.len - 1] == '\n')
		buf_truncate(&text, text.len - 1);
	(void)buf_adds(&text, places[place].behind);
	if ((ok || places[place].strict) &&
	    reads(places[place].inside, &text) != ok)
		fail_msg("%s: %s", v->id, text.data);
	buf_release(&text);
}

/* In the form of these vectors: what looks like a number is one. */
static json_t *as_tokens(json_t *j)
{
	const char *s = json_string_value(j);
	json_t *v, *out;
	size_t i;

	if (json_is_array(j)) {
		out = json_array();
		json_array_foreach(j, i, v)(void)
		    json_array_append_new(out, as_tokens(v));
		return out;
	}
	if (!s)
		return json_null();
	if (s[0] == 'a' && s[2] != '\0' &&
	    strspn(s + 2, "0123456789") == strlen(s + 2) && strlen(s) < 20)
		return json_integer(strtoll(s + 2, NULL, 10));
	out = json_sprintf("s:%s", s + 2);
	return out;
}

static bool same_tokens(const struct vector *v)
{
	const json_t *want = json_object_get(v->expected, "tokens");
	struct imap4_str text = {(const char *)v->raw, v->len};
	json_t *all = json_array();
	struct arena arena;
	struct lex lex;
	bool same = true;

	arena_init(&arena, 1 << 20);
	lex_init(&lex, text, MAX_DEPTH, &arena);
	while (same && !lex_at_end(&lex)) {
		json_t *j = value(NULL, &lex);
		if (j)
			(void)json_array_append_new(all, j);
		same = j != NULL;
	}
	json_t *got = as_tokens(all);
	if (json_is_null(want))
		same = !same;
	else
		same = same && json_equal(got, want);
	json_decref(got);
	json_decref(all);
	arena_release(&arena);
	return same;
}

static void check_tokens(const struct vector *v)
{
	/* Items with blanks in brackets are the FETCH parser's; a bare LF, an
	 * open literal and a number of more than 63 bits the framer's. */
	static const char *const excepted[] = {"[bar", "[foo bar", ")\nINBOX",
					       "{99}", "9223372036854775808"};

	for (size_t i = 0; i < sizeof(excepted) / sizeof(excepted[0]); i++) {
		if (strstr((const char *)v->raw, excepted[i]))
			return;
	}
	if (!same_tokens(v))
		fail_msg("%s: %s", v->id, (const char *)v->raw);
}

/* Dovecot's limits of nesting: two. */
static void check_nesting(const struct vector *v)
{
	bool ok = strcmp(vectors_text(v->expected, "result"), "ok") == 0;
	struct lex lex;

	lex_init(&lex, (struct imap4_str){(const char *)v->raw, v->len - 2}, 2,
		 NULL);
	if (strcmp(vectors_text(v->expected, "result"), "incomplete") != 0)
		assert_int_equal(lex_skip_all(&lex), ok);
}

static void check_fragment(const struct vector *v, void *ctx)
{
	const char *type = vectors_text(v->whole, "fragment_type");
	size_t *checked = ctx, i = 0;
	const size_t n = sizeof(places) / sizeof(places[0]);

	while (i < n && strcmp(places[i].type, type) != 0)
		i++;
	*checked += 1;
	if (strcmp(type, "tokens") == 0)
		check_tokens(v);
	else if (strncmp(type, "args", 4) == 0)
		check_nesting(v);
	else if (i < n &&
		 strcmp(vectors_text(v->expected, "result"), "incomplete") != 0)
		check_place(v, i);
	else
		*checked -= 1;
}

static void test_fragments__vectors(void **state)
{
	size_t checked = 0;

	(void)state;
	if (vectors_each("fragment", check_fragment, &checked) == 0)
		skip();
	print_message("%zu checked\n", checked);
	assert_true(checked > 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fragments__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
