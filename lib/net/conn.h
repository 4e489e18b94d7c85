/* SPDX-License-Identifier: MIT */
/* The inside of an imap4_conn, shared by the files that make it up: conn.c
 * (life and callbacks), pump.c (bytes and events), setup.c (up to ready). */
#ifndef LIB_NET_CONN_H
#define LIB_NET_CONN_H

#include "lib/net/transport.h"

#include <imap4/conn.h>

struct dial;
struct login;
struct event;

#define CONN_TEXT_MAX 512

enum conn_phase {
	CONN_CONNECTING,
	CONN_HANDSHAKE, /* of TLS */
	CONN_OPEN,      /* bytes go to and from the engine */
	CONN_ENDED,     /* closed() was called; only free is left */
};

/* What is waited for on the way to ready. */
enum conn_step {
	STEP_GREETING,
	STEP_CLEAR_CAPABILITY, /* is STARTTLS offered? */
	STEP_STARTTLS,
	STEP_TLS,
	STEP_CAPABILITY,
	STEP_READY,
};

struct imap4_conn {
	struct event_base *base;
	const struct imap4_conn_handler *handler;
	void *ctx;
	struct imap4_engine *engine;
	struct imap4_tls *tls;
	char *host; /* NULL: a tunnel without TLS */
	int64_t timeout_ms;
	enum imap4_security security;
	uint16_t port;

	enum conn_phase phase;
	enum conn_step step;
	imap4_id step_id;    /* the command that the step waits for */
	struct login *login; /* under way, else NULL */
	struct dial *dial;
	int tunnel; /* process id, or 0 */
	struct transport transport;

	struct event *readable, *writable, *kick, *timer;
	bool reading;    /* readable is added */
	bool timing;     /* timer is added */
	bool was_busy;   /* something was pending at the last look */
	int64_t last_ms; /* when a byte moved, or something became pending */

	/* Received and not yet parsed: buf[pos..len). Allocated while there is
	 * something to hold. */
	char *buf;
	size_t pos, len;
	uint64_t bytes_in, bytes_out;

	bool can_read;   /* a read may return something */
	bool more;       /* another turn is due at once */
	bool blocked;    /* output waits for the socket */
	bool write_dead; /* the peer takes no more; what it said still counts */
	int input_end;   /* 0, or why there will be no more: transport_status */
	bool paused;
	bool clear;       /* STARTTLS is demanded and TLS is not up yet */
	unsigned entered; /* callbacks from the loop that are running */
	bool freed;       /* to be freed when the last of them returns */

	int result; /* not 0: about to end, or ended */
	char text[CONN_TEXT_MAX];
	char bye[CONN_TEXT_MAX / 2]; /* the server's last words */
	bool said_bye;
};

/* Lets the connection end at the end of this turn; the first reason counts. */
void conn_fail(struct imap4_conn *c, int result, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Hands an event to the user, unless it was said in clear where TLS is
 * demanded: whoever sits on the line could have said it (RFC 9051 11.1). */
void conn_deliver(struct imap4_conn *c, const struct imap4_event *ev);
/* Is there anything left to do for this turn? */
bool conn_alive(const struct imap4_conn *c);
/* A byte moved. */
void conn_progress(struct imap4_conn *c);

#endif
