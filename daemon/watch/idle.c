/* SPDX-License-Identifier: MIT */
#include "daemon/watch/idle.h"

#include <string.h>

int idle_begin(struct idle *i, struct imap4_engine *e, const char *wire)
{
	struct imap4_select_opts opts = {
	    .size = sizeof(opts),
	    .examine = true,
	    .condstore = imap4_engine_has(e, "CONDSTORE") &&
			 !imap4_engine_enabled(e, "QRESYNC"),
	};

	i->now = (struct standing){.messages = -1};
	if (imap4_engine_select(e, (struct imap4_str){wire, strlen(wire)},
				&opts, &i->select) < 0)
		return -1;
	return imap4_engine_idle(e, &i->listen) < 0 ? -1 : 0;
}

void idle_end(struct idle *i, struct imap4_engine *e)
{
	if (!i->listen)
		return;
	/* Refused before it began: its answer is on the way. */
	(void)imap4_engine_idle_done(e);
	i->ended = i->listen;
	i->listen = 0;
}

int idle_renew(struct idle *i, struct imap4_engine *e)
{
	idle_end(i, e);
	return imap4_engine_idle(e, &i->listen) < 0 ? -1 : 0;
}

static void take_code(struct idle *i, const struct imap4_respcode *c)
{
	uint32_t number = c->number <= UINT32_MAX ? (uint32_t)c->number : 0;

	if (c->code == IMAP4_CODE_UIDVALIDITY)
		i->now.at.uidvalidity = number;
	else if (c->code == IMAP4_CODE_UIDNEXT)
		i->now.at.uidnext = number;
	else if (c->code == IMAP4_CODE_HIGHESTMODSEQ)
		i->now.at.modseq = c->number;
	else if (c->code == IMAP4_CODE_CLOSED)
		/* RFC 7162 3.2.11: so far it was about another one. */
		i->now = (struct standing){.messages = -1};
}

static enum idle_news take_done(struct idle *i, const struct imap4_event *ev,
				bool *own)
{
	bool failed = ev->status != IMAP4_STATUS_OK;

	*own = true;
	if (i->select && ev->id == i->select) {
		i->select = 0;
		take_code(i, &ev->code);
		return failed ? IDLE_REFUSED : IDLE_STANDS;
	}
	if (i->ended && ev->id == i->ended) {
		i->ended = 0;
		return IDLE_NOTHING;
	}
	if (i->listen && ev->id == i->listen) {
		/* Also where the server ends it by itself: it does not want to.
		 */
		i->listen = 0;
		return IDLE_REFUSED;
	}
	*own = false;
	return IDLE_NOTHING;
}

enum idle_news idle_event(struct idle *i, const struct imap4_event *ev,
			  bool *own)
{
	*own = false;
	switch (ev->type) {
	case IMAP4_EV_DONE:
		return take_done(i, ev, own);
	case IMAP4_EV_STATUS:
		if (i->select)
			take_code(i, &ev->code);
		return IDLE_NOTHING;
	case IMAP4_EV_EXISTS:
		if (i->select) {
			i->now.messages = ev->number;
			return IDLE_NOTHING;
		}
		return IDLE_CHANGED;
	case IMAP4_EV_FETCH:
		return i->select ? IDLE_NOTHING : IDLE_CHANGED;
	case IMAP4_EV_EXPUNGE:
	case IMAP4_EV_VANISHED:
		return i->select ? IDLE_NOTHING : IDLE_GONE;
	default:
		return IDLE_NOTHING;
	}
}
