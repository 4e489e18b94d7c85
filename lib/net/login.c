/* SPDX-License-Identifier: MIT */
#include "lib/net/login.h"

#include <imap4/sasl.h>
#include <imap4/submit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/conn.h"
#include "lib/util/text.h"

struct login {
	struct imap4_sasl *sasl;
	imap4_id id; /* of the command that is waited for */
	bool asking; /* for capabilities: logged in already */
	bool due;    /* there is nothing to wait for */
	void (*done)(void *ctx, struct imap4_conn *c, int result,
		     enum imap4_code code, const char *text);
	void *ctx;
	int result;
	enum imap4_code code;
	char text[CONN_TEXT_MAX];
};

void login_free(struct imap4_conn *c)
{
	if (c->login)
		imap4_sasl_free(c->login->sasl);
	free(c->login);
	c->login = NULL;
}

/* The user may log in anew, or free the conn, in there. */
static void finish(struct imap4_conn *c)
{
	struct login last = *c->login;

	login_free(c);
	last.done(last.ctx, c, last.result, last.code, last.text);
}

void login_turn(struct imap4_conn *c)
{
	if (conn_alive(c) && c->login && c->login->due)
		finish(c);
}

bool login_challenge(struct imap4_conn *c, const struct imap4_event *ev)
{
	if (!c->login || ev->type != IMAP4_EV_CHALLENGE ||
	    ev->id != c->login->id)
		return false;
	/* On failure it has cancelled, and the server will say NO. */
	(void)imap4_sasl_step(c->login->sasl, ev->challenge);
	return true;
}

static void refused(struct login *l, const struct imap4_event *ev)
{
	char text[CONN_TEXT_MAX / 2];
	/* Of a token it is told before the NO why it was not accepted. */
	const char *more = imap4_sasl_server_error(l->sasl);

	text_clean(text, sizeof(text), ev->text.p ? ev->text.p : "",
		   ev->text.len);
	l->result = IMAP4_EAUTH;
	l->code = ev->code.code;
	(void)snprintf(l->text, sizeof(l->text), "%s: %s %s%s%s",
		       imap4_sasl_mechanism(l->sasl),
		       imap4_status_name(ev->status), text, more[0] ? ": " : "",
		       more);
}

/* What is offered to a user, the server may not have said yet (RFC 9051 6.2.3).
 * Whatever it answers, the login is done. */
static bool ask_capabilities(struct imap4_conn *c)
{
	struct login *l = c->login;

	l->asking = !imap4_engine_has_capabilities(c->engine) &&
		    imap4_engine_capability(c->engine, &l->id) == 0;
	return l->asking;
}

void login_event(struct imap4_conn *c, const struct imap4_event *ev)
{
	struct login *l = c->login;

	if (!l || ev->type != IMAP4_EV_DONE || ev->id != l->id)
		return;
	if (l->asking) {
		finish(c);
		return;
	}
	if (ev->status != IMAP4_STATUS_OK) {
		refused(l, ev);
	} else if (!imap4_sasl_complete(l->sasl)) {
		conn_fail(c, IMAP4_EAUTH,
			  "the server did not prove that it knows the "
			  "password");
		return;
	} else if (ask_capabilities(c)) {
		return;
	}
	finish(c);
}

int imap4_conn_login(struct imap4_conn *c, const struct imap4_credentials *cred,
		     void (*done)(void *ctx, struct imap4_conn *conn,
				  int result, enum imap4_code code,
				  const char *text),
		     void *ctx)
{
	if (!conn_alive(c))
		return IMAP4_ECLOSED;
	if (c->step != STEP_READY || c->login ||
	    imap4_engine_state(c->engine) != IMAP4_STATE_NONAUTH)
		return IMAP4_ESTATE;
	struct login *l = calloc(1, sizeof(*l));
	if (!l)
		return IMAP4_ENOMEM;
	l->done = done;
	l->ctx = ctx;
	c->login = l;
	l->sasl = imap4_sasl_new(c, cred, l->text, sizeof(l->text));
	int rc = l->sasl ? imap4_sasl_start(l->sasl, &l->id) : IMAP4_EAUTH;
	if (rc < 0 && rc != IMAP4_EAUTH) {
		login_free(c);
		return rc;
	}
	if (rc == IMAP4_EAUTH) {
		l->result = rc;
		l->due = true;
		if (l->sasl)
			(void)snprintf(l->text, sizeof(l->text),
				       "the credentials do not suit %s",
				       imap4_sasl_mechanism(l->sasl));
	}
	/* A turn is due also where this is called from outside of the loop. */
	c->more = true;
	imap4_conn_flush(c);
	return 0;
}
