/* SPDX-License-Identifier: MIT */
#include "lib/client/typed.h"

#include <imap4/codec.h>

#include <stdlib.h>
#include <string.h>

#include "lib/client/command.h"
#include "lib/client/run.h"

void typed_release(struct imap4_client *c)
{
	imap4_set_release(&c->found);
	free(c->order);
	c->order = NULL;
	c->norder = 0;
	c->cap_order = 0;
}

void typed_reset(struct imap4_client *c)
{
	typed_release(c);
	c->typed_result = 0;
}

/* ---- Numbers ------------------------------------------------------------ */

/* The list with room for more members of size bytes. NULL: the connection is
 * lost, and the list is as it was. */
static void *grow(struct imap4_client *c, void *list, size_t n, size_t more,
		  size_t *cap, size_t size)
{
	size_t want = n + more > 2 * *cap ? n + more : 2 * *cap;

	if (more <= *cap - n)
		return list;
	if (want > c->max_data / size) {
		(void)client_lose(c, IMAP4_ELIMIT,
				  "the numbers are more than the limit");
		return NULL;
	}
	void *grown = realloc(list, want * size);
	if (grown)
		*cap = want;
	else
		(void)client_lose(c, IMAP4_ENOMEM, "out of memory");
	return grown;
}

/* As they come: put in order when all are there, since to keep them so all the
 * time would cost a hostile server little and us a lot. */
static void note_set(struct imap4_client *c, const struct imap4_set *set)
{
	struct imap4_set *found = &c->found;

	if (set->n == 0)
		return;
	struct imap4_range *range = grow(c, found->range, found->n, set->n,
					 &found->cap, sizeof(*range));
	if (!range)
		return;
	memcpy(range + found->n, set->range, set->n * sizeof(*range));
	found->range = range;
	found->n += set->n;
}

static int compare(const void *a, const void *b)
{
	const struct imap4_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void typed_finish(struct imap4_client *c)
{
	struct imap4_set *s = &c->found;
	size_t n = 0;

	if (s->n == 0)
		return;
	qsort(s->range, s->n, sizeof(*s->range), compare);
	for (size_t i = 1; i < s->n; i++) {
		struct imap4_range *last = &s->range[n];
		const struct imap4_range *r = &s->range[i];
		if (r->first > last->last && r->first - last->last > 1)
			s->range[++n] = *r;
		else if (r->last > last->last)
			last->last = r->last;
	}
	s->n = n + 1;
}

static void note_order(struct imap4_client *c, const struct imap4_sort *sort)
{
	if (sort->n == 0)
		return;
	uint32_t *order = grow(c, c->order, c->norder, sort->n, &c->cap_order,
			       sizeof(*order));
	if (!order)
		return;
	memcpy(order + c->norder, sort->number, sort->n * sizeof(*order));
	c->order = order;
	c->norder += sort->n;
}

void typed_note(struct imap4_client *c, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_SEARCH)
		note_set(c, &ev->search.set);
	else if (ev->type == IMAP4_EV_SORT)
		note_order(c, &ev->sort);
}

const struct imap4_set *imap4_client_found(const struct imap4_client *c)
{
	static const struct imap4_set none;

	return c ? &c->found : &none;
}

const uint32_t *imap4_client_order(const struct imap4_client *c, size_t *n)
{
	static const uint32_t none;

	*n = c ? c->norder : 0;
	return *n > 0 ? c->order : &none;
}

/* ---- Responses ---------------------------------------------------------- */

struct fetching {
	int (*fn)(void *ctx, const struct imap4_event *ev);
	void *ctx;
};

static bool take_fetch(struct imap4_client *c, const struct imap4_event *ev)
{
	const struct fetching *f = c->typed;

	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
	case IMAP4_EV_BODY_DATA:
	case IMAP4_EV_BODY_END:
	case IMAP4_EV_FETCH:
		if (c->typed_result >= 0)
			c->typed_result = f->fn(f->ctx, ev);
		return true;
	default:
		return false;
	}
}

int imap4_client_uid_fetch(struct imap4_client *c, const char *set,
			   const char *items,
			   int (*fn)(void *ctx, const struct imap4_event *ev),
			   void *ctx)
{
	const struct fetching f = {fn, ctx};

	return command_typed(c, take_fetch, &f, "UID FETCH", set, items);
}

struct listing {
	int (*fn)(void *ctx, const struct imap4_list *list);
	void *ctx;
};

static bool take_list(struct imap4_client *c, const struct imap4_event *ev)
{
	const struct listing *l = c->typed;

	if (ev->type != IMAP4_EV_LIST || ev->list.lsub)
		return false;
	if (c->typed_result >= 0)
		c->typed_result = l->fn(l->ctx, &ev->list);
	return true;
}

int imap4_client_list_each(struct imap4_client *c, const char *directory,
			   const char *pattern,
			   int (*fn)(void *ctx, const struct imap4_list *list),
			   void *ctx)
{
	const struct listing l = {fn, ctx};

	return command_typed(c, take_list, &l, "LIST",
			     directory ? directory : "",
			     pattern ? pattern : "*");
}

/* ---- STATUS ------------------------------------------------------------- */

/* One of the strings, to where it stays until the next command. */
static bool keep_string(struct imap4_client *c, struct imap4_str *s)
{
	if (!s->p)
		return true;
	if (data_add(&c->data, "STATUS", *s) < 0)
		return false;
	*s = c->data.item[c->data.n - 1].text;
	return true;
}

static bool take_status(struct imap4_client *c, const struct imap4_event *ev)
{
	struct imap4_mailbox_status *out =
	    *(struct imap4_mailbox_status *const *)c->typed;

	if (ev->type != IMAP4_EV_MAILBOX_STATUS)
		return false;
	data_release(&c->data);
	*out = ev->mailbox_status;
	if (!keep_string(c, &out->raw) || !keep_string(c, &out->name) ||
	    !keep_string(c, &out->mailboxid))
		(void)client_lose(c, IMAP4_ENOMEM, "out of memory");
	return true;
}

int imap4_client_status_get(struct imap4_client *c, const char *mailbox,
			    const char *names, struct imap4_mailbox_status *out)
{
	memset(out, 0, sizeof(*out));
	return command_typed(c, take_status, &out, "STATUS", mailbox, names);
}
