/* SPDX-License-Identifier: MIT */
#include "daemon/account/look.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/session.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

const char *look_emailid_item(const struct imap4_engine *e)
{
	if (imap4_engine_has(e, "OBJECTID"))
		return " EMAILID";
	return imap4_engine_has(e, "X-GM-EXT-1") ? " X-GM-MSGID" : "";
}

bool look_emailid(const struct imap4_fetch *f, char *out, size_t cap)
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

/* RFC 7889 3: "APPENDLIMIT=<number>" holds for all mailboxes. */
static uint64_t append_limit(const struct imap4_engine *e)
{
	static const char name[] = "APPENDLIMIT=";
	const char *p = imap4_engine_capabilities(e);
	uint64_t n;

	for (; p && *p; p += strcspn(p, " "), p += *p == ' ') {
		size_t len = strcspn(p, " ");
		if (len > sizeof(name) - 1 &&
		    ascii_is(p, sizeof(name) - 1, name) &&
		    num_parse(p + sizeof(name) - 1, len - (sizeof(name) - 1),
			      INT64_MAX, &n) == 0)
			return n;
	}
	return 0;
}

bool look_unchanged(const struct mailbox *box, const struct state_folder *row,
		    size_t known, bool qresync)
{
	const uint32_t need =
	    IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT | IMAP4_ST_MESSAGES;

	if ((box->have & need) != need ||
	    box->uidvalidity != row->uidvalidity ||
	    box->uidnext != row->uidnext)
		return false;
	/* No message is no flag to have changed. */
	if (box->messages == 0 && known == 0)
		return true;
	if (!(box->have & IMAP4_ST_HIGHESTMODSEQ) || row->modseq == 0 ||
	    box->modseq != row->modseq)
		return false;
	/* RFC 7162: an expunge raises HIGHESTMODSEQ only with QRESYNC. */
	return qresync || box->messages == known;
}

static int submit_select(struct look *l)
{
	struct imap4_select_opts opts = {
	    .size = sizeof(opts),
	    .examine = l->opts.examine,
	    .condstore = imap4_engine_has(l->engine, "CONDSTORE") &&
			 !imap4_engine_enabled(l->engine, "QRESYNC"),
	};

	if (!l->listing_complete &&
	    imap4_engine_enabled(l->engine, "QRESYNC")) {
		opts.uidvalidity = l->row->uidvalidity;
		opts.modseq = l->row->modseq;
	}
	return imap4_submit_select(l->engine, str(l->box->wire), &opts,
				   &l->select);
}

/* Sent behind SELECT without waiting: reading commands do no harm, should the
 * mailbox turn out to be another one. */
static int submit_list(struct look *l)
{
	const char *items =
	    l->opts.sizes ? "UID FLAGS RFC822.SIZE INTERNALDATE" : "UID FLAGS";
	char set[32] = "1:*";
	uint64_t since = 0;

	if (!l->listing_complete) {
		if (!imap4_engine_enabled(l->engine, "QRESYNC"))
			since = l->row->modseq;
		else if (l->row->uidnext > 0)
			(void)snprintf(set, sizeof(set), "%lu:*",
				       (unsigned long)l->row->uidnext);
	}
	return imap4_submit_uid_fetch(l->engine, set, items, since, false,
				      &l->list);
}

void look_start(struct look *l)
{
	bool condstore = imap4_engine_has(l->engine, "CONDSTORE") ||
			 imap4_engine_enabled(l->engine, "QRESYNC");

	/* What is left out has no row and is in no delta: without VANISHED a
	 * message that went would make up for it in the count. */
	bool blind = (l->opts.max_size || l->opts.oldest) &&
		     !imap4_engine_enabled(l->engine, "QRESYNC");

	l->listing_complete = l->opts.full || l->row->uidvalidity == 0 ||
			      l->row->modseq == 0 || !condstore || blind;
	l->counting = true;
	l->append_limit = append_limit(l->engine);
	if (submit_select(l) < 0 || submit_list(l) < 0)
		err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			"its name cannot be sent");
}

static void forget_rows(struct look *l)
{
	free(l->view.gone);
	l->view.gone = NULL;
	l->view.ngone = l->view.gonecap = 0;
	l->view.n = 0;
	l->unordered = false;
	imap4_set_release(&l->vanished);
}

