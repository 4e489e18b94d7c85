/* SPDX-License-Identifier: MIT */
/* Which file is which message: by header, size, sample and body; what is asked
 * for it, and what not.
 */
#include "daemon/core/content/canon.h"
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

/* A message: .header and .body say what it is. The first of a body's two digits
 * is that of its sample. */
struct text {
	int header, body;
};

static void digest(unsigned char *out, int a, int b)
{
	memset(out, 0, PAIR_DIGEST);
	out[0] = (unsigned char)a;
	out[1] = (unsigned char)b;
}

static struct pair_here here_row(uint64_t key, uint64_t size, int header,
				 int body)
{
	struct pair_here h = {.key = key, .size = size, .known = true};

	digest(h.header, header, 0);
	digest(h.sample, body / 10, 1);
	digest(h.message, header, body);
	return h;
}

static struct pair_there there_row(uint32_t uid, uint64_t size)
{
	return (struct pair_there){.uid = uid, .size = size};
}

/* What the server was asked for, all in all. */
struct asked {
	size_t headers, samples, bodies, rounds;
};

#define UIDS 256
static struct text server[UIDS]; /* by UID */

static void answer(struct pair_there *t, struct asked *asked)
{
	struct text text = server[t->uid];

	switch (t->want) {
	case PAIR_HEADER:
		asked->headers++;
		digest(t->header, text.header, 0);
		break;
	case PAIR_SAMPLE:
		asked->samples++;
		digest(t->body, text.body / 10, 1);
		break;
	case PAIR_MESSAGE:
		asked->bodies++;
		digest(t->body, text.header, text.body);
		break;
	default:
		return;
	}
	t->have |= t->want;
}

static struct asked ask_all(struct pair_here *here, size_t nhere,
			    struct pair_there *there, size_t nthere,
			    const struct pair_policy *policy)
{
	struct asked asked = {0};
	size_t n;

	while ((n = pair_want(here, nhere, there, nthere, policy)) > 0) {
		size_t wanted = 0;
		for (size_t i = 0; i < nthere; i++) {
			wanted += there[i].want != 0;
			answer(&there[i], &asked);
		}
		assert_int_equal(wanted, n);
		assert_true(++asked.rounds < 20);
	}
	return asked;
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

static void expect(struct asked a, size_t headers, size_t samples,
		   size_t bodies)
{
	assert_int_equal(a.headers, headers);
	assert_int_equal(a.samples, samples);
	assert_int_equal(a.bodies, bodies);
}

static const struct pair_policy fresh;

static void test_pair_match__one_of_each_needs_a_sample(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1, 11),
				   here_row(2, 100, 2, 21)};
	struct pair_there there[] = {there_row(5, 100), there_row(6, 102),
				     there_row(7, 100)};
	uint32_t unlike;

	(void)state;
	server[5] = (struct text){2, 21};
	server[6] = (struct text){1, 11}; /* Courier */
	server[7] = (struct text){3, 11};
	expect(ask_all(here, 2, there, 3, &fresh), 3, 2, 0);
	assert_int_equal(pair_up(here, 2, there, 3, &fresh, &unlike), 2);
	assert_int_equal(uid_of(here, 2, 1), 6);
	assert_int_equal(uid_of(here, 2, 2), 5);
	assert_int_equal(unlike, 0);
}

/* "pay 100" there, "pay 999" here. */
static void test_pair_match__another_sample_is_another_message(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1, 11)};
	struct pair_there there[] = {there_row(5, 100)};
	uint32_t unlike;

	(void)state;
	server[5] = (struct text){1, 21};
	/* The body has the last word. */
	expect(ask_all(here, 1, there, 1, &fresh), 1, 1, 1);
	assert_int_equal(pair_up(here, 1, there, 1, &fresh, &unlike), 0);
	assert_int_equal(here[0].uid, 0);
}

