/* SPDX-License-Identifier: MIT */
#include "daemon/account/account.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/backoff.h"

static void on_timer(evutil_socket_t fd, short what, void *arg);
static void sync_now(struct account *a);

static bool notes_have(const struct notes *notes, const char *text)
{
	for (size_t i = 0; i < notes->n; i++) {
		if (strcmp(notes->text[i], text) == 0)
			return true;
	}
	return false;
}

/* text is owned from now on. */
static void notes_add(struct notes *notes, char *text)
{
	notes->text =
	    xreallocarray(notes->text, notes->n + 1, sizeof(*notes->text));
	notes->text[notes->n++] = text;
}

/* A service says once, not every five minutes, what is the same each time. */
static bool said_before(struct account *a, const char *folder, const char *what)
{
	char *text = xasprintf("%s %s", folder ? folder : "", what);
	bool known = notes_have(&a->said, text);

	/* Twice in one sync it is not worth saying either. */
	known |= !a->env.opts.once && notes_have(&a->saying, text);
	notes_add(&a->saying, text);
	return known;
}

static void notes_release(struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->text[i]);
	free(notes->text);
	*notes = (struct notes){0};
}

/* Every error says what to do, also where nothing special is known of it. */
static const char *general_hint(enum err_code code)
{
	switch (code) {
	case ERR_CREATE:
	case ERR_IO:
		return "check the disk and the system's log; nothing is lost, "
		       "the next sync goes on from here";
	case ERR_TEMP:
		return "temporary; it will be tried again";
	case ERR_HELD:
		return "it is tried again with every sync";
	default:
		return "see what the server says: imapsyncd -vv";
	}
}

void account_fail(struct account *a, const char *folder, const struct err *err)
{
	enum log_level level = LOG_ERROR;
	struct err said = *err;

	if (account_busy_take(a, folder, &said)) {
		level = LOG_DEBUG;
	} else {
		if (err->code == ERR_HELD)
			level = LOG_WARNING;
		if (said_before(a, folder, err->text))
			level = LOG_DEBUG;
	}
	if (said.hint[0] == '\0')
		err_hint(&said, "%s", general_hint(err->code));
	log_err(level, a->env.account->name, folder, &said);
	if (said.code <= a->code)
		return;
	a->code = said.code;
	if (said.code == ERR_HELD)
		return;
	free(a->failure);
	a->failure = xasprintf("%s%s%s", folder ? folder : "",
			       folder ? ": " : "", said.text);
}

void account_remark(struct account *a, const char *text)
{
	log_at(said_before(a, NULL, text) ? LOG_DEBUG : LOG_WARNING,
	       a->env.account->name, NULL, "%s", text);
}

static void arm(struct account *a, int64_t ms)
{
	struct timeval t = {ms / 1000, (ms % 1000) * 1000};

	event_add(a->timer, &t);
}

/* The disk side is closed: nothing is under way. */
static void ended(struct account *a)
{
	a->phase = ACCOUNT_ENDED;
	a->env.ended(a->env.ctx, a);
}

static void close_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	store_close(&a->store);
}

static void close_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	ended(a);
}

void account_post(struct account *a, void (*run)(struct job *),
		  void (*done)(struct job *))
{
	struct account_job *j = xcalloc(1, sizeof(*j));

	j->job = (struct job){.run = run, .done = done};
	j->account = a;
	disk_post(a->env.disk, &j->job);
}

static void shut(struct account *a)
{
	session_free(a->session);
	a->session = NULL;
	event_del(a->timer);
	a->phase = ACCOUNT_CLOSING;
	account_post(a, close_run, close_done);
}

static void wait_and_retry(struct account *a)
{
	a->attempt++;
	int64_t ms = backoff_delay_ms(a->attempt, (uint32_t)rand_u64());
	/* Servers lock accounts whose password is tried again and again. */
	if (a->code == ERR_AUTH && ms < a->env.account->poll_interval_ms)
		ms = a->env.account->poll_interval_ms;
	if (ms < account_busy_left_ms(a))
		ms = account_busy_left_ms(a);
	a->phase = ACCOUNT_WAITING;
	log_at(a->attempt == 1 ? LOG_INFO : LOG_DEBUG, a->env.account->name,
	       NULL, "next try in %lld s (attempt %u)",
	       (long long)(ms + 999) / 1000, a->attempt + 1);
	arm(a, a->kicked ? 0 : ms);
}

static void release_sync(struct account *a)
{
	account_sync_release(a);
	claim_release(&a->claim);
	restore_requests_release(&a->requests);
	placing_release(&a->placing);
	removals_release(&a->removals);
	mailboxes_release(&a->boxes);
}

/* --check-config --connect. */
static void show_connection(struct account *a)
{
	const char *name = a->env.account->name;
	size_t n = a->boxes.n;

	if (a->failure)
		report_line(name, "failed: %s", a->failure);
	else
		report_line(name, "ok, %zu folder%s", n, n == 1 ? "" : "s");
}

