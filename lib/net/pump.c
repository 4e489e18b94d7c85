/* SPDX-License-Identifier: MIT */
/* Moves bytes between an open connection's transport and its engine. Events
 * point into the buffer here, so it stays put until the engine has taken all of
 * it; a pause in the middle of a body leaves the rest where it is. */
#include "lib/net/pump.h"

#include "lib/net/conn.h"
#include "lib/net/login.h"
#include "lib/net/setup.h"
#include "lib/util/text.h"

#include <stdlib.h>
#include <string.h>

/* One turn's input: large enough for few system calls and few pieces of a body,
 * small enough that no other connection notices. */
#define READ_SIZE (128 * 1024)
/* One turn's output. */
#define WRITE_BUDGET (1024 * 1024)
/* A connection that got less than this in a turn gives the buffer back: the
 * hundreds that wait in IDLE then cost nothing. */
#define KEEP_SIZE (32 * 1024)

static bool running(const struct imap4_conn *c)
{
	return conn_alive(c) && c->phase == CONN_OPEN && !c->paused;
}

static void note_bye(struct imap4_conn *c, const struct imap4_event *ev)
{
	bool status =
	    ev->type == IMAP4_EV_STATUS || ev->type == IMAP4_EV_GREETING;

	if (!status || ev->status != IMAP4_STATUS_BYE)
		return;
	c->said_bye = true;
	text_clean(c->bye, sizeof(c->bye), ev->text.p ? ev->text.p : "",
		   ev->text.len);
}

/* The engine's reason may quote the server. */
static void engine_died(struct imap4_conn *c, int rc)
{
	const char *error = imap4_engine_error(c->engine);
	char text[CONN_TEXT_MAX];

	text_clean(text, sizeof(text), error, strlen(error));
	conn_fail(c, rc, "%s", rc == IMAP4_ENOMEM ? "out of memory" : text);
}

static void parse(struct imap4_conn *c)
{
	while (running(c)) {
		const struct imap4_event *ev;
		const char *rest = c->buf ? c->buf + c->pos : NULL;
		size_t used = 0;
		int rc = imap4_engine_read(c->engine, rest, c->len - c->pos,
					   &used, &ev);
		if (rc < 0) {
			engine_died(c, rc);
			return;
		}
		c->pos += used;
		if (ev->type == IMAP4_EV_NONE)
			return;
		note_bye(c, ev);
		if (!login_challenge(c, ev))
			conn_deliver(c, ev);
		/* Setting up goes on also where the user paused in there. */
		if (conn_alive(c) && c->step != STEP_READY)
			setup_event(c, ev);
		else if (conn_alive(c))
			login_event(c, ev);
	}
}

static void fill(struct imap4_conn *c)
{
	if (!c->buf) {
		c->buf = malloc(READ_SIZE);
		if (!c->buf) {
			conn_fail(c, IMAP4_ENOMEM, "out of memory");
			return;
		}
	}
	c->pos = 0;
	c->len = 0;
	do {
		ssize_t n = transport_read(&c->transport, c->buf + c->len,
					   READ_SIZE - c->len);
		if (n > 0) {
			c->len += (size_t)n;
			continue;
		}
		if (n == TRANSPORT_WANT_READ && !c->write_dead)
			c->can_read = false;
		else if (n == TRANSPORT_WANT_WRITE)
			c->blocked = true;
		else
			c->input_end = (int)n;
		break;
	} while (c->len < READ_SIZE && transport_pending(&c->transport));
	if (c->len == 0)
		return;
	c->bytes_in += c->len;
	conn_progress(c);
}

static void end_of_input(struct imap4_conn *c)
{
	const char *who = c->tunnel > 0 ? "the tunnel command ended"
					: "the server closed the connection";

	if (c->said_bye)
		conn_fail(c, IMAP4_ECLOSED,
			  "the server closed the connection: %s", c->bye);
	else if (c->input_end != TRANSPORT_EOF)
		conn_fail(c, c->transport.result, "%s", c->transport.error);
	else if (c->step == STEP_GREETING)
		conn_fail(c, IMAP4_ECLOSED, "%s without a greeting", who);
	else
		conn_fail(c, IMAP4_ECLOSED, "%s", who);
}

void pump_input(struct imap4_conn *c)
{
	parse(c);
	if (!running(c))
		return;
	if (c->can_read && c->input_end == 0) {
		fill(c);
		parse(c);
	}
	if (!running(c))
		return;
	/* Behind BYE, and the answer to a LOGOUT, nothing comes: there is no
	 * need to wait until the server or a tunnel gets round to closing. */
	bool over = c->said_bye && imap4_engine_pending(c->engine) == 0;
	if (c->input_end != 0 || over) {
		end_of_input(c);
		return;
	}
	c->can_read = transport_pending(&c->transport) || c->write_dead;
	c->more = c->more || c->can_read;
	if (c->len < KEEP_SIZE) {
		free(c->buf);
		c->buf = NULL;
		c->pos = 0;
		c->len = 0;
	}
}

/* Sending makes room for more of a message that is appended. */
static void ask(struct imap4_conn *c)
{
	if (c->pos == c->len)
		parse(c);
}

void pump_output(struct imap4_conn *c)
{
	size_t budget = WRITE_BUDGET;

	while (conn_alive(c) && c->phase == CONN_OPEN && !c->write_dead) {
		const void *p;
		size_t len = imap4_engine_write(c->engine, &p);
		if (len == 0)
			return;
		if (budget == 0) {
			c->more = true;
			return;
		}
		ssize_t n = transport_write(&c->transport, p,
					    len < budget ? len : budget);
		if (n == TRANSPORT_WANT_READ)
			return;
		if (n == TRANSPORT_WANT_WRITE) {
			c->blocked = true;
			return;
		}
		if (n < 0) {
			/* A server may well have said why: BYE, then a reset.
			 */
			c->write_dead = true;
			c->can_read = true;
			c->more = true;
			return;
		}
		imap4_engine_sent(c->engine, (size_t)n);
		c->bytes_out += (uint64_t)n;
		budget -= (size_t)n;
		conn_progress(c);
		ask(c);
	}
}
