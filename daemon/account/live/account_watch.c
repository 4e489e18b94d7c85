/* SPDX-License-Identifier: MIT */
#include "daemon/account/live/account_watch.h"

#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/account/live/account_notify.h"
#include "daemon/account/live/account_watchers.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/watch/network.h"
#include "lib/util/ascii.h"

/* A server may tell later than it lists: Dovecot gathers for half a second. */
#define JUDGE_MS INT64_C(5000)
/* Times that a server gives NOTIFY up, before it is not asked again. */
#define MOST_OVERFLOWS 3

static struct imap4_engine *engine(const struct account *a)
{
	return a->session ? session_engine(a->session) : NULL;
}

static void add_own(struct account_watch *w, imap4_id id)
{
	w->own = xgrow(w->own, w->nown, &w->owncap, sizeof(*w->own));
	w->own[w->nown++] = id;
}

static bool take_own(struct account_watch *w, imap4_id id)
{
	for (size_t i = 0; i < w->nown; i++) {
		if (w->own[i] == id) {
			w->own[i] = w->own[--w->nown];
			return true;
		}
	}
	return false;
}

/* What is watched. */

bool account_watch_wants(const struct account *a, const struct mailbox *box)
{
	char **watch = a->env.account->watch;

	if (!box->synced || a->env.opts.once)
		return false;
	for (; watch && *watch; watch++) {
		if (strcmp(*watch, box->display) == 0 ||
		    (ascii_same(*watch, "INBOX") &&
		     strcmp(box->display, "INBOX") == 0))
			return true;
	}
	return a->env.account->watch == NULL;
}

bool account_is_watched(const struct account *a, const struct mailbox *box)
{
	const struct account_watch *w = &a->watch;

	if (!w->set_up || !w->ready || !account_watch_wants(a, box))
		return false;
	if (w->rung == LADDER_NOTIFY)
		return account_notify_tells(w->notify, box);
	if (w->rung == LADDER_SWEEP)
		return false;
	if (w->idle_on && strcmp(w->idle_on, box->wire) == 0)
		return true;
	return account_watchers_listen(w, box->wire);
}

/* What is heard. */

static void forget_untold(struct account_watch *w, const char *folder)
{
	struct dirty *d = &w->untold;

	for (size_t i = 0; i < d->n; i++) {
		if (strcmp(d->folder[i].name, folder) == 0) {
			free(d->folder[i].name);
			d->folder[i] = d->folder[--d->n];
			return;
		}
	}
}

/* By the server itself: late is not never. */
static void told(struct account *a, struct mailbox *box)
{
	if (box && !box->asked)
		forget_untold(&a->watch, box->display);
	if (box)
		box->asked = false;
}

static void heard_status(struct account *a,
			 const struct imap4_mailbox_status *status)
{
	bool fewer;
	struct mailbox *box = mailboxes_news(&a->boxes, status, &fewer);

	if (!box)
		return;
	box->changes++;
	account_note_there(a, box, fewer);
}

static void heard_standing(struct account *a, const char *wire,
			   const struct standing *now)
{
	struct imap4_mailbox_status status = {
	    .raw = str(wire),
	    .have = (now->at.uidvalidity ? IMAP4_ST_UIDVALIDITY : 0U) |
		    (now->at.uidnext ? IMAP4_ST_UIDNEXT : 0U) |
		    (now->at.modseq ? IMAP4_ST_HIGHESTMODSEQ : 0U) |
		    (now->messages >= 0 ? IMAP4_ST_MESSAGES : 0U),
	    .uidvalidity = now->at.uidvalidity,
	    .uidnext = now->at.uidnext,
	    .highestmodseq = now->at.modseq,
	    .messages = now->messages >= 0 ? (uint64_t)now->messages : 0,
	};

	heard_status(a, &status);
}

void account_watch_heard(struct account *a, const char *wire,
			 enum idle_news news, const struct standing *now)
{
	struct mailbox *box = mailboxes_find(&a->boxes, str(wire));

