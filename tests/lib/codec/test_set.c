/* SPDX-License-Identifier: MIT */
/* Number sets: tables, a bitmap as the model, the text form, and input that is
 * meant to take time or memory.
 */
#include <imap4/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"
#include "tests/support/vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void assert_valid(const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		assert_true(set->range[i].first != 0);
		assert_true(set->range[i].first <= set->range[i].last);
		assert_true(i == 0 ||
			    set->range[i].first - 1 > set->range[i - 1].last);
	}
	assert_true(set->n <= set->cap);
}

static void assert_text(const struct imap4_set *set, const char *text)
{
	char out[1024];
	size_t from = 0;

	assert_valid(set);
	size_t n = imap4_set_format(set, &from, out, sizeof(out));
	assert_int_equal(from, set->n);
	assert_int_equal(n, strlen(out));
	assert_string_equal(out, text);
}

static int parse(const char *s, struct imap4_set *set)
{
	return imap4_set_parse(s, strlen(s), 1000, set);
}

static void test_set__parses_to_the_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"1", "1"},
	    {"1,2,3,4,5", "1:5"},
	    {"5,4,3,2,1", "1:5"},
	    {"5:1", "1:5"},
	    {"1,3:5,4:9,2", "1:9"},
	    {"9,1,5,3,7", "1,3,5,7,9"},
	    {"1:2,10:12,3:9", "1:12"}, /* the last joins both others */
	    {"*", "4294967295"},
	    {"*:*", "4294967295"},
	    {"*:4294967294", "4294967294:4294967295"},
	    {"1:*,7", "1:4294967295"},
	    {"1:4294967295,1:4294967295", "1:4294967295"},
	};
	struct imap4_set set = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse(rows[i].in, &set), 0);
		assert_text(&set, rows[i].out);
	}
	imap4_set_release(&set);
	assert_int_equal(set.n, 0);
}

static void test_set__refuses(void **state)
{
	static const char *const bad[] = {
	    "",      ",",          "1,",           ",1",
	    "1,,2",  "0",          "0:1",          "1:0",
	    "01",    "1:",         ":1",           ":",
	    "1:2:3", "**",         "1*",           "*1",
	    "-1",    "+1",         " 1",           "1 ",
	    "1: 2",  "a",          "0x1",          "$",
	    "1:2a",  "4294967296", "1:4294967296", "18446744073709551617",
	};
	struct imap4_set set = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse("7", &set), 0);
		if (parse(bad[i], &set) != IMAP4_EINVAL)
			fail_msg("'%s' is accepted", bad[i]);
		assert_int_equal(set.n, 0);
	}
	imap4_set_release(&set);
}

static void test_set__limits_the_ranges_not_the_numbers(void **state)
{
	struct imap4_set set = {0};

	(void)state;
	assert_int_equal(imap4_set_parse("1,3,5", 5, 3, &set), 0);
	assert_int_equal(imap4_set_parse("1,3,5", 5, 2, &set), IMAP4_ELIMIT);
	assert_int_equal(set.n, 0);
	assert_int_equal(imap4_set_parse("1,2,3:900", 9, 1, &set), 0);
	assert_int_equal(imap4_set_count(&set), 900);
	imap4_set_release(&set);
}

static void test_set__counts_without_expanding(void **state)
{
	struct imap4_set set = {0};

	(void)state;
	assert_int_equal(imap4_set_count(&set), 0);
	assert_false(imap4_set_contains(&set, 1));
	assert_int_equal(parse("1:*", &set), 0);
	assert_int_equal(imap4_set_count(&set), UINT32_MAX);
	assert_int_equal(set.n, 1);
	assert_true(imap4_set_contains(&set, 1));
	assert_true(imap4_set_contains(&set, UINT32_MAX));
	assert_false(imap4_set_contains(&set, 0));
	imap4_set_release(&set);
}

static void test_set__add_merges(void **state)
{
	struct imap4_set set = {0};

	(void)state;
	assert_int_equal(imap4_set_add(&set, 0, 1), IMAP4_EINVAL);
	assert_int_equal(imap4_set_add(&set, 1, 0), IMAP4_EINVAL);
	assert_int_equal(imap4_set_add(&set, 20, 10), 0);
	assert_int_equal(imap4_set_add(&set, 30, 40), 0);
	assert_int_equal(imap4_set_add(&set, 1, 2), 0);
	assert_text(&set, "1:2,10:20,30:40");
	assert_int_equal(imap4_set_add(&set, 3, 3), 0);
	assert_int_equal(imap4_set_add(&set, 9, 9), 0);
	assert_text(&set, "1:3,9:20,30:40");
	assert_int_equal(imap4_set_add(&set, 15, 31), 0);
	assert_text(&set, "1:3,9:40");
	assert_int_equal(imap4_set_add(&set, UINT32_MAX, UINT32_MAX), 0);
	assert_int_equal(imap4_set_add(&set, UINT32_MAX - 1, UINT32_MAX), 0);
	assert_text(&set, "1:3,9:40,4294967294:4294967295");
	assert_int_equal(imap4_set_add(&set, UINT32_MAX, 1), 0);
	assert_text(&set, "1:4294967295");
	imap4_set_release(&set);
}

