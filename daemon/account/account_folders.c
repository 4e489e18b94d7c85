/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_folders.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/subject.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/find.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/tree.h"
#include "daemon/state/state.h"
#include "daemon/store/store.h"

struct reading {
	struct state *state;
	const char *maildir;
	struct tree tree;
	struct account_folders *out;
	struct account_folder *at;
	struct err *err;
};

/* Files of one folder whose subjects are wanted. */
struct subjects {
	struct account_folder *at;
	struct maildir dir;
	uint64_t *key; /* sorted */
};

static struct account_folder *add(struct account_folders *f, const char *name)
{
	f->folder = xgrow(f->folder, f->n, &f->cap, sizeof(*f->folder));
	struct account_folder *at = &f->folder[f->n++];
	*at = (struct account_folder){.name = xstrdup(name)};
	return at;
}

static void add_aside(struct account_folder *f, uint32_t uid, const char *text)
{
	f->aside = xgrow(f->aside, f->naside, &f->asidecap, sizeof(*f->aside));
	f->aside[f->naside++] =
	    (struct account_aside){.uid = uid, .text = xstrdup(text)};
}

static int take_aside(void *ctx, const struct state_aside *a)
{
	const struct reading *r = ctx;

	/* Larger than max_size: that is no refusal. */
	if (a->retry < 0)
		return 0;
	add_aside(r->at, a->side == STATE_HERE ? (uint32_t)a->id : 0, a->text);
	if (a->side == STATE_THERE)
		r->at->aside[r->at->naside - 1].key = a->id;
	return 0;
}

static int take_subject(void *ctx, size_t i, const char *file, bool in_new)
{
	const struct subjects *x = ctx;
	char subject[SUBJECT_BYTES];

	if (subject_read(in_new ? x->dir.new_ : x->dir.cur, file, subject)) {
		for (size_t k = 0; k < x->at->naside; k++) {
			struct account_aside *a = &x->at->aside[k];
			if (a->key == x->key[i] && !a->subject)
				a->subject = xstrdup(subject);
		}
	}
	return 0;
}

/* Of the files that are set aside; what cannot be read has none. */
static void find_subjects(const struct reading *r, const char *path)
{
	struct subjects x = {.at = r->at};
	size_t n = 0;
	struct err ignored;

	x.key = xcalloc(r->at->naside + 1, sizeof(*x.key));
	for (size_t i = 0; i < r->at->naside; i++) {
		if (r->at->aside[i].key)
			x.key[n++] = r->at->aside[i].key;
	}
	pair_sort_keys(x.key, n);
	int root = n > 0 ? maildir_root_open(r->maildir, false, &ignored) : -1;
	if (root >= 0 &&
	    maildir_open(root, path, false, &x.dir, &ignored) == 0) {
		(void)find_files(&x.dir, x.key, n, take_subject, &x, &ignored);
		maildir_close(&x.dir);
	}
	if (root >= 0)
		fs_drop(root);
	free(x.key);
}

static int take_folder(void *ctx, const struct state_folder *f)
{
	struct reading *r = ctx;
	char name[PATH_MAX];
	bool known = tree_name(&r->tree, f->path, name, sizeof(name)) == 0;

	r->at = add(r->out, known ? name : f->path);
	r->at->messages = f->messages;
	r->at->held = f->held_here + f->held_there;
	r->at->misfit = f->pairing.held != 0;
	if (state_aside_each(r->state, f->id, take_aside, r, r->err) < 0)
		return -1;
	find_subjects(r, f->path);
	return 0;
}

static int take_avoided(void *ctx, const struct state_avoided *a)
{
	const struct reading *r = ctx;
	struct account_folders *f = r->out;
	size_t i = 0;

	while (i < f->n && strcmp(f->folder[i].name, a->folder) != 0)
		i++;
	add_aside(i < f->n ? &f->folder[i] : add(f, a->folder), 0, a->text);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct account_folder *)a)->name,
		      ((const struct account_folder *)b)->name);
}

static int read_all(struct reading *r)
{
	if (state_folders(r->state, take_folder, r, r->err) < 0 ||
	    state_avoided_each(r->state, take_avoided, r, r->err) < 0)
		return -1;
	if (r->out->n > 0)
		qsort(r->out->folder, r->out->n, sizeof(*r->out->folder),
		      by_name);
	return 0;
}

int account_folders_read(const char *state_dir, const struct config_account *a,
			 struct account_folders *out, struct err *err)
{
	struct account_folders found = {0};
	struct reading r = {.maildir = a->maildir,
			    .tree = store_tree(a),
			    .out = &found,
			    .err = err};

	*out = (struct account_folders){0};
	if (state_open(state_dir, a->name, STATE_SHARE, &r.state, err) < 0)
		return err->code == ERR_HELD ? 0 : -1; /* it is not there yet */
	int rc = read_all(&r);
	state_close(r.state);
	if (rc < 0)
		account_folders_release(&found);
	else
		*out = found;
	return rc;
}

static void release_aside(struct account_aside *a)
{
	free(a->text);
	free(a->subject);
}

void account_folders_release(struct account_folders *f)
{
	for (size_t i = 0; i < f->n; i++) {
		for (size_t k = 0; k < f->folder[i].naside; k++)
			release_aside(&f->folder[i].aside[k]);
		free(f->folder[i].aside);
		free(f->folder[i].name);
	}
	free(f->folder);
	*f = (struct account_folders){0};
}
