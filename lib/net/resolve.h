/* SPDX-License-Identifier: MIT */
/* A host name to addresses without blocking the loop: the system's resolver,
 * with all that it is configured to do, in a thread of its own. */
#ifndef LIB_NET_RESOLVE_H
#define LIB_NET_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

struct event_base;
struct resolve;

/* code: 0, or getaddrinfo()'s; the list is borrowed until the resolve is freed,
 * which is allowed in here. */
typedef void resolve_fn(void *ctx, int code, const struct addrinfo *list);

/* Starts; fn is called once, from the loop. Addresses and "localhost" cause no
 * packet. NULL: out of memory, threads or descriptors. */
struct resolve *resolve_new(struct event_base *base, const char *host,
			    uint16_t port, resolve_fn *fn, void *ctx);
/* Frees, or gives up: fn is then not called any more. Accepts NULL. */
void resolve_free(struct resolve *r);

#endif
