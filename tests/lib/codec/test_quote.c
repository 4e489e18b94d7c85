/* SPDX-License-Identifier: MIT */
/* Forms of an astring: a table, every single byte, the vectors of other
 * projects.
 */
#include "lib/codec/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"
#include "tests/support/vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_quote__form_table(void **state)
{
	static const struct {
		const char *s;
		enum quote_form form;
	} rows[] = {
	    {"", QUOTE_QUOTED},           {"INBOX", QUOTE_ATOM},
	    {"a]b", QUOTE_ATOM}, /* an astring, though no atom */
	    {"&AOQ-/#x.y+~", QUOTE_ATOM}, {"NIL", QUOTE_QUOTED},
	    {"nil", QUOTE_QUOTED},        {"NILS", QUOTE_ATOM},
	    {"a b", QUOTE_QUOTED},        {"a\tb", QUOTE_QUOTED},
	    {"a\"b\\", QUOTE_QUOTED},     {"a\rb", QUOTE_LITERAL},
	    {"a b\n", QUOTE_LITERAL},     {"\xc3\xa4", QUOTE_LITERAL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (quote_form(rows[i].s, strlen(rows[i].s), false) !=
		    rows[i].form)
			fail_msg("'%s'", rows[i].s);
	}
}

static void test_quote__form_of_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char s = (char)c;
		enum quote_form wanted = QUOTE_ATOM;
		if (c <= 0x20 || c == 0x7f || strchr("(){%*\"\\", c))
			wanted = QUOTE_QUOTED;
		if (c == 0 || c == '\r' || c == '\n' || c >= 0x80)
			wanted = QUOTE_LITERAL;
		assert_int_equal(quote_form(&s, 1, false), wanted);
	}
}

static void test_quote__long_strings_are_literals(void **state)
{
	char s[QUOTE_MAX + 1];

	(void)state;
	memset(s, ' ', sizeof(s));
	assert_int_equal(quote_form(s, QUOTE_MAX, false), QUOTE_QUOTED);
	assert_int_equal(quote_form(s, QUOTE_MAX + 1, false), QUOTE_LITERAL);
	memset(s, 'a', sizeof(s));
	assert_int_equal(quote_form(s, QUOTE_MAX, false), QUOTE_ATOM);
	assert_int_equal(quote_form(s, QUOTE_MAX + 1, false), QUOTE_LITERAL);
}

static void test_quote__escapes_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(quote_add_quoted(&b, "a\"\\ b", 5), 0);
	assert_string_equal(b.data, "\"a\\\"\\\\ b\"");
	assert_int_equal(quote_add_quoted(&b, "", 0), -1);
	assert_string_equal(b.data, "\"a\\\"\\\\ b\"");
	buf_release(&b);
	buf_init(&b, 2);
	assert_int_equal(quote_add_quoted(&b, NULL, 0), 0);
	assert_string_equal(b.data, "\"\"");
	buf_release(&b);
}

/* Cases that other projects write differently, and why we do not. */
static const struct {
	const char *id, *reason;
} exceptions[] = {
    {"dovecot-15e0a2ed48", "a literal to save escapes costs a round trip"},
    {"dovecot-264022e018", "the same"},
    {"dovecot-32a9b101e8", "the same"},
    {"dovecot-36332549ff", "the same"},
};

static void check_vector(const struct vector *v, void *ctx)
{
	const char *type = vectors_text(v->expected, "type");
	const char *s = (const char *)v->raw;
	size_t len;
	struct buf b;

	(void)ctx;
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (strcmp(v->id, exceptions[i].id) == 0)
			return;
	}
	unsigned char *wire =
	    vectors_bytes(json_object_get(v->expected, "wire"), &len);
	assert_non_null(wire);
	assert_non_null(type);
	buf_init(&b, 4096);
	enum quote_form form = quote_form(s, v->len, false);
	/* An nstring has no atoms: NIL is what they would mean. */
	if (form == QUOTE_ATOM && strcmp(type, "nstring") == 0)
		form = QUOTE_QUOTED;
	int rc = 0;
	if (form == QUOTE_QUOTED)
		rc = quote_add_quoted(&b, s, v->len);
	else if (form == QUOTE_LITERAL)
		rc = buf_addf(&b, "{%zu}\r\n", v->len);
	if (form != QUOTE_QUOTED && rc == 0)
		rc = buf_add(&b, s, v->len);
	assert_int_equal(rc, 0);
	if (b.len != len || memcmp(b.data, wire, len) != 0)
		fail_msg("%s: %s", v->id, b.data);
	buf_release(&b);
	free(wire);
}

static void test_quote__vectors(void **state)
{
	(void)state;
	if (vectors_each("quote", check_vector, NULL) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quote__form_table),
	    cmocka_unit_test(test_quote__form_of_every_byte),
	    cmocka_unit_test(test_quote__long_strings_are_literals),
	    cmocka_unit_test(test_quote__escapes_all_or_nothing),
	    cmocka_unit_test(test_quote__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
