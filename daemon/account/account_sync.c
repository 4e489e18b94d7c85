/* SPDX-License-Identifier: MIT */
/* One sync of an account: a look at all files, the folders in the order that
 * the agenda gives, then the deletions (W4: all copies of the account are made
 * by then). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/remote/remote_list.h"
#include "daemon/store/trash.h"

/* A file that somebody is writing is waited for, so long in a single sync. */
#define BUSY_TRIES   20
#define BUSY_WAIT_MS 300

static void next_step(struct account *a);

static const struct mailbox *box_of(const struct account *a, size_t i)
{
	return &a->boxes.box[a->listed_box[i]];
}

const char *account_folder_name(const struct account *a)
{
	return box_of(a, a->current)->display;
}

/* The survey: one folder a job. */

static void local_scan_next(struct account *a);

static void local_scan_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	const struct mailbox *box = box_of(a, a->local_scan.n);
	struct store_name name = {.wire = box->wire,
				  .name = box->name,
				  .delim = box->delim,
				  .doomed = box->doomed};

	a->job_result = local_scan_add(
	    &a->local_scan, &a->store, &name,
	    clean_cache_find(&a->clean_cache, box->wire), &a->job_err);
}

static void local_scan_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	a->current = a->local_scan.n - 1;
	if (a->job_result < 0) {
		/* What it lacks may be what another one lost. */
		a->partial = true;
		a->unseen[a->current] = true;
		account_fail(a, account_folder_name(a), &a->job_err);
	}
	a->boxes.box[a->listed_box[a->current]].row =
	    a->local_scan.folder[a->current].row.id;
	if (account_is_over(a))
		account_finish_disk(a);
	else
		local_scan_next(a);
}

static void pair_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = local_scan_pair(&a->local_scan, &a->store, &a->job_err);
}

static bool is_quiet_there(const struct account *a, const struct standing *now,
			   const struct standing_past *past)
{
	struct imap4_engine *e = session_engine(a->session);
	struct horizon horizon = folder_horizon(a->env.account);

	return !a->env.opts.folder.full &&
	       !horizon_is_wider(&horizon, &past->horizon) &&
	       standing_unchanged(now, past,
				  imap4_engine_enabled(e, "QRESYNC"));
}

static void prepare(struct account *a, size_t i)
{
	const struct local_scan_folder *s = &a->local_scan.folder[i];
	const struct mailbox *box = box_of(a, i);
	struct agenda_folder *f = &a->agenda_folder[i];
	struct standing now = mailbox_standing(box);
	struct standing_past past = folder_past(&s->row);
	bool quiet = is_quiet_there(a, &now, &past);

	*f = (struct agenda_folder){0};
	account_safety_begin(a, i, true);
	if (a->unseen[i] || !account_asked_for(a, box->display) ||
	    account_avoids(a, box->display))
		return;
	if (a->env.opts.folder.verify) {
		f->dirty = true;
		return;
	}
	f->lost = !quiet && standing_may_have_lost(&now, &past);
	f->gained = !quiet && standing_may_have_gained(&now, &past);
	f->moves = s->nmoved > 0;
	f->promised = s->promised;
	f->dying = s->row.tombs > 0;
	f->dirty = !quiet || !s->clean || s->asked || s->row.tombs > 0 ||
		   s->row.intents > 0;
	account_safety_begin(a, i, f->dirty);
	if (s->clean && !a->env.opts.once)
		clean_cache_note(&a->clean_cache, box->wire, &s->stamp,
				 clock_wall_ns());
	else
		clean_cache_forget(&a->clean_cache, box->wire);
}

/* The UIDs that a folder has lost there, for pair_has_key(); owned. */
static uint64_t *lost_uids(const struct account *a, int64_t folder, size_t *n)
{
	uint64_t *uid = xcalloc(a->lost.n + 1, sizeof(*uid));

	*n = 0;
	for (size_t i = 0; i < a->lost.n; i++) {
		if (a->lost.message[i].folder == folder)
			uid[(*n)++] = a->lost.message[i].uid;
	}
	pair_sort_keys(uid, *n);
	return uid;
}

static void unexpect(struct local_scan_folder *f, uint64_t *key, size_t n)
{
	size_t kept = 0;

	pair_sort_keys(key, n);
	for (size_t i = 0; i < f->nexpected; i++) {
		if (!pair_has_key(key, n, f->expected[i]))
			f->expected[kept++] = f->expected[i];
	}
	f->nexpected = kept;
}

/* What was moved out of a folder has followed, or (all false) cannot follow any
 * more: its file is no longer to be waited for. */
