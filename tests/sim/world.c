/* SPDX-License-Identifier: MIT */
/* The state of the model and what users do to it; what imapsyncd does to it is
 * in sim.c, what it must have come to is the tests' business.
 */
#include "tests/sim/world.h"

#include "tests/support/t.h"

#define FIRST_MESSAGES 4

static const uint64_t flags_there[] = {FLAG_SEEN, FLAG_FLAGGED, FLAG_PASSED,
				       WORLD_LETTER, WORLD_NO_LETTER};
static const uint64_t flags_here[] = {FLAG_SEEN, FLAG_FLAGGED, FLAG_PASSED,
				      WORLD_LETTER};

struct world_message *world_message(struct world_folder *f, uint32_t uid)
{
	for (size_t i = 0; i < f->messages; i++) {
		if (f->message[i].uid == uid)
			return &f->message[i];
	}
	return NULL;
}

struct world_file *world_file(struct world_folder *f, uint64_t key)
{
	for (size_t i = 0; i < f->files; i++) {
		if (f->file[i].key == key)
			return &f->file[i];
	}
	return NULL;
}

struct base_row *world_row(struct world_folder *f, uint32_t uid)
{
	for (size_t i = 0; i < f->rows; i++) {
		if (f->row[i].uid == uid)
			return &f->row[i];
	}
	return NULL;
}

bool world_in_trash(const struct world *w, uint64_t key)
{
	for (size_t i = 0; i < w->trashed; i++) {
		if (w->trash[i].key == key)
			return true;
	}
	return false;
}

uint64_t world_key(const struct world_folder *f, const struct world *w,
		   uint32_t uid)
{
	uint64_t folder = (uint64_t)(f - w->folder) + 1;

	/* Keys are in another order than UIDs. */
	return (folder << 32 | uid) * UINT64_C(0x9e3779b97f4a7c15);
}

static void arrive(struct world_folder *f, uint32_t body, uint64_t flags)
{
	if (f->messages == WORLD_MESSAGES || f->uidnext == WORLD_UIDS)
		return;
	f->uid[f->uidnext] = (struct world_uid){.born = flags};
	f->message[f->messages++] = (struct world_message){
	    .uid = f->uidnext++,
	    .body = body,
	    .flags = flags,
	    .modseq = ++f->modseq,
	};
}

static void expunge(struct world_folder *f, struct world_message *m)
{
	size_t at = (size_t)(m - f->message);

	f->uid[m->uid].gone = ++f->modseq;
	f->messages--;
	for (; at < f->messages; at++)
		f->message[at] = f->message[at + 1];
}

void world_store(struct world_folder *f, struct world_message *m, uint64_t add,
		 uint64_t del)
{
	uint64_t flags = (m->flags | add) & ~del;

	if (flags == m->flags)
		return;
	m->flags = flags;
	m->modseq = ++f->modseq;
}

static uint64_t any_flag(struct rng *rng, const uint64_t *from, uint32_t n)
{
	return from[rng_below(rng, n)];
}

static uint64_t flags_at_birth(struct rng *rng)
{
	return rng_below(rng, 2) ? 0 : any_flag(rng, flags_there, 5);
}

void world_init(struct world *w, struct rng *rng)
{
	*w = (struct world){.here_mask = FLAG_SYSTEM | WORLD_LETTER,
			    .there_mask = ~UINT64_C(0)};
	if (rng_below(rng, 2))
		w->there_mask = ~FLAG_PASSED;
	for (size_t i = 0; i < WORLD_FOLDERS; i++) {
		w->folder[i].uidnext = 1;
		w->folder[i].modseq = 1;
		uint32_t n = rng_below(rng, FIRST_MESSAGES + 1);
		while (n-- > 0)
			arrive(&w->folder[i], ++w->bodies, flags_at_birth(rng));
	}
}

