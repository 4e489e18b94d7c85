/* SPDX-License-Identifier: MIT */
#include "daemon/account/account.h"

#include <event2/event.h>
#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/failure/backoff.h"

/* A connection at rest that does not last longer is not worth another one at
 * once. */
#define SHORT_LIFE_MS 60000

static void arm(struct account *a, int64_t ms)
{
	struct timeval t = {ms / 1000, (ms % 1000) * 1000};

	event_add(a->timer, &t);
}

void account_wait(struct account *a, int64_t ms)
{
	arm(a, ms);
}

void account_wait_no_more(struct account *a)
{
	event_del(a->timer);
}

static void end_session(struct account *a)
{
	session_free(a->session);
	a->session = NULL;
	a->rest_ms = 0;
	account_watch_lost(a);
}

/* The end of its life. */

static int close_run(struct account *a, struct err *err)
{
	(void)err;
	store_close(&a->store);
	return 0;
}

/* The account may be gone after that. */
static enum cycle_found close_done(struct account *a, int result,
				   const struct err *err)
{
	(void)result;
	(void)err;
	a->phase = ACCOUNT_ENDED;
	a->env.ended(a->env.ctx, a);
	return CYCLE_WAITING;
}

static void shut(struct account *a)
{
	end_session(a);
	account_watch_stop(a);
	account_files_stop(a);
	event_del(a->timer);
	a->phase = ACCOUNT_CLOSING;
	(void)cycle_post(a, close_run, close_done);
}

/* Between two syncs. */

static void wait_and_retry(struct account *a)
{
	a->attempt++;
	int64_t ms = backoff_delay_ms(a->attempt, (uint32_t)rand_u64());
	/* Servers lock accounts whose password is tried again and again. */
	if (a->report.code == ERR_AUTH && ms < a->env.account->poll_interval_ms)
		ms = a->env.account->poll_interval_ms;
	if (ms < account_busy_left_ms(a))
		ms = account_busy_left_ms(a);
	a->phase = ACCOUNT_WAITING;
	if (a->hurry)
		ms = 0;
	log_at(a->attempt == 1 ? LOG_INFO : LOG_DEBUG, a->env.account->name,
	       NULL, "next try in %lld s (attempt %u)",
	       (long long)(ms + 999) / 1000, a->attempt + 1);
	arm(a, account_due_asked(a) ? 0 : ms);
}

void account_due_arm(struct account *a)
{
	int64_t ms = account_due_left_ms(a);

	if (a->phase != ACCOUNT_IDLE)
		return;
	if (account_watch_left_ms(a) < ms)
		ms = account_watch_left_ms(a);
	arm(a, ms);
}

static void rest(struct account *a)
{
	a->attempt = 0;
	a->phase = ACCOUNT_IDLE;
	if (a->rest_ms == 0)
		a->rest_ms = clock_mono_ms();
	account_watch_rest(a);
	account_due_arm(a);
}

/* Servers close connections at rest; that is no failure, and there is another
 * one soon, for there is no news without. */
static void rest_is_over(struct account *a, const struct err *err)
{
	bool brief = clock_mono_ms() - a->rest_ms < SHORT_LIFE_MS;
	uint32_t random = (uint32_t)rand_u64();

	log_at(LOG_DEBUG, a->env.account->name, NULL, "%s", err->text);
	a->brief = brief ? a->brief + 1 : 0;
	a->rest_ms = 0;
	a->phase = ACCOUNT_WAITING;
	arm(a, a->brief ? backoff_delay_ms(a->brief, random) : random % 1000);
}

/* A sync came to its end, well or not; the session may be gone. */
static void sync_ended(struct account *a)
{
	account_report_end(a);
	account_due_end(a);
	account_files_synced(a);
	cycle_release(a);
	if (a->busy.now)
		end_session(a);
	account_busy_release(&a->busy);
	if (a->stopping || a->env.opts.once) {
		shut(a);
		return;
	}
	if (a->session)
		rest(a);
	else
		wait_and_retry(a);
}

void account_cycle_ended(struct account *a)
{
	struct imap4_engine *e = a->session ? session_engine(a->session) : NULL;

	if (!a->env.opts.once || a->stopping || a->busy.now || !e ||
	    imap4_engine_logout(e, NULL) < 0) {
		sync_ended(a);
		return;
	}
	/* Said, but not waited for: the answer has no news. From the loop: a
	 * connection sends when its callback has returned. */
	imap4_conn_flush(session_conn(a->session));
	a->phase = ACCOUNT_LEAVING;
	arm(a, 0);
}

static void sync_now(struct account *a)
{
	event_del(a->timer);
	a->hurry = false;
	account_report_begin(a);
	account_due_begin(a);
	/* What could not be read when all was looked at still cannot. */
	a->safety = (struct safety){.dry_run = a->env.opts.folder.dry_run,
				    .unread = a->due.names && a->safety.unread};
	a->cycle.restore.done = false;
	a->phase = ACCOUNT_SYNCING;
	cycle_begin(a, a->due.names ? a->due.names : a->env.opts.only);
}

