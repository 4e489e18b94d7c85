/* SPDX-License-Identifier: MIT */
/* Plans and obeys plans in a world of folders until it is at rest, and checks
 * what must hold at any time: no two actions collide, no removal without proof,
 * nothing is lost, and it comes to rest. */
#ifndef TESTS_DAEMON_CORE_FOLDERS_FOLDERS_RUN_H
#define TESTS_DAEMON_CORE_FOLDERS_FOLDERS_RUN_H

#include "tests/daemon/core/folders/folders_world.h"

#define PLANS_MAX 6 /* until there is nothing to do but removals */
#define SYNCS_MAX 4 /* until there is nothing to do at all */

static struct world_look remote_list;

/* ---- a plan ---- */

static inline bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline bool same_action(const struct folders_action *a,
			       const struct folders_action *b)
{
	return a->type == b->type && a->why == b->why &&
	       same_text(a->from, b->from) && same_text(a->to, b->to) &&
	       a->messages == b->messages && a->answer == b->answer &&
	       (a->base ? a->base->id : 0) == (b->base ? b->base->id : 0) &&
	       same_text(a->there ? a->there->wire : NULL,
			 b->there ? b->there->wire : NULL) &&
	       same_text(a->here ? a->here->path : NULL,
			 b->here ? b->here->path : NULL);
}

#define REVERSE(array, n)                                  \
	for (size_t i_ = 0, k_ = (n); i_ + 1 < k_; i_++) { \
		__typeof__((array)[0]) t_ = (array)[--k_]; \
		(array)[k_] = (array)[i_];                 \
		(array)[i_] = t_;                          \
	}

static inline void plan_again_in_another_order(const struct world *w,
					       const struct folders_plan *first)
{
	static struct world_look other;
	struct folders_plan again;

	other = remote_list;
	other.view.base = other.base;
	other.view.there = other.there;
	other.view.here = other.here;
	other.view.verdict = other.verdict;
	REVERSE(other.base, other.view.nbase);
	REVERSE(other.there, other.view.nthere);
	REVERSE(other.here, other.view.nhere);
	REVERSE(other.verdict, other.view.nverdict);
	assert_int_equal(plan_folders(&again, &other.view, &w->policy), 0);
	assert_int_equal(again.n, first->n);
	for (size_t i = 0; i < again.n; i++)
		assert_true(same_action(&again.action[i], &first->action[i]));
	folders_plan_release(&again);
}

static inline bool is_removal(const struct folders_action *a)
{
	return a->type == FOLDERS_REMOVE_HERE ||
	       a->type == FOLDERS_REMOVE_THERE;
}

/* A removal takes nothing but what is known to have been in sync. */
static inline void check_proof(struct world *w, const struct folders_action *a)
{
	if (!is_removal(a))
		return;
	const struct world_row *r = world_row(w, a->base->id);
	uint64_t goes = a->type == FOLDERS_REMOVE_HERE
			    ? world_dir(w, a->to)->files
			    : world_box(w, a->to)->messages;
	assert_int_equal(goes & ~r->messages, 0);
	assert_int_equal(world_count(goes), a->messages);
	assert_true(r->answer == FOLDERS_APPROVE || a->messages <= 20);
}

/* What is forgotten is gone; or it is another row's by now, or will be. */
static inline void check_forgotten(struct world *w,
				   const struct folders_plan *p,
				   const struct folders_action *a)
{
	const struct world_row *r = world_row(w, a->base->id);
	const struct world_box *b = NULL;
	bool kept = false;

	for (size_t i = 0; i < w->boxes && w->objectid; i++) {
		if (w->box[i].was == r->was)
			b = &w->box[i];
	}
	for (size_t i = 0; b && i < p->n; i++)
		kept |= p->action[i].there && &p->action[i] != a &&
			strcmp(p->action[i].there->wire, b->name) == 0;
	for (size_t i = 0; b && i < w->rows; i++)
		kept |= w->row[i].id != r->id &&
			strcmp(w->row[i].mailboxid, b->mailboxid) == 0;
	assert_true(!b || kept || world_dir(w, b->name));
}

static inline void check_plan(struct world *w, const struct folders_plan *p)
{
	enum folders_type last = FOLDERS_NONE;

	for (size_t i = 0; i < p->n; i++) {
		const struct folders_action *a = &p->action[i];
		enum folders_type type = a->type;
		if (type == FOLDERS_RECREATE_HERE ||
		    type == FOLDERS_RECREATE_THERE)
			type--;
		if (type == FOLDERS_RENAME_HERE)
			type = FOLDERS_RENAME_THERE;
		if (type > FOLDERS_HOLD)
			type = FOLDERS_HOLD;
		assert_true(type >= last);
		last = type;
		check_proof(w, a);
		if (type == FOLDERS_FORGET)
			check_forgotten(w, p, a);
		assert_false(a->base && folder_name_inbox(a->base->name) &&
			     (a->from || is_removal(a)));
	}
}

