/* SPDX-License-Identifier: MIT */
/* What the server said: greeting, tagged, untagged, continuation; and what
 * follows from it for the state of the connection (RFC 9051 3). */
#include "lib/engine/engine_priv.h"

#include <string.h>

#include "lib/util/ascii.h"

static int learn_from_code(struct imap4_engine *e, const struct imap4_event *ev)
{
	if (ev->code.code == IMAP4_CODE_CAPABILITY &&
	    (ev->status == IMAP4_STATUS_OK ||
	     ev->status == IMAP4_STATUS_PREAUTH))
		return caps_set(e, ev->code.words, ev->code.nwords);
	return 0;
}

/* What only the engine can tell about a status response. */
static void complete_code(const struct imap4_engine *e, struct imap4_event *ev)
{
	struct imap4_respcode *code = &ev->code;

	if (code->code == IMAP4_CODE_INPROGRESS && code->text_arg.p)
		code->id = queue_tag(e, code->text_arg);
	/* RFC 9738 3.1 */
	ev->partial = ev->type == IMAP4_EV_DONE &&
		      ev->status == IMAP4_STATUS_OK &&
		      code->code == IMAP4_CODE_MESSAGELIMIT;
}

/* RFC 9051 7.1: OK, PREAUTH or BYE, and nothing else, comes first. */
static int greeting(struct imap4_engine *e, int parsed,
		    const struct imap4_event **ev)
{
	struct imap4_event *g = &e->resp.ev;

	if (parsed < 0 || e->resp.kind != RESP_UNTAGGED ||
	    g->type != IMAP4_EV_STATUS || g->status == IMAP4_STATUS_NO ||
	    g->status == IMAP4_STATUS_BAD)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server's greeting is not that of an "
				   "IMAP server");
	g->type = IMAP4_EV_GREETING;
	if (g->status == IMAP4_STATUS_OK)
		e->state = IMAP4_STATE_NONAUTH;
	else if (g->status == IMAP4_STATUS_PREAUTH)
		e->state = IMAP4_STATE_AUTH;
	else
		e->state = IMAP4_STATE_LOGOUT;
	e->planned = e->state;
	*ev = g;
	return learn_from_code(e, g);
}

static void logged_in(struct imap4_engine *e)
{
	e->state = IMAP4_STATE_AUTH;
	/* RFC 9051 6.2.3: what was offered to a stranger may not be offered
	 * now, and the other way round. */
	if (!e->caps.fresh)
		caps_forget(e);
}

static void selected(struct imap4_engine *e, enum imap4_status status)
{
	/* RFC 9051 6.3.2: after a NO no mailbox is selected. A BAD was no
	 * SELECT at all. */
	if (status == IMAP4_STATUS_OK)
		e->state = IMAP4_STATE_SELECTED;
	else if (status == IMAP4_STATUS_NO && e->state == IMAP4_STATE_SELECTED)
		e->state = IMAP4_STATE_AUTH;
}

/* What was asked for by others is still to come. */
static void enable_end(struct imap4_engine *e, const struct command *cmd)
{
	for (const struct command *c = e->head; c; c = c->next) {
		if (c != cmd && c->spec->kind == CMD_ENABLE)
			return;
	}
	buf_reset(&e->caps.asked);
}

static void take_effect(struct imap4_engine *e, const struct command *cmd,
			enum imap4_status status)
{
	bool ok = status == IMAP4_STATUS_OK;

	/* BYE came: it stays the last word. */
	if (e->state == IMAP4_STATE_LOGOUT)
		return;
	switch (cmd->spec->kind) {
	case CMD_LOGIN:
	case CMD_AUTHENTICATE:
		if (ok)
			logged_in(e);
		break;
	case CMD_SELECT:
		selected(e, status);
		break;
	case CMD_UNSELECT:
		if (ok)
			e->state = IMAP4_STATE_AUTH;
		break;
	case CMD_LOGOUT:
		if (ok)
			e->state = IMAP4_STATE_LOGOUT;
		break;
	case CMD_STARTTLS:
		e->tls_wait = ok;
		break;
	case CMD_COMPRESS:
		compress_end(e, ok);
		break;
	case CMD_ENABLE:
		enable_end(e, cmd);
		break;
	default:
		break;
	}
}

