/* SPDX-License-Identifier: MIT */
/* The passes of one folder: look at both sides, pair, resolve, plan. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/claim.h"
#include "daemon/core/ledger.h"
#include "daemon/core/listing.h"
#include "daemon/core/pair.h"
#include "daemon/core/pass.h"
#include "daemon/core/resolve.h"
#include "tests/sim/sim_priv.h"
#include "tests/sim/trace.h"
#include "tests/support/t.h"

/* Looking. */

static void list(const struct sim_folder *f, uint64_t since, uint32_t from,
		 uint64_t max_size, struct remote_view *v)
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
			    .skip = max_size && text_size(m->text) > max_size,
			};
	}
}

struct horizon sim_horizon(const struct world *w)
{
	return (struct horizon){.max_size = w->max_size};
}

/* What the listing says of windows; what is left out is as configured. */
static void take_horizon(struct sim *s, const struct listing_facts *facts)
{
	struct sim_folder *f = &s->f;
	struct listed all = listing_measure(facts);

	f->remote.floor = window_floor(&all, &f->table->horizon, &f->horizon);
	f->horizon.max_size = s->w->max_size;
}

/* A row of what is left out is in no delta: without VANISHED a message that
 * went would make up for it in the count. */
static bool may_list_changes(struct sim *s, bool qresync)
{
	const struct sim_folder *f = &s->f;
	const struct position *past = &f->table->at;
	struct horizon now = sim_horizon(s->w);

	return !s->opts->full && f->pass <= 2 && s->w->caps.condstore &&
	       past->uidvalidity != 0 && past->modseq != 0 &&
	       (!s->w->max_size || qresync) &&
	       !horizon_is_wider(&now, &f->table->horizon) && !sim_chance(s, 3);
}

static struct listing_facts facts_of(const struct sim_folder *f, size_t gone)
{
	return (struct listing_facts){
	    .base = &f->base,
	    .view = &f->remote,
	    .complete = f->remote.complete,
	    .exists = (uint32_t)f->box->messages,
	    .uidnext = f->table->at.uidnext,
	    .gone = gone,
	};
}

/* A delta since the recorded position, where it adds up. */
static bool look_for_changes(struct sim *s, enum position_step step)
{
	struct sim_folder *f = &s->f;
	const struct position *past = &f->table->at;
	bool qresync = s->w->caps.qresync && sim_chance(s, 2);
	size_t gone = 0;

	if (!may_list_changes(s, qresync))
		return false;
	list(f, past->modseq, qresync ? past->uidnext : UINT32_MAX,
	     s->w->max_size, &f->remote);
	for (size_t i = 0; qresync && i < f->base.n; i++) {
		const struct base_row *b = &f->base.row[i];
		if (f->box->gone[b->uid] <= past->modseq)
			continue;
		f->gone[f->remote.ngone++] = b->uid;
		gone += fate_is_there((enum fate)b->fate);
	}
	struct listing_facts facts = facts_of(f, gone);
	if (step != POSITION_BACK && listing_adds_up(&facts)) {
		take_horizon(s, &facts);
		return true;
	}
	f->remote.ngone = 0;
	return false;
}

static void list_all(struct sim *s)
{
	struct sim_folder *f = &s->f;

	f->remote.complete = true;
	list(f, 0, 0, s->w->max_size, &f->remote);
	/* A list that breaks off proves nothing. */
	if (f->remote.n > 0 && sim_refused(s))
		f->remote.n = rng_below(&s->rng, (uint32_t)f->remote.n);
	struct listing_facts facts = facts_of(f, 0);
	f->partial = !listing_is_whole(&facts);
	f->remote.complete = !f->partial;
	f->remote.partial = f->partial;
	if (f->partial) {
		f->short_listings++;
		f->again = true;
		return;
	}
	take_horizon(s, &facts);
}

