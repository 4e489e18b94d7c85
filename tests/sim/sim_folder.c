/* SPDX-License-Identifier: MIT */
/* The passes of one folder: look at both sides, pair, resolve, plan. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/claim.h"
#include "daemon/core/pair.h"
#include "daemon/core/resolve.h"
#include "tests/sim/sim_priv.h"
#include "tests/sim/trace.h"
#include "tests/support/t.h"

/* As in folder.c. */
#define PASSES 6

/* Looking. */

static void list(const struct sim_folder *f, uint64_t since, uint32_t from,
		 struct remote_view *v)
{
	const struct world_box *b = f->box;

	v->n = 0;
	for (size_t i = 0; i < b->messages; i++) {
		const struct world_message *m = &b->message[i];
		/* RFC 9051 9: "n:*" always has the last message. */
		bool last = i + 1 == b->messages && since > 0;
		if (m->modseq > since || m->uid >= from || last)
			v->row[v->n++] = (struct remote_row){
			    .uid = m->uid,
			    .flags = m->flags,
			    .size = text_size(m->text),
			};
	}
}

/* As listed() in remote_list.c: what the delta leads one to expect. */
static size_t expected(const struct base_view *base,
		       const struct remote_view *v)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < base->n; i++)
		n += fate_is_there((enum fate)base->row[i].fate);
	for (size_t i = 0; i < v->n; i++) {
		while (k < base->n && base->row[k].uid < v->row[i].uid)
			k++;
		n += k == base->n || base->row[k].uid != v->row[i].uid ||
		     base->row[k].fate == FATE_CLAIMED;
	}
	return n - v->ngone;
}

/* A delta since the recorded position, where it adds up. */
static bool look_for_changes(struct sim *s)
{
	struct sim_folder *f = &s->f;
	const struct world_table *t = f->table;
	bool qresync = s->w->caps.qresync && sim_chance(s, 2);

	if (s->opts->full || f->pass > 2 || !s->w->caps.condstore ||
	    t->uidvalidity == 0 || t->modseq == 0 || sim_chance(s, 3))
		return false;
	list(f, t->modseq, qresync ? t->uidnext : UINT32_MAX, &f->remote);
	for (size_t i = 0; qresync && i < f->base.n; i++) {
		uint32_t uid = f->base.row[i].uid;
		if (f->box->gone[uid] > t->modseq)
			f->gone[f->remote.ngone++] = uid;
	}
	if (expected(&f->base, &f->remote) == f->box->messages)
		return true;
	f->remote.ngone = 0;
	return false;
}

static void remote_list(struct sim *s)
{
	struct sim_folder *f = &s->f;

	f->remote = (struct remote_view){.row = f->remote_row, .gone = f->gone};
	f->proves = true;
	f->uidvalidity = f->box->uidvalidity;
	f->uidnext = f->box->uidnext;
	f->modseq = s->w->caps.condstore ? f->box->modseq : 0;
	if (f->table->uidvalidity != 0 &&
	    f->table->uidvalidity != f->uidvalidity)
		return;
	if (!look_for_changes(s)) {
		f->remote.complete = true;
		list(f, 0, 0, &f->remote);
	}
	/* A list that breaks off proves nothing. */
	if (f->remote.complete && f->remote.n > 0 &&
	    sim_chance(s, s->opts->refuse)) {
		f->remote.complete = f->proves = false;
		f->remote.n = rng_below(&s->rng, (uint32_t)f->remote.n);
		f->again = true;
	}
}

/* As folder_settle_claims(). false: the power is gone. */
static bool settle_claims(struct sim *s)
{
	struct sim_folder *f = &s->f;
	struct claim_look remote_list = {.since = UINT32_MAX,
					 .proves = f->proves};
	size_t n;

	f->uid_next = f->uidnext;
	for (size_t i = 0; i < s->w->intents; i++) {
		const struct world_intent *t = &s->w->intent[i];
		if (t->folder == f->n && t->uidnext < remote_list.since)
			remote_list.since = t->uidnext;
	}
	uint32_t *uid = claims_void(&f->base, &f->remote, &remote_list, &n);
	assert_int_not_equal(n, SIZE_MAX);
	bool ok = n == 0 || sim_step(s);
	for (size_t i = 0; i < n && ok; i++) {
		trace("here %u.%u is not believed", f->n, uid[i]);
		world_drop_row(f->table, uid[i]);
	}
	free(uid);
	if (n > 0 && ok)
		sim_made(s);
	s->result.doubted |= n > 0;
	return ok;
}

/* What is not to be sent, and what became of what was. */

static void mark_expected(struct sim *s)
{
	const struct sim_local_scaned *v = &s->local_scan.folder[s->f.n];

	for (size_t i = 0; i < v->nexpected; i++) {
		struct local_row *l = sim_local(&s->f.local, v->expected[i]);
		if (l)
			l->wait = WAIT_MOVE;
	}
}

