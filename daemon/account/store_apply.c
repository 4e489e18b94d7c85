/* SPDX-License-Identifier: MIT */
/* The part of the store that carries out actions: deliveries, renames, rows. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/account/store.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/change.h"
#include "daemon/maildir/find.h"
#include "daemon/maildir/name.h"

/* One barrier, two directory syncs and one transaction serve a whole batch; but
 * what is not committed when the line is cut has to be fetched again. */
#define BATCH_MESSAGES 1024
#define BATCH_BYTES    (UINT64_C(64) << 20)

static uint32_t letters_of(const struct store *s, uint64_t flags)
{
	uint32_t letters = 0;

	for (size_t i = 0; i < s->table.n; i++) {
		if ((flags & KEYWORD_BIT(i)) && s->letter_of[i] >= 0)
			letters |= UINT32_C(1) << s->letter_of[i];
	}
	return letters;
}

static int end_transaction(struct store *s, int r, struct err *err)
{
	if (r == 0)
		r = state_commit(s->state, err);
	if (r < 0)
		state_rollback(s->state);
	return r;
}

static int record_delivered(struct store *s, const struct delivered *d,
			    size_t n, struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct state_message m = {
		    .uid = d[i].uid,
		    .flags = d[i].flags,
		    .internaldate = d[i].internaldate,
		    .size = d[i].size,
		    .inode = d[i].inode,
		    .unique = d[i].unique,
		    .key = name_key(d[i].unique, strlen(d[i].unique)),
		};
		memcpy(m.digest, d[i].digest, sizeof(m.digest));
		r = state_message_add(s->state, s->row.id, &m, err);
	}
	return end_transaction(s, r, err);
}

int store_flush(struct store *s, size_t *committed, struct err *err)
{
	const struct delivered *d;
	size_t n;

	*committed = 0;
	if (!s->delivery || delivery_count(s->delivery) == 0)
		return 0;
	if (store_spoiled(s, err))
		return -1;
	if (delivery_commit(s->delivery, &d, &n, err) < 0 ||
	    record_delivered(s, d, n, err) < 0)
		return -1;
	*committed = n;
	return 0;
}

int store_arrived(struct store *s, const struct store_arrival *a,
		  size_t *committed, struct err *err)
{
	struct name_origin origin = {s->tag, s->uidvalidity, a->uid};

	*committed = 0;
	if (delivery_close(s->delivery, &origin, a->flags,
			   letters_of(s, a->flags), a->internaldate, err) < 0)
		return -1;
	if (delivery_count(s->delivery) < BATCH_MESSAGES &&
	    delivery_bytes(s->delivery) < BATCH_BYTES)
		return 0;
	return store_flush(s, committed, err);
}

static void free_changes(struct change *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)c[i].unique);
	free(c);
}

/* The files of n actions, as the database names them. NULL and *err. */
static struct change *changes_of(struct store *s, const struct action *a,
				 size_t n, struct err *err)
{
	struct change *c = xcalloc(n, sizeof(*c));

	for (size_t i = 0; i < n; i++) {
		c[i].unique =
		    state_message_unique(s->state, s->row.id, a[i].uid, err);
		if (!c[i].unique) {
			free_changes(c, i);
			return NULL;
		}
		c[i].flags = a[i].flags & FLAG_SYSTEM;
		c[i].keywords = letters_of(s, a[i].flags);
		c[i].in_new = a[i].in_new;
	}
	return c;
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
			r = state_message_flags(s->state, s->row.id, a[i].uid,
						a[i].add, a[i].del, err);
		else if (c[i].result == CHANGE_FAILED)
			(*failed)++;
	}
	if (*failed > 0 && r == 0)
		err_set(err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"%zu messages: the file's name has no room for "
			"another flag",
			*failed);
	return end_transaction(s, r, err);
}

int store_flags_here(struct store *s, const struct action *a, size_t n,
		     size_t *failed, struct err *err)
{
	*failed = 0;
	if (store_spoiled(s, err))
		return -1;
	struct change *c = changes_of(s, a, n, err);
	if (!c)
		return -1;
	for (size_t i = 0; i < n; i++) {
		c[i].add = a[i].add & FLAG_SYSTEM;
		c[i].del = a[i].del & FLAG_SYSTEM;
		c[i].kadd = letters_of(s, a[i].add);
		c[i].kdel = letters_of(s, a[i].del);
	}
	int r = change_flags(&s->dir, c, n, err);
	if (r == 0)
		r = record_changes(s, a, c, n, failed, err);
	free_changes(c, n);
	return r;
}

static int each(struct store *s, const struct action *a, size_t n,
		int (*fn)(struct store *s, const struct action *a,
			  struct err *err),
		struct err *err)
{
	int r = 0;

	if (store_spoiled(s, err) || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = fn(s, &a[i], err);
	return end_transaction(s, r, err);
}

static int record_one(struct store *s, const struct action *a, struct err *err)
{
	return state_message_flags(s->state, s->row.id, a->uid, a->add, a->del,
				   err);
}

int store_record(struct store *s, const struct action *a, size_t n,
		 struct err *err)
{
	return each(s, a, n, record_one, err);
}

static int forget_one(struct store *s, const struct action *a, struct err *err)
{
	return state_message_drop(s->state, s->row.id, a->uid, err);
}

int store_forget(struct store *s, const struct action *a, size_t n,
		 struct err *err)
{
	return each(s, a, n, forget_one, err);
}

int store_reset(struct store *s, const struct base_view *base, struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < base->n && r == 0; i++)
		r = state_message_drop(s->state, s->row.id, base->row[i].uid,
				       err);
	if (r == 0)
		r = state_folder_position(s->state, s->row.id, 0, 0, 0, err);
	return end_transaction(s, r, err);
}

