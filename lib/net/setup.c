/* SPDX-License-Identifier: MIT */
/* The way from the greeting to ready. Where STARTTLS is demanded, nothing but
 * CAPABILITY and STARTTLS is ever said in clear, and nothing heard in clear is
 * believed, but that TLS may start (RFC 9051 6.2.1, 11.1; RFC 8314 3). */
#include "lib/net/setup.h"

#include "lib/net/conn.h"
#include "lib/util/text.h"

#include <imap4/submit.h>

#define SERVER_TEXT_MAX 256

static void submit(struct imap4_conn *c, enum conn_step step,
		   int (*fn)(struct imap4_engine *e, imap4_id *id))
{
	int rc = fn(c->engine, &c->step_id);

	c->step = step;
	if (rc < 0)
		conn_fail(c, rc, "%s",
			  rc == IMAP4_ENOMEM
			      ? "out of memory"
			      : "the server is not ready for commands");
}

static void be_ready(struct imap4_conn *c)
{
	c->step = STEP_READY;
	c->handler->ready(c->ctx, c);
}

static void ask_starttls(struct imap4_conn *c)
{
	if (imap4_engine_has(c->engine, "STARTTLS"))
		submit(c, STEP_STARTTLS, imap4_engine_starttls);
	else
		conn_fail(c, IMAP4_ETLS, "the server does not offer STARTTLS");
}

static void greeting(struct imap4_conn *c, const struct imap4_event *ev)
{
	bool known = imap4_engine_has_capabilities(c->engine);

	if (ev->status == IMAP4_STATUS_BYE)
		conn_fail(c, IMAP4_ECLOSED,
			  "the server refused the connection: %s", c->bye);
	else if (c->clear && ev->status == IMAP4_STATUS_PREAUTH)
		conn_fail(c, IMAP4_EPROTO,
			  "the server skips the login (PREAUTH) where STARTTLS "
			  "is demanded");
	else if (c->clear && known)
		ask_starttls(c);
	else if (c->clear)
		submit(c, STEP_CLEAR_CAPABILITY, imap4_engine_capability);
	else if (known)
		be_ready(c);
	else
		submit(c, STEP_CAPABILITY, imap4_engine_capability);
}

static void start_tls(struct imap4_conn *c)
{
	/* CVE-2011-0411 and its kin: what stands behind the OK came in clear,
	 * and would be taken for something said inside TLS. */
	if (c->pos < c->len) {
		conn_fail(c, IMAP4_EPROTO,
			  "bytes behind the answer to STARTTLS");
		return;
	}
	c->step = STEP_TLS;
	c->phase = CONN_HANDSHAKE;
	if (transport_start_tls(&c->transport, c->tls, c->host) < 0)
		conn_fail(c, c->transport.result, "%s", c->transport.error);
}

static void done(struct imap4_conn *c, const struct imap4_event *ev)
{
	char text[SERVER_TEXT_MAX];
	bool ok = ev->status == IMAP4_STATUS_OK;

	text_clean(text, sizeof(text), ev->text.p ? ev->text.p : "",
		   ev->text.len);
	switch (c->step) {
	case STEP_CLEAR_CAPABILITY:
		/* NO or BAD: then nothing is offered. */
		ask_starttls(c);
		break;
	case STEP_STARTTLS:
		if (ok)
			start_tls(c);
		else
			conn_fail(c, IMAP4_ETLS,
				  "the server refused STARTTLS: %s", text);
		break;
	case STEP_CAPABILITY:
		if (ok)
			be_ready(c);
		else
			conn_fail(c, IMAP4_EPROTO,
				  "the server refused CAPABILITY: %s", text);
		break;
	default:
		break;
	}
}

void setup_event(struct imap4_conn *c, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_GREETING && c->step == STEP_GREETING)
		greeting(c, ev);
	else if (ev->type == IMAP4_EV_DONE && ev->id == c->step_id)
		done(c, ev);
}

int imap4_conn_starttls(struct imap4_conn *c, struct imap4_tls *tls)
{
	if (!conn_alive(c))
		return IMAP4_ECLOSED;
	if (c->step != STEP_READY || c->transport.secured || !c->host ||
	    imap4_engine_pending(c->engine) > 0 ||
	    !imap4_engine_has(c->engine, "STARTTLS"))
		return IMAP4_ESTATE;
	int rc = imap4_engine_starttls(c->engine, &c->step_id);
	if (rc < 0)
		return rc;
	c->tls = tls;
	c->clear = true;
	c->step = STEP_STARTTLS;
	imap4_conn_flush(c);
	return 0;
}

void setup_secured(struct imap4_conn *c)
{
	if (c->step != STEP_TLS)
		return;
	int rc = imap4_engine_starttls_done(c->engine);
	if (rc < 0) {
		conn_fail(c, rc,
			  rc == IMAP4_EPROTO
			      ? "bytes behind the answer to STARTTLS"
			      : "out of memory");
		return;
	}
	c->clear = false;
	submit(c, STEP_CAPABILITY, imap4_engine_capability);
}