static void mark_refused(struct sim *s)
{
	for (size_t i = 0; i < s->w->asides; i++) {
		struct local_row *l = sim_local(&s->f.local, s->w->aside[i]);
		if (l)
			l->wait = WAIT_REFUSED;
	}
}

/* As unknown_since() in folder_plan.c. */
static bool unknown_since(const struct sim_folder *f, uint32_t uidnext)
{
	for (size_t i = 0; i < f->remote.n; i++) {
		uint32_t uid = f->remote.row[i].uid;
		bool known = uid < uidnext;
		for (size_t k = 0; k < f->base.n; k++)
			known |= f->base.row[k].uid == uid;
		for (size_t k = 0; k < f->local.n; k++)
			known |= f->local.row[k].hint == uid;
		if (!known)
			return true;
	}
	return false;
}

/* Does it belong to a row? */
static bool has_file(const struct sim_folder *f, uint64_t key)
{
	for (size_t i = 0; i < f->base.n; i++) {
		if (f->base.row[i].key == key &&
		    fate_is_here((enum fate)f->base.row[i].fate))
			return true;
	}
	return false;
}

/* Is it a message without a row? */
static bool is_new(const struct sim_folder *f, uint32_t uid)
{
	for (size_t i = 0; i < f->base.n; i++) {
		if (f->base.row[i].uid == uid)
			return false;
	}
	for (size_t i = 0; i < f->remote.n; i++) {
		if (f->remote.row[i].uid == uid)
			return true;
	}
	return false;
}

/* Of a file that the server shall show that it has? */
static bool is_claimed(const struct sim_folder *f, uint64_t key)
{
	for (size_t i = 0; i < f->base.n; i++) {
		if (f->base.row[i].key == key &&
		    f->base.row[i].fate == FATE_CLAIMED)
			return true;
	}
	return false;
}

/* As judge() there. true: i is changed, or to be dropped (key 0). */
static bool judge(struct sim *s, struct world_intent *i)
{
	struct sim_folder *f = &s->f;
	struct local_row *l = sim_local(&f->local, i->key);
	bool first = f->first && f->pass == 1;
	struct resolve_intent what = {i->uidvalidity, i->uidnext, i->attempts,
				      i->stored, i->text == 0};
	struct resolve_look now = {f->uidvalidity, f->uidnext,
				   unknown_since(f, i->uidnext)};

	if ((l && is_new(f, l->hint)) || is_claimed(f, i->key))
		return false;
	/* Not where it is a message's file, or other content, by now. */
	const struct world_file *file = world_file(f->dir, i->key);
	bool changed = file && i->text != 0 && i->text != file->text;
	if (l && !has_file(f, i->key) && !changed) {
		switch (resolve(&what, &now)) {
		case RESOLVE_NOT_DONE:
			if (i->attempts > 0)
				return false;
			break;
		case RESOLVE_AGAIN:
			l->wait = first ? l->wait : WAIT_ANSWER;
			return false;
		case RESOLVE_WAIT:
			l->wait = WAIT_ANSWER;
			i->attempts = 1;
			return first;
		case RESOLVE_GIVE_UP:
			l->wait = WAIT_ANSWER;
			return false;
		}
	}
	i->attempts = UINT32_MAX;
	return true;
}

static bool resolve_intents(struct sim *s)
{
	struct world_intent verdict[WORLD_INTENTS];
	size_t n = 0;

	if (s->f.as_in_base)
		return true;
	for (size_t i = 0; i < s->w->intents; i++) {
		verdict[n] = s->w->intent[i];
		n += verdict[n].folder == s->f.n && judge(s, &verdict[n]);
	}
	if (n == 0)
		return true;
	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct world_intent *v = &verdict[i];
		trace("here the intent for %04x: %u attempts", v->key,
		      v->attempts);
		if (v->attempts == UINT32_MAX)
			world_drop_intent(s->w, v->folder, v->key);
		else
			*world_intent(s->w, v->folder, v->key) = *v;
	}
	sim_made(s);
	return true;
}

/* Planning. */

static void make_plan(struct sim *s)
{
	struct sim_folder *f = &s->f;
	const struct sim_local_scaned *v = &s->local_scan.folder[f->n];
	struct policy policy = {
	    .pull = true,
	    .push = true,
	    .delete_here = true,
	    .delete_there = true,
	    .defer_new = f->remote_only,
	    .defer_gone = f->remote_only || f->defer_gone,
	    .adopt_only = f->resolve,
	    .reap = f->reap,
	    .force_delete = s->opts->full,
	    .delete_limit_percent = 25,
	    .hold_here = f->table->hold,
	    .hold_there = f->table->hold,
	    .here_mask = s->w->here_mask,
	    .there_mask = s->w->there_mask,
	};
	struct plan_input in = {
	    .base = &f->base,
	    .remote = &f->remote,
	    .local = f->as_in_base ? NULL : &f->local,
	    .moved_there = v->moved,
	    .nmoved_there = v->nmoved,
	    .moved_here = f->moved_here,
	    .nmoved_here = f->nmoved_here,
	};

	assert_int_equal(plan_folder(&f->plan, &in, &policy), 0);
	f->deferred = f->plan.deferred;
	f->held_here = f->plan.held_here;
	f->held_there = f->plan.held_there;
	s->result.actions += f->plan.n;
}

