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
}

void typed_reset(struct imap4_client *c)
{
	typed_release(c);
	c->typed_result = 0;
}

/* ---- Numbers ------------------------------------------------------------ */

static void note_set(struct imap4_client *c, const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		if (imap4_set_add(&c->found, set->range[i].first,
				  set->range[i].last) < 0) {
			(void)client_lose(c, IMAP4_ENOMEM, "out of memory");
			return;
		}
	}
}

static void note_order(struct imap4_client *c, const struct imap4_sort *sort)
{
	size_t n = c->norder + sort->n;

	if (sort->n == 0)
		return;
	uint32_t *order = realloc(c->order, n * sizeof(*order));
	if (!order) {
		(void)client_lose(c, IMAP4_ENOMEM, "out of memory");
		return;
	}
	memcpy(order + c->norder, sort->number, sort->n * sizeof(*order));
	c->order = order;
	c->norder = n;
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
