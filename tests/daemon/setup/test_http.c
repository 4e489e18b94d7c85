/* SPDX-License-Identifier: MIT */
/* What is refused before or without an answer; answers themselves are the
 * business of tests/e2e/test_auth_hostile.py. */
#include "daemon/setup/http.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "tests/support/t.h"

static void test_http__same_origin(void **state)
{
	(void)state;
	assert_true(http_same_origin("https://a/x", "https://A:443/y?z"));
	assert_true(http_same_origin("https://a:1", "HTTPS://a:1/"));
	assert_false(http_same_origin("https://a/", "http://a/"));
	assert_false(http_same_origin("https://a/", "https://a:444/"));
	assert_false(http_same_origin("https://a/", "https://b/"));
	assert_false(http_same_origin("https://a/", "https://a@b/"));
	assert_false(http_same_origin("https://a/", "https://a.b/"));
	assert_false(http_same_origin("nothing", "nothing"));
	assert_false(http_same_origin("", ""));
}

static void test_http__only_https(void **state)
{
	static const char *const urls[] = {"http://127.0.0.1:1/", "file:///",
					   "ftp://127.0.0.1:1/"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct http_request r = {.url = urls[i]};
		struct http_answer a;
		struct err err;
		assert_int_equal(http_ask(&r, &a, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.text, "not an https address"));
	}
}

/* Somebody who takes connections and says nothing. */
static void test_http__does_not_wait_for_ever(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	char url[64];
	struct http_answer answer;
	struct err err;

	(void)state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&a, &len),
			 0);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/?secret",
		       (unsigned)ntohs(a.sin_port));
	struct http_request r = {.url = url, .timeout_ms = 50};
	int64_t before = clock_mono_ms();
	assert_int_equal(http_ask(&r, &answer, &err), -1);
	assert_true(clock_mono_ms() - before < 10000);
	assert_int_equal(err.code, ERR_TEMP);
	assert_null(strstr(err.text, "secret"));
	assert_string_equal(err.hint, "temporary; try again later");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http__same_origin),
	    cmocka_unit_test(test_http__only_https),
	    cmocka_unit_test(test_http__does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
