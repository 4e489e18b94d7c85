/* SPDX-License-Identifier: MIT */
#include "daemon/remote/mailbox.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

static int compare(const char *wire, struct imap4_str key)
{
	size_t len = strlen(wire);
	int r = memcmp(wire, key.p, len < key.len ? len : key.len);

	if (r != 0)
		return r;
	return len < key.len ? -1 : len > key.len;
}

/* Index of the first mailbox that is not before key. */
static size_t lower_bound(const struct mailboxes *m, struct imap4_str key)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (compare(m->box[mid].wire, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct mailbox *mailboxes_find(struct mailboxes *m, struct imap4_str wire)
{
	size_t i = lower_bound(m, wire);

	if (i < m->n && compare(m->box[i].wire, wire) == 0)
		return &m->box[i];
	return NULL;
}

struct mailbox *mailboxes_find_display(const struct mailboxes *m,
				       const char *display)
{
	const char *name = ascii_same(display, "INBOX") ? "INBOX" : display;

	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->box[i].display, name) == 0)
			return &m->box[i];
	}
	return NULL;
}

struct mailbox *mailboxes_find_row(struct mailboxes *m, int64_t row)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->box[i].row == row)
			return &m->box[i];
	}
	return NULL;
}

void mailboxes_add(struct mailboxes *m, const struct imap4_list *list)
{
	/* Two mailboxes must not be one directory. */
	bool known = list->name.p && !list->irregular;
	struct imap4_str name = known ? list->name : list->raw;

	m->box = xgrow(m->box, m->n, &m->cap, sizeof(*m->box));
	m->box[m->n++] = (struct mailbox){
	    .wire = xstrndup(list->raw.p, list->raw.len),
	    .name = xstrndup(name.p, name.len),
	    .delim = list->delim,
	    .listed = !list->lsub,
	    .seq = m->seq++,
	    .attr = list->attr,
	    .subscribed = list->lsub || (list->attr & IMAP4_LIST_SUBSCRIBED),
	};
}

void mailboxes_status(struct mailboxes *m,
		      const struct imap4_mailbox_status *status)
{
	m->status =
	    xgrow(m->status, m->nstatus, &m->statuscap, sizeof(*m->status));
	m->status[m->nstatus++] = (struct mailbox_status){
	    .wire = xstrndup(status->raw.p, status->raw.len), .is = *status};
}

static int order(const void *a, const void *b)
{
	const struct mailbox *x = a, *y = b;
	int r = strcmp(x->wire, y->wire);

	if (r != 0)
		return r;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void release(struct mailbox *box)
{
	free(box->wire);
	free(box->name);
	free(box->display);
	free(box->mailboxid);
}

/* Of those with one name the first is left. */
static void merge(struct mailboxes *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct mailbox *box = &m->box[i];
		if (n > 0 && strcmp(m->box[n - 1].wire, box->wire) == 0) {
			m->box[n - 1].attr |= box->attr;
			m->box[n - 1].listed |= box->listed;
			m->box[n - 1].subscribed |= box->subscribed;
			release(box);
			continue;
		}
		m->box[n++] = *box;
	}
	m->n = n;
}

static void drop_unlisted(struct mailboxes *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->box[i].listed)
			m->box[n++] = m->box[i];
		else
			release(&m->box[i]);
	}
	m->n = n;
}

/* A number that cannot be one is a number that is not known. */
static uint32_t known_items(const struct imap4_mailbox_status *status)
{
	uint32_t have = status->have;

	if (status->uidvalidity > UINT32_MAX)
		have &= ~(uint32_t)IMAP4_ST_UIDVALIDITY;
	if (status->uidnext > UINT32_MAX)
		have &= ~(uint32_t)IMAP4_ST_UIDNEXT;
	if (status->messages > UINT32_MAX)
		have &= ~(uint32_t)IMAP4_ST_MESSAGES;
	return have;
}

static void take_status(struct mailbox *box,
			const struct imap4_mailbox_status *status)
{
	box->have = known_items(status);
	box->uidvalidity = (uint32_t)status->uidvalidity;
	box->uidnext = (uint32_t)status->uidnext;
	box->messages = (uint32_t)status->messages;
	box->modseq = status->highestmodseq;
}

