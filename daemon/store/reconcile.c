/* SPDX-License-Identifier: MIT */
/* What happened to a folder's files since the last look: other programs rename,
 * copy and write to them as they like, and the rows keep up. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/core/files.h"
#include "daemon/core/moves.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/examine.h"
#include "daemon/maildir/twins.h"
#include "daemon/store/store.h"

struct reconciler {
	struct store *store;
	struct local_folder *folder;
	struct base_view *base;
	struct local_view *local;
	bool begun; /* a transaction */
	struct err *err;
};

static struct local_row *local_of(struct reconciler *rc, uint64_t key)
{
	return local_view_find(rc->local, key);
}

static bool is_touched(struct reconciler *rc, const struct base_row *b)
{
	return files_is_touched(b, local_of(rc, b->key));
}

/* The facts of files, sorted by key; owned by the caller. NULL and *err. */
static struct facts *look_at(struct reconciler *rc, struct facts *f, size_t n)
{
	if (examine_files(&rc->folder->dir, NULL, f, n, clock_wall_ns(),
			  rc->err) == 0)
		return f;
	examine_release(f, n);
	free(f);
	return NULL;
}

/* 1: the row's file has this content; 0: another one; -1. Fields that mail
 * programs rewrite change the size, and are no other content. A row whose
 * content is not known believes the size. */
static int has_content(struct reconciler *rc, uint32_t uid,
		       const struct facts *f)
{
	struct state_record row;
	int r = state_message_get(rc->store->state, rc->folder->row.id, uid,
				  &row, rc->err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	bool same = row.have_digest ? memcmp(row.digest, f->digests.message,
					     sizeof(row.digest)) == 0
				    : row.size == f->size;
	state_record_release(&row);
	return same;
}

/* digest NULL: the content is that of before. */
static int record_file(struct reconciler *rc, uint32_t uid,
		       const struct facts *f, const unsigned char *digest)
{
	struct store *s = rc->store;
	struct state_file file = {
	    .unique = f->unique,
	    .key = f->key,
	    .inode = f->inode,
	    .size = f->size,
	    .mtime_ns = f->mtime_ns,
	    .digest = digest,
	};

	if (!rc->begun &&
	    (store_touch(s, rc->err) < 0 || state_begin(s->state, rc->err) < 0))
		return -1;
	rc->begun = true;
	const struct base_row *b = base_view_find(rc->base, uid);
	/* What was promised of it goes on under its new name. */
	if (b->fate == FATE_CLAIMED && b->key != file.key &&
	    state_intent_rename(s->state, rc->folder->row.id, b->key, &file,
				rc->err) < 0)
		return -1;
	return state_message_set_file(s->state, rc->folder->row.id, uid, &file,
				      rc->err);
}

static int take_new_print(struct reconciler *rc, struct base_row *b,
			  const struct facts *f)
{
	int same = f->found ? has_content(rc, b->uid, f) : 0;
	struct files_content content = {f->found, same > 0, f->busy};

	if (same < 0 ||
	    (same > 0 && record_file(rc, b->uid, f, f->digests.message) < 0))
		return -1;
	enum files_touch touch = files_touch(b, local_of(rc, b->key), &content);
	rc->local->busy += touch == FILES_BUSY;
	return 0;
}

static int take_new_prints(struct reconciler *rc, struct facts *f, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < rc->base->n && r == 0; i++) {
		struct base_row *b = &rc->base->row[i];
		if (!is_touched(rc, b))
			continue;
		const struct facts *found = facts_find(f, n, b->key);
		if (found)
			r = take_new_print(rc, b, found);
	}
	return r;
}

/* Files that were written to, or only touched or copied with their directory:
 * their content tells. */
static int touched(struct reconciler *rc)
{
	size_t n = 0;

	for (size_t i = 0; i < rc->base->n; i++)
		n += is_touched(rc, &rc->base->row[i]);
	if (n == 0)
		return 0;
	struct facts *f = xcalloc(n, sizeof(*f));
	n = 0;
	for (size_t i = 0; i < rc->base->n; i++) {
		if (is_touched(rc, &rc->base->row[i]))
			f[n++] = (struct facts){.key = rc->base->row[i].key,
						.content = true,
						.name = true};
	}
	f = look_at(rc, f, n);
	if (!f)
		return -1;
	rc->local->unreadable = facts_failed(f, n, rc->err);
	int r = take_new_prints(rc, f, n);
	examine_release(f, n);
	free(f);
	return r;
}

static struct move_file *list_gone(struct reconciler *rc, size_t *n, int *r)
{
	struct move_file *out = xcalloc(rc->base->n + 1, sizeof(*out));

	*n = 0;
	*r = 0;
	for (size_t i = 0; i < rc->base->n && *r == 0; i++) {
		const struct base_row *b = &rc->base->row[i];
		struct state_record row;
		if (!files_may_be_renamed(b, rc->local))
			continue;
		*r = state_message_get(rc->store->state, rc->folder->row.id,
				       b->uid, &row, rc->err);
		if (*r != 0)
			break;
		struct move_file *m = &out[(*n)++];
		*m = (struct move_file){.uid = b->uid,
					.key = b->key,
					.print = b->print,
					.size = row.size};
		m->have_digest = row.have_digest && files_follow_content(b);
		memcpy(m->digest, row.digest, sizeof(m->digest));
		state_record_release(&row);
	}
	return out;
}

/* Files that no row has. */
static struct move_file *list_found(struct reconciler *rc, size_t *n)
{
	size_t nkeys;
	uint64_t *keys = files_taken(rc->base, rc->local, &nkeys);
	struct move_file *out = xcalloc(rc->local->n + 1, sizeof(*out));

