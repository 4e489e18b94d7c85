/* SPDX-License-Identifier: MIT */
#include "lib/client/run.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/client/typed.h"
#include "lib/util/text.h"

/* What nobody asked for is kept up to here when the next command begins. */
#define KEEP_UNASKED (1U << 20)

int client_fail(struct imap4_client *c, int result, const char *fmt, ...)
{
	char text[2 * CLIENT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(c->error, sizeof(c->error), text, strlen(text));
	c->result = result;
	return result;
}

int client_lose(struct imap4_client *c, int result, const char *text)
{
	if (!c->lost) {
		c->lost = result;
		(void)snprintf(c->lost_text, sizeof(c->lost_text), "%s", text);
	}
	imap4_conn_free(c->conn);
	c->conn = NULL;
	(void)event_base_loopbreak(c->base);
	return -1;
}

int client_clear(struct imap4_client *c)
{
	if (!c)
		return IMAP4_ENOMEM;
	data_release(&c->data);
	c->result = 0;
	c->error[0] = '\0';
	c->type = "";
	c->code = IMAP4_CODE_NONE;
	return 0;
}

int client_begin(struct imap4_client *c)
{
	if (client_clear(c) < 0)
		return IMAP4_ENOMEM;
	if (c->lost)
		return client_fail(c, c->lost, "%s", c->lost_text);
	if (c->idle.on)
		return client_fail(c, IMAP4_ESTATE, "not while idling");
	if (c->turned_readonly) {
		c->turned_readonly = false;
		return client_fail(c, IMAP4_EREADONLY,
				   "the mailbox has become read-only");
	}
	buf_reset(&c->text);
	c->done = false;
	c->body_result = 0;
	typed_reset(c);
	items_trim(&c->kept, KEEP_UNASKED);
	return 0;
}

void client_turn(struct imap4_client *c, bool wait)
{
	int flags = wait ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK;

	/* 1: there is nothing that it could wait for. */
	int rc = event_base_loop(c->base, flags);
	if (rc < 0 || (rc > 0 && wait))
		(void)client_lose(c, IMAP4_ENOMEM, "the event loop failed");
}

void client_loop(struct imap4_client *c, const bool *flag)
{
	while (!*flag && !c->lost)
		client_turn(c, true);
}

static const char *state_name(enum imap4_state state)
{
	switch (state) {
	case IMAP4_STATE_NONAUTH:
		return "before login";
	case IMAP4_STATE_AUTH:
		return "without a selected mailbox";
	case IMAP4_STATE_SELECTED:
		return "with a selected mailbox";
	default:
		return "now";
	}
}

bool client_has_utf8(const struct imap4_client *c)
{
	return c && c->conn &&
	       imap4_engine_enabled(imap4_conn_engine(c->conn), "UTF8=ACCEPT");
}

/* Nothing was sent. */
static int not_submitted(struct imap4_client *c, int rc, const char *verb)
{
	if (c->lost)
		return client_fail(c, c->lost, "%s", c->lost_text);
	switch (rc) {
	case IMAP4_ENOMEM:
		return client_fail(c, rc, "out of memory");
	case IMAP4_EINVAL:
		return client_fail(c, rc, "%s: an argument cannot be sent",
				   verb);
	case IMAP4_ESTATE:
		return client_fail(c, rc, "%s is not possible %s", verb,
				   state_name(imap4_client_state(c)));
	default:
		return client_fail(c, rc, "%s cannot be sent", verb);
	}
}

/* The answer came. */
static int answered(struct imap4_client *c, const char *verb, const char *data)
{
	const struct imap4_str text = {c->text.data ? c->text.data : "",
				       c->text.len};
	bool ok = c->status == IMAP4_STATUS_OK;

	c->type = imap4_status_name(c->status);
	typed_finish(c);
	int rc = data && ok ? items_take(&c->kept, data, &c->data)
			    : data_add(&c->data, c->type, text);
	if (rc < 0)
		return client_fail(c, rc, "out of memory");
	if (!ok)
		return client_fail(
		    c, c->status == IMAP4_STATUS_NO ? IMAP4_ENO : IMAP4_EBAD,
		    "%s: %s %s", verb, c->type, text.p);
	if (c->partial)
		return client_fail(c, IMAP4_EPARTIAL, "%s: only a part: %s",
				   verb, text.p);
	if (c->unparsed)
		return client_fail(c, IMAP4_EPARSE,
				   "%s: the server's answer could not be "
				   "understood",
				   verb);
	if (c->body_result < 0)
		return client_fail(c, c->body_result,
				   "%s: the message could not be taken", verb);
	if (c->typed_result < 0)
		return client_fail(c, c->typed_result, "%s: the caller stopped",
				   verb);
	return 0;
}

int client_end(struct imap4_client *c, int rc, imap4_id id, const char *verb,
	       const char *data)
{
	if (rc < 0)
		return not_submitted(c, rc, verb);
	c->id = id;
	if (!c->lost)
		imap4_conn_flush(c->conn);
	client_loop(c, &c->done);
	c->id = 0;
	c->on_challenge = NULL;
	c->on_append = NULL;
	c->on_typed = NULL;
	if (!c->done)
		return client_fail(c, c->lost, "%s", c->lost_text);
	return answered(c, verb, data);
}

int imap4_client_run(struct imap4_client *c, imap4_id id, const char *name)
{
	int rc = client_begin(c);

	return rc < 0 ? rc : client_end(c, 0, id, "the command", name);
}
