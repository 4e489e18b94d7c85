/* SPDX-License-Identifier: MIT */
/* At rest: both sides are alike, and as they have to be. */
#include "tests/sim/oracle_priv.h"

#include "daemon/core/pass.h"
#include "tests/support/t.h"

static void check_pair(struct world *w, int n, const struct world_message *m)
{
	const struct world_row *row = oracle_row(w, n, m->uid);
	uint64_t both = w->here_mask & w->there_mask;

	if (!row)
		fail_msg("there %d.%u has no row", n, m->uid);
	if (oracle_is_marked(w, n, m))
		return;
	/* What replaces it waits for a person. */
	if (row->base.fate == FATE_REPLACED &&
	    world_intent(w, n, row->base.key))
		return;
	assert_int_equal(row->base.fate, FATE_ALIVE);
	struct world_file *f = world_file(&w->folder[n].dir, row->base.key);
	if (!f)
		fail_msg("there %d.%u has no file", n, m->uid);
	assert_int_equal(text_body(f->text), text_body(m->text));
	if (row->base.flags != m->flags || ((f->flags ^ m->flags) & both) != 0)
		fail_msg("%d.%u has flags %jx there, %jx in its row, %jx here",
			 n, m->uid, (uintmax_t)m->flags,
			 (uintmax_t)row->base.flags, (uintmax_t)f->flags);
	assert_true(row->base.print == world_print(f));
	assert_int_equal(row->text, f->text);
	/* Of two with the same content nobody knows which is which. */
	f->id = m->id;
}

/* Files that wait for a person: stored, it was said, and gone at once. */
static size_t count_waiting(struct world *w, int folder)
{
	size_t n = 0;

	for (size_t i = 0; i < w->intents; i++) {
		const struct world_intent *t = &w->intent[i];
		assert_true(t->stored);
		n +=
		    t->folder == folder && world_intent(w, folder, t->key) == t;
	}
	return n;
}

void oracle_alike(struct world *w)
{
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		struct world_box *b = &w->box[i];
		size_t alive = 0;
		for (size_t k = 0; k < b->messages; k++)
			check_pair(w, i, &b->message[k]);
		for (size_t k = 0; k < f->table.rows; k++) {
			const struct base_row *r = &f->table.row[k].base;
			assert_non_null(world_message(b, r->uid));
			alive += r->fate == FATE_ALIVE;
			for (size_t j = 0; j < k; j++)
				assert_true(r->fate != FATE_ALIVE ||
					    f->table.row[j].base.fate !=
						FATE_ALIVE ||
					    f->table.row[j].base.key != r->key);
		}
		/* No file without a row either. */
		assert_int_equal(f->dir.files, alive + count_waiting(w, i));
	}
}

/* Without MOVE a message may get into the trash twice, and the second time with
 * the mark that it is deleted. */
static bool may_be_twice(const struct world *w, const struct oracle_message *e,
			 unsigned broken)
{
	return e->trash_there && broken > 0 && !w->caps.move;
}

/* A move whose end was not told, or that both sides made, forgets what the
 * flags were: then one that only one side has is set on both. */
static bool forgets_flags(const struct world *w, const struct oracle_message *e,
			  unsigned broken)
{
	if (e->moved_here && (e->moved_there || !w->caps.uids || w->caps.lies))
		return true;
	return broken > 0 && (e->moved_here || e->moved_there);
}

static void check_place(const struct world *w, const struct oracle_message *e,
			const struct oracle_place *p, unsigned broken)
{
	uint64_t loose = may_be_twice(w, e, broken) ? FLAG_DELETED : 0;
	bool found = false;

	if (forgets_flags(w, e, broken))
		loose |= p->loose;
	for (size_t i = 0; i < w->box[p->folder].messages; i++) {
		const struct world_message *m = &w->box[p->folder].message[i];
		if (m->id != e->id || oracle_is_marked(w, p->folder, m))
			continue;
		found = true;
		HOLDS(((m->flags ^ p->there) & ~loose) == 0, e);
	}
	HOLDS(found, e);
	found = false;
	for (size_t i = 0; i < w->folder[p->folder].dir.files; i++) {
		const struct world_file *f = &w->folder[p->folder].dir.file[i];
		if (f->id != e->id)
			continue;
		found = true;
		HOLDS(((f->flags ^ p->here) & ~loose) == 0, e);
	}
	HOLDS(found, e);
}

