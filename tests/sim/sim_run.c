/* SPDX-License-Identifier: MIT */
/* Effects of a plan: those under way progress in any order, each in durable
 * steps (a rename, a transaction, a message's STORE). */
#include <string.h>

#include "daemon/core/pass.h"
#include "tests/sim/sim_priv.h"
#include "tests/sim/trace.h"
#include "tests/support/t.h"

/* W1: the next file of the batch, or the rows of all. */

static void add_rows(struct sim *s)
{
	struct sim_folder *f = &s->f;

	for (size_t i = 0; i < s->f.sunk; i++) {
		const struct sim_arrival *a = &f->sink[i];
		struct world_row row = {
		    .base = {.uid = a->message.uid,
			     .flags = a->message.flags,
			     .key = a->key,
			     .print = a->print},
		    .text = a->message.text,
		};
		trace("here %u.%u has a row", f->n, a->message.uid);
		world_add_row(f->table, row);
	}
}

static void add_file(struct sim *s, struct sim_arrival *a)
{
	struct sim_folder *f = &s->f;
	struct world *w = s->w;
	uint64_t flags = a->message.flags & w->here_mask;

	w->times++;
	trace("here %u/%04x comes, body %u", f->n, a->key,
	      text_body(a->message.text));
	const struct world_file *file = world_add_file(
	    f->dir, (struct world_file){
			.key = a->key,
			.flags = flags,
			.id = a->message.id,
			.text = a->message.text,
			.inode = ++w->inodes,
			.mtime = w->times,
			.hint_uid = a->message.uid,
			.hint_uidvalidity = f->at.uidvalidity,
			.hint_size = (uint32_t)text_size(a->message.text),
			.hint_mtime = w->times,
			.hint_folder = f->n,
			.in_new = flags == 0,
		    });
	a->print = world_print(file);
}

/* Nothing more can be stored here: what still comes is read and dropped. */
static void break_sink(struct sim *s)
{
	struct sim_folder *f = &s->f;

	f->sunk = f->delivered = 0;
	f->recorded = false;
	f->stopped = true;
	exec_abort(&f->exec);
}

static void advance_sink(struct sim *s)
{
	struct sim_folder *f = &s->f;

	if (!sim_step(s)) {
		if (sim_failed(s))
			break_sink(s);
		return;
	}
	if (!f->recorded &&
	    (f->delivered == f->sunk || sim_breaks(s, SIM_ROW_FIRST))) {
		add_rows(s);
		f->recorded = true;
	} else {
		add_file(s, &f->sink[f->delivered++]);
	}
	if (f->recorded && f->delivered == f->sunk) {
		f->sunk = f->delivered = 0;
		f->recorded = false;
	}
	sim_made(s);
}

/* Each of these makes at most one durable step. true: the effect ended. */

static bool advance_fetch(struct sim *s, struct sim_run *r)
{
	struct sim_folder *f = &s->f;
	const struct action *a = &r->effect.first[r->at++];
	const struct world_message *m =
	    sim_ask(s) && !s->cut ? world_message(f->box, a->uid) : NULL;

	if (!m || sim_refused(s)) {
		f->again |= !s->cut && !m;
		r->ok = false;
	} else {
		s->result.bodies++;
		f->sink[f->sunk++] = (struct sim_arrival){
		    .message = *m, .key = world_name(s->w)};
	}
	return r->at == r->effect.n;
}

/* What was sent and not answered was found: of a move, the original is no
 * longer needed. */
static void end_intent(struct sim *s, uint64_t key)
{
	const struct world_intent *i = world_intent(s->w, s->f.n, key);

	if (i && i->text == 0) {
		struct world_row *row =
		    world_row(&s->w->folder[i->source].table, i->source_uid);
		if (row)
			row->base.fate = FATE_MOVED_THERE;
		s->agenda_folder[i->source].dying |= row != NULL;
	}
	world_drop_intent(s->w, s->f.n, key);
}

