/* SPDX-License-Identifier: MIT */
/* A TCP connection to a host. An address that stays silent costs some seconds
 * only while there are others: many hosts have an IPv6 address that leads
 * nowhere. */
#include "lib/net/dial.h"

#include "lib/net/resolve.h"
#include "lib/util/ascii.h"
#include "lib/util/text.h"

#include <imap4/types.h>

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESS_MS    10000
#define MAX_ADDRESSES 16
#define HOST_SHOWN    256
#define ERROR_MAX     400
/* A connection that waits in IDLE says nothing for minutes: notice after about
 * seven that the peer is gone, and keep NATs from forgetting it. */
#define KEEP_IDLE_S  240
#define KEEP_INTVL_S 60
#define KEEP_COUNT   3

struct dial {
	struct event_base *base;
	struct resolve *resolve;
	const struct addrinfo *next; /* the resolve's */
	unsigned tried;
	int fd;
	struct event *connected; /* writable, or too late */
	struct event *too_late;  /* the look-up's time limit */
	int64_t timeout_ms;
	dial_fn *fn;
	void *ctx;
	uint16_t port;
	char host[HOST_SHOWN]; /* cleaned, for messages */
	int result;            /* of the last failure, and its text */
	char error[ERROR_MAX];
};

static struct timeval interval(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000,
				.tv_usec = ms % 1000 * 1000};
}

/* The address family is not there: says less than another address's failure. */
static bool no_route(int code)
{
	return code == EAFNOSUPPORT || code == ENETUNREACH ||
	       code == EADDRNOTAVAIL;
}

/* code: an errno. */
static void note_failure(struct dial *d, int code)
{
	if (d->error[0] && no_route(code))
		return;
	d->result = code == ECONNREFUSED ? IMAP4_EREFUSED
		    : code == ETIMEDOUT  ? IMAP4_ETIMEDOUT
					 : IMAP4_ENET;
	bool ipv6 = strchr(d->host, ':') != NULL;
	char buf[128];
	const char *reason = strerror_r(code, buf, sizeof(buf));

	(void)snprintf(d->error, sizeof(d->error), "%s%s%s:%u: %c%s",
		       ipv6 ? "[" : "", d->host, ipv6 ? "]" : "",
		       (unsigned)d->port, ascii_lower(reason[0]), reason + 1);
}

static void drop_socket(struct dial *d)
{
	if (d->connected)
		event_free(d->connected);
	d->connected = NULL;
	if (d->fd >= 0)
		(void)close(d->fd);
	d->fd = -1;
}

static void succeed(struct dial *d)
{
	int fd = d->fd;

	event_free(d->connected);
	d->connected = NULL;
	d->fd = -1;
	d->fn(d->ctx, fd, IMAP4_OK, NULL);
}

static void try_next(struct dial *d);

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	int code = 0;
	socklen_t len = sizeof(code);

	if (what & EV_TIMEOUT)
		code = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
		code = errno;
	if (code == 0) {
		succeed(d);
		return;
	}
	note_failure(d, code);
	drop_socket(d);
	try_next(d);
}

/* None of these is needed to work: where one is refused, do without. */
static void set_options(int fd)
{
	static const struct {
		int level, name, value;
	} option[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S},
	    {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTVL_S},
	    {IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT},
	};

	for (size_t i = 0; i < sizeof(option) / sizeof(option[0]); i++)
		(void)setsockopt(fd, option[i].level, option[i].name,
				 &option[i].value, sizeof(option[i].value));
}

/* 0: under way. */
static int start(struct dial *d, const struct addrinfo *a, bool last)
{
	int64_t ms = d->timeout_ms;

	d->fd =
	    socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		   a->ai_protocol);
	if (d->fd < 0)
		return -1;
	set_options(d->fd);
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) < 0 &&
	    errno != EINPROGRESS)
		return -1;
	if (!last && ms > ADDRESS_MS)
		ms = ADDRESS_MS;
	const struct timeval limit = interval(ms);
	d->connected = event_new(d->base, d->fd, EV_WRITE, on_connected, d);
	if (!d->connected || event_add(d->connected, &limit) < 0) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void try_next(struct dial *d)
{
	while (d->next && d->tried < MAX_ADDRESSES) {
		const struct addrinfo *a = d->next;
		d->next = a->ai_next;
		d->tried++;
		if (start(d, a, !d->next || d->tried == MAX_ADDRESSES) == 0)
			return;
		note_failure(d, errno);
		drop_socket(d);
	}
	d->fn(d->ctx, -1, d->result, d->error);
}

static const char *resolve_reason(int code)
{
	switch (code) {
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return "no such host";
	case EAI_AGAIN:
		return "the name servers do not answer";
	case EAI_FAIL:
		return "the name servers failed";
	case EAI_MEMORY:
		return "out of memory";
	default:
		return "the look-up failed";
	}
}

static void on_resolved(void *ctx, int code, const struct addrinfo *list)
{
	struct dial *d = ctx;

	event_free(d->too_late);
	d->too_late = NULL;
	d->result = IMAP4_ERESOLVE;
	if (code != 0)
		(void)snprintf(d->error, sizeof(d->error),
			       "cannot resolve %s: %s", d->host,
			       resolve_reason(code));
	d->next = code == 0 ? list : NULL;
	try_next(d);
}

static void on_too_late(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	resolve_free(d->resolve);
	d->resolve = NULL;
	on_resolved(d, EAI_AGAIN, NULL);
}

struct dial *dial_new(struct event_base *base, const char *host, uint16_t port,
		      int64_t timeout_ms, dial_fn *fn, void *ctx)
{
	struct dial *d = calloc(1, sizeof(*d));
	const struct timeval limit = interval(timeout_ms);

	if (!d)
		return NULL;
	d->base = base;
	d->fd = -1;
	d->timeout_ms = timeout_ms;
	d->fn = fn;
	d->ctx = ctx;
	d->port = port;
	text_clean(d->host, sizeof(d->host), host, strlen(host));
	d->resolve = resolve_new(base, host, port, on_resolved, d);
	d->too_late = evtimer_new(base, on_too_late, d);
	if (!d->resolve || !d->too_late ||
	    evtimer_add(d->too_late, &limit) < 0) {
		dial_free(d);
		return NULL;
	}
	return d;
}

void dial_free(struct dial *d)
{
	if (!d)
		return;
	drop_socket(d);
	if (d->too_late)
		event_free(d->too_late);
	resolve_free(d->resolve);
	free(d);
}
