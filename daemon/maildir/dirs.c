/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/maildir.h"

/* What a folder consists of. cur/ is what makes a directory one. */
static const char *const parts[] = {"tmp", "new", "dovecot-keywords", "cur"};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int open_dir(int root, const char *path)
{
	return fs_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
}

uint64_t dirs_inode(int root, const char *path)
{
	struct stat of_root, st;
	uint64_t inode = 0;
	int dir = open_dir(root, path);

	if (dir < 0)
		return 0;
	if (fstat(root, &of_root) == 0 &&
	    fstatat(dir, "cur", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && st.st_dev == of_root.st_dev)
		inode = st.st_ino;
	fs_drop(dir);
	return inode;
}

/* Opens the directory that holds path's last component, *leaf. */
static int open_parent(int root, const char *path, bool make, const char **leaf)
{
	const char *slash = strrchr(path, '/');
	char *parent =
	    slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup("");
	int dir = -1;

	*leaf = slash ? slash + 1 : path;
	if (!make || !slash || fs_make_dirs(root, parent, false) == 0)
		dir = open_dir(root, parent);
	free(parent);
	return dir;
}

static int rename_error(const char *from, const char *to, struct err *err)
{
	return maildir_error(err,
			     "cannot rename the folder directory '%s' to "
			     "'%s'",
			     from, to);
}

static bool is_there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Part for part into a directory that is there. */
static int move_parts(int from, int to)
{
	if (is_there(to, "cur")) {
		errno = EEXIST;
		return -1;
	}
	for (size_t i = 0; i < PARTS; i++) {
		/* What was moved before an interruption is not here. */
		if (!is_there(from, parts[i]))
			continue;
		if (fs_rename_new(from, parts[i], to, parts[i]) < 0)
			return -1;
		/* cur/ must not arrive before the rest. */
		if (fs_sync_dir(to) < 0 || fs_sync_dir(from) < 0)
			return -1;
	}
	return 0;
}

struct ends {
	int root;
	int from_dir, to_dir;
	const char *from, *to; /* names in these */
};

static int move_into(const struct ends *e)
{
	int from = open_dir(e->from_dir, e->from);
	int to = open_dir(e->to_dir, e->to);
	int r = from < 0 || to < 0 ? -1 : move_parts(from, to);

	fs_drop(from);
	fs_drop(to);
	/* Gone, where that was all. */
	if (r == 0)
		(void)unlinkat(e->from_dir, e->from, AT_REMOVEDIR);
	return r;
}

static int rename_one(const struct ends *e)
{
	if (fs_rename_new(e->from_dir, e->from, e->to_dir, e->to) < 0) {
		if (errno != EEXIST && errno != ENOTEMPTY)
			return -1;
		if (move_into(e) < 0)
			return -1;
	}
	if (fs_sync_dir(e->to_dir) < 0)
		return -1;
	return fs_sync_dir(e->from_dir);
}

static int rename_ends(int root, const char *from, const char *to)
{
	struct ends e = {.root = root, .from_dir = -1, .to_dir = -1};
	int r = -1;

	e.from_dir = open_parent(root, from, false, &e.from);
	if (e.from_dir >= 0)
		e.to_dir = open_parent(root, to, true, &e.to);
	if (e.to_dir >= 0)
		r = rename_one(&e);
	fs_drop(e.from_dir);
	fs_drop(e.to_dir);
	return r;
}

struct names {
	char **name;
	size_t n;
};

/* Those below `path` in a flat layout, where they are beside it. All before the
 * first of them is renamed: it could be listed again. */
static int list_below(int root, const char *path, struct names *out)
{
	size_t len = strlen(path);
	DIR *d = fs_opendir(root);

	if (!d)
		return -1;
	for (const struct dirent *e; (e = fs_readdir(d));) {
		if (strncmp(e->d_name, path, len) != 0 || e->d_name[len] != '.')
			continue;
		out->name =
		    xreallocarray(out->name, out->n + 1, sizeof(*out->name));
		out->name[out->n++] = xstrdup(e->d_name);
	}
	int number = errno;
	(void)closedir(d);
	errno = number;
	return number == 0 ? 0 : -1;
}

static int rename_below(int root, const char *from, const char *to)
{
	struct names names = {0};
	int r = list_below(root, from, &names);

	for (size_t i = 0; i < names.n; i++) {
		char *name =
		    xasprintf("%s%s", to, names.name[i] + strlen(from));
		if (r == 0)
			r = rename_ends(root, names.name[i], name);
		free(name);
		free(names.name[i]);
	}
	free(names.name);
	return r;
}

int dirs_rename(int root, enum tree_layout layout, const char *from,
		const char *to, struct err *err)
{
	int r = rename_ends(root, from, to);

	if (r == 0 && tree_is_flat(layout))
		r = rename_below(root, from, to);
	return r == 0 ? 0 : rename_error(from, to, err);
}

static int remove_dir(int dir, const char *name)
{
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? 1 : -1;
}

/* cur/ goes first: without it nothing takes the directory for a folder that has
 * lost a part. */
static int remove_parts(int dir)
{
	int r = remove_dir(dir, "cur");

	if (r != 0)
		return r;
	r = remove_dir(dir, "new");
	if (r != 0) {
		/* Something was delivered just now. */
		(void)fs_make_dirs(dir, "cur", false);
		return r;
	}
	/* What others write there is theirs. */
	(void)remove_dir(dir, "tmp");
	if (unlinkat(dir, "dovecot-keywords", 0) < 0 && errno != ENOENT)
		return -1;
	return fs_sync_dir(dir);
}

int dirs_remove(int root, const char *path, struct err *err)
{
	const char *leaf;
	int r = 0, dir = open_dir(root, path);

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir >= 0)
		r = remove_parts(dir);
	if (dir < 0 || r < 0)
		r = maildir_error(err,
				  "cannot remove the folder directory "
				  "'%s'",
				  path);
	fs_drop(dir);
	if (r != 0 || path[0] == '\0')
		return r;
	int parent = open_parent(root, path, false, &leaf);
	if (parent >= 0 && unlinkat(parent, leaf, AT_REMOVEDIR) == 0)
		(void)fs_sync_dir(parent);
	fs_drop(parent);
	return 0;
}