static void test_set__agrees_with_a_bitmap(void **state)
{
	enum { TOP = 200 };
	struct rng r;

	(void)state;
	rng_init(&r, "set");
	for (int round = 0; round < 300; round++) {
		bool bit[TOP + 1] = {false};
		struct imap4_set set = {0};
		uint64_t count = 0;
		for (uint32_t k = rng_below(&r, 60); k > 0; k--) {
			uint32_t a = 1 + rng_below(&r, TOP);
			uint32_t b = a + rng_below(&r, 5);
			if (b > TOP)
				b = TOP;
			for (uint32_t n = a; n <= b; n++)
				bit[n] = true;
			assert_int_equal(imap4_set_add(&set, b, a), 0);
			assert_valid(&set);
		}
		for (uint32_t n = 0; n <= TOP; n++) {
			count += bit[n];
			assert_int_equal(imap4_set_contains(&set, n), bit[n]);
		}
		assert_int_equal(imap4_set_count(&set), count);
		imap4_set_release(&set);
	}
}

/* The text in any order must parse to what adding gives. */
static void test_set__parse_agrees_with_add(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, "set text");
	for (int round = 0; round < 500; round++) {
		struct imap4_set parsed = {0}, added = {0};
		char text[1024];
		size_t len = 0;
		for (uint32_t k = rng_below(&r, 30) + 1; k > 0; k--) {
			uint32_t a = 1 + rng_below(&r, 100);
			uint32_t b = 1 + rng_below(&r, 100);
			if (rng_below(&r, 2) == 0)
				b = a;
			assert_int_equal(imap4_set_add(&added, a, b), 0);
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						a == b ? "%s%u" : "%s%u:%u",
						len ? "," : "", a, b);
		}
		assert_int_equal(imap4_set_parse(text, len, 1000, &parsed), 0);
		assert_valid(&parsed);
		assert_int_equal(parsed.n, added.n);
		assert_memory_equal(parsed.range, added.range,
				    added.n * sizeof(*added.range));
		imap4_set_release(&parsed);
		imap4_set_release(&added);
	}
}

static void test_set__format_cuts_into_parts(void **state)
{
	struct imap4_set set = {0}, all = {0}, part = {0};

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		uint32_t n = 1 + i * i * 17000;
		assert_int_equal(imap4_set_add(&set, n, n + i % 3), 0);
	}
	for (size_t cap = 22; cap < 100; cap++) {
		char out[128];
		all.n = 0;
		for (size_t from = 0; from < set.n;) {
			size_t before = from;
			memset(out, '#', sizeof(out));
			size_t n = imap4_set_format(&set, &from, out, cap);
			assert_true(from > before && n < cap);
			assert_int_equal(out[n], '\0');
			assert_int_equal(out[cap], '#');
			assert_int_equal(imap4_set_parse(out, n, 100, &part),
					 0);
			assert_int_equal(part.n, from - before);
			for (size_t i = 0; i < part.n; i++)
				assert_int_equal(
				    imap4_set_add(&all, part.range[i].first,
						  part.range[i].last),
				    0);
		}
		assert_int_equal(all.n, set.n);
		assert_memory_equal(all.range, set.range,
				    set.n * sizeof(*set.range));
	}
	imap4_set_release(&set);
	imap4_set_release(&all);
	imap4_set_release(&part);
}

