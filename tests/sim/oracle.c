/* SPDX-License-Identifier: MIT */
#include "tests/sim/oracle_priv.h"

#include <string.h>

#include "daemon/core/planner.h"
#include "tests/support/t.h"

void oracle_fail(const char *what, const struct oracle_message *e)
{
	fail_msg("id %u (body %u): %s", e->id, e->body, what);
}

const struct world_row *oracle_row(const struct world *w, int folder,
				   uint32_t uid)
{
	const struct world_table *t = &w->folder[folder].table;

	for (size_t i = 0; i < t->rows; i++) {
		if (t->row[i].base.uid == uid)
			return &t->row[i];
	}
	return NULL;
}

bool oracle_is_marked(const struct world *w, int box,
		      const struct world_message *m)
{
	const struct world_row *r =
	    box < WORLD_FOLDERS && (m->flags & FLAG_DELETED)
		? oracle_row(w, box, m->uid)
		: NULL;

	return r && r->base.fate == FATE_DELETED_THERE;
}

static const struct world_message *find_there(const struct world *w,
					      uint32_t id, int *box)
{
	for (*box = 0; *box < WORLD_FOLDERS; (*box)++) {
		const struct world_box *b = &w->box[*box];
		for (size_t i = 0; i < b->messages; i++) {
			if (b->message[i].id == id &&
			    !oracle_is_marked(w, *box, &b->message[i]))
				return &b->message[i];
		}
	}
	return NULL;
}

static const struct world_file *find_here(const struct world *w, uint32_t id,
					  int *folder)
{
	for (*folder = 0; *folder < WORLD_FOLDERS; (*folder)++) {
		const struct world_dir *d = &w->folder[*folder].dir;
		for (size_t i = 0; i < d->files; i++) {
			if (d->file[i].id == id)
				return &d->file[i];
		}
	}
	return NULL;
}

/* Expectations. */

struct story {
	const struct world *now;
	struct oracle_message *e;
	/* At rest, in that folder; NULL: it is new. */
	const struct world_row *base;
	int at;
	/* Now. */
	const struct world_message *there;
	const struct world_file *here;
	int box, folder;
};

/* One flag of a message that both sides have: three ways. */
static void merge_one(const struct world *w, uint64_t flag, bool base,
		      bool *here, bool *there)
{
	if (!(w->here_mask & flag))
		*here = false;
	else if (*there != base)
		*here = *there;
	else if (*here != base && (w->there_mask & flag))
		*there = *here;
}

static struct oracle_place merged(const struct story *s, int folder)
{
	struct oracle_place p = {.folder = folder};

	for (int i = 0; i < 64; i++) {
		uint64_t flag = UINT64_C(1) << i;
		bool here = s->here->flags & flag;
		bool there = s->there->flags & flag;
		merge_one(s->now, flag, s->base->base.flags & flag, &here,
			  &there);
		p.here |= here ? flag : 0;
		p.there |= there ? flag : 0;
	}
	return p;
}

static void expect(struct story *s, struct oracle_place p)
{
	s->e->place[s->e->places++] = p;
}

static void expect_theirs(struct story *s, int folder)
{
	expect(s, (struct oracle_place){.folder = folder,
					.there = s->there->flags,
					.here = s->there->flags &
						s->now->here_mask});
}

static void expect_ours(struct story *s)
{
	expect(s, (struct oracle_place){.folder = s->folder,
					.there =
					    s->here->flags & s->now->there_mask,
					.here = s->here->flags});
}

/* Do marks made here say that somebody cares? */
static bool is_interest(const struct story *s, uint64_t new_messages)
{
	return new_messages & INTEREST & s->now->here_mask & s->now->there_mask;
}

static void both(struct story *s)
{
	uint64_t new_messages = s->here->flags & ~s->base->base.flags;
	struct oracle_place p;

	if (s->e->returned && s->folder == s->at) {
		/* Deleted there, and a new one. */
		expect_theirs(s, s->box);
		if (is_interest(s, new_messages))
			expect_ours(s);
		return;
	}
	if (s->folder != s->at && s->folder != s->box &&
	    (s->box != s->at || s->e->returned)) {
		expect_ours(s);
		expect_theirs(s, s->box);
		return;
	}
	p = merged(s, s->folder != s->at ? s->folder : s->box);
	p.loose = s->here->flags ^ s->there->flags;
	expect(s, p);
}

