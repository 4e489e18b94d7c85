/* SPDX-License-Identifier: MIT */
/* Random histories of an account, cut off before every durable step of every
 * sync, and again before every step of the recovery: it must always come to the
 * very state that a sync without a crash comes to.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "tests/support/t.h"

#define CRASH_POINTS   100000
#define REFUSALS       3000
#define MEDDLED        20000
#define GENERATIONS    5
#define INTEREST_MARKS (FLAG_FLAGGED | FLAG_PASSED | WORLD_LETTER)

static struct sim_opts calm(struct rng *rng)
{
	return (struct sim_opts){.seed = rng_next(rng), .crash = SIM_NEVER};
}

/* Which is the message of a file? */
static bool is_on_server(struct world_folder *f, const struct world_file *file)
{
	return world_message(f, file->hint) != NULL;
}

static size_t copies(struct world_folder *f, uint64_t key)
{
	size_t n = 0;

	for (size_t i = 0; i < f->files; i++)
		n += f->file[i].key == key;
	return n;
}

static bool has_body(struct world *w, uint32_t body, bool on_server)
{
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		for (size_t k = 0; on_server && k < f->messages; k++) {
			if (f->message[k].body == body)
				return true;
		}
		for (size_t k = 0; !on_server && k < f->files; k++) {
			if (f->file[k].body == body)
				return true;
		}
	}
	return false;
}

/* Holds at any moment, power or no power. */
static void check_always(struct world *w, const struct world *before)
{
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		const struct world_folder *old = &before->folder[i];
		for (size_t k = 0; k < old->files; k++) {
			uint64_t key = old->file[k].key;
			/* Nothing lost, nothing doubled. */
			assert_int_equal(
			    copies(f, key) + world_in_trash(w, key), 1);
			/* Nothing deleted that the server has. */
			if (is_on_server(f, &old->file[k]))
				assert_int_equal(copies(f, key), 1);
		}
		for (size_t k = 0; k < f->files; k++)
			assert_int_equal(copies(f, f->file[k].key), 1);
		/* W1. */
		for (size_t k = 0; k < f->rows; k++)
			assert_true(f->row[k].fate != FATE_ALIVE ||
				    world_file(f, f->row[k].key));
	}
}

/* W4: what moved is in the new place before it leaves the old. */
static void check_copies_first(struct world *w)
{
	for (size_t i = 0; i < w->trashed; i++) {
		uint32_t body = w->trash[i].body;
		if (has_body(w, body, true))
			assert_true(has_body(w, body, false));
	}
}

static void check_message(struct world *w, struct world_folder *f,
			  const struct world_message *m)
{
	const struct world_uid *u = &f->uid[m->uid];
	const struct base_row *row = world_row(f, m->uid);
	uint64_t key = world_key(f, w, m->uid);
	const struct world_file *file = world_file(f, key);

	assert_non_null(row);
	assert_non_null(file);
	assert_int_equal(row->fate, FATE_ALIVE);
	assert_true(row->key == key);
	assert_int_equal(file->body, m->body);
	/* All three agree, but for what cannot be said on one side. */
	assert_true(row->flags == m->flags);
	assert_true(((file->flags ^ m->flags) & w->here_mask & w->there_mask) ==
		    0);
	/* Nobody's flags but those that somebody changed. */
	assert_true(((m->flags ^ u->born) & ~u->touched) == 0);
	assert_true(((file->flags ^ u->born) & ~u->touched & w->here_mask) ==
		    0);
}

/* Holds when a sync went through. */
static void check_settled(struct world *w)
{
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		for (size_t k = 0; k < f->messages; k++)
			check_message(w, f, &f->message[k]);
		for (size_t k = 0; k < f->rows; k++)
			assert_int_equal(f->row[k].fate, FATE_ALIVE);
		for (size_t k = 0; k < f->files; k++) {
			const struct world_file *file = &f->file[k];
			if (is_on_server(f, file))
				continue;
			/* Kept for somebody's sake, and new here; or expunged
			 * between a crash and the next look: nobody knows it
			 * any more. */
			assert_null(world_row(f, file->hint));
		}
	}
}

/* The next sync finds nothing to do, however it looks. */
static void check_idle(struct world *w, struct rng *rng)
{
	struct sim_opts opts = calm(rng);

	for (int full = 0; full < 2; full++) {
		opts.full = full;
		struct sim_result r = sim_sync(w, &opts);
		assert_int_equal(r.steps, 0);
		assert_int_equal(r.actions, 0);
	}
}

/* What one flag must come to on each side. */
static void merge_one(const struct world *w, uint64_t flag, bool base,
		      bool *here, bool *there)
{
	if (!(w->here_mask & flag)) {
		*here = false;
	} else if (*there != base) {
		*here = *there;
	} else if (*here != base && (w->there_mask & flag)) {
		*there = *here;
	}
}

/* What a sync must make of a file and its message; judged by how it was before.
 */
static void check_merged(const struct world *w, const struct base_row *row,
			 struct world_file file, struct world_message m,
			 const uint64_t now[2])
{
	for (int i = 0; i < 64; i++) {
		uint64_t flag = UINT64_C(1) << i;
		bool here = file.flags & flag, there = m.flags & flag;
		merge_one(w, flag, row->flags & flag, &here, &there);
		assert_int_equal(here, (now[0] & flag) != 0);
		assert_int_equal(there, (now[1] & flag) != 0);
	}
}

