/* SPDX-License-Identifier: MIT */
#include "daemon/store/place.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pass.h"
#include "daemon/maildir/dirs.h"
#include "daemon/store/store_priv.h"
#include "daemon/store/trash.h"

/* No server and no path can have such a name: control characters are escaped in
 * paths, and no name begins with one on the wire. */
#define NOWHERE '\x01'

bool place_is_nowhere(const char *name)
{
	return name[0] == NOWHERE;
}

static int send_nowhere(struct store *s, int64_t id, struct err *err)
{
	char *name = xasprintf("%c%lld", NOWHERE, (long long)id);
	int r = state_folder_rename(s->state, id, name, name, err);

	free(name);
	return r;
}

static int clear_names(struct store *s, const struct place *p, struct err *err)
{
	struct state_folder other;
	int64_t id;
	int r = state_folder_get(s->state, p->wire, &other, err);

	if (r == 0) {
		if (other.id != p->id)
			r = send_nowhere(s, other.id, err);
		state_folder_release(&other);
	}
	if (r < 0)
		return -1;
	r = state_folder_at(s->state, p->path, &id, err);
	if (r == 0 && id != p->id)
		r = send_nowhere(s, id, err);
	return r < 0 ? -1 : 0;
}

int place_record(struct store *s, const struct place *p, struct err *err)
{
	struct state_folder row = {.id = p->id};
	int r = clear_names(s, p, err);

	if (r == 0 && p->id == 0)
		r = state_folder_add(s->state, p->wire, p->path, &row, err);
	else if (r == 0)
		r = state_folder_rename(s->state, p->id, p->wire, p->path, err);
	if (r == 0 && (p->mailboxid || p->inode))
		r = state_folders_disown(s->state, row.id, p->mailboxid,
					 p->inode, err);
	if (r == 0 && p->mailboxid)
		r = state_folder_set_mailboxid(s->state, row.id, p->mailboxid,
					       err);
	if (r == 0 && p->inode)
		r = state_folder_set_inode(s->state, row.id, p->inode, err);
	state_folder_release(&row);
	return r;
}

int place_make(struct store *s, struct place *p, struct err *err)
{
	struct maildir dir;

	s->written.tree = true;
	if (maildir_open(s->root, p->path, true, &dir, err) != 0)
		return -1;
	maildir_close(&dir);
	p->inode = dirs_inode(s->root, p->path);
	return 0;
}

int place_rename(struct store *s, const char *from, struct place *p,
		 struct err *err)
{
	s->written.tree = true;
	if (dirs_rename(s->root, store_tree(s->account).layout, from, p->path,
			err) < 0)
		return -1;
	p->inode = dirs_inode(s->root, p->path);
	return 0;
}

struct forgetting {
	struct store *store;
	struct err *err;
};

static int drop_intent(void *ctx, const struct state_intent *i)
{
	const struct forgetting *f = ctx;

	return state_intent_drop(f->store->state, i->id, f->err);
}

int place_forget(struct store *s, int64_t id, struct err *err)
{
	struct forgetting f = {s, err};

	if (state_begin(s->state, err) < 0)
		return -1;
	int r = state_intent_each(s->state, id, drop_intent, &f, err);
	if (r == 0)
		r = state_folder_drop(s->state, id, err);
	return store_end(s, r < 0 ? -1 : 0, err) < 0 ? -1 : r;
}

/* Leaving. */

static int doom(struct store *s, int64_t id, const uint32_t *uid, size_t n,
		struct err *err)
{
	int r = 0;

	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = state_message_tombstone(s->state, id, uid[i],
					    FATE_DYING_HERE, err);
	if (store_end(s, r, err) < 0)
		return -1;
	return trash_bury_folder(s, id, err);
}

struct view {
	struct local_folder local_folder;
	struct base_view base;
	struct local_view local;
};

static int read_view(struct store *s, int64_t id, struct view *v,
		     struct err *err)
{
	if (store_local_folder(s, id, &v->local_folder, err) < 0)
		return -1;
	uint32_t uidvalidity = v->local_folder.row.uidvalidity;
	if (state_load(s->state, id, &v->base, err) < 0)
		return -1;
	if (!v->local_folder.have_dir)
		return 0;
	if (store_scan(s, &v->local_folder, uidvalidity, &v->base, &v->local,
		       err) < 0)
		return -1;
	return store_reconcile(s, &v->local_folder, uidvalidity, &v->base,
			       &v->local, err);
}

/* Planned as if the server had none of its messages, which is so: what then is
 * more than deletions is news. 0 and *uid, 1 or -1. */
static int plan_removal(struct store *s, int64_t id, struct view *v,
			uint32_t **uid, size_t *n, struct err *err)
{
	struct remote_view nothing = {.complete = true};
	struct plan plan;

	*uid = NULL;
	if (read_view(s, id, v, err) < 0)
		return -1;
	struct policy policy = {
	    .pull = true,
	    .push = true,
	    .delete_here = true,
	    .delete_there = true,
	    .delete_limit_percent = -1,
	    .here_mask = local_folder_mask(&v->local_folder),
	    .there_mask = ~UINT64_C(0),
	};
	struct plan_input in = {
	    .base = &v->base, .remote = &nothing, .local = &v->local};
	if (plan_folder(&plan, &in, &policy) < 0)
		abort();
	*uid = xcalloc(plan.n + 1, sizeof(**uid));
	bool only_dies = plan.kept_here == 0 && v->local.busy == 0 &&
			 pass_only_dies(&plan, *uid, n);
	plan_release(&plan);
	return only_dies ? 0 : 1;
}

static void release_view(struct view *v)
{
	local_folder_close(&v->local_folder);
	base_view_release(&v->base);
	local_view_release(&v->local);
}

int place_remove(struct store *s, int64_t id, struct err *err)
{
	struct view v = {0};
	uint32_t *uid;
	size_t n = 0;
	int r = plan_removal(s, id, &v, &uid, &n, err);
	char *path =
	    v.local_folder.row.path ? xstrdup(v.local_folder.row.path) : NULL;

	release_view(&v);
	if (r == 0)
		r = doom(s, id, uid, n, err);
	s->written.tree |= r == 0;
	if (r == 0)
		r = dirs_remove(s->root, path, err);
	if (r == 0 && place_forget(s, id, err) < 0)
		r = -1;
	free(uid);
	free(path);
	return r;
}

static int bury_alive(struct store *s, int64_t id, struct err *err)
{
	struct base_view base;
	size_t n = 0;

	if (state_load(s->state, id, &base, err) < 0)
		return -1;
	uint32_t *uid = xcalloc(base.n + 1, sizeof(*uid));
	for (size_t i = 0; i < base.n; i++) {
		if (base.row[i].fate == FATE_ALIVE)
			uid[n++] = base.row[i].uid;
	}
	base_view_release(&base);
	int r = doom(s, id, uid, n, err);
	free(uid);
	return r;
}

int place_bury(struct store *s, int64_t id, struct err *err)
{
	if (bury_alive(s, id, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	return store_end(s, state_folder_reset(s->state, id, 0, err), err);
}
