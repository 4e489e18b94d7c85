/* SPDX-License-Identifier: MIT */
/* The brake on mass deletion: its limits, one by one.
 */
#include "daemon/core/plan.h"

#include "tests/support/t.h"

struct row {
	size_t n, total, left;
	int limit;
	bool holds;
};

static const struct row rows[] = {
    {0, 0, 0, 25, false},
    {1, 1, 0, 25, false},
    /* Twenty are always let through. */
    {20, 20, 0, 0, false},
    {20, 1000, 980, 0, false},
    {21, 1000, 979, 0, true},
    {21, 84, 63, 25, false},
    {21, 83, 62, 25, true},
    {25, 100, 75, 25, false},
    {26, 100, 74, 25, true},
    {99, 100, 1, 99, false},
    {99, 100, 1, 98, true},
    {99, 100, 1, 100, false},
    /* Nothing left. */
    {21, 21, 0, 100, true},
    {21, 300, 0, 100, true},
    {20, 300, 0, 100, false},
    /* Off. */
    {100, 100, 0, -1, false},
    {26, 100, 74, -1, false},
    {UINT32_MAX, UINT32_MAX, 1, 99, true},
    {UINT32_MAX / 2, UINT32_MAX, 1, 50, false},
};

static void test_guard__limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		if (guard_holds(r->n, r->total, r->left, r->limit) != r->holds)
			fail_msg("%zu of %zu, %zu left, limit %d: not %d", r->n,
				 r->total, r->left, r->limit, r->holds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guard__limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
