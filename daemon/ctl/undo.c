/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/undo.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/ctl/target.h"
#include "daemon/ctl/when.h"
#include "daemon/maildir/change.h"
#include "daemon/maildir/maildir.h"

#define DAY_S INT64_C(86400)

struct undo {
	struct target target;
	const struct undo_opts *opts;
	int root; /* of the Maildir, -1: not open */
	size_t shown, files, wanted, lost, failed;
	struct err err;
};

/* The path of a message's folder: the row's, or where it has none any more,
 * that of its file in the trash, trash/ACCOUNT/PATH/NAME. Owned; NULL: it is
 * not known; NULL with .err.code set. */
static char *path_of(struct undo *u, const struct state_removed *r)
{
	struct state_folder row;
	int found = state_folder_get(u->target.state, r->folder, &row, &u->err);

	if (found == 0) {
		char *path = xstrdup(row.path);
		state_folder_release(&row);
		return path;
	}
	const char *start = r->file ? strchr(r->file, '/') : NULL;
	start = start ? strchr(start + 1, '/') : NULL;
	const char *end = start ? strrchr(start + 1, '/') : NULL;
	if (found < 0 || !end)
		return NULL;
	return xstrndup(start + 1, (size_t)(end - start - 1));
}

static void show(struct undo *u, const struct state_removed *r,
		 const char *folder)
{
	time_t at = (time_t)r->at;
	struct tm tm;
	char when[32] = "";

	if (localtime_r(&at, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	const char *how = "kept in the local trash";
	if (r->side == STATE_THERE)
		how = r->mailbox ? "moved to the server's trash"
				 : "deleted for good";
	char *text =
	    xasprintf("%s deleted %s uid=%lu size=%llu: %s", when,
		      r->side == STATE_HERE ? "there" : "here",
		      (unsigned long)r->uid, (unsigned long long)r->size, how);
	log_result(u->target.account->name, folder, text);
	free(text);
	u->shown++;
}

static int open_maildir(struct undo *u, const char *path, struct maildir *out)
{
	const char *where = u->target.account->maildir;

	if (u->root < 0)
		u->root = maildir_root_open(where, false, &u->err);
	if (u->root == -2)
		return err_set(&u->err, ERR_HELD, ERR_SCOPE_ACCOUNT,
			       "'%s' is missing", where);
	if (u->root < 0)
		return -1;
	return maildir_open(u->root, path, true, out, &u->err);
}

/* Moves one file out of the trash, which is to change_move() a folder whose
 * new/ and cur/ are the same. */
static int move_back(struct undo *u, const char *file, const struct maildir *to)
{
	const char *slash = strrchr(file, '/');
	char *dir = xasprintf("%s/%.*s", u->target.state_dir,
			      (int)(slash - file), file);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct maildir trash = {.dir = fd, .cur = fd, .new_ = fd, .tmp = fd};
	signed char same[26];
	struct name name;
	int r = -1;

	for (int i = 0; i < 26; i++)
		same[i] = (signed char)i;
	if (fd < 0) {
		err_errno(&u->err, ERR_IO, ERR_SCOPE_ACCOUNT,
			  "cannot open '%s'", dir);
	} else if (name_parse(slash + 1, &name) == 0) {
		struct change c = {
		    .unique = xstrndup(slash + 1, name.unique_len),
		    .flags = name.flags,
		    .keywords = name.keywords,
		    .in_new = !name.has_info,
		};
		r = change_move(&trash, &c, 1, to, same, &u->err);
		if (r == 0 && c.result != CHANGE_DONE)
			r = err_set(&u->err, ERR_HELD, ERR_SCOPE_MESSAGE,
				    "'%s' is not in the trash any more", file);
		change_release(&c, 1);
		free((void *)(uintptr_t)c.unique);
	}
	fs_drop(fd);
	free(dir);
	return r;
}

static int bring_file(struct undo *u, const struct state_removed *r,
		      const char *path)
{
	struct maildir to;

	if (open_maildir(u, path, &to) < 0)
		return -1;
	int rc = move_back(u, r->file, &to);
	maildir_close(&to);
	if (rc < 0)
		return -1;
	u->files++;
	return state_removed_drop(u->target.state, r->id, &u->err);
}

static int bring_back(struct undo *u, const struct state_removed *r,
		      const char *path)
{
	if (r->side == STATE_HERE && r->file)
		return bring_file(u, r, path);
	if (!r->mailbox) {
		u->lost++;
		return 0;
	}
	u->wanted++;
	return state_removed_want(u->target.state, r->id, true, &u->err);
}

static int one(void *ctx, const struct state_removed *r)
{
	struct undo *u = ctx;
	char *path = path_of(u, r);
	int rc = 0;

	if (!path)
		return u->err.code == ERR_NONE ? 0 : -1;
	if (target_is(&u->target, path)) {
		char *folder = target_name(&u->target, path);
		if (u->opts->list) {
			show(u, r, folder);
		} else if (bring_back(u, r, path) < 0) {
			log_err(LOG_ERROR, u->target.account->name, folder,
				&u->err);
			u->failed++;
		}
		free(folder);
	}
	free(path);
	return rc;
}

static int finish(struct undo *u)
{
	const char *name = u->target.account->name;

	if (u->opts->list) {
		if (u->shown == 0)
			log_result(name, u->target.folder,
				   "nothing was deleted");
		return 0;
	}
	char *text = xasprintf("%zu files are back, %zu messages are moved "
			       "back on the server by the next sync",
			       u->files, u->wanted);
	log_result(name, u->target.folder, text);
	free(text);
	if (u->lost > 0) {
		err_set(&u->err, ERR_HELD, ERR_SCOPE_ACCOUNT,
			"%zu messages were deleted for good on the server",
			u->lost);
		err_hint(&u->err, "to have them kept: trash = \\Trash");
		log_err(LOG_WARNING, name, u->target.folder, &u->err);
	}
	if (u->files + u->wanted > 0 && !target_wake(&u->target))
		log_at(LOG_INFO, name, NULL,
		       "no sync is running: imapsyncd --once %s", name);
	return u->failed > 0 ? (int)u->err.code : u->lost > 0 ? ERR_HELD : 0;
}

int undo_deletions(const struct config *config, const char *operand,
		   const struct undo_opts *opts)
{
	struct undo u = {.opts = opts, .root = -1};
	int64_t since = clock_wall() - DAY_S;
	int status;

	if (opts->since && when_parse(opts->since, clock_wall(), &since) < 0) {
		log_at(LOG_ERROR, NULL, NULL,
		       "'%s' is no time: 2h, 1d, 2026-11-24, \"2026-11-24 "
		       "10:00\"",
		       opts->since);
		return ERR_USAGE;
	}
	if (target_open(config, operand, &u.target, &u.err) < 0) {
		log_err(LOG_ERROR,
			u.target.account ? u.target.account->name : NULL, NULL,
			&u.err);
		return (int)u.err.code;
	}
	if (state_removed_each(u.target.state, since, one, &u, &u.err) < 0) {
		log_err(LOG_ERROR, u.target.account->name, NULL, &u.err);
		status = (int)u.err.code;
	} else {
		status = finish(&u);
	}
	fs_drop(u.root);
	target_close(&u.target);
	return status;
}
