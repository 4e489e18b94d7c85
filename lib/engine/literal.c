/* SPDX-License-Identifier: MIT */
/* What may be written when: the queue's order, its barriers, and literals that
 * wait for the server's "+" (RFC 9051 7.6). */
#include "lib/engine/engine_priv.h"

#include <assert.h>
#include <string.h>

uint64_t engine_position(const struct imap4_engine *e)
{
	return e->sent + (e->out.len - e->out_at);
}

/* Can no command before it bring an EXPUNGE? */
static bool numbers_hold(const struct imap4_engine *e, const struct command *c)
{
	const struct command *before = e->head;

	while (before != c && before->spec->keeps)
		before = before->next;
	return before == c;
}

static bool may_write(const struct imap4_engine *e, const struct command *c)
{
	if (e->closed || e->dead || e->tls_wait || e->literal || e->barrier ||
	    append_busy(e) || e->state == IMAP4_STATE_GREETING ||
	    e->state == IMAP4_STATE_LOGOUT)
		return false;
	/* RFC 9051 5.5: the numbers must not change before it is read. */
	if (c->spec->sequence && !numbers_hold(e, c))
		return false;
	return c == e->head || !c->spec->first;
}

static void start(struct imap4_engine *e, struct command *c)
{
	c->started = true;
	if (c->spec->kind == CMD_LOGIN || c->spec->kind == CMD_AUTHENTICATE) {
		e->caps.fresh = false;
		e->out_secret = true;
	}
	if (c->spec->kind == CMD_AUTHENTICATE && e->auth.state == AUTH_NONE)
		e->auth.state = AUTH_WAITING;
	trace_command(e, c);
}

static void finish(struct imap4_engine *e, struct command *c)
{
	c->complete = true;
	c->line_end = engine_position(e);
	c->end = c->line_end;
	if (c->spec->barrier)
		e->barrier = c;
	e->next_write = c->next;
	encode_release(&c->enc);
}

/* Up to the end of the command or to where it has to wait. */
static void write_command(struct imap4_engine *e, struct command *c)
{
	while (c->segment < c->enc.n) {
		const struct encode_segment *seg = &c->enc.seg[c->segment++];
		if (seg->kind == ENCODE_STREAM) {
			/* Its header precedes. */
			append_begin(e, c, seg->stream, seg[-1].waits);
			if (seg->stream > 0)
				return;
			continue;
		}
		size_t n = seg->end - c->written;
		/* queue_end() made room. */
		int rc = buf_add(&e->out, c->enc.bytes.data + c->written, n);
		assert(rc == 0);
		(void)rc;
		c->written = seg->end;
		c->reserved -= n;
		e->reserved -= n;
		if (seg->waits) {
			e->literal = c;
			e->literal_at = engine_position(e);
			return;
		}
	}
	finish(e, c);
}

void engine_pump(struct imap4_engine *e)
{
	append_pad(e);
	while (e->next_write && may_write(e, e->next_write)) {
		struct command *c = e->next_write;
		if (!c->started)
			start(e, c);
		write_command(e, c);
	}
}

int literal_continue(struct imap4_engine *e)
{
	if (e->literal) {
		if (e->sent < e->literal_at)
			return engine_fail(e, IMAP4_EPROTO,
					   "the server asked for a literal "
					   "before it was announced");
		e->literal = NULL;
		/* A NO may stand right behind: to what, must be known. */
		engine_pump(e);
		return 1;
	}
	if (e->auth.state != AUTH_NONE)
		return 0;
	/* It crossed with the NO to the command whose literal it was for. */
	if (!e->stray)
		return engine_fail(e, IMAP4_EPROTO,
				   "the server asked for data that nothing "
				   "waits to send");
	e->stray = false;
	return 1;
}

void literal_cancel(struct imap4_engine *e, struct command *cmd)
{
	if (e->literal != cmd)
		return;
	e->literal = NULL;
	e->stray = true;
}
