/* SPDX-License-Identifier: MIT */
#include "daemon/watch/network.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* A link that comes up makes a dozen messages. */
#define GATHER_MS 300
/* More than a suspend that nobody noticed. */
#define SLEPT_MS 2000

struct network {
	void (*changed)(void *ctx);
	void *ctx;
	int routes; /* a netlink socket, or -1 */
	int clock;  /* a timer that never rings, or -1 */
	struct event *on_routes, *on_clock, *settled;
	int64_t slept_ms; /* in all, when last looked at */
};

static void gather(struct network *n)
{
	struct timeval t = {0, GATHER_MS * 1000L};

	/* From the first one on: it must not be put off for ever. */
	if (!event_pending(n->settled, EV_TIMEOUT, NULL))
		event_add(n->settled, &t);
}

static void on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct network *n = arg;

	(void)fd;
	(void)what;
	log_at(LOG_DEBUG, NULL, NULL, "the network changed");
	n->changed(n->ctx);
}

/* Routers announce IPv6 addresses again and again, each time for another while:
 * that is no news. */
static bool is_prolonged(struct nlmsghdr *h)
{
	struct ifaddrmsg *m = NLMSG_DATA(h);
	int left = (int)IFA_PAYLOAD(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return false;
	for (struct rtattr *r = IFA_RTA(m); RTA_OK(r, left);
	     r = RTA_NEXT(r, left)) {
		const struct ifa_cacheinfo *c = RTA_DATA(r);
		if (r->rta_type == IFA_CACHEINFO &&
		    RTA_PAYLOAD(r) >= sizeof(*c))
			return c->tstamp != c->cstamp;
	}
	return false;
}

/* Addresses and routes; not what the kernel clones of routes for its own use.
 */
static bool is_change(struct nlmsghdr *h)
{
	const struct rtmsg *r = NLMSG_DATA(h);

	switch (h->nlmsg_type) {
	case RTM_NEWADDR:
		return !is_prolonged(h);
	case RTM_DELADDR:
		return true;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*r)) &&
		       !(r->rtm_flags & RTM_F_CLONED) &&
		       r->rtm_type == RTN_UNICAST;
	default:
		return false;
	}
}

static void on_routes(evutil_socket_t fd, short what, void *arg)
{
	struct network *n = arg;
	_Alignas(struct nlmsghdr) char buf[8192];
	bool changed = false;
	ssize_t got;

	(void)what;
	while ((got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		size_t left = (size_t)got, at = 0;
		while (left - at >= sizeof(struct nlmsghdr)) {
			struct nlmsghdr *h = (void *)(buf + at);
			if (h->nlmsg_len < sizeof(*h) ||
			    h->nlmsg_len > left - at)
				break;
			changed |= is_change(h);
			at += NLMSG_ALIGN(h->nlmsg_len);
			if (at > left)
				break;
		}
	}
	/* ENOBUFS: so many that some are lost. */
	if (changed || (got < 0 && errno == ENOBUFS))
		gather(n);
}

/* How long the machine slept since it started. */
static int64_t slept_ms(void)
{
	return clock_boot_ms() - clock_mono_ms();
}

/* The kernel ends the wait when the wall clock is set, and does so, too, when
 * the machine wakes up (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). */
static void wait_for_clock(struct network *n)
{
	const struct itimerspec never = {
	    .it_value = {.tv_sec = INT64_C(0x7fffffff) * 16}};

	(void)timerfd_settime(n->clock,
			      TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			      &never, NULL);
}

static void on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct network *n = arg;
	int64_t before = n->slept_ms;
	uint64_t times;

	(void)what;
	(void)!read(fd, &times, sizeof(times));
	wait_for_clock(n);
	n->slept_ms = slept_ms();
	if (n->slept_ms - before >= SLEPT_MS)
		gather(n);
}

static void watch_routes(struct network *n)
{
	struct sockaddr_nl a = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
			 RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE,
	};

	n->routes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   NETLINK_ROUTE);
	if (n->routes < 0)
		return;
	if (bind(n->routes, (struct sockaddr *)&a, sizeof(a)) < 0) {
		(void)close(n->routes);
		n->routes = -1;
	}
}

struct network *network_new(struct event_base *base, void (*changed)(void *ctx),
			    void *ctx)
{
	struct network *n = xcalloc(1, sizeof(*n));

	n->changed = changed;
	n->ctx = ctx;
	n->slept_ms = slept_ms();
	n->settled = evtimer_new(base, on_settled, n);
	watch_routes(n);
	if (n->routes >= 0)
		n->on_routes = event_new(base, n->routes, EV_READ | EV_PERSIST,
					 on_routes, n);
	n->clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (n->clock >= 0) {
		wait_for_clock(n);
		n->on_clock = event_new(base, n->clock, EV_READ | EV_PERSIST,
					on_clock, n);
	}
	if (!n->settled ||
	    (n->on_routes && event_add(n->on_routes, NULL) < 0) ||
	    (n->on_clock && event_add(n->on_clock, NULL) < 0))
		abort();
	return n;
}

void network_free(struct network *n)
{
	if (!n)
		return;
	event_free(n->settled);
	if (n->on_routes)
		event_free(n->on_routes);
	if (n->on_clock)
		event_free(n->on_clock);
	if (n->routes >= 0)
		(void)close(n->routes);
	if (n->clock >= 0)
		(void)close(n->clock);
	free(n);
}