static void check_alone(const struct oracle *o, const struct world *w,
			const struct oracle_message *e, unsigned broken)
{
	/* It may be new where it moved to, as it seems, and kept where it was
	 * for what it was marked with. */
	if (oracle_is_loose(o, e)) {
		size_t n = oracle_count_there(w, e->id);
		size_t most = e->places + 1;
		if (!w->caps.move && w->trash_box >= 0)
			most += broken * PASS_MAX; /* see may_be_twice() */
		HOLDS(n + e->saved >= e->places && n <= most, e);
		HOLDS(oracle_count_here(w, e->id) == n, e);
		return;
	}
	/* Deleted there, but marked here, and new there with the same content:
	 * whether that is one or two depends on when each was seen. */
	if (e->returned && e->places == 2) {
		HOLDS(oracle_count_there(w, e->id) - 1 <= 1, e);
		HOLDS(oracle_count_here(w, e->id) ==
			  oracle_count_there(w, e->id),
		      e);
	} else if (!may_be_twice(w, e, broken)) {
		HOLDS(oracle_count_there(w, e->id) == e->places, e);
		HOLDS(oracle_count_here(w, e->id) == e->places, e);
	}
	/* Of two in one folder, either may be the one. */
	bool twins = e->places == 2 && e->place[0].folder == e->place[1].folder;
	for (size_t i = 0; i < e->places && !twins; i++)
		check_place(w, e, &e->place[i], broken);
	if (e->trash_here)
		HOLDS(oracle_in_trash_here(w, e->id), e);
	if (e->trash_there)
		HOLDS(world_has(&w->box[w->trash_box], e->id), e);
}

static size_t count_body(const struct world *w, uint32_t body)
{
	size_t n = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		const struct world_box *b = &w->box[i];
		for (size_t k = 0; k < b->messages; k++)
			n += text_body(b->message[k].text) == body &&
			     !oracle_is_marked(w, i, &b->message[k]);
	}
	return n;
}

/* Several with one content: how many there are, whichever they are. */
static void check_alike(const struct oracle *o, const struct world *w,
			const struct oracle_message *e, unsigned broken)
{
	size_t least = 0, most = 0, new_here = 0, new_there = 0;
	size_t moved_there = 0;
	bool lives = false, mixed_up = false, moved_here = false;
	unsigned removed = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_message *x = &o->message[i];
		if (x->body != e->body)
			continue;
		/* A copy whose original is removed may be the original. */
		removed += !x->new_there && !x->was_here;
		lives |= x->places > 0 && !x->trash_there &&
			 !(x->saved && oracle_is_loose(o, x));
		mixed_up |= x->moved_here || x->moved_there || x->returned ||
			    (!x->new_there && !x->was_here) ||
			    (!x->new_here && !x->was_there);
		least += x->was_here && x->was_there;
		new_here += x->new_here;
		new_there += x->new_there;
		most += x->places > 1 ? x->places : 1;
		moved_here |= x->moved_here;
		moved_there += x->moved_there;
	}
	/* As check_alone(). */
	if (o->failing)
		most += moved_there + moved_here;
	if (o->failing)
		removed += moved_here;
	/* It may follow the wrong one of two. */
	if (moved_here || broken > 0)
		most += moved_there;
	if (!w->caps.move && w->trash_box >= 0)
		/* See may_be_twice(); a refused EXPUNGE is tried again by each
		 * pass. */
		most += broken * removed * (o->failing ? PASS_MAX : 1);
	/* What came on both sides, and is the same, is one message. */
	least += new_here > new_there ? new_here : new_there;
	size_t n = count_body(w, e->body);
	HOLDS(n <= most, e);
	HOLDS(n >= least || mixed_up, e);
	HOLDS(n > 0 || !lives || removed > 0, e);
}

static bool is_first(const struct world *w, int folder, size_t at)
{
	for (int i = 0; i <= folder; i++) {
		const struct world_box *b = &w->box[i];
		for (size_t k = 0; k < (i < folder ? b->messages : at); k++) {
			if (b->message[k].id == w->box[folder].message[at].id)
				return false;
		}
	}
	return true;
}

/* From here on they are different ones: what is only marked, and what went to
 * the trash; what is there twice. */
static void part_doubles(struct world *w)
{
	for (int i = 0; i < WORLD_FOLDERS; i++) {
		struct world_box *b = &w->box[i];
		for (size_t k = 0; k < b->messages; k++) {
			struct world_message *m = &b->message[k];
			uint64_t key = oracle_row(w, i, m->uid)->base.key;
			bool marked = oracle_is_marked(w, i, m);
			if (!marked && is_first(w, i, k))
				continue;
			m->id = w->ids++;
			if (!marked)
				world_file(&w->folder[i].dir, key)->id = m->id;
		}
	}
}

void oracle_rest(const struct oracle *o, struct world *w, unsigned broken)
{
	oracle_alike(w);
	assert_int_equal(w->intents, 0);
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_message *e = &o->message[i];
		if (e->alone)
			check_alone(o, w, e, broken);
		else
			check_alike(o, w, e, broken);
	}
	part_doubles(w);
}
