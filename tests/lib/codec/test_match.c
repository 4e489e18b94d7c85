/* SPDX-License-Identifier: MIT */
/* LIST patterns: a table, the vectors of other projects, a table of all
 * positions as the model, and pairs that blow up careless matchers.
 */
#include <imap4/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"
#include "tests/support/vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_match__table(void **state)
{
	static const struct {
		const char *pattern, *name;
		char delim;
		bool match;
	} rows[] = {
	    {"", "", '/', true},
	    {"", "a", '/', false},
	    {"*", "", '/', true},
	    {"*", "a/b/c", '/', true},
	    {"%", "a", '/', true},
	    {"%", "a/b", '/', false},
	    {"%", "a/b", '.', true},
	    {"%", "a/b", 0, true}, /* a flat name space */
	    {"%/%", "a/b", '/', true},
	    {"a/%", "a/b/c", '/', false},
	    {"a/*", "a", '/', false},
	    {"a*", "a", '/', true},
	    {"*b%", "ab/b", '/', true},
	    {"*%b", "a/b", '/', true},
	    {"%*b", "a/b", '/', true},
	    {"*a/b%c*d", "xa/b/a/bxcyd", '/', true},
	    {"A", "a", '/', false}, /* names have a case */
	    {"inbox", "INBOX", '/', true},
	    {"INBOX", "inBox", '/', true},
	    {"INBOX/Sub", "inbox/Sub", '/', true},
	    {"INBOX/sub", "inbox/Sub", '/', false},
	    {"in%", "INBOX", '/', true},
	    {"in%", "INBOXES", '/', false}, /* not INBOX at all */
	    {"a/inbox", "a/INBOX", '/', false},
	    {"inbox.x", "INBOX.x", '/', false}, /* '.' is a letter here */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (imap4_list_match(rows[i].pattern, rows[i].name,
				     rows[i].delim) != rows[i].match)
			fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].name);
	}
}

#define MODEL_MAX 12

/* By the definition, one cell for each pair of positions. */
static bool model(const char *p, const char *n, char delim)
{
	bool m[MODEL_MAX + 1][MODEL_MAX + 1];
	size_t plen = strlen(p), nlen = strlen(n);

	for (size_t i = plen + 1; i-- > 0;) {
		for (size_t k = nlen + 1; k-- > 0;) {
			bool wild = p[i] == '*' || p[i] == '%';
			bool take = k < nlen && (p[i] == '*' || n[k] != delim);
			if (i == plen)
				m[i][k] = k == nlen;
			else if (wild)
				m[i][k] = m[i + 1][k] || (take && m[i][k + 1]);
			else
				m[i][k] =
				    k < nlen && n[k] == p[i] && m[i + 1][k + 1];
		}
	}
	return m[0][0];
}

static void random_text(struct rng *r, const char *letters, uint32_t n,
			char *out)
{
	uint32_t len = rng_below(r, MODEL_MAX + 1);

	for (uint32_t i = 0; i < len; i++)
		out[i] = letters[rng_below(r, n)];
	out[len] = '\0';
}

static void test_match__agrees_with_the_definition(void **state)
{
	char pattern[MODEL_MAX + 1], name[MODEL_MAX + 1];
	int matches = 0;
	struct rng r;

	(void)state;
	rng_init(&r, "match");
	for (int i = 0; i < 200000; i++) {
		random_text(&r, "ab/*%", 5, pattern);
		random_text(&r, "ab/", 3, name);
		bool wanted = model(pattern, name, '/');
		matches += wanted;
		if (imap4_list_match(pattern, name, '/') != wanted)
			fail_msg("'%s' on '%s'", pattern, name);
	}
	assert_true(matches > 1000);
}

/* Fills out with n times the unit. */
static char *repeat(const char *unit, size_t n, const char *end)
{
	size_t len = strlen(unit);
	char *out = malloc(n * len + strlen(end) + 1);

	assert_non_null(out);
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * len, unit, len);
	memcpy(out + n * len, end, strlen(end) + 1);
	return out;
}

/* Would take years by trying everything, and minutes in cubic time. */
static void test_match__takes_no_more_than_length_by_length(void **state)
{
	static const struct {
		const char *unit, *end, *name_unit, *name_end;
	} rows[] = {
	    {"%a", "b", "a", ""},          {"*a", "b", "a", ""},
	    {"*%a", "b", "aa/", ""},       {"*a%", "/b", "a", ""},
	    {"*%a/%a", "b", "aaaaa/", ""}, {"%/", "b", "a/", "c"},
	    {"*a%a/", "b", "aa/", "c"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *pattern = repeat(rows[i].unit, 1000, rows[i].end);
		char *name = repeat(rows[i].name_unit, 5000, rows[i].name_end);
		assert_false(imap4_list_match(pattern, name, '/'));
		free(pattern);
		free(name);
	}
	/* One star, and behind it a long piece that nearly matches. */
	char *piece = repeat("a", 2000, "b");
	char *pattern = repeat("*a%", 1, piece);
	char *name = repeat("a", 8000, "/");
	assert_false(imap4_list_match(pattern, name, '/'));
	free(piece);
	free(pattern);
	free(name);
}

/* Cases that other projects read differently, and why we do not. */
static const struct {
	const char *id, *reason;
} exceptions[] = {
    {"dovecot-269589855a", "matches graphemes; RFC 9051 speaks of characters"},
    {"go-imap-94d77a8a3f", "resolving a reference is the server's business"},
};

static void check_vector(const struct vector *v, void *ctx)
{
	const char *pattern = vectors_text(v->expected, "pattern");
	const char *ref = vectors_text(v->expected, "ref");
	const char *sep = vectors_text(v->expected, "sep");
	const char *match = vectors_text(v->expected, "match");
	char whole[256];

	(void)ctx;
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (strcmp(v->id, exceptions[i].id) == 0)
			return;
	}
	assert_true(pattern && sep && match);
	(void)snprintf(whole, sizeof(whole), "%s%s", ref ? ref : "", pattern);
	/* CHILDREN and PARENT are matches of something else. */
	bool wanted = strcmp(match, "YES") == 0;
	if (imap4_list_match(whole, (const char *)v->raw, sep[0]) != wanted)
		fail_msg("%s", v->id);
}

static void test_match__vectors(void **state)
{
	(void)state;
	if (vectors_each("listmatch", check_vector, NULL) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match__table),
	    cmocka_unit_test(test_match__agrees_with_the_definition),
	    cmocka_unit_test(test_match__takes_no_more_than_length_by_length),
	    cmocka_unit_test(test_match__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
