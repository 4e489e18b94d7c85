/* SPDX-License-Identifier: MIT */
/* One sync of the model account, in the order that the agenda gives. */
#include "tests/sim/sim_priv.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/ledger.h"
#include "daemon/core/pair.h"
#include "daemon/core/safety.h"
#include "daemon/core/standing.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

bool sim_step(struct sim *s)
{
	if (s->opts->watch)
		s->opts->watch(s->opts->ctx, s->w, SIM_BEFORE, s->f.n);
	if (s->may_fail && sim_chance(s, s->opts->fail)) {
		trace("a step fails");
		s->failing = s->result.failed = true;
		return false;
	}
	if (s->result.steps == s->opts->crash) {
		trace("crash");
		s->result.crashed = true;
		return false;
	}
	s->result.steps++;
	return true;
}

void sim_made(struct sim *s)
{
	if (s->opts->watch)
		s->opts->watch(s->opts->ctx, s->w, SIM_BEHIND, s->f.n);
}

bool sim_ask(struct sim *s)
{
	if (s->cut)
		return false;
	if (s->result.asked++ == s->opts->cut) {
		trace("the connection is cut");
		s->cut = s->result.lost = true;
	}
	return true;
}

bool sim_tell(struct sim *s)
{
	if (!sim_ask(s))
		return false;
	s->result.told++;
	return true;
}

void sim_deletes(struct sim *s)
{
	if (s->opts->watch)
		s->opts->watch(s->opts->ctx, s->w, SIM_DELETING, s->f.n);
}

bool sim_failed(struct sim *s)
{
	bool failing = s->failing;

	s->failing = false;
	s->full |= failing;
	return failing;
}

bool sim_refused(struct sim *s)
{
	if (s->cut || !sim_chance(s, s->opts->refuse))
		return false;
	trace("the server refuses it");
	s->result.failed = true;
	return true;
}

bool sim_chance(struct sim *s, uint32_t odds)
{
	return odds > 0 && rng_below(&s->rng, odds) == 0;
}

bool sim_breaks(const struct sim *s, enum sim_sabotage rule)
{
	return s->opts->sabotage == rule;
}

void sim_meddle(struct sim *s)
{
	if (sim_chance(s, s->opts->meddle))
		user_acts(s->w, &s->rng);
}

/* The agenda's input. */

static size_t count_there(const struct world_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->rows; i++)
		n += fate_is_there((enum fate)t->row[i].base.fate);
	return n;
}

static size_t count_tombs(const struct world_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->rows; i++) {
		enum fate fate = (enum fate)t->row[i].base.fate;
		n += fate == FATE_DYING_HERE || fate == FATE_DYING_THERE ||
		     fate == FATE_REPLACED || fate == FATE_MOVED_THERE;
	}
	return n;
}

static struct standing_past past_of(const struct world_table *t)
{
	return (struct standing_past){
	    .at = t->at, .horizon = t->horizon, .there = count_there(t)};
}

static size_t count_intents(const struct world *w, int folder, bool all)
{
	size_t n = 0;

	for (size_t i = 0; i < w->intents; i++)
		n += w->intent[i].folder == folder &&
		     (all || w->intent[i].text == 0);
	return n;
}

static void prepare(struct sim *s, int n)
{
	const struct sim_local_scaned *v = &s->local_scan.folder[n];
	const struct world_table *t = &s->w->folder[n].table;
	const struct standing *now = &s->status[n];
	const struct standing_past past = past_of(t);
	struct horizon horizon = sim_horizon(s->w);

	s->agenda_folder[n] = agenda_folder(&(struct agenda_facts){
	    .quiet = !s->opts->full &&
		     !horizon_is_wider(&horizon, &past.horizon) &&
		     standing_unchanged(now, &past, s->w->caps.qresync),
	    .may_have_lost = standing_may_have_lost(now, &past),
	    .may_have_gained = standing_may_have_gained(now, &past),
	    .clean = v->clean,
	    .moves = v->nmoved > 0,
	    .promised = count_intents(s->w, n, false) > 0,
	    .asked = t->hold || t->held_here || t->held_there,
	    .tombs = count_tombs(t),
	    .intents = count_intents(s->w, n, true),
	});
	s->safety[n] =
	    (struct safety_folder){.unseen = s->agenda_folder[n].dirty};
}

static void ask_status(struct sim *s)
{
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_box *b = &s->w->box[i];
		s->status[i] = (struct standing){
		    .at = {.uidvalidity = b->uidvalidity,
			   .uidnext = b->uidnext,
			   .modseq = s->w->caps.condstore ? b->modseq : 0},
		    .messages = (int64_t)b->messages,
		};
	}
}

/* W4. */
static bool may_delete(const struct sim *s, int folder, enum safety_side side)
{
	const struct safety account = {.unread = false};

	return !s->result.crashed &&
	       (sim_breaks(s, SIM_REAP_ALWAYS) ||
		safety_allows(&account, &s->safety[folder], side));
}