static bool advance_adopt(struct sim *s, struct sim_run *r)
{
	struct sim_folder *f = &s->f;

	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		const struct world_file *file = world_file(f->dir, a->key);
		/* Renamed, or written to just now. */
		if (!file || world_print(file) != a->print) {
			r->ok = false;
			continue;
		}
		trace("here %u.%u is adopted as %04x", f->n, a->uid, a->key);
		world_add_row(f->table,
			      (struct world_row){
				  .base = {.uid = a->uid,
					   .flags = a->flags,
					   .key = a->key,
					   .print = world_print(file)},
				  .text = file->text,
			      });
		end_intent(s, a->key);
	}
	sim_made(s);
	f->again = true;
	return true;
}

static void move_row(struct sim *s, const struct action *a,
		     const struct sim_item *item)
{
	struct world_table *from = &s->w->folder[a->other].table;
	struct world_row row = *world_row(from, a->other_uid);

	trace("here %u.%u becomes %u", a->other, a->other_uid, a->uid);
	world_drop_row(from, a->other_uid);
	row.base.uid = a->uid;
	row.base.fate = FATE_ALIVE;
	row.base.key = item->print; /* its name */
	world_add_row(s->f.table, row);
}

/* Every file, then the rows. */
static bool advance_move_here(struct sim *s, struct sim_run *r)
{
	const struct action *a = &r->effect.first[r->at];
	struct world_folder *other = &s->w->folder[r->effect.first->other];

	if (!sim_step(s))
		return false;
	if (r->at < r->effect.n) {
		struct sim_item *item = &r->item[r->at++];
		const struct world_row *row =
		    world_row(&other->table, a->other_uid);
		struct world_file *file =
		    row ? world_file(&other->dir, row->base.key) : NULL;
		*item = (struct sim_item){.done = file != NULL};
		r->ok &= item->done;
		if (!file)
			return false;
		struct world_file moved = *file;
		if (world_file(s->f.dir, moved.key) ||
		    world_file_row(s->f.table, moved.key))
			moved.key = world_name(s->w);
		item->print = moved.key;
		trace("here %04x follows to %u/%04x", file->key, s->f.n,
		      moved.key);
		world_remove_file(&other->dir, file);
		(void)world_add_file(s->f.dir, moved);
		sim_made(s);
		return false;
	}
	for (size_t i = 0; i < r->effect.n; i++) {
		if (r->item[i].done &&
		    world_row(&other->table, r->effect.first[i].other_uid))
			move_row(s, &r->effect.first[i], &r->item[i]);
	}
	sim_made(s);
	s->f.again = true;
	s->result.failed |= !r->ok;
	return true;
}

static void record(struct sim *s, const struct action *a)
{
	struct base_row *row = &world_row(s->f.table, a->uid)->base;

	row->flags = (row->flags | a->add) & ~a->del;
}

static void record_all(struct sim *s, const struct sim_run *r)
{
	for (size_t i = 0; i < r->effect.n; i++) {
		if (r->item[i].done)
			record(s, &r->effect.first[i]);
	}
}

/* W3: every file, then the rows. */
static bool advance_flags_here(struct sim *s, struct sim_run *r)
{
	if (!sim_step(s))
		return false;
	if (sim_breaks(s, SIM_BASE_FIRST) && r->stage == 0) {
		r->stage = 1;
		for (size_t i = 0; i < r->effect.n; i++)
			record(s, &r->effect.first[i]);
	} else if (r->at < r->effect.n) {
		const struct action *a = &r->effect.first[r->at];
		struct world_file *f = world_file(s->f.dir, a->key);
		/* Renamed or removed just now. */
		r->item[r->at++] = (struct sim_item){.done = f != NULL};
		s->f.again |= !f;
		if (f)
			world_flag_file(s->w, s->f.dir, f, a->add, a->del);
		trace("here %04x has flags +%x -%x", a->key, a->add, a->del);
	} else {
		if (r->stage == 0)
			record_all(s, r);
		sim_made(s);
		return true;
	}
	sim_made(s);
	return false;
}

