/* SPDX-License-Identifier: MIT */
/* The protocol engine: bytes in, one event at a time out; commands in, bytes
 * out. It does no I/O, reads no clock, uses no global. One engine is one
 * connection; to reconnect, make a new one. Not for two threads at once. */
#ifndef IMAP4_ENGINE_H
#define IMAP4_ENGINE_H

#include <imap4/event.h>
#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct imap4_engine;

/* Bounds on what a server may make the engine hold. 0 means the default. */
struct imap4_limits {
	size_t size;          /* sizeof(struct imap4_limits) */
	size_t max_response;  /* bytes of one response without streamed bodies,
			       * literals included; default 4 MiB. What is
			       * parsed out of it takes at most 16 times that
			       */
	uint64_t max_body;    /* bytes of one streamed literal; default 2 GiB */
	unsigned max_nesting; /* parentheses; default 32, at most 1000 */
	size_t max_pending; /* commands submitted and not done; default 4096 */
};

/* Makes an engine. tag_seed: random; makes tags unguessable, so that a reply
 * cannot be planted before its command is sent. limits may be NULL.
 * NULL: out of memory. */
IMAP4_EXPORT struct imap4_engine *imap4_engine_new(
    const struct imap4_limits *limits, uint64_t tag_seed);
/* Accepts NULL. Wipes what may hold secrets. */
IMAP4_EXPORT void imap4_engine_free(struct imap4_engine *e);

/* Consumes bytes up to the end of one event. *used says how many were taken
 * (always all of them where *ev is IMAP4_EV_NONE); call again with the rest.
 * With len == 0 it delivers events that wait without input, if any.
 * 0, or IMAP4_EPROTO, IMAP4_ELIMIT, IMAP4_ENOMEM: the engine is then dead: call
 * imap4_engine_close() and collect the LOST events; imap4_engine_error() has
 * the reason. Body data points into buf, everything else into the engine. */
IMAP4_EXPORT int imap4_engine_read(struct imap4_engine *e, const void *buf,
				   size_t len, size_t *used,
				   const struct imap4_event **ev);

/* The connection ended. Every pending command then completes with
 * IMAP4_STATUS_LOST: read with len 0 until IMAP4_EV_NONE. */
IMAP4_EXPORT void imap4_engine_close(struct imap4_engine *e);

/* Bytes to send now: sets *buf and returns how many, 0 for none (or for
 * "waiting for the server": a synchronising literal, a challenge). Valid until
 * the next call that changes the engine. */
IMAP4_EXPORT size_t imap4_engine_write(struct imap4_engine *e,
				       const void **buf);
/* The first n of those bytes were sent. */
IMAP4_EXPORT void imap4_engine_sent(struct imap4_engine *e, size_t n);

IMAP4_EXPORT enum imap4_state imap4_engine_state(const struct imap4_engine *e);
/* Is a capability advertised ("QRESYNC", "AUTH=PLAIN"; any case)? */
IMAP4_EXPORT bool imap4_engine_has(const struct imap4_engine *e,
				   const char *capability);
/* Is any capability list known since the last reset? */
IMAP4_EXPORT bool imap4_engine_has_capabilities(const struct imap4_engine *e);
/* The capabilities as sent, NUL-terminated, blank-separated; valid until the
 * next read. */
IMAP4_EXPORT const char *imap4_engine_capabilities(
    const struct imap4_engine *e);
/* Treats a capability as not offered from now on, through every new list. */
IMAP4_EXPORT int imap4_engine_disable(struct imap4_engine *e,
				      const char *capability);
/* Was it ENABLEd (RFC 5161: only what ENABLED listed, of what was asked for)?
 */
IMAP4_EXPORT bool imap4_engine_enabled(const struct imap4_engine *e,
				       const char *capability);
/* The number of a capability that has one: "APPENDLIMIT" (octets),
 * "MESSAGELIMIT" (messages). False: not offered, or no number. */
IMAP4_EXPORT bool imap4_engine_limit(const struct imap4_engine *e,
				     const char *capability, uint64_t *value);
/* A mailbox name from UTF-8 to what this server wants now: modified UTF-7, or,
 * once UTF8=ACCEPT or IMAP4rev2 was ENABLEd, UTF-8. Like
 * imap4_mutf7_encode(). */
IMAP4_EXPORT long imap4_engine_wire_name(const struct imap4_engine *e,
					 const char *utf8, size_t len,
					 char *out, size_t cap);
/* Commands submitted and not done. */
IMAP4_EXPORT size_t imap4_engine_pending(const struct imap4_engine *e);
/* Is the server listening to an IDLE that was not ended? It owes no answer, and
 * may be silent for as long as it likes. */
IMAP4_EXPORT bool imap4_engine_is_idle(const struct imap4_engine *e);

/* TLS took over after a STARTTLS that was answered OK: forgets capabilities and
 * everything else learned in clear (RFC 9051 6.2.1). IMAP4_EPROTO where the
 * engine holds bytes that came in clear behind the OK (response injection), or
 * where no STARTTLS was answered. The caller must also check that its own
 * buffer is empty. */
IMAP4_EXPORT int imap4_engine_starttls_done(struct imap4_engine *e);

/* Why the engine is dead, or "". */
IMAP4_EXPORT const char *imap4_engine_error(const struct imap4_engine *e);

/* Called for every line sent and received, without its CRLF, secrets replaced
 * by
 * "<secret>", literals and bodies shortened to their sizes. dir is 'C' or 'S'.
 * The callback must not call the engine. */
IMAP4_EXPORT void imap4_engine_trace(struct imap4_engine *e,
				     void (*fn)(void *ctx, char dir,
						const char *line, size_t len),
				     void *ctx);

#ifdef __cplusplus
}
#endif
#endif
