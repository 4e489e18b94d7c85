/* SPDX-License-Identifier: MIT */
/* Folder names to paths below an account's root and back, for every layout.
 * Injective: two folders never share a directory; what a path component cannot
 * hold is escaped reversibly. */
#ifndef DAEMON_MAILDIR_TREE_H
#define DAEMON_MAILDIR_TREE_H

#include <stdbool.h>
#include <stddef.h>

enum tree_layout {
	TREE_FS,        /* Folder/Sub */
	TREE_DOTTED,    /* Folder.Sub, as OfflineIMAP writes it */
	TREE_DOT_BELOW, /* Folder/.Sub, mbsync's "Legacy" */
	TREE_MAILDIRPP, /* .Folder.Sub; the root is INBOX */
};

struct tree {
	enum tree_layout layout;
	const char *inbox; /* path of INBOX, but for maildir++ */
	bool mutf7;        /* names are in modified UTF-7 (RFC 3501 5.1.3) */
};

/* All folders lie beside each other in the root. */
static inline bool tree_is_flat(enum tree_layout layout)
{
	return layout == TREE_DOTTED || layout == TREE_MAILDIRPP;
}

/* Deeper folders have no path: what is made must be found by tree_walk(). */
#define TREE_LEVELS 64
/* Directories that a walk enters at most. */
#define TREE_DIRS_MAX 200000

/* name: UTF-8, levels separated by delim (0: none). Writes the relative path
 * ("" is the root: INBOX in maildir++). Escapes, as %XX: control characters;
 * the first character of a component that begins with a dot or is cur, new, tmp
 * or a file that Maildirs hold (fs: dovecot-keywords[.lock]; maildir++:
 * imapsyncd), in the root lost+found, or that would be the inbox; '/' inside a
 * component, '.' inside one (flat layouts), and '%' itself where it would read
 * as an escape. What is not UTF-8 is left as it is, or escaped (mutf7). An
 * empty component is %00. With delim '/', where no component can hold a '/',
 * "%2F" in a name stands for one (and "%252F" for "%2F" and so on): that is how
 * tree_name() writes it, and so all it returns finds its way back. 0, or -1 for
 * an empty name, and where it does not fit into cap bytes, a component exceeds
 * 255 bytes or there are more than TREE_LEVELS. */
int tree_path(const struct tree *t, const char *name, char delim, char *out,
	      size_t cap);
/* The other way, levels separated by '/'; a '/' inside a level is left escaped.
 * 0; 1: earlier versions gave the folder that path ("%4Eew" for "New"), today
 * it has another one; -1: no folder has that path. */
int tree_name(const struct tree *t, const char *path, char *out, size_t cap);

/* The name that its path reads as: the same on both sides, and whatever the
 * delimiter is. The caller owns it. */
char *tree_display(const char *name, char delim);

enum tree_find {
	TREE_FOLDER, /* a directory that holds a directory cur */
	/* It may stand for folders that were there before, nobody can tell: a
	 * link, a directory whose cur is none or cannot be looked at,
	 * lost+found in the root. No new folder, but one that is known, or what
	 * is known below it, has not gone: maildir_open() will fail or not. A
	 * disk that is not mounted must not look like folders that were
	 * removed. */
	TREE_DOUBTFUL,
};

/* Calls fn with the relative path of every folder below root, and of what may
 * be one. Links are never entered. 0, fn's first non-zero result, or -1 and
 * errno: a listing that failed, or more than TREE_LEVELS or TREE_DIRS_MAX
 * (EOVERFLOW). */
int tree_walk(const struct tree *t, int root,
	      int (*fn)(void *ctx, const char *path, enum tree_find what),
	      void *ctx);

#endif
