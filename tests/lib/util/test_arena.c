/* SPDX-License-Identifier: MIT */
/* The arena: what it gives stays in place, is aligned and zeroed, and the
 * maximum holds. */
#include "lib/util/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/t.h"

static void test_arena__gives_zeroed_memory_that_stays(void **state)
{
	struct arena a;
	char *p[200];

	(void)state;
	arena_init(&a, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 200; i++) {
			p[i] = arena_alloc(&a, i + 1);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] % alignof(max_align_t),
					 0);
			for (size_t k = 0; k <= i; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], (int)i, i + 1);
		}
		for (size_t i = 0; i < 200; i++)
			assert_int_equal((unsigned char)p[i][i], i);
		arena_reset(&a);
	}
	arena_release(&a);
	assert_int_equal(a.total, 0);
}

static void test_arena__keeps_little(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_non_null(arena_alloc(&a, 1000));
	size_t first = a.total;
	assert_non_null(arena_alloc(&a, 100000));
	arena_reset(&a);
	assert_int_equal(a.total, first);
	arena_release(&a);
	/* One that is large from the beginning is not kept. */
	assert_non_null(arena_alloc(&a, 100000));
	arena_reset(&a);
	assert_int_equal(a.total, 0);
	arena_release(&a);
}

static void test_arena__maximum_holds(void **state)
{
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a, 10000);
	while (arena_alloc(&a, 100))
		n++;
	assert_true(a.full);
	assert_true(a.total <= 10000);
	assert_true(n >= 80);
	arena_reset(&a);
	assert_false(a.full);
	assert_non_null(arena_alloc(&a, 1));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_true(a.full);
	arena_release(&a);
	arena_init(&a, 0);
	assert_null(arena_alloc(&a, 1));
	assert_true(a.full);
	arena_release(&a);
}

static void test_arena__arrays_grow(void **state)
{
	struct arena a;
	uint32_t *v = NULL;

	(void)state;
	arena_init(&a, 1 << 20);
	for (uint32_t i = 0; i < 20000; i++) {
		v = arena_grow(&a, v, i, sizeof(*v));
		assert_non_null(v);
		v[i] = i;
		/* Something in between: it cannot grow in place. */
		if (i == 100)
			assert_non_null(arena_alloc(&a, 1));
	}
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(v[i], i);
	arena_release(&a);
}

static void test_arena__arrays_are_bounded(void **state)
{
	struct arena a;
	uint64_t *v = NULL, *more;
	size_t n = 0;

	(void)state;
	arena_init(&a, 10000);
	while ((more = arena_grow(&a, v, n, sizeof(*v)))) {
		v = more;
		v[n] = n;
		n++;
	}
	assert_true(a.full);
	assert_int_equal(v[n - 1], n - 1);
	assert_null(arena_grow(&a, v, SIZE_MAX / 8 + 1, sizeof(*v)));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena__gives_zeroed_memory_that_stays),
	    cmocka_unit_test(test_arena__keeps_little),
	    cmocka_unit_test(test_arena__maximum_holds),
	    cmocka_unit_test(test_arena__arrays_grow),
	    cmocka_unit_test(test_arena__arrays_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
