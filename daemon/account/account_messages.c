/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_messages.h"

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

static void release_moves(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->folder[i].loose.file);
		free(l->folder[i].loose.row);
		free(l->folder[i].moved);
		free(l->folder[i].expected);
	}
	free(l->folder);
	l->folder = NULL;
	l->n = 0;
}

static void release(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;

	account_dry_run_release(a);
	release_moves(&m->moves);
	ledger_release_lost(&m->moves);
	free(m->safety);
	free(m->folder);
	free(m->outcome);
	*m = (struct account_messages){0};
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
	const struct local_scan_folder *s = &a->cycle.scan.files.folder[i];
	const struct mailbox *box = account_box(a, i);
	struct agenda_folder *f = &a->cycle.messages.folder[i];
	struct standing now = mailbox_standing(box);
	struct standing_past past = folder_past(&s->row);

	*f = (struct agenda_folder){0};
	account_safety_begin(a, i, true);
	if (a->cycle.scan.unseen[i] || !account_asked_for(a, box->display) ||
	    account_avoids(a, box->display))
		return;
	if (a->env.opts.folder.verify) {
		f->dirty = true;
		return;
	}
	*f = agenda_folder(&(struct agenda_facts){
	    .quiet = is_quiet_there(a, &now, &past),
	    .may_have_lost = standing_may_have_lost(&now, &past),
	    .may_have_gained = standing_may_have_gained(&now, &past),
	    .clean = s->clean,
	    .moves = a->cycle.messages.moves.folder[i].nmoved > 0,
	    .promised = s->promised,
	    .asked = s->asked,
	    .tombs = s->row.tombs,
	    .intents = s->row.intents,
	});
	account_safety_begin(a, i, f->dirty);
	if (s->clean && !a->env.opts.once)
		clean_cache_note(&a->clean_cache, box->wire, &s->stamp,
				 clock_wall_ns());
	else
		clean_cache_forget(&a->clean_cache, box->wire);
}

/* What was moved out of a folder has followed, or (all false) cannot follow any
 * more. */
static void settle_moves(struct account *a, size_t folder, bool all)
{
	struct account_messages *m = &a->cycle.messages;
	struct ledger_end end = {
	    .all = all,
	    .follow = m->dry_run[folder].follow,
	    .nfollow = m->dry_run[folder].nfollow,
	};

	if (ledger_settle(&m->moves, folder, &end, &m->agenda) < 0)
		abort();
}

/* What the scan found of them is the ledger's from now on. */
static void take_moves(struct account *a)
{
	struct local_scan *files = &a->cycle.scan.files;
	struct ledger *l = &a->cycle.messages.moves;

	release_moves(l);
	l->folder = xcalloc(files->n + 1, sizeof(*l->folder));
	l->n = files->n;
	for (size_t i = 0; i < files->n; i++) {
		struct local_scan_folder *s = &files->folder[i];
		l->folder[i] = (struct ledger_folder){
		    .row = s->row.id,
		    .unseen = a->cycle.scan.unseen[i],
		    .loose = s->loose,
		    .moved = s->moved,
		    .nmoved = s->nmoved,
		    .expected = s->expected,
		    .nexpected = s->nexpected,
		};
		s->loose = (struct loose){0};
		s->moved = NULL;
		s->expected = NULL;
		s->nmoved = s->nexpected = 0;
	}
}

/* The second look found more: what moved meanwhile, or came back. */
static void prepare_again(struct account *a, size_t i)
{
	const struct ledger_folder *moves = &a->cycle.messages.moves.folder[i];
	struct agenda_folder *f = &a->cycle.messages.folder[i];

	if (a->cycle.scan.unseen[i] ||
	    !account_asked_for(a, account_box(a, i)->display) ||
	    account_avoids(a, account_box(a, i)->display))
		return;
	f->moves = moves->nmoved > 0;
	f->dirty |= moves->nexpected > 0;
	settle_moves(a, i, false);
}

void account_messages_begin(struct account *a, size_t n)
{
	struct account_messages *m = &a->cycle.messages;

	release(a);
	m->n = n;
	m->safety = xcalloc(n + 1, sizeof(*m->safety));
	m->folder = xcalloc(n + 1, sizeof(*m->folder));
	m->outcome = xcalloc(n + 1, sizeof(*m->outcome));
	m->dry_run = xcalloc(n + 1, sizeof(*m->dry_run));
	for (size_t i = 0; i < n; i++)
		account_safety_begin(a, i, true);
}

/* Results. */

