/* SPDX-License-Identifier: MIT */
/* Pairing of files and messages by size and header. */
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

static struct pair_here here_row(uint64_t key, uint64_t size, int header)
{
	struct pair_here h = {.key = key, .size = size};

	memset(h.header, header, sizeof(h.header));
	return h;
}

static struct pair_there there_row(uint32_t uid, uint64_t size, int header)
{
	struct pair_there t = {.uid = uid, .size = size, .known = true};

	memset(t.header, header, sizeof(t.header));
	return t;
}

static uint32_t uid_of(const struct pair_here *here, size_t n, uint64_t key)
{
	for (size_t i = 0; i < n; i++) {
		if (here[i].key == key)
			return here[i].uid;
	}
	fail();
	return 0;
}

static void test_pair__asks_only_for_headers_whose_size_fits(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 0), here_row(2, 70, 0)};
	struct pair_there there[] = {
	    there_row(5, 100, 0), there_row(6, 99, 0), there_row(7, 72, 0),
	    there_row(8, 1, 0),   there_row(9, 0, 0),
	};
	const bool want[] = {true, false, true, false, false};

	(void)state;
	pair_by_size(here, 2, there, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(there[i].wanted, want[i]);
}

static void test_pair__needs_size_and_header(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1), here_row(2, 100, 2),
				   here_row(3, 50, 3)};
	struct pair_there there[] = {there_row(5, 100, 2), there_row(6, 50, 9),
				     there_row(7, 51, 3)};

	(void)state;
	pair_by_size(here, 3, there, 3);
	assert_int_equal(pair_by_header(here, 3, there, 3), 1);
	assert_int_equal(uid_of(here, 3, 1), 0);
	assert_int_equal(uid_of(here, 3, 2), 5);
	assert_int_equal(uid_of(here, 3, 3), 0);
}

/* Courier ends a message with CRLF where it had none. */
static void test_pair__prefers_the_exact_size_to_a_grown_one(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1), here_row(2, 98, 1)};
	struct pair_there there[] = {there_row(5, 100, 1),
				     there_row(6, 102, 1)};

	(void)state;
	pair_by_size(here, 2, there, 2);
	assert_int_equal(pair_by_header(here, 2, there, 2), 1);
	assert_int_equal(uid_of(here, 2, 1), 5);
	assert_int_equal(uid_of(here, 2, 2), 0);

	struct pair_here one[] = {here_row(1, 100, 1)};
	struct pair_there grown[] = {there_row(6, 102, 1)};
	pair_by_size(one, 1, grown, 1);
	assert_int_equal(pair_by_header(one, 1, grown, 1), 1);
	assert_int_equal(one[0].uid, 6);
}

static void test_pair__a_message_without_header_is_not_paired(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 0)};
	struct pair_there there[] = {there_row(5, 100, 0)};

	(void)state;
	there[0].known = false;
	pair_by_size(here, 1, there, 1);
	assert_int_equal(pair_by_header(here, 1, there, 1), 0);
}

/* Against the obvious quadratic rule, with many equal messages. */
static void test_pair__random(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, "test_pair");
	for (int round = 0; round < 2000; round++) {
		struct pair_here here[12];
		struct pair_there there[12];
		size_t nh = rng_below(&r, 12), nt = rng_below(&r, 12);
		int count[4][3] = {{0}}, most = 0;
		for (size_t i = 0; i < nh; i++) {
			int size = (int)rng_below(&r, 3) * 10;
			int header = (int)rng_below(&r, 3);
			here[i] = here_row(i + 1, (uint64_t)size + 100, header);
			count[size / 10][header]++;
		}
		for (size_t i = 0; i < nt; i++) {
			int size = (int)rng_below(&r, 3) * 10;
			int header = (int)rng_below(&r, 3);
			there[i] = there_row((uint32_t)i + 1,
					     (uint64_t)size + 100, header);
			if (count[size / 10][header] > 0) {
				count[size / 10][header]--;
				most++;
			}
		}
		pair_by_size(here, nh, there, nt);
		assert_int_equal(pair_by_header(here, nh, there, nt), most);
		uint32_t seen = 0;
		for (size_t i = 0; i < nh; i++) {
			uint32_t bit = UINT32_C(1) << here[i].uid;
			assert_true(here[i].uid == 0 || !(seen & bit));
			seen |= here[i].uid ? bit : 0;
		}
	}
}