static void settle_moves(struct account *a, size_t folder, bool all)
{
	const struct local_scan_folder *s = &a->local_scan.folder[folder];

	if (s->nmoved == 0)
		return;
	uint64_t *key = xcalloc(s->nmoved, sizeof(*key));
	size_t nlost;
	uint64_t *lost = lost_uids(a, s->row.id, &nlost);
	for (size_t to = 0; to < a->local_scan.n; to++) {
		size_t n = 0;
		for (size_t i = 0; i < s->nmoved && !a->unseen[to]; i++) {
			const struct move_there *m = &s->moved[i];
			if (m->to == a->local_scan.folder[to].row.id &&
			    ((all &&
			      !account_rehearse_follows(a, folder, m->key)) ||
			     pair_has_key(lost, nlost, m->uid)))
				key[n++] = m->key;
		}
		if (n == 0)
			continue;
		agenda_dirty(&a->agenda, to);
		unexpect(&a->local_scan.folder[to], key, n);
	}
	free(lost);
	free(key);
}

/* The second look found more: what moved meanwhile, or came back. */
static void prepare_again(struct account *a, size_t i)
{
	const struct local_scan_folder *s = &a->local_scan.folder[i];
	struct agenda_folder *f = &a->agenda_folder[i];

	if (a->unseen[i] || !account_asked_for(a, box_of(a, i)->display) ||
	    account_avoids(a, box_of(a, i)->display))
		return;
	f->moves = s->nmoved > 0;
	f->dirty |= s->nexpected > 0;
	settle_moves(a, i, false);
}

static void pair_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	bool failed = a->job_result < 0;

	free(j);
	if (failed)
		account_fail(a, NULL, &a->job_err);
	/* Without the moves, what is new may be what another folder lacks. */
	if (failed || account_is_over(a)) {
		account_finish_disk(a);
		return;
	}
	a->phase = ACCOUNT_SYNCING;
	if (a->local_scans > 1) {
		for (size_t i = 0; i < a->local_scan.n; i++)
			prepare_again(a, i);
	} else {
		for (size_t i = 0; i < a->local_scan.n; i++)
			prepare(a, i);
		agenda_init(&a->agenda, a->agenda_folder, a->local_scan.n);
	}
	next_step(a);
}

static void local_scan_next(struct account *a)
{
	if (a->local_scan.n < a->nlisted)
		account_post(a, local_scan_run, local_scan_done);
	else
		account_post(a, pair_run, pair_done);
}

static void local_scan(struct account *a)
{
	a->phase = ACCOUNT_SCANNING;
	local_scan_release(&a->local_scan);
	a->local_scans++;
	local_scan_next(a);
}

void account_sync(struct account *a)
{
	size_t n = a->boxes.n;

	account_sync_release(a);
	a->listed_box = xcalloc(n + 1, sizeof(*a->listed_box));
	a->unseen = xcalloc(n + 1, sizeof(*a->unseen));
	a->safety = xcalloc(n + 1, sizeof(*a->safety));
	a->agenda_folder = xcalloc(n + 1, sizeof(*a->agenda_folder));
	a->outcome = xcalloc(n + 1, sizeof(*a->outcome));
	a->rehearsal = xcalloc(n + 1, sizeof(*a->rehearsal));
	for (size_t i = 0; i < n; i++) {
		account_safety_begin(a, i, true);
		if (a->boxes.box[i].synced || a->boxes.box[i].doomed)
			a->listed_box[a->nlisted++] = i;
	}
	a->local_scans = 0;
	local_scan(a);
}

void account_sync_release(struct account *a)
{
	account_rehearse_release(a);
	local_scan_release(&a->local_scan);
	lost_release(&a->lost);
	free(a->listed_box);
	free(a->unseen);
	free(a->safety);
	free(a->agenda_folder);
	free(a->outcome);
	a->listed_box = NULL;
	a->unseen = NULL;
	a->safety = NULL;
	a->agenda_folder = NULL;
	a->outcome = NULL;
	a->nlisted = 0;
}

/* Results. */

static void take_dirty(struct account *a, const struct folder_result *r)
{
	for (size_t k = 0; k < r->nstirred; k++) {
		for (size_t i = 0; i < a->local_scan.n; i++) {
			if (a->local_scan.folder[i].row.id == r->dirty[k] &&
			    !a->unseen[i])
				agenda_dirty(&a->agenda, i);
		}
	}
}

