/* SPDX-License-Identifier: MIT */
/* A TCP connection to a host: resolves, then tries one address after the other
 * until one answers. It does no TLS and reads nothing. */
#ifndef LIB_NET_DIAL_H
#define LIB_NET_DIAL_H

#include <stdint.h>

struct event_base;
struct dial;

/* fd: the connected non-blocking socket, now the callee's; or -1, the result
 * (ERESOLVE, EREFUSED, ETIMEDOUT, ENET) and one line on why not. The dial may
 * be freed in here. */
typedef void dial_fn(void *ctx, int fd, int result, const char *error);

/* Starts; fn is called once, from the loop. The look-up and the last address
 * may each take timeout_ms, the addresses before it less. NULL: out of memory
 * or descriptors. */
struct dial *dial_new(struct event_base *base, const char *host, uint16_t port,
		      int64_t timeout_ms, dial_fn *fn, void *ctx);
/* Frees, or gives up without a callback. Accepts NULL. */
void dial_free(struct dial *d);

#endif
