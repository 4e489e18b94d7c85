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
	log_at(a->attempt == 1 ? LOG_INFO : LOG_DEBUG, a->env.account->name,
	       NULL, "next try in %lld s (attempt %u)",
	       (long long)(ms + 999) / 1000, a->attempt + 1);
	arm(a, a->kicked ? 0 : ms);
}

/* A sync came to its end, well or not; the session may be gone. */
static void sync_ended(struct account *a)
{
	account_report_end(a);
	cycle_release(a);
	if (a->busy.now)
		end_session(a);
	account_busy_release(&a->busy);
	if (a->stopping || a->env.opts.once) {
		shut(a);
		return;
	}
	if (a->session) {
		a->attempt = 0;
		a->phase = ACCOUNT_IDLE;
		arm(a, a->kicked ? 0 : a->env.account->poll_interval_ms);
	} else {
		wait_and_retry(a);
	}
	a->kicked = false;
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
	account_report_begin(a);
	a->safety = (struct safety){.dry_run = a->env.opts.folder.dry_run};
	a->cycle.restore.done = false;
	a->phase = ACCOUNT_SYNCING;
	cycle_begin(a, a->env.opts.only);
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
	else
		sync_now(a);
}

void account_session_closed(struct account *a, const struct err *err)
{
	if (a->phase == ACCOUNT_LEAVING) {
		sync_ended(a);
	} else if (a->phase == ACCOUNT_IDLE) {
		/* Servers close idle connections; that is no failure. */
		log_at(LOG_DEBUG, a->env.account->name, NULL, "%s", err->text);
	} else {
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

void account_kick(struct account *a)
{
	if (a->stopping)
		return;
	if (a->phase == ACCOUNT_IDLE || a->phase == ACCOUNT_WAITING)
		arm(a, 0);
	else
		a->kicked = true;
}

void account_stop(struct account *a)
{
	if (a->stopping)
		return;
	a->stopping = true;
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
	cycle_release(a);
	clean_cache_release(&a->clean_cache);
	account_busy_release(&a->busy);
	account_flights_release(&a->flights);
	account_avoided_release(&a->avoided);
	account_report_release(&a->report);
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