static void take_result(struct account *a, const struct folder_result *r)
{
	if (a->env.opts.folder.dry_run) {
		account_dry_run_take(a, r);
	} else {
		report_folder(a->env.report, a->env.account->name,
			      account_folder_name(a, a->cycle.messages.current),
			      r);
		totals_add(&a->report.totals, r);
	}
	account_report_kept(a, r);
	account_safety_take(a, r);
	struct agenda_folder *f =
	    &a->cycle.messages.folder[a->cycle.messages.current];
	f->dying |= r->reap && !a->env.opts.folder.verify;
	f->late |= r->late > 0;
	if (r->differences > 0 && a->report.code < ERR_HELD)
		a->report.code = ERR_HELD;
	if (a->cycle.messages.step != AGENDA_LIST &&
	    a->cycle.messages.step != AGENDA_RESOLVE)
		a->cycle.messages.outcome[a->cycle.messages.current] =
		    (struct outcome){
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
	ledger_tell(&a->cycle.messages.moves, &a->cycle.messages.agenda);
	for (size_t i = 0; r->alive && i < a->cycle.remove.n; i++) {
		struct removal *x = &a->cycle.remove.removal[i];
		x->alive |=
		    strcmp(x->wire,
			   account_box(a, a->cycle.messages.current)->wire) ==
		    0;
	}
	if (r->err.code != ERR_NONE && !r->lost)
		account_fail(a,
			     account_folder_name(a, a->cycle.messages.current),
			     &r->err);
}

/* Folders. */

static void folder_progress(void *ctx, size_t n, size_t total, uint64_t bytes)
{
	struct account *a = ctx;

	report_progress(a->env.report, a->env.account->name,
			account_folder_name(a, a->cycle.messages.current), n,
			total, bytes);
}

static void folder_planned(void *ctx, const char *folder, const char *line)
{
	struct account *a = ctx;
	bool own =
	    strcmp(folder, account_folder_name(a, a->cycle.messages.current)) ==
	    0;

	if (account_dry_runs(a))
		lines_add(
		    &a->cycle.messages.dry_run[a->cycle.messages.current].lines,
		    own ? NULL : folder, xstrdup(line));
	else
		log_result(a->env.account->name, folder, line);
}

/* What the server tells of it from now on is news. */
static void note_standing(struct account *a, const struct folder_result *r)
{
	struct mailbox *box =
	    &a->boxes.box[a->cycle.scan.box[a->cycle.messages.current]];

	mailbox_stands(box, r->there_known && !r->lost ? &r->there : NULL);
	box->passed = true;
}

static void folder_done(void *ctx)
{
	struct account *a = ctx;
	struct account_messages *m = &a->cycle.messages;
	const struct folder_result *r = folder_result(m->pass);
	bool lost = r->lost;
	bool give_up =
	    r->err.scope >= ERR_SCOPE_ACCOUNT && r->err.code != ERR_NONE;

	take_result(a, r);
	note_standing(a, r);
	if (r->unopened)
		account_avoid(a, account_folder_name(a, m->current),
			      r->err.text);
	else if (!lost)
		account_opened(a, account_folder_name(a, m->current));
	if (!lost && r->err.code == ERR_NONE)
		/* What waits for its message to be shown may follow yet. */
		settle_moves(a, m->current,
			     m->step == AGENDA_PASS && r->hidden == 0);
	folder_free(m->pass);
	m->pass = NULL;
	/* Where a session is lost and still there, it is about to say why. */
	if (lost && !m->cut)
		cycle_take(a, CYCLE_WAITING);
	else
		cycle_take(a, m->cut || give_up ? CYCLE_FAILED : CYCLE_MORE);
}

static const struct folder_handler folder_handler = {
    .progress = folder_progress,
    .planned = folder_planned,
    .done = folder_done,
};

static void start_folder(struct account *a, const struct agenda_todo *todo)
{
	const struct local_scan_folder *s =
	    &a->cycle.scan.files.folder[todo->folder];
	const struct ledger_folder *moves =
	    &a->cycle.messages.moves.folder[todo->folder];
	struct folder_env env = {
	    .account = a->env.account,
	    .disk = a->env.disk,
	    .store = &a->store,
	    .session = a->session,
	    .boxes = &a->boxes,
	    .moves = &a->cycle.messages.moves,
	    .opts = a->env.opts.folder,
	    .task =
		{
		    .remote_only = todo->step == AGENDA_LIST,
		    .resolve = todo->step == AGENDA_RESOLVE,
		    .first = todo->first,
		    .defer_gone = todo->defer_gone,
		    .partial = a->safety.unread,
		    .reap = todo->step == AGENDA_REAP ||
			    (account_dry_runs(a) && !a->safety.unread &&
			     !a->safety.no_trash),
		    .careful = account_flight_careful(
			a, account_box(a, todo->folder)->display),
		    .loose = account_dry_runs(a) ? NULL : &moves->loose,
		    .moved_there = moves->moved,
		    .nmoved_there = moves->nmoved,
		    .expected = moves->expected,
		    .nexpected = moves->nexpected,
		    .same =
			s->clean && !a->env.opts.folder.full ? &s->stamp : NULL,
		    .doomed = account_box(a, todo->folder)->doomed,
		},
	    .handler = &folder_handler,
	    .ctx = a,
	};

	a->cycle.messages.current = todo->folder;
	a->cycle.messages.step = todo->step;
	account_dry_run_begin(a);
	/* What is deleted in the trash is deleted for good. */
	if (a->cycle.list.trash &&
	    a->cycle.list.trash != account_box(a, a->cycle.messages.current))
		env.trash = a->cycle.list.trash;
	a->cycle.messages.pass =
	    folder_new(&env, account_box(a, a->cycle.messages.current));
}

/* Files that are being written: worth a moment. true: they are waited for. */
static bool wait_for_writers(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;
	bool busy = false;

	for (size_t i = 0; i < a->cycle.scan.files.n; i++)
		busy |= m->outcome[i].busy > 0;
	if (!busy || !a->env.opts.once || m->waits == BUSY_TRIES)
		return false;
	m->waits++;
	m->waiting = true;
	account_wait(a, BUSY_WAIT_MS);
	return true;
}

static void waited(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;

	m->waiting = false;
	for (size_t i = 0; i < a->cycle.scan.files.n; i++) {
		if (m->outcome[i].busy == 0)
			continue;
		agenda_dirty(&m->agenda, i);
		m->folder[i].repeats = 0;
	}
}

/* W4: what may not be deleted waits for another sync. Nor a folder that was set
 * aside in this one: what it said once it would say each time. */
static bool is_left_out(struct account *a, const struct agenda_todo *todo)
{
	if (todo->step == AGENDA_SCAN || todo->step == AGENDA_END)
		return false;
	const char *name = account_box(a, todo->folder)->display;
	if (account_avoids(a, name))
		return true;
	if (todo->step != AGENDA_REAP ||
	    account_may_delete(a,
			       a->cycle.scan.files.folder[todo->folder].row.id,
			       SAFETY_THERE))
		return false;
	if (account_due_moving(a))
		account_changed_here(a, name);
	return true;
}

static struct agenda_todo next_todo(struct account *a)
{
	struct agenda_todo todo;

	do
		todo = agenda_next(&a->cycle.messages.agenda);
	while (is_left_out(a, &todo));
	return todo;
}

/* Where somebody moves files all the time, the next sync goes on. */
static void leave_late(struct account *a)
{
	for (size_t i = 0; i < a->cycle.scan.files.n; i++) {
		if (a->cycle.messages.folder[i].late)
			account_changed_here(a, account_folder_name(a, i));
	}
}

static enum cycle_found next(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;

	if (m->waiting)
		waited(a);
	struct agenda_todo todo = next_todo(a);
	switch (todo.step) {
	case AGENDA_LIST:
	case AGENDA_RESOLVE:
	case AGENDA_PASS:
	case AGENDA_REAP:
		start_folder(a, &todo);
		return CYCLE_WAITING;
	case AGENDA_SCAN:
		if (!m->agenda.confirmed || account_may_reap(a)) {
			a->cycle.scan.again = true;
			return CYCLE_RESCAN;
		}
		break;
	case AGENDA_END:
		leave_late(a);
		break;
	}
	return wait_for_writers(a) ? CYCLE_WAITING : CYCLE_DONE;
}

static enum cycle_found start(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;
	size_t n = a->cycle.scan.files.n;

	take_moves(a);
	if (a->cycle.scan.times > 1) {
		for (size_t i = 0; i < n; i++)
			prepare_again(a, i);
	} else {
		for (size_t i = 0; i < n; i++)
			prepare(a, i);
		agenda_init(&m->agenda, m->folder, n);
	}
	return next(a);
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	/* It says what it found by itself. */
	if (a->cycle.messages.pass)
		folder_event(a->cycle.messages.pass, ev);
	return CYCLE_WAITING;
}

static bool cut(struct account *a)
{
	struct account_messages *m = &a->cycle.messages;

	m->cut = true;
	if (!m->pass) {
		account_wait_no_more(a);
		return true;
	}
	folder_stop(m->pass);
	return false;
}

static void in_flight(const struct account *a, struct flight *out)
{
	if (a->cycle.messages.pass)
		folder_in_flight(a->cycle.messages.pass, out);
}

const struct stage account_messages_stage = {
    .start = start,
    .next = next,
    .event = event,
    .cut = cut,
    .in_flight = in_flight,
    .release = release,
};