	if (news == IDLE_STANDS) {
		heard_standing(a, wire, now);
	} else if (box && (news == IDLE_CHANGED || news == IDLE_GONE)) {
		told(a, box);
		box->changes++;
		box->have = 0;
		account_note_there(a, box, news == IDLE_GONE);
	}
}

/* NOTIFY tells of mailboxes that come and go by LIST. Of what is as we know it,
 * it was our own doing. */
static void heard_list(struct account *a, const struct imap4_list *list)
{
	bool there = !(list->attr & (IMAP4_LIST_NONEXISTENT));
	bool known = mailboxes_find(&a->boxes, list->raw) != NULL;

	if (there != known)
		account_changed_there(a, NULL);
}

/* A rung does not bear. */

static void leave_rung(struct account *a)
{
	struct account_watch *w = &a->watch;

	w->ready = false;
	free(w->notify);
	w->notify = NULL;
	if (a->phase == ACCOUNT_IDLE)
		account_watch_rest(a);
}

static void say_fell(struct account *a, const char *why)
{
	static const char *const name[] = {"NOTIFY", "IDLE"};

	if (a->watch.rung < LADDER_SWEEP)
		log_at(LOG_INFO, a->env.account->name, NULL,
		       "the server %s (%s): trying the next best for a day",
		       why, name[a->watch.rung]);
}

static void refused(struct account *a)
{
	say_fell(a, "does not tell what changes");
	ladder_refused(&a->watch.ladder, a->watch.rung, clock_mono_ms());
	leave_rung(a);
}

/* RFC 5465 5.8: what was not told meanwhile has to be looked for. */
static void overflow(struct account *a)
{
	struct account_watch *w = &a->watch;

	free(w->notify);
	w->notify = NULL;
	w->ready = false;
	account_changed_there(a, NULL);
	if (++w->overflows < MOST_OVERFLOWS)
		return;
	w->overflows = 0;
	refused(a);
}

static void judge(struct account *a)
{
	struct account_watch *w = &a->watch;
	bool lied = dirty_any(&w->untold);

	dirty_release(&w->untold);
	if (!lied || !ladder_lied(&w->ladder, w->rung, clock_mono_ms()))
		return;
	say_fell(a, "does not tell all that changes");
	leave_rung(a);
}

static bool has_changed(const struct mailbox *was, const struct mailbox *is)
{
	const uint32_t need =
	    IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT | IMAP4_ST_MESSAGES;

	/* Not by its mod-sequence: there are servers that raise it on their
	 * own. */
	return (was->have & is->have & need) == need && !was->told &&
	       was->uidvalidity == is->uidvalidity &&
	       (was->uidnext != is->uidnext || was->messages != is->messages);
}

void account_watch_compare(struct account *a, struct mailboxes *before)
{
	struct account_watch *w = &a->watch;
	int64_t wait = a->env.account->poll_interval_ms;

	if (dirty_any(&w->untold) && clock_mono_ms() >= w->judge_ms)
		judge(a);
	if (!dirty_any(&w->untold))
		w->judge_ms =
		    clock_mono_ms() + (wait < JUDGE_MS ? wait : JUDGE_MS);
	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *is = &a->boxes.box[i];
		const struct mailbox *was =
		    mailboxes_find(before, str(is->wire));
		if (!was)
			continue;
		is->changes = was->changes;
		if (account_is_watched(a, was) && has_changed(was, is) &&
		    !(dirty_why(&a->due.taken, was->display) & DIRTY_THERE) &&
		    dirty_note(&w->untold, is->display, DIRTY_THERE, 1) < 0)
			abort();
	}
}

/* NOTIFY. */

