/* SPDX-License-Identifier: MIT */
/* Memory that is there or ends the program: sizes that overflow, and empty
 * ones. */
#include "daemon/base/xalloc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/t.h"

static void test_xalloc__empty_sizes_give_memory(void **state)
{
	void *p[] = {xmalloc(0), xcalloc(0, 8), xcalloc(8, 0),
		     xrealloc(NULL, 0), xreallocarray(NULL, 0, 8)};

	(void)state;
	for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
		assert_non_null(p[i]);
		free(p[i]);
	}
}

static void test_xalloc__keeps_content_when_growing(void **state)
{
	char *p = xcalloc(2, 2);

	(void)state;
	assert_memory_equal(p, "\0\0\0\0", 4);
	memcpy(p, "abc", 4);
	p = xrealloc(p, 1000);
	p = xreallocarray(p, 1000, 10);
	assert_string_equal(p, "abc");
	free(p);
}

static void test_xalloc__makes_strings(void **state)
{
	char *a = xstrdup("abc");
	char *b = xstrndup("abc", 2);
	char *c = xasprintf("%s-%s-%d", a, b, 7);

	(void)state;
	assert_string_equal(c, "abc-ab-7");
	free(a);
	free(b);
	free(c);
}

static void overflow_calloc(void)
{
	free(xcalloc(SIZE_MAX / 2, 3));
}

static void overflow_array(void)
{
	free(xreallocarray(NULL, SIZE_MAX / 2, 3));
}

static void too_much(void)
{
	free(xmalloc(SIZE_MAX / 2));
}

static void assert_aborts(void (*fn)(void))
{
	static const char want[] = "imapsyncd: out of memory\n";
	char text[200] = "";
	int out[2], status;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit none = {0, 0};
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(out[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	(void)close(out[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, want);
	(void)close(out[0]);
}

/* Sanitizers have an allocator of their own, which dies in its own way. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void test_xalloc__aborts_without_memory(void **state)
{
	(void)state;
	assert_aborts(overflow_array);
#ifndef SANITIZED
	assert_aborts(overflow_calloc);
	assert_aborts(too_much);
#else
	(void)overflow_calloc;
	(void)too_much;
#endif
}

static void test_xalloc__grows_an_array_by_more_each_time(void **state)
{
	size_t cap = 0, grown = 0;
	uint32_t *p = NULL;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		size_t was = cap;
		p = xgrow(p, i, &cap, sizeof(*p));
		assert_true(cap > i);
		grown += cap != was;
		p[i] = i;
	}
	assert_true(grown <= 6);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(p[i], i);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_xalloc__empty_sizes_give_memory),
	    cmocka_unit_test(test_xalloc__grows_an_array_by_more_each_time),
	    cmocka_unit_test(test_xalloc__keeps_content_when_growing),
	    cmocka_unit_test(test_xalloc__makes_strings),
	    cmocka_unit_test(test_xalloc__aborts_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