static void test_set__format_of_nothing_and_into_nothing(void **state)
{
	struct imap4_set set = {0};
	char out[4] = "###";
	size_t from = 0;

	(void)state;
	assert_int_equal(imap4_set_format(&set, &from, out, sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(imap4_set_add(&set, 1234, 1234), 0);
	assert_int_equal(imap4_set_format(&set, &from, out, sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(from, 0);
	assert_int_equal(imap4_set_format(&set, &from, out, 0), 0);
	imap4_set_release(&set);
}

/* Counting down is what makes a sorted array move; half a million of them took
 * minutes if each were inserted at its place. */
/* Each number is one more range, at the end, in front, or at both. */
static double cost_of_adding(int how, uint32_t n)
{
	struct imap4_set set = {.range = NULL};
	const uint32_t middle = 2 * n + 2;
	clock_t start = clock();

	for (uint32_t i = 0; i < n; i++) {
		uint32_t up = middle + 2 * i, down = middle - 2 * i;
		assert_int_equal(
		    imap4_set_add(&set,
				  how == 0 || (how == 2 && i % 2) ? up : down,
				  how == 0 || (how == 2 && i % 2) ? up : down),
		    0);
	}
	double spent = (double)(clock() - start);
	assert_int_equal(set.n, n);
	assert_int_equal(imap4_set_count(&set), n);
	assert_true(imap4_set_contains(&set, middle));
	imap4_set_release(&set);
	return spent;
}

static void test_set__adds_in_linear_time(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		double one = 0, many = 0;
		for (int i = 0; i < 3; i++) {
			double a = cost_of_adding(how, 20000);
			double b = cost_of_adding(how, 320000);
			one = i == 0 || a < one ? a : one;
			many = i == 0 || b < many ? b : many;
		}
		/* Quadratic work takes 256 times as long. */
		if (many > 64 * (one + 200))
			fail_msg("%d: %.0f and %.0f us", how, one, many);
	}
}

static void test_set__takes_a_long_descending_list(void **state)
{
	enum { N = 300000 };
	struct imap4_set set = {0};
	char *text = malloc(N * 8 + 1);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (uint32_t n = 2 * N; n >= 2; n -= 2)
		len +=
		    (size_t)snprintf(text + len, 9, "%s%u", len ? "," : "", n);
	assert_int_equal(imap4_set_parse(text, len, N, &set), 0);
	assert_int_equal(set.n, N);
	assert_valid(&set);
	free(text);
	imap4_set_release(&set);
}

static void check_canonical(const struct imap4_set *set, const char *text)
{
	char wanted[1024];
	const char *star = strchr(text, '*');

	/* Theirs keeps "*", ours is the number that it stands for. */
	if (star)
		(void)snprintf(wanted, sizeof(wanted), "%.*s4294967295%s",
			       (int)(star - text), text, star + 1);
	else
		(void)snprintf(wanted, sizeof(wanted), "%s", text);
	assert_text(set, wanted);
}

static void check_numbers(const struct imap4_set *set, json_t *numbers)
{
	assert_int_equal(imap4_set_count(set), json_array_size(numbers));
	for (size_t i = 0; i < json_array_size(numbers); i++) {
		json_int_t n = json_integer_value(json_array_get(numbers, i));
		assert_true(imap4_set_contains(set, (uint32_t)n));
	}
}

/* Cases that other projects read differently, and why we do not. */
static const struct {
	const char *id, *reason;
} exceptions[] = {
    {"dovecot-bf11ecf9d6", "4294967295 is shown as 4294967294 inside dovecot"},
    {"dovecot-c42f528d60", "'*' refused by a parser mode that we lack"},
    {"go-imap-c47162fe39", "'1,2' refused by a parser of a single range"},
    {"angus-f6e1d85088", "cut by an option of that library"},
};

static void check_vector(const struct vector *v, void *ctx)
{
	struct imap4_set set = {0};
	json_t *e = v->expected;
	const char *result = vectors_text(e, "result");
	json_t *range = json_object_get(e, "range");
	json_t *numbers = json_object_get(e, "expanded");

	(void)ctx;
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (strcmp(v->id, exceptions[i].id) == 0)
			return;
	}
	if (!numbers)
		numbers = json_object_get(e, "from_ids");
	int rc = imap4_set_parse((const char *)v->raw, v->len, 1000, &set);
	bool ok = result && strcmp(result, "ok") == 0;
	if (rc != (ok ? IMAP4_OK : IMAP4_EINVAL))
		fail_msg("%s gives %d", v->id, rc);
	if (ok && vectors_text(e, "normalized"))
		check_canonical(&set, vectors_text(e, "normalized"));
	else if (ok && numbers)
		check_numbers(&set, numbers);
	if (ok && vectors_text(e, "direction"))
		assert_text(&set, (const char *)v->raw);
	if (ok && range) {
		uint32_t end[2];
		for (size_t i = 0; i < 2; i++) {
			end[i] = (uint32_t)json_integer_value(
			    json_array_get(range, i));
			if (end[i] == 0)
				end[i] = UINT32_MAX;
		}
		assert_int_equal(set.n, 1);
		assert_int_equal(set.range[0].first, end[0]);
		assert_int_equal(set.range[0].last, end[1]);
	}
	imap4_set_release(&set);
}

static void test_set__vectors(void **state)
{
	(void)state;
	if (vectors_each("seqset", check_vector, NULL) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set__parses_to_the_one_form),
	    cmocka_unit_test(test_set__refuses),
	    cmocka_unit_test(test_set__limits_the_ranges_not_the_numbers),
	    cmocka_unit_test(test_set__counts_without_expanding),
	    cmocka_unit_test(test_set__add_merges),
	    cmocka_unit_test(test_set__agrees_with_a_bitmap),
	    cmocka_unit_test(test_set__parse_agrees_with_add),
	    cmocka_unit_test(test_set__format_cuts_into_parts),
	    cmocka_unit_test(test_set__format_of_nothing_and_into_nothing),
	    cmocka_unit_test(test_set__adds_in_linear_time),
	    cmocka_unit_test(test_set__takes_a_long_descending_list),
	    cmocka_unit_test(test_set__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
