/* SPDX-License-Identifier: MIT */
/* Reads a folder's new/ and cur/ into a view. */
#ifndef DAEMON_MAILDIR_SCAN_H
#define DAEMON_MAILDIR_SCAN_H

#include "daemon/core/types.h"
#include "daemon/maildir/keywords.h"
#include "daemon/maildir/maildir.h"

struct scan_opts {
	/* Bit in local_row.flags for each keyword letter, 0: none. */
	const uint64_t *letter_bit; /* KEYWORD_LETTERS entries */
	uint64_t folder_tag;        /* for local_row.hint */
	uint32_t uidvalidity;
	/* Sorted keys (nknown) of files that need no hint, since the database
	 * has them. May be NULL. */
	const uint64_t *known;
	size_t nknown;
	/* Sorted keys of all rows (nrows): what is none of these and no regular
	 * file is left out. May be NULL. */
	const uint64_t *rows;
	size_t nrows;
	/* For local_row.skip; 0: none. */
	uint64_t max_size; /* bytes */
	int64_t oldest;    /* mtime, seconds since 1970 */
};

/* Lists every message, sorted by key. A file that a mail program renames
 * meanwhile and that readdir returns under both names is one row (the later, or
 * the one in cur/); two files with one unique part are one row too, and the
 * view counts the other one as a twin. A folder that changes while it is read
 * is read again, a few times; does it never hold still, all that was seen
 * counts, so that a file that one pass missed is not taken for removed. errno
 * is checked behind every readdir: a listing that failed half-way is -1 and
 * *err, never a short list. Files only, by d_type (fstatat where the file
 * system has none), and what has taken the place of a row's file: it is .odd. A
 * hint counts only when the size in the name equals the file's. 0 or -1. */
int scan_folder(const struct maildir *m, const struct scan_opts *opts,
		struct local_view *out, struct err *err);
void local_view_release(struct local_view *v);

/* Changes whenever an entry of new/ or cur/ is added, removed or renamed: their
 * mtimes in nanoseconds. 0 or -1 and *err. */
struct scan_stamp {
	int64_t new_ns;
	int64_t cur_ns;
};
int scan_stamp(const struct maildir *m, struct scan_stamp *out,
	       struct err *err);
bool scan_stamp_same(const struct scan_stamp *a, const struct scan_stamp *b);
/* Would a change made after now_ns (wall clock) surely give other times? Not
 * where they are younger than the clock of a file system is fine. */
bool scan_stamp_settled(const struct scan_stamp *s, int64_t now_ns);

#endif
