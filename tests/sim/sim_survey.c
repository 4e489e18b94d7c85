/* SPDX-License-Identifier: MIT */
/* A look at all files: what was renamed, written to, moved. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/files.h"
#include "daemon/core/pair.h"
#include "tests/sim/sim_priv.h"
#include "tests/sim/trace.h"
#include "tests/support/t.h"

/* As account_scan.c has it. */
#define MOVING_SCANS 1

void sim_load(const struct world_table *t, struct base_view *out)
{
	out->n = t->rows;
	for (size_t i = 0; i < t->rows; i++)
		out->row[i] = t->row[i].base;
}

static bool has_row(const struct base_view *base, uint64_t key)
{
	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].key == key &&
		    fate_is_here((enum fate)base->row[i].fate))
			return true;
	}
	return false;
}

/* The message that its name says it is. Here sizes do not tell one content from
 * another, as they nearly always do: the time does. */
static uint32_t hint_of(const struct world_file *f, int folder,
			uint32_t uidvalidity, const struct base_view *base)
{
	if (has_row(base, f->key) || f->hint_folder != folder ||
	    f->hint_uidvalidity != uidvalidity ||
	    f->hint_size != text_size(f->text) || f->hint_mtime != f->mtime)
		return 0;
	return f->hint_uid;
}

void sim_scan(struct sim *s, int folder, uint32_t uidvalidity,
	      const struct base_view *base, struct local_view *out)
{
	const struct world_dir *d = &s->w->folder[folder].dir;

	out->n = d->files;
	out->twins = out->busy = 0;
	out->unstable = false;
	for (size_t i = 0; i < d->files; i++) {
		const struct world_file *f = &d->file[i];
		size_t at = i;
		for (; at > 0 && out->row[at - 1].key > f->key; at--)
			out->row[at] = out->row[at - 1];
		out->row[at] = (struct local_row){
		    .key = f->key,
		    .print = world_print(f),
		    .flags = f->flags,
		    .hint = hint_of(f, folder, uidvalidity, base),
		    .in_new = f->in_new,
		};
	}
}

/* Changes to rows that a look at the files leads to: one transaction. */
struct reconciler {
	struct sim *s;
	int folder;
	struct base_view *base;
	struct local_view *local;
	struct world_row change[WORLD_ROWS];
	size_t n;
};

static void record_file(struct reconciler *rc, uint32_t uid,
			const struct world_file *f)
{
	struct world_table *t = &rc->s->w->folder[rc->folder].table;
	struct world_row row = *world_row(t, uid);

	row.base.key = f->key;
	row.base.print = world_print(f);
	rc->change[rc->n++] = row;
}

static void touched(struct reconciler *rc, struct base_row *b)
{
	struct world_folder *f = &rc->s->w->folder[rc->folder];
	struct local_row *l = local_view_find(rc->local, b->key);

	if (!files_is_touched(b, l))
		return;
	const struct world_file *file = world_file(&f->dir, b->key);
	struct files_content content = {
	    .found = file != NULL,
	    .same = file && file->text == world_row(&f->table, b->uid)->text,
	};
	if (files_touch(b, l, &content) == FILES_TOUCHED)
		record_file(rc, b->uid, file);
}

static struct move_file file_of_row(const struct world_row *row, int folder)
{
	struct move_file m = {
	    .folder = folder,
	    .uid = row->base.uid,
	    .key = row->base.key,
	    .print = row->base.print,
	    .size = text_size(row->text),
	    .have_digest = true,
	};

	memcpy(m.digest, &row->text, sizeof(row->text));
	return m;
}

/* What stat() tells, or all. */
static void examine(struct move_file *m, struct world_dir *d, bool content)
{
	const struct world_file *f = world_file(d, m->key);

	m->size = f ? text_size(f->text) : UINT64_MAX;
	m->have_digest = f && content;
	if (m->have_digest)
		memcpy(m->digest, &f->text, sizeof(f->text));
}

/* Files that no row has. */
static size_t list_found(struct reconciler *rc, struct move_file *found)
{
	struct world_folder *f = &rc->s->w->folder[rc->folder];
	size_t nkeys, n = 0;
	uint64_t *keys = files_taken(rc->base, rc->local, &nkeys);

	assert_non_null(keys);
	for (size_t i = 0; i < rc->local->n; i++) {
		const struct local_row *l = &rc->local->row[i];
		if (pair_has_key(keys, nkeys, l->key) ||
		    !files_may_be_moved(l, f->table.at.uidnext))
			continue;
		found[n] = (struct move_file){.key = l->key, .print = l->print};
		examine(&found[n++], &f->dir, false);
	}
	free(keys);
	return n;
}

