/* SPDX-License-Identifier: MIT */
#include "daemon/store/local_scan.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/core/files.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/examine.h"
#include "daemon/store/store_priv.h"

struct surveyor {
	struct local_scan *local_scan;
	struct local_scan_folder *folder;
	struct store *store;
	struct base_view base;
	struct local_view local;
	struct err *err;
};

static struct move_file *add(struct move_file **array, size_t *n, size_t *cap)
{
	*array = xgrow(*array, *n, cap, sizeof(**array));
	(*array)[*n] = (struct move_file){0};
	return &(*array)[(*n)++];
}

static void add_loose_file(struct loose *l, uint64_t key)
{
	l->file = xgrow(l->file, l->nfiles, &l->filecap, sizeof(*l->file));
	l->file[l->nfiles++] = key;
}

static void add_loose_row(struct loose *l, uint64_t key)
{
	l->row = xgrow(l->row, l->nrows, &l->rowcap, sizeof(*l->row));
	l->row[l->nrows++] = key;
}

static int add_gone(void *ctx, const struct state_record *r)
{
	struct surveyor *x = ctx;
	struct local_scan *v = x->local_scan;
	struct move_file *m = add(&v->gone, &v->ngone, &v->gonecap);

	*m = (struct move_file){.folder = x->folder->row.id,
				.uid = r->uid,
				.key = r->key,
				.size = r->size,
				.have_digest = r->have_digest};
	if (r->mtime_ns != 0)
		m->print = print_of(r->inode, r->size, r->mtime_ns);
	memcpy(m->digest, r->digest, sizeof(m->digest));
	return 0;
}

/* Rows whose file is gone. */
static int list_gone(struct surveyor *x)
{
	uint32_t *uid = xcalloc(x->base.n + 1, sizeof(*uid));
	size_t n = 0;

	for (size_t i = 0; i < x->base.n; i++) {
		const struct base_row *b = &x->base.row[i];
		const struct local_row *l = local_view_find(&x->local, b->key);
		if (!l)
			add_loose_row(&x->folder->loose, b->key);
		if (files_came_back(b, l))
			x->folder->clean = false;
		if (files_may_have_gone(b, &x->local))
			uid[n++] = b->uid;
	}
	struct state_uids uids = {x->folder->row.id, uid, n};
	int r =
	    n > 0 ? state_find_uids(x->store->state, &uids, add_gone, x, x->err)
		  : 0;
	free(uid);
	if (n > 0)
		x->folder->clean = false;
	return r;
}

/* The keys of files, sorted before they are asked for. */
struct promised {
	uint64_t *key;
	size_t n;
};

static int add_promised(void *ctx, const struct state_intent *i)
{
	struct promised *p = ctx;

	p->key = xreallocarray(p->key, p->n + 1, sizeof(*p->key));
	p->key[p->n++] = i->key;
	return 0;
}

/* Files that no row has. One that came back is its row's again, and no other
 * one's. What was promised to the server may be there by now:
 * that is found out first. */
static int list_found(struct surveyor *x)
{
	struct promised promised = {0};
	size_t nkeys;
	uint64_t *keys = files_taken(&x->base, &x->local, &nkeys);
	int r = 0;

	if (!keys)
		abort();
	if (x->folder->row.intents > 0)
		r = state_intent_each(x->store->state, x->folder->row.id,
				      add_promised, &promised, x->err);
	pair_sort_keys(promised.key, promised.n);
	for (size_t i = 0; i < x->local.n && r == 0; i++) {
		const struct local_row *l = &x->local.row[i];
		struct local_scan *v = x->local_scan;
		if (pair_has_key(keys, nkeys, l->key))
			continue;
		x->folder->clean = false;
		add_loose_file(&x->folder->loose, l->key);
		if (pair_has_key(promised.key, promised.n, l->key) ||
		    !files_may_be_moved(l, x->folder->row.uidnext))
			continue;
		struct move_file *m = add(&v->found, &v->nfound, &v->foundcap);
		*m = (struct move_file){.folder = x->folder->row.id,
					.key = l->key,
					.print = l->print,
					.flags = l->flags & FLAG_SYSTEM,
					.size = UINT64_MAX};
	}
	free(promised.key);
	free(keys);
	return r;
}

