/* SPDX-License-Identifier: MIT */
/* What goes out: messages, moves, deletions. */
#include <string.h>

#include "daemon/core/claim.h"
#include "tests/sim/sim_priv.h"
#include "tests/sim/trace.h"
#include "tests/support/t.h"

enum stage {
	STAGE_BEGIN,
	STAGE_PROMISE,
	STAGE_SEND,
	STAGE_EXPUNGE,
	STAGE_RECORD,
};

/* Uploads: see folder/upload.c and store/batch/upload.c. */

static void examine(struct sim *s, struct sim_run *r)
{
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct world_file *f =
		    world_file(s->f.dir, r->effect.first[i].key);
		r->item[i] = (struct sim_item){.state = ITEM_GONE};
		if (f)
			r->item[i] = (struct sim_item){
			    .state = ITEM_READY,
			    .text = f->text,
			    .id = f->id,
			    .print = world_print(f),
			};
	}
	r->together = s->w->caps.multiappend && sim_chance(s, 2);
	r->stage = STAGE_PROMISE;
}

/* W2. */
static void promise(struct sim *s, struct sim_run *r)
{
	r->stage = STAGE_SEND;
	if (sim_breaks(s, SIM_NO_PROMISE) || !sim_step(s))
		return;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct sim_item *item = &r->item[i];
		if (item->state != ITEM_READY)
			continue;
		uint64_t key = r->effect.first[i].key;
		trace("here %u/%04x is promised", s->f.n, key);
		world_promise(s->w, (struct world_intent){
					.folder = s->f.n,
					.key = key,
					.text = item->text,
					.uidvalidity = s->f.at.uidvalidity,
					.uidnext = s->f.at.uidnext,
				    });
	}
	sim_made(s);
}

static void append(struct sim *s, struct sim_run *r, size_t i)
{
	const struct action *a = &r->effect.first[i];
	struct sim_item *item = &r->item[i];
	enum text_form form = s->w->caps.form;
	const struct world_intent *intent = world_intent(s->w, s->f.n, a->key);

	/* W2. */
	assert_true(intent || sim_breaks(s, SIM_NO_PROMISE));
	assert_true(!intent || intent->uidnext <= s->f.box->uidnext);
	if (form != TEXT_PLAIN)
		form = item->text % TEXT_FORMS == TEXT_PLAIN
			   ? form
			   : (enum text_form)(item->text % TEXT_FORMS);
	s->result.bodies++;
	item->done = true;
	item->uid = world_arrive(s->f.box, item->id,
				 text_of(text_body(item->text), form),
				 a->flags & s->w->there_mask);
	trace("there %u.%u is appended, body %u", s->f.n, item->uid,
	      text_body(item->text));
}

/* The server does the next one, or all, or refuses. */
static void send_next(struct sim *s, struct sim_run *r)
{
	struct sim_item *item = &r->item[r->at];

	if (item->state != ITEM_READY) {
		r->at++;
		return;
	}
	if (!sim_tell(s)) {
		r->at = r->effect.n;
		return;
	}
	if (sim_refused(s)) {
		item->state = r->together ? ITEM_UNSENT : ITEM_REFUSED;
		/* A smaller one may fit, but not everything is tried. */
		if (!r->together && sim_chance(s, 2)) {
			s->f.no_room = s->f.over_quota;
			s->f.over_quota = true;
		}
	} else {
		append(s, r, r->at);
	}
	r->at++;
	for (; r->together && r->at < r->effect.n; r->at++) {
		struct sim_item *next = &r->item[r->at];
		if (next->state != ITEM_READY)
			continue;
		if (item->done)
			append(s, r, r->at);
		else
			next->state = ITEM_UNSENT;
	}
	sim_made(s);
}

/* What the server says that it is. Where others' messages come and go at the
 * same time, nobody could know that it is wrong; nor where it tells two
 * commands each other's UIDs. */
static uint32_t tell_uid(struct sim *s, const struct sim_run *r, uint32_t uid)
{
	if (!s->w->caps.lies || s->opts->meddle > 0 ||
	    (s->liar && s->liar != r->effect.first) || sim_chance(s, 2))
		return uid;
	s->liar = r->effect.first;
	switch (rng_below(&s->rng, 4)) {
	case 0:
		return uid - 1;
	case 1:
		return uid + 1 + rng_below(&s->rng, 3);
	case 2:
		return 1 + rng_below(&s->rng, uid + 2);
	default:
		return r->item[rng_below(&s->rng, (uint32_t)r->effect.n)].uid;
	}
}

