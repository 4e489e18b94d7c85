/* SPDX-License-Identifier: MIT */
/* An engine on a socket under a libevent loop: resolves, connects, does TLS or
 * STARTTLS, moves bytes, hands out events, watches for silence. */
#ifndef IMAP4_CONN_H
#define IMAP4_CONN_H

#include <imap4/engine.h>
#include <imap4/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct imap4_conn;

enum imap4_security {
	IMAP4_SECURITY_TLS,      /* from the first byte (RFC 8314) */
	IMAP4_SECURITY_STARTTLS, /* demanded, never opportunistic */
	IMAP4_SECURITY_NONE,
};

struct imap4_conn_opts {
	size_t size;      /* sizeof(struct imap4_conn_opts) */
	const char *host; /* name or address; also what the certificate must
			   * name */
	uint16_t port;
	const char *tunnel; /* instead of host and port: a shell command that
			     * speaks IMAP on its stdin and stdout; host is then
			     * needed only for TLS */
	enum imap4_security security;
	struct imap4_tls *tls; /* borrowed, outlives the conn; for TLS modes */
	int64_t timeout_ms; /* no byte moved for this long while something but
			     * an IDLE is pending: ETIMEDOUT. 0: 60 s */
	const struct imap4_limits *limits; /* or NULL */
};

struct imap4_conn_handler {
	/* Greeting received, TLS in place where demanded, capabilities known.
	 * The state is NONAUTH or (PREAUTH) AUTH. Submit nothing before. */
	void (*ready)(void *ctx, struct imap4_conn *c);
	/* An event of the engine, also between connect and ready, and also of
	 * the commands that the conn submits by itself (CAPABILITY). Where
	 * STARTTLS is demanded, nothing that was said in clear is reported:
	 * anybody on the line could have said it. */
	void (*event)(void *ctx, struct imap4_conn *c,
		      const struct imap4_event *ev);
	/* The connection ended, or never came about; every pending command has
	 * completed with LOST before (paused or not). result: enum
	 * imap4_result: ERESOLVE, EREFUSED, ETIMEDOUT, and ENET: else not
	 * connected, reset or cut; ETLS: handshake, certificate, STARTTLS not
	 * to be had; EPROTO, ELIMIT: the server; ECLOSED: it closed the
	 * connection; EAUTH: see imap4_conn_login(). text: one line
	 * without a secret, control characters of the server's removed. The
	 * conn may be freed here, else it is inert. */
	void (*closed)(void *ctx, struct imap4_conn *c, int result,
		       const char *text);
};

/* Starts connecting. NULL: out of memory or opts senseless. handler is
 * borrowed. Callbacks come from the loop, never from within this call. A name
 * is looked up in a thread of its own by the system's resolver. SIGPIPE is not
 * raised. */
IMAP4_EXPORT struct imap4_conn *imap4_conn_new(
    struct event_base *base, const struct imap4_conn_opts *opts,
    const struct imap4_conn_handler *handler, void *ctx);
/* Closes at once, no callback. Accepts NULL; allowed in any callback. */
IMAP4_EXPORT void imap4_conn_free(struct imap4_conn *c);

/* STARTTLS on a connection that was opened with IMAP4_SECURITY_NONE, for those
 * who must look first; tls is borrowed as in the options. ready() is called a
 * second time when TLS is there and the capabilities have been asked for again;
 * where it does not come about, closed(). 0, or IMAP4_ESTATE: not offered, not
 * before ready() or after login, with commands pending, over a tunnel without a
 * host, or TLS is there already; IMAP4_ECLOSED, IMAP4_ENOMEM. */
IMAP4_EXPORT int imap4_conn_starttls(struct imap4_conn *c,
				     struct imap4_tls *tls);

IMAP4_EXPORT struct imap4_engine *imap4_conn_engine(struct imap4_conn *c);
/* Sends what was submitted or given to imap4_engine_append_data(), from the
 * loop. Called once behind a group of submits, so that they leave in one
 * segment. Needless from within a callback.
 */
IMAP4_EXPORT void imap4_conn_flush(struct imap4_conn *c);
/* Back-pressure: stops reading from the socket, also in the middle of a body;
 * no more events until resume. */
IMAP4_EXPORT void imap4_conn_pause(struct imap4_conn *c);
IMAP4_EXPORT void imap4_conn_resume(struct imap4_conn *c);
/* Is what is said on it safe from others: TLS, a tunnel, or loopback? */
IMAP4_EXPORT bool imap4_conn_protected(const struct imap4_conn *c);
/* Is it connected, and the server has not said a word yet? Where that goes on
 * on a line without TLS, the server may wait for TLS to begin. */
IMAP4_EXPORT bool imap4_conn_is_silent(const struct imap4_conn *c);
/* The descriptor that bytes come from: for options of the socket, and for
 * looking at it. -1: not connected. */
IMAP4_EXPORT int imap4_conn_fd(const struct imap4_conn *c);
/* Bytes received and sent on the wire (above TLS). */
IMAP4_EXPORT uint64_t imap4_conn_bytes_in(const struct imap4_conn *c);
IMAP4_EXPORT uint64_t imap4_conn_bytes_out(const struct imap4_conn *c);
/* "TLSv1.3", or "" where there is none. */
IMAP4_EXPORT const char *imap4_conn_tls_version(const struct imap4_conn *c);

#ifdef __cplusplus
}
#endif
#endif