static void compare(struct surveyor *x, uint64_t mask)
{
	for (size_t i = 0; i < x->base.n; i++) {
		const struct base_row *b = &x->base.row[i];
		x->folder->clean &= files_as_before(
		    b, local_view_find(&x->local, b->key), mask);
	}
}

static int look_at_files(struct surveyor *x, struct local_folder *f)
{
	struct store *s = x->store;
	uint32_t uidvalidity = f->row.uidvalidity;

	if (state_load(s->state, f->row.id, &x->base, x->err) < 0 ||
	    store_scan(s, f, uidvalidity, &x->base, &x->local, x->err) < 0 ||
	    store_reconcile(s, f, uidvalidity, &x->base, &x->local, x->err) < 0)
		return -1;
	x->folder->clean = x->local.busy + x->local.unreadable == 0;
	compare(x, local_folder_mask(f));
	if (list_gone(x) < 0)
		return -1;
	return list_found(x);
}

/* Its directory was removed: all files are gone. */
static int look_at_nothing(struct surveyor *x, struct local_folder *f)
{
	if (state_load(x->store->state, f->row.id, &x->base, x->err) < 0)
		return -1;
	return list_gone(x);
}

static int look_at(struct surveyor *x, struct local_folder *f, bool doomed,
		   const struct scan_stamp *same)
{
	if (!f->have_dir && !doomed)
		return 0;
	if (!f->have_dir)
		return look_at_nothing(x, f);
	x->folder->here = true;
	x->folder->stamp_ns = clock_wall_ns();
	if (scan_stamp(&f->dir, &x->folder->stamp, x->err) < 0)
		return -1;
	if (same && scan_stamp_same(same, &x->folder->stamp)) {
		x->folder->clean = true;
		return 0;
	}
	return look_at_files(x, f);
}

static int is_from_there(void *ctx, const struct state_aside *a)
{
	(void)ctx;
	return a->side == STATE_HERE;
}

static int read_asked(struct surveyor *x)
{
	struct local_scan_folder *f = x->folder;
	char *hold = NULL;
	int64_t created;
	uint32_t bound;

	if (state_folder_hold(x->store->state, f->row.id, &hold, x->err) < 0)
		return -1;
	f->asked = hold || f->row.held_here > 0 || f->row.held_there > 0;
	free(hold);
	for (int kind = STATE_APPROVE; kind <= STATE_RESTORE; kind++) {
		int r = state_answer_get(x->store->state, f->row.id,
					 (enum state_answer)kind, &created,
					 &bound, x->err);
		if (r < 0)
			return -1;
		f->asked |= r == 0;
	}
	int r = state_aside_each(x->store->state, f->row.id, is_from_there,
				 NULL, x->err);
	f->asked |= r > 0;
	return r < 0 ? -1 : 0;
}

static int remote_list(struct surveyor *x, const struct store_name *n,
		       const struct scan_stamp *same)
{
	struct local_folder_opts opts = {.write = !x->store->dry_run};
	struct state_folder row;
	struct local_folder f;

	if (store_row(x->store, n, &row, x->err) < 0)
		return -1;
	x->folder->row = row;
	x->folder->row.name = xstrdup(row.name);
	x->folder->row.path = xstrdup(row.path);
	if (local_folder_open(x->store->state, x->store->root, &row, &opts, &f,
			      x->err) < 0)
		return -1;
	int r = look_at(x, &f, n->doomed, same);
	if (r == 0)
		r = read_asked(x);
	local_folder_close(&f);
	return r;
}

/* Any of its files may be in another folder by now. What is there like one is
 * waited for: it is not sent as new. */
static void presume_gone(struct surveyor *x, size_t ngone)
{
	struct err ignored;

	x->err = &ignored;
	x->local_scan->ngone = ngone;
	local_view_release(&x->local);
	base_view_release(&x->base);
	if (x->folder->row.id > 0 &&
	    state_load(x->store->state, x->folder->row.id, &x->base, x->err) ==
		0)
		(void)list_gone(x);
	x->folder->clean = false;
}