static void deleted_here(struct story *s)
{
	uint64_t new_messages = s->there->flags & ~s->base->base.flags;
	int trash = s->now->trash_box;

	if (s->box != s->at || s->e->returned || (new_messages & INTEREST)) {
		expect_theirs(s, s->box);
	} else if (trash < 0 || trash == s->at) {
		s->e->vanishes = true;
	} else {
		s->e->trash_there = true;
		if (trash < WORLD_FOLDERS)
			expect_theirs(s, trash);
	}
}

static void deleted_there(struct story *s)
{
	uint64_t new_messages = s->here->flags & ~s->base->base.flags;

	s->e->saved = s->folder != s->at || is_interest(s, new_messages);
	if (s->e->saved)
		expect_ours(s);
	else
		s->e->trash_here = true;
}

static void tell(struct story *s)
{
	struct oracle_message *e = s->e;

	e->was_here = s->here;
	e->was_there = s->there;
	e->moved_here = s->base && s->here && s->folder != s->at;
	e->moved_there = s->base && s->there && s->box != s->at;
	e->returned = s->base && s->there && s->box == s->at &&
		      s->there->uid != s->base->base.uid;
	e->new_here = !s->base && s->here;
	e->new_there = !s->base && s->there;
	if (!s->base && s->here)
		expect_ours(s);
	else if (!s->base && s->there)
		expect_theirs(s, s->box);
	else if (s->here && s->there)
		both(s);
	else if (s->there)
		deleted_here(s);
	else if (s->here)
		deleted_there(s);
	else
		e->vanishes = true;
}

/* Of a message at rest; not of one that is only marked: that is new when it
 * comes back. */
static const struct world_row *base_of(const struct world *rest, uint32_t id,
				       int *at)
{
	const struct world_message *m = find_there(rest, id, at);

	return m ? oracle_row(rest, *at, m->uid) : NULL;
}

static void add(struct oracle *o, const struct world *rest,
		const struct world *now, uint32_t id, uint32_t body)
{
	struct story s = {.now = now};

	for (size_t i = 0; i < o->n; i++) {
		if (o->message[i].id == id)
			return;
	}
	assert_true(o->n < ORACLE_IDS);
	s.e = &o->message[o->n++];
	*s.e = (struct oracle_message){.id = id, .body = body, .alone = true};
	s.base = base_of(rest, id, &s.at);
	s.there = find_there(now, id, &s.box);
	s.here = find_here(now, id, &s.folder);
	tell(&s);
}

static void add_all(struct oracle *o, const struct world *from,
		    const struct world *rest, const struct world *now)
{
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_box *b = &from->box[i];
		const struct world_dir *d = &from->folder[i].dir;
		for (size_t k = 0; k < b->messages; k++) {
			const struct world_message *m = &b->message[k];
			/* By what the database said at rest, of both. */
			if (!oracle_is_marked(now, i, m))
				add(o, rest, now, m->id, text_body(m->text));
		}
		for (size_t k = 0; k < d->files; k++)
			add(o, rest, now, d->file[k].id,
			    text_body(d->file[k].text));
	}
}

void oracle_expect(struct oracle *o, const struct world *rest,
		   const struct world *now)
{
	o->n = 0;
	o->failing = false;
	add_all(o, rest, rest, now);
	add_all(o, now, rest, now);
	for (size_t i = 0; i < o->n; i++) {
		for (size_t k = 0; k < o->n; k++)
			o->message[i].alone &=
			    k == i || o->message[k].body != o->message[i].body;
	}
	/* What is deleted, but still there, may be mixed up with the same. */
	for (int i = 0; i < WORLD_BOXES; i++) {
		const struct world_box *b = &now->box[i];
		for (size_t k = 0; k < b->messages; k++) {
			const struct world_message *m = &b->message[k];
			for (size_t j = 0; j < o->n; j++)
				o->message[j].alone &=
				    m->id == o->message[j].id ||
				    text_body(m->text) != o->message[j].body;
		}
	}
}

