/* SPDX-License-Identifier: MIT */
/* Base64: the vectors of RFC 4648 10, everything that is nearly base64, and
 * random bytes there and back.
 */
#include "lib/codec/base64.h"

#include <string.h>

#include <imap4/types.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_base64__rfc4648_vectors(void **state)
{
	static const struct {
		const char *plain, *text;
	} rows[] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	    {"\xfb\xff\xbf", "+/+/"},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *plain = rows[i].plain, *text = rows[i].text;
		buf_reset(&b);
		assert_int_equal(base64_encode(plain, strlen(plain), &b), 0);
		assert_string_equal(b.data, text);
		buf_reset(&b);
		assert_int_equal(base64_decode(text, strlen(text), &b), 0);
		assert_string_equal(b.data, plain);
	}
	buf_release(&b);
}

static void test_base64__refuses_what_is_not_strict(void **state)
{
	static const char *const bad[] = {
	    "Z",     "Zg",       "Zg=",      "=",        "====",
	    "Zg===", "Z===",     "Zh==",     "Zm9=",     "Zg==Zg==",
	    "Z=g=",  "Zm 9v",    "Zm9v\r\n", "Zm9v\n",   "Zm9-",
	    "Zm9_",  "Zm9v Zm9", "Zm9\xff",  "Zm9v====",
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(bad); i++) {
		buf_reset(&b);
		assert_int_equal(buf_adds(&b, "kept"), 0);
		if (base64_decode(bad[i], strlen(bad[i]), &b) != IMAP4_EINVAL)
			fail_msg("'%s' is accepted", bad[i]);
		assert_string_equal(b.data, "kept");
	}
	assert_int_equal(base64_decode("Zm\0v", 4, &b), IMAP4_EINVAL);
	buf_release(&b);
}

static void test_base64__appends_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 9);
	assert_int_equal(base64_encode("foo", 3, &b), 0);
	assert_int_equal(base64_encode("foob", 4, &b), IMAP4_ENOMEM);
	assert_int_equal(base64_encode("bar", 3, &b), 0);
	assert_string_equal(b.data, "Zm9vYmFy");
	assert_int_equal(base64_decode("Zm9v", 4, &b), IMAP4_ENOMEM);
	assert_string_equal(b.data, "Zm9vYmFy");
	buf_release(&b);
}

static void test_base64__decode_fills_to_the_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1);
	assert_int_equal(base64_decode("Zg==", 4, &b), 0);
	assert_string_equal(b.data, "f");
	buf_release(&b);
}

static void test_base64__random_bytes_come_back(void **state)
{
	unsigned char in[100];
	struct buf text, out;
	struct rng r;

	(void)state;
	rng_init(&r, "base64");
	buf_init(&text, 1000);
	buf_init(&out, 1000);
	for (int i = 0; i < 1000; i++) {
		size_t len = rng_below(&r, sizeof(in) + 1);
		for (size_t k = 0; k < len; k++)
			in[k] = (unsigned char)rng_next(&r);
		buf_reset(&text);
		buf_reset(&out);
		assert_int_equal(base64_encode(in, len, &text), 0);
		assert_int_equal(base64_decode(text.data, text.len, &out), 0);
		assert_int_equal(out.len, len);
		assert_memory_equal(out.data, in, len);
	}
	buf_release(&text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_base64__rfc4648_vectors),
	    cmocka_unit_test(test_base64__refuses_what_is_not_strict),
	    cmocka_unit_test(test_base64__appends_all_or_nothing),
	    cmocka_unit_test(test_base64__decode_fills_to_the_maximum),
	    cmocka_unit_test(test_base64__random_bytes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