static int tombstone_one(struct store *s, const struct action *a,
			 struct err *err)
{
	return state_message_tombstone(s->state, s->row.id, a->uid,
				       FATE_DYING_HERE, err);
}

int store_tombstone(struct store *s, const struct action *a, size_t n,
		    struct err *err)
{
	return each(s, a, n, tombstone_one, err);
}

/* Adoption: the file's name is looked up by its key, its data by stat. */
struct adoption {
	struct store *store;
	const struct action **by_key; /* n, sorted by key */
	uint64_t *keys;
	bool *found;
	struct err *err;
};

static int adopt_file(void *ctx, size_t i, const char *file, bool in_new)
{
	struct adoption *ad = ctx;
	struct store *s = ad->store;
	const struct action *a = ad->by_key[i];
	struct name name;
	struct stat st;

	if (ad->found[i] || name_parse(file, &name) < 0)
		return 0;
	if (fstatat(in_new ? s->dir.new_ : s->dir.cur, file, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* renamed just now: the next pass has it */
	char *unique = xstrndup(file, name.unique_len);
	struct state_message m = {
	    .uid = a->uid,
	    .flags = a->flags,
	    .internaldate = st.st_mtim.tv_sec,
	    .size = (uint64_t)st.st_size,
	    .inode = st.st_ino,
	    .unique = unique,
	    .key = ad->keys[i],
	};
	int r = state_message_add(s->state, s->row.id, &m, ad->err);
	free(unique);
	ad->found[i] = true;
	return r;
}

static int action_key_cmp(const void *a, const void *b)
{
	const struct action *x = *(const struct action *const *)a;
	const struct action *y = *(const struct action *const *)b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return 0;
}

int store_adopt(struct store *s, const struct action *a, size_t n,
		size_t *failed, struct err *err)
{
	struct adoption ad = {
	    .store = s,
	    .by_key = xcalloc(n, sizeof(*ad.by_key)),
	    .keys = xcalloc(n, sizeof(*ad.keys)),
	    .found = xcalloc(n, sizeof(*ad.found)),
	    .err = err,
	};

	*failed = 0;
	for (size_t i = 0; i < n; i++)
		ad.by_key[i] = &a[i];
	qsort(ad.by_key, n, sizeof(*ad.by_key), action_key_cmp);
	for (size_t i = 0; i < n; i++)
		ad.keys[i] = ad.by_key[i]->key;
	int r = store_spoiled(s, err) ? -1 : state_begin(s->state, err);
	if (r == 0) {
		r = find_files(&s->dir, ad.keys, n, adopt_file, &ad, err);
		r = end_transaction(s, r, err);
	}
	for (size_t i = 0; i < n; i++)
		*failed += !ad.found[i];
	if (*failed > 0 && r == 0)
		err_set(err, ERR_TEMP, ERR_SCOPE_FOLDER,
			"%zu files were renamed meanwhile", *failed);
	free(ad.by_key);
	free(ad.keys);
	free(ad.found);
	return r;
}

/* Where deleted files of the open folder go; made where it is missing. */
static int open_trash(struct store *s, struct err *err)
{
	char *path =
	    xasprintf("%s/trash/%s/%s", s->config->state_dir, s->account->name,
		      *s->row.path ? s->row.path : "INBOX");
	int fd = maildir_root_open(path, true, err);

	free(path);
	return fd;
}

static size_t tombstones_of(const struct base_view *base, struct action *a)
{
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].fate == FATE_DYING_HERE)
			a[n++] = (struct action){
			    .type = ACTION_TRASH_HERE,
			    .uid = base->row[i].uid,
			    .flags = base->row[i].flags,
			    .key = base->row[i].key,
			};
	}
	return n;
}

/* W4: first the files, durably, then the rows. A file that is gone already was
 * moved before a crash, or by its owner. */
static int bury_all(struct store *s, struct action *a, size_t n, size_t *buried,
		    struct err *err)
{
	int trash = open_trash(s, err);
	size_t done = 0;

	if (trash < 0)
		return -1;
	struct change *c = changes_of(s, a, n, err);
	int r = c ? change_trash(&s->dir, c, n, trash, err) : -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		*buried += c[i].result == CHANGE_DONE;
		if (c[i].result != CHANGE_FAILED)
			a[done++] = a[i];
	}
	if (c)
		free_changes(c, n);
	(void)close(trash);
	return r == 0 ? store_forget(s, a, done, err) : -1;
}

int store_bury(struct store *s, const struct store_name *name, size_t *buried,
	       struct err *err)
{
	struct store_view view;
	int r = store_folder_open(s, name, &view, err);

	*buried = 0;
	if (r != 0)
		return r < 0 ? -1 : 0;
	struct action *a = xcalloc(view.base.n + 1, sizeof(*a));
	size_t n = tombstones_of(&view.base, a);
	if (n > 0)
		r = bury_all(s, a, n, buried, err);
	free(a);
	store_view_release(&view);
	store_folder_close(s);
	return r;
}