void mailboxes_sort(struct mailboxes *m,
		    char *(*display)(const char *name, char delim))
{
	if (m->n > 1)
		qsort(m->box, m->n, sizeof(*m->box), order);
	merge(m);
	drop_unlisted(m);
	for (size_t i = 0; i < m->n; i++) {
		struct mailbox *box = &m->box[i];
		if (!box->display)
			box->display = display(box->name, box->delim);
	}
	for (size_t i = 0; i < m->nstatus; i++) {
		const struct mailbox_status *status = &m->status[i];
		struct imap4_str wire = {status->wire, strlen(status->wire)};
		struct mailbox *box = mailboxes_find(m, wire);
		if (box)
			take_status(box, &status->is);
		free(status->wire);
	}
	m->nstatus = 0;
}

/* The items of which it says something else than what is known. */
static uint32_t differing(const struct mailbox *box,
			  const struct imap4_mailbox_status *status)
{
	uint32_t differ = 0;

	if (status->uidvalidity != box->uidvalidity)
		differ |= IMAP4_ST_UIDVALIDITY;
	if (status->uidnext != box->uidnext)
		differ |= IMAP4_ST_UIDNEXT;
	if (status->messages != box->messages)
		differ |= IMAP4_ST_MESSAGES;
	if (status->highestmodseq != box->modseq)
		differ |= IMAP4_ST_HIGHESTMODSEQ;
	return differ;
}

struct mailbox *mailboxes_news(struct mailboxes *m,
			       const struct imap4_mailbox_status *status,
			       bool *fewer)
{
	const uint32_t all = IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT |
			     IMAP4_ST_MESSAGES | IMAP4_ST_HIGHESTMODSEQ;
	struct mailbox *box = mailboxes_find(m, status->raw);
	uint32_t told = known_items(status) & all;

	if (!box || (told & (differing(box, status) | ~box->have)) == 0)
		return NULL;
	*fewer = (told & box->have & IMAP4_ST_MESSAGES) &&
		 status->messages < box->messages;
	if (told & IMAP4_ST_UIDVALIDITY)
		box->uidvalidity = (uint32_t)status->uidvalidity;
	if (told & IMAP4_ST_UIDNEXT)
		box->uidnext = (uint32_t)status->uidnext;
	if (told & IMAP4_ST_MESSAGES)
		box->messages = (uint32_t)status->messages;
	if (told & IMAP4_ST_HIGHESTMODSEQ)
		box->modseq = status->highestmodseq;
	box->have |= told;
	box->told = true;
	return box;
}

void mailbox_stands(struct mailbox *box, const struct standing *at)
{
	box->have = 0;
	if (!at)
		return;
	box->uidvalidity = at->at.uidvalidity;
	box->uidnext = at->at.uidnext;
	box->modseq = at->at.modseq;
	box->messages = at->messages >= 0 ? (uint32_t)at->messages : 0;
	if (at->at.uidvalidity != 0)
		box->have |= IMAP4_ST_UIDVALIDITY;
	if (at->at.uidnext != 0)
		box->have |= IMAP4_ST_UIDNEXT;
	if (at->at.modseq != 0)
		box->have |= IMAP4_ST_HIGHESTMODSEQ;
	if (at->messages >= 0)
		box->have |= IMAP4_ST_MESSAGES;
}

char *mailbox_id(struct imap4_str text)
{
	if (text.len == 0 || text.len > 255)
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		if (!ascii_alpha(c) && !ascii_digit(c) && c != '_' && c != '-')
			return NULL;
	}
	return xstrndup(text.p, text.len);
}

void mailboxes_release(struct mailboxes *m)
{
	for (size_t i = 0; i < m->n; i++)
		release(&m->box[i]);
	for (size_t i = 0; i < m->nstatus; i++)
		free(m->status[i].wire);
	free(m->box);
	free(m->status);
	*m = (struct mailboxes){0};
}

struct standing mailbox_standing(const struct mailbox *box)
{
	struct standing s = {.messages = -1};

	if (box->have & IMAP4_ST_UIDVALIDITY)
		s.at.uidvalidity = box->uidvalidity;
	if (box->have & IMAP4_ST_UIDNEXT)
		s.at.uidnext = box->uidnext;
	if (box->have & IMAP4_ST_HIGHESTMODSEQ)
		s.at.modseq = box->modseq;
	if (box->have & IMAP4_ST_MESSAGES)
		s.messages = box->messages;
	return s;
}
