/* SPDX-License-Identifier: MIT */
#include "daemon/store/trash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

/* Rows at a time: their files are synced together. Each batch may take a pass
 * over the folder, and one over its trash. */
#define BATCH 4096

struct dying {
	int64_t folder;
	uint32_t uid;
};

struct burial {
	struct store *store;
	bool (*may)(void *ctx, int64_t folder);
	void *ctx;
	struct dying *dying; /* by folder */
	size_t n, cap;
	size_t buried;
	/* The first thing that went wrong, and where. */
	struct err err;
	int64_t folder;
};

/* Some rows of one folder, and their files. */
struct batch {
	struct burial *burial;
	const struct dying *dying;
	size_t n;
	struct local_folder local_folder;
	char *path; /* of its trash, below the state directory */
	int trash;
	struct change *change; /* n of them */
};

static int take_dying(void *ctx, int64_t folder, const struct state_record *r)
{
	struct burial *b = ctx;

	if (!b->may(b->ctx, folder))
		return 0;
	b->dying = xgrow(b->dying, b->n, &b->cap, sizeof(*b->dying));
	b->dying[b->n++] = (struct dying){folder, r->uid};
	return 0;
}

/* In maildir++ the inbox has no name of its own. */
static char *folder_path(const struct store *s, const struct local_folder *f)
{
	return xasprintf("trash/%s/%s", s->account->name,
			 *f->row.path ? f->row.path : "INBOX");
}

