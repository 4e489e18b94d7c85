/* SPDX-License-Identifier: MIT */
/* Which row has which file: by print, by content, by preference; whatever the
 * order in which they come, and however many are alike.
 */
#include "daemon/core/moves.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/content/canon.h"
#include "tests/support/rng.h"
#include "tests/support/t.h"

#define MANY   100000
#define MOST   12
#define ROUNDS 20000

static struct move_file row(int64_t folder, uint32_t uid, uint64_t key,
			    uint64_t print, unsigned char content)
{
	struct move_file m = {.folder = folder,
			      .uid = uid,
			      .key = key,
			      .print = print,
			      .size = UINT64_C(10000) * (1U + content / 4),
			      .have_digest = content != 0};

	m.digest[MOVES_DIGEST - 1] = content;
	return m;
}

static struct move_file file(int64_t folder, uint64_t key, uint64_t print,
			     unsigned char content)
{
	return row(folder, 0, key, print, content);
}

static const struct move_file *of(const struct move_file *gone, size_t n,
				  uint32_t uid)
{
	for (size_t i = 0; i < n; i++) {
		if (gone[i].uid == uid)
			return &gone[i];
	}
	fail();
	return NULL;
}

static void expect(const struct move_file *gone, size_t n, uint32_t uid,
		   int64_t to, uint64_t key)
{
	const struct move_file *m = of(gone, n, uid);

	assert_true(m->paired);
	assert_int_equal(m->to, to);
	assert_int_equal(m->to_key, key);
}

static void test_moves__same_print_needs_no_reading(void **state)
{
	struct move_file gone[] = {row(1, 5, 50, 7, 1), row(1, 6, 60, 8, 0)};
	struct move_file found[] = {file(2, 70, 8, 0), file(3, 80, 7, 0)};

	(void)state;
	assert_int_equal(moves_by_print(gone, 2, found, 2), 0);
	assert_int_equal(moves_by_digest(gone, 2, found, 2), 2);
	expect(gone, 2, 5, 3, 80);
	expect(gone, 2, 6, 2, 70);
}

static void test_moves__unknown_prints_are_not_alike(void **state)
{
	struct move_file gone[] = {row(1, 5, 50, 0, 0)};
	struct move_file found[] = {file(1, 70, 0, 0)};

	(void)state;
	assert_int_equal(moves_by_print(gone, 1, found, 1), 0);
	/* Nor are contents that nobody knows. */
	assert_int_equal(moves_by_digest(gone, 1, found, 1), 0);
	assert_false(gone[0].paired || found[0].paired);
}

static void test_moves__reads_only_where_a_size_is_missed(void **state)
{
	/* The last one's content is not known: nothing can be compared. */
	struct move_file gone[] = {row(1, 5, 50, 7, 4), row(1, 6, 60, 8, 8),
				   row(1, 7, 70, 9, 0)};
	struct move_file found[] = {file(1, 81, 7, 4), file(1, 82, 1, 8),
				    file(1, 83, 2, 4), file(1, 84, 3, 40),
				    file(1, 85, 4, 0)};

	(void)state;
	assert_int_equal(moves_by_print(gone, 3, found, 5), 1);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(found[i].wanted, found[i].key == 82);
	assert_int_equal(moves_by_digest(gone, 3, found, 5), 2);
	expect(gone, 3, 5, 1, 81);
	expect(gone, 3, 6, 1, 82);
}

/* mutt adds and drops Content-Length, Lines and Status when it moves a file. */
static void test_moves__a_size_may_differ_a_little(void **state)
{
	static const struct {
		uint64_t gone, found;
		bool wanted;
	} cases[] = {
	    {5000, 5000, true},
	    {5000, 5000 + CANON_SLACK, true},
	    {5000, 5000 - CANON_SLACK, true},
	    {5000, 5001 + CANON_SLACK, false},
	    {5000, 4999 - CANON_SLACK, false},
	    {0, CANON_SLACK, true},
	    {CANON_SLACK, 0, true},
	    /* One that stat() did not find. */
	    {5000, UINT64_MAX, false},
	    {UINT64_MAX, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct move_file gone = row(1, 5, 50, 7, 1);
		struct move_file found = file(2, 80, 8, 1);
		gone.size = cases[i].gone;
		found.size = cases[i].found;
		assert_int_equal(moves_by_print(&gone, 1, &found, 1),
				 cases[i].wanted);
		assert_int_equal(found.wanted, cases[i].wanted);
	}
}

static void test_moves__of_several_alike(void **state)
{
	struct move_file gone[] = {row(1, 1, 50, 0, 1), row(1, 2, 51, 0, 1),
				   row(2, 3, 52, 0, 1), row(3, 4, 53, 0, 1)};
	struct move_file found[] = {file(1, 50, 0, 1), file(1, 99, 0, 1),
				    file(4, 52, 0, 1), file(5, 98, 0, 1)};

	(void)state;
	(void)moves_by_print(gone, 4, found, 4);
	assert_int_equal(moves_by_digest(gone, 4, found, 4), 4);
	expect(gone, 4, 1, 1, 50); /* its folder and name */
	expect(gone, 4, 2, 1, 99); /* its folder */
	expect(gone, 4, 3, 4, 52); /* its name */
	expect(gone, 4, 4, 5, 98); /* what is left */
	for (size_t i = 1; i < 4; i++)
		assert_true(gone[i - 1].uid < gone[i].uid);
}

static void test_moves__nothing(void **state)
{
	struct move_file one[] = {row(1, 1, 50, 3, 1)};

	(void)state;
	assert_int_equal(moves_by_print(NULL, 0, one, 1), 0);
	assert_int_equal(moves_by_digest(NULL, 0, one, 1), 0);
	assert_int_equal(moves_by_print(one, 1, NULL, 0), 0);
	assert_int_equal(moves_by_digest(one, 1, NULL, 0), 0);
	assert_false(one[0].paired);
}

static void shuffle(struct rng *rng, struct move_file *m, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = rng_below(rng, (uint32_t)i);
		struct move_file t = m[i - 1];
		m[i - 1] = m[k];
		m[k] = t;
	}
}