/* What was said in a sync that looked at all there is, is all that is still
 * so. */
static void turn_notes(struct account *a)
{
	struct notes *old = &a->said;

	for (size_t i = 0; i < old->n && a->code > ERR_HELD; i++) {
		if (!notes_have(&a->saying, old->text[i]))
			notes_add(&a->saying, xstrdup(old->text[i]));
	}
	notes_release(old);
	a->said = a->saying;
	a->saying = (struct notes){0};
}

static void say_more_alerts(struct account *a)
{
	size_t n = alerts_more(&a->alerts);

	if (n > 0)
		log_at(LOG_WARNING, a->env.account->name, NULL,
		       "the server says more (ALERT): %zu texts are not shown",
		       n);
}

/* A sync came to its end, well or not; the session may be gone. */
void account_sync_ended(struct account *a)
{
	say_more_alerts(a);
	if (a->stopping && !a->failure)
		a->failure = xstrdup("stopped by a signal");
	a->totals.took_ms = clock_mono_ms() - a->started_ms;
	if (a->env.opts.list_only)
		show_connection(a);
	else
		report_account(a->env.report, a->env.account->name, &a->totals,
			       a->failure);
	release_sync(a);
	turn_notes(a);
	if (a->busy.now) {
		session_free(a->session);
		a->session = NULL;
	}
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

/* Once: that it was lost was said once, too. */
static void say_recovered(struct account *a)
{
	int64_t s = (clock_mono_ms() - a->down_ms) / 1000;

	if (a->down_ms == 0)
		return;
	a->down_ms = 0;
	log_at(LOG_INFO, a->env.account->name, NULL,
	       "connected again after %lld %s",
	       (long long)(s < 120 ? s : s / 60), s < 120 ? "s" : "min");
}

static void session_ready(void *ctx)
{
	struct account *a = ctx;

	a->busy.reached = true;
	say_recovered(a);
	account_list(a);
}

/* RFC 9051 7.1: a person must see it. What was refused says so itself. */
static bool is_alert(const struct imap4_event *ev)
{
	bool status =
	    ev->type == IMAP4_EV_STATUS || ev->type == IMAP4_EV_GREETING ||
	    (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_OK);

	return status && ev->code.code == IMAP4_CODE_ALERT;
}

static void show_alert(struct account *a, const struct imap4_event *ev)
{
	const char *text = ev->text.p ? ev->text.p : "";

	if (!alerts_say(&a->alerts, text, ev->text.len, clock_wall()))
		return;
	report_erase(a->env.report);
	log_at(LOG_WARNING, a->env.account->name, NULL, "the server says: %.*s",
	       (int)ev->text.len, text);
}

static void session_event(void *ctx, const struct imap4_event *ev)
{
	struct account *a = ctx;

	if (is_alert(ev))
		show_alert(a, ev);
	account_busy_hear(a, ev);
	account_flight_hear(a, ev);
	if (a->folder)
		folder_event(a->folder, ev);
	else if (a->phase == ACCOUNT_LISTING)
		account_list_event(a, ev);
	else if (a->phase == ACCOUNT_CLAIMING)
		account_claim_event(a, ev);
	else if (a->phase == ACCOUNT_RESTORING)
		account_restore_event(a, ev);
	else if (a->phase == ACCOUNT_PLACING)
		account_folders_event(a, ev);
	else if (a->phase == ACCOUNT_REMOVING)
		account_remove_event(a, ev);
}

static void cut_folder(struct account *a)
{
	if (!a->folder)
		return;
	a->folder_cut = true;
	folder_stop(a->folder);
}

static void session_closed(void *ctx, const struct err *err)
{
	struct account *a = ctx;
	struct session *s = a->session;
	/* Nothing is under way that ends by itself. */
	bool between = a->phase == ACCOUNT_LISTING ||
		       a->phase == ACCOUNT_CONNECTING ||
		       (a->phase == ACCOUNT_CLAIMING && a->claim.left > 0) ||
		       (a->phase == ACCOUNT_RESTORING && a->requests.command) ||
		       (a->phase == ACCOUNT_REMOVING && a->removals.command) ||
		       (a->phase == ACCOUNT_SYNCING && !a->folder);

	a->session = NULL;
	if (a->phase == ACCOUNT_LEAVING) {
		account_sync_ended(a);
	} else if (a->phase == ACCOUNT_IDLE) {
		/* Servers close idle connections; that is no failure. */
		log_at(LOG_DEBUG, a->env.account->name, NULL, "%s", err->text);
	} else {
		account_flight_lost(a, err);
		if (a->down_ms == 0)
			a->down_ms = clock_mono_ms();
		cut_folder(a);
		if (a->phase == ACCOUNT_PLACING)
			between = account_folders_cut(a);
		if (between)
			account_finish_disk(a);
	}
	session_free(s);
}

static const struct session_handler session_handler = {
    .ready = session_ready,
    .event = session_event,
    .closed = session_closed,
};

static void connect_now(struct account *a)
{
	if (account_busy_waits(a)) {
		account_finish_disk(a);
		return;
	}
	if (a->session) {
		account_list(a);
		return;
	}
	a->phase = ACCOUNT_CONNECTING;
	a->session =
	    session_new(a->env.base, a->env.account, &session_handler, a);
}

void account_again(struct account *a)
{
	release_sync(a);
	a->folder_cut = false;
	connect_now(a);
}

static void begin_sync(struct account *a)
{
	a->store.sync = rand_u64();
	account_flights_begin(a);
	account_avoided_begin(a);
	connect_now(a);
}

static void open_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	/* One that was held: somebody may have answered by now, or put
	 * something right. */
	if (a->store_open)
		store_close(&a->store);
	a->job_result = store_open(&a->store, a->env.config, a->env.account,
				   a->env.opts.folder.dry_run, &a->job_err);
	if (a->job_result == 0 && (account_busy_read(a, &a->job_err) < 0 ||
				   account_flight_read(a, &a->job_err) < 0 ||
				   account_avoided_read(a, &a->job_err) < 0)) {
		store_close(&a->store);
		a->job_result = -1;
	}
}