	if (!keys)
		abort();
	*n = 0;
	for (size_t i = 0; i < rc->local->n; i++) {
		const struct local_row *l = &rc->local->row[i];
		if (!pair_has_key(keys, nkeys, l->key) &&
		    files_may_be_moved(l, rc->folder->row.uidnext))
			out[(*n)++] = (struct move_file){.key = l->key,
							 .print = l->print};
	}
	free(keys);
	return out;
}

/* x NULL: it was renamed on. */
static int record_rename(struct reconciler *rc, const struct move_file *gone,
			 const struct facts *x)
{
	struct base_row *b = base_view_find(rc->base, gone->uid);
	const struct local_row *l = local_of(rc, gone->to_key);
	struct base_row now = *b;

	switch (files_rename(
	    &now, l, x ? print_of(x->inode, x->size, x->mtime_ns) : 0)) {
	case FILES_AWAY:
		rc->local->unstable = true;
		break;
	case FILES_WRITING:
		rc->local->busy++;
		break;
	case FILES_RENAMED:
		if (record_file(rc, gone->uid, x, NULL) < 0)
			return -1;
		break;
	}
	*b = now;
	return 0;
}

static const struct facts *facts_of(struct facts *f, size_t n, uint64_t key)
{
	const struct facts *x = facts_find(f, n, key);

	return x && x->found ? x : NULL;
}

/* The content of those for which it matters. */
static int read_wanted(struct reconciler *rc, struct move_file *found,
		       size_t nfound, size_t wanted)
{
	struct facts *f = xcalloc(wanted, sizeof(*f));
	size_t n = 0;

	for (size_t i = 0; i < nfound; i++) {
		if (found[i].wanted)
			f[n++] = (struct facts){.key = found[i].key,
						.content = true};
	}
	f = look_at(rc, f, n);
	if (!f)
		return -1;
	for (size_t i = 0; i < nfound; i++) {
		const struct facts *x = facts_of(f, n, found[i].key);
		if (!found[i].wanted || !x)
			continue;
		found[i].have_digest = true;
		memcpy(found[i].digest, x->digests.message,
		       sizeof(found[i].digest));
	}
	free(f);
	return 0;
}

/* f: what stat() says of found, by key. */
static int pair_renamed(struct reconciler *rc, struct move_file *gone,
			size_t ngone, struct move_file *found, size_t nfound,
			struct facts *f)
{
	int r = 0;

	for (size_t i = 0; i < nfound; i++) {
		const struct facts *x = facts_of(f, nfound, found[i].key);
		found[i].size = x ? x->size : UINT64_MAX;
	}
	size_t wanted = moves_by_print(gone, ngone, found, nfound);
	if (wanted > 0 && read_wanted(rc, found, nfound, wanted) < 0)
		return -1;
	(void)moves_by_digest(gone, ngone, found, nfound);
	for (size_t i = 0; i < ngone && r == 0; i++) {
		if (gone[i].paired)
			r = record_rename(rc, &gone[i],
					  facts_of(f, nfound, gone[i].to_key));
	}
	return r;
}

/* Files that got another unique part: mu4e and afew do that. */
static int renamed(struct reconciler *rc)
{
	size_t ngone, nfound = 0;
	int r;
	struct move_file *gone = list_gone(rc, &ngone, &r);
	struct move_file *found = ngone > 0 ? list_found(rc, &nfound) : NULL;

	if (r == 0 && nfound > 0) {
		struct facts *f = xcalloc(nfound, sizeof(*f));
		for (size_t i = 0; i < nfound; i++)
			f[i] =
			    (struct facts){.key = found[i].key, .name = true};
		f = look_at(rc, f, nfound);
		r = f ? pair_renamed(rc, gone, ngone, found, nfound, f) : -1;
		if (f)
			examine_release(f, nfound);
		free(f);
	}
	free(gone);
	free(found);
	return r < 0 ? -1 : 0;
}

/* Copies that kept the name of the original are given one of their own. */
static int part_twins(struct reconciler *rc, uint32_t uidvalidity)
{
	struct store *s = rc->store;

	if (rc->local->twins == 0 || s->dry_run)
		return 0;
	if (store_touch(s, rc->err) < 0)
		return -1;
	int n = twins_part(&rc->folder->dir, rc->base, rc->err);
	if (n <= 0)
		return n;
	local_view_release(rc->local);
	return store_scan(s, rc->folder, uidvalidity, rc->base, rc->local,
			  rc->err);
}

/* What has taken the place of messages, and is none. */
static void odd(struct reconciler *rc)
{
	struct local_view *v = rc->local;
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->row[i].odd;
	if (n > 0 && v->unreadable == 0) {
		err_set(rc->err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"'%s' is no regular file", v->odd);
		err_hint(rc->err, "put the message back in its place; if this "
				  "is removed, it is deleted on the server");
	}
	v->unreadable += n;
}

int store_reconcile(struct store *s, struct local_folder *f,
		    uint32_t uidvalidity, struct base_view *base,
		    struct local_view *local, struct err *err)
{
	struct reconciler rc = {
	    .store = s, .folder = f, .base = base, .local = local, .err = err};

	int r = part_twins(&rc, uidvalidity);
	if (r == 0)
		r = touched(&rc);
	if (r == 0)
		odd(&rc);
	if (r == 0)
		r = renamed(&rc);
	return rc.begun ? store_end(s, r, err) : r;
}
