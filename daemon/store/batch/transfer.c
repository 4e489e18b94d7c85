/* SPDX-License-Identifier: MIT */
#include "daemon/store/batch/transfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/find.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

/* Pairs of UIDs. */

static int pair_cmp(const void *a, const void *b)
{
	const struct uid_pair *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

uint32_t uid_pairs_find(const struct uid_pairs *p, uint32_t from)
{
	struct uid_pair want = {.from = from};
	const struct uid_pair *found =
	    p->n ? bsearch(&want, p->pair, p->n, sizeof(want), pair_cmp) : NULL;

	return found ? found->to : 0;
}

void uid_pairs_release(struct uid_pairs *p)
{
	free(p->pair);
	*p = (struct uid_pairs){0};
}

/* The target's files. */

struct lookup {
	struct local_folder *to;
	struct transfer_item **by_key; /* n, sorted by key */
};

static int item_key_cmp(const void *a, const void *b)
{
	const struct transfer_item *x = *(struct transfer_item *const *)a;
	const struct transfer_item *y = *(struct transfer_item *const *)b;

	return (x->key > y->key) - (x->key < y->key);
}

static int see(void *ctx, size_t i, const char *file, bool in_new)
{
	struct lookup *l = ctx;
	struct transfer_item *t = l->by_key[i];
	struct name name;
	struct stat st;

	if (t->ready || name_parse(file, &name) < 0 ||
	    fstatat(in_new ? l->to->dir.new_ : l->to->dir.cur, file, &st,
		    AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0; /* renamed just now: the next sync has it */
	t->ready = true;
	t->unique = xstrndup(file, name.unique_len);
	t->inode = st.st_ino;
	t->size = (uint64_t)st.st_size;
	t->mtime_ns = fs_mtime_ns(&st);
	return 0;
}

/* Returns how many were not there. */
static size_t try_names(struct lookup *l, const struct listing *names, size_t n)
{
	size_t missing = 0;

	for (size_t i = 0; i < n; i++) {
		const struct listing_file *f =
		    listing_find(names, l->by_key[i]->key);
		if (f)
			(void)see(l, i, f->name, f->in_new);
		missing += !l->by_key[i]->ready;
	}
	return missing;
}

static int find_all(struct transfer *t, struct store *s,
		    struct local_folder *to, struct err *err)
{
	struct lookup l = {to, xcalloc(t->n, sizeof(*l.by_key))};
	uint64_t *keys = xcalloc(t->n, sizeof(*keys));
	const struct listing *names;

	for (size_t i = 0; i < t->n; i++)
		l.by_key[i] = &t->item[i];
	qsort(l.by_key, t->n, sizeof(*l.by_key), item_key_cmp);
	for (size_t i = 0; i < t->n; i++)
		keys[i] = l.by_key[i]->key;
	int r = store_listing(s, to, &names, err);
	if (r == 0 && (!names || try_names(&l, names, t->n) > 0))
		r = find_files(&to->dir, keys, t->n, see, &l, err);
	free(keys);
	free(l.by_key);
	return r;
}

static int open_target(const struct transfer *t, struct store *s,
		       struct local_folder *out, struct err *err)
{
	struct store_name name = {
	    .wire = t->box.wire, .name = t->box.name, .delim = t->box.delim};
	struct local_folder_opts opts = {.write = true};
	struct state_folder row;

	if (store_row(s, &name, &row, err) < 0 ||
	    local_folder_open(s->state, s->root, &row, &opts, out, err) < 0)
		return -1;
	if (out->have_dir)
		return 0;
	local_folder_close(out);
	return err_set(err, ERR_TEMP, ERR_SCOPE_FOLDER,
		       "the directory of '%s' is gone", t->box.display);
}

/* What was last in sync goes with it, in the target's keywords. 1: its row is
 * gone. */
static int base_flags(struct store *s, const struct local_folder_map *map,
		      uint32_t uid, uint64_t *out, struct err *err)
{
	struct state_record row;
	int r = state_message_get(s->state, s->folder.row.id, uid, &row, err);

	if (r != 0)
		return r;
	*out = local_folder_map_flags(map, row.flags);
	state_record_release(&row);
	return 0;
}

static int promise(const struct transfer *t, struct transfer_item *i,
		   struct store *s, const struct local_folder_map *map,
		   struct err *err)
{
	struct state_intent intent = {
	    .folder = t->to,
	    .kind = STATE_INTENT_MOVE,
	    .state = STATE_INTENT_PLANNED,
	    .unique = i->unique,
	    .key = i->key,
	    .size = i->size,
	    .internaldate = i->mtime_ns / 1000000000,
	    .uidvalidity = t->box.uidvalidity,
	    /* As STATUS told it: what came since only widens the window in
	     * which it is looked for after a cut. */
	    .uidnext = t->box.uidnext,
	    .source = s->folder.row.id,
	    .source_uid = i->uid,
	};

	if (base_flags(s, map, i->uid, &intent.flags, err) < 0)
		return -1;
	return state_intent_replace(s->state, &intent, &i->intent, err);
}

static int promise_all(struct transfer *t, struct store *s,
		       struct local_folder *to, struct err *err)
{
	struct local_folder_map map;
	int r = 0;

	if (store_touch(s, err) < 0 ||
	    local_folder_map(s->state, &s->folder, to, &map, err) < 0 ||
	    state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < t->n && r == 0; i++) {
		if (t->item[i].ready)
			r = promise(t, &t->item[i], s, &map, err);
	}
	return store_end(s, r, err);
}

int transfer_begin(struct transfer *t, struct store *s, const struct action *a,
		   size_t n, struct err *err)
{
	struct local_folder to;

	t->item = xcalloc(n, sizeof(*t->item));
	t->n = n;
	for (size_t i = 0; i < n; i++)
		t->item[i] =
		    (struct transfer_item){.uid = a[i].uid, .key = a[i].key};
	if (open_target(t, s, &to, err) < 0)
		return -1;
	int r = find_all(t, s, &to, err);
	if (r == 0)
		r = promise_all(t, s, &to, err);
	local_folder_close(&to);
	return r;
}

/* Its outcome. */

struct recorder {
	const struct transfer *transfer;
	struct store *store;
	struct local_folder to;
	struct local_folder_map map;
	struct err *err;
};

/* The file's time, where it is surely the one that the row knows: else it was
 * copied or written to on its way, and has to be read. */
static int64_t time_of(const struct transfer_item *i,
		       const struct state_record *row)
{
	bool same = row->inode == i->inode && row->size == i->size &&
		    row->mtime_ns == i->mtime_ns;

	return same ? i->mtime_ns : 0;
}

static int set_file(struct recorder *rc, const struct transfer_item *i,
		    const struct state_record *row, uint32_t uid)
{
	struct state_file file = {
	    .unique = i->unique,
	    .key = i->key,
	    .inode = i->inode,
	    .size = i->size,
	    .mtime_ns = time_of(i, row),
	};

	return state_message_set_file(rc->store->state, rc->to.row.id, uid,
				      &file, rc->err);
}

/* The row goes with its message. */
static int move_row(struct recorder *rc, const struct transfer_item *i,
		    const struct state_record *row, uint32_t uid)
{
	struct state_move move = {
	    .from = rc->store->folder.row.id,
	    .uid = i->uid,
	    .to = rc->to.row.id,
	    .new_uid = uid,
	    .flags = local_folder_map_flags(&rc->map, row->flags),
	};

	if (state_message_move(rc->store->state, &move, rc->err) < 0)
		return -1;
	return set_file(rc, i, row, uid);
}

/* A row for the copy; the original is to be deleted. */
static int copy_row(struct recorder *rc, const struct transfer_item *i,
		    const struct state_record *row, uint32_t uid)
{
	struct state_message m = {
	    .uid = uid,
	    .flags = local_folder_map_flags(&rc->map, row->flags),
	    .internaldate = row->internaldate,
	    .size = i->size,
	    .inode = i->inode,
	    .mtime_ns = time_of(i, row),
	    .unique = i->unique,
	    .key = i->key,
	};

	if (row->have_digest)
		memcpy(m.digest, row->digest, sizeof(m.digest));
	if (state_message_add(rc->store->state, rc->to.row.id, &m, rc->err) < 0)
		return -1;
	return state_message_tombstone(rc->store->state,
				       rc->store->folder.row.id, i->uid,
				       FATE_MOVED_THERE, rc->err);
}

/* Without its new UID. */
static int part_from(struct recorder *rc, const struct transfer_item *i)
{
	struct store *s = rc->store;

	if (rc->transfer->end == TRANSFER_MOVED)
		return state_message_drop(s->state, s->folder.row.id, i->uid,
					  rc->err);
	return state_message_tombstone(s->state, s->folder.row.id, i->uid,
				       FATE_MOVED_THERE, rc->err);
}

static int leave_out(struct recorder *rc, const struct transfer_item *i)
{
	struct store *s = rc->store;

	if (state_intent_drop(s->state, i->intent, rc->err) < 0)
		return -1;
	return state_message_drop(s->state, s->folder.row.id, i->uid, rc->err);
}

static int has_row(struct recorder *rc, uint32_t uid)
{
	struct state_record row;
	int r = state_message_get(rc->store->state, rc->to.row.id, uid, &row,
				  rc->err);

	if (r == 0)
		state_record_release(&row);
	return r < 0 ? -1 : r == 0;
}

static int go_over(struct recorder *rc, const struct transfer_item *i,
		   uint32_t uid)
{
	struct state *state = rc->store->state;
	struct state_record row;
	int r = state_message_get(state, rc->store->folder.row.id, i->uid, &row,
				  rc->err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	r = rc->transfer->end == TRANSFER_MOVED ? move_row(rc, i, &row, uid)
						: copy_row(rc, i, &row, uid);
	state_record_release(&row);
	if (r < 0 || state_message_tombstone(state, rc->to.row.id, uid,
					     FATE_CLAIMED, rc->err) < 0)
		return -1;
	return state_intent_stored(state, i->intent, rc->err);
}

static int record_item(struct recorder *rc, const struct transfer_item *i)
{
	const struct uid_pairs *pairs = &rc->transfer->pairs;
	struct claim_moved m = {
	    .done = rc->transfer->end != TRANSFER_NOT,
	    .uid = uid_pairs_find(pairs, i->uid),
	    .told = pairs->uidvalidity != 0,
	};

	if (!i->ready)
		return 0;
	int taken = m.uid != 0 ? has_row(rc, m.uid) : 0;
	if (taken < 0)
		return -1;
	m.taken = taken > 0;
	switch (claim_move(&m)) {
	case CLAIM_REFUSED:
		return state_intent_drop(rc->store->state, i->intent, rc->err);
	case CLAIM_LEFT_OUT:
		return leave_out(rc, i);
	case CLAIM_PARTS:
		return part_from(rc, i);
	case CLAIM_GOES:
		break;
	}
	return go_over(rc, i, m.uid);
}

/* Not UIDs of another life of the mailbox, nor such as new messages cannot
 * have. */
static bool is_believable(const struct transfer *t,
			  const struct state_folder *to)
{
	const struct uid_pairs *p = &t->pairs;
	bool told =
	    t->box.uidvalidity != 0 && t->box.uidvalidity == p->uidvalidity;

	return (to->uidvalidity == 0 || p->uidvalidity == to->uidvalidity) &&
	       claim_take_pairs(p->pair, p->n, told ? t->box.uidnext : 0);
}

int transfer_record(struct transfer *t, struct store *s, struct err *err)
{
	struct recorder rc = {.transfer = t, .store = s, .err = err};

	if (store_spoiled(s, err) || open_target(t, s, &rc.to, err) < 0)
		return -1;
	if (!is_believable(t, &rc.to.row))
		t->pairs.n = t->pairs.uidvalidity = 0;
	int r = local_folder_map(s->state, &s->folder, &rc.to, &rc.map, err);
	if (r == 0)
		r = state_begin(s->state, err);
	if (r == 0) {
		if (rc.to.row.uidvalidity == 0 && t->pairs.uidvalidity != 0)
			r = state_folder_position(s->state, rc.to.row.id,
						  t->pairs.uidvalidity, 0, 0,
						  err);
		for (size_t i = 0; i < t->n && r == 0; i++)
			r = record_item(&rc, &t->item[i]);
		r = store_end(s, r, err);
	}
	local_folder_close(&rc.to);
	return r;
}

void transfer_release(struct transfer *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->item[i].unique);
	free(t->item);
	free(t->box.wire);
	free(t->box.name);
	free(t->box.display);
	uid_pairs_release(&t->pairs);
	*t = (struct transfer){0};
}

void transfer_begin_run(struct job *j)
{
	struct transfer_job *t = (struct transfer_job *)j;

	t->base.result = transfer_begin(&t->transfer, t->base.store, t->action,
					t->n, &t->base.err);
}

void transfer_record_run(struct job *j)
{
	struct transfer_job *t = (struct transfer_job *)j;

	t->base.result =
	    transfer_record(&t->transfer, t->base.store, &t->base.err);
}
