/* SPDX-License-Identifier: MIT */
/* The shell around planner and executor, as far as it matters for what is on
 * disk after a crash: effects under way progress in any order, each in durable
 * steps (a rename, a transaction, a message's STORE).
 */
#include "tests/sim/sim.h"

#include "tests/support/t.h"

/* As in folder.c. */
#define PASSES 6

/* An effect under way. */
struct run {
	struct effect effect;
	size_t at; /* actions done */
	bool ok;
	bool left_out[WORLD_MESSAGES]; /* STORE: changed meanwhile */
};

/* A message that came, on its way to the disk. */
struct arrival {
	struct world_message message;
	uint64_t key;
};

struct sim {
	const struct sim_opts *opts;
	struct rng rng;
	struct sim_result result;
	struct world *world;
	struct world_folder *folder;
	struct plan plan;
	struct exec exec;
	bool again;
	uint32_t uidnext; /* as the look found them */
	uint64_t modseq;
	struct run run[SIM_RUNS];
	size_t runs;
	struct arrival sink[WORLD_MESSAGES];
	size_t sunk;      /* messages in the sink */
	size_t delivered; /* of them with a file, but no row yet */
};

/* A durable step is about to be made. false: the power is gone. */
static bool step(struct sim *s)
{
	if (s->result.steps == s->opts->crash) {
		s->result.crashed = true;
		return false;
	}
	s->result.steps++;
	return true;
}

static bool chance(struct sim *s, uint32_t odds)
{
	return odds > 0 && rng_below(&s->rng, odds) == 0;
}

static void meddle(struct sim *s)
{
	if (!chance(s, s->opts->meddle))
		return;
	if (chance(s, 2))
		world_there(s->world, &s->rng);
	else
		world_here(s->world, &s->rng);
}

static void set_flags(const struct world *w, struct world_file *f, uint64_t add,
		      uint64_t del)
{
	f->flags = ((f->flags | add) & ~del) & w->here_mask;
	if (f->flags)
		f->in_new = false;
}

/* W1: the next file of the batch, or the rows of all. */
static void advance_sink(struct sim *s)
{
	struct world_folder *f = s->folder;

	if (!step(s))
		return;
	if (s->delivered < s->sunk) {
		const struct arrival *a = &s->sink[s->delivered++];
		/* Replaced by nobody: see delivery_commit(). */
		if (world_file(f, a->key))
			return;
		assert_true(f->files < WORLD_FILES);
		f->file[f->files++] = (struct world_file){
		    .key = a->key,
		    .body = a->message.body,
		    .flags = a->message.flags & s->world->here_mask,
		    .hint = a->message.uid,
		    .in_new = !(a->message.flags & s->world->here_mask),
		};
		return;
	}
	for (size_t i = 0; i < s->sunk; i++) {
		const struct arrival *a = &s->sink[i];
		world_add_row(f, (struct base_row){.uid = a->message.uid,
						   .flags = a->message.flags,
						   .key = a->key});
	}
	s->sunk = s->delivered = 0;
}

/* Each of these makes at most one durable step. true: the effect ended. */

static bool advance_fetch(struct sim *s, struct run *r)
{
	const struct action *a = &r->effect.first[r->at++];
	struct world_message *m = world_message(s->folder, a->uid);

	if (!m || chance(s, s->opts->refuse)) {
		s->again |= !m;
		s->result.failed |= m != NULL;
		r->ok = false;
	} else {
		s->sink[s->sunk++] = (struct arrival){
		    *m, world_key(s->folder, s->world, a->uid)};
	}
	return r->at == r->effect.n;
}

static bool advance_adopt(struct sim *s, struct run *r)
{
	if (!step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		assert_non_null(world_file(s->folder, a->key));
		world_add_row(s->folder, (struct base_row){.uid = a->uid,
							   .flags = a->flags,
							   .key = a->key});
	}
	s->again = true;
	return true;
}

static void record(struct sim *s, const struct action *a)
{
	struct base_row *row = world_row(s->folder, a->uid);

	assert_non_null(row);
	row->flags = (row->flags | a->add) & ~a->del;
}

