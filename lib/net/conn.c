/* SPDX-License-Identifier: MIT */
/* The life of a connection: connecting, one turn per wake-up, the end. Whatever
 * goes wrong is only noted where it is found; the turn's end acts on it, so
 * that callbacks come from one place, and free is safe in each. */
#include "lib/net/conn.h"

#include "lib/net/dial.h"
#include "lib/net/login.h"
#include "lib/net/pump.h"
#include "lib/net/setup.h"
#include "lib/net/tunnel.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define DEFAULT_TIMEOUT_MS 60000

bool conn_alive(const struct imap4_conn *c)
{
	return !c->freed && c->result == IMAP4_OK && c->phase != CONN_ENDED;
}

void conn_fail(struct imap4_conn *c, int result, const char *fmt, ...)
{
	va_list ap;

	if (c->result != IMAP4_OK)
		return;
	c->result = result;
	va_start(ap, fmt);
	(void)vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
}

void conn_deliver(struct imap4_conn *c, const struct imap4_event *ev)
{
	if (!c->clear)
		c->handler->event(c->ctx, c, ev);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void conn_progress(struct imap4_conn *c)
{
	c->last_ms = now_ms();
}

/* What an open connection holds in the system. */
static void release_io(struct imap4_conn *c)
{
	struct event **event[] = {&c->readable, &c->writable, &c->kick,
				  &c->timer};

	for (size_t i = 0; i < sizeof(event) / sizeof(event[0]); i++) {
		if (*event[i])
			event_free(*event[i]);
		*event[i] = NULL;
	}
	dial_free(c->dial);
	c->dial = NULL;
	transport_release(&c->transport);
	if (c->tunnel > 0)
		tunnel_close(c->tunnel);
	c->tunnel = 0;
}

static void destroy(struct imap4_conn *c)
{
	release_io(c);
	login_free(c);
	imap4_engine_free(c->engine);
	free(c->buf);
	free(c->host);
	free(c);
}

/* Every pending command completes with LOST, then the user hears why. */
static void end(struct imap4_conn *c)
{
	const struct imap4_event *ev;
	size_t used;

	c->phase = CONN_ENDED;
	release_io(c);
	imap4_engine_close(c->engine);
	while (!c->freed &&
	       imap4_engine_read(c->engine, NULL, 0, &used, &ev) == 0 &&
	       ev->type != IMAP4_EV_NONE)
		conn_deliver(c, ev);
	if (!c->freed)
		c->handler->closed(c->ctx, c, c->result, c->text);
}

static bool busy(const struct imap4_conn *c)
{
	if (c->phase == CONN_CONNECTING || c->paused)
		return false;
	return c->step != STEP_READY || c->said_bye ||
	       (imap4_engine_pending(c->engine) > 0 &&
		!imap4_engine_is_idle(c->engine));
}

static void add_timer(struct imap4_conn *c, int64_t ms)
{
	const struct timeval limit = {.tv_sec = ms / 1000,
				      .tv_usec = ms % 1000 * 1000};

	c->timing = event_add(c->timer, &limit) == 0;
}

/* The timer is not moved with every byte: when it fires too early, the rest of
 * the time is waited for. */
static void watch_silence(struct imap4_conn *c)
{
	bool is_busy = busy(c);

	if (is_busy && !c->was_busy)
		conn_progress(c);
	c->was_busy = is_busy;
	if (is_busy && !c->timing)
		add_timer(c, c->timeout_ms);
}

/* Tells the loop what to wake us for. */
static void arm(struct imap4_conn *c)
{
	bool open = c->phase == CONN_HANDSHAKE || c->phase == CONN_OPEN;
	bool read = open && c->input_end == 0 &&
		    (c->phase == CONN_HANDSHAKE || !c->paused);

	if (read != c->reading) {
		int rc = read ? event_add(c->readable, NULL)
			      : event_del(c->readable);
		if (rc < 0)
			conn_fail(c, IMAP4_ENOMEM, "out of memory");
		c->reading = read;
	}
	if (c->blocked && event_add(c->writable, NULL) < 0)
		conn_fail(c, IMAP4_ENOMEM, "out of memory");
	c->blocked = false;
	watch_silence(c);
	if (c->more || c->result != IMAP4_OK)
		event_active(c->kick, EV_TIMEOUT, 0);
	c->more = false;
}

static void handshake(struct imap4_conn *c)
{
	int rc = transport_handshake(&c->transport);

	switch (rc) {
	case 0:
		c->phase = CONN_OPEN;
		c->can_read = true;
		conn_progress(c);
		setup_secured(c);
		break;
	case TRANSPORT_WANT_READ:
		break;
	case TRANSPORT_WANT_WRITE:
		c->blocked = true;
		break;
	default:
		conn_fail(c, c->transport.result, "%s", c->transport.error);
		break;
	}
}

/* One wake-up. STARTTLS makes an open connection shake hands, and shaken hands
 * make it an open one. */
static void turn(struct imap4_conn *c)
{
	login_turn(c);
	if (conn_alive(c) && c->phase == CONN_OPEN)
		pump_input(c);
	if (conn_alive(c) && c->phase == CONN_HANDSHAKE) {
		handshake(c);
		if (conn_alive(c) && c->phase == CONN_OPEN)
			pump_input(c);
	}
	pump_output(c);
}

static void leave(struct imap4_conn *c)
{
	if (!c->freed && c->phase != CONN_ENDED) {
		if (c->result == IMAP4_OK)
			arm(c);
		else
			end(c);
	}
	if (--c->entered == 0 && c->freed)
		destroy(c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct imap4_conn *c = arg;

	(void)fd;
	(void)what;
	c->entered++;
	c->can_read = true;
	turn(c);
	leave(c);
}

/* Also what is writable comes here. */
static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct imap4_conn *c = arg;

	(void)fd;
	(void)what;
	c->entered++;
	turn(c);
	leave(c);
}

static void say_timeout(struct imap4_conn *c)
{
	const char *what = c->phase == CONN_HANDSHAKE ? " to the TLS handshake"
			   : c->step == STEP_GREETING ? " (no greeting)"
						      : "";

	if (c->said_bye)
		conn_fail(c, IMAP4_ECLOSED, "the server said: %s", c->bye);
	else if (c->timeout_ms % 1000 == 0)
		conn_fail(c, IMAP4_ETIMEDOUT, "no answer for %lld s%s",
			  (long long)(c->timeout_ms / 1000), what);
	else
		conn_fail(c, IMAP4_ETIMEDOUT, "no answer for %lld ms%s",
			  (long long)c->timeout_ms, what);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct imap4_conn *c = arg;

	(void)fd;
	(void)what;
	c->entered++;
	c->timing = false;
	if (c->was_busy) {
		int64_t rest = c->last_ms + c->timeout_ms - now_ms();
		if (rest > 0)
			add_timer(c, rest);
		else
			say_timeout(c);
	}
	leave(c);
}

/* The line is there. */
static void use_line(struct imap4_conn *c, struct duplex line)
{
	transport_init(&c->transport, line);
	c->readable =
	    event_new(c->base, line.in, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(c->base, line.out, EV_WRITE, on_kick, c);
	if (!c->readable || !c->writable) {
		conn_fail(c, IMAP4_ENOMEM, "out of memory");
		return;
	}
	c->phase = CONN_OPEN;
	if (c->security != IMAP4_SECURITY_TLS)
		return;
	c->phase = CONN_HANDSHAKE;
	if (transport_start_tls(&c->transport, c->tls, c->host) < 0)
		conn_fail(c, c->transport.result, "%s", c->transport.error);
}

static void on_dialed(void *ctx, int fd, int result, const char *error)
{
	struct imap4_conn *c = ctx;

	c->entered++;
	if (fd >= 0)
		use_line(c, (struct duplex){.in = fd, .out = fd});
	else
		conn_fail(c, result, "%s", error);
	dial_free(c->dial);
	c->dial = NULL;
	turn(c);
	leave(c);
}

/* Needs the kick, so that the end is told from the loop. */
static int connect_to(struct imap4_conn *c, const char *tunnel)
{
	char err[CONN_TEXT_MAX];

	if (!tunnel) {
		c->dial = dial_new(c->base, c->host, c->port, c->timeout_ms,
				   on_dialed, c);
		return c->dial ? 0 : -1;
	}
	struct duplex line;
	if (tunnel_open(tunnel, &c->tunnel, &line, err, sizeof(err)) == 0)
		use_line(c, line);
	else
		conn_fail(c, IMAP4_ENET, "%s", err);
	event_active(c->kick, EV_TIMEOUT, 0);
	return 0;
}

static bool sensible(const struct imap4_conn_opts *o)
{
	bool clear = o->security == IMAP4_SECURITY_NONE;
	bool host = o->host && o->host[0] && strlen(o->host) < TLS_HOST_MAX;

	if (o->timeout_ms < 0 || (!clear && !o->tls))
		return false;
	return o->tunnel ? clear || host : host && o->port != 0;
}

struct imap4_conn *imap4_conn_new(struct event_base *base,
				  const struct imap4_conn_opts *opts,
				  const struct imap4_conn_handler *handler,
				  void *ctx)
{
	struct imap4_conn_opts o = {0};
	uint64_t seed;

	memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (!sensible(&o) || getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return NULL;
	struct imap4_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	transport_init(&c->transport, (struct duplex){.in = -1, .out = -1});
	c->base = base;
	c->handler = handler;
	c->ctx = ctx;
	c->tls = o.tls;
	c->port = o.port;
	c->security = o.security;
	c->clear = o.security == IMAP4_SECURITY_STARTTLS;
	c->timeout_ms = o.timeout_ms > 0 ? o.timeout_ms : DEFAULT_TIMEOUT_MS;
	c->engine = imap4_engine_new(o.limits, seed);
	c->kick = event_new(base, -1, 0, on_kick, c);
	c->timer = evtimer_new(base, on_timer, c);
	c->host = o.host ? strdup(o.host) : NULL;
	if (!c->engine || !c->kick || !c->timer || (o.host && !c->host) ||
	    connect_to(c, o.tunnel) < 0) {
		destroy(c);
		return NULL;
	}
	return c;
}

void imap4_conn_free(struct imap4_conn *c)
{
	if (!c)
		return;
	c->freed = true;
	if (c->entered == 0)
		destroy(c);
}

struct imap4_engine *imap4_conn_engine(struct imap4_conn *c)
{
	return c->engine;
}

void imap4_conn_flush(struct imap4_conn *c)
{
	if (conn_alive(c) && c->entered == 0)
		event_active(c->kick, EV_TIMEOUT, 0);
}

void imap4_conn_pause(struct imap4_conn *c)
{
	c->paused = true;
	if (c->entered == 0 && conn_alive(c))
		event_active(c->kick, EV_TIMEOUT, 0);
}

void imap4_conn_resume(struct imap4_conn *c)
{
	c->paused = false;
	c->more = true;
	imap4_conn_flush(c);
}

bool imap4_conn_protected(const struct imap4_conn *c)
{
	return c->transport.secured || transport_is_local(&c->transport);
}

bool imap4_conn_is_silent(const struct imap4_conn *c)
{
	return c->phase == CONN_OPEN && c->step == STEP_GREETING &&
	       c->bytes_in == 0;
}

int imap4_conn_fd(const struct imap4_conn *c)
{
	return c->transport.line.in;
}

uint64_t imap4_conn_bytes_in(const struct imap4_conn *c)
{
	return c->bytes_in;
}

uint64_t imap4_conn_bytes_out(const struct imap4_conn *c)
{
	return c->bytes_out;
}

const char *imap4_conn_tls_version(const struct imap4_conn *c)
{
	return c->transport.secured ? SSL_get_version(c->transport.ssl) : "";
}