/* An answer comes in. */
static void hear_next(struct sim *s, struct sim_run *r)
{
	do {
		struct sim_item *item = &r->item[r->answered++];
		if (!item->done)
			continue;
		item->state = ITEM_SENT;
		uint32_t uid = tell_uid(s, r, item->uid);
		if (s->w->caps.uids && claim_take(uid, &s->f.uid_next))
			item->told = uid;
		s->result.doubted |= s->w->caps.uids && item->told == 0;
	} while (r->together && r->answered < r->effect.n);
}

static void record_sent(struct sim *s, const struct action *a,
			const struct sim_item *item)
{
	struct world_intent *i = world_intent(s->w, s->f.n, a->key);

	if (i)
		i->stored = true;
	/* It is found by its content. */
	if (item->told == 0 || world_row(s->f.table, item->told))
		return;
	trace("here %u/%04x is %u", s->f.n, a->key, item->told);
	world_add_row(s->f.table,
		      (struct world_row){
			  .base = {.uid = item->told,
				   .fate = FATE_CLAIMED,
				   .flags = a->flags & s->w->there_mask,
				   .key = a->key,
				   .print = item->print},
			  .text = item->text,
		      });
}

static bool record_upload(struct sim *s, struct sim_run *r)
{
	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		struct sim_item *item = &r->item[i];
		if (item->state == ITEM_SENT) {
			record_sent(s, a, item);
		} else if (item->state == ITEM_REFUSED ||
			   item->state == ITEM_UNSENT) {
			world_drop_intent(s->w, s->f.n, a->key);
		}
		if (item->state == ITEM_REFUSED && s->w->asides < WORLD_ASIDES)
			s->w->aside[s->w->asides++] = a->key;
		s->f.aside += item->state == ITEM_REFUSED;
		s->f.again |=
		    item->state == ITEM_SENT || item->state == ITEM_GONE;
		r->ok &= item->state == ITEM_SENT || item->state == ITEM_GONE ||
			 item->state == ITEM_REFUSED;
	}
	sim_made(s);
	return true;
}

bool sim_upload(struct sim *s, struct sim_run *r)
{
	if (r->stage == STAGE_BEGIN) {
		examine(s, r);
	} else if (r->stage == STAGE_PROMISE) {
		promise(s, r);
	} else if (r->stage == STAGE_SEND) {
		/* The answer to one command for all comes behind the last. */
		bool may_hear = !r->together || r->at == r->effect.n;
		if (!s->cut && r->answered < r->at && may_hear &&
		    sim_chance(s, 2))
			hear_next(s, r);
		else if (!s->cut && r->at < r->effect.n)
			send_next(s, r);
		else if (!s->cut && r->answered < r->at)
			hear_next(s, r);
		else
			r->stage = STAGE_RECORD;
	} else {
		return record_upload(s, r);
	}
	return false;
}

/* Moves: see folder/move.c and transfer.c. */

static struct world_box *target_of(struct sim *s, const struct sim_run *r)
{
	return &s->w->box[r->effect.first->other];
}

static void find_all(struct sim *s, struct sim_run *r)
{
	struct world_folder *to = &s->w->folder[r->effect.first->other];

	for (size_t i = 0; i < r->effect.n; i++) {
		uint64_t key = r->effect.first[i].key;
		const struct world_file *f = world_file(&to->dir, key);
		r->item[i] = (struct sim_item){.state = ITEM_GONE};
		if (f && !world_file_row(&to->table, key))
			r->item[i] = (struct sim_item){.state = ITEM_READY,
						       .print = world_print(f)};
	}
	r->stage = STAGE_PROMISE;
}

static void promise_moves(struct sim *s, struct sim_run *r)
{
	int to = (int)r->effect.first->other;

	r->stage = STAGE_SEND;
	if (sim_breaks(s, SIM_NO_PROMISE) || !sim_step(s))
		return;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		if (r->item[i].state != ITEM_READY)
			continue;
		trace("here %u/%04x is promised to %u", s->f.n, a->key, to);
		world_promise(s->w,
			      (struct world_intent){
				  .folder = to,
				  .key = a->key,
				  .uidvalidity = s->status[to].at.uidvalidity,
				  .uidnext = s->status[to].at.uidnext,
				  .source = s->f.n,
				  .source_uid = a->uid,
			      });
	}
	sim_made(s);
}

