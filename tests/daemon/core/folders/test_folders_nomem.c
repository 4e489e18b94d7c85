/* SPDX-License-Identifier: MIT */
/* Folders: every allocation of a plan fails once. It says so, and leaks
 * nothing.
 */
#include <stdlib.h>

#include "tests/daemon/core/folders/folders.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* How many allocations succeed before one fails; -1: all do. */
static long budget = -1;
static long live;

#ifndef SANITIZED

/* glibc lets a program have its own allocator and still reach the real one. A
 * sanitizer has one of its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool refuse(void)
{
	if (budget < 0)
		return false;
	return budget-- == 0;
}

void *malloc(size_t size)
{
	void *p = refuse() ? NULL : __libc_malloc(size);

	live += p != NULL;
	return p;
}

void *calloc(size_t n, size_t size)
{
	void *p = refuse() ? NULL : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

void *realloc(void *old, size_t size)
{
	void *p = refuse() ? NULL : __libc_realloc(old, size);

	live += p != NULL && !old;
	return p;
}

void *reallocarray(void *old, size_t n, size_t size)
{
	return realloc(old, n * size);
}

void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}

#endif

/* Of everything something. */
static struct folders_case *setup(void)
{
	struct folders_case *c = case_setup();

	c->policy.fold_here = true;
	case_background(c);
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "b", "a");
	case_moved(c, 3, "a/x", "a/x", "a/x/y");
	case_moved(c, 4, "c", "d", "c");
	case_moved(c, 5, "e", "e", NULL);
	case_there(c, 0, "f");
	case_here(c, 0, "g");
	c->verdict[c->view.nverdict++] = (struct folders_verdict){4, "d", true};
	return c;
}

static void test_folders_nomem__says_so(void **state)
{
	struct folders_case *c = setup();
	struct folders_plan plan;
	char want[4096], got[4096];
	int failures = 0;

	(void)state;
#ifdef SANITIZED
	skip();
#endif
	assert_int_equal(plan_folders(&c->plan, &c->view, &c->policy), 0);
	folders_print(&c->plan, want, sizeof(want));
	for (long n = 0; n < 1000; n++) {
		long before = live;
		budget = n;
		int r = plan_folders(&plan, &c->view, &c->policy);
		bool spent = budget < 0;
		budget = -1;
		if (r == 0) {
			folders_print(&plan, got, sizeof(got));
			assert_string_equal(got, want);
		} else {
			assert_int_equal(r, -1);
			failures++;
		}
		folders_plan_release(&plan);
		assert_int_equal(live, before);
		if (!spent)
			break;
		assert_true(n < 999);
	}
	assert_true(failures > 20);
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_nomem__says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
