/* SPDX-License-Identifier: MIT */
/* The part of the store that carries out actions: deliveries, renames, rows. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/examine.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

/* One barrier, two directory syncs and one transaction serve a whole batch; but
 * what is not committed when the line is cut has to be fetched again. */
#define BATCH_MESSAGES 1024
#define BATCH_BYTES    (UINT64_C(64) << 20)

/* Deliveries: the EMAILIDs come with the messages, and wait for the batch. */

static int record_delivered(struct store *s, const struct delivered *d,
			    size_t n, struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *emailid = s->emailid[i];
		struct state_message m = {
		    .uid = d[i].uid,
		    .flags = d[i].flags,
		    .internaldate = d[i].internaldate,
		    .size = d[i].size,
		    .inode = d[i].inode,
		    .mtime_ns = d[i].mtime_ns,
		    .unique = d[i].unique,
		    .key = name_key(d[i].unique, strlen(d[i].unique)),
		    .emailid = emailid[0] ? emailid : NULL,
		};
		memcpy(m.digest, d[i].digest, sizeof(m.digest));
		r = state_message_add(s->state, s->folder.row.id, &m, err);
	}
	return store_end(s, r, err);
}

int store_flush(struct store *s, size_t *committed, struct err *err)
{
	const struct delivered *d;
	size_t n;

	*committed = 0;
	if (!s->delivery || delivery_count(s->delivery) == 0)
		return 0;
	if (store_spoiled(s, err) || store_touch(s, err) < 0)
		return -1;
	if (delivery_commit(s->delivery, &d, &n, err) < 0 ||
	    record_delivered(s, d, n, err) < 0)
		return -1;
	store_tell_new(s, d, n);
	*committed = n;
	return 0;
}

int store_arrived(struct store *s, const struct store_arrival *a,
		  size_t *committed, struct err *err)
{
	struct name_origin origin = {s->tag, s->uidvalidity, a->uid};
	size_t at = delivery_count(s->delivery);

	*committed = 0;
	if (delivery_close(s->delivery, &origin, a->flags,
			   local_folder_letters(&s->folder, a->flags),
			   a->internaldate, err) < 0)
		return -1;
	if (!s->emailid)
		s->emailid = xcalloc(BATCH_MESSAGES, sizeof(*s->emailid));
	memcpy(s->emailid[at], a->emailid, sizeof(s->emailid[at]));
	if (at + 1 < BATCH_MESSAGES &&
	    delivery_bytes(s->delivery) < BATCH_BYTES)
		return 0;
	return store_flush(s, committed, err);
}

/* Renames. */

void store_changes_free(struct change *c, size_t n)
{
	change_release(c, n);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)c[i].unique);
	free(c);
}

struct change *store_changes(struct store *s, const struct local_folder *f,
			     const uint32_t *uid, size_t n, struct err *err)
{
	struct change *c = xcalloc(n + 1, sizeof(*c));

	for (size_t i = 0; i < n; i++) {
		struct state_record row;
		int r =
		    state_message_get(s->state, f->row.id, uid[i], &row, err);
		if (r < 0) {
			store_changes_free(c, i);
			return NULL;
		}
		if (r > 0)
			continue;
		c[i].unique = row.unique;
		row.unique = NULL;
		c[i].flags = row.flags & FLAG_SYSTEM;
		c[i].keywords = local_folder_letters(f, row.flags);
		state_record_release(&row);
	}
	return c;
}

static struct change *changes_here(struct store *s, const struct action *a,
				   size_t n, struct err *err)
{
	uint32_t *uid = xcalloc(n + 1, sizeof(*uid));

	for (size_t i = 0; i < n; i++)
		uid[i] = a[i].uid;
	struct change *c = store_changes(s, &s->folder, uid, n, err);
	free(uid);
	for (size_t i = 0; c && i < n; i++) {
		c[i].flags = a[i].flags & FLAG_SYSTEM;
		c[i].keywords = local_folder_letters(&s->folder, a[i].flags);
		c[i].in_new = a[i].in_new;
	}
	return c;
}

