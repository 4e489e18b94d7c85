/* SPDX-License-Identifier: MIT */
#include "daemon/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <unistd.h>

#include "daemon/base/disk.h"
#include "daemon/base/err.h"
#include "daemon/base/log.h"

/* A stop that takes longer is cut short: every write is safe to be cut. */
#define STOP_SECONDS 4

static const int watched[LOOP_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1,
					  SIGUSR2};

/* The progress line must not stand in the middle of a message. */
static struct report *drawing;

static void erase(void)
{
	report_erase(drawing);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	const struct loop *l = arg;

	(void)fd;
	(void)what;
	log_at(LOG_WARNING, NULL, NULL,
	       "the disk is slow: ending now, the next start repairs");
	_exit(l->status);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	const struct loop *l = arg;

	(void)what;
	l->on_signal(l->ctx, sig);
}

static int set_up(struct loop *l)
{
	l->base = event_base_new();
	if (!l->base)
		return -1;
	l->disk = disk_new(l->base);
	l->deadline = evtimer_new(l->base, on_deadline, l);
	for (size_t i = 0; i < LOOP_SIGNALS; i++) {
		l->signal[i] = evsignal_new(l->base, watched[i], on_signal, l);
		if (!l->signal[i] || event_add(l->signal[i], NULL) < 0)
			return -1;
	}
	return l->disk && l->deadline ? 0 : -1;
}

int loop_init(struct loop *l)
{
	if (set_up(l) < 0) {
		log_at(LOG_ERROR, NULL, NULL, "cannot set up the event loop");
		loop_release(l);
		l->status = ERR_INTERNAL;
		return -1;
	}
	drawing = &l->report;
	log_set_before(erase);
	return 0;
}

void loop_limit(struct loop *l)
{
	const struct timeval t = {STOP_SECONDS, 0};

	event_add(l->deadline, &t);
}

void loop_run(struct loop *l)
{
	event_base_dispatch(l->base);
}

void loop_break(struct loop *l)
{
	event_base_loopbreak(l->base);
}

void loop_end_disk(struct loop *l)
{
	if (l->disk)
		disk_free(l->disk);
	l->disk = NULL;
}

void loop_release(struct loop *l)
{
	log_set_before(NULL);
	loop_end_disk(l);
	for (size_t i = 0; i < LOOP_SIGNALS; i++) {
		if (l->signal[i])
			event_free(l->signal[i]);
	}
	if (l->deadline)
		event_free(l->deadline);
	if (l->base)
		event_base_free(l->base);
	libevent_global_shutdown();
}
