/* SPDX-License-Identifier: MIT */
/* Finds the folders below an account's root. Enters no link; an error is an
 * error, never a shorter list.
 */
#include "daemon/maildir/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/fs.h"

struct walk {
	const struct tree *t;
	int (*fn)(void *ctx, const char *path, enum tree_find what);
	void *ctx;
	char path[PATH_MAX];
	size_t len;
	int depth;
	unsigned dirs;
};

/* What a name in a directory is to the walk. */
enum kind {
	KIND_NOTHING,
	KIND_DIR,
	KIND_LINK, /* to be reported, not entered */
};

/* 1: a folder; 0: none; -1: who knows. */
static int has_cur(int dir)
{
	struct stat st;

	if (fstatat(dir, "cur", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(st.st_mode) ? 1 : -1;
	return errno == ENOENT ? 0 : -1;
}

/* Can the name be (the last component of) a folder's path? */
static bool skipped(const struct walk *w, const char *name)
{
	if (w->t->layout == TREE_MAILDIRPP ||
	    (w->t->layout == TREE_DOT_BELOW && w->depth > 0))
		return name[0] != '.';
	return name[0] == '.' || strcmp(name, "cur") == 0 ||
	       strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0;
}

static bool is_lost_and_found(const struct walk *w, const char *name)
{
	return w->t->layout != TREE_MAILDIRPP && w->depth == 0 &&
	       strcmp(name, "lost+found") == 0;
}

/* A link to a file, and only to that, is no folder for sure. */
static enum kind kind_of_link(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && !S_ISDIR(st.st_mode)
		   ? KIND_NOTHING
		   : KIND_LINK;
}

static enum kind kind_of(int dir, const struct dirent *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_DIR:
		return KIND_DIR;
	case DT_LNK:
		return kind_of_link(dir, entry->d_name);
	case DT_UNKNOWN:
		break;
	default:
		return KIND_NOTHING;
	}
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? KIND_NOTHING : KIND_DIR;
	if (S_ISLNK(st.st_mode))
		return kind_of_link(dir, entry->d_name);
	return S_ISDIR(st.st_mode) ? KIND_DIR : KIND_NOTHING;
}

static int append(struct walk *w, const char *name)
{
	size_t n = strlen(name), slash = w->len > 0;

	if (w->len + slash + n >= sizeof(w->path)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (slash)
		w->path[w->len] = '/';
	memcpy(w->path + w->len + slash, name, n + 1);
	w->len += slash + n;
	return 0;
}

static int walk_dir(struct walk *w, int dir);

static int tell_folder(struct walk *w, int dir)
{
	int has = has_cur(dir);

	if (has == 0)
		return 0;
	return w->fn(w->ctx, w->path, has > 0 ? TREE_FOLDER : TREE_DOUBTFUL);
}

static int enter(struct walk *w, int dir, const char *name)
{
	int fd = fs_open(dir, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0) {
		/* Gone, or replaced, since it was listed. */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			   ? 0
			   : -1;
	}
	if (w->depth >= TREE_LEVELS || ++w->dirs > TREE_DIRS_MAX) {
		errno = EOVERFLOW;
		fs_drop(fd);
		return -1;
	}
	int rc = tell_folder(w, fd);
	if (rc == 0 && !tree_is_flat(w->t->layout)) {
		w->depth++;
		rc = walk_dir(w, fd);
		w->depth--;
	}
	fs_drop(fd);
	return rc;
}

static int see(struct walk *w, int dir, const struct dirent *entry)
{
	size_t len = w->len;
	int rc = 0;

	if (skipped(w, entry->d_name))
		return 0;
	enum kind kind = kind_of(dir, entry);
	if (kind == KIND_NOTHING)
		return 0;
	if (append(w, entry->d_name) < 0)
		return -1;
	/* Of a file system's own directory only the name can be known. */
	if (kind == KIND_LINK || is_lost_and_found(w, entry->d_name))
		rc = w->fn(w->ctx, w->path, TREE_DOUBTFUL);
	else
		rc = enter(w, dir, entry->d_name);
	w->len = len;
	w->path[len] = '\0';
	return rc;
}

/* Calls itself, TREE_LEVELS deep at most. */
static int walk_dir(struct walk *w, int dir)
{
	DIR *d = fs_opendir(dir);
	int rc = 0;

	if (!d)
		return -1;
	for (const struct dirent *entry; (entry = fs_readdir(d));) {
		rc = see(w, dir, entry);
		if (rc != 0)
			break;
	}
	int number = errno;
	if (rc == 0 && number != 0)
		rc = -1;
	(void)closedir(d);
	errno = number;
	return rc;
}

int tree_walk(const struct tree *t, int root,
	      int (*fn)(void *ctx, const char *path, enum tree_find what),
	      void *ctx)
{
	struct walk w = {.t = t, .fn = fn, .ctx = ctx};
	bool root_is_inbox = t->layout == TREE_MAILDIRPP || t->inbox[0] == '\0';
	int rc = root_is_inbox ? tell_folder(&w, root) : 0;

	return rc != 0 ? rc : walk_dir(&w, root);
}
