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
#include "lib/util/ascii.h"

struct walk {
	const struct tree *t;
	int (*fn)(void *ctx, const char *path);
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

static bool has_cur(int dir)
{
	struct stat st;

	/* Whatever it is: where cur is a link or unreadable, opening the folder
	 * fails, and that is better than a folder that seems removed. */
	return fstatat(dir, "cur", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

/* Can the name be (the last component of) a folder's path? */
static bool skipped(const struct walk *w, const char *name)
{
	if (w->t->layout == TREE_MAILDIRPP)
		return name[0] != '.';
	return name[0] == '.' || ascii_same(name, "cur") ||
	       ascii_same(name, "new") || ascii_same(name, "tmp") ||
	       (w->depth == 0 && strcmp(name, "lost+found") == 0);
}

/* A link counts where it leads to a folder, dangles, or cannot be followed: a
 * disk that is not mounted must not look like folders that were removed. */
static enum kind kind_of_link(int dir, const char *name)
{
	char cur[NAME_MAX + 5];
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return KIND_LINK;
	if (!S_ISDIR(st.st_mode))
		return KIND_NOTHING;
	size_t len = strnlen(name, NAME_MAX);
	memcpy(cur, name, len);
	memcpy(cur + len, "/cur", 5);
	return fstatat(dir, cur, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		       errno != ENOENT
		   ? KIND_LINK
		   : KIND_NOTHING;
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
	int rc = has_cur(fd) ? w->fn(w->ctx, w->path) : 0;
	if (rc == 0 && w->t->layout == TREE_FS) {
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
	if (kind == KIND_LINK)
		rc = w->fn(w->ctx, w->path);
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
	      int (*fn)(void *ctx, const char *path), void *ctx)
{
	struct walk w = {.t = t, .fn = fn, .ctx = ctx};
	bool root_is_inbox = t->layout == TREE_MAILDIRPP || t->inbox[0] == '\0';
	int rc = root_is_inbox && has_cur(root) ? fn(ctx, "") : 0;

	return rc != 0 ? rc : walk_dir(&w, root);
}
