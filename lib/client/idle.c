/* SPDX-License-Identifier: MIT */
/* IDLE (RFC 2177): between its beginning and its end the responses are handed
 * out one by one, or in bursts. */
#include <imap4/client.h>

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

static int submit(struct imap4_client *c)
{
	struct idle *idle = &c->idle;
	int rc = imap4_engine_idle(imap4_client_engine(c), &c->id);

	buf_reset(&c->text);
	idle->accepted = false;
	idle->renew_at = now_ms() + RENEW_MS;
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
	if (!idle->alarm)
		idle->alarm = evtimer_new(c->base, rang, NULL);
	rc = idle->alarm ? submit(c) : IMAP4_ENOMEM;
	if (rc < 0)
		return client_end(c, rc, 0, "IDLE", NULL);
	idle->on = true;
	idle->seen = c->kept.n;
	idle->until =
	    seconds > 0 ? now_ms() + (int64_t)seconds * 1000 : INT64_MAX;
	while (!idle->accepted && !c->done && !c->lost)
		client_turn(c);
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

/* 1: there is a response that was not handed out; 0: it is deadline; or the
 * call failed. */
static int wait_response(struct imap4_client *c, int64_t deadline)
{
	struct idle *idle = &c->idle;

	while (c->kept.n <= idle->seen) {
		int64_t now = now_ms();
		if (c->lost || (c->done && c->status != IMAP4_STATUS_OK))
			return ended(c);
		if (now >= deadline)
			return 0;
		if (c->done || now >= idle->renew_at) {
			(void)imap4_engine_idle_done(imap4_client_engine(c));
			int rc = submit(c);
			if (rc < 0) {
				idle->on = false;
				return client_end(c, rc, 0, "IDLE", NULL);
			}
		}
		int64_t ms =
		    (deadline < idle->renew_at ? deadline : idle->renew_at) -
		    now;
		const struct timeval tv = {.tv_sec = ms / 1000,
					   .tv_usec = ms % 1000 * 1000};
		(void)event_add(idle->alarm, &tv);
		client_turn(c);
		(void)event_del(idle->alarm);
	}
	return 1;
}

int imap4_client_idle_next(struct imap4_client *c)
{
	int rc = begin(c);

	if (rc == 0)
		rc = wait_response(c, c->idle.until);
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
		int64_t next = now_ms() + interval_ms;
		n = c->kept.n - c->idle.seen;
		c->idle.seen += n;
		rc = wait_response(c,
				   next < c->idle.until ? next : c->idle.until);
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
