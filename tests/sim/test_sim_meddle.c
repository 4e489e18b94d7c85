/* SPDX-License-Identifier: MIT */
/* Users who go on while it syncs, is cut off, and is down; servers that refuse
 * this and that. What comes of a single message then depends on who came first;
 * but none is lost, none is doubled, and both sides are alike in the end.
 */
#include <stdio.h>

#include "tests/sim/oracle.h"
#include "tests/sim/sim.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

#define ROUNDS      20000
#define GENERATIONS 5
#define SYNCS       4

static size_t count(const struct world *w, uint32_t body, bool here)
{
	size_t n = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_dir *d = &w->folder[i].dir;
		const struct world_box *b = &w->box[i];
		for (size_t k = 0; here && k < d->files; k++)
			n += text_body(d->file[k].text) == body;
		for (size_t k = 0; !here && k < b->messages; k++)
			n += text_body(b->message[k].text) == body;
	}
	return n;
}

/* Copies in the trash here that make up for others. What was moved there, and
 * here to the same place, and back here just now, has two rows without a file:
 * the wrong one may take it for its own. */
static size_t made_up(const struct world *w, uint32_t body)
{
	const struct world_deeds *d = &w->deeds[body];
	size_t n = 0;

	if (d->moved_there == 0 || d->moved_here < 2)
		return 0;
	for (size_t i = 0; i < w->trashed; i++)
		n += text_body(w->trash[i].text) == body;
	return n;
}

/* At any moment: what nobody deleted is somewhere. */
static void watch(void *ctx, struct world *w, enum sim_moment moment,
		  int folder)
{
	(void)ctx;
	(void)folder;
	if (moment != SIM_BEHIND)
		return;
	for (uint32_t body = 1; body < w->bodies; body++) {
		if (w->deeds[body].deleted == 0 &&
		    count(w, body, true) + count(w, body, false) +
			    made_up(w, body) ==
			0)
			fail_msg("body %u is gone", body);
	}
}

/* Copies that there have to be of what nobody deleted. A file that was copied
 * and a message that came to the same folder are one. */
static size_t at_least(const struct world_deeds *d, unsigned broken)
{
	bool here = d->copied_here || d->moved_here;
	bool there = d->copied_there || d->moved_there;

	if (d->deleted > 0)
		return 0;
	if ((d->copied_here && there) || (d->copied_there && here))
		return 1;
	/* Moved here, and copied back before it was known to have followed. */
	return broken > 0 && d->copied_here && d->moved_here ? 1 : d->made;
}

/* Files that wait for a person: the server said that it has them, and others
 * moved or deleted them before it was seen. */
static size_t waiting(const struct world *w, uint32_t body)
{
	size_t n = 0;

	for (size_t i = 0; i < w->intents; i++)
		n += text_body(w->intent[i].text) == body;
	return n;
}

/* And that there may be. Moved on both sides, it is in both places. */
static size_t at_most(const struct world *w, const struct world_deeds *d,
		      unsigned broken)
{
	size_t n = d->made;

	if (d->moved_here > 0 && d->moved_there > 0)
		n += d->moved_here + d->moved_there;
	/* Deleted there and new there, as it seems, and marked here. */
	if (d->marked_here > 0)
		n += d->moved_there;
	/* Moved on while nobody knows where it is to be found. */
	if (broken > 0 || !w->caps.uids)
		n += d->moved_here + d->moved_there;
	/* Removed here and new here, as it seemed: one is in the trash. */
	if (w->trash_box >= 0)
		n += d->moved_here + d->renamed;
	/* Copied to another name and removed, just when its message went. */
	if (d->renamed > 0)
		n += d->moved_there;
	/* Moved here just now, and marked there. */
	if (d->marked_there > 0)
		n += d->moved_here;
	/* In the trash already when somebody marked it, moved it, or the
	 * connection went: it stays there. */
	if (d->deleted > 0 && !w->caps.move && w->trash_box >= 0)
		n += d->deleted *
		     (broken + (d->marked_there > 0) + (d->moved_there > 0));
	/* Renamed twice while it was looked at, so that it seemed removed. */
	if (d->marked_there > 0)
		n += d->renamed;
	/* It was only marked, and is wanted back. */
	n += d->unmarked;
	return n;
}