/* Can this be the answer to what was really sent so far? A planted reply comes
 * before its command. */
static bool is_due(const struct imap4_engine *e, const struct command *cmd,
		   enum imap4_status status)
{
	if (status == IMAP4_STATUS_OK)
		return cmd->complete && e->sent >= cmd->end;
	if (e->literal == cmd)
		return e->sent >= e->literal_at;
	/* A message may be refused while it is on its way. */
	if (cmd->messages > 0)
		return e->sent >= cmd->first_at;
	return cmd->complete && e->sent >= cmd->line_end;
}

static int tagged(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct imap4_event *done = &e->resp.ev;
	struct command *cmd = queue_find(e, e->resp.tag);

	if (!cmd || !is_due(e, cmd, done->status))
		return engine_fail(e, IMAP4_EPROTO,
				   "the server answered a command that was "
				   "not sent");
	if (done->status == IMAP4_STATUS_BAD && append_in_doubt(e, cmd))
		return engine_fail(e, IMAP4_EPROTO,
				   "the server did not understand what comes "
				   "before a message, and may take the message "
				   "for commands: %.*s",
				   (int)done->text.len,
				   done->text.p ? done->text.p : "");
	int rc = learn_from_code(e, done);
	if (rc < 0)
		return rc;
	done->id = cmd->id;
	complete_code(e, done);
	done->unparsed = cmd->unparsed && done->status == IMAP4_STATUS_OK;
	bool moves = cmd->spec->moves;
	take_effect(e, cmd, done->status);
	e->stray = false;
	literal_cancel(e, cmd);
	append_cancel(e, cmd);
	if (cmd->spec->kind == CMD_AUTHENTICATE)
		auth_end(e, cmd, done->status == IMAP4_STATUS_OK);
	queue_remove(e, cmd);
	if (moves)
		queue_plan(e);
	*ev = done;
	return 0;
}

static int untagged_status(struct imap4_engine *e, struct imap4_event *ev)
{
	complete_code(e, ev);
	if (ev->status == IMAP4_STATUS_BYE) {
		e->state = IMAP4_STATE_LOGOUT;
		e->planned = IMAP4_STATE_LOGOUT;
	}
	/* RFC 7162 3.2.11: what follows belongs to the next mailbox. */
	if (ev->code.code == IMAP4_CODE_CLOSED &&
	    e->state == IMAP4_STATE_SELECTED)
		e->state = IMAP4_STATE_AUTH;
	return learn_from_code(e, ev);
}

static int skip(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct imap4_event *bad = &e->event;

	memset(bad, 0, sizeof(*bad));
	bad->type = IMAP4_EV_BAD;
	bad->raw = e->resp.ev.raw;
	*ev = bad;
	return 0;
}

/* Whoever waits for it must not take its end for "there was nothing". */
static int malformed(struct imap4_engine *e, const struct imap4_event **ev)
{
	for (struct command *c = e->head; c; c = c->next)
		c->unparsed |=
		    c->started && spec_asks_for(c->spec, e->resp.name);
	return skip(e, ev);
}

/* Neither tagged nor anything else. Empty lines were seen behind literals. */
static int no_response(struct imap4_engine *e, const struct imap4_event **ev)
{
	if (e->frame.line.len == 0)
		return 0;
	if (!resp_is_skippable(&e->resp))
		return engine_fail(e, IMAP4_EPROTO,
				   "a line that is no IMAP response");
	return skip(e, ev);
}

