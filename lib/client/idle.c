/* SPDX-License-Identifier: MIT */
/* IDLE (RFC 2177): between its beginning and its end the responses are handed
 * out one by one, or in bursts. */
#include <imap4/client.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/client/idle.h"
#include "lib/client/run.h"

/* RFC 2177 wants it anew every 29 minutes at the latest; routers forget silent
 * connections sooner. */
#define RENEW_MS 540000
/* Responses in one burst: a server that never pauses is cut short. */
#define BURST_MAX 1000

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void rang(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg; /* that the loop was left is all that matters */
}

/* The counter is what many wakes are worth: one. */
static void woken(evutil_socket_t fd, short what, void *arg)
{
	struct imap4_client *c = arg;
	uint64_t count;

	(void)what;
	c->idle.woken = read(fd, &count, sizeof(count)) == sizeof(count);
}

int idle_init(struct imap4_client *c, int64_t renew_ms)
{
	struct idle *idle = &c->idle;

	idle->renew_ms = renew_ms > 0 ? renew_ms : RENEW_MS;
	idle->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	idle->alarm = evtimer_new(c->base, rang, NULL);
	if (idle->wake_fd >= 0)
		idle->wake = event_new(c->base, idle->wake_fd,
				       EV_READ | EV_PERSIST, woken, c);
	if (idle->alarm && idle->wake)
		return 0;
	idle_release(c);
	return IMAP4_ENOMEM;
}

void idle_release(struct imap4_client *c)
{
	struct idle *idle = &c->idle;

	if (idle->alarm)
		event_free(idle->alarm);
	if (idle->wake)
		event_free(idle->wake);
	if (idle->wake_fd >= 0)
		(void)close(idle->wake_fd);
}

void imap4_client_wake(struct imap4_client *c)
{
	const uint64_t one = 1;
	int saved = errno;

	if (!c)
		return;
	/* Where the counter is full it has been woken often enough. */
	ssize_t n = write(c->idle.wake_fd, &one, sizeof(one));
	(void)n;
	errno = saved;
}

static int submit(struct imap4_client *c)
{
	struct idle *idle = &c->idle;
	int rc = imap4_engine_idle(imap4_client_engine(c), &c->id);

	buf_reset(&c->text);
	idle->accepted = false;
	idle->renew_at = now_ms() + idle->renew_ms;
	c->done = false;
	if (rc == 0)
		imap4_conn_flush(c->conn);
	return rc;
}

/* The server answered without having been asked to, or refused. */
static int ended(struct imap4_client *c)
{
	c->idle.on = false;
	return client_end(c, 0, c->id, "IDLE", NULL);
}

int imap4_client_idle(struct imap4_client *c, unsigned seconds)
{
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	struct idle *idle = &c->idle;
	rc = submit(c);
	if (rc < 0)
		return client_end(c, rc, 0, "IDLE", NULL);
	idle->on = true;
	idle->seen = c->kept.n;
	idle->until =
	    seconds > 0 ? now_ms() + (int64_t)seconds * 1000 : INT64_MAX;
	while (!idle->accepted && !c->done && !c->lost)
		client_turn(c, true);
	return idle->accepted ? 0 : ended(c);
}

static int begin(struct imap4_client *c)
{
	if (client_clear(c) < 0)
		return IMAP4_ENOMEM;
	if (c->idle.on)
		return 0;
	return c->lost ? client_fail(c, c->lost, "%s", c->lost_text)
		       : client_fail(c, IMAP4_ESTATE, "not idling");
}

/* Listens for so long, or until something happened; 0: to what is there. */
static void listen_for(struct imap4_client *c, int64_t ms)
{
	const struct timeval tv = {.tv_sec = ms / 1000,
				   .tv_usec = ms % 1000 * 1000};

	(void)event_add(c->idle.wake, NULL);
	if (ms > 0)
		(void)event_add(c->idle.alarm, &tv);
	client_turn(c, ms > 0);
	(void)event_del(c->idle.alarm);
	(void)event_del(c->idle.wake);
}

/* RFC 2177: gives IDLE again. 0, or the call fails. */
static int renew(struct imap4_client *c)
{
	(void)imap4_engine_idle_done(imap4_client_engine(c));
	int rc = submit(c);
	if (rc < 0) {
		c->idle.on = false;
		return client_end(c, rc, 0, "IDLE", NULL);
	}
	return 0;
}

static bool take_wake(struct idle *idle)
{
	bool was = idle->woken;

	idle->woken = false;
	return was;
}

/* 1: there is a response that was not handed out; 0: it is deadline, or
 * somebody woke us; or the call failed. */
static int wait_response(struct imap4_client *c, int64_t deadline)
{
	struct idle *idle = &c->idle;
	bool late = false;

	while (c->kept.n <= idle->seen) {
		int64_t now = now_ms();
		if (c->lost || (c->done && c->status != IMAP4_STATUS_OK))
			return ended(c);
		if (take_wake(idle) || late)
			return 0;
		if ((c->done || now >= idle->renew_at) && renew(c) < 0)
			return c->result;
		int64_t end =
		    deadline < idle->renew_at ? deadline : idle->renew_at;
		/* What has come by then is looked at once. */
		late = now >= deadline;
		listen_for(c, end > now ? end - now : 0);
	}
	return 1;
}

/* Whichever comes first. */
static int64_t sooner(int64_t until, int64_t ms)
{
	int64_t now = now_ms();

	return ms >= 0 && ms < until - now ? now + ms : until;
}

int imap4_client_idle_next(struct imap4_client *c, int64_t timeout_ms)
{
	int rc = begin(c);

	if (rc == 0)
		rc = wait_response(c, sooner(c->idle.until, timeout_ms));
	if (rc <= 0)
		return rc;
	if (items_move(&c->kept, c->idle.seen, 1, &c->data) < 0)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	return 1;
}

int imap4_client_idle_burst(struct imap4_client *c, unsigned interval_ms)
{
	int rc = begin(c);
	size_t n = 0;

	if (rc == 0)
		rc = wait_response(c, c->idle.until);
	if (rc <= 0)
		return rc;
	while (rc > 0 && n < BURST_MAX) {
		n = c->kept.n - c->idle.seen;
		c->idle.seen += n;
		rc = wait_response(c, sooner(c->idle.until, interval_ms));
		c->idle.seen -= n;
	}
	if (rc < 0)
		return rc;
	if (items_move(&c->kept, c->idle.seen, n, &c->data) < 0)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	return (int)n;
}

int imap4_client_idle_done(struct imap4_client *c)
{
	int rc = begin(c);

	if (rc < 0)
		return rc;
	if (!c->lost)
		(void)imap4_engine_idle_done(imap4_client_engine(c));
	return ended(c);
}
