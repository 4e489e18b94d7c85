/* SPDX-License-Identifier: MIT */
/* The AUTHENTICATE exchange (RFC 9051 6.2.2, RFC 4959): base64, order, and
 * nothing else. What to say is the business of a mechanism. */
#include "lib/engine/engine_priv.h"

#include <string.h>

#include "lib/codec/base64.h"
#include "lib/util/ascii.h"

/* RFC 4422 sasl-mech: 1 to 20 of these. */
static bool is_mechanism(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if (!ascii_alpha(name[i]) && !ascii_digit(name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return false;
	}
	return n > 0 && n <= 20;
}

/* Is the initial response to go on the command line? Not one that makes it too
 * long (RFC 4959 3). */
static bool at_once(const struct imap4_engine *e, struct imap4_str initial)
{
	return imap4_engine_has(e, "SASL-IR") &&
	       initial.len < ENCODE_LINE_MAX / 4 * 3 - 64;
}

static void add_initial(struct imap4_engine *e, struct imap4_str initial)
{
	struct encode *enc = command_argument(e);
	struct buf b64;

	if (!enc)
		return;
	buf_init(&b64, ENCODE_LINE_MAX);
	if (initial.len == 0)
		encode_text(enc, "=");
	else if (base64_encode(initial.p, initial.len, &b64) < 0)
		command_fail(e, IMAP4_ENOMEM);
	else
		encode_secret_text(enc, b64.data, b64.len);
	buf_wipe(&b64);
}

int imap4_engine_authenticate(struct imap4_engine *e, const char *mechanism,
			      struct imap4_str initial, imap4_id *id)
{
	bool later = initial.p && !at_once(e, initial);
	struct buf *b64 = &e->auth.initial;

	if (!is_mechanism(mechanism))
		return IMAP4_EINVAL;
	command_begin(e, "AUTHENTICATE");
	imap4_engine_command_atom(e, mechanism);
	if (initial.p && !later)
		add_initial(e, initial);
	/* What an earlier command keeps there must not be lost: where there is
	 * one, this one was refused above. */
	bool keep = later && e->draft_error == 0;
	if (keep && base64_encode(initial.p, initial.len, b64) < 0)
		command_fail(e, IMAP4_ENOMEM);
	int rc = command_end(e, keep ? b64->len + 2 : 0, id);
	if (rc == 0)
		e->auth.state = later ? AUTH_INITIAL : AUTH_NONE;
	else if (keep)
		buf_wipe(b64);
	return rc;
}

/* The running exchange's command: a barrier, so nothing was written since. */
static struct command *current(const struct imap4_engine *e)
{
	struct command *c = e->barrier;

	return c && c->spec->kind == CMD_AUTHENTICATE ? c : NULL;
}

/* One line of the exchange, for which there is room. */
static void send_line(struct imap4_engine *e, struct command *cmd,
		      const char *p, size_t len)
{
	e->auth.response_at = engine_position(e);
	e->out_secret = true;
	(void)buf_add(&e->out, p, len);
	(void)buf_add(&e->out, "\r\n", 2);
	cmd->end = engine_position(e);
	trace_line(e, "<secret>");
}

static void send_initial(struct imap4_engine *e, struct command *cmd)
{
	e->reserved -= cmd->reserved;
	cmd->reserved = 0;
	send_line(e, cmd, e->auth.initial.data ? e->auth.initial.data : "",
		  e->auth.initial.len);
	buf_wipe(&e->auth.initial);
	e->auth.state = AUTH_WAITING;
}

int auth_challenge(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct command *cmd = current(e);
	struct imap4_str text = e->resp.args;

	if (!cmd || e->sent < cmd->end || e->auth.state == AUTH_ASKED ||
	    e->auth.state == AUTH_CANCELLED)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server sent a challenge out of turn");
	/* Some servers greet the mechanism with words instead of nothing. */
	if (e->auth.state == AUTH_INITIAL) {
		send_initial(e, cmd);
		return 0;
	}
	buf_wipe(&e->auth.challenge);
	int rc = base64_decode(text.p, text.len, &e->auth.challenge);
	if (rc == IMAP4_ENOMEM)
		return engine_fail(e, rc, "out of memory");
	if (rc < 0)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server's challenge is not base64");
	e->auth.state = AUTH_ASKED;
	struct imap4_event *out = &e->event;
	memset(out, 0, sizeof(*out));
	out->type = IMAP4_EV_CHALLENGE;
	out->id = cmd->id;
	out->challenge = (struct imap4_str){
	    e->auth.challenge.data ? e->auth.challenge.data : "",
	    e->auth.challenge.len};
	*ev = out;
	return 0;
}

static int respond(struct imap4_engine *e, const char *p, size_t len,
		   enum auth_state next)
{
	struct command *cmd = current(e);

	if (e->closed || e->dead)
		return IMAP4_ECLOSED;
	if (!cmd || e->auth.state != AUTH_ASKED)
		return IMAP4_ESTATE;
	if (buf_reserve(&e->out, e->reserved + len + 2) < 0)
		return IMAP4_ENOMEM;
	send_line(e, cmd, p, len);
	e->auth.state = next;
	return 0;
}

int imap4_engine_auth_respond(struct imap4_engine *e, struct imap4_str response)
{
	struct buf b64;

	buf_init(&b64, ENCODE_MAX);
	int rc = base64_encode(response.p, response.len, &b64);
	if (rc == 0)
		rc =
		    respond(e, b64.data ? b64.data : "", b64.len, AUTH_WAITING);
	buf_wipe(&b64);
	return rc;
}

int imap4_engine_auth_cancel(struct imap4_engine *e)
{
	return respond(e, "*", 1, AUTH_CANCELLED);
}

void auth_end(struct imap4_engine *e, const struct command *cmd, bool ok)
{
	struct auth *a = &e->auth;

	/* A response that the server does not want any more must not become
	 * the next command line. */
	if (!ok && cmd->end > cmd->line_end && e->sent <= a->response_at &&
	    a->response_at >= cmd->line_end)
		buf_truncate(&e->out,
			     e->out_at + (size_t)(a->response_at - e->sent));
	a->state = AUTH_NONE;
	buf_wipe(&a->initial);
	buf_wipe(&a->challenge);
}