static void check(struct world *w, unsigned broken)
{
	oracle_alike(w);
	for (uint32_t body = 1; body < w->bodies; body++) {
		const struct world_deeds *d = &w->deeds[body];
		size_t n = count(w, body, true);
		if (n + made_up(w, body) < at_least(d, broken) ||
		    n > at_most(w, d, broken) + waiting(w, body))
			fail_msg("body %u: %zu copies, %u made, %u deleted",
				 body, n, d->made, d->deleted);
	}
}

static struct sim_opts clean_cache(struct rng *rng)
{
	return (struct sim_opts){.seed = rng_next(rng),
				 .crash = SIM_NEVER,
				 .cut = SIM_NEVER,
				 .watch = watch};
}

static void settle(struct world *w, struct rng *rng)
{
	struct sim_result r;
	int syncs = 0;

	w->asides = 0;
	do {
		struct sim_opts opts = clean_cache(rng);
		r = sim_sync(w, &opts);
		assert_true(syncs++ <= SYNCS);
	} while (r.failed || r.steps + r.told + r.actions > 0);
}

static void some_deeds(struct world *w, struct rng *rng)
{
	for (uint32_t n = rng_below(rng, 5); n > 0; n--)
		user_acts(w, rng);
}

static void begin(struct world *w, struct rng *rng)
{
	trace_back(0);
	world_init(w, rng);
	user_begins(w, rng);
}

static void test_sim_meddle__users_act_at_any_moment(void **state)
{
	static struct world w;
	size_t crashes = 0, cuts = 0;
	unsigned broken = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "meddling");
	for (int i = 0; i < ROUNDS; i++) {
		if (i % GENERATIONS == 0) {
			begin(&w, &rng);
			broken = 0;
		}
		some_deeds(&w, &rng);
		struct sim_opts opts = clean_cache(&rng);
		opts.meddle = 4 + rng_below(&rng, 20);
		if (rng_below(&rng, 2))
			opts.crash = rng_below(&rng, 40);
		else
			opts.cut = rng_below(&rng, 40);
		struct sim_result r = sim_sync(&w, &opts);
		crashes += r.crashed;
		cuts += r.lost;
		broken += r.crashed || r.lost || r.doubted || r.failed;
		some_deeds(&w, &rng);
		settle(&w, &rng);
		check(&w, broken);
	}
	trace_back(0);
	printf("%zu crashes, %zu cuts\n", crashes, cuts);
	assert_true(crashes > ROUNDS / 20 && cuts > ROUNDS / 20);
}

/* The message that was in both folders. */
static struct world_file *only_file(struct world *w, int folder)
{
	assert_int_equal(w->folder[folder].dir.files, 1);
	return &w->folder[folder].dir.file[0];
}

static void test_sim_meddle__a_buried_row_takes_no_other_file(void **state)
{
	static struct world w;
	struct rng rng;

	(void)state;
	rng_init(&rng, "buried");
	for (size_t crash = 0; crash < 6; crash++) {
		world_init(&w, &rng);
		user_arrive(&w, 0, FLAG_SEEN);
		user_copy_there(&w, 0, &w.box[0].message[0], 1);
		settle(&w, &rng);
		user_expunge(&w, 0, &w.box[0].message[0]);
		struct sim_opts opts = clean_cache(&rng);
		opts.crash = crash;
		(void)sim_sync(&w, &opts);
		/* Its file may be in the trash, and its row still be there. */
		bool buried = w.folder[0].dir.files == 0;
		user_move_here(&w, 1, only_file(&w, 1), 0,
			       (struct user_way){.new_name = true});
		settle(&w, &rng);
		check(&w, 1);
		if (buried)
			(void)only_file(&w, 0);
	}
	trace_back(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		test_sim_meddle__a_buried_row_takes_no_other_file, trace_show),
	    cmocka_unit_test_teardown(test_sim_meddle__users_act_at_any_moment,
				      trace_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