static void note_lost(struct sim *s)
{
	struct sim_folder *f = &s->f;

	make_plan(s);
	s->result.actions -= f->plan.n;
	for (size_t i = 0; i < f->plan.ngone; i++) {
		uint32_t uid = f->plan.gone[i];
		trace("there %u.%u is missed", f->n, uid);
		s->lost[s->nlost++] = (struct sim_lost){
		    f->n, uid, world_row(f->table, uid)->base.key};
	}
	plan_release(&f->plan);
}

/* false: the power is gone. */
static bool open_folder(struct sim *s)
{
	struct sim_folder *f = &s->f;

	f->pass++;
	f->again = false;
	f->nmoved_here = 0;
	f->moved_here = NULL;
	f->base = (struct base_view){.row = f->base_row};
	f->local = (struct local_view){.row = f->local_row};
	sim_load(f->table, &f->base);
	f->as_in_base = f->same && f->pass == 1 &&
			f->dir->stamp == s->local_scan.folder[f->n].stamp;
	if (!f->as_in_base) {
		uint32_t uidvalidity = f->pass == 1
					   ? s->status[f->n].uidvalidity
					   : f->table->uidvalidity;
		sim_scan(s, f->n, uidvalidity, &f->base, &f->local);
		sim_meddle(s);
		if (!sim_reconcile(s, f->n, &f->base, &f->local))
			return false;
		mark_refused(s);
	}
	for (size_t i = 0; i < f->base.n; i++)
		f->dying_there |= f->base.row[i].fate == FATE_DYING_THERE ||
				  f->base.row[i].fate == FATE_MOVED_THERE;
	return true;
}

/* Its UIDVALIDITY has changed. */
static void forget_all(struct sim *s)
{
	struct world_table *t = s->f.table;

	if (!sim_step(s))
		return;
	trace("here folder %u is forgotten", s->f.n);
	t->rows = 0;
	t->uidvalidity = s->f.uidvalidity;
	t->uidnext = 0;
	t->modseq = 0;
	sim_made(s);
	s->f.again = true;
}

static bool begin(struct sim *s)
{
	if (s->f.table->uidvalidity != 0)
		return true;
	if (!sim_step(s))
		return false;
	s->f.table->uidvalidity = s->f.uidvalidity;
	sim_made(s);
	return true;
}

static void one_pass(struct sim *s)
{
	struct sim_folder *f = &s->f;

	if (!open_folder(s))
		return;
	sim_meddle(s);
	if (!sim_ask(s) || s->cut)
		return;
	remote_list(s);
	if (f->table->uidvalidity != 0 &&
	    f->table->uidvalidity != f->uidvalidity) {
		forget_all(s);
		return;
	}
	if (!settle_claims(s))
		return;
	if (f->remote_only) {
		note_lost(s);
		return;
	}
	mark_expected(s);
	if (!sim_pair(s)) {
		f->again = true;
	} else if (!s->cut) {
		if (resolve_intents(s) && begin(s)) {
			make_plan(s);
			sim_carry_out(s);
			plan_release(&f->plan);
		}
	}
	free(f->moved_here);
}

/* As end_last_pass() in folder.c. */
static void note_held(struct sim *s)
{
	struct sim_folder *f = &s->f;
	struct world_table *t = f->table;
	bool free_again = f->held_here + f->held_there == 0;

	if (f->deferred > 0 || s->cut || s->result.crashed ||
	    (t->held_here == f->held_here && t->held_there == f->held_there &&
	     !(t->hold && free_again)))
		return;
	if (!sim_step(s))
		return;
	t->held_here = f->held_here;
	t->held_there = f->held_there;
	t->hold &= !free_again;
	sim_made(s);
}

void sim_folder(struct sim *s, const struct agenda_todo *todo)
{
	struct sim_folder *f = &s->f;
	int n = (int)todo->folder;

	f->n = n;
	f->box = &s->w->box[n];
	f->dir = &s->w->folder[n].dir;
	f->table = &s->w->folder[n].table;
	f->remote_only = todo->step == AGENDA_LIST;
	f->resolve = todo->step == AGENDA_RESOLVE;
	f->first = todo->first;
	f->defer_gone = todo->defer_gone;
	f->reap = todo->step == AGENDA_REAP;
	f->same = s->local_scan.folder[n].clean;
	f->dying_there = f->stopped = false;
	f->deferred = f->held_here = f->held_there = 0;
	f->pass = 0;
	do
		one_pass(s);
	while (f->again && !f->stopped && !s->cut && !s->result.crashed &&
	       f->pass < PASSES);
	if (f->again && f->pass == PASSES && !s->cut) {
		trace("folder %u does not come to rest", n);
		s->result.failed = true;
	}
	if (!f->remote_only)
		note_held(s);
	s->agenda_folder[n].dying |= f->dying_there;
}