/* W3: every file, then the rows. */
static bool advance_flags_here(struct sim *s, struct run *r)
{
	if (!step(s))
		return false;
	if (r->at < r->effect.n) {
		const struct action *a = &r->effect.first[r->at++];
		struct world_file *f = world_file(s->folder, a->key);
		assert_non_null(f);
		set_flags(s->world, f, a->add, a->del);
		return false;
	}
	for (size_t i = 0; i < r->effect.n; i++)
		record(s, &r->effect.first[i]);
	return true;
}

/* UNCHANGEDSINCE the look, but for the second change of a message. */
static void store_one(struct sim *s, struct run *r)
{
	const struct action *a = &r->effect.first[r->at];
	struct world_message *m = world_message(s->folder, a->uid);
	/* Kept by a server without room for it: see PERMANENTFLAGS. */
	assert_true(((a->add | a->del) & ~s->world->there_mask) == 0);

	r->left_out[r->at] = m && a->flags == 0 && m->modseq > s->modseq;
	if (m && !r->left_out[r->at])
		world_store(s->folder, m, a->add, a->del);
	r->at++;
}

static bool advance_store(struct sim *s, struct run *r)
{
	if (!step(s))
		return false;
	if (r->at < r->effect.n) {
		if (r->at == 0 && chance(s, s->opts->refuse)) {
			s->result.failed = true;
			r->ok = false;
			return true;
		}
		store_one(s, r);
		return false;
	}
	for (size_t i = 0; i < r->effect.n; i++) {
		if (!r->left_out[i])
			record(s, &r->effect.first[i]);
	}
	/* The mod-sequence rose by our own doing: look again. */
	s->again = true;
	return true;
}

static bool advance_confirm(struct sim *s, struct run *r)
{
	if (s->sunk > 0) {
		advance_sink(s);
		return false;
	}
	for (size_t i = 0; i < r->effect.n; i++)
		r->ok &= !world_message(s->folder, r->effect.first[i].uid);
	s->again |= !r->ok;
	return true;
}

/* As position_holds() in folder_run.c. */
static bool advance_position(struct sim *s, struct run *r)
{
	struct world_folder *f = s->folder;

	if (s->sunk > 0) {
		advance_sink(s);
		return false;
	}
	r->ok = !s->again && s->plan.held_here == 0;
	if (!r->ok ||
	    (f->known_uidnext == s->uidnext && f->known_modseq == s->modseq))
		return true;
	if (!step(s))
		return false;
	f->known_uidnext = s->uidnext;
	f->known_modseq = s->modseq;
	return true;
}

/* One transaction. */
static bool advance_rows(struct sim *s, struct run *r)
{
	if (!step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		if (r->effect.type == EFFECT_RECORD)
			record(s, a);
		else if (r->effect.type == EFFECT_FORGET) {
			world_drop_row(s->folder, a->uid);
			s->again |= a->flags != 0;
		} else
			world_row(s->folder, a->uid)->fate = FATE_DYING_HERE;
	}
	return true;
}

static bool advance(struct sim *s, struct run *r)
{
	switch (r->effect.type) {
	case EFFECT_FETCH:
		return advance_fetch(s, r);
	case EFFECT_ADOPT:
		return advance_adopt(s, r);
	case EFFECT_FLAGS_HERE:
		return advance_flags_here(s, r);
	case EFFECT_STORE:
		return advance_store(s, r);
	case EFFECT_CONFIRM:
		return advance_confirm(s, r);
	case EFFECT_POSITION:
		return advance_position(s, r);
	default:
		break;
	}
	return advance_rows(s, r);
}

/* Something that is under way goes on: the batch, or any effect. */
static void tick(struct sim *s)
{
	uint32_t who = rng_below(&s->rng, (uint32_t)s->runs + (s->sunk > 0));

	meddle(s);
	if (who == s->runs) {
		advance_sink(s);
		return;
	}
	struct run *r = &s->run[who];
	if (advance(s, r)) {
		exec_done(&s->exec, &r->effect, r->ok);
		*r = s->run[--s->runs];
	}
}