/* A server may cut a body elsewhere than we do. */
static void test_pair_match__a_sample_that_is_wrong_costs_a_body(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1, 11)};
	struct pair_there there[] = {there_row(5, 100)};
	uint32_t unlike;

	(void)state;
	server[5] = (struct text){1, 11};
	digest(here[0].sample, 77, 1);
	expect(ask_all(here, 1, there, 1, &fresh), 1, 1, 1);
	assert_int_equal(pair_up(here, 1, there, 1, &fresh, &unlike), 1);
	assert_int_equal(here[0].uid, 5);
}

static void test_pair_match__other_sizes_need_the_body(void **state)
{
	static const uint64_t sizes[] = {0, 50, 98, 99, 101, 103, 300};
	uint32_t unlike;

	(void)state;
	server[5] = (struct text){1, 11};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pair_here here[] = {here_row(1, 100, 1, 11)};
		struct pair_there there[] = {there_row(5, sizes[i])};
		expect(ask_all(here, 1, there, 1, &fresh), 1, 0, 1);
		assert_int_equal(pair_up(here, 1, there, 1, &fresh, &unlike),
				 1);
		assert_int_equal(here[0].uid, 5);
		assert_int_equal(unlike, 1);
	}
}

/* Of several with one header the bodies tell, whatever their sizes. */
static void test_pair_match__of_one_header(void **state)
{
	struct pair_here here[] = {
	    here_row(1, 100, 1, 11), here_row(2, 100, 1, 12),
	    here_row(3, 100, 1, 11), here_row(4, 100, 1, 13)};
	struct pair_there there[] = {there_row(5, 100), there_row(6, 300),
				     there_row(7, 100)};
	uint32_t unlike;

	(void)state;
	server[5] = (struct text){1, 12};
	server[6] = (struct text){1, 11};
	server[7] = (struct text){1, 14};
	expect(ask_all(here, 4, there, 3, &fresh), 3, 0, 3);
	assert_int_equal(pair_up(here, 4, there, 3, &fresh, &unlike), 2);
	assert_int_equal(uid_of(here, 4, 1), 6);
	assert_int_equal(uid_of(here, 4, 2), 5);
	assert_int_equal(uid_of(here, 4, 3), 0);
	assert_int_equal(uid_of(here, 4, 4), 0);
	assert_int_equal(unlike, 1);
}

/* What was sent is what came, more likely than a file that is alike; one of
 * this folder more likely than one of another. */
static void test_pair_match__prefers_what_was_sent(void **state)
{
	struct pair_here here[] = {
	    here_row(1, 100, 1, 11), here_row(2, 100, 1, 11),
	    here_row(3, 100, 1, 11), here_row(4, 100, 1, 11)};
	struct pair_there there[] = {there_row(5, 100), there_row(6, 100),
				     there_row(7, 100)};
	uint32_t unlike;

	(void)state;
	here[0].from = 9;
	here[0].from_uid = 90;
	here[1].sent = PAIR_PROMISED;
	here[2].sent = PAIR_STORED;
	for (uint32_t uid = 5; uid < 8; uid++)
		server[uid] = (struct text){1, 11};
	(void)ask_all(here, 4, there, 3, &fresh);
	assert_int_equal(pair_up(here, 4, there, 3, &fresh, &unlike), 3);
	assert_int_equal(uid_of(here, 4, 3), 5);
	assert_int_equal(uid_of(here, 4, 2), 6);
	assert_int_equal(uid_of(here, 4, 4), 7);
	assert_int_equal(uid_of(here, 4, 1), 0);
}