/* Views: rows 1 and 2 are known; file 30 says that it is message 3. */
static void test_pair__views(void **state)
{
	struct base_row b[] = {{.uid = 1, .key = 10}, {.uid = 2, .key = 20}};
	struct remote_row r[] = {{.uid = 2}, {.uid = 3}, {.uid = 4, .size = 7}};
	struct local_row l[] = {{.key = 20},
				{.key = 30, .hint = 3},
				{.key = 40},
				{.key = 50, .hint = 9}};
	struct base_view base = {.row = b, .n = 2};
	struct remote_view remote = {.row = r, .n = 3, .complete = true};
	struct local_view local = {.row = l, .n = 4};
	size_t nh, nt;

	(void)state;
	struct pair_here *here = pair_strangers(&base, &remote, &local, &nh);
	assert_int_equal(nh, 2);
	assert_int_equal(here[0].key, 40);
	assert_int_equal(here[1].key, 50);
	struct pair_there *there = pair_news(&base, &remote, &local, &nt);
	assert_int_equal(nt, 1);
	assert_int_equal(there[0].uid, 4);
	assert_int_equal(there[0].size, 7);
	here[1].uid = 4;
	pair_apply(here, nh, &local);
	assert_int_equal(l[2].hint, 0);
	assert_int_equal(l[3].hint, 4);
	assert_int_equal(l[1].hint, 3);
	free(here);
	free(there);
}

/* What was sent is what came, more likely than a file that is alike. */
static void test_pair__prefers_what_was_sent(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1), here_row(2, 100, 1),
				   here_row(3, 100, 1), here_row(4, 100, 1)};
	struct pair_there there[] = {there_row(5, 100, 1), there_row(6, 100, 1),
				     there_row(7, 100, 1)};

	(void)state;
	here[1].sent = PAIR_PROMISED;
	here[2].sent = PAIR_STORED;
	here[0].from = 9; /* of another folder: last */
	here[0].from_uid = 90;
	pair_by_size(here, 4, there, 3);
	assert_int_equal(pair_by_header(here, 4, there, 3), 3);
	assert_int_equal(uid_of(here, 4, 3), 5);
	assert_int_equal(uid_of(here, 4, 2), 6);
	assert_int_equal(uid_of(here, 4, 4), 7);
	assert_int_equal(uid_of(here, 4, 1), 0);
}

static void test_pair__moves_are_what_came_from_elsewhere(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1), here_row(2, 100, 2),
				   here_row(3, 100, 3), here_row(4, 100, 4)};
	struct pair_there there[] = {there_row(8, 100, 2), there_row(7, 100, 3),
				     there_row(6, 100, 1)};
	struct local_row l[] = {{.key = 1}, {.key = 2}, {.key = 3}};
	struct local_view local = {.row = l, .n = 3};
	size_t n;

	(void)state;
	for (size_t i = 1; i < 4; i++) {
		here[i].from = 9;
		here[i].from_uid = (uint32_t)here[i].key * 10;
	}
	pair_by_size(here, 4, there, 3);
	assert_int_equal(pair_by_header(here, 4, there, 3), 3);
	struct move_here *m = pair_moves(here, 4, &n);
	assert_int_equal(n, 2);
	assert_true(m[0].uid == 7 && m[0].from == 9 && m[0].from_uid == 30);
	assert_true(m[1].uid == 8 && m[1].from == 9 && m[1].from_uid == 20);
	free(m);
	/* Their names are those of another folder. */
	pair_apply(here, 4, &local);
	assert_true(l[0].hint == 6 && l[1].hint == 0 && l[2].hint == 0);
}

static void test_pair__an_emailid_saves_the_header(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1), here_row(2, 50, 2),
				   here_row(3, 70, 3)};
	struct pair_there there[] = {{.uid = 5, .size = 102, .emailid = 11},
				     {.uid = 6, .size = 51, .emailid = 12},
				     {.uid = 7, .size = 70, .emailid = 99},
				     {.uid = 8, .size = 70}};

	(void)state;
	here[0].emailid = 11;
	here[1].emailid = 12;
	pair_by_emailid(here, 3, there, 4);
	pair_by_size(here, 3, there, 4);
	/* Another size is another message, whatever its id. */
	assert_true(there[0].known && there[0].wanted);
	assert_false(there[1].known || there[1].wanted);
	assert_true(!there[2].known && there[2].wanted);
	assert_true(!there[3].known && there[3].wanted);
	assert_int_equal(pair_by_header(here, 3, there, 4), 1);
	assert_int_equal(uid_of(here, 3, 1), 5);
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
	struct pair_here *here = pair_strangers(&base, &remote, &local, &nh);
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
	    cmocka_unit_test(test_pair__asks_only_for_headers_whose_size_fits),
	    cmocka_unit_test(test_pair__needs_size_and_header),
	    cmocka_unit_test(test_pair__prefers_the_exact_size_to_a_grown_one),
	    cmocka_unit_test(test_pair__a_message_without_header_is_not_paired),
	    cmocka_unit_test(test_pair__random),
	    cmocka_unit_test(test_pair__views),
	    cmocka_unit_test(test_pair__prefers_what_was_sent),
	    cmocka_unit_test(test_pair__moves_are_what_came_from_elsewhere),
	    cmocka_unit_test(test_pair__an_emailid_saves_the_header),
	    cmocka_unit_test(test_pair__keys_are_of_files_that_rows_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
