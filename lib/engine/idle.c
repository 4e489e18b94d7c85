/* SPDX-License-Identifier: MIT */
/* IDLE (RFC 2177): DONE may be said only after the server said "+", and is not
 * waited for: what is queued follows at once. */
#include <imap4/submit.h>

#include <string.h>

#include "lib/engine/engine_priv.h"

static const char done[] = "DONE\r\n";

int imap4_engine_idle(struct imap4_engine *e, imap4_id *id)
{
	command_begin(e, "IDLE");
	return command_end(e, sizeof(done) - 1, id);
}

/* There is room for it since the submit. */
static void send_done(struct imap4_engine *e, struct command *cmd)
{
	e->reserved -= cmd->reserved;
	cmd->reserved = 0;
	(void)buf_add(&e->out, done, sizeof(done) - 1);
	trace_line(e, "DONE");
	cmd->end = engine_position(e);
	e->barrier = NULL;
	engine_pump(e);
}

int imap4_engine_idle_done(struct imap4_engine *e)
{
	struct command *c = e->head;

	if (e->closed || e->dead)
		return IMAP4_ECLOSED;
	while (c && (c->spec->kind != CMD_IDLE || c->done))
		c = c->next;
	if (!c)
		return IMAP4_ESTATE;
	c->done = true;
	if (c->idling)
		send_done(e, c);
	return 0;
}

bool imap4_engine_is_idle(const struct imap4_engine *e)
{
	const struct command *c = e->head;

	return c && c->idling && !c->done;
}

int idle_continue(struct imap4_engine *e, const struct imap4_event **ev)
{
	struct command *cmd = e->barrier;
	struct imap4_event *out = &e->event;

	if (!cmd || cmd->spec->kind != CMD_IDLE || cmd->idling ||
	    e->sent < cmd->end)
		return 0;
	cmd->idling = true;
	memset(out, 0, sizeof(*out));
	out->type = IMAP4_EV_IDLING;
	out->id = cmd->id;
	*ev = out;
	if (cmd->done)
		send_done(e, cmd);
	return 1;
}
