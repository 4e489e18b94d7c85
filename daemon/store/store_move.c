/* SPDX-License-Identifier: MIT */
/* Messages that moved on the server: their files follow, and their rows. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/name.h"
#include "daemon/maildir/scan.h"
#include "daemon/store/store_priv.h"

struct mover {
	struct store *store;
	const struct action *action;
	size_t n;
	struct local_folder from;
	struct local_folder_map map;
	struct change *change; /* n */
	struct err *err;
};

struct by_id {
	int64_t id;
	struct state_folder found;
};

static int take_row(void *ctx, const struct state_folder *f)
{
	struct by_id *b = ctx;

	if (f->id != b->id)
		return 0;
	b->found = *f;
	b->found.name = xstrdup(f->name);
	b->found.path = xstrdup(f->path);
	return 1;
}

int store_local_folder(struct store *s, int64_t id, struct local_folder *out,
		       struct err *err)
{
	struct by_id b = {.id = id};
	struct local_folder_opts opts = {.write = false};
	int r = state_folders(s->state, take_row, &b, err);

	if (r < 0)
		return -1;
	if (r == 0)
		return err_set(err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			       "there is no folder with id %lld",
			       (long long)id);
	return local_folder_open(s->state, s->root, &b.found, &opts, out, err);
}

/* Those whose names are somebody else's in this folder: a file's, or a row's
 * whose file is away and may come back. */
static int mark_taken(struct mover *m)
{
	struct store *s = m->store;
	struct base_view base = {.n = 0};
	size_t nkeys;

	if (state_load(s->state, s->folder.row.id, &base, m->err) < 0)
		return -1;
	uint64_t *keys = pair_keys(&base, &nkeys);
	base_view_release(&base);
	if (!keys)
		abort();
	for (size_t i = 0; i < m->n; i++) {
		struct change *c = &m->change[i];
		uint64_t key =
		    c->unique ? name_key(c->unique, strlen(c->unique)) : 0;
		c->taken = c->unique &&
			   (pair_has_key(keys, nkeys, key) ||
			    (s->present && local_view_find(s->present, key)));
	}
	free(keys);
	return 0;
}

static int list_changes(struct mover *m)
{
	uint32_t *uid = xcalloc(m->n, sizeof(*uid));

	for (size_t i = 0; i < m->n; i++)
		uid[i] = m->action[i].other_uid;
	m->change = store_changes(m->store, &m->from, uid, m->n, m->err);
	free(uid);
	return m->change ? mark_taken(m) : -1;
}

static int record_one(struct mover *m, size_t i)
{
	const struct action *a = &m->action[i];
	struct state *state = m->store->state;
	int64_t to = m->store->folder.row.id;
	struct state_record row;

	int r = state_message_get(state, m->from.row.id, a->other_uid, &row,
				  m->err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	struct state_move move = {
	    .from = m->from.row.id,
	    .uid = a->other_uid,
	    .to = to,
	    .new_uid = a->uid,
	    .flags = local_folder_map_flags(&m->map, row.flags),
	};
	r = state_message_move(state, &move, m->err);
	state_record_release(&row);
	if (r == 0 && m->change[i].as)
		r = store_renamed(m->store, to, a->uid, m->change[i].as,
				  m->err);
	return r;
}

/* A file that is gone was removed or moved by its owner just now: the next look
 * knows more. */
static int record_all(struct mover *m, size_t *failed)
{
	int r = 0;

	if (state_begin(m->store->state, m->err) < 0)
		return -1;
	for (size_t i = 0; i < m->n && r == 0; i++) {
		if (m->change[i].result == CHANGE_DONE)
			r = record_one(m, i);
		else
			(*failed)++;
	}
	return store_end(m->store, r, m->err);
}

static void release(struct mover *m)
{
	if (m->change)
		store_changes_free(m->change, m->n);
	local_folder_close(&m->from);
}

int store_move_here(struct store *s, const struct action *a, size_t n,
		    size_t *failed, struct err *err)
{
	struct mover m = {.store = s, .action = a, .n = n, .err = err};

	*failed = 0;
	err->code = ERR_NONE;
	if (store_spoiled(s, err) || store_touch(s, err) < 0 ||
	    store_local_folder(s, a->other, &m.from, err) < 0)
		return -1;
	int r = -1;
	if (!m.from.have_dir)
		err_set(err, ERR_TEMP, ERR_SCOPE_FOLDER,
			"the directory of '%s' is gone", m.from.row.path);
	else
		r = local_folder_map(s->state, &m.from, &s->folder, &m.map,
				     err);
	if (r == 0)
		r = list_changes(&m);
	if (r == 0)
		r = change_move(&m.from.dir, m.change, n, &s->folder.dir,
				m.map.letter, err);
	if (r == 0)
		r = record_all(&m, failed);
	if (r == 0)
		store_tell_moved(s, a, m.change, n);
	release(&m);
	return r;
}