static void skip_unready(struct sim_run *r)
{
	while (r->at < r->effect.n && r->item[r->at].state != ITEM_READY)
		r->at++;
}

static void move_one(struct sim *s, struct sim_run *r, struct world_box *to)
{
	const struct action *a = &r->effect.first[r->at];
	struct sim_item *item = &r->item[r->at];
	struct world_message *m = world_message(s->f.box, a->uid);

	/* W2. */
	assert_true(sim_breaks(s, SIM_NO_PROMISE) ||
		    world_intent(s->w, (int)a->other, a->key));
	r->at++;
	if (!m)
		return;
	item->done = true;
	item->uid = world_copy(s->f.box, a->uid, to);
	trace("there %u.%u goes to %u", s->f.n, a->uid, a->other);
	trace("            as %u, body %u", item->uid, text_body(m->text));
	if (s->w->caps.move)
		world_expunge(s->w, s->f.box, m);
}

/* The row of the copy; the original is to be deleted. */
static void record_copy(struct sim *s, const struct action *a,
			const struct sim_item *item)
{
	struct world_row *old = world_row(s->f.table, a->uid);

	if (!old)
		return;
	struct world_row row = *old;
	row.base.uid = item->told;
	row.base.fate = FATE_CLAIMED;
	row.base.key = a->key;
	/* Renamed, or copied, or written to: it has to be read. */
	row.base.print = item->print == old->base.print ? item->print : 0;
	world_add_row(&s->w->folder[a->other].table, row);
	if (s->w->caps.move)
		world_drop_row(s->f.table, a->uid);
	else
		old->base.fate = FATE_MOVED_THERE;
	struct world_intent *i = world_intent(s->w, (int)a->other, a->key);
	if (i)
		i->stored = true;
}

/* COPYUID, if there is one that can be true. */
static bool hear_pairs(struct sim *s, struct sim_run *r)
{
	struct uid_pair pair[WORLD_MESSAGES];
	size_t n = 0;
	uint32_t next = s->status[r->effect.first->other].at.uidnext;

	for (size_t i = 0; i < r->effect.n; i++) {
		struct sim_item *item = &r->item[i];
		item->told = 0;
		if (!item->done || !s->w->caps.uids)
			continue;
		item->told = tell_uid(s, r, item->uid);
		pair[n++] =
		    (struct uid_pair){r->effect.first[i].uid, item->told};
	}
	return n > 0 && claim_take_pairs(pair, n, next);
}

static void part_from(struct sim *s, const struct action *a)
{
	struct world_row *old = world_row(s->f.table, a->uid);

	if (s->w->caps.move)
		world_drop_row(s->f.table, a->uid);
	else if (old)
		old->base.fate = FATE_MOVED_THERE;
}

static void record_move(struct sim *s, const struct sim_run *r, size_t i,
			bool told)
{
	const struct action *a = &r->effect.first[i];
	const struct sim_item *item = &r->item[i];
	struct claim_moved m = {
	    .done = r->ok, .uid = told ? item->told : 0, .told = told};

	m.taken = m.uid != 0 &&
		  world_row(&s->w->folder[a->other].table, m.uid) != NULL;
	trace("here %u.%u is recorded as moved", s->f.n, a->uid);
	switch (claim_move(&m)) {
	case CLAIM_REFUSED:
		world_drop_intent(s->w, (int)a->other, a->key);
		break;
	case CLAIM_GOES:
		record_copy(s, a, item);
		break;
	case CLAIM_LEFT_OUT:
		world_drop_intent(s->w, (int)a->other, a->key);
		world_drop_row(s->f.table, a->uid);
		break;
	case CLAIM_PARTS:
		part_from(s, a);
		break;
	}
}

static bool record_moves(struct sim *s, struct sim_run *r)
{
	if (!sim_step(s))
		return false;
	bool told = hear_pairs(s, r);
	s->result.doubted |= s->w->caps.uids && !told;
	for (size_t i = 0; i < r->effect.n; i++) {
		if (r->item[i].state == ITEM_READY)
			record_move(s, r, i, told);
	}
	sim_made(s);
	if (r->ok) {
		s->f.again = true;
		s->f.dying_there |= !s->w->caps.move;
		agenda_dirty(&s->agenda, (size_t)r->effect.first->other);
	}
	return true;
}

