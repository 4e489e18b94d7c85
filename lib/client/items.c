/* SPDX-License-Identifier: MIT */
#include "lib/client/items.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"

static size_t cost(const struct imap4_item *i)
{
	return sizeof(*i) + i->text.len + (i->literal.p ? i->literal.len : 0);
}

/* Text and name are one block from malloc(), which others may only read. */
static int item_make(struct imap4_item *i, struct imap4_str name,
		     struct imap4_str text)
{
	char *p = malloc(text.len + 1 + name.len + 1);

	if (!p)
		return IMAP4_ENOMEM;
	if (text.len > 0)
		memcpy(p, text.p, text.len);
	p[text.len] = '\0';
	char *q = p + text.len + 1;
	if (name.len > 0)
		memcpy(q, name.p, name.len);
	q[name.len] = '\0';
	i->text = (struct imap4_str){p, text.len};
	i->name = q;
	return 0;
}

static void item_release(struct imap4_item *i)
{
	free((void *)(uintptr_t)i->text.p);
	free((void *)(uintptr_t)i->literal.p);
}

void items_release(struct items *s)
{
	items_trim(s, 0);
	free(s->v);
	*s = (struct items){0};
}

static int grow(struct items *s)
{
	if (s->n < s->cap)
		return 0;
	size_t cap = s->cap ? s->cap * 2 : 16;
	struct imap4_item *v = realloc(s->v, cap * sizeof(*v));
	if (!v)
		return IMAP4_ENOMEM;
	s->v = v;
	s->cap = cap;
	return 0;
}

int items_add(struct items *s, struct imap4_str name, struct imap4_str text,
	      struct imap4_str literal)
{
	struct imap4_item i = {.literal = literal};

	if (grow(s) < 0 || item_make(&i, name, text) < 0) {
		item_release(&i);
		return IMAP4_ENOMEM;
	}
	s->v[s->n++] = i;
	s->bytes += cost(&i);
	return 0;
}

static int make_room(struct imap4_data *data, size_t n)
{
	struct imap4_item *item =
	    realloc(data->item, (data->n + n) * sizeof(*item));

	if (!item)
		return IMAP4_ENOMEM;
	data->item = item;
	return 0;
}

int items_take(struct items *s, const char *name, struct imap4_data *data)
{
	size_t count = 0, left = 0;

	for (size_t i = 0; i < s->n; i++)
		count += ascii_same(s->v[i].name, name);
	if (count == 0)
		return 0;
	if (make_room(data, count) < 0)
		return IMAP4_ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		if (ascii_same(s->v[i].name, name)) {
			s->bytes -= cost(&s->v[i]);
			data->item[data->n++] = s->v[i];
		} else {
			s->v[left++] = s->v[i];
		}
	}
	s->n = left;
	return 0;
}

static void remove_range(struct items *s, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		s->bytes -= cost(&s->v[i]);
	s->n -= n;
	if (s->n > at)
		memmove(s->v + at, s->v + at + n, (s->n - at) * sizeof(*s->v));
}

int items_move(struct items *s, size_t at, size_t n, struct imap4_data *data)
{
	if (n == 0)
		return 0;
	if (make_room(data, n) < 0)
		return IMAP4_ENOMEM;
	memcpy(data->item + data->n, s->v + at, n * sizeof(*s->v));
	data->n += n;
	remove_range(s, at, n);
	return 0;
}

void items_trim(struct items *s, size_t bytes)
{
	size_t gone = 0, left = s->bytes;

	while (gone < s->n && left > bytes)
		left -= cost(&s->v[gone++]);
	for (size_t i = 0; i < gone; i++)
		item_release(&s->v[i]);
	remove_range(s, 0, gone);
}

int data_add(struct imap4_data *data, const char *name, struct imap4_str text)
{
	struct imap4_item i = {0};

	if (make_room(data, 1) < 0 ||
	    item_make(&i, (struct imap4_str){name, strlen(name)}, text) < 0)
		return IMAP4_ENOMEM;
	data->item[data->n++] = i;
	return 0;
}

void data_release(struct imap4_data *data)
{
	for (size_t i = 0; i < data->n; i++)
		item_release(&data->item[i]);
	free(data->item);
	*data = (struct imap4_data){0};
}
