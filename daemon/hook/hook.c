/* SPDX-License-Identifier: MIT */
#include "daemon/hook/hook.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/proc.h"
#include "daemon/base/xalloc.h"
#include "daemon/hook/environment.h"
#include "daemon/hook/event_file.h"

/* So long after the last sync a burst is over; and so long it may take. */
#define QUIET_MS  500
#define BURST_MS  5000
#define MAX_PRINT 4096 /* of what a hook prints; nobody reads it */

/* Why on_error is to be run. */
struct complaint {
	char *text, *hint; /* text NULL: there is none */
};

struct hook {
	struct job take; /* must be first */
	struct hook *next;
	struct hooks *hooks;
	struct event_base *base;
	struct disk *disk;
	char *account, *on_change, *on_error, *dir;
	int64_t timeout_ms;
	struct store_listener listener;
	struct event_file events; /* of the disk thread */
	struct event_batch batch; /* that is being told */
	struct event *quiet;
	int64_t burst_ms; /* since when something may be to be told; 0 */
	bool due;         /* on_change may have something to tell */
	bool taking;      /* the disk thread gives it */
	bool leaving;
	bool needy; /* the account needs a person, who was told */
	struct complaint complaint;
	struct proc *proc;
	const char *running; /* "on_change", "on_error" */
	char *said;          /* how a hook failed the last time */
};

static void pump(struct hook *h);

static void drop_complaint(struct hook *h)
{
	free(h->complaint.text);
	free(h->complaint.hint);
	h->complaint = (struct complaint){0};
}

static void hook_free(struct hook *h)
{
	struct hook **at = &h->hooks->first;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	proc_cancel(h->proc);
	event_free(h->quiet);
	event_batch_release(&h->batch);
	event_file_take(&h->events, &h->batch);
	event_batch_release(&h->batch);
	drop_complaint(h);
	free(h->account);
	free(h->on_change);
	free(h->on_error);
	free(h->dir);
	free(h->said);
	free(h);
}

/* Runs. */

/* Once, until it goes well or wrong in another way. */
static void report(struct hook *h, const struct proc_result *r)
{
	char *text = NULL;

	if (!r->ok)
		text = xasprintf("%s %s%s%s", h->running, r->status,
				 r->error[0] ? ": " : "", r->error);
	if (text && (!h->said || strcmp(h->said, text) != 0))
		log_at(LOG_WARNING, h->account, NULL, "%s", text);
	free(h->said);
	h->said = text;
}

static void on_exit_of(void *ctx, const struct proc_result *r)
{
	struct hook *h = ctx;

	h->proc = NULL;
	report(h, r);
	event_batch_release(&h->batch);
	pump(h);
}

/* e is released. */
static void run(struct hook *h, const char *name, const char *command,
		struct environment *e)
{
	struct proc_job job = {
	    .command = command,
	    .environment = e->variable,
	    .timeout_ms = h->timeout_ms,
	    .max_output = MAX_PRINT,
	    .done = on_exit_of,
	    .ctx = h,
	};
	struct err err;

	h->running = name;
	log_at(LOG_DEBUG, h->account, NULL, "running %s", name);
	if (proc_start(h->base, &job, &h->proc, &err) < 0) {
		log_err(LOG_WARNING, h->account, NULL, &err);
		event_batch_release(&h->batch);
	}
	environment_release(e);
}

static void run_on_error(struct hook *h)
{
	struct environment e;

	environment_init(&e, environ);
	environment_set(&e, "IMAPSYNCD_ACCOUNT", h->account);
	environment_set(&e, "IMAPSYNCD_ERROR", h->complaint.text);
	environment_set(&e, "IMAPSYNCD_HINT", h->complaint.hint);
	drop_complaint(h);
	run(h, "on_error", h->on_error, &e);
}

static void run_on_change(struct hook *h)
{
	static const char *const counts[STORE_EVENT_KINDS] = {
	    [STORE_EVENT_NEW] = "IMAPSYNCD_NEW",
	    [STORE_EVENT_CHANGED] = "IMAPSYNCD_CHANGED",
	    [STORE_EVENT_MOVED] = "IMAPSYNCD_MOVED",
	    [STORE_EVENT_DELETED] = "IMAPSYNCD_DELETED",
	};
	struct environment e;

	environment_init(&e, environ);
	environment_set(&e, "IMAPSYNCD_ACCOUNT", h->account);
	for (size_t i = 0; i < STORE_EVENT_KINDS; i++)
		environment_set_number(&e, counts[i], h->batch.count[i]);
	environment_set(&e, "IMAPSYNCD_EVENTS",
			h->batch.path ? h->batch.path : "/dev/null");
	run(h, "on_change", h->on_change, &e);
}