int store_renamed(struct store *s, int64_t folder, uint32_t uid, const char *as,
		  struct err *err)
{
	struct state_record row;
	int r = state_message_get(s->state, folder, uid, &row, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	struct state_file file = {
	    .unique = as,
	    .key = name_key(as, strlen(as)),
	    .inode = row.inode,
	    .size = row.size,
	    .mtime_ns = row.mtime_ns,
	};
	r = state_message_set_file(s->state, folder, uid, &file, err);
	state_record_release(&row);
	return r;
}

/* W3: what was renamed, and only that, becomes the new base. */
static int record_changes(struct store *s, const struct action *a,
			  const struct change *c, size_t n, size_t *failed,
			  struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (c[i].result == CHANGE_DONE)
			r = state_message_flags(s->state, s->folder.row.id,
						a[i].uid, a[i].add, a[i].del,
						err);
		else if (c[i].result == CHANGE_FAILED)
			(*failed)++;
		if (r == 0 && c[i].as)
			r = store_renamed(s, s->folder.row.id, a[i].uid,
					  c[i].as, err);
	}
	return store_end(s, r, err);
}

int store_flags_here(struct store *s, const struct action *a, size_t n,
		     size_t *failed, struct err *err)
{
	*failed = 0;
	err->code = ERR_NONE;
	if (store_spoiled(s, err) || store_touch(s, err) < 0)
		return -1;
	struct change *c = changes_here(s, a, n, err);
	if (!c)
		return -1;
	for (size_t i = 0; i < n; i++) {
		c[i].add = a[i].add & FLAG_SYSTEM;
		c[i].del = a[i].del & FLAG_SYSTEM;
		c[i].kadd = local_folder_letters(&s->folder, a[i].add);
		c[i].kdel = local_folder_letters_showing(&s->folder, a[i].del);
	}
	int r = change_flags(&s->folder.dir, c, n, err);
	if (r == 0)
		r = record_changes(s, a, c, n, failed, err);
	if (r == 0)
		store_tell_changed(s, a, c, n);
	store_changes_free(c, n);
	return r;
}

/* Rows. */