bool sim_move_there(struct sim *s, struct sim_run *r)
{
	if (r->stage == STAGE_BEGIN) {
		find_all(s, r);
	} else if (r->stage == STAGE_PROMISE) {
		skip_unready(r);
		if (r->at == r->effect.n) {
			r->ok = false;
			return true;
		}
		promise_moves(s, r);
	} else if (r->stage == STAGE_SEND && r->at < r->effect.n) {
		if (!sim_tell(s)) {
			r->ok = false;
			return true;
		}
		if (r->at == 0 && sim_refused(s)) {
			r->ok = false;
			r->stage = STAGE_RECORD;
			return false;
		}
		move_one(s, r, target_of(s, r));
		skip_unready(r);
		sim_made(s);
	} else if (s->cut && r->stage == STAGE_SEND) {
		r->ok = false;
		return true;
	} else {
		r->stage = STAGE_RECORD;
		return record_moves(s, r);
	}
	return false;
}

/* Deletions: see folder/delete.c. */

/* Where deleted messages go, or NULL. What is deleted in the trash is deleted
 * for good. */
static struct world_box *trash_of(struct sim *s, const struct sim_run *r)
{
	int trash = s->w->trash_box;

	return trash < 0 || trash == s->f.n || r->effect.first->flags
		   ? NULL
		   : &s->w->box[trash];
}

static void discard_one(struct sim *s, struct sim_run *r)
{
	const struct action *a = &r->effect.first[r->at];
	struct world_box *trash = trash_of(s, r);
	struct world_message *m = world_message(s->f.box, a->uid);
	struct sim_item *item = &r->item[r->at++];

	if (!m)
		return;
	trace("there %u.%u is deleted, stage %u", s->f.n, a->uid, r->stage);
	if (r->stage == STAGE_BEGIN) {
		(void)world_copy(s->f.box, a->uid, trash);
		if (s->w->caps.move)
			world_expunge(s->w, s->f.box, m);
	} else if (r->stage == STAGE_SEND) {
		/* What somebody marked a moment ago is left alone. */
		item->done = s->f.at.modseq == 0 || m->modseq <= s->f.at.modseq;
		if (item->done)
			world_store(s->f.box, m, FLAG_DELETED, 0);
	} else if (item->done) {
		world_expunge(s->w, s->f.box, m);
	}
}

/* The command is answered: what comes behind it. */
static void next_stage(struct sim *s, struct sim_run *r)
{
	bool may_expunge =
	    s->w->caps.expunge && (s->w->expunge || trash_of(s, r));

	r->at = 0;
	if (r->stage == STAGE_BEGIN && s->w->caps.move)
		r->stage = STAGE_RECORD;
	else if (r->stage == STAGE_BEGIN)
		r->stage = STAGE_SEND;
	else if (r->stage == STAGE_SEND && may_expunge)
		r->stage = STAGE_EXPUNGE;
	else
		r->stage = STAGE_RECORD;
}

static bool record_discard(struct sim *s, struct sim_run *r)
{
	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < r->effect.n; i++) {
		const struct action *a = &r->effect.first[i];
		struct world_row *row = world_row(s->f.table, a->uid);
		if (!r->item[i].done || !row)
			continue;
		trace("here %u.%u is recorded as deleted", s->f.n, a->uid);
		row->base.fate = FATE_DELETED_THERE;
	}
	sim_made(s);
	s->f.again = true;
	if (trash_of(s, r) && s->w->trash_box < WORLD_FOLDERS)
		agenda_dirty(&s->agenda, (size_t)s->w->trash_box);
	return true;
}

bool sim_delete_there(struct sim *s, struct sim_run *r)
{
	if (r->stage == STAGE_BEGIN && r->at == 0) {
		for (size_t i = 0; i < r->effect.n; i++)
			r->item[i] = (struct sim_item){.done = true};
		if (!trash_of(s, r))
			r->stage = STAGE_SEND;
	}
	if (r->stage == STAGE_RECORD)
		return record_discard(s, r);
	if (r->at == r->effect.n) {
		if (s->cut) {
			r->ok = false;
			return true;
		}
		next_stage(s, r);
		return false;
	}
	sim_deletes(s);
	if (!sim_tell(s) || (r->at == 0 && sim_refused(s))) {
		r->ok = false;
		return true;
	}
	discard_one(s, r);
	sim_made(s);
	return false;
}
