/* SPDX-License-Identifier: MIT */
#include "daemon/remote/remote_list.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/remote/remote_list_priv.h"
#include "daemon/remote/session.h"

/* Lines that a listing may have for each message, and besides: flags change
 * meanwhile, and some servers say twice what is new. */
#define ROWS_EACH  4
#define ROWS_SLACK 1000

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

const char *remote_list_emailid_item(const struct imap4_engine *e)
{
	if (imap4_engine_has(e, "OBJECTID"))
		return " EMAILID";
	return imap4_engine_has(e, "X-GM-EXT-1") ? " X-GM-MSGID" : "";
}

bool remote_list_emailid(const struct imap4_fetch *f, char *out, size_t cap)
{
	int n = 0;

	out[0] = '\0';
	if ((f->have & IMAP4_F_EMAILID) && f->emailid.len > 0)
		n = snprintf(out, cap, "%.*s", (int)f->emailid.len,
			     f->emailid.p);
	else if (f->have & IMAP4_F_GM_MSGID)
		n = snprintf(out, cap, "gm:%llu",
			     (unsigned long long)f->gm_msgid);
	if (n > 0 && (size_t)n < cap)
		return true;
	out[0] = '\0';
	return false;
}

static int submit_select(struct remote_list *l)
{
	struct imap4_select_opts opts = {
	    .size = sizeof(opts),
	    .examine = l->opts.examine,
	    .condstore = imap4_engine_has(l->engine, "CONDSTORE") &&
			 !imap4_engine_enabled(l->engine, "QRESYNC"),
	};

	if (!l->listing_complete &&
	    imap4_engine_enabled(l->engine, "QRESYNC")) {
		opts.uidvalidity = l->past.at.uidvalidity;
		opts.modseq = l->past.at.modseq;
	}
	return imap4_engine_select(l->engine, str(l->box->wire), &opts,
				   &l->select);
}

/* A server that sends more lines than messages, again and again, is not asked
 * to stop: it would fill the memory. */
static bool is_flood(const struct remote_list *l)
{
	return l->view.n >
	       ROWS_SLACK + ROWS_EACH * ((uint64_t)l->exists + l->base->n);
}

static void give_up(struct remote_list *l)
{
	err_set(&l->err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
		"%u messages announced, and more than %zu listed without end",
		l->exists, l->view.n - 1);
	err_hint(&l->err,
		 "the server is broken; without this folder: "
		 "exclude = %s",
		 l->box->display);
	l->flooded = true;
}

/* Sent behind SELECT without waiting: reading commands do no harm, should the
 * mailbox turn out to be another one. */
static int submit_list(struct remote_list *l)
{
	const char *items =
	    l->opts.sizes ? "UID FLAGS RFC822.SIZE INTERNALDATE" : "UID FLAGS";
	unsigned long first = 1;
	char set[32], last[16] = "*";
	uint64_t since = 0;

	if (!l->listing_complete) {
		if (!imap4_engine_enabled(l->engine, "QRESYNC"))
			since = l->past.at.modseq;
		else if (l->past.at.uidnext > 0)
			first = l->past.at.uidnext;
	}
	if (l->below > 0) {
		if (l->below <= first)
			return 0;
		(void)snprintf(last, sizeof(last), "%lu",
			       (unsigned long)l->below - 1);
	}
	(void)snprintf(set, sizeof(set), "%lu:%s", first, last);
	return imap4_engine_uid_fetch(l->engine, set, items, since, false,
				      &l->list);
}

void remote_list_start(struct remote_list *l)
{
	bool condstore = imap4_engine_has(l->engine, "CONDSTORE") ||
			 imap4_engine_enabled(l->engine, "QRESYNC");

	/* What is left out has no row and is in no delta: without VANISHED a
	 * message that went would make up for it in the count. */
	bool blind = (l->opts.max_size || l->opts.oldest) &&
		     !imap4_engine_enabled(l->engine, "QRESYNC");

	uint64_t limit = 0;

	l->horizon = l->past.horizon;
	l->horizon.max_size = l->opts.max_size;
	l->horizon.oldest = l->opts.oldest;
	l->listing_complete = l->opts.full || l->past.at.uidvalidity == 0 ||
			      l->past.at.modseq == 0 || !condstore || blind ||
			      horizon_is_wider(&l->horizon, &l->past.horizon);
	l->counting = true;
	(void)imap4_engine_limit(l->engine, "APPENDLIMIT", &l->append_limit);
	if (imap4_engine_limit(l->engine, "MESSAGELIMIT", &limit) &&
	    limit <= UINT32_MAX)
		l->limit = (uint32_t)limit;
	l->binary = reply_has_in_rev2(l->engine, "BINARY");
	if (submit_select(l) < 0 || submit_list(l) < 0)
		err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			"its name cannot be sent");
}