static size_t any_files(struct rng *rng, struct move_file *m, bool rows)
{
	size_t n = rng_below(rng, MOST + 1);

	for (size_t i = 0; i < n; i++)
		m[i] = row(1 + rng_below(rng, 3), rows ? (uint32_t)i + 1 : 0,
			   100 * rng_below(rng, 2) + i,
			   rng_below(rng, 3) ? 20 + rng_below(rng, 20) : 0,
			   (unsigned char)rng_below(rng, 6));
	return n;
}

/* Files that are paired are alike, each with one; none is left that fits. */
static void check(const struct move_file *gone, size_t ngone,
		  const struct move_file *found, size_t nfound)
{
	size_t rows = 0, files = 0;

	for (size_t i = 0; i < ngone; i++)
		rows += gone[i].paired;
	for (size_t k = 0; k < nfound; k++)
		files += found[k].paired;
	assert_int_equal(rows, files);
	for (size_t i = 0; i < ngone; i++) {
		const struct move_file *g = &gone[i];
		for (size_t k = 0; k < nfound; k++) {
			const struct move_file *f = &found[k];
			bool alike =
			    (g->print != 0 && g->print == f->print) ||
			    (g->have_digest && f->have_digest &&
			     memcmp(g->digest, f->digest, MOVES_DIGEST) == 0);
			assert_false(alike && !g->paired && !f->paired);
			if (g->paired && g->to == f->folder &&
			    g->to_key == f->key)
				assert_true(alike && f->paired);
		}
	}
}

static void test_moves__do_not_depend_on_the_order(void **state)
{
	struct move_file gone[MOST], found[MOST], gone2[MOST], found2[MOST];
	struct rng rng;

	(void)state;
	rng_init(&rng, "moves");
	for (int i = 0; i < ROUNDS; i++) {
		size_t n = any_files(&rng, gone, true);
		size_t m = any_files(&rng, found, false);
		memcpy(gone2, gone, sizeof(gone));
		memcpy(found2, found, sizeof(found));
		shuffle(&rng, gone2, n);
		shuffle(&rng, found2, m);
		assert_int_equal(moves_by_print(gone, n, found, m),
				 moves_by_print(gone2, n, found2, m));
		assert_int_equal(moves_by_digest(gone, n, found, m),
				 moves_by_digest(gone2, n, found2, m));
		check(gone, n, found, m);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(gone[k].uid, gone2[k].uid);
			assert_int_equal(gone[k].paired, gone2[k].paired);
			assert_int_equal(gone[k].to_key, gone2[k].to_key);
		}
	}
}

/* A quadratic step in any of it would take minutes. */
static void test_moves__many_alike(void **state)
{
	struct move_file *gone = calloc(MANY, sizeof(*gone));
	struct move_file *found = calloc(MANY, sizeof(*found));

	(void)state;
	assert_true(gone && found);
	for (uint32_t i = 0; i < MANY; i++) {
		gone[i] = row(i % 7, i + 1, i, 0, 1);
		found[i] = file(i % 5, MANY + i * UINT64_C(7919), 0, 1);
	}
	assert_int_equal(moves_by_print(gone, MANY, found, MANY), MANY);
	assert_int_equal(moves_by_digest(gone, MANY, found, MANY), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		found[i] = file(1, i, 9, 0), gone[i] = row(2, i + 1, i, 9, 0);
	assert_int_equal(moves_by_print(gone, MANY, found, MANY), 0);
	assert_int_equal(moves_by_digest(gone, MANY, found, MANY), MANY);
	free(gone);
	free(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_moves__same_print_needs_no_reading),
	    cmocka_unit_test(test_moves__unknown_prints_are_not_alike),
	    cmocka_unit_test(test_moves__reads_only_where_a_size_is_missed),
	    cmocka_unit_test(test_moves__a_size_may_differ_a_little),
	    cmocka_unit_test(test_moves__of_several_alike),
	    cmocka_unit_test(test_moves__nothing),
	    cmocka_unit_test(test_moves__do_not_depend_on_the_order),
	    cmocka_unit_test(test_moves__many_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