static void open_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	a->store_open = a->job_result == 0;
	if (a->job_result < 0) {
		account_fail(a, NULL, &a->job_err);
		account_sync_ended(a);
		return;
	}
	if (a->stopping)
		account_sync_ended(a);
	else
		begin_sync(a);
}

static void sync_now(struct account *a)
{
	event_del(a->timer);
	a->code = ERR_NONE;
	free(a->failure);
	a->failure = NULL;
	a->totals = (struct totals){0};
	a->folder_cut = false;
	a->partial = a->no_reap = false;
	a->waited = 0;
	a->restored = false;
	a->started_ms = clock_mono_ms();
	if ((a->store_open && a->store.claimed) || a->env.opts.list_only) {
		begin_sync(a);
		return;
	}
	a->phase = ACCOUNT_OPENING;
	account_post(a, open_run, open_done);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;

	(void)fd;
	(void)what;
	if (a->phase == ACCOUNT_LEAVING)
		account_sync_ended(a);
	else if (a->phase == ACCOUNT_SYNCING)
		account_waited(a);
	else
		sync_now(a);
}

void account_wait(struct account *a, int64_t ms)
{
	arm(a, ms);
}

/* From the loop: a connection sends when its callback has returned. */
void account_leave(struct account *a)
{
	a->phase = ACCOUNT_LEAVING;
	arm(a, 0);
}

struct account *account_new(const struct account_env *env)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->env = *env;
	a->store.root = -1;
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
	case ACCOUNT_CONNECTING:
	case ACCOUNT_LISTING:
	case ACCOUNT_LEAVING:
		account_sync_ended(a);
		break;
	case ACCOUNT_SYNCING:
		/* Cut the line: nothing more comes in. */
		session_free(a->session);
		a->session = NULL;
		bool between = !a->folder;
		event_del(a->timer);
		cut_folder(a);
		if (between)
			account_finish_disk(a);
		break;
	case ACCOUNT_CLAIMING:
	case ACCOUNT_RESTORING:
	case ACCOUNT_PLACING:
	case ACCOUNT_SCANNING:
	case ACCOUNT_REMOVING:
		session_free(a->session);
		a->session = NULL;
		/* Else it ends with the job that is under way. */
		if ((a->phase == ACCOUNT_CLAIMING && a->claim.left > 0) ||
		    (a->phase == ACCOUNT_RESTORING && a->requests.command) ||
		    (a->phase == ACCOUNT_REMOVING && a->removals.command) ||
		    (a->phase == ACCOUNT_PLACING && account_folders_cut(a)))
			account_finish_disk(a);
		break;
	case ACCOUNT_OPENING:
	case ACCOUNT_BURYING:
	case ACCOUNT_CLOSING:
	case ACCOUNT_ENDED:
		break; /* ends by itself */
	}
}

void account_free(struct account *a)
{
	if (!a)
		return;
	session_free(a->session);
	account_sync_release(a);
	claim_release(&a->claim);
	restore_requests_release(&a->requests);
	placing_release(&a->placing);
	removals_release(&a->removals);
	mailboxes_release(&a->boxes);
	clean_cache_release(&a->clean_cache);
	account_busy_release(&a->busy);
	account_flights_release(&a->flights);
	account_avoided_release(&a->avoided);
	notes_release(&a->said);
	notes_release(&a->saying);
	free(a->failure);
	event_free(a->timer);
	free(a);
}

enum err_code account_code(const struct account *a)
{
	return a->code;
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
	case ACCOUNT_OPENING:
	case ACCOUNT_CONNECTING:
		return "connecting";
	default:
		return "syncing";
	}
}
