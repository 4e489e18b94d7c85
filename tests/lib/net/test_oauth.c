/* SPDX-License-Identifier: MIT */
/* The messages that carry a token: exact bytes, and nothing that breaks out. */
#include "lib/net/oauth.h"

#include "tests/support/t.h"
#include "tests/support/vectors.h"

#include "lib/codec/base64.h"
#include "tests/support/str.h"

#include <string.h>

static void check_bearer(const char *user, const char *host, uint16_t port,
			 const char *want)
{
	struct buf b;

	buf_init(&b, 1024);
	assert_int_equal(oauth_bearer(str(user), host, port, str("t0k=="), &b),
			 0);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void test_oauth__formats_oauthbearer(void **state)
{
	(void)state;
	check_bearer("ann@example.org", "imap.example.org", 993,
		     "n,a=ann@example.org,\x01host=imap.example.org\x01"
		     "port=993\x01"
		     "auth=Bearer t0k==\x01\x01");
	/* RFC 5801 4: ',' and '=' would end the name. */
	check_bearer("a,b=c", NULL, 0,
		     "n,a=a=2Cb=3Dc,\x01"
		     "auth=Bearer t0k==\x01\x01");
	check_bearer("", NULL, 143,
		     "n,,\x01port=143\x01"
		     "auth=Bearer t0k==\x01\x01");
}

static void test_oauth__formats_xoauth2(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	assert_int_equal(
	    oauth_xoauth2(str("someuser@example.com"), str("ya29.vF9"), &b), 0);
	assert_string_equal(b.data, "user=someuser@example.com\x01"
				    "auth=Bearer ya29.vF9\x01\x01");
	buf_release(&b);
}

static void test_oauth__takes_long_tokens(void **state)
{
	char token[64 * 1024];
	struct buf b;

	(void)state;
	memset(token, 'A', sizeof(token));
	buf_init(&b, 1 << 20);
	assert_int_equal(oauth_xoauth2(str("u"),
				       (struct imap4_str){token, sizeof(token)},
				       &b),
			 0);
	assert_int_equal(b.len, strlen("user=u\x01"
				       "auth=Bearer \x01\x01") +
				    sizeof(token));
	buf_release(&b);
}

static void test_oauth__knows_bearer_tokens(void **state)
{
	static const char *const good[] = {"a", "ya29.A-b_c~d+e/f==", "0"};
	static const char *const bad[] = {
	    "", "=", "a=b", "a b", "a\x01", "a\r\nb", "\xc3\xbc", "\"a\""};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(oauth_token_valid(str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(oauth_token_valid(str(bad[i])));
	assert_false(oauth_token_valid((struct imap4_str){"a\0b", 3}));
}

static void test_oauth__refuses_control_characters(void **state)
{
	(void)state;
	assert_true(oauth_text_valid(str("j\xc3\xbcrgen,=@example.org")));
	assert_false(oauth_text_valid(str("a\x01"
					  "b")));
	assert_false(oauth_text_valid(str("a\nb")));
}

static void check_vector(const struct vector *v, void *ctx)
{
	const char *user = vectors_text(v->expected, "user");
	const char *token = vectors_text(v->expected, "token");
	const char *host = vectors_text(v->expected, "host");
	const char *want = vectors_text(v->expected, "response_b64");
	uint64_t port = 0;
	struct buf b, text;

	(void)ctx;
	if (!token)
		return;
	(void)vectors_number(json_object_get(v->expected, "port"), &port);
	buf_init(&b, 4096);
	buf_init(&text, 8192);
	assert_true(oauth_token_valid(str(token)));
	assert_int_equal(
	    oauth_bearer(str(user), host, (uint16_t)port, str(token), &b), 0);
	assert_int_equal(base64_encode(b.data, b.len, &text), 0);
	assert_string_equal(text.data, want);
	buf_release(&b);
	buf_release(&text);
}

static void test_oauth__agrees_with_the_vectors(void **state)
{
	(void)state;
	(void)vectors_each("sasl-kat", check_vector, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_oauth__formats_oauthbearer),
	    cmocka_unit_test(test_oauth__formats_xoauth2),
	    cmocka_unit_test(test_oauth__takes_long_tokens),
	    cmocka_unit_test(test_oauth__knows_bearer_tokens),
	    cmocka_unit_test(test_oauth__refuses_control_characters),
	    cmocka_unit_test(test_oauth__agrees_with_the_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
