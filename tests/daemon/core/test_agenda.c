/* SPDX-License-Identifier: MIT */
/* The order of an account's folders: what agenda.h promises, for any folders
 * that are stirred at any moment, and a few by hand.
 */
#include "daemon/core/agenda.h"

#include "tests/support/rng.h"
#include "tests/support/t.h"

#define FOLDERS 5
#define ROUNDS  50000
/* Looks, resolutions, passes, reaps, and surveys: more is no end. */
#define MOST (FOLDERS * 10 + 2)

struct bed {
	struct agenda_folder folder[FOLDERS];
	struct agenda_folder was[FOLDERS];
	struct agenda a;
	size_t n;
	unsigned looks[FOLDERS], resolves[FOLDERS], passes[FOLDERS];
	unsigned finals[FOLDERS], reaps[FOLDERS];
	unsigned local_scans;
	bool reaping;
};

static void bed_random(struct bed *b, struct rng *rng)
{
	*b = (struct bed){.n = rng_below(rng, FOLDERS + 1)};
	for (size_t i = 0; i < b->n; i++) {
		uint64_t bits = rng_next(rng);
		b->folder[i] = (struct agenda_folder){
		    .dirty = bits & 1,
		    .lost = (bits & 6) == 0,
		    .gained = (bits & 24) == 0,
		    .moves = (bits & 96) == 0,
		    .promised = (bits & 384) == 0,
		    .dying = (bits & 1536) == 0,
		};
		b->was[i] = b->folder[i];
	}
	agenda_init(&b->a, b->folder, b->n);
}

static bool crosses(const struct bed *b)
{
	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			if (i != k && b->was[i].lost && b->was[k].gained)
				return true;
		}
	}
	return false;
}

/* Before anything is fetched. */
static void check_before_pass(const struct bed *b)
{
	for (size_t i = 0; i < b->n; i++) {
		assert_true(!crosses(b) || !b->was[i].lost || b->looks[i] == 1);
		assert_int_equal(b->resolves[i], b->was[i].promised);
	}
}

/* Before a deletion is believed. */
static void check_before_final(const struct bed *b)
{
	for (size_t i = 0; i < b->n; i++)
		assert_true(!b->was[i].gained || b->passes[i] > 0);
}

static void check(struct bed *b, const struct agenda_todo *t)
{
	size_t i = t->folder;

	assert_true(t->step == AGENDA_SCAN || i < b->n);
	assert_true(!b->reaping || t->step != AGENDA_LIST);
	switch (t->step) {
	case AGENDA_LIST:
		assert_true(b->was[i].lost && t->defer_gone);
		assert_int_equal(b->looks[i]++, 0);
		break;
	case AGENDA_RESOLVE:
		assert_int_equal(b->resolves[i]++, 0);
		assert_int_equal(t->defer_gone, crosses(b) && b->was[i].lost);
		break;
	case AGENDA_PASS:
		check_before_pass(b);
		if (!t->defer_gone && crosses(b) && b->was[i].lost)
			check_before_final(b);
		assert_true(!t->defer_gone || (crosses(b) && b->was[i].lost));
		b->finals[i] += !t->defer_gone;
		b->passes[i]++;
		break;
	case AGENDA_REAP:
		assert_true(b->a.confirmed && b->folder[i].dying);
		assert_int_equal(b->reaps[i]++, 0);
		b->reaping = true;
		break;
	case AGENDA_SCAN:
		b->local_scans++;
		break;
	case AGENDA_END:
		fail();
	}
}

/* As passes do: what they find out, and what they do to other folders. */
static void meddle(struct bed *b, const struct agenda_todo *t, struct rng *rng)
{
	if (t->step == AGENDA_SCAN) {
		for (size_t i = 0; i < b->n; i++) {
			b->folder[i].moves = rng_below(rng, 4) == 0;
			b->folder[i].dirty |= rng_below(rng, 4) == 0;
		}
	} else {
		b->folder[t->folder].dying |= rng_below(rng, 4) == 0;
		if (rng_below(rng, 2))
			agenda_dirty(&b->a, rng_below(rng, (uint32_t)b->n));
	}
}

static void check_end(const struct bed *b)
{
	bool dying = false;

	for (size_t i = 0; i < b->n; i++) {
		const struct agenda_folder *was = &b->was[i];
		bool any = was->dirty || was->gained || was->promised ||
			   (crosses(b) && was->lost);
		assert_false(b->folder[i].moves);
		assert_true(!any || b->passes[i] > 0);
		assert_true(b->passes[i] == 0 || b->finals[i] > 0);
		assert_int_equal(b->reaps[i], b->folder[i].dying);
		dying |= b->folder[i].dying;
	}
	assert_true(!dying || b->local_scans > 0);
}

static void test_agenda__keeps_its_promises_and_ends(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "agenda");
	for (int round = 0; round < ROUNDS; round++) {
		struct bed b;
		bed_random(&b, &rng);
		for (unsigned steps = 0;; steps++) {
			struct agenda_todo t = agenda_next(&b.a);
			if (t.step == AGENDA_END)
				break;
			assert_true(steps < MOST);
			check(&b, &t);
			meddle(&b, &t, &rng);
		}
		check_end(&b);
		assert_int_equal(agenda_next(&b.a).step, AGENDA_END);
	}
}

static void expect(struct agenda *a, enum agenda_step step, size_t folder,
		   bool defer_gone)
{
	struct agenda_todo t = agenda_next(a);

	assert_int_equal(t.step, step);
	assert_int_equal(t.folder, folder);
	assert_int_equal(t.defer_gone, defer_gone);
}