static void take_result(struct account *a, const struct folder_result *r)
{
	if (a->env.opts.folder.dry_run) {
		account_rehearse_take(a, r);
	} else {
		report_folder(a->env.report, a->env.account->name,
			      account_folder_name(a), r);
		totals_add(&a->totals, r);
	}
	account_report_kept(a, r);
	account_safety_take(a, r);
	a->agenda_folder[a->current].dying |=
	    r->reap && !a->env.opts.folder.verify;
	if (r->differences > 0 && a->code < ERR_HELD)
		a->code = ERR_HELD;
	if (a->step != AGENDA_LIST && a->step != AGENDA_RESOLVE)
		a->outcome[a->current] = (struct outcome){
		    .held_here = r->held_here,
		    .held_there = r->held_there,
		    .misfit_here = r->misfit_here,
		    .misfit_there = r->misfit_there,
		    .pending_uploads = r->pending_uploads,
		    .pending_deletions = r->pending_deletions,
		    .pending_flags = r->pending_flags,
		    .hidden = r->hidden,
		    .aside = r->aside,
		    .withheld = r->refused > 0 ? 0 : r->withheld,
		    .busy = r->busy,
		    .skipped = r->skipped,
		};
	take_dirty(a, r);
	for (size_t i = 0; r->alive && i < a->removals.n; i++) {
		struct removal *x = &a->removals.removal[i];
		x->alive |= strcmp(x->wire, box_of(a, a->current)->wire) == 0;
	}
	if (r->err.code != ERR_NONE && !r->lost)
		account_fail(a, account_folder_name(a), &r->err);
}

/* Folders. */

static void folder_progress(void *ctx, size_t n, size_t total, uint64_t bytes)
{
	struct account *a = ctx;

	report_progress(a->env.report, a->env.account->name,
			account_folder_name(a), n, total, bytes);
}

static void folder_planned(void *ctx, const char *folder, const char *line)
{
	struct account *a = ctx;
	bool own = strcmp(folder, account_folder_name(a)) == 0;

	if (account_rehearses(a))
		lines_add(&a->rehearsal[a->current].lines, own ? NULL : folder,
			  xstrdup(line));
	else
		log_result(a->env.account->name, folder, line);
}

static void folder_done(void *ctx)
{
	struct account *a = ctx;
	const struct folder_result *r = folder_result(a->folder);
	bool lost = r->lost;
	bool give_up =
	    r->err.scope >= ERR_SCOPE_ACCOUNT && r->err.code != ERR_NONE;

	take_result(a, r);
	if (r->unopened)
		account_avoid(a, account_folder_name(a), r->err.text);
	else if (!lost)
		account_opened(a, account_folder_name(a));
	if (!lost && r->err.code == ERR_NONE)
		/* What waits for its message to be shown may follow yet. */
		settle_moves(a, a->current,
			     a->step == AGENDA_PASS && r->hidden == 0);
	folder_free(a->folder);
	a->folder = NULL;
	if (lost && a->session && !a->stopping)
		return; /* the session is about to say why */
	if (lost || account_is_over(a) || a->folder_cut || give_up)
		account_finish_disk(a);
	else
		next_step(a);
}

static const struct folder_handler folder_handler = {
    .progress = folder_progress,
    .planned = folder_planned,
    .done = folder_done,
};

static void start_folder(struct account *a, const struct agenda_todo *todo)
{
	const struct local_scan_folder *s = &a->local_scan.folder[todo->folder];
	struct folder_env env = {
	    .account = a->env.account,
	    .disk = a->env.disk,
	    .store = &a->store,
	    .session = a->session,
	    .boxes = &a->boxes,
	    .lost = &a->lost,
	    .opts = a->env.opts.folder,
	    .task =
		{
		    .remote_only = todo->step == AGENDA_LIST,
		    .resolve = todo->step == AGENDA_RESOLVE,
		    .first = todo->first,
		    .defer_gone = todo->defer_gone,
		    .partial = a->partial,
		    .reap =
			todo->step == AGENDA_REAP ||
			(account_rehearses(a) && !a->partial && !a->no_reap),
		    .careful = account_flight_careful(
			a, box_of(a, todo->folder)->display),
		    .moved_there = s->moved,
		    .nmoved_there = s->nmoved,
		    .expected = s->expected,
		    .nexpected = s->nexpected,
		    .same =
			s->clean && !a->env.opts.folder.full ? &s->stamp : NULL,
		    .doomed = box_of(a, todo->folder)->doomed,
		},
	    .handler = &folder_handler,
	    .ctx = a,
	};

	a->current = todo->folder;
	a->step = todo->step;
	account_rehearse_begin(a);
	/* What is deleted in the trash is deleted for good. */
	if (a->trash && a->trash != box_of(a, a->current))
		env.trash = a->trash;
	a->folder = folder_new(&env, box_of(a, a->current));
}