/* The delta does not add up (or the server cannot give one): everything, then.
 */
static bool relist(struct remote_list *l)
{
	l->listing_complete = true;
	l->counting = true;
	l->below = 0;
	remote_list_forget_rows(l);
	if (submit_list(l) == 0)
		return true;
	err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_FOLDER, "cannot list it");
	return false;
}

static bool outside(const struct remote_list *l, const struct imap4_fetch *f)
{
	if (l->opts.max_size && (f->have & IMAP4_F_SIZE) &&
	    f->size > l->opts.max_size)
		return true;
	return l->opts.oldest && (f->have & IMAP4_F_INTERNALDATE) &&
	       f->internaldate < l->opts.oldest;
}

static void take_fetch(struct remote_list *l, const struct imap4_fetch *f)
{
	const uint32_t need = IMAP4_F_UID | IMAP4_F_FLAGS;

	if (!l->counting || (f->have & need) != need)
		return;
	struct remote_row *r = remote_list_row(l, f->uid);
	r->flags = flag_map_flags(l->flag_map, f->flags, f->words, f->nwords);
	if (f->have & IMAP4_F_SIZE)
		r->size = f->size;
	/* News of its flags alone does not tell. */
	r->skip |= outside(l, f);
}

/* RFC 7162 3.2.11: all that was said so far was said of the mailbox that was
 * selected before. */
static void forget(struct remote_list *l)
{
	if (!l->select)
		return;
	remote_list_forget_rows(l);
	l->exists = 0;
	l->modseq = 0;
	l->raced = l->partial = false;
}

static void take_code(struct remote_list *l, const struct imap4_respcode *c)
{
	switch (c->code) {
	case IMAP4_CODE_UIDVALIDITY:
		l->uidvalidity =
		    c->number <= UINT32_MAX ? (uint32_t)c->number : 0;
		break;
	case IMAP4_CODE_UIDNEXT:
		l->uidnext = c->number <= UINT32_MAX ? (uint32_t)c->number : 0;
		break;
	case IMAP4_CODE_HIGHESTMODSEQ:
		l->modseq = c->number;
		break;
	case IMAP4_CODE_NOMODSEQ:
		l->modseq = 0;
		break;
	case IMAP4_CODE_PERMANENTFLAGS:
		l->permanent_known = true;
		l->permanent =
		    flag_map_permanent(l->flag_map, c->words, c->nwords);
		break;
	case IMAP4_CODE_MAILBOXID:
		free(l->mailboxid);
		l->mailboxid = mailbox_id(c->text_arg);
		break;
	case IMAP4_CODE_READ_ONLY:
		l->read_only = true;
		break;
	case IMAP4_CODE_CLOSED:
		forget(l);
		break;
	case IMAP4_CODE_MESSAGELIMIT:
		if (c->number <= UINT32_MAX)
			l->limit = (uint32_t)c->number;
		break;
	default:
		break;
	}
}

/* Courier's SELECT has no UIDNEXT (RFC 3501 does not demand it). What LIST said
 * before, and what is listed now, are as good: all below is in the list. */
static void guess_uidnext(struct remote_list *l)
{
	const struct remote_view *v = &l->view;
	const struct mailbox *box = l->box;

	if (l->uidnext != 0 || !v->complete)
		return;
	if ((box->have & IMAP4_ST_UIDNEXT) &&
	    (box->have & IMAP4_ST_UIDVALIDITY) &&
	    box->uidvalidity == l->uidvalidity)
		l->uidnext = box->uidnext;
	if (v->n > 0 && v->row[v->n - 1].uid >= l->uidnext &&
	    v->row[v->n - 1].uid < UINT32_MAX)
		l->uidnext = v->row[v->n - 1].uid + 1;
}

/* RFC 9738 3.1: only a part was done, from the highest UID down. Goes on below
 * it; false: there is nothing more, or the server names none that is lower. */
static bool go_on(struct remote_list *l, uint32_t lowest)
{
	bool lower = lowest > 0 && (l->below == 0 || lowest < l->below);

	if (!lower) {
		l->partial = true;
		return false;
	}
	l->below = lowest;
	l->counting = true;
	if (submit_list(l) < 0)
		err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			"cannot list it");
	return l->list != 0;
}