/* false: its UIDs mean other messages. */
static bool remote_list(struct sim *s)
{
	struct sim_folder *f = &s->f;

	f->remote = (struct remote_view){.row = f->remote_row, .gone = f->gone};
	f->at = (struct position){
	    .uidvalidity = f->box->uidvalidity,
	    .uidnext = f->box->uidnext,
	    .modseq = s->w->caps.condstore ? f->box->modseq : 0,
	};
	f->horizon = f->table->horizon;
	f->partial = false;
	enum position_step step = position_step(&f->table->at, &f->at);
	if (step == POSITION_OTHER)
		return false;
	if (!look_for_changes(s, step))
		list_all(s);
	return true;
}

/* false: the power is gone. */
static bool check_claims(struct sim *s)
{
	struct sim_folder *f = &s->f;
	struct claim_promise promise[WORLD_INTENTS];
	struct claim_look look = {.proves = !f->partial};
	size_t n = 0, nkeys;

	f->uid_next = f->at.uidnext;
	for (size_t i = 0; i < s->w->intents; i++) {
		const struct world_intent *t = &s->w->intent[i];
		if (t->folder == f->n)
			promise[n++] =
			    (struct claim_promise){t->key, t->uidnext};
	}
	uint64_t *key = claims_keys(&f->base, &nkeys);
	assert_non_null(key);
	look.since = claims_since(key, nkeys, promise, n);
	free(key);
	uint32_t *uid = claims_void(&f->base, &f->remote, &look, &n);
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
	uint64_t promised[WORLD_INTENTS];
	size_t n = 0;

	for (size_t i = 0; i < s->w->intents; i++) {
		if (s->w->intent[i].folder == s->f.n)
			promised[n++] = s->w->intent[i].key;
	}
	pair_sort_keys(promised, n);
	ledger_mark(&s->f.local, v->expected, v->nexpected, promised, n);
	for (size_t i = 0; s->f.no_room && i < s->f.local.n; i++)
		s->f.local.row[i].wait = WAIT_REFUSED;
}

static void mark_refused(struct sim *s)
{
	for (size_t i = 0; i < s->w->asides; i++) {
		struct local_row *l =
		    local_view_find(&s->f.local, s->w->aside[i]);
		if (l)
			l->wait = WAIT_REFUSED;
	}
}

/* Does it belong to a row, or to one that is claimed? */
static bool has_row(const struct sim_folder *f, uint64_t key, bool claimed)
{
	for (size_t i = 0; i < f->base.n; i++) {
		const struct base_row *b = &f->base.row[i];
		if (b->key == key &&
		    (claimed ? b->fate == FATE_CLAIMED
			     : fate_is_here((enum fate)b->fate)))
			return true;
	}
	return false;
}

/* Is it a message without a row? */
static bool is_new(const struct sim_folder *f, uint32_t uid)
{
	return remote_view_find(&f->remote, uid) &&
	       !base_view_find(&f->base, uid);
}

/* What is to be recorded of an intent. */
static enum resolve_record judge(struct sim *s, const struct world_intent *i)
{
	struct sim_folder *f = &s->f;
	struct local_row *l = local_view_find(&f->local, i->key);
	const struct world_file *file = world_file(f->dir, i->key);
	bool copied = i->text == 0, wait;
	uint32_t since = i->uidvalidity == f->at.uidvalidity ? i->uidnext : 1;
	struct resolve_facts facts = {
	    .what = {i->uidvalidity, i->uidnext, i->attempts, i->stored,
		     copied},
	    .look = {f->at.uidvalidity, f->at.uidnext,
		     !copied && resolve_unknown_since(&f->base, &f->remote,
						      &f->local, since)},
	    .file = l != NULL,
	    .changed = file && !copied && i->text != file->text,
	    .owned = has_row(f, i->key, false),
	    .claimed = has_row(f, i->key, true),
	    .found = l && is_new(f, l->hint),
	    .partial = f->partial,
	    .first = f->first && f->pass == 1,
	};
	enum resolve_record record = resolve_judge(&facts, &wait);

	if (wait)
		l->wait = WAIT_ANSWER;
	return record;
}