/* A short list shows neither that a message is gone, so that what it is marked
 * with is stored in vain, nor that it moved. */
bool oracle_is_loose(const struct oracle *o, const struct oracle_message *e)
{
	return o->failing && (e->moved_here || e->moved_there || e->saved);
}

/* Counting. */

/* Not those that are only marked. */
size_t oracle_count_there(const struct world *w, uint32_t id)
{
	size_t n = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_box *b = &w->box[i];
		for (size_t k = 0; k < b->messages; k++)
			n += b->message[k].id == id &&
			     !oracle_is_marked(w, i, &b->message[k]);
	}
	return n;
}

size_t oracle_count_here(const struct world *w, uint32_t id)
{
	size_t n = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_dir *d = &w->folder[i].dir;
		for (size_t k = 0; k < d->files; k++)
			n += d->file[k].id == id;
	}
	return n;
}

bool oracle_in_trash_here(const struct world *w, uint32_t id)
{
	bool found = false;

	for (size_t i = 0; i < w->trashed; i++)
		found |= w->trash[i].id == id;
	return found;
}

static bool in_any_box(const struct world *w, uint32_t id)
{
	bool found = false;

	for (int i = 0; i < WORLD_BOXES; i++)
		found |= world_has(&w->box[i], id);
	return found;
}

void oracle_always(const struct oracle *o, struct world *w)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_message *e = &o->message[i];
		if (!e->alone)
			continue;
		size_t here = oracle_count_here(w, e->id);
		size_t there = oracle_count_there(w, e->id);
		/* What is to live is never away from where it was. */
		if (e->places > 0 && e->was_here)
			HOLDS(here > 0 || oracle_is_loose(o, e), e);
		if (e->places > 0 && e->was_there)
			HOLDS(there > 0, e);
		/* A file is renamed, not copied. */
		if (!e->trash_there && !e->returned && !o->failing)
			HOLDS(here <= (e->places ? e->places : 1), e);
		/* Nothing is ever nowhere. */
		if (!e->vanishes)
			HOLDS(here > 0 || in_any_box(w, e->id) ||
				  oracle_in_trash_here(w, e->id),
			      e);
	}
}

/* Nobody knows whether the server has it, and the file stays until it is known.
 */
static bool is_waiting(struct world *w, const struct oracle_message *e)
{
	int n;
	const struct world_file *f = find_here(w, e->id, &n);
	const struct world_intent *i = f ? world_intent(w, n, f->key) : NULL;

	return i && i->attempts > 0;
}

static bool is_there(const struct world *w, int box, uint32_t id)
{
	const struct world_box *b = &w->box[box];
	bool is = false;

	for (size_t i = 0; i < b->messages; i++)
		is |= b->message[i].id == id &&
		      !oracle_is_marked(w, box, &b->message[i]);
	return is;
}

static bool is_here(const struct world *w, int folder, uint32_t id)
{
	const struct world_dir *d = &w->folder[folder].dir;
	bool is = false;

	for (size_t i = 0; i < d->files; i++)
		is |= d->file[i].id == id;
	return is;
}

static bool has_place(const struct oracle_message *e, int folder)
{
	bool has = false;

	for (size_t i = 0; i < e->places; i++)
		has |= e->place[i].folder == folder;
	return has;
}

void oracle_deleting(const struct oracle *o, struct world *w, int folder)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_message *e = &o->message[i];
		/* As check_alone(): one that is back may be taken for one or
		 * for two. What is to follow its file from another folder is
		 * that one's matter. */
		bool loose =
		    e->returned || e->moved_here || oracle_is_loose(o, e);
		if (!e->alone || !has_place(e, folder) || e->trash_there ||
		    loose)
			continue;
		HOLDS(is_here(w, folder, e->id), e);
		HOLDS(is_there(w, folder, e->id) || is_waiting(w, e), e);
	}
}