/* UNCHANGEDSINCE the look, but for the second change of a message. */
static void store_one(struct sim *s, struct sim_run *r)
{
	const struct action *a = &r->effect.first[r->at];
	struct world_message *m = world_message(s->f.box, a->uid);

	/* Kept by a server without room for it: see PERMANENTFLAGS. */
	assert_true(((a->add | a->del) & ~s->w->there_mask) == 0);
	bool left_out = m && a->flags == 0 && s->f.at.modseq != 0 &&
			m->modseq > s->f.at.modseq;
	r->item[r->at++] = (struct sim_item){.done = !left_out};
	if (m && !left_out)
		world_store(s->f.box, m, a->add, a->del);
	trace("there %u.%u has flags +%x", s->f.n, a->uid, a->add);
	trace("            and -%x", a->del);
}

static bool advance_store(struct sim *s, struct sim_run *r)
{
	if (r->at < r->effect.n) {
		if (!sim_tell(s) || (r->at == 0 && sim_refused(s))) {
			r->ok = false;
			return true;
		}
		store_one(s, r);
		sim_made(s);
		return false;
	}
	if (s->cut) {
		r->ok = false;
		return true;
	}
	if (!sim_step(s))
		return false;
	record_all(s, r);
	sim_made(s);
	/* The mod-sequence rose by our own doing: look again. */
	s->f.again = true;
	return true;
}

static bool advance_confirm(struct sim *s, struct sim_run *r)
{
	if (s->f.sunk > 0) {
		advance_sink(s);
		return false;
	}
	if (!sim_ask(s) || s->cut || sim_refused(s)) {
		s->f.again |= !s->cut;
		r->ok = false;
		return true;
	}
	for (size_t i = 0; i < r->effect.n; i++)
		r->ok &= !world_message(s->f.box, r->effect.first[i].uid);
	s->f.again |= !r->ok;
	return true;
}

static bool moves_position(const struct sim *s)
{
	const struct sim_folder *f = &s->f;
	const struct pass_facts facts = {
	    .plan = &f->plan,
	    .again = f->again,
	    .partial = f->partial,
	    .pulls = s->w->pull,
	    .uidvalidity = f->at.uidvalidity,
	};

	return pass_moves_position(&facts) ||
	       sim_breaks(s, SIM_POSITION_ALWAYS);
}

static bool advance_position(struct sim *s, struct sim_run *r)
{
	struct sim_folder *f = &s->f;
	struct world_table *t = f->table;

	if (f->sunk > 0) {
		advance_sink(s);
		return false;
	}
	if (f->stopped) {
		r->ok = false;
		return true;
	}
	if (r->effect.type == EFFECT_COMMIT ||
	    (t->at.uidnext == f->at.uidnext && t->at.modseq == f->at.modseq &&
	     t->horizon.exists == f->horizon.exists &&
	     t->horizon.max_size == f->horizon.max_size))
		return true;
	if (!sim_step(s))
		return false;
	trace("here folder %u is at UID %u", f->n, f->at.uidnext);
	t->at = f->at;
	t->horizon = f->horizon;
	sim_made(s);
	return true;
}

static void set_fate(struct sim *s, uint32_t uid, enum fate fate)
{
	trace("here %u.%u has fate %u", s->f.n, uid, fate);
	world_row(s->f.table, uid)->base.fate = (uint8_t)fate;
}

static void change_row(struct sim *s, enum effect_type type,
		       const struct action *a)
{
	struct sim_folder *f = &s->f;

	switch (type) {
	case EFFECT_RECORD:
		record(s, a);
		break;
	case EFFECT_FORGET:
		trace("here %u.%u is forgotten", f->n, a->uid);
		world_drop_row(f->table, a->uid);
		if (!a->flags)
			break;
		/* W5: not all below is recorded any more. */
		f->table->at.uidnext = 0;
		f->table->at.modseq = 0;
		f->again = true;
		break;
	case EFFECT_PROVE:
		set_fate(s, a->uid, FATE_ALIVE);
		world_drop_intent(s->w, f->n, a->key);
		f->again |= a->flags;
		break;
	case EFFECT_FATE:
		set_fate(s, a->uid, (enum fate)a->fate);
		if (a->flags)
			f->table->at.uidnext = f->table->at.modseq = 0;
		f->again |=
		    a->fate != FATE_LEFT_HERE && a->fate != FATE_LEFT_THERE;
		f->dying_there |= a->fate == FATE_DYING_THERE;
		break;
	case EFFECT_DIE_HERE:
		set_fate(s, a->uid, FATE_DYING_HERE);
		break;
	case EFFECT_DIE_THERE:
		set_fate(s, a->uid, FATE_DYING_THERE);
		f->dying_there = true;
		break;
	default:
		fail();
	}
}