static void record_rename(struct reconciler *rc, const struct move_file *gone)
{
	struct world_dir *d = &rc->s->w->folder[rc->folder].dir;
	struct base_row *b = base_view_find(rc->base, gone->uid);
	const struct local_row *l = local_view_find(rc->local, gone->to_key);
	const struct world_file *file = world_file(d, gone->to_key);

	switch (files_rename(b, l, file ? world_print(file) : 0)) {
	case FILES_AWAY:
		rc->local->unstable = true;
		break;
	case FILES_WRITING:
		rc->local->busy++;
		break;
	case FILES_RENAMED:
		record_file(rc, gone->uid, file);
		break;
	}
}

static void renamed(struct reconciler *rc)
{
	struct world_folder *f = &rc->s->w->folder[rc->folder];
	struct move_file gone[WORLD_ROWS], found[WORLD_FILES];
	size_t ngone = 0, nfound = 0;

	for (size_t i = 0; i < rc->base->n; i++) {
		const struct base_row *b = &rc->base->row[i];
		if (!files_may_be_renamed(b, rc->local))
			continue;
		gone[ngone] = file_of_row(world_row(&f->table, b->uid), 0);
		gone[ngone++].have_digest = files_follow_content(b);
	}
	if (ngone > 0)
		nfound = list_found(rc, found);
	if (nfound == 0)
		return;
	if (moves_by_print(gone, ngone, found, nfound) > 0) {
		for (size_t i = 0; i < nfound; i++) {
			if (found[i].wanted)
				examine(&found[i], &f->dir, true);
		}
	}
	(void)moves_by_digest(gone, ngone, found, nfound);
	for (size_t i = 0; i < ngone; i++) {
		if (gone[i].paired)
			record_rename(rc, &gone[i]);
	}
}

bool sim_reconcile(struct sim *s, int folder, struct base_view *base,
		   struct local_view *local)
{
	struct world_table *t = &s->w->folder[folder].table;
	struct reconciler rc = {
	    .s = s, .folder = folder, .base = base, .local = local};

	for (size_t i = 0; i < base->n; i++)
		touched(&rc, &base->row[i]);
	renamed(&rc);
	if (rc.n == 0)
		return true;
	if (!sim_step(s))
		return false;
	for (size_t i = 0; i < rc.n; i++) {
		const struct base_row *b = &rc.change[i].base;
		trace("here %u.%u is in file %04x", folder, b->uid, b->key);
		struct world_row *row = world_row(t, b->uid);
		if (b->fate == FATE_CLAIMED)
			world_rename_intents(s->w, folder, row->base.key,
					     b->key);
		*row = rc.change[i];
	}
	sim_made(s);
	return true;
}

static bool look_at(struct sim *s, int n)
{
	struct world_folder *f = &s->w->folder[n];
	struct sim_local_scaned *v = &s->local_scan.folder[n];
	struct base_row base_row[WORLD_ROWS];
	struct local_row local_row[WORLD_FILES];
	struct base_view base = {.row = base_row};
	struct local_view local = {.row = local_row};

	v->nmoved = v->nexpected = 0;
	v->loose = (struct loose){.file = v->loose_file, .row = v->loose_row};
	v->stamp = f->dir.stamp;
	v->clean = true;
	for (size_t i = 0; i < s->w->intents; i++)
		v->clean &= s->w->intent[i].folder != n;
	sim_load(&f->table, &base);
	sim_scan(s, n, f->table.at.uidvalidity, &base, &local);
	sim_meddle(s);
	if (!sim_reconcile(s, n, &base, &local))
		return false;
	v->clean &= local.busy == 0;
	for (size_t i = 0; i < base.n; i++) {
		const struct base_row *b = &base.row[i];
		const struct local_row *l = local_view_find(&local, b->key);
		v->clean &= files_as_before(b, l, s->w->here_mask);
		v->clean &= !files_came_back(b, l);
		if (!l)
			v->loose_row[v->loose.nrows++] = b->key;
		if (files_may_have_gone(b, &local))
			s->local_scan.gone[s->local_scan.ngone++] =
			    file_of_row(world_row(&f->table, b->uid), n);
	}
	size_t nkeys;
	uint64_t *keys = files_taken(&base, &local, &nkeys);
	assert_non_null(keys);
	for (size_t i = 0; i < local.n; i++) {
		const struct local_row *l = &local.row[i];
		if (pair_has_key(keys, nkeys, l->key))
			continue;
		v->clean = false;
		v->loose_file[v->loose.nfiles++] = l->key;
		if (!world_intent(s->w, n, l->key) &&
		    files_may_be_moved(l, f->table.at.uidnext))
			s->local_scan.found[s->local_scan.nfound++] =
			    (struct move_file){
				.folder = n, .key = l->key, .print = l->print};
	}
	free(keys);
	pair_sort_keys(v->loose_file, v->loose.nfiles);
	pair_sort_keys(v->loose_row, v->loose.nrows);
	return true;
}