static struct local_scan_folder *add_folder(struct local_scan *v)
{
	v->folder = xgrow(v->folder, v->n, &v->cap, sizeof(*v->folder));
	v->folder[v->n] = (struct local_scan_folder){0};
	return &v->folder[v->n++];
}

int local_scan_add(struct local_scan *v, struct store *s,
		   const struct store_name *n, const struct scan_stamp *same,
		   struct err *err)
{
	struct surveyor x = {
	    .local_scan = v, .folder = add_folder(v), .store = s, .err = err};
	size_t ngone = v->ngone;
	int r = remote_list(&x, n, same);

	if (r < 0)
		presume_gone(&x, ngone);
	pair_sort_keys(x.folder->loose.file, x.folder->loose.nfiles);
	pair_sort_keys(x.folder->loose.row, x.folder->loose.nrows);
	base_view_release(&x.base);
	local_view_release(&x.local);
	return r;
}

/* Moves. */

static int folder_cmp(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;

	return (x->folder > y->folder) - (x->folder < y->folder);
}

static bool is_examined(const struct move_file *m, bool content)
{
	return m->wanted || !content;
}

static void take_facts(struct move_file *m, const struct facts *x)
{
	m->size = x->found ? x->size : UINT64_MAX;
	m->have_digest = x->found && x->content;
	memcpy(m->digest, x->digests.message, sizeof(m->digest));
}

/* Sizes, or contents where they are wanted, of n files of one folder. */
static int examine_in(struct store *s, struct move_file *m, size_t n,
		      bool content, struct err *err)
{
	struct facts *f = xcalloc(n, sizeof(*f));
	struct local_folder folder = {.have_dir = false};
	size_t nf = 0;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_examined(&m[i], content))
			f[nf++] =
			    (struct facts){.key = m[i].key, .content = content};
	}
	if (nf > 0)
		r = store_local_folder(s, m->folder, &folder, err);
	if (r == 0 && folder.have_dir)
		r = examine_files(&folder.dir, NULL, f, nf, clock_wall_ns(),
				  err);
	for (size_t i = 0; i < n && r == 0 && folder.have_dir; i++) {
		if (is_examined(&m[i], content))
			take_facts(&m[i], facts_find(f, nf, m[i].key));
	}
	local_folder_close(&folder);
	free(f);
	return r;
}

static int examine_found(struct local_scan *v, struct store *s, bool content,
			 struct err *err)
{
	int r = 0;

	qsort(v->found, v->nfound, sizeof(*v->found), folder_cmp);
	for (size_t i = 0, n; i < v->nfound && r == 0; i += n) {
		for (n = 1; i + n < v->nfound &&
			    v->found[i + n].folder == v->found[i].folder;)
			n++;
		r = examine_in(s, &v->found[i], n, content, err);
	}
	return r;
}

static struct local_scan_folder *folder_of(struct local_scan *v, int64_t id)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->folder[i].row.id == id)
			return &v->folder[i];
	}
	return NULL;
}

/* gone is sorted by folder and uid. */
static void share_out(struct local_scan *v)
{
	for (size_t i = 0; i < v->ngone; i++) {
		const struct move_file *m = &v->gone[i];
		struct local_scan_folder *from = folder_of(v, m->folder);
		struct local_scan_folder *to =
		    m->paired ? folder_of(v, m->to) : NULL;
		/* A rename within the folder just now: its pass sees it. */
		if (!to || to == from)
			continue;
		from->moved = xreallocarray(from->moved, from->nmoved + 1,
					    sizeof(*from->moved));
		from->moved[from->nmoved++] =
		    (struct move_there){.uid = m->uid,
					.to = m->to,
					.key = m->to_key,
					.flags = m->flags};
		to->expected = xreallocarray(to->expected, to->nexpected + 1,
					     sizeof(*to->expected));
		to->expected[to->nexpected++] = m->to_key;
	}
	for (size_t i = 0; i < v->n; i++) {
		struct local_scan_folder *f = &v->folder[i];
		pair_sort_keys(f->expected, f->nexpected);
	}
}

