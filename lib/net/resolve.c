/* SPDX-License-Identifier: MIT */
/* A host name to addresses without blocking the loop. libevent's own resolver
 * is not used: it knows neither nsswitch.conf (mDNS, systemd-resolved) nor DNS
 * over TCP, and reads resolv.conf once, where a laptop's changes all day. */
#include "lib/net/resolve.h"

#include "lib/net/thread.h"
#include "lib/util/ascii.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Belongs to the thread and to the loop; who leaves last frees it. */
struct job {
	atomic_int owners;
	atomic_bool done;
	int wake; /* eventfd */
	int flags;
	int code;
	struct addrinfo *list;
	char port[8];
	char host[];
};

struct resolve {
	struct job *job;
	struct event *woken;
	resolve_fn *fn;
	void *ctx;
};

static void job_leave(struct job *job)
{
	if (atomic_fetch_sub(&job->owners, 1) > 1)
		return;
	if (job->list)
		freeaddrinfo(job->list);
	if (job->wake >= 0)
		(void)close(job->wake);
	free(job);
}

static struct job *job_new(const char *host, uint16_t port)
{
	size_t len = strlen(host);
	struct job *job = calloc(1, sizeof(*job) + len + 1);

	if (!job)
		return NULL;
	memcpy(job->host, host, len + 1);
	(void)snprintf(job->port, sizeof(job->port), "%u", (unsigned)port);
	atomic_init(&job->owners, 1);
	atomic_init(&job->done, false);
	job->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->wake < 0) {
		free(job);
		return NULL;
	}
	return job;
}

static void job_look_up(struct job *job)
{
	/* RFC 6761 6.3: localhost is this machine and no query. NULL is the
	 * loopback address to getaddrinfo(). */
	const char *host =
	    ascii_same(job->host, "localhost") ? NULL : job->host;
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICSERV | job->flags};

	job->code = getaddrinfo(host, job->port, &hints, &job->list);
}

static void *thread_main(void *arg)
{
	struct job *job = arg;
	const uint64_t one = 1;

	job_look_up(job);
	atomic_store(&job->done, true);
	/* Cannot fail: the counter was 0. */
	ssize_t n = write(job->wake, &one, sizeof(one));
	(void)n;
	job_leave(job);
	return NULL;
}

static int start_thread(struct job *job)
{
	(void)atomic_fetch_add(&job->owners, 1);
	if (thread_start(thread_main, job) == 0)
		return 0;
	(void)atomic_fetch_sub(&job->owners, 1);
	return -1;
}

static void on_woken(evutil_socket_t fd, short what, void *arg)
{
	struct resolve *r = arg;

	(void)fd;
	(void)what;
	if (atomic_load(&r->job->done))
		r->fn(r->ctx, r->job->code, r->job->list);
}

/* No thread for what needs no look-up. */
static int start(struct resolve *r)
{
	struct job *job = r->job;

	job->flags = AI_NUMERICHOST;
	job_look_up(job);
	if (job->code == EAI_NONAME) {
		job->flags = 0;
		return event_add(r->woken, NULL) == 0 ? start_thread(job) : -1;
	}
	atomic_store(&job->done, true);
	event_active(r->woken, EV_READ, 0);
	return 0;
}

struct resolve *resolve_new(struct event_base *base, const char *host,
			    uint16_t port, resolve_fn *fn, void *ctx)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->fn = fn;
	r->ctx = ctx;
	r->job = job_new(host, port);
	if (r->job)
		r->woken = event_new(base, r->job->wake, EV_READ, on_woken, r);
	if (!r->woken || start(r) < 0) {
		resolve_free(r);
		return NULL;
	}
	return r;
}

void resolve_free(struct resolve *r)
{
	if (!r)
		return;
	if (r->woken)
		event_free(r->woken);
	if (r->job)
		job_leave(r->job);
	free(r);
}
