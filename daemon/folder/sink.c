/* SPDX-License-Identifier: MIT */
#include "daemon/folder/sink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

#define PARCELS_AT_MOST 32 /* 4 MiB on the way to the disk */

struct sink {
	struct disk *disk;
	const struct sink_handler *handler;
	void *ctx;
	struct parcel *fill; /* NULL: none begun */
	size_t under_way;
	bool freed;
	bool cr; /* the last byte was CR and is not written yet */
	uint64_t bytes;
	struct parcel_stream stream; /* disk thread only */
};

struct sink *sink_new(struct disk *disk, struct store *store,
		      const struct local_view *present,
		      const struct sink_handler *handler, void *ctx)
{
	struct sink *k = xcalloc(1, sizeof(*k));

	k->disk = disk;
	k->stream = (struct parcel_stream){.store = store, .present = present};
	k->handler = handler;
	k->ctx = ctx;
	return k;
}

static void parcel_done(struct job *j)
{
	struct parcel *p = (struct parcel *)j;
	struct sink *k = p->owner;

	k->under_way--;
	if (!k->freed)
		k->handler->progress(k->ctx, p->committed,
				     p->failed ? &p->err : NULL);
	else if (k->under_way == 0)
		free(k);
	free(p);
}

static void post(struct sink *k)
{
	struct parcel *p = k->fill;

	if (!p)
		return;
	k->fill = NULL;
	k->under_way++;
	disk_post(k->disk, &p->job);
}

/* The parcel being filled, with room for at least one byte and one mark. */
static struct parcel *room(struct sink *k)
{
	if (k->fill &&
	    (k->fill->len == PARCEL_BYTES || k->fill->nmarks == PARCEL_MARKS))
		post(k);
	if (!k->fill) {
		struct parcel *p = xmalloc(sizeof(*p));
		p->job = (struct job){.run = parcel_run, .done = parcel_done};
		p->owner = k;
		p->stream = &k->stream;
		p->committed = 0;
		p->failed = false;
		p->len = 0;
		p->nmarks = 0;
		k->fill = p;
	}
	return k->fill;
}

static void mark(struct sink *k, enum mark_type type,
		 const struct store_arrival *a)
{
	struct parcel *p = room(k);
	struct mark *m = &p->mark[p->nmarks++];

	m->type = type;
	m->at = p->len;
	if (a)
		m->arrival = *a;
}

static void put(struct sink *k, const char *s, size_t n)
{
	while (n > 0) {
		struct parcel *p = room(k);
		size_t part = PARCEL_BYTES - p->len;
		if (part > n)
			part = n;
		memcpy(p->data + p->len, s, part);
		p->len += part;
		s += part;
		n -= part;
	}
}

void sink_open(struct sink *k)
{
	k->cr = false;
	mark(k, MARK_OPEN, NULL);
}

void sink_data(struct sink *k, const char *p, size_t n)
{
	const char *end = p + n;

	k->bytes += n;
	if (k->cr && n > 0) {
		if (*p != '\n')
			put(k, "\r", 1);
		k->cr = false;
	}
	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		if (!cr) {
			put(k, p, (size_t)(end - p));
			return;
		}
		put(k, p, (size_t)(cr - p));
		p = cr + 1;
		/* A CR is dropped only before its LF: a lone one is content. */
		if (p == end)
			k->cr = true;
		else if (*p != '\n')
			put(k, "\r", 1);
	}
}

static void end_cr(struct sink *k)
{
	if (k->cr)
		put(k, "\r", 1);
	k->cr = false;
}

void sink_close(struct sink *k, const struct store_arrival *a)
{
	end_cr(k);
	mark(k, MARK_CLOSE, a);
}

void sink_cancel(struct sink *k)
{
	k->cr = false;
	mark(k, MARK_CANCEL, NULL);
}

void sink_flush(struct sink *k, bool commit)
{
	if (commit)
		mark(k, MARK_COMMIT, NULL);
	post(k);
}

bool sink_full(const struct sink *k)
{
	return k->under_way >= PARCELS_AT_MOST;
}

bool sink_idle(const struct sink *k)
{
	return !k->fill && k->under_way == 0;
}

uint64_t sink_bytes(const struct sink *k)
{
	return k->bytes;
}

void sink_free(struct sink *k)
{
	if (!k)
		return;
	free(k->fill);
	k->fill = NULL;
	k->freed = true;
	if (k->under_way == 0)
		free(k);
}