static void share_out(struct sim *s)
{
	struct sim_local_scan *v = &s->local_scan;

	for (size_t i = 0; i < v->ngone; i++) {
		const struct move_file *m = &v->gone[i];
		if (!m->paired || m->to == m->folder)
			continue;
		struct sim_local_scaned *from = &v->folder[m->folder];
		struct sim_local_scaned *to = &v->folder[m->to];
		trace("here the file of %u.%u moved to folder %u", m->folder,
		      m->uid, m->to);
		from->moved[from->nmoved++] = (struct move_there){
		    .uid = m->uid, .to = m->to, .key = m->to_key};
		to->expected[to->nexpected++] = m->to_key;
	}
}

/* What was told to follow already. */
static void add_pending(struct sim *s)
{
	for (size_t i = 0; i < s->w->intents; i++) {
		const struct world_intent *t = &s->w->intent[i];
		struct sim_local_scaned *v = &s->local_scan.folder[t->source];
		size_t at = 0;
		if (t->text != 0)
			continue;
		while (at < v->nmoved && v->moved[at].uid < t->source_uid)
			at++;
		if (at < v->nmoved && v->moved[at].uid == t->source_uid)
			continue;
		memmove(&v->moved[at + 1], &v->moved[at],
			(v->nmoved++ - at) * sizeof(v->moved[0]));
		v->moved[at] = (struct move_there){
		    .uid = t->source_uid, .pending = true, .to = t->folder};
	}
}

static void find_moves(struct sim *s)
{
	struct sim_local_scan *v = &s->local_scan;

	if (v->ngone == 0 || v->nfound == 0)
		return;
	sim_meddle(s);
	for (size_t i = 0; i < v->nfound; i++)
		examine(&v->found[i], &s->w->folder[v->found[i].folder].dir,
			false);
	if (moves_by_print(v->gone, v->ngone, v->found, v->nfound) > 0) {
		for (size_t i = 0; i < v->nfound; i++)
			examine(&v->found[i],
				&s->w->folder[v->found[i].folder].dir,
				v->found[i].wanted);
	}
	if (moves_by_digest(v->gone, v->ngone, v->found, v->nfound) > 0)
		share_out(s);
}

static bool is_moving(const struct sim *s)
{
	const struct sim_local_scan *v = &s->local_scan;
	bool moving = false;
	size_t loose = 0;

	for (int i = 0; i < WORLD_FOLDERS; i++) {
		loose += v->folder[i].loose.nfiles + v->folder[i].loose.nrows;
		moving |= v->folder[i].stamp != s->w->folder[i].dir.stamp;
	}
	return moving && loose > 0;
}

bool sim_local_scan(struct sim *s)
{
	struct sim_local_scan *v = &s->local_scan;
	static struct sim_local_scaned before[WORLD_FOLDERS];
	unsigned times = 0;

	do {
		memcpy(before, v->folder, sizeof(before));
		for (int i = 0; i < WORLD_FOLDERS; i++) {
			before[i].loose.file = before[i].loose_file;
			before[i].loose.row = before[i].loose_row;
		}
		v->ngone = v->nfound = 0;
		for (int i = 0; i < WORLD_FOLDERS; i++) {
			if (!look_at(s, i))
				return false;
		}
	} while (is_moving(s) && times++ < MOVING_SCANS);
	bool moving = is_moving(s);
	for (int i = 0; i < WORLD_FOLDERS && moving; i++)
		files_still_loose(&v->folder[i].loose, &before[i].loose);
	find_moves(s);
	add_pending(s);
	return true;
}