static int fetch(struct imap4_engine *e, const struct imap4_event **ev)
{
	const struct imap4_fetch *f = &e->resp.ev.fetch;

	/* What was streamed was streamed under this UID. */
	if (e->frame.streamed > 0 && e->frame.section.uid != 0 &&
	    f->uid != e->frame.section.uid)
		return malformed(e, ev);
	if (e->resp.nbodies == 0) {
		*ev = &e->resp.ev;
		return 0;
	}
	e->body_next = 0;
	e->body_phase = BODY_BEGIN;
	(void)engine_next_body(e, ev);
	return 0;
}

static int untagged(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct imap4_event *u = &e->resp.ev;
	int rc = 0;

	*ev = u;
	switch (u->type) {
	case IMAP4_EV_STATUS:
		rc = untagged_status(e, u);
		break;
	case IMAP4_EV_CAPABILITY:
		rc = caps_set(e, u->words, u->nwords);
		break;
	case IMAP4_EV_ENABLED:
		rc = caps_add_enabled(e, u->words, u->nwords);
		break;
	case IMAP4_EV_SEARCH:
		if (e->resp.search_tag.p)
			u->search.id = queue_tag(e, e->resp.search_tag);
		break;
	case IMAP4_EV_FETCH:
		rc = fetch(e, ev);
		break;
	default:
		break;
	}
	return rc;
}

static int continuation(struct imap4_engine *e, const struct imap4_event **ev)
{
	int rc = idle_continue(e, ev);

	if (rc == 0 && e->resp.torn && !e->literal && !e->barrier)
		return skip(e, ev);
	if (rc == 0)
		rc = literal_continue(e);
	if (rc == 0)
		rc = auth_challenge(e, ev);
	return rc < 0 ? rc : 0;
}

int engine_response(struct imap4_engine *e, const struct imap4_event **ev)
{
	const struct buf *text = &e->frame.line;

	trace_response(e);
	e->resp.utf8 = e->caps.utf8;
	int rc = resp_parse(&e->resp, text->data ? text->data : "", text->len);
	if (rc == IMAP4_ENOMEM)
		return engine_fail(e, rc, "out of memory");
	if (e->state == IMAP4_STATE_GREETING)
		return greeting(e, rc, ev);
	if (e->resp.kind == RESP_CONTINUE)
		return continuation(e, ev);
	if (e->resp.kind == RESP_UNTAGGED)
		return rc < 0 ? malformed(e, ev) : untagged(e, ev);
	return rc < 0 ? no_response(e, ev) : tagged(e, ev);
}

bool engine_next_body(struct imap4_engine *e, const struct imap4_event **ev)
{
	static const enum imap4_event_type types[] = {
	    [BODY_BEGIN] = IMAP4_EV_BODY_BEGIN,
	    [BODY_DATA] = IMAP4_EV_BODY_DATA,
	    [BODY_END] = IMAP4_EV_BODY_END,
	};
	struct imap4_event *b = &e->event;

	if (e->body_phase == BODY_IDLE)
		return false;
	if (e->body_next == e->resp.nbodies) {
		e->body_phase = BODY_IDLE;
		*ev = &e->resp.ev;
		return true;
	}
	const struct resp_body *body = &e->resp.bodies[e->body_next];
	memset(b, 0, sizeof(*b));
	b->type = types[e->body_phase];
	b->body.seq = e->resp.ev.fetch.seq;
	b->body.uid = e->resp.ev.fetch.uid;
	engine_name_body(&b->body, body->item);
	b->body.size = body->data.len;
	if (e->body_phase == BODY_DATA)
		b->body.data = body->data;
	*ev = b;
	if (e->body_phase == BODY_BEGIN && body->data.len == 0) {
		e->body_phase = BODY_END;
	} else if (e->body_phase == BODY_END) {
		e->body_phase = BODY_BEGIN;
		e->body_next++;
	} else {
		e->body_phase++;
	}
	return true;
}