static inline void make_plan(struct world *w, struct folders_plan *p,
			     bool shuffle)
{
	bool verify = true;

	world_look(w, &remote_list);
	for (int i = 0; verify; i++) {
		assert_true(i < 8);
		assert_int_equal(plan_folders(p, &remote_list.view, &w->policy),
				 0);
		verify = false;
		for (size_t k = 0; k < p->n; k++) {
			const struct folders_action *a = &p->action[k];
			if (a->type != FOLDERS_VERIFY)
				continue;
			verify = true;
			remote_list.verdict[remote_list.view.nverdict++] =
			    (struct folders_verdict){
				.id = a->base->id,
				.wire = a->there->wire,
				.same = world_box(w, a->there->wire)->was ==
					world_row(w, a->base->id)->was,
			    };
		}
		if (verify)
			folders_plan_release(p);
	}
	check_plan(w, p);
	if (shuffle)
		plan_again_in_another_order(w, p);
}

/* ---- one sync, and all ---- */

struct run {
	struct world *w;
	bool shuffle;
	bool was_cut;
	size_t cut;           /* carry out so many actions, SIZE_MAX: all */
	enum world_step last; /* how far the last of them gets */
};

/* false: cut short. */
static inline bool obey(struct run *r, const struct folders_plan *p,
			bool removals, bool *did)
{
	*did = false;
	for (size_t i = 0; i < p->n; i++) {
		const struct folders_action *a = &p->action[i];
		if (a->type >= FOLDERS_HOLD || is_removal(a) != removals)
			continue;
		if (r->cut == 0)
			return false;
		if (r->cut != SIZE_MAX)
			r->cut--;
		world_obey(r->w, a, r->cut > 0 ? WORLD_RECORDED : r->last);
		*did = true;
	}
	return true;
}

/* Returns whether anything was done, or it was cut short. */
static inline bool sync_once(struct run *r)
{
	struct folders_plan p;
	bool did = true, any = false;

	for (int plans = 0; did; plans++) {
		assert_true(plans < PLANS_MAX);
		make_plan(r->w, &p, r->shuffle);
		bool whole = obey(r, &p, false, &did);
		any |= did;
		if (!whole || did)
			folders_plan_release(&p);
		if (!whole)
			return true;
	}
	any |= world_sync(r->w, &p);
	bool whole = obey(r, &p, true, &did);
	folders_plan_release(&p);
	return any || did || !whole;
}

static inline bool any_temporary(const struct world *w)
{
	for (size_t i = 0; i < w->boxes; i++) {
		if (strncmp(w->box[i].name, "imapsyncd-", 10) == 0)
			return true;
	}
	for (size_t i = 0; i < w->dirs; i++) {
		if (strncmp(w->dir[i].name, "imapsyncd-", 10) == 0)
			return true;
	}
	return false;
}

/* At rest: what nothing is said of is the same everywhere. */
static inline void check_rest(struct run *r)
{
	struct world *w = r->w;
	struct folders_plan p;
	uint64_t is = 0;

	make_plan(w, &p, r->shuffle);
	bool refuses = false;
	for (size_t i = 0; i < p.n; i++) {
		/* There are only reports. */
		assert_true(p.action[i].type >= FOLDERS_HOLD);
		refuses |= p.action[i].type == FOLDERS_REFUSE;
	}
	for (size_t i = 0; i < w->rows; i++) {
		const struct world_row *row = &w->row[i];
		if (world_left_alone(&p, row->id))
			continue;
		assert_non_null(world_box(w, row->name));
		assert_non_null(world_dir(w, row->name));
		assert_int_equal(world_box(w, row->name)->messages,
				 world_dir(w, row->name)->files);
	}
	folders_plan_release(&p);
	for (size_t i = 0; i < w->boxes; i++)
		is |= w->box[i].messages;
	for (size_t i = 0; i < w->dirs; i++)
		is |= w->dir[i].files;
	assert_int_equal(w->existed & ~w->deleted & ~is, 0);
	/* Cut in the middle of several renames that are in each other's way, a
	 * name in between may stay, but not unsaid. */
	assert_true(!any_temporary(w) || (r->was_cut && refuses));
}

static inline void run(struct run *r)
{
	int syncs = 0;

	while (sync_once(r)) {
		r->was_cut |= r->cut != SIZE_MAX;
		r->cut = SIZE_MAX;
		assert_true(syncs++ < SYNCS_MAX);
	}
	check_rest(r);
}

/* ---- worlds ---- */

static inline void add_synced(struct world *w, const char *name,
			      unsigned messages)
{
	struct world_box *b = world_create(w, name);
	struct world_dir *d = world_mkdir(w, name);

	for (unsigned i = 0; i < messages; i++)
		world_append(b, world_new_message(w));
	d->files = b->messages;
	world_record(w, 0, name);
	struct world_row *r = &w->row[w->rows - 1];
	r->was = b->was;
	r->messages = b->messages;
	r->uidvalidity = b->uidvalidity;
	r->uidnext = b->uidnext;
}

static inline void world_init(struct world *w)
{
	*w = (struct world){.policy =
				{
				    .pull = true,
				    .push = true,
				    .create_here = true,
				    .create_there = true,
				    .remove_here = true,
				    .remove_there = true,
				    .delete_here = true,
				    .delete_there = true,
				    .guard = true,
				    .delim = '/',
				    .prefix = "",
				},
			    .last_inode = 1000};
}

static inline void set_policy(struct folders_policy *p, unsigned n)
{
	p->create_here = n & 1;
	p->create_there = n & 2;
	p->remove_here = n & 4;
	p->remove_there = n & 8;
	p->pull = n / 16 != 1;
	p->push = n / 16 != 2;
}
#define POLICIES 48

#endif
