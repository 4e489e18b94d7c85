/* SPDX-License-Identifier: MIT */
/* Modified UTF-7: a table of odd rows, the vectors of other projects, the
 * limits, and random names there and back.
 */
#include <imap4/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/utf8.h"
#include "tests/support/rng.h"
#include "tests/support/t.h"
#include "tests/support/vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *utf8, *mutf7;
} pairs[] = {
    {"", ""},
    {"INBOX", "INBOX"},
    {"a+b", "a+b"},
    {"&", "&-"},
    {"&&-", "&-&--"},
    {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97", "~peter/mail/&U,BTFw-"},
    {"\xf0\x9f\x98\x88", "&2D3eCA-"}, /* a surrogate pair */
    {"\xe3\x81\x82&", "&MEI-&-"},     /* "&-" right behind a shift */
    {"\x01&\x01", "&AAE-&-&AAE-"},    /* the most bytes for the input */
    {"\x7f", "&AH8-"},                /* DEL is not direct */
    {"\xef\xbf\xbf", "&,,8-"},        /* U+FFFF, a noncharacter, is legal */
    {"\xf4\x8f\xbf\xbf", "&2,,f,w-"}, /* U+10FFFF */
};

static void test_mutf7__table_both_ways(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *utf8 = pairs[i].utf8, *mutf7 = pairs[i].mutf7;
		long n =
		    imap4_mutf7_encode(utf8, strlen(utf8), out, sizeof(out));
		assert_int_equal(n, strlen(mutf7));
		assert_string_equal(out, mutf7);
		n = imap4_mutf7_decode(mutf7, strlen(mutf7), out, sizeof(out));
		assert_int_equal(n, strlen(utf8));
		assert_string_equal(out, utf8);
	}
}

static void test_mutf7__refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {
	    "&",          /* no end */
	    "&Jjo",       /* no end */
	    "&AA-",       /* half a unit */
	    "&AGEA-",     /* a unit and a third */
	    "&Jjp-",      /* bits in the padding */
	    "&JjoA-",     /* a whole digit too many */
	    "&AGE-",      /* "a" is direct */
	    "&ACY-",      /* "&" is "&-" */
	    "&Jjo-&Jjo-", /* one shift is enough */
	    "&AAA-",      /* NUL */
	    "&2D0-",      /* a high surrogate alone */
	    "&2D0AYQ-",   /* a high surrogate and "a" */
	    "&2D3YPQ-",   /* two high surrogates */
	    "&3gg-",      /* a low surrogate alone */
	    "&Jjo=-",
	    "&Jj/-",  /* ordinary base64 */
	    "&J jo-", /* a blank inside */
	    "a\tb",
	    "a\x7f",    /* control characters */
	    "\xc3\xa4", /* eight bits */
	    "&Jj\xc3\xa4-",
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		long n = imap4_mutf7_decode(bad[i], strlen(bad[i]), out,
					    sizeof(out));
		if (n != IMAP4_EINVAL)
			fail_msg("%s is accepted", bad[i]);
	}
}

static void test_mutf7__encode_refuses_nul_and_broken_utf8(void **state)
{
	(void)state;
	assert_int_equal(imap4_mutf7_encode("a\0b", 3, NULL, 0), IMAP4_EINVAL);
	assert_int_equal(imap4_mutf7_encode("\xc0\x80", 2, NULL, 0),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_mutf7_encode("\xed\xa0\x80", 3, NULL, 0),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_mutf7_encode("\xc3", 1, NULL, 0), IMAP4_EINVAL);
}

static void test_mutf7__counts_and_keeps_to_the_capacity(void **state)
{
	static const char mutf7[] = "a&AOQ-&-b", utf8[] = "a\xc3\xa4&b";
	char out[16];

	(void)state;
	assert_int_equal(imap4_mutf7_encode(utf8, 5, NULL, 0), 9);
	assert_int_equal(imap4_mutf7_decode(mutf7, 9, NULL, 0), 5);
	for (size_t cap = 0; cap < sizeof(out); cap++) {
		memset(out, '#', sizeof(out));
		assert_int_equal(imap4_mutf7_encode(utf8, 5, out, cap),
				 cap > 9 ? 9 : IMAP4_ELIMIT);
		for (size_t i = cap; i < sizeof(out); i++)
			assert_int_equal(out[i], '#');
		memset(out, '#', sizeof(out));
		assert_int_equal(imap4_mutf7_decode(mutf7, 9, out, cap),
				 cap > 5 ? 5 : IMAP4_ELIMIT);
		for (size_t i = cap; i < sizeof(out); i++)
			assert_int_equal(out[i], '#');
	}
}