/* What changed between the last look at it and now would not be told. */
static void ask_status(struct account *a, struct imap4_engine *e)
{
	uint32_t items =
	    IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UIDVALIDITY;
	imap4_id id;

	if (imap4_engine_has(e, "CONDSTORE") || imap4_engine_has(e, "QRESYNC"))
		items |= IMAP4_ST_HIGHESTMODSEQ;
	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *box = &a->boxes.box[i];
		if (!box->passed || !account_watch_wants(a, box) ||
		    imap4_engine_status(e, str(box->wire), items, &id) < 0)
			continue;
		box->asked = true;
		add_own(&a->watch, id);
	}
}

static void rest_notify(struct account *a, struct imap4_engine *e)
{
	struct account_watch *w = &a->watch;
	imap4_id id;

	/* Of a mailbox that is selected it tells nothing by STATUS. */
	if (imap4_engine_state(e) == IMAP4_STATE_SELECTED &&
	    imap4_engine_has(e, "UNSELECT") &&
	    imap4_engine_unselect(e, &id) == 0)
		add_own(w, id);
	char *what = account_notify_text(&a->boxes, a, account_watch_wants);
	if (w->notify && strcmp(w->notify, what) == 0) {
		free(what);
		ask_status(a, e);
		return;
	}
	free(w->notify);
	w->notify = what;
	/* It begins with the STATUS of all. */
	if (imap4_engine_notify(e, what, &w->notifying) == 0)
		add_own(w, w->notifying);
}

/* IDLE. */

static void rest_idle(struct account *a, struct imap4_engine *e)
{
	struct account_watch *w = &a->watch;
	size_t n;
	const char **wire =
	    account_watchers_pick(a, a->env.account->connections, &n);

	free(w->idle_on);
	w->idle_on = n > 0 ? xstrdup(wire[0]) : NULL;
	if (w->idle_on)
		(void)idle_begin(&w->idle, e, w->idle_on);
	/* Another one is watched when all was looked at: folders that change
	 * alike must not take turns. */
	if (!a->due.names)
		account_watchers_set(a, wire + (n > 0), n > 0 ? n - 1 : 0);
	free(wire);
}

void account_watch_rest(struct account *a)
{
	struct account_watch *w = &a->watch;
	struct imap4_engine *e = engine(a);

	if (!e || a->env.opts.once || a->stopping)
		return;
	bool wanted = !a->env.account->watch || a->env.account->watch[0];
	struct ladder_offer offer = {
	    .notify = wanted && imap4_engine_has(e, "NOTIFY"),
	    .idle = wanted && imap4_engine_has(e, "IDLE"),
	};
	w->rung = ladder_choose(&w->ladder, &offer, clock_mono_ms());
	w->set_up = true;
	w->keep_ms = clock_mono_ms() + IDLE_RENEW_MS;
	if (w->rung == LADDER_NOTIFY)
		rest_notify(a, e);
	else if (w->rung == LADDER_IDLE)
		rest_idle(a, e);
	if (w->rung != LADDER_IDLE)
		account_watchers_drop(w);
	for (size_t i = 0; i < a->boxes.n; i++)
		a->boxes.box[i].passed = false;
	session_flush(a->session);
}

bool account_watch_pause(struct account *a)
{
	struct account_watch *w = &a->watch;
	struct imap4_engine *e = engine(a);

	w->overdue_ms = 0;
	if (!e || !w->idle_on)
		return true;
	/* What SELECT says would be taken for what the next one says. */
	if (w->idle.select)
		return false;
	idle_end(&w->idle, e);
	return true;
}

static bool idle_heard(struct account *a, const struct imap4_event *ev)
{
	struct account_watch *w = &a->watch;
	bool own, listening = w->idle.select || w->idle.listen || w->idle.ended;
	bool selecting = w->idle.select != 0;

	if (!w->idle_on || !listening)
		return false;
	enum idle_news news = idle_event(&w->idle, ev, &own);
	if (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_LOST)
		return own;
	if (news == IDLE_REFUSED && !a->stopping)
		refused(a);
	else
		account_watch_heard(a, w->idle_on, news, &w->idle.now);
	w->ready |= ev->type == IMAP4_EV_IDLING;
	if (selecting && !w->idle.select)
		account_due_arm(a);
	return own;
}