static bool resolve_intents(struct sim *s)
{
	enum resolve_record verdict[WORLD_INTENTS];
	size_t n = 0;

	if (s->f.as_in_base)
		return true;
	for (size_t i = 0; i < s->w->intents; i++) {
		const struct world_intent *t = &s->w->intent[i];
		verdict[i] = t->folder == s->f.n ? judge(s, t) : RESOLVE_KEEP;
		n += verdict[i] != RESOLVE_KEEP;
	}
	if (n == 0)
		return true;
	if (!sim_step(s))
		return false;
	for (size_t i = s->w->intents; i-- > 0;) {
		struct world_intent *t = &s->w->intent[i];
		if (verdict[i] == RESOLVE_DROP) {
			trace("here the intent for %04x is void", t->key);
			*t = s->w->intent[--s->w->intents];
		} else if (verdict[i] == RESOLVE_COUNT) {
			trace("here the intent for %04x waits", t->key);
			t->attempts = 1;
		}
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
	    .pull = s->w->pull,
	    .push = s->w->push,
	    .delete_here = s->w->delete_here,
	    .delete_there = s->w->delete_there,
	    .defer_new = f->remote_only,
	    .defer_gone = f->remote_only || f->defer_gone,
	    .adopt_only = f->resolve,
	    .reap = f->reap,
	    .force_delete = pass_forces_deletions(s->opts->full, f->pass),
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
	    .loose = &v->loose,
	};

	assert_int_equal(plan_folder(&f->plan, &in, &policy), 0);
	f->again |= f->plan.unsure > 0;
	f->deferred = f->plan.deferred;
	f->late = f->plan.late;
	f->aside = f->plan.waiting[WAIT_REFUSED];
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
	f->missing = true; /* until it comes to its end */
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
					   ? s->status[f->n].at.uidvalidity
					   : f->table->at.uidvalidity;
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
	t->at = (struct position){.uidvalidity = s->f.at.uidvalidity};
	sim_made(s);
	s->f.again = true;
}

static bool begin(struct sim *s)
{
	if (s->f.table->at.uidvalidity != 0)
		return true;
	if (!sim_step(s))
		return false;
	s->f.table->at.uidvalidity = s->f.at.uidvalidity;
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
	if (sim_refused(s)) {
		f->unopened = f->stopped = true;
		return;
	}
	if (!remote_list(s)) {
		forget_all(s);
		return;
	}
	if (!check_claims(s))
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
			f->missing = f->exec.unsafe || f->partial || s->cut ||
				     f->stopped;
			plan_release(&f->plan);
		}
	}
	free(f->moved_here);
}

/* What the guard holds is on record for those who ask. */
static void note_held(struct sim *s)
{
	struct sim_folder *f = &s->f;
	struct world_table *t = f->table;
	struct pass_held past = {t->held_here, t->held_there};
	struct pass_held now = {f->held_here, f->held_there};

	if (f->deferred > 0 || s->cut || s->result.crashed ||
	    !pass_guard_counts(&past, &now, t->hold) || !sim_step(s))
		return;
	t->held_here = f->held_here;
	t->held_there = f->held_there;
	t->hold &= now.here + now.there > 0;
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
	f->dying_there = f->stopped = f->unopened = false;
	f->over_quota = f->no_room = false;
	f->aside = 0;
	f->deferred = f->late = f->held_here = f->held_there = 0;
	f->pass = f->short_listings = 0;
	bool failed = s->result.failed;
	s->may_fail = true;
	s->result.failed = false;
	do {
		one_pass(s);
		f->stopped |= sim_failed(s);
	} while (!f->stopped && !s->cut && !s->result.crashed &&
		 pass_again(f->again, f->pass, f->short_listings));
	if (f->again && f->pass == PASS_MAX && !s->cut && !f->stopped) {
		trace("folder %u does not come to rest", n);
		s->result.failed = true;
	}
	if (!f->remote_only && !f->stopped)
		note_held(s);
	(void)sim_failed(s);
	s->may_fail = false;
	f->failed = s->result.failed;
	s->result.failed |= failed;
	s->agenda_folder[n].dying |= f->dying_there;
	s->agenda_folder[n].late |= f->late > 0;
	struct safety_pass pass = {.look_only = f->remote_only || f->resolve,
				   .missing = f->missing,
				   .unopened = f->unopened,
				   .aside = f->aside + f->late};
	safety_take(&s->safety[n], &pass);
}
