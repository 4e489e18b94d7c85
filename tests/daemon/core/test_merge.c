/* SPDX-License-Identifier: MIT */
/* The three-way merge of flags: every case of one flag, and on random words
 * the laws that any merge must obey, whoever wrote it.
 */
#include "daemon/core/merge.h"

#include <stdbool.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

#define WORDS 20000

/* What is to be done about one flag; at most one of them. */
enum todo { NOTHING, HERE_ADD, HERE_DEL, THERE_ADD, THERE_DEL, ADDED, DELETED };

static uint64_t of(const struct merge *m, enum todo t)
{
	const uint64_t part[] = {
	    0,           m->here_add, m->here_del, m->there_add, m->there_del,
	    m->both_add, m->both_del,
	};

	return part[t];
}

struct row {
	bool base, here, there;
	enum todo all; /* both masks have the flag */
	enum todo not_here;
	enum todo not_there;
	enum todo neither;
};

static const struct row rows[] = {
    {0, 0, 0, NOTHING, NOTHING, NOTHING, NOTHING},
    {0, 0, 1, HERE_ADD, HERE_ADD, HERE_ADD, HERE_ADD},
    /* Without a letter the file cannot have said that. */
    {0, 1, 0, THERE_ADD, NOTHING, NOTHING, NOTHING},
    {0, 1, 1, ADDED, HERE_ADD, ADDED, HERE_ADD},
    {1, 0, 0, DELETED, HERE_DEL, DELETED, HERE_DEL},
    {1, 0, 1, THERE_DEL, NOTHING, NOTHING, NOTHING},
    {1, 1, 0, HERE_DEL, HERE_DEL, HERE_DEL, HERE_DEL},
    {1, 1, 1, NOTHING, NOTHING, NOTHING, NOTHING},
};

static void expect(const struct row *r, uint64_t bit, unsigned masks)
{
	const enum todo want[] = {r->neither, r->not_there, r->not_here,
				  r->all};
	struct merge m = merge_flags(r->base ? bit : 0, r->here ? bit : 0,
				     r->there ? bit : 0, masks & 1 ? bit : 0,
				     masks & 2 ? bit : 0);

	for (enum todo t = HERE_ADD; t <= DELETED; t++) {
		uint64_t got = of(&m, t);
		if (got != (t == want[masks] ? bit : 0))
			fail_msg("base %d here %d there %d, masks %u: part %d "
				 "is %#jx",
				 r->base, r->here, r->there, masks, (int)t,
				 (uintmax_t)got);
	}
}

static void test_merge__one_flag(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned masks = 0; masks < 4; masks++) {
			expect(&rows[i], 1, masks);
			expect(&rows[i], UINT64_C(1) << 63, masks);
		}
	}
}

struct words {
	uint64_t base, here, there, here_mask, there_mask;
};

static struct words any(struct rng *rng)
{
	struct words w = {rng_next(rng), rng_next(rng), rng_next(rng),
			  rng_next(rng) | rng_next(rng),
			  rng_next(rng) | rng_next(rng)};

	return w;
}

static struct merge merge(const struct words *w)
{
	return merge_flags(w->base, w->here, w->there, w->here_mask,
			   w->there_mask);
}

/* The state when everything of m is done. */
static struct words done(const struct words *w, const struct merge *m)
{
	struct words d = *w;

	d.here = (w->here | m->here_add) & ~m->here_del;
	d.there = (w->there | m->there_add) & ~m->there_del;
	d.base |= m->here_add | m->there_add | m->both_add;
	d.base &= ~(m->here_del | m->there_del | m->both_del);
	return d;
}

static void test_merge__makes_all_three_equal(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "merge");
	for (int i = 0; i < WORDS; i++) {
		struct words w = any(&rng);
		struct merge m = merge(&w);
		struct words d = done(&w, &m);
		uint64_t both = w.here_mask & w.there_mask;
		/* A change wins over no change. */
		uint64_t merged =
		    w.base ^ ((w.here ^ w.base) | (w.there ^ w.base));
		assert_true(((d.here ^ merged) & both) == 0);
		assert_true(((d.there ^ merged) & both) == 0);
		assert_true(((d.base ^ merged) & both) == 0);
		/* What the Maildir cannot show: the server decides. */
		assert_true(((d.base ^ w.there) & ~w.here_mask) == 0);
		assert_true(((d.there ^ w.there) & ~w.here_mask) == 0);
		/* What the server does not store: it hears nothing of it. */
		assert_true(((d.there ^ w.there) & ~w.there_mask) == 0);
	}
}

static void test_merge__a_second_one_finds_nothing(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "merge twice");
	for (int i = 0; i < WORDS; i++) {
		struct words w = any(&rng);
		struct merge m = merge(&w);
		struct words d = done(&w, &m);
		m = merge(&d);
		for (enum todo t = HERE_ADD; t <= DELETED; t++)
			assert_true(of(&m, t) == 0);
	}
}

static void test_merge__asks_for_real_changes_only(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "merge parts");
	for (int i = 0; i < WORDS; i++) {
		struct words w = any(&rng);
		struct merge m = merge(&w);
		uint64_t seen = 0;
		for (enum todo t = HERE_ADD; t <= DELETED; t++) {
			assert_true((seen & of(&m, t)) == 0);
			seen |= of(&m, t);
		}
		assert_true((m.there_add & w.there) == 0);
		assert_true((m.there_del & ~w.there) == 0);
		assert_true((m.here_add & w.here & w.here_mask) == 0);
		assert_true((m.here_del & ~w.here & w.here_mask) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_merge__one_flag),
	    cmocka_unit_test(test_merge__makes_all_three_equal),
	    cmocka_unit_test(test_merge__a_second_one_finds_nothing),
	    cmocka_unit_test(test_merge__asks_for_real_changes_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