void world_there(struct world *w, struct rng *rng)
{
	uint32_t which = rng_below(rng, WORLD_FOLDERS);
	struct world_folder *f = &w->folder[which];
	uint32_t what = rng_below(rng, 8);

	if (what < 2 || f->messages == 0) {
		arrive(f, ++w->bodies, flags_at_birth(rng));
		return;
	}
	struct world_message *m =
	    &f->message[rng_below(rng, (uint32_t)f->messages)];
	struct world_folder *other = &w->folder[!which];
	if (what == 2) {
		expunge(f, m);
	} else if (what == 3 && other->messages < WORLD_MESSAGES &&
		   other->uidnext < WORLD_UIDS) {
		arrive(other, m->body, m->flags);
		expunge(f, m);
	} else {
		uint64_t flag = any_flag(rng, flags_there, 5);
		f->uid[m->uid].touched |= flag;
		world_store(f, m, flag & ~m->flags, flag & m->flags);
	}
}

void world_here(struct world *w, struct rng *rng)
{
	struct world_folder *f = &w->folder[rng_below(rng, WORLD_FOLDERS)];

	if (f->files == 0)
		return;
	struct world_file *file = &f->file[rng_below(rng, (uint32_t)f->files)];
	file->in_new = false;
	if (rng_below(rng, 6) == 0)
		return;
	uint64_t flag = any_flag(rng, flags_here, 4);
	file->flags ^= flag;
	f->uid[file->hint].touched |= flag;
}

void world_add_row(struct world_folder *f, struct base_row row)
{
	assert_true(f->rows < WORLD_FILES);
	assert_null(world_row(f, row.uid));
	size_t at = f->rows++;
	for (; at > 0 && f->row[at - 1].uid > row.uid; at--)
		f->row[at] = f->row[at - 1];
	f->row[at] = row;
}

void world_drop_row(struct world_folder *f, uint32_t uid)
{
	struct base_row *row = world_row(f, uid);

	assert_non_null(row);
	f->rows--;
	for (size_t at = (size_t)(row - f->row); at < f->rows; at++)
		f->row[at] = f->row[at + 1];
}

struct local_view world_local_view(const struct world_folder *f,
				   struct local_row *row)
{
	for (size_t i = 0; i < f->files; i++) {
		const struct world_file *file = &f->file[i];
		size_t at = i;
		for (; at > 0 && row[at - 1].key > file->key; at--)
			row[at] = row[at - 1];
		row[at] = (struct local_row){.key = file->key,
					     .flags = file->flags,
					     .hint = file->hint,
					     .in_new = file->in_new};
	}
	return (struct local_view){.row = row, .n = f->files};
}

static void list(const struct world_folder *f, uint64_t since, uint32_t from,
		 struct remote_view *v)
{
	v->n = 0;
	for (size_t i = 0; i < f->messages; i++) {
		const struct world_message *m = &f->message[i];
		/* RFC 9051 9: "n:*" always has the last message. */
		bool last = i + 1 == f->messages && since > 0;
		if (m->modseq > since || m->uid >= from || last)
			v->row[v->n++] = (struct remote_row){.uid = m->uid,
							     .flags = m->flags};
	}
}

/* What the delta leads one to expect, as look.c counts it. */
static size_t expected(const struct world_folder *f,
		       const struct remote_view *v)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < f->rows; i++)
		n += f->row[i].fate == FATE_ALIVE;
	for (size_t i = 0; i < v->n; i++) {
		while (k < f->rows && f->row[k].uid < v->row[i].uid)
			k++;
		n += k == f->rows || f->row[k].uid != v->row[i].uid;
	}
	return n - v->ngone;
}

struct remote_view world_remote_view(const struct world_folder *f,
				     enum world_look how,
				     struct remote_row *row, uint32_t *gone)
{
	struct remote_view v = {.row = row, .gone = gone};

	if (how != WORLD_LOOK_FULL && f->known_modseq > 0) {
		list(f, f->known_modseq,
		     how == WORLD_LOOK_QRESYNC ? f->known_uidnext : UINT32_MAX,
		     &v);
		for (size_t i = 0; i < f->rows; i++) {
			uint32_t uid = f->row[i].uid;
			if (how == WORLD_LOOK_QRESYNC &&
			    f->uid[uid].gone > f->known_modseq)
				gone[v.ngone++] = uid;
		}
		if (expected(f, &v) == f->messages)
			return v;
	}
	v.ngone = 0;
	v.complete = true;
	list(f, 0, 0, &v);
	return v;
}