/* The delta does not add up (or the server cannot give one): everything, then.
 */
static bool relist(struct look *l)
{
	l->listing_complete = true;
	l->counting = true;
	forget_rows(l);
	if (submit_list(l) == 0)
		return true;
	err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_FOLDER, "cannot list it");
	return false;
}

/* UIDs come in ascending order, nearly always; then a later line of the same
 * message is found at once, else when all are there. */
static struct remote_row *view_row(struct look *l, uint32_t uid)
{
	struct remote_view *v = &l->view;

	if (v->n > 0 && v->row[v->n - 1].uid == uid)
		return &v->row[v->n - 1];
	l->unordered |= v->n > 0 && v->row[v->n - 1].uid > uid;
	if (v->n == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 256;
		v->row = xreallocarray(v->row, v->cap, sizeof(*v->row));
	}
	v->row[v->n] = (struct remote_row){.uid = uid};
	return &v->row[v->n++];
}

struct place {
	uint32_t uid;
	size_t row;
};

static int place_cmp(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The later line of a message is the newer; sizes come with the first. */
static void merge_row(struct remote_row *r, const struct remote_row *later)
{
	r->flags = later->flags;
	r->skip |= later->skip;
	if (later->size)
		r->size = later->size;
}

static void sort_rows(struct look *l)
{
	const struct remote_view *v = &l->view;
	struct place *place = xcalloc(v->n + 1, sizeof(*place));
	struct remote_row *row = xcalloc(v->n + 1, sizeof(*row));
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		place[i] = (struct place){v->row[i].uid, i};
	qsort(place, v->n, sizeof(*place), place_cmp);
	for (size_t i = 0; i < v->n; i++) {
		const struct remote_row *r = &v->row[place[i].row];
		if (n > 0 && row[n - 1].uid == r->uid)
			merge_row(&row[n - 1], r);
		else
			row[n++] = *r;
	}
	free(place);
	free(l->view.row);
	l->view.row = row;
	l->view.cap = v->n + 1;
	l->view.n = n;
	l->unordered = false;
}

static bool outside(const struct look *l, const struct imap4_fetch *f)
{
	if (l->opts.max_size && (f->have & IMAP4_F_SIZE) &&
	    f->size > l->opts.max_size)
		return true;
	return l->opts.oldest && (f->have & IMAP4_F_INTERNALDATE) &&
	       f->internaldate < l->opts.oldest;
}

static void take_fetch(struct look *l, const struct imap4_fetch *f)
{
	const uint32_t need = IMAP4_F_UID | IMAP4_F_FLAGS;

	if (!l->counting || (f->have & need) != need)
		return;
	struct remote_row *r = view_row(l, f->uid);
	r->flags =
	    vocabulary_flags(l->vocabulary, f->flags, f->words, f->nwords);
	if (f->have & IMAP4_F_SIZE)
		r->size = f->size;
	/* News of its flags alone does not tell. */
	r->skip |= outside(l, f);
}

/* RFC 7162 3.2.11: all that was said so far was said of the mailbox that was
 * selected before. */
static void forget(struct look *l)
{
	if (!l->select)
		return;
	forget_rows(l);
	l->exists = 0;
	l->modseq = 0;
	l->partial = false;
}

static void take_code(struct look *l, const struct imap4_respcode *c)
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
		    vocabulary_permanent(l->vocabulary, c->words, c->nwords);
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
		/* RFC 9738: only a part was done, whatever the OK says. */
		l->partial = true;
		break;
	default:
		break;
	}
}

/* Only what we know can vanish: ranges are never expanded. Returns how many of
 * those the server should have had. */
static size_t list_gone(struct look *l)
{
	const struct base_view *base = l->base;
	const struct imap4_set *set = &l->vanished;
	struct remote_view *v = &l->view;
	size_t r = 0, n = 0;

	if (set->n == 0)
		return 0;
	v->gonecap = base->n + 1;
	v->gone = xcalloc(v->gonecap, sizeof(*v->gone));
	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		while (r < set->n && set->range[r].last < b->uid)
			r++;
		if (r == set->n || set->range[r].first > b->uid)
			continue;
		v->gone[v->ngone++] = b->uid;
		n += fate_is_there((enum fate)b->fate);
	}
	return n;
}