/* What was told to follow already, and nobody knows whether it did. */
static int add_pending(void *ctx, const struct state_intent *i)
{
	struct local_scan *v = ctx;
	struct local_scan_folder *from = folder_of(v, i->source);
	struct local_scan_folder *to = folder_of(v, i->folder);
	size_t at = 0;

	if (i->kind != STATE_INTENT_MOVE)
		return 0;
	if (to)
		to->promised = true;
	while (from && at < from->nmoved && from->moved[at].uid < i->source_uid)
		at++;
	if (!from ||
	    (at < from->nmoved && from->moved[at].uid == i->source_uid))
		return 0;
	from->moved =
	    xreallocarray(from->moved, from->nmoved + 1, sizeof(*from->moved));
	memmove(&from->moved[at + 1], &from->moved[at],
		(from->nmoved - at) * sizeof(*from->moved));
	from->moved[at] = (struct move_there){
	    .uid = i->source_uid, .pending = true, .to = i->folder};
	from->nmoved++;
	return 0;
}

static int list_pending(struct local_scan *v, struct store *s, struct err *err)
{
	bool any = false;

	for (size_t i = 0; i < v->n; i++)
		any |= v->folder[i].row.intents > 0;
	return any ? state_intent_each(s->state, 0, add_pending, v, err) : 0;
}

static int find_moves(struct local_scan *v, struct store *s, struct err *err)
{
	if (v->ngone == 0 || v->nfound == 0)
		return 0;
	if (examine_found(v, s, false, err) < 0)
		return -1;
	if (moves_by_print(v->gone, v->ngone, v->found, v->nfound) > 0 &&
	    examine_found(v, s, true, err) < 0)
		return -1;
	if (moves_by_digest(v->gone, v->ngone, v->found, v->nfound) > 0)
		share_out(v);
	return 0;
}

/* 1: it is not as it was scanned, as far as can be told. 0, or -1 and *err. */
static int has_changed(const struct local_scan_folder *f, struct store *s,
		       struct err *err)
{
	struct local_folder folder = {.have_dir = false};
	struct scan_stamp now;

	if (!f->here)
		return 0;
	int r = store_local_folder(s, f->row.id, &folder, err);
	if (r == 0 && !folder.have_dir)
		r = 1;
	if (r == 0)
		r = scan_stamp(&folder.dir, &now, err);
	if (r == 0 && (!scan_stamp_same(&f->stamp, &now) ||
		       store_is_racy(&f->stamp, f->stamp_ns)))
		r = 1;
	local_folder_close(&folder);
	return r;
}

/* Files that move while one folder is scanned after the other are seen twice,
 * or not at all. Nothing moved where all folders are, at the end, as they were
 * scanned; and where nothing is loose, it does not matter. */
static int is_moving(const struct local_scan *v, struct store *s,
		     struct err *err)
{
	size_t loose = 0;
	int r = 0;

	for (size_t i = 0; i < v->n; i++)
		loose += v->folder[i].loose.nfiles + v->folder[i].loose.nrows;
	for (size_t i = 0; i < v->n && loose > 0 && r == 0; i++)
		r = has_changed(&v->folder[i], s, err);
	return r;
}

int local_scan_pair(struct local_scan *v, struct store *s, struct err *err)
{
	int moving = is_moving(v, s, err);

	if (moving > 0)
		store_let_rest();
	if (moving < 0 || find_moves(v, s, err) < 0 ||
	    list_pending(v, s, err) < 0)
		return -1;
	return moving;
}

void local_scan_doubt(struct local_scan *v, const struct local_scan *before)
{
	for (size_t i = 0; i < v->n; i++)
		files_still_loose(&v->folder[i].loose,
				  &before->folder[i].loose);
}

void local_scan_release(struct local_scan *v)
{
	for (size_t i = 0; i < v->n; i++) {
		state_folder_release(&v->folder[i].row);
		free(v->folder[i].loose.file);
		free(v->folder[i].loose.row);
		free(v->folder[i].moved);
		free(v->folder[i].expected);
	}
	free(v->folder);
	free(v->gone);
	free(v->found);
	*v = (struct local_scan){0};
}