static int open_trash(const struct store *s, const char *path, struct err *err)
{
	char *full = xasprintf("%s/%s", s->config->state_dir, path);
	int fd = fs_make_dirs(AT_FDCWD, full, true);

	if (fd == 0)
		fd = fs_open(AT_FDCWD, full, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		(void)maildir_error(err, "cannot make the trash '%s'", full);
	free(full);
	return fd;
}

/* A file that is in the folder no more. */
struct lost {
	uint64_t key, size;
	int64_t mtime_ns;
	struct change *change;
};

static int lost_cmp(const void *a, const void *b)
{
	const struct lost *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Those of the batch; owned by the caller. 0 or -1. */
static int list_lost(struct batch *b, struct lost **out, size_t *n,
		     struct err *err)
{
	int r = 0;

	*n = 0;
	*out = xcalloc(b->n, sizeof(**out));
	for (size_t i = 0; i < b->n && r == 0; i++) {
		struct state_record row;
		if (b->change[i].result != CHANGE_GONE)
			continue;
		r = state_message_get(b->burial->store->state,
				      b->local_folder.row.id, b->dying[i].uid,
				      &row, err);
		if (r != 0)
			break;
		(*out)[(*n)++] = (struct lost){row.key, row.size, row.mtime_ns,
					       &b->change[i]};
		state_record_release(&row);
	}
	return r < 0 ? -1 : 0;
}

static void match(const struct lost *lost, size_t n, int dir, const char *file)
{
	struct lost want = {.key = 0};
	struct name name;
	struct stat st;

	if (name_parse(file, &name) < 0)
		return;
	want.key = name_key(file, name.unique_len);
	const struct lost *l = bsearch(&want, lost, n, sizeof(*l), lost_cmp);
	/* An older one of that name has another size, or another time. */
	if (l && !l->change->as &&
	    fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_size == l->size &&
	    (l->mtime_ns == 0 || l->mtime_ns == fs_mtime_ns(&st)))
		l->change->as = xstrdup(file);
}

/* A run that was killed moved files and did not get to note them. */
static int find_in_trash(struct batch *b, struct err *err)
{
	struct lost *lost;
	size_t n;
	int r = list_lost(b, &lost, &n, err);

	if (r == 0 && n > 0) {
		const struct dirent *entry;
		DIR *d = fs_opendir(b->trash);
		qsort(lost, n, sizeof(*lost), lost_cmp);
		while (d && (entry = fs_readdir(d)))
			match(lost, n, b->trash, entry->d_name);
		if (errno != 0)
			r = maildir_error(err, "cannot list the trash");
		if (d)
			(void)closedir(d);
	}
	free(lost);
	return r;
}

static int note(struct batch *b, uint32_t uid, const struct change *c,
		struct err *err)
{
	struct state *state = b->burial->store->state;
	struct state_record row;
	int64_t id, folder = b->local_folder.row.id;
	int r = state_message_get(state, folder, uid, &row, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	char *file = c->as ? xasprintf("%s/%s", b->path, c->as) : NULL;
	struct state_removed removed = state_removed_of(&row, uid, STATE_HERE);
	removed.at = clock_wall();
	removed.folder = b->local_folder.row.name;
	removed.file = file;
	/* Where there is none, its owner removed or moved it meanwhile. */
	if (file)
		r = state_removed_add(state, &removed, &id, err);
	free(file);
	state_record_release(&row);
	return r < 0 ? -1 : state_message_drop(state, folder, uid, err);
}

static int note_all(struct batch *b, struct err *err)
{
	struct store *s = b->burial->store;
	size_t n = 0;
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n && r == 0; i++) {
		if (b->change[i].result == CHANGE_FAILED)
			continue;
		r = note(b, b->dying[i].uid, &b->change[i], err);
		n += b->change[i].as != NULL;
	}
	if (store_end(s, r, err) < 0)
		return -1;
	b->burial->buried += n;
	for (size_t i = 0; i < b->n; i++) {
		if (b->change[i].as)
			store_tell_deleted(s, &b->local_folder, b->dying[i].uid,
					   &b->change[i]);
	}
	return 0;
}

static int bury_files(struct batch *b, struct err *err)
{
	struct store *s = b->burial->store;
	uint32_t *uid = xcalloc(b->n, sizeof(*uid));

	for (size_t i = 0; i < b->n; i++)
		uid[i] = b->dying[i].uid;
	b->change = store_changes(s, &b->local_folder, uid, b->n, err);
	free(uid);
	if (!b->change ||
	    change_trash(&b->local_folder.dir, b->change, b->n, b->trash, err) <
		0 ||
	    find_in_trash(b, err) < 0)
		return -1;
	return note_all(b, err);
}

/* The directory is gone, and the files with it. */
static int drop_rows(struct batch *b, struct err *err)
{
	struct state *state = b->burial->store->state;
	int r = 0;

	if (state_begin(state, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = state_message_drop(state, b->local_folder.row.id,
				       b->dying[i].uid, err);
	return store_end(b->burial->store, r, err);
}

/* 0, also where single files could not be moved: then err->code says so. */
static int bury_batch(struct batch *b, struct err *err)
{
	struct store *s = b->burial->store;
	int r = -1;

	if (store_touch(s, err) < 0 ||
	    store_local_folder(s, b->dying->folder, &b->local_folder, err) < 0)
		return -1;
	if (!b->local_folder.have_dir) {
		r = drop_rows(b, err);
	} else {
		b->path = folder_path(s, &b->local_folder);
		b->trash = open_trash(s, b->path, err);
		if (b->trash >= 0)
			r = bury_files(b, err);
		fs_drop(b->trash);
		free(b->path);
	}
	if (b->change)
		store_changes_free(b->change, b->n);
	local_folder_close(&b->local_folder);
	return r;
}

/* From that row on: how many are of its folder. */
static size_t rest_of_folder(const struct burial *b, size_t from)
{
	size_t n = 1;

	while (from + n < b->n &&
	       b->dying[from + n].folder == b->dying[from].folder)
		n++;
	return n;
}

static void bury_all(struct burial *b)
{
	for (size_t i = 0, n; i < b->n; i += n) {
		struct batch batch = {.burial = b, .dying = &b->dying[i]};
		struct err err = {.code = ERR_NONE};
		n = rest_of_folder(b, i);
		batch.n = n < BATCH ? n : BATCH;
		int r = bury_batch(&batch, &err);
		if (err.code != ERR_NONE && b->err.code == ERR_NONE) {
			b->err = err;
			b->folder = batch.dying->folder;
		}
		if (r < 0 && err.scope >= ERR_SCOPE_ACCOUNT)
			return;
		if (r == 0)
			n = batch.n;
	}
}

int trash_bury(struct store *s, bool (*may)(void *ctx, int64_t folder),
	       void *ctx, size_t *buried, int64_t *folder, struct err *err)
{
	struct burial b = {.store = s, .may = may, .ctx = ctx};

	store_folder_close(s);
	if (state_each_fate(s->state, FATE_DYING_HERE, take_dying, &b,
			    &b.err) == 0)
		bury_all(&b);
	free(b.dying);
	*buried = b.buried;
	*folder = b.folder;
	if (b.err.code == ERR_NONE)
		return 0;
	*err = b.err;
	return -1;
}

static bool is_that(void *ctx, int64_t folder)
{
	return *(const int64_t *)ctx == folder;
}

int trash_bury_folder(struct store *s, int64_t folder, struct err *err)
{
	size_t buried;
	int64_t failed;

	return trash_bury(s, is_that, &folder, &buried, &failed, err);
}

struct expiry {
	struct store *store;
	struct err *err;
};

static int expire_one(void *ctx, const struct state_removed *r)
{
	struct expiry *x = ctx;

	if (!r->file)
		return 0;
	char *path = xasprintf("%s/%s", x->store->config->state_dir, r->file);
	int rc = unlink(path);
	/* One that somebody took away is as good as removed. */
	if (rc < 0 && errno == ENOENT)
		rc = 0;
	if (rc < 0)
		(void)err_errno(x->err, ERR_IO, ERR_SCOPE_ACCOUNT,
				"cannot remove '%s'", path);
	free(path);
	return rc;
}

int trash_expire(struct store *s, struct err *err)
{
	struct expiry x = {s, err};
	int64_t before = clock_wall() - s->account->keep_deleted_ms / 1000;

	if (s->dry_run)
		return 0;
	if (state_begin(s->state, err) < 0)
		return -1;
	int r = state_removed_expire(s->state, before, expire_one, &x, err);
	/* What was removed is removed, whatever came then. */
	return state_commit(s->state, err) < 0 ? -1 : r;
}