static void test_agenda__a_message_moved_there_is_looked_for_first(void **state)
{
	struct agenda_folder f[] = {{.lost = true, .dirty = true},
				    {.gained = true, .dirty = true}};
	struct agenda a;

	(void)state;
	agenda_init(&a, f, 2);
	expect(&a, AGENDA_LIST, 0, true);
	expect(&a, AGENDA_PASS, 1, false);
	expect(&a, AGENDA_PASS, 0, false);
	expect(&a, AGENDA_END, 0, false);
}

static void test_agenda__one_folder_needs_no_look(void **state)
{
	struct agenda_folder f[] = {
	    {.dirty = false}, {.lost = true, .gained = true, .dirty = true}};
	struct agenda a;

	(void)state;
	agenda_init(&a, f, 2);
	expect(&a, AGENDA_PASS, 1, false);
	expect(&a, AGENDA_END, 0, false);
}

static void test_agenda__promised_moves_are_resolved_and_surveyed(void **state)
{
	struct agenda_folder f[] = {
	    {.moves = true}, {.promised = true}, {.promised = true}};
	struct agenda a;

	(void)state;
	agenda_init(&a, f, 3);
	expect(&a, AGENDA_RESOLVE, 1, false);
	expect(&a, AGENDA_RESOLVE, 2, false);
	expect(&a, AGENDA_SCAN, 0, false);
	/* They were done: their files are where their messages are. */
	f[0].moves = false;
	expect(&a, AGENDA_PASS, 1, false);
	expect(&a, AGENDA_PASS, 2, false);
	expect(&a, AGENDA_END, 0, false);
}

static void test_agenda__second_look_before_deletions(void **state)
{
	struct agenda_folder f[] = {{.dirty = true}, {.dying = true}};
	struct agenda a;

	(void)state;
	agenda_init(&a, f, 2);
	expect(&a, AGENDA_PASS, 0, false);
	f[0].dying = true;
	expect(&a, AGENDA_SCAN, 0, false);
	/* It found something: that comes first. */
	f[1].moves = true;
	expect(&a, AGENDA_PASS, 1, false);
	expect(&a, AGENDA_REAP, 0, false);
	expect(&a, AGENDA_REAP, 1, false);
	expect(&a, AGENDA_END, 0, false);
}

/* Somebody moves files while the sync runs. */
static void test_agenda__what_is_late_is_scanned_for(void **state)
{
	struct agenda_folder f[] = {{.dirty = true}, {.dying = true}};
	struct agenda a;

	(void)state;
	agenda_init(&a, f, 2);
	expect(&a, AGENDA_PASS, 0, false);
	f[0].late = true;
	expect(&a, AGENDA_SCAN, 0, false);
	expect(&a, AGENDA_PASS, 0, false);
	/* He goes on. What seems to be deleted may be what is late. */
	f[0].late = true;
	expect(&a, AGENDA_END, 0, false);
	assert_true(f[0].late);
	f[0].late = false;
	expect(&a, AGENDA_SCAN, 0, false);
	expect(&a, AGENDA_REAP, 1, false);
	expect(&a, AGENDA_END, 0, false);
}

static void test_agenda__a_folder_stirred_for_ever_ends(void **state)
{
	struct agenda_folder f[] = {{.dirty = true}};
	struct agenda a;
	unsigned passes = 0;

	(void)state;
	agenda_init(&a, f, 1);
	while (agenda_next(&a).step == AGENDA_PASS && passes++ < 100)
		agenda_dirty(&a, 0);
	assert_int_equal(passes, 3);
}

static void test_agenda__what_a_folder_needs(void **state)
{
	static const struct {
		struct agenda_facts f;
		bool dirty, lost, gained;
	} rows[] = {
	    {{.quiet = true, .clean = true}, false, false, false},
	    /* What STATUS leaves open does not count where nothing changed. */
	    {{.quiet = true,
	      .clean = true,
	      .may_have_lost = true,
	      .may_have_gained = true},
	     false,
	     false,
	     false},
	    {{.clean = true, .may_have_lost = true}, true, true, false},
	    {{.clean = true, .may_have_gained = true}, true, false, true},
	    {{.quiet = true}, true, false, false},
	    {{.quiet = true, .clean = true, .asked = true}, true, false, false},
	    {{.quiet = true, .clean = true, .tombs = 1}, true, false, false},
	    {{.quiet = true, .clean = true, .intents = 1}, true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct agenda_folder f = agenda_folder(&rows[i].f);
		if (f.dirty != rows[i].dirty || f.lost != rows[i].lost ||
		    f.gained != rows[i].gained)
			fail_msg("row %zu", i);
		assert_int_equal(f.dying, rows[i].f.tombs > 0);
		assert_false(f.moves || f.promised);
	}
	struct agenda_facts moving = {.moves = true, .promised = true};
	assert_true(agenda_folder(&moving).moves);
	assert_true(agenda_folder(&moving).promised);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agenda__what_a_folder_needs),
	    cmocka_unit_test(test_agenda__keeps_its_promises_and_ends),
	    cmocka_unit_test(
		test_agenda__a_message_moved_there_is_looked_for_first),
	    cmocka_unit_test(test_agenda__one_folder_needs_no_look),
	    cmocka_unit_test(
		test_agenda__promised_moves_are_resolved_and_surveyed),
	    cmocka_unit_test(test_agenda__second_look_before_deletions),
	    cmocka_unit_test(test_agenda__what_is_late_is_scanned_for),
	    cmocka_unit_test(test_agenda__a_folder_stirred_for_ever_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
