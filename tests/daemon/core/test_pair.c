/* SPDX-License-Identifier: MIT */
/* Which files and messages are to be paired, and what becomes of the pairs. */
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

/* Views: rows 1 and 2 are known; file 30 says that it is message 3. */
static void test_pair__views(void **state)
{
	struct base_row b[] = {{.uid = 1, .key = 10}, {.uid = 2, .key = 20}};
	struct remote_row r[] = {
	    {.uid = 2}, {.uid = 3}, {.uid = 4, .size = 7, .skip = true}};
	struct local_row l[] = {{.key = 20},
				{.key = 30, .hint = 3},
				{.key = 40},
				{.key = 50, .hint = 9}};
	struct base_view base = {.row = b, .n = 2};
	struct remote_view remote = {.row = r, .n = 3, .complete = true};
	struct local_view local = {.row = l, .n = 4};
	size_t nh, nt;

	(void)state;
	struct pair_here *here = pair_unmatched(&base, &remote, &local, &nh);
	assert_int_equal(nh, 2);
	assert_int_equal(here[0].key, 40);
	assert_int_equal(here[1].key, 50);
	struct pair_there *there =
	    pair_new_messages(&base, &remote, &local, &nt);
	assert_int_equal(nt, 1);
	assert_int_equal(there[0].uid, 4);
	assert_int_equal(there[0].size, 7);
	assert_true(there[0].outside);
	here[1].uid = 4;
	pair_apply(here, nh, &local);
	assert_int_equal(l[2].hint, 0);
	assert_int_equal(l[3].hint, 4);
	assert_int_equal(l[1].hint, 3);
	free(here);
	free(there);
}

static void test_pair__moves_are_what_came_from_elsewhere(void **state)
{
	struct pair_here here[] = {
	    {.key = 1, .uid = 6},
	    {.key = 2, .uid = 8, .from = 9, .from_uid = 20},
	    {.key = 3, .uid = 7, .from = 9, .from_uid = 30},
	    {.key = 4, .from = 9, .from_uid = 40}};
	struct local_row l[] = {{.key = 1}, {.key = 2}, {.key = 3}};
	struct local_view local = {.row = l, .n = 3};
	size_t n;

	(void)state;
	struct move_here *m = pair_moves(here, 4, &n);
	assert_int_equal(n, 2);
	assert_true(m[0].uid == 7 && m[0].from == 9 && m[0].from_uid == 30);
	assert_true(m[1].uid == 8 && m[1].from == 9 && m[1].from_uid == 20);
	free(m);
	/* Their names are those of another folder. */
	pair_apply(here, 4, &local);
	assert_true(l[0].hint == 6 && l[1].hint == 0 && l[2].hint == 0);
}

/* A name belongs to a row only where its file does. */
static void test_pair__keys_are_of_files_that_rows_have(void **state)
{
	struct base_row b[FATES];
	struct local_row l[FATES + 1];
	struct base_view base = {.row = b, .n = FATES};
	struct local_view local = {.row = l, .n = FATES + 1};
	struct remote_view remote = {.complete = true};
	size_t n, nh;

	(void)state;
	for (uint32_t i = 0; i < FATES; i++) {
		b[i] = (struct base_row){
		    .uid = i + 1, .key = 100 - i, .fate = (uint8_t)i};
		l[i] = (struct local_row){.key = 100 - FATES + 1 + i};
	}
	/* Its message is about to follow. */
	l[FATES] = (struct local_row){.key = 200, .wait = WAIT_MOVE};
	uint64_t *keys = pair_keys(&base, &n);
	struct pair_here *here = pair_unmatched(&base, &remote, &local, &nh);
	assert_int_equal(n, 4);
	assert_int_equal(nh, FATES - 4);
	for (uint32_t i = 0; i < FATES; i++) {
		bool own = fate_is_here((enum fate)i);
		bool stranger = false;
		for (size_t k = 0; k < nh; k++)
			stranger |= here[k].key == b[i].key;
		assert_int_equal(pair_has_key(keys, n, b[i].key), own);
		assert_int_equal(stranger, !own);
	}
	assert_false(pair_has_key(keys, 0, b[0].key));
	free(keys);
	free(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair__views),
	    cmocka_unit_test(test_pair__moves_are_what_came_from_elsewhere),
	    cmocka_unit_test(test_pair__keys_are_of_files_that_rows_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
