/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/arrangement.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/foreign.h"
#include "lib/util/ascii.h"

#define LAYOUTS  (TREE_MAILDIRPP + 1)
#define INBOXES  3
#define READINGS (1 + 2 * LAYOUTS * INBOXES)

/* The keys of each layout, in its order. */
static const char *const layout_keys[LAYOUTS] = {
    "layout = fs", "separator = .", "separator = /.", "layout = maildir++"};

struct reader {
	const struct arrangement *arrangement;
	/* Where INBOX may be: as configured; as it is written here; the root,
	 * which no key can say. */
	const char *inbox[INBOXES];
	size_t ninboxes;
	char *found; /* owns inbox[1] */
	char **path[LAYOUTS];
	size_t npaths[LAYOUTS], cap[LAYOUTS];
	enum tree_layout walking;
	struct tree tree[READINGS];
	struct foreign_reading reading[READINGS];
	size_t n;
};

/* The directories. */

static int keep_path(void *ctx, const char *path, enum tree_find what)
{
	struct reader *r = ctx;
	enum tree_layout l = r->walking;

	if (what != TREE_FOLDER)
		return 0;
	if (r->npaths[l] == r->cap[l]) {
		r->cap[l] = r->cap[l] ? 2 * r->cap[l] : 32;
		r->path[l] =
		    xreallocarray(r->path[l], r->cap[l], sizeof(*r->path[l]));
	}
	r->path[l][r->npaths[l]++] = xstrdup(path);
	return 0;
}

/* A walk that fails says so where it matters: the census makes it again. */
static void walk(struct reader *r)
{
	for (enum tree_layout l = TREE_FS; l < LAYOUTS; l++) {
		struct tree all = {.layout = l, .inbox = ""};
		r->walking = l;
		(void)tree_walk(&all, r->arrangement->root, keep_path, r);
	}
}

static bool is_dir(int root, const char *path)
{
	int dir = fs_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);

	fs_drop(dir);
	return dir >= 0;
}

static void find_inboxes(struct reader *r)
{
	const char *configured = r->arrangement->tree.inbox;

	r->inbox[r->ninboxes++] = configured;
	if (is_dir(r->arrangement->root, configured))
		return;
	for (size_t i = 0; i < r->npaths[TREE_DOTTED] && !r->found; i++) {
		const char *path = r->path[TREE_DOTTED][i];
		if (ascii_same(path, "INBOX"))
			r->found = xstrdup(path);
		if (r->found)
			r->inbox[r->ninboxes++] = r->found;
	}
	r->inbox[r->ninboxes++] = "";
}

/* The readings. */

static unsigned count_keys(const struct tree *a, const struct tree *b)
{
	unsigned n = (a->layout != b->layout) + (a->mutf7 != b->mutf7);

	if (strcmp(a->inbox, b->inbox) == 0)
		return n;
	/* No key can say it: whatever else fits is better. */
	return a->inbox[0] == '\0' ? n + 10 : n + 1;
}

static void read_by(struct reader *r, const struct tree *t)
{
	size_t n = r->npaths[t->layout];
	struct foreign_dir *dir = xcalloc(n + 1, sizeof(*dir));
	char name[PATH_MAX];

	for (size_t i = 0; i < n; i++) {
		dir[i].path = r->path[t->layout][i];
		if (tree_name(t, dir[i].path, name, sizeof(name)) >= 0)
			dir[i].name = xstrdup(name);
	}
	r->tree[r->n] = *t;
	r->reading[r->n++] = (struct foreign_reading){
	    .dir = dir, .n = n, .keys = count_keys(t, &r->tree[0])};
}

static void read_all(struct reader *r)
{
	read_by(r, &r->arrangement->tree);
	for (enum tree_layout l = TREE_FS; l < LAYOUTS; l++) {
		for (size_t i = 0; i < 2 * r->ninboxes; i++) {
			struct tree t = {.layout = l,
					 .inbox = r->inbox[i / 2],
					 .mutf7 = i % 2 != 0};
			/* Maildir++ has INBOX where it has it. */
			if (l != TREE_MAILDIRPP || i < 2)
				read_by(r, &t);
		}
	}
}

static void release(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->reading[i].n; k++)
			free((void *)(uintptr_t)r->reading[i].dir[k].name);
		free((void *)(uintptr_t)r->reading[i].dir);
	}
	for (size_t l = 0; l < LAYOUTS; l++) {
		for (size_t i = 0; i < r->npaths[l]; i++)
			free(r->path[l][i]);
		free(r->path[l]);
	}
	free(r->found);
}

/* What is said. */

static char *add_key(char *keys, const char *key)
{
	char *all = keys ? xasprintf("%s, %s", keys, key) : xstrdup(key);

	free(keys);
	return all;
}

/* The keys to be set, as in the file. */
static char *keys_of(const struct tree *t, const struct tree *now)
{
	char *keys = NULL;

	if (t->layout != now->layout && now->layout == TREE_MAILDIRPP)
		keys = add_key(keys, layout_keys[TREE_FS]);
	if (t->layout != now->layout &&
	    (now->layout != TREE_MAILDIRPP || t->layout != TREE_FS))
		keys = add_key(keys, t->layout == TREE_FS
					 ? "separator = /"
					 : layout_keys[t->layout]);
	if (t->mutf7 != now->mutf7)
		keys = add_key(keys, t->mutf7 ? "local_names = mutf7"
					      : "local_names = utf8");
	if (strcmp(t->inbox, now->inbox) != 0 && t->inbox[0] != '\0') {
		char *inbox = xasprintf("inbox = %s", t->inbox);
		keys = add_key(keys, inbox);
		free(inbox);
	}
	return keys;
}

static int say(const struct arrangement *a, const struct tree *t,
	       const struct tree *now, const struct foreign_dir *example,
	       struct err *err)
{
	char *keys = keys_of(t, now);
	const char *path = example->path[0] ? example->path : ".";

	err_set(err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"the folders in '%s' are not named as the configuration says "
		"('%s' is '%s' on the server): nothing is made or fetched",
		a->maildir, path, example->name);
	if (t->inbox[0] == '\0')
		err_hint(err,
			 "layout = fs has INBOX in a directory of its own: "
			 "move cur, new and tmp to '%s/%s'%s%s",
			 a->maildir, now->inbox, keys ? ", and set: " : "",
			 keys ? keys : "");
	else
		err_hint(err, "in [account %s] set: %s", a->account,
			 keys ? keys : "");
	free(keys);
	return -1;
}

int arrangement_check(const struct arrangement *a, struct names *there,
		      struct err *err)
{
	struct reader r = {.arrangement = a};
	const struct foreign_dir *example;
	int result = 0;

	if (a->root < 0)
		return 0;
	walk(&r);
	find_inboxes(&r);
	read_all(&r);
	names_sort(there);
	struct foreign_view view = {.there = there->name,
				    .nthere = there->n,
				    .reading = r.reading,
				    .n = r.n};
	size_t best = foreign_find(&view, &example);
	if (example)
		result = say(a, &r.tree[best], &r.tree[0], example, err);
	release(&r);
	return result;
}