static void wake(struct account *a)
{
	account_watch_wake(a);
	if (account_due_left_ms(a) > 0)
		account_due_arm(a);
	else if (account_watch_pause(a))
		sync_now(a);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;

	(void)fd;
	(void)what;
	if (a->phase == ACCOUNT_LEAVING)
		sync_ended(a);
	else if (a->phase == ACCOUNT_SYNCING)
		cycle_take(a, CYCLE_MORE);
	else if (a->phase == ACCOUNT_IDLE)
		wake(a);
	else
		sync_now(a);
}

void account_session_closed(struct account *a, const struct err *err)
{
	account_watch_lost(a);
	if (a->phase == ACCOUNT_LEAVING) {
		sync_ended(a);
	} else if (a->phase == ACCOUNT_IDLE) {
		rest_is_over(a, err);
	} else {
		a->rest_ms = 0;
		account_flight_lost(a, err);
		if (a->down_ms == 0)
			a->down_ms = clock_mono_ms();
		cycle_cut(a);
	}
}

struct account *account_new(const struct account_env *env)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->env = *env;
	a->store.root = -1;
	a->cycle.stage = CYCLE_END;
	a->timer = evtimer_new(env->base, on_timer, a);
	if (!a->timer)
		abort();
	a->phase = ACCOUNT_WAITING;
	arm(a, 0);
	return a;
}

/* Something is dirty. While a sync is under way it waits for its end; without a
 * session, for the next try. */
static void note(struct account *a, const char *folder, unsigned why)
{
	if (a->stopping || a->env.opts.once)
		return;
	if (dirty_note(&a->due.dirty, folder, why, clock_mono_ms()) < 0)
		abort();
	if (a->phase == ACCOUNT_IDLE)
		account_due_arm(a);
	else if (a->phase == ACCOUNT_WAITING && (why & DIRTY_ASKED))
		arm(a, 0);
}

void account_kick(struct account *a)
{
	note(a, NULL, DIRTY_ASKED);
}

void account_kick_folder(struct account *a, const char *folder)
{
	note(a, folder, DIRTY_ASKED);
}

void account_changed_here(struct account *a, const char *folder)
{
	note(a, folder, folder ? DIRTY_HERE : DIRTY_HERE | DIRTY_TREE);
}

void account_note_there(struct account *a, const struct mailbox *box, bool gone)
{
	if (box->synced)
		note(a, box->display, DIRTY_THERE | (gone ? DIRTY_GONE : 0U));
}

void account_changed_there(struct account *a, const char *mailbox)
{
	struct mailbox *box =
	    mailbox ? mailboxes_find(&a->boxes, str(mailbox)) : NULL;

	if (box)
		box->have = 0;
	if (box)
		account_note_there(a, box, false);
	else
		note(a, NULL, DIRTY_THERE);
}

void account_network_changed(struct account *a)
{
	struct err err;

	if (a->stopping || a->env.opts.once)
		return;
	account_watch_probe(a);
	if (a->phase == ACCOUNT_IDLE) {
		account_due_arm(a);
	} else if (a->phase == ACCOUNT_WAITING && !account_busy_left_ms(a) &&
		   a->report.code != ERR_AUTH) {
		arm(a, 0);
	} else if (a->phase == ACCOUNT_SYNCING &&
		   a->cycle.stage == CYCLE_CONNECT && a->session) {
		a->hurry = true;
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the network changed");
		session_abort(a->session, &err);
	}
}

void account_stop(struct account *a)
{
	if (a->stopping)
		return;
	a->stopping = true;
	account_watch_stop(a);
	switch (a->phase) {
	case ACCOUNT_IDLE:
	case ACCOUNT_WAITING:
		shut(a);
		break;
	case ACCOUNT_LEAVING:
		sync_ended(a);
		break;
	case ACCOUNT_SYNCING:
		/* Cut the line: nothing more comes in. What is under way on
		 * disk ends by itself, and then the sync. */
		end_session(a);
		cycle_cut(a);
		break;
	case ACCOUNT_CLOSING:
	case ACCOUNT_ENDED:
		break; /* ends by itself */
	}
}

void account_free(struct account *a)
{
	if (!a)
		return;
	end_session(a);
	account_watch_stop(a);
	account_files_stop(a);
	cycle_release(a);
	mailboxes_release(&a->boxes);
	account_due_release(&a->due);
	clean_cache_release(&a->clean_cache);
	account_busy_release(&a->busy);
	account_flights_release(&a->flights);
	account_avoided_release(&a->avoided);
	account_report_release(&a->report);
	account_record_release(&a->record);
	event_free(a->timer);
	free(a);
}

enum err_code account_code(const struct account *a)
{
	return a->report.code;
}

const struct config_account *account_config(const struct account *a)
{
	return a->env.account;
}

const char *account_state(const struct account *a)
{
	switch (a->phase) {
	case ACCOUNT_IDLE:
		return "idle";
	case ACCOUNT_WAITING:
		return "waiting";
	default:
		return a->cycle.stage <= CYCLE_CONNECT ? "connecting"
						       : "syncing";
	}
}

const char *account_mode(const struct account *a)
{
	static const char *const mode[] = {"notify", "idle", "poll"};

	return mode[a->watch.set_up ? a->watch.rung : LADDER_SWEEP];
}

bool account_watches(const struct account *a, const char *folder)
{
	const struct mailbox *box = mailboxes_find_display(&a->boxes, folder);

	return box && account_is_watched(a, box);
}