/* One transaction. */
static bool advance_rows(struct sim *s, struct sim_run *r)
{
	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++)
		change_row(s, r->effect.type, &r->effect.first[i]);
	sim_made(s);
	return true;
}

static bool advance(struct sim *s, struct sim_run *r)
{
	switch (r->effect.type) {
	case EFFECT_FETCH:
		return advance_fetch(s, r);
	case EFFECT_ADOPT:
		return advance_adopt(s, r);
	case EFFECT_MOVE_HERE:
		return advance_move_here(s, r);
	case EFFECT_UPLOAD:
		return sim_upload(s, r);
	case EFFECT_MOVE_THERE:
		return sim_move_there(s, r);
	case EFFECT_FLAGS_HERE:
		return advance_flags_here(s, r);
	case EFFECT_STORE:
		return advance_store(s, r);
	case EFFECT_CONFIRM:
		return advance_confirm(s, r);
	case EFFECT_DELETE_THERE:
		return sim_delete_there(s, r);
	case EFFECT_POSITION:
	case EFFECT_COMMIT:
		return advance_position(s, r);
	case EFFECT_PROVE:
	case EFFECT_RECORD:
	case EFFECT_FORGET:
	case EFFECT_FATE:
	case EFFECT_DIE_HERE:
	case EFFECT_DIE_THERE:
		break;
	}
	return advance_rows(s, r);
}

/* Something that is under way goes on: the batch, or any effect. */
static void tick(struct sim *s)
{
	struct sim_folder *f = &s->f;
	uint32_t who = rng_below(&s->rng, (uint32_t)f->runs + (f->sunk > 0));

	sim_meddle(s);
	if (who == f->runs) {
		advance_sink(s);
		return;
	}
	struct sim_run *r = f->run[who];
	bool done = advance(s, r);
	/* What was made of it stays; its rows do not say so. Nothing more is
	 * done: what is not on record would be done twice. */
	bool failed = sim_failed(s);
	f->stopped |= failed;
	if (done || failed) {
		exec_done(&f->exec, &r->effect, r->ok && !failed);
		f->run[who] = f->run[--f->runs];
		f->run[f->runs] = r;
	}
}

static void start(struct sim *s, const struct effect *e)
{
	struct sim_run *r = s->f.run[s->f.runs++];

	assert_true(e->n <= WORLD_MESSAGES);
	r->effect = *e;
	r->stage = 0;
	r->at = r->answered = 0;
	r->ok = true;
	r->together = false;
}

static bool next(struct sim *s, struct effect *out)
{
	if (!moves_position(s))
		exec_hold_position(&s->f.exec);
	return !s->f.stopped && exec_next(&s->f.exec, out);
}

void sim_carry_out(struct sim *s)
{
	struct sim_folder *f = &s->f;
	struct effect e;

	f->runs = f->sunk = f->delivered = 0;
	f->recorded = false;
	for (size_t i = 0; i < SIM_RUNS; i++)
		f->run[i] = &s->pool[i];
	exec_init(&f->exec, &f->plan, 1 + rng_below(&s->rng, 4), 0);
	while (!s->result.crashed) {
		/* Without a connection nothing new is begun. */
		if (!s->cut && f->runs < SIM_RUNS && sim_chance(s, 2) &&
		    next(s, &e))
			start(s, &e);
		else if (f->runs > 0 || f->sunk > 0)
			tick(s);
		else if (s->cut || f->stopped || exec_finished(&f->exec))
			break;
	}
}