static void check_decode(const struct vector *v, const char *utf8, size_t n)
{
	char out[4096];
	long got =
	    imap4_mutf7_decode((const char *)v->raw, v->len, out, sizeof(out));

	/* Ours: NUL is refused, no name on a disk can hold it. */
	if (!utf8 || memchr(utf8, '\0', n)) {
		if (got != IMAP4_EINVAL)
			fail_msg("%s is accepted", v->id);
	} else if (got != (long)n || memcmp(out, utf8, n) != 0) {
		fail_msg("%s is decoded differently: %ld", v->id, got);
	}
}

static void check_encode(const struct vector *v, const char *utf8, size_t n)
{
	char out[4096];
	long got = imap4_mutf7_encode(utf8, n, out, sizeof(out));
	const char *result = vectors_text(v->expected, "result");
	bool error = result && strcmp(result, "error") == 0;

	if (error || memchr(utf8, '\0', n)) {
		if (got != IMAP4_EINVAL)
			fail_msg("%s is accepted", v->id);
	} else if (got != (long)v->len || memcmp(out, v->raw, v->len) != 0) {
		fail_msg("%s is encoded differently: %ld", v->id, got);
	}
}

static void check_vector(const struct vector *v, void *ctx)
{
	json_t *text = json_object_get(v->expected, "utf8");
	json_t *bytes = json_object_get(v->expected, "utf8_bytes");
	const char *direction = vectors_text(v->expected, "direction");

	(void)ctx;
	assert_non_null(direction);
	if (bytes) {
		size_t n;
		unsigned char *raw = vectors_bytes(bytes, &n);
		assert_non_null(raw);
		check_encode(v, (const char *)raw, n);
		free(raw);
		return;
	}
	const char *utf8 = json_string_value(text);
	size_t n = json_string_length(text);
	/* What encodes to the text must also be what the text decodes to. */
	check_decode(v, utf8, n);
	if (utf8 && strcmp(direction, "decode") != 0)
		check_encode(v, utf8, n);
}

static void test_mutf7__vectors(void **state)
{
	(void)state;
	if (vectors_each("utf7", check_vector, NULL) == 0)
		skip();
}

static size_t random_utf8(struct rng *r, char *out, size_t chars)
{
	static const uint32_t most[] = {0x20, 0x7f, 0x800, 0x10000, 0x110000};
	size_t len = 0;

	for (size_t i = 0; i < chars; i++) {
		uint32_t cp = rng_below(r, most[rng_below(r, COUNT(most))]);
		if (rng_below(r, 8) == 0)
			cp = '&';
		if (cp == 0 || (cp >= 0xd800 && cp <= 0xdfff))
			cp = '-';
		len += utf8_put(cp, out + len);
	}
	return len;
}

static void test_mutf7__random_names_come_back(void **state)
{
	enum { CHARS = 40 };
	char utf8[CHARS * UTF8_MAX], mutf7[4 * sizeof(utf8)];
	char back[sizeof(utf8) + 1];
	struct rng r;

	(void)state;
	rng_init(&r, "mutf7");
	for (int i = 0; i < 5000; i++) {
		size_t len = random_utf8(&r, utf8, rng_below(&r, CHARS + 1));
		long n = imap4_mutf7_encode(utf8, len, mutf7, sizeof(mutf7));
		assert_true(n >= 0);
		for (long k = 0; k < n; k++)
			assert_in_range(mutf7[k], 0x20, 0x7e);
		assert_int_equal(
		    imap4_mutf7_decode(mutf7, (size_t)n, back, sizeof(back)),
		    len);
		assert_memory_equal(back, utf8, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mutf7__table_both_ways),
	    cmocka_unit_test(test_mutf7__refuses_what_is_not_canonical),
	    cmocka_unit_test(test_mutf7__encode_refuses_nul_and_broken_utf8),
	    cmocka_unit_test(test_mutf7__counts_and_keeps_to_the_capacity),
	    cmocka_unit_test(test_mutf7__vectors),
	    cmocka_unit_test(test_mutf7__random_names_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
