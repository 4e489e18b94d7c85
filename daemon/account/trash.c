/* SPDX-License-Identifier: MIT */
#include "daemon/account/trash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/account/store_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"

/* Rows at a time: their files are synced together. */
#define BATCH 256

/* Some rows of one folder that are dying here. */
struct batch {
	int64_t folder;
	uint32_t uid[BATCH];
	size_t n;
};

static int take_dying(void *ctx, int64_t folder, const struct state_record *r)
{
	struct batch *b = ctx;

	if (b->n == BATCH || (b->n > 0 && b->folder != folder))
		return 1;
	b->folder = folder;
	b->uid[b->n++] = r->uid;
	return 0;
}

/* Below the state directory; in maildir++ the inbox has no name of its own. */
static char *folder_path(const struct store *s, const struct shelf *f)
{
	return xasprintf("trash/%s/%s", s->account->name,
			 *f->row.path ? f->row.path : "INBOX");
}

static int open_trash(const struct store *s, const char *path, struct err *err)
{
	char *full = xasprintf("%s/%s", s->config->state_dir, path);
	int fd = maildir_root_open(full, true, err);

	free(full);
	return fd;
}

/* A run that was killed moved the file and did not get to note it. */
static char *find_in_trash(int trash, const char *unique)
{
	size_t len = strlen(unique);
	char *found = NULL;
	DIR *d = fs_opendir(trash);

	for (const struct dirent *e; d && !found && (e = fs_readdir(d));) {
		struct name name;
		if (name_parse(e->d_name, &name) == 0 &&
		    name.unique_len == len &&
		    memcmp(e->d_name, unique, len) == 0)
			found = xstrdup(e->d_name);
	}
	if (d)
		(void)closedir(d);
	return found;
}

static int note(struct store *s, const struct shelf *f, const char *path,
		uint32_t uid, const struct change *c, int trash,
		struct err *err)
{
	struct state_record row;
	int64_t id;
	int r = state_message_get(s->state, f->row.id, uid, &row, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	char *name = c->result == CHANGE_DONE ? xstrdup(c->as)
					      : find_in_trash(trash, c->unique);
	char *file = name ? xasprintf("%s/%s", path, name) : NULL;
	struct state_removed removed = {
	    .at = clock_wall(),
	    .side = STATE_HERE,
	    .folder = f->row.name,
	    .file = file,
	    .unique = row.unique,
	    .uid = uid,
	    .flags = row.flags,
	    .internaldate = row.internaldate,
	    .size = row.size,
	    .have_digest = row.have_digest,
	};
	memcpy(removed.digest, row.digest, sizeof(removed.digest));
	/* Where there is none, its owner removed or moved it meanwhile. */
	if (file)
		r = state_removed_add(s->state, &removed, &id, err);
	free(file);
	free(name);
	state_record_release(&row);
	return r < 0 ? -1 : state_message_drop(s->state, f->row.id, uid, err);
}

static int note_all(struct store *s, const struct shelf *f, const char *path,
		    const struct batch *b, const struct change *c, int trash,
		    size_t *buried, struct err *err)
{
	size_t n = 0;
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n && r == 0; i++) {
		if (c[i].result == CHANGE_FAILED)
			r = err_set(err, ERR_IO, ERR_SCOPE_FOLDER,
				    "cannot move '%s' to the trash",
				    c[i].unique);
		else
			r = note(s, f, path, b->uid[i], &c[i], trash, err);
		n += c[i].result == CHANGE_DONE;
	}
	if (store_end(s, r, err) < 0)
		return -1;
	*buried += n;
	return 0;
}

static int bury_files(struct store *s, const struct shelf *f,
		      const struct batch *b, size_t *buried, struct err *err)
{
	char *path = folder_path(s, f);
	int trash = open_trash(s, path, err);
	struct change *c =
	    trash < 0 ? NULL : store_changes(s, f->row.id, b->uid, b->n, err);
	int r = c ? change_trash(&f->dir, c, b->n, trash, err) : -1;

	if (r == 0)
		r = note_all(s, f, path, b, c, trash, buried, err);
	if (c)
		store_changes_free(c, b->n);
	fs_drop(trash);
	free(path);
	return r;
}

/* The directory is gone, and the files with it. */
static int drop_rows(struct store *s, const struct batch *b, struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = state_message_drop(s->state, b->folder, b->uid[i], err);
	return store_end(s, r, err);
}

static int bury_batch(struct store *s, const struct batch *b, size_t *buried,
		      struct err *err)
{
	struct shelf f;

	if (store_shelf(s, b->folder, &f, err) < 0)
		return -1;
	int r = f.have_dir ? bury_files(s, &f, b, buried, err)
			   : drop_rows(s, b, err);
	shelf_close(&f);
	return r;
}

int trash_bury(struct store *s, size_t *buried, int64_t *folder,
	       struct err *err)
{
	struct batch *b = xcalloc(1, sizeof(*b));
	int r = 0;

	*buried = 0;
	*folder = 0;
	store_folder_close(s);
	while (r == 0) {
		b->n = 0;
		r = state_each_fate(s->state, FATE_DYING_HERE, take_dying, b,
				    err);
		if (r < 0 || b->n == 0)
			break;
		*folder = b->folder;
		r = store_touch(s, err);
		if (r == 0)
			r = bury_batch(s, b, buried, err);
	}
	free(b);
	return r < 0 ? -1 : 0;
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
	return state_removed_expire(s->state, before, expire_one, &x, err);
}