static void carry_out(struct sim *s)
{
	struct effect e;

	while (!s->result.crashed) {
		if (s->runs < SIM_RUNS && chance(s, 2) &&
		    exec_next(&s->exec, &e)) {
			assert_true(e.n <= WORLD_MESSAGES ||
				    e.type != EFFECT_STORE);
			s->run[s->runs++] =
			    (struct run){.effect = e, .ok = true};
		} else if (s->runs > 0 || s->sunk > 0) {
			tick(s);
		} else if (exec_finished(&s->exec)) {
			break;
		}
	}
}

static void one_pass(struct sim *s, unsigned pass)
{
	struct local_row local_row[WORLD_FILES];
	struct remote_row remote_row[WORLD_MESSAGES];
	struct base_row base_row[WORLD_FILES];
	uint32_t gone[WORLD_UIDS];
	struct world_folder *f = s->folder;
	struct policy policy = {.pull = true,
				.push = true,
				.delete_here = true,
				.delete_limit_percent = 25,
				.here_mask = s->world->here_mask,
				.there_mask = s->world->there_mask};
	struct base_view base = {.row = base_row, .n = f->rows};

	for (size_t i = 0; i < f->rows; i++)
		base_row[i] = f->row[i];
	struct local_view local = world_local_view(f, local_row);
	/* Uploads are not part of this model. */
	for (size_t i = 0; i < local.n; i++)
		local_row[i].wait = WAIT_PERSON;
	enum world_look how = (enum world_look)rng_below(&s->rng, 3);
	if (s->opts->full || pass > 2)
		how = WORLD_LOOK_FULL;
	struct remote_view remote = world_remote_view(f, how, remote_row, gone);
	s->uidnext = f->uidnext;
	s->modseq = f->modseq;
	struct plan_input in = {
	    .base = &base, .remote = &remote, .local = &local};
	assert_int_equal(plan_folder(&s->plan, &in, &policy), 0);
	assert_int_equal(s->plan.held_here, 0);
	s->result.actions += s->plan.n;
	exec_init(&s->exec, &s->plan, 1 + rng_below(&s->rng, 4));
	carry_out(s);
	plan_release(&s->plan);
}

static void one_folder(struct sim *s)
{
	unsigned pass = 0;

	do {
		s->again = false;
		s->runs = s->sunk = s->delivered = 0;
		one_pass(s, ++pass);
	} while (s->again && !s->result.crashed && pass < PASSES);
	/* Left alone it comes to rest. */
	assert_true(!s->again || s->opts->meddle || s->result.crashed);
}

/* W4: the files to the trash, then the rows. */
static void bury(struct sim *s, struct world_folder *f)
{
	size_t tombstones = 0;

	for (size_t i = 0; i < f->rows; i++) {
		if (f->row[i].fate == FATE_ALIVE)
			continue;
		tombstones++;
		struct world_file *file = world_file(f, f->row[i].key);
		if (!file)
			continue;
		meddle(s);
		if (!step(s))
			return;
		assert_true(s->world->trashed < WORLD_TRASH);
		s->world->trash[s->world->trashed++] = *file;
		*file = f->file[--f->files];
	}
	if (tombstones == 0 || !step(s))
		return;
	for (size_t i = f->rows; i-- > 0;) {
		if (f->row[i].fate != FATE_ALIVE)
			world_drop_row(f, f->row[i].uid);
	}
}

struct sim_result sim_sync(struct world *w, const struct sim_opts *opts)
{
	struct sim s = {.opts = opts, .world = w, .rng = {opts->seed}};

	for (size_t i = 0; i < WORLD_FOLDERS && !s.result.crashed; i++) {
		s.folder = &w->folder[i];
		one_folder(&s);
	}
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		if (!s.result.crashed && !s.result.failed)
			bury(&s, &w->folder[i]);
	}
	return s.result;
}