/* Files that are being written: worth a moment. true: they are waited for. */
static bool wait_for_writers(struct account *a)
{
	bool busy = false;

	for (size_t i = 0; i < a->local_scan.n; i++)
		busy |= a->outcome[i].busy > 0;
	if (!busy || !a->env.opts.once || a->waited == BUSY_TRIES)
		return false;
	a->waited++;
	account_wait(a, BUSY_WAIT_MS);
	return true;
}

void account_waited(struct account *a)
{
	for (size_t i = 0; i < a->local_scan.n; i++) {
		if (a->outcome[i].busy == 0)
			continue;
		agenda_dirty(&a->agenda, i);
		a->agenda_folder[i].repeats = 0;
	}
	next_step(a);
}

/* W4: what may not be deleted waits for another sync. Nor a folder that was set
 * aside in this one: what it said once it would say each time. */
static bool is_left_out(struct account *a, const struct agenda_todo *todo)
{
	if (todo->step == AGENDA_SCAN || todo->step == AGENDA_END)
		return false;
	return account_avoids(a, box_of(a, todo->folder)->display) ||
	       (todo->step == AGENDA_REAP &&
		!account_may_delete(a,
				    a->local_scan.folder[todo->folder].row.id,
				    SAFETY_THERE));
}

static struct agenda_todo next_todo(struct account *a)
{
	struct agenda_todo todo;

	do
		todo = agenda_next(&a->agenda);
	while (is_left_out(a, &todo));
	return todo;
}

static void next_step(struct account *a)
{
	struct agenda_todo todo = next_todo(a);

	switch (todo.step) {
	case AGENDA_LIST:
	case AGENDA_RESOLVE:
	case AGENDA_PASS:
	case AGENDA_REAP:
		start_folder(a, &todo);
		return;
	case AGENDA_SCAN:
		if (!a->agenda.confirmed || account_may_reap(a)) {
			local_scan(a);
			return;
		}
		break;
	case AGENDA_END:
		break;
	}
	if (wait_for_writers(a))
		return;
	if (a->removals.n > 0 && !a->env.opts.folder.dry_run)
		account_remove(a);
	else
		account_finish_disk(a);
}

/* The end. */

static void leave(struct account *a)
{
	struct imap4_engine *e = a->session ? session_engine(a->session) : NULL;

	if (!a->env.opts.once || a->stopping || a->busy.now || !e ||
	    imap4_engine_logout(e, NULL) < 0) {
		account_sync_ended(a);
		return;
	}
	/* Said, but not waited for: the answer has no news. */
	imap4_conn_flush(session_conn(a->session));
	account_leave(a);
}

static bool may_bury(void *ctx, int64_t folder)
{
	return account_may_delete(ctx, folder, SAFETY_HERE);
}

static void bury_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_folder = 0;
	a->job_result = account_busy_keep(a, &a->job_err);
	/* Not known to be this mailbox's: its mail is not touched. */
	if (!a->store.claimed)
		return;
	if (a->job_result == 0)
		a->job_result = account_flight_keep(a, &a->job_err);
	if (a->job_result == 0)
		a->job_result = account_avoided_keep(a, &a->job_err);
	if (a->job_result == 0 && a->local_scan.n > 0)
		a->job_result =
		    trash_bury(&a->store, may_bury, a, &a->job_count,
			       &a->job_folder, &a->job_err);
	if (a->job_result == 0)
		a->job_result = trash_expire(&a->store, &a->job_err);
	store_rest(&a->store);
}

static void bury_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	const struct mailbox *box =
	    a->job_folder ? mailboxes_find_row(&a->boxes, a->job_folder) : NULL;
	if (a->job_result < 0)
		account_fail(a, box ? box->display : NULL, &a->job_err);
	account_avoided_turn(a);
	if (account_flight_turn(a))
		account_again(a);
	else
		leave(a);
}

void account_finish_disk(struct account *a)
{
	a->phase = ACCOUNT_BURYING;
	if (a->outcome && !a->flights.goes_on) {
		account_report_outcomes(a);
		account_rehearse_end(a);
	}
	if (a->store_open && !a->env.opts.list_only &&
	    !a->env.opts.folder.dry_run)
		account_post(a, bury_run, bury_done);
	else
		leave(a);
}