static void take_vanished(struct look *l, const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct imap4_range *r = &set->range[i];
		if (imap4_set_add(&l->vanished, r->first, r->last) < 0)
			abort();
	}
}

/* Messages in the view that the base does not know, or only by claim. */
static size_t count_new(const struct look *l)
{
	size_t b = 0, n = 0;

	for (size_t i = 0; i < l->view.n; i++) {
		uint32_t uid = l->view.row[i].uid;
		while (b < l->base->n && l->base->row[b].uid < uid)
			b++;
		n += b == l->base->n || l->base->row[b].uid != uid ||
		     l->base->row[b].fate == FATE_CLAIMED;
	}
	return n;
}

/* Messages that nothing was said of, and that have no row. */
static size_t count_aside(const struct look *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->naside; i++) {
		uint32_t uid = l->aside[i].uid;
		n += !remote_view_find(&l->view, uid) &&
		     !imap4_set_contains(&l->vanished, uid);
	}
	return n;
}

/* Rows whose message the server should still have. */
static size_t count_known(const struct base_view *base)
{
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++)
		n += fate_is_there((enum fate)base->row[i].fate);
	return n;
}

/* Courier's SELECT has no UIDNEXT (RFC 3501 does not demand it). What LIST said
 * before, and what is listed now, are as good: all below is in the list. */
static void guess_uidnext(struct look *l)
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

/* The listing ended well. True: so did the look. */
static bool listed(struct look *l)
{
	if (l->unordered)
		sort_rows(l);
	size_t gone = list_gone(l);
	if (l->listing_complete) {
		/* Absence proves a deletion only in a list that is whole. */
		if (l->view.n != l->exists)
			l->partial = true;
		l->view.complete = !l->partial;
		guess_uidnext(l);
		return true;
	}
	if (count_known(l->base) - gone + count_new(l) + count_aside(l) ==
	    l->exists)
		return true;
	return !relist(l);
}

static void check_mailbox(struct look *l)
{
	if (l->uidvalidity == 0) {
		err_set(&l->err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
			"the server gives it no UIDVALIDITY");
		err_hint(&l->err, "it cannot be synced safely: exclude = %s",
			 l->box->display);
		return;
	}
	l->rebuilt =
	    l->row->uidvalidity != 0 && l->row->uidvalidity != l->uidvalidity;
}

static bool select_done(struct look *l, const struct imap4_event *ev)
{
	l->select = 0;
	l->lost |= ev->status == IMAP4_STATUS_LOST;
	if (l->err.code == ERR_NONE) {
		if (ev->status != IMAP4_STATUS_OK)
			session_command_err(ev, REACH_FOLDER, "SELECT",
					    &l->err);
		else
			check_mailbox(l);
	}
	return l->list == 0;
}

static bool list_done(struct look *l, const struct imap4_event *ev)
{
	l->list = 0;
	l->lost |= ev->status == IMAP4_STATUS_LOST;
	l->counting = false;
	if (l->err.code != ERR_NONE)
		return l->select == 0;
	if (ev->status != IMAP4_STATUS_OK) {
		session_command_err(ev, REACH_FOLDER, "the listing", &l->err);
		return l->select == 0;
	}
	if (l->select) {
		err_set(&l->err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
			"the server listed it before it was selected");
		return false;
	}
	take_code(l, &ev->code);
	return listed(l);
}

bool look_event(struct look *l, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_EXISTS:
		l->exists = ev->number;
		break;
	case IMAP4_EV_EXPUNGE:
		if (l->exists > 0)
			l->exists--;
		l->partial = true;
		break;
	case IMAP4_EV_VANISHED:
		/* RFC 7162 3.2.10: only a message that vanished just now was
		 * counted by EXISTS. */
		if (!ev->vanished.earlier) {
			uint64_t n = imap4_set_count(&ev->vanished.set);
			l->exists -= n < l->exists ? (uint32_t)n : l->exists;
			l->partial = true;
		}
		take_vanished(l, &ev->vanished.set);
		break;
	case IMAP4_EV_FETCH:
		take_fetch(l, &ev->fetch);
		break;
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

void look_release(struct look *l)
{
	free(l->view.row);
	free(l->view.gone);
	free(l->mailboxid);
	imap4_set_release(&l->vanished);
	*l = (struct look){0};
}
