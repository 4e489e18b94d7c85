/* SPDX-License-Identifier: MIT */
#include "daemon/store/batch/parcel.h"

#include <stdlib.h>

static int run_mark(struct parcel *p, const struct mark *m)
{
	struct store *s = p->stream->store;
	size_t n = 0;
	int r = 0;

	switch (m->type) {
	case MARK_OPEN:
		if (!s->delivery)
			s->delivery =
			    delivery_new(&s->folder.dir, p->stream->present);
		r = s->delivery ? delivery_open(s->delivery, &p->err)
				: err_set(&p->err, ERR_INTERNAL,
					  ERR_SCOPE_DAEMON, "out of memory");
		break;
	case MARK_CLOSE:
		r = store_arrived(s, &m->arrival, &n, &p->err);
		break;
	case MARK_CANCEL:
		delivery_cancel(s->delivery);
		break;
	case MARK_COMMIT:
		r = store_flush(s, &n, &p->err);
		break;
	}
	p->committed += n;
	return r;
}

static int run_bytes(struct parcel *p, size_t from, size_t to)
{
	if (from == to)
		return 0;
	return delivery_write(p->stream->store->delivery, p->data + from,
			      to - from, &p->err);
}

static int run_all(struct parcel *p)
{
	size_t at = 0;

	for (size_t i = 0; i < p->nmarks; i++) {
		const struct mark *m = &p->mark[i];
		if (run_bytes(p, at, m->at) < 0 || run_mark(p, m) < 0)
			return -1;
		at = m->at;
	}
	return run_bytes(p, at, p->len);
}

void parcel_run(struct job *j)
{
	struct parcel *p = (struct parcel *)j;
	struct parcel_stream *k = p->stream;

	/* After a failure the batch is gone: what follows has no beginning. */
	if (k->broken || run_all(p) == 0)
		return;
	k->broken = true;
	p->failed = true;
	delivery_free(k->store->delivery);
	k->store->delivery = NULL;
}