static void judge(struct remote_list *l, const struct listing_facts *facts)
{
	const struct horizon *past = &l->past.horizon;
	const struct horizon now = l->horizon;
	struct listed all = listing_measure(facts);

	l->view.floor = window_floor(&all, past, &l->horizon);
	l->horizon.max_size = now.max_size;
	l->horizon.oldest =
	    horizon_oldest(&now, past, l->uidnext != l->past.at.uidnext);
}

/* The listing ended well. True: so did the look. */
static bool listed(struct remote_list *l)
{
	if (l->unordered)
		remote_list_sort(l);
	struct listing_facts facts =
	    remote_list_facts(l, remote_list_list_gone(l));
	if (!l->listing_complete &&
	    (l->step == POSITION_BACK || !listing_adds_up(&facts)))
		return !relist(l);
	if (l->listing_complete) {
		l->listed = l->view.n;
		l->partial |= !listing_is_whole(&facts);
		l->view.complete = !l->partial;
		guess_uidnext(l);
	}
	if (!l->partial)
		judge(l, &facts);
	return true;
}

static void check_mailbox(struct remote_list *l)
{
	if (l->uidvalidity == 0) {
		err_set(&l->err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
			"the server gives it no UIDVALIDITY");
		err_hint(&l->err, "it cannot be synced safely: exclude = %s",
			 l->box->display);
		return;
	}
	struct position now = {.uidvalidity = l->uidvalidity,
			       .uidnext = l->uidnext,
			       .modseq = l->modseq};
	l->step = position_step(&l->past.at, &now);
}

static bool select_done(struct remote_list *l, const struct imap4_event *ev)
{
	l->select = 0;
	l->lost |= ev->status == IMAP4_STATUS_LOST;
	if (l->err.code == ERR_NONE) {
		if (ev->status != IMAP4_STATUS_OK)
			reply_command_err(ev, REACH_FOLDER, "SELECT", &l->err);
		else
			check_mailbox(l);
	}
	return l->list == 0;
}

static bool list_done(struct remote_list *l, const struct imap4_event *ev)
{
	l->list = 0;
	l->lost |= ev->status == IMAP4_STATUS_LOST;
	l->counting = false;
	if (l->err.code != ERR_NONE)
		return l->select == 0;
	if (ev->status != IMAP4_STATUS_OK) {
		/* RFC 7162 3.1.2.2: BAD where it has no mod-sequences. */
		if (l->step == POSITION_BACK && !l->listing_complete &&
		    ev->status != IMAP4_STATUS_LOST)
			return !relist(l);
		reply_command_err(ev, REACH_FOLDER, "the listing", &l->err);
		return l->select == 0;
	}
	if (l->select) {
		err_set(&l->err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
			"the server listed it before it was selected");
		return false;
	}
	take_code(l, &ev->code);
	if (ev->partial && go_on(l, ev->code.uid))
		return false;
	return l->err.code != ERR_NONE || listed(l);
}

bool remote_list_event(struct remote_list *l, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_EXISTS:
		l->exists = ev->number;
		break;
	case IMAP4_EV_EXPUNGE:
		if (l->exists > 0)
			l->exists--;
		l->raced = l->partial = true;
		break;
	case IMAP4_EV_VANISHED:
		/* RFC 7162 3.2.10: only a message that vanished just now was
		 * counted by EXISTS. */
		if (!ev->vanished.earlier) {
			uint64_t n = imap4_set_count(&ev->vanished.set);
			l->exists -= n < l->exists ? (uint32_t)n : l->exists;
			l->raced = l->partial = true;
		}
		remote_list_take_vanished(l, &ev->vanished.set);
		break;
	case IMAP4_EV_FETCH:
		take_fetch(l, &ev->fetch);
		if (is_flood(l))
			give_up(l);
		return l->flooded;
	case IMAP4_EV_STATUS:
		take_code(l, &ev->code);
		break;
	case IMAP4_EV_DONE:
		if (l->select && ev->id == l->select) {
			take_code(l, &ev->code);
			return select_done(l, ev);
		}
		if (l->list && ev->id == l->list)
			return list_done(l, ev);
		break;
	default:
		break;
	}
	return false;
}

void remote_list_release(struct remote_list *l)
{
	free(l->view.row);
	free(l->view.gone);
	free(l->mailboxid);
	imap4_set_release(&l->vanished);
	*l = (struct remote_list){0};
}