/* All in one transaction; guarded: what let the deletions pass is used up. */
static int each(struct store *s, const struct action *a, size_t n,
		int (*fn)(struct store *s, const struct action *a, int arg,
			  struct err *err),
		int arg, bool guarded, struct err *err)
{
	int r = 0;

	if (store_spoiled(s, err) || store_touch(s, err) < 0 ||
	    state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = fn(s, &a[i], arg, err);
	if (r == 0 && guarded)
		r = state_answer_drop(s->state, s->folder.row.id, STATE_APPROVE,
				      err);
	return store_end(s, r, err);
}

static int record_one(struct store *s, const struct action *a, int arg,
		      struct err *err)
{
	(void)arg;
	return state_message_flags(s->state, s->folder.row.id, a->uid, a->add,
				   a->del, err);
}

int store_record(struct store *s, const struct action *a, size_t n,
		 struct err *err)
{
	return each(s, a, n, record_one, 0, false, err);
}

static int forget_one(struct store *s, const struct action *a, int arg,
		      struct err *err)
{
	(void)arg;
	return state_message_drop(s->state, s->folder.row.id, a->uid, err);
}

int store_forget(struct store *s, const struct action *a, size_t n,
		 struct err *err)
{
	return each(s, a, n, forget_one, 0, false, err);
}

static int prove_one(struct store *s, const struct action *a, int arg,
		     struct err *err)
{
	int64_t id = s->folder.row.id;

	(void)arg;
	if (state_message_revive(s->state, id, a->uid, err) < 0)
		return -1;
	return state_intent_drop_file(s->state, id, a->key, err);
}

int store_prove(struct store *s, const struct action *a, size_t n,
		struct err *err)
{
	return each(s, a, n, prove_one, 0, false, err);
}

static int fate_one(struct store *s, const struct action *a, int fate,
		    struct err *err)
{
	int64_t id = s->folder.row.id;

	/* What is recorded of the server is no news of it (W5). */
	if (fate == FATE_ALIVE && a->flags &&
	    state_folder_position(s->state, id, s->folder.row.uidvalidity, 0, 0,
				  err) < 0)
		return -1;
	if (fate == FATE_ALIVE)
		return state_message_revive(s->state, id, a->uid, err);
	return state_message_tombstone(s->state, id, a->uid, (enum fate)fate,
				       err);
}

int store_fate(struct store *s, const struct action *a, size_t n,
	       enum fate fate, struct err *err)
{
	return each(s, a, n, fate_one, (int)fate, false, err);
}

int store_die(struct store *s, const struct action *a, size_t n, enum fate fate,
	      struct err *err)
{
	return each(s, a, n, fate_one, (int)fate, true, err);
}

/* Adoption: files that are here become the rows' files. */

/* A message that was to follow its file, and is where the file is. */
struct ending {
	struct store *store;
	uint64_t *flags; /* what was last in sync of it */
	struct err *err;
};

static int end_move(void *ctx, const struct state_intent *i)
{
	const struct ending *e = ctx;
	struct state_record row;

	if (i->kind != STATE_INTENT_MOVE)
		return 0;
	*e->flags = i->flags;
	int r = state_message_get(e->store->state, i->source, i->source_uid,
				  &row, e->err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	state_record_release(&row);
	/* The original is no longer needed. */
	return state_message_tombstone(e->store->state, i->source,
				       i->source_uid, FATE_MOVED_THERE, e->err);
}

/* What was sent and not answered ends here. */
static int end_intents(struct store *s, uint64_t key, uint64_t *flags,
		       struct err *err)
{
	struct ending e = {s, flags, err};
	int64_t folder = s->folder.row.id;

	if (state_intent_each_of(s->state, folder, key, end_move, &e, err) < 0)
		return -1;
	return state_intent_drop_file(s->state, folder, key, err);
}

static int adopt_one(struct store *s, const struct action *a,
		     const struct facts *f, struct err *err)
{
	struct state_message m = {
	    .uid = a->uid,
	    .flags = a->flags,
	    .internaldate = f->mtime_ns / 1000000000,
	    .size = f->size,
	    .inode = f->inode,
	    .mtime_ns = f->mtime_ns,
	    .unique = f->unique,
	    .key = f->key,
	};

	memcpy(m.digest, f->digests.message, sizeof(m.digest));
	if (end_intents(s, f->key, &m.flags, err) < 0)
		return -1;
	return state_message_add(s->state, s->folder.row.id, &m, err);
}

/* Is it as it was when it was decided what it is? */
static bool is_same(const struct facts *f, const struct action *a)
{
	return f->found && (a->print == 0 || print_of(f->inode, f->size,
						      f->mtime_ns) == a->print);
}

static int adopt_all(struct store *s, const struct action *a, struct facts *f,
		     size_t n, size_t *failed, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n; i++)
		*failed += !is_same(facts_find(f, n, a[i].key), &a[i]);
	if (*failed > 0)
		(void)facts_failed(f, n, err);
	if (*failed == n)
		return 0;
	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct facts *found = facts_find(f, n, a[i].key);
		if (is_same(found, &a[i]))
			r = adopt_one(s, &a[i], found, err);
	}
	return store_end(s, r, err);
}

int store_adopt(struct store *s, const struct action *a, size_t n,
		size_t *failed, struct err *err)
{
	struct facts *f = xcalloc(n, sizeof(*f));

	*failed = 0;
	err->code = ERR_NONE;
	for (size_t i = 0; i < n; i++)
		f[i] = (struct facts){
		    .key = a[i].key, .content = true, .name = true};
	int r = store_spoiled(s, err) ? -1 : 0;
	if (r == 0)
		r = examine_files(&s->folder.dir, NULL, f, n, clock_wall_ns(),
				  err);
	if (r == 0)
		r = adopt_all(s, a, f, n, failed, err);
	examine_release(f, n);
	free(f);
	return r;
}