/* What there is to tell, from the disk thread. */

static void take_run(struct job *job)
{
	struct hook *h = (struct hook *)job;

	event_file_take(&h->events, &h->batch);
}

static void take_done(struct job *job)
{
	struct hook *h = (struct hook *)job;
	size_t all = 0;

	h->taking = false;
	for (size_t i = 0; i < STORE_EVENT_KINDS; i++)
		all += h->batch.count[i];
	if (all > 0 && !h->hooks->ending)
		run_on_change(h);
	if (!h->proc)
		pump(h);
}

static void take(struct hook *h)
{
	h->due = false;
	h->burst_ms = 0;
	h->taking = true;
	h->take = (struct job){.run = take_run, .done = take_done};
	disk_post(h->disk, &h->take);
}

static void pump(struct hook *h)
{
	if (h->proc || h->taking)
		return;
	if (h->hooks->ending)
		return; /* hooks_release() follows */
	if (h->complaint.text)
		run_on_error(h);
	else if (h->due)
		take(h);
	if (h->leaving && !h->proc && !h->taking)
		hook_free(h);
}

static void on_quiet(evutil_socket_t fd, short what, void *arg)
{
	struct hook *h = arg;

	(void)fd;
	(void)what;
	h->due = true;
	pump(h);
}

static void on_event(void *ctx, const struct store_event *e)
{
	struct hook *h = ctx;

	event_file_add(&h->events, e);
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

struct hook *hook_new(const struct hook_env *env)
{
	const struct config_account *a = env->account;

	if (!a->on_change && !a->on_error)
		return NULL;
	struct hook *h = xcalloc(1, sizeof(*h));
	h->hooks = env->hooks;
	h->base = env->base;
	h->disk = env->disk;
	h->account = xstrdup(a->name);
	h->on_change = copy(a->on_change);
	h->on_error = copy(a->on_error);
	h->dir = xstrdup(env->config->runtime_dir);
	h->timeout_ms = env->config->hook_timeout_ms;
	h->events = (struct event_file){.dir = h->dir, .account = h->account};
	h->listener = (struct store_listener){.tell = on_event, .ctx = h};
	h->quiet = evtimer_new(h->base, on_quiet, h);
	if (!h->quiet)
		abort(); /* out of memory */
	h->next = h->hooks->first;
	h->hooks->first = h;
	return h;
}

const struct store_listener *hook_listener(struct hook *h)
{
	return h && h->on_change ? &h->listener : NULL;
}

/* What passes by itself needs nobody. */
static bool needs_person(const struct err *err)
{
	return err->code != ERR_NONE && err->code != ERR_TEMP;
}

static void complain(struct hook *h, const char *folder, const struct err *err)
{
	bool needy = needs_person(err);

	/* What is to be tried again may still be what it was. */
	if (err->code == ERR_TEMP)
		return;
	if (needy && !h->needy && h->on_error) {
		drop_complaint(h);
		h->complaint.text = folder
					? xasprintf("%s: %s", folder, err->text)
					: xstrdup(err->text);
		h->complaint.hint = xstrdup(err->hint);
	}
	h->needy = needy;
}

/* A burst of syncs is one, unless it goes on and on. */
static void wait_for_quiet(struct hook *h)
{
	static const struct timeval quiet = {0, QUIET_MS * 1000};
	int64_t now = clock_mono_ms();

	if (h->burst_ms == 0)
		h->burst_ms = now;
	if (now - h->burst_ms < BURST_MS ||
	    !event_pending(h->quiet, EV_TIMEOUT, NULL))
		event_add(h->quiet, &quiet);
}

void hook_synced(struct hook *h, const char *folder, const struct err *err)
{
	if (!h)
		return;
	complain(h, folder, err);
	if (h->on_change)
		wait_for_quiet(h);
	pump(h);
}

void hook_leave(struct hook *h)
{
	if (!h)
		return;
	(void)event_del(h->quiet);
	h->due = h->on_change != NULL;
	h->leaving = true;
	pump(h);
}

void hooks_release(struct hooks *hooks)
{
	while (hooks->first)
		hook_free(hooks->first);
}