/* What was moved out of a folder has followed, or cannot follow any more. */
static void settle_moves(struct sim *s, int folder, bool all)
{
	struct ledger_folder moves[WORLD_FOLDERS];
	struct ledger_lost lost[WORLD_FOLDERS * WORLD_ROWS];
	struct ledger l = {.folder = moves, .n = WORLD_FOLDERS, .lost = lost};
	struct ledger_end end = {.all = all};

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		struct sim_local_scaned *v = &s->local_scan.folder[i];
		moves[i] = (struct ledger_folder){
		    .row = i,
		    .moved = v->moved,
		    .nmoved = v->nmoved,
		    .expected = v->expected,
		    .nexpected = v->nexpected,
		};
	}
	for (; l.nlost < s->nlost; l.nlost++)
		lost[l.nlost] =
		    (struct ledger_lost){.folder = s->lost[l.nlost].folder,
					 .uid = s->lost[l.nlost].uid};
	if (ledger_settle(&l, (size_t)folder, &end, &s->agenda) < 0)
		abort();
	for (int i = 0; i < WORLD_FOLDERS; i++)
		s->local_scan.folder[i].nexpected = moves[i].nexpected;
}

static void local_scan_again(struct sim *s)
{
	if (!sim_local_scan(s))
		return;
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct sim_local_scaned *v = &s->local_scan.folder[i];
		s->agenda_folder[i].moves = v->nmoved > 0;
		s->agenda_folder[i].dirty |= v->nexpected > 0;
		settle_moves(s, i, false);
	}
}

static void folders(struct sim *s)
{
	while (!s->cut && !s->result.crashed && !s->full) {
		struct agenda_todo todo = agenda_next(&s->agenda);
		sim_meddle(s);
		switch (todo.step) {
		case AGENDA_LIST:
		case AGENDA_RESOLVE:
		case AGENDA_PASS:
			sim_folder(s, &todo);
			if (!s->f.failed)
				settle_moves(s, (int)todo.folder,
					     todo.step == AGENDA_PASS);
			break;
		case AGENDA_SCAN:
			if (!s->agenda.confirmed ||
			    !sim_breaks(s, SIM_ONE_LOOK))
				local_scan_again(s);
			break;
		case AGENDA_REAP:
			if (may_delete(s, (int)todo.folder, SAFETY_THERE))
				sim_folder(s, &todo);
			break;
		case AGENDA_END:
			return;
		}
	}
}

/* Somebody may have renamed it meanwhile; or written to it, and then it is new.
 */
static struct world_file *find_dying(struct world_dir *d,
				     const struct world_row *row)
{
	struct world_file *f = world_file(d, row->base.key);

	for (size_t i = 0; i < d->files && !f; i++) {
		if (world_print(&d->file[i]) == row->base.print)
			f = &d->file[i];
	}
	return f && f->text == row->text ? f : NULL;
}

/* The files to the trash, then the rows. */
static void bury(struct sim *s, int folder)
{
	struct world_folder *f = &s->w->folder[folder];
	uint32_t uid[WORLD_ROWS];
	size_t n = 0;

	s->f.n = folder;
	for (size_t i = 0; i < f->table.rows; i++) {
		if (f->table.row[i].base.fate == FATE_DYING_HERE)
			uid[n++] = f->table.row[i].base.uid;
	}
	for (size_t i = 0; i < n; i++) {
		const struct world_row *row = world_row(&f->table, uid[i]);
		sim_meddle(s);
		struct world_file *file = find_dying(&f->dir, row);
		if (!file)
			continue;
		uint64_t key = file->key;
		sim_deletes(s);
		if (!sim_step(s))
			return;
		trace("here %04x goes to the trash, body %u", key,
		      text_body(file->text));
		assert_true(s->w->trashed < WORLD_TRASH);
		s->w->trash[s->w->trashed++] = *file;
		world_remove_file(&f->dir, file);
		sim_made(s);
	}
	if (n == 0 || !sim_step(s))
		return;
	for (size_t i = 0; i < n; i++)
		world_drop_row(&f->table, uid[i]);
	sim_made(s);
}

struct sim_result sim_sync(struct world *w, const struct sim_opts *opts)
{
	static struct sim s;

	s.opts = opts;
	s.w = w;
	s.rng = (struct rng){opts->seed};
	s.result = (struct sim_result){0};
	s.cut = s.may_fail = s.failing = s.full = false;
	s.nlost = 0;
	trace("sync");
	/* LIST, with STATUS. */
	if (!sim_ask(&s) || s.cut)
		return s.result;
	ask_status(&s);
	if (!sim_local_scan(&s))
		return s.result;
	for (int i = 0; i < WORLD_FOLDERS; i++)
		prepare(&s, i);
	agenda_init(&s.agenda, s.agenda_folder, WORLD_FOLDERS);
	folders(&s);
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		if (may_delete(&s, i, SAFETY_HERE))
			bury(&s, i);
	}
	return s.result;
}
