/* SPDX-License-Identifier: MIT */
/* Commands from submit to tagged reply, in order, and their tags. */
#include "lib/engine/engine_priv.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util/num.h"

static enum encode_literals literals(const struct imap4_engine *e)
{
	if (imap4_engine_has(e, "LITERAL+"))
		return ENCODE_NONSYNC;
	/* RFC 9051: a rev2 server has LITERAL- or better. */
	if (imap4_engine_has(e, "LITERAL-") || imap4_engine_has(e, "IMAP4rev2"))
		return ENCODE_SMALL;
	return ENCODE_SYNC;
}

static int allowed(const struct imap4_engine *e,
		   const struct command_spec *spec)
{
	if (!spec)
		return IMAP4_EINVAL;
	if (e->closed || e->dead || e->planned == IMAP4_STATE_LOGOUT ||
	    e->state == IMAP4_STATE_LOGOUT)
		return IMAP4_ECLOSED;
	/* RFC 9586 3.1: there are no message numbers any more. */
	if (!(spec->states & (1U << e->planned)) ||
	    (spec->sequence && imap4_engine_enabled(e, "UIDONLY")))
		return IMAP4_ESTATE;
	if (e->pending >= e->limits.max_pending || e->last_id == UINT32_MAX)
		return IMAP4_ELIMIT;
	return 0;
}

int queue_begin(struct imap4_engine *e, const char *name, struct command **cmd)
{
	const struct command_spec *spec = spec_find(name);
	int rc = allowed(e, spec);

	if (rc < 0)
		return rc;
	struct command *c = calloc(1, sizeof(*c));
	if (!c)
		return IMAP4_ENOMEM;
	c->spec = spec;
	c->id = e->last_id + 1;
	encode_init(&c->enc, literals(e), e->caps.utf8);
	if (buf_addf(&c->enc.bytes, "%s%u ", e->prefix, c->id) < 0)
		c->enc.error = IMAP4_ENOMEM;
	encode_text(&c->enc, name);
	*cmd = c;
	return 0;
}

/* Room is made now, so that writing later cannot fail. */
static int reserve(struct imap4_engine *e, struct command *cmd, size_t extra)
{
	size_t need = cmd->enc.bytes.len + extra;

	buf_consume(&e->out, e->out_at);
	e->out_at = 0;
	if (need > e->out.max - e->out.len - e->reserved)
		return IMAP4_ELIMIT;
	if (buf_reserve(&e->out, e->reserved + need) < 0)
		return IMAP4_ENOMEM;
	cmd->reserved = need;
	e->reserved += need;
	return 0;
}

/* "TAG ENABLE words" CRLF */
static int ask_to_enable(struct imap4_engine *e, struct command *cmd)
{
	const struct buf *b = &cmd->enc.bytes;
	const char *name = memchr(b->data, ' ', b->len);
	size_t head = (size_t)(name - b->data) + sizeof("ENABLE");
	int rc = caps_ask(e, b->data + head, b->len - head - 2);

	if (rc < 0) {
		e->reserved -= cmd->reserved;
		cmd->reserved = 0;
	}
	return rc;
}

int queue_end(struct imap4_engine *e, struct command *cmd, size_t extra,
	      imap4_id *id)
{
	int rc = encode_end(&cmd->enc);

	if (rc == 0)
		rc = reserve(e, cmd, extra);
	if (rc == 0 && cmd->spec->kind == CMD_ENABLE)
		rc = ask_to_enable(e, cmd);
	if (rc < 0) {
		queue_drop(cmd);
		return rc;
	}
	e->last_id = cmd->id;
	if (e->tail)
		e->tail->next = cmd;
	else
		e->head = cmd;
	e->tail = cmd;
	if (!e->next_write)
		e->next_write = cmd;
	e->pending++;
	if (cmd->spec->moves)
		e->planned = cmd->spec->to;
	if (id)
		*id = cmd->id;
	return 0;
}

void queue_drop(struct command *cmd)
{
	encode_release(&cmd->enc);
	free(cmd);
}

imap4_id queue_tag(const struct imap4_engine *e, struct imap4_str tag)
{
	size_t prefix = strlen(e->prefix);
	uint32_t id;

	if (tag.len <= prefix || memcmp(tag.p, e->prefix, prefix) != 0 ||
	    tag.p[prefix] == '0' ||
	    num_parse_u32(tag.p + prefix, tag.len - prefix, &id) < 0)
		return 0;
	return id;
}

struct command *queue_find(const struct imap4_engine *e, struct imap4_str tag)
{
	imap4_id id = queue_tag(e, tag);
	struct command *c = e->head;

	while (c && c->id != id)
		c = c->next;
	return c && c->started ? c : NULL;
}

void queue_plan(struct imap4_engine *e)
{
	e->planned = e->state;
	for (const struct command *c = e->head; c; c = c->next) {
		if (c->spec->moves)
			e->planned = c->spec->to;
	}
}

void queue_remove(struct imap4_engine *e, struct command *cmd)
{
	struct command *before = NULL;

	for (struct command *c = e->head; c != cmd; c = c->next)
		before = c;
	if (before)
		before->next = cmd->next;
	else
		e->head = cmd->next;
	if (e->tail == cmd)
		e->tail = before;
	if (e->next_write == cmd)
		e->next_write = cmd->next;
	if (e->barrier == cmd)
		e->barrier = NULL;
	e->reserved -= cmd->reserved;
	e->pending--;
	queue_drop(cmd);
}