static void check_outcome(struct world *w, struct world *before)
{
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		struct world_folder *old = &before->folder[i];
		for (size_t k = 0; k < old->files; k++) {
			struct world_file file = old->file[k];
			struct base_row *row = world_row(old, file.hint);
			struct world_message *m = world_message(old, file.hint);
			struct world_file *now = world_file(f, file.key);
			if (!row) {
				assert_non_null(now);
				continue;
			}
			if (m) {
				uint64_t flags[] = {
				    now->flags,
				    world_message(f, m->uid)->flags};
				check_merged(w, row, file, *m, flags);
				continue;
			}
			bool keep = file.flags & ~row->flags & INTEREST_MARKS;
			assert_int_equal(now != NULL, keep);
		}
		/* What was new came with the server's flags. */
		for (size_t k = 0; k < old->messages; k++) {
			const struct world_message *m = &old->message[k];
			if (!world_row(old, m->uid))
				assert_true(world_row(f, m->uid)->flags ==
					    m->flags);
		}
	}
}

static void check_done(struct world *w, struct world *before, struct rng *rng)
{
	check_always(w, before);
	check_copies_first(w);
	check_settled(w);
	check_outcome(w, before);
	check_idle(w, rng);
}

static void some_changes(struct world *w, struct rng *rng)
{
	for (uint32_t n = rng_below(rng, 6); n > 0; n--)
		world_there(w, rng);
	for (uint32_t n = rng_below(rng, 5); n > 0; n--)
		world_here(w, rng);
}

/* From a crashed world: recovers, cut off before every step. */
static size_t crash_recovery(struct world *crashed, struct world *before,
			     struct rng *rng)
{
	struct sim_opts opts = calm(rng);
	struct world w = *crashed;
	struct sim_result r = sim_sync(&w, &opts);

	check_done(&w, before, rng);
	for (size_t i = 0; i < r.steps; i++) {
		w = *crashed;
		opts.crash = i;
		assert_true(sim_sync(&w, &opts).crashed);
		check_always(&w, before);
		check_copies_first(&w);
		struct sim_opts again = calm(rng);
		(void)sim_sync(&w, &again);
		check_done(&w, before, rng);
	}
	return r.steps;
}

/* One sync, cut off before every step. Leaves w as it is behind it. */
static size_t crash_everywhere(struct world *w, struct rng *rng)
{
	struct world before = *w;
	struct sim_opts opts = calm(rng);
	struct sim_result r = sim_sync(w, &opts);
	size_t points = r.steps;

	check_done(w, &before, rng);
	for (size_t i = 0; i < r.steps; i++) {
		struct world crashed = before;
		opts.crash = i;
		assert_true(sim_sync(&crashed, &opts).crashed);
		check_always(&crashed, &before);
		check_copies_first(&crashed);
		points += crash_recovery(&crashed, &before, rng);
	}
	return points;
}

static void test_sim_crash__every_point_converges(void **state)
{
	static struct world w;
	size_t points = 0, worlds = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "crash points");
	for (; points < CRASH_POINTS; worlds++) {
		world_init(&w, &rng);
		for (int i = 0; i < GENERATIONS; i++) {
			points += crash_everywhere(&w, &rng);
			some_changes(&w, &rng);
		}
	}
	printf("%zu crash points in %zu worlds\n", points, worlds);
}

/* What was refused is made up for; nothing is deleted meanwhile. */
static void test_sim_crash__refusals_are_made_up_for(void **state)
{
	static struct world w, before;
	size_t refused = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "refusals");
	world_init(&w, &rng);
	for (int i = 0; i < REFUSALS; i++) {
		if (i % GENERATIONS == 0)
			world_init(&w, &rng);
		some_changes(&w, &rng);
		before = w;
		struct sim_opts opts = calm(&rng);
		opts.refuse = 3;
		struct sim_result r = sim_sync(&w, &opts);
		refused += r.failed;
		check_always(&w, &before);
		if (r.failed)
			assert_int_equal(w.trashed, before.trashed);
		opts.refuse = 0;
		(void)sim_sync(&w, &opts);
		check_done(&w, &before, &rng);
	}
	assert_true(refused > REFUSALS / 10);
}

/* Users change things while it syncs, crashes and is down: the flags then
 * depend on who came first, but nothing else does. */
static void test_sim_crash__meddling_converges(void **state)
{
	static struct world w, before;
	size_t crashes = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "meddling");
	for (int i = 0; i < MEDDLED; i++) {
		if (i % GENERATIONS == 0)
			world_init(&w, &rng);
		some_changes(&w, &rng);
		before = w;
		struct sim_opts opts = calm(&rng);
		opts.meddle = 1 + rng_below(&rng, 8);
		opts.crash = rng_below(&rng, 40);
		crashes += sim_sync(&w, &opts).crashed;
		check_always(&w, &before);
		some_changes(&w, &rng);
		opts.meddle = 0;
		opts.crash = SIM_NEVER;
		(void)sim_sync(&w, &opts);
		check_always(&w, &before);
		check_settled(&w);
		check_idle(&w, &rng);
	}
	assert_true(crashes > MEDDLED / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_crash__every_point_converges),
	    cmocka_unit_test(test_sim_crash__refusals_are_made_up_for),
	    cmocka_unit_test(test_sim_crash__meddling_converges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
