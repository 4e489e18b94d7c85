/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_folders.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/maildir/tree.h"
#include "daemon/state/state.h"
#include "daemon/store/store.h"

struct reading {
	struct state *state;
	struct tree tree;
	struct account_folders *out;
	struct account_folder *at;
	struct err *err;
};

static struct account_folder *add(struct account_folders *f, const char *name)
{
	f->folder = xreallocarray(f->folder, f->n + 1, sizeof(*f->folder));
	struct account_folder *at = &f->folder[f->n++];
	*at = (struct account_folder){.name = xstrdup(name)};
	return at;
}

static void add_aside(struct account_folder *f, uint32_t uid, const char *text)
{
	f->aside = xreallocarray(f->aside, f->naside + 1, sizeof(*f->aside));
	f->aside[f->naside++] =
	    (struct account_aside){.uid = uid, .text = xstrdup(text)};
}

static int take_aside(void *ctx, const struct state_aside *a)
{
	const struct reading *r = ctx;

	/* Larger than max_size: that is no refusal. */
	if (a->retry >= 0)
		add_aside(r->at, a->side == STATE_HERE ? (uint32_t)a->id : 0,
			  a->text);
	return 0;
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
	return state_aside_each(r->state, f->id, take_aside, r, r->err);
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
	const struct store layout = {.account = a};
	struct account_folders found = {0};
	struct reading r = {
	    .tree = store_tree(&layout), .out = &found, .err = err};

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

void account_folders_release(struct account_folders *f)
{
	for (size_t i = 0; i < f->n; i++) {
		for (size_t k = 0; k < f->folder[i].naside; k++)
			free(f->folder[i].aside[k].text);
		free(f->folder[i].aside);
		free(f->folder[i].name);
	}
	free(f->folder);
	*f = (struct account_folders){0};
}