/* A file that could not be read is none; nothing is asked for it. */
static void test_pair_match__what_was_not_read_pairs_with_nothing(void **state)
{
	struct pair_here here[] = {{.key = 1}, {.key = 2, .emailid = 7}};
	struct pair_there there[] = {{.uid = 5, .size = 100, .emailid = 7}};
	uint32_t unlike;

	(void)state;
	pair_by_emailid(here, 2, there, 1);
	expect(ask_all(here, 2, there, 1, &fresh), 0, 0, 0);
	assert_int_equal(pair_up(here, 2, there, 1, &fresh, &unlike), 0);
	/* Nor is what the server does not send. */
	here[0] = here_row(1, 100, 0, 0);
	while (pair_want(here, 2, there, 1, &fresh) > 0)
		continue;
	assert_int_equal(pair_up(here, 2, there, 1, &fresh, &unlike), 0);
	there[0].have = PAIR_HEADER;
	while (pair_want(here, 2, there, 1, &fresh) > 0)
		continue;
	assert_int_equal(there[0].asked,
			 PAIR_HEADER | PAIR_SAMPLE | PAIR_MESSAGE);
	assert_int_equal(pair_up(here, 2, there, 1, &fresh, &unlike), 0);
}

static void test_pair_match__an_emailid_saves_it_all(void **state)
{
	struct pair_here here[] = {here_row(1, 100, 1, 11),
				   here_row(2, 50, 2, 21),
				   here_row(3, 70, 3, 31)};
	struct pair_there there[] = {{.uid = 5, .size = 102, .emailid = 11},
				     {.uid = 6, .size = 51, .emailid = 12},
				     {.uid = 7, .size = 70, .emailid = 99}};
	uint32_t unlike;

	(void)state;
	here[0].emailid = 11;
	here[1].emailid = 12;
	server[6] = (struct text){2, 22};
	server[7] = (struct text){4, 31};
	pair_by_emailid(here, 3, there, 3);
	/* Of another size, it is compared like any other. */
	expect(ask_all(here, 3, there, 3, &fresh), 2, 0, 1);
	assert_int_equal(pair_up(here, 3, there, 3, &fresh, &unlike), 1);
	assert_int_equal(uid_of(here, 3, 1), 5);
}

#define MANY 100

static struct pair_here many_here[MANY];
static struct pair_there many_there[MANY];

/* A server whose sizes are three times what they should be, or half. */
static void set_many(bool same)
{
	for (uint32_t i = 0; i < MANY; i++) {
		int body = same ? 11 : 99;
		many_here[i] = here_row(i + 1, 100 + i, (int)i + 1, 11);
		many_there[i] = there_row(i + 1, (100 + i) * (i % 2 ? 3 : 1) /
						     (i % 2 ? 1 : 2));
		server[i + 1] = (struct text){(int)i + 1, body};
	}
}

static void test_pair_match__sizes_that_lie(void **state)
{
	struct pair_policy known = {.unlike = PAIR_LIES};
	struct pair_policy almost = {.unlike = PAIR_LIES - 1};
	uint32_t unlike;

	(void)state;
	set_many(true);
	expect(ask_all(many_here, MANY, many_there, MANY, &fresh), MANY,
	       MANY - PAIR_LIES, PAIR_LIES);
	assert_int_equal(
	    pair_up(many_here, MANY, many_there, MANY, &fresh, &unlike), MANY);
	assert_int_equal(unlike, PAIR_LIES);

	/* Once that is known, a sample is enough. */
	set_many(true);
	expect(ask_all(many_here, MANY, many_there, MANY, &known), MANY, MANY,
	       0);
	assert_int_equal(
	    pair_up(many_here, MANY, many_there, MANY, &known, &unlike), MANY);
	assert_int_equal(unlike, 0);
	/* One before that, it is not. */
	set_many(true);
	struct asked a = ask_all(many_here, 1, many_there, 1, &almost);
	expect(a, 1, 0, 1);
}

/* Other bodies under the same headers: none is paired, in few rounds. */
static void test_pair_match__sizes_that_are_right(void **state)
{
	uint32_t unlike;

	(void)state;
	set_many(false);
	struct asked a = ask_all(many_here, MANY, many_there, MANY, &fresh);
	expect(a, MANY, 0, MANY);
	assert_true(a.rounds <= 5);
	assert_int_equal(
	    pair_up(many_here, MANY, many_there, MANY, &fresh, &unlike), 0);
	assert_int_equal(unlike, 0);
}

/* Messages that are not fetched are there in every sync: one file that comes is
 * no reason to ask for the headers of all of them. */
