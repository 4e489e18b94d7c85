/* SPDX-License-Identifier: MIT */
#include "daemon/store/pairing_job.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/store_priv.h"

/* No file's, see name_key(). */
#define NO_KEY UINT64_C(0)

static struct pairing_intent *intent_of(const struct pairing_job *p,
					uint64_t key)
{
	for (size_t i = 0; i < p->nintents; i++) {
		if (p->intent[i].key == key)
			return &p->intent[i];
	}
	return NULL;
}

static void know(struct pair_here *h, const struct facts *f)
{
	h->known = true;
	h->size = f->wire_size - f->digests.left_out;
	memcpy(h->header, f->digests.header, PAIR_DIGEST);
	memcpy(h->sample, f->digests.sample, PAIR_DIGEST);
	memcpy(h->message, f->digests.message, PAIR_DIGEST);
}

/* A file of this folder. One that was promised to the server, and has other
 * content by now, is not what the server may have got. */
static void take_facts(struct pairing_job *p, struct pair_here *h,
		       const struct facts *f)
{
	struct pairing_intent *i = intent_of(p, h->key);

	p->missed |= !f->found && f->failed == 0;
	if (!f->found)
		return;
	if (i && i->have_digest) {
		i->changed = memcmp(i->digest, f->digests.message,
				    sizeof(i->digest)) != 0;
		if (i->changed)
			return;
		h->sent = i->stored ? PAIR_STORED : PAIR_PROMISED;
	}
	know(h, f);
}

static int examine_here(struct pairing_job *p, struct pair_here *h, size_t n)
{
	struct facts *f = xcalloc(n + 1, sizeof(*f));

	for (size_t i = 0; i < n; i++)
		f[i] = (struct facts){.key = h[i].key, .content = true};
	int r = examine_files(&p->base.store->folder.dir, NULL, f, n,
			      clock_wall_ns(), &p->base.err);
	for (size_t i = 0; i < n && r == 0; i++)
		take_facts(p, &h[i], facts_find(f, n, h[i].key));
	free(f);
	return r;
}

/* What another folder lost: its row as it is now, and its file. */
struct lost_file {
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
};

/* It may have been found by a third folder meanwhile, and its file may have
 * another name by now. */
static int find_lost(struct pairing_job *p, struct pair_here *h, size_t n,
		     struct lost_file *out)
{
	for (size_t i = 0; i < n; i++) {
		struct state_record row;
		int r = state_message_get(p->base.store->state, h[i].from,
					  h[i].from_uid, &row, &p->base.err);
		if (r < 0)
			return -1;
		h[i].key = NO_KEY;
		if (r == 0 && row.fate == FATE_ALIVE) {
			h[i].key = row.key;
			h[i].flags = row.flags & FLAG_SYSTEM;
			out[i].have_digest = row.have_digest;
			memcpy(out[i].digest, row.digest, sizeof(row.digest));
		}
		if (r == 0)
			state_record_release(&row);
	}
	return 0;
}

/* Not one that was edited: that is a message of its own. */
static void take_lost(struct pair_here *h, const struct lost_file *l,
		      const struct facts *f)
{
	if (!f->found ||
	    (l->have_digest &&
	     memcmp(l->digest, f->digests.message, sizeof(l->digest)) != 0))
		return;
	know(h, f);
}

static int examine_lost(struct pairing_job *p, const struct maildir *m,
			struct pair_here *h, const struct lost_file *lost,
			size_t n)
{
	struct facts *f = xcalloc(n + 1, sizeof(*f));

	for (size_t i = 0; i < n; i++)
		f[i] = (struct facts){.key = h[i].key, .content = true};
	int r = examine_files(m, NULL, f, n, clock_wall_ns(), &p->base.err);
	for (size_t i = 0; i < n && r == 0; i++)
		take_lost(&h[i], &lost[i], facts_find(f, n, h[i].key));
	free(f);
	return r;
}

static int examine_other(struct pairing_job *p, struct pair_here *h, size_t n)
{
	struct lost_file *lost = xcalloc(n, sizeof(*lost));
	struct local_folder other;
	int r = find_lost(p, h, n, lost);

	if (r == 0)
		r = store_local_folder(p->base.store, h->from, &other,
				       &p->base.err);
	if (r == 0) {
		if (other.have_dir)
			r = examine_lost(p, &other.dir, h, lost, n);
		local_folder_close(&other);
	}
	free(lost);
	return r;
}

static int examine_folder(struct pairing_job *p, struct pair_here *h, size_t n)
{
	return h->from == 0 ? examine_here(p, h, n) : examine_other(p, h, n);
}

void pairing_files_run(struct job *j)
{
	struct pairing_job *p = (struct pairing_job *)j;

	p->base.result =
	    state_unlike(p->base.store->state, &p->unlike, &p->base.err);
	for (size_t i = 0, n; i < p->n && p->base.result == 0; i += n) {
		for (n = 1;
		     i + n < p->n && p->here[i + n].from == p->here[i].from;)
			n++;
		p->base.result = examine_folder(p, &p->here[i], n);
	}
}

void pairing_record_run(struct job *j)
{
	struct pairing_job *p = (struct pairing_job *)j;
	struct store *s = p->base.store;

	p->base.result = 0;
	if (store_touch(s, &p->base.err) < 0 ||
	    state_set_unlike(s->state, p->unlike, &p->base.err) < 0)
		p->base.result = -1;
}