static bool done_heard(struct account *a, const struct imap4_event *ev)
{
	struct account_watch *w = &a->watch;

	if (!take_own(w, ev->id))
		return false;
	if (w->notifying && ev->id == w->notifying) {
		w->notifying = 0;
		w->ready = ev->status == IMAP4_STATUS_OK;
		if (!w->ready && ev->status != IMAP4_STATUS_LOST)
			refused(a);
	}
	return true;
}

bool account_watch_event(struct account *a, const struct imap4_event *ev)
{
	struct account_watch *w = &a->watch;
	bool listing =
	    a->phase == ACCOUNT_SYNCING && a->cycle.stage < CYCLE_SCAN;

	w->overdue_ms = 0;
	if (!w->set_up)
		return false;
	if (idle_heard(a, ev))
		return true;
	if (ev->code.code == IMAP4_CODE_NOTIFICATIONOVERFLOW)
		overflow(a);
	if (ev->type == IMAP4_EV_DONE)
		return done_heard(a, ev);
	if (ev->type == IMAP4_EV_MAILBOX_STATUS && !listing) {
		told(a, mailboxes_find(&a->boxes, ev->mailbox_status.raw));
		heard_status(a, &ev->mailbox_status);
	} else if (ev->type == IMAP4_EV_LIST && !listing) {
		heard_list(a, &ev->list);
	}
	return false;
}

void account_watch_lost(struct account *a)
{
	struct account_watch *w = &a->watch;

	w->set_up = w->ready = false;
	free(w->notify);
	w->notify = NULL;
	w->notifying = 0;
	w->idle = (struct idle){0};
	free(w->idle_on);
	w->idle_on = NULL;
	free(w->own);
	w->own = NULL;
	w->nown = w->owncap = 0;
	w->overdue_ms = 0;
	dirty_release(&w->untold);
}

int64_t account_watch_left_ms(const struct account *a)
{
	const struct account_watch *w = &a->watch;
	int64_t at = w->keep_ms, now = clock_mono_ms();

	if (dirty_any(&w->untold) && w->judge_ms < at)
		at = w->judge_ms;
	if (w->overdue_ms && w->overdue_ms < at)
		at = w->overdue_ms;
	return at > now ? at - now : 0;
}

/* Says something, and so learns whether the server is there. */
static void ask_for_life(struct account *a)
{
	struct account_watch *w = &a->watch;
	struct imap4_engine *e = engine(a);
	imap4_id id;

	w->keep_ms = clock_mono_ms() + IDLE_RENEW_MS;
	if (!e || w->idle.select)
		return;
	if (w->idle.listen)
		(void)idle_renew(&w->idle, e);
	else if (imap4_engine_noop(e, &id) == 0)
		add_own(w, id);
	session_flush(a->session);
}

void account_watch_wake(struct account *a)
{
	struct account_watch *w = &a->watch;
	int64_t now = clock_mono_ms();
	struct err err;

	if (w->overdue_ms && now >= w->overdue_ms && a->session) {
		w->overdue_ms = 0;
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"no answer since the network changed");
		session_abort(a->session, &err);
		return;
	}
	if (dirty_any(&w->untold) && now >= w->judge_ms)
		judge(a);
	if (now >= w->keep_ms)
		ask_for_life(a);
}

void account_watch_probe(struct account *a)
{
	struct account_watch *w = &a->watch;

	for (size_t i = 0; i < w->nwatchers; i++)
		watcher_probe(w->watcher[i]);
	if (a->phase != ACCOUNT_IDLE || !a->session || w->overdue_ms)
		return;
	ask_for_life(a);
	w->overdue_ms = clock_mono_ms() + NETWORK_ANSWER_MS;
}

void account_watch_stop(struct account *a)
{
	account_watchers_drop(&a->watch);
	account_watch_lost(a);
}