static void test_pair_match__outside(void **state)
{
	struct pair_policy sent = {.sent_from = 91};
	struct pair_there there[MANY];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		there[i] = there_row(i + 1, UINT64_C(100000) * i);
		there[i].outside = true;
		server[i + 1] = (struct text){9, 91};
	}
	struct pair_here here[] = {here_row(1, 700000, 1, 11),
				   here_row(2, 1, 2, 21)};
	struct pair_there again[MANY];
	memcpy(again, there, sizeof(there));
	/* Of the size of a file, or so. */
	there[8].size = 700000 + CANON_SLACK;
	there[9].size = 700001 + CANON_SLACK;
	expect(ask_all(here, 1, there, MANY, &fresh), 2, 0, 0);
	assert_true(there[7].have == PAIR_HEADER &&
		    there[8].have == PAIR_HEADER);
	/* Or what was sent and not answered. */
	memcpy(there, again, sizeof(there));
	expect(ask_all(here, 1, there, MANY, &sent), 11, 0, 0);
	/* Where files are not few, all are compared. */
	memcpy(there, again, sizeof(there));
	expect(ask_all(here, 2, there, MANY, &fresh), MANY, 0, 0);
}

/* Against the obvious rule: as many pairs as there are equal messages, each
 * with its own. */
static void test_pair_match__random(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, "test_pair_match");
	for (int round = 0; round < 5000; round++) {
		struct pair_here here[12];
		struct pair_there there[12];
		struct text text[13];
		size_t nh = rng_below(&r, 12), nt = rng_below(&r, 12);
		int count[3][30] = {{0}};
		size_t most = 0;
		uint32_t unlike;
		for (size_t i = 0; i < nh; i++) {
			int header = (int)rng_below(&r, 3);
			int body = 10 * (1 + (int)rng_below(&r, 2));
			text[i + 1] = (struct text){header, body};
			here[i] = here_row(i + 1, 100 + rng_below(&r, 2) * 50,
					   header, body);
			count[header][body]++;
		}
		for (size_t i = 0; i < nt; i++) {
			uint32_t uid = (uint32_t)i + 1;
			struct text *t = &server[uid];
			t->header = (int)rng_below(&r, 3);
			t->body = 10 * (1 + (int)rng_below(&r, 2));
			there[i] = there_row(uid, 100 + rng_below(&r, 2) * 50);
			most += count[t->header][t->body] > 0;
			count[t->header][t->body]--;
		}
		(void)ask_all(here, nh, there, nt, &fresh);
		assert_int_equal(pair_up(here, nh, there, nt, &fresh, &unlike),
				 most);
		uint32_t seen = 0;
		for (size_t i = 0; i < nh; i++) {
			const struct text *mine = &text[here[i].key];
			const struct text *its = &server[here[i].uid];
			uint32_t bit = UINT32_C(1) << here[i].uid;
			if (here[i].uid == 0)
				continue;
			assert_false(seen & bit);
			seen |= bit;
			assert_int_equal(mine->header, its->header);
			assert_int_equal(mine->body, its->body);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair_match__one_of_each_needs_a_sample),
	    cmocka_unit_test(
		test_pair_match__another_sample_is_another_message),
	    cmocka_unit_test(
		test_pair_match__a_sample_that_is_wrong_costs_a_body),
	    cmocka_unit_test(test_pair_match__other_sizes_need_the_body),
	    cmocka_unit_test(test_pair_match__of_one_header),
	    cmocka_unit_test(test_pair_match__prefers_what_was_sent),
	    cmocka_unit_test(
		test_pair_match__what_was_not_read_pairs_with_nothing),
	    cmocka_unit_test(test_pair_match__an_emailid_saves_it_all),
	    cmocka_unit_test(test_pair_match__sizes_that_lie),
	    cmocka_unit_test(test_pair_match__sizes_that_are_right),
	    cmocka_unit_test(test_pair_match__outside),
	    cmocka_unit_test(test_pair_match__random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
