/* SPDX-License-Identifier: MIT */
/* What happened to a folder's files since the last look: other programs rename,
 * copy and write to them as they like, and the rows keep up. Pure. */
#ifndef DAEMON_CORE_FILES_H
#define DAEMON_CORE_FILES_H

#include "daemon/core/types.h"

/* Its file has another fingerprint than the row knows: has it other content? */
bool files_is_touched(const struct base_row *b, const struct local_row *l);

/* What was found when it was read. */
struct files_content {
	bool found; /* it is there, and can be read */
	bool same;  /* the content is that of before */
	bool busy;  /* somebody may be writing to it */
};
enum files_touch {
	FILES_TOUCHED, /* only touched, or copied with its directory: the
			* fingerprint is to be recorded */
	FILES_WRITTEN, /* it has other content */
	FILES_BUSY,    /* somebody is writing: a later look has it */
	FILES_UNSURE,  /* likewise: it changes just now, or cannot be read */
};
/* Changes the row or the file's so that the planner sees what is known. */
enum files_touch files_touch(struct base_row *b, struct local_row *l,
			     const struct files_content *c);

/* Its file is gone. Is another one in the folder to be taken for it? One that
 * seemed to be gone when a mail program renamed it comes back like that before
 * the message is deleted there. */
bool files_may_be_renamed(const struct base_row *b,
			  const struct local_view *local);
/* By its content, too? The file of one that is dying may be in the trash
 * already, and another one with its content is not to follow: only its
 * fingerprint tells. */
bool files_follow_content(const struct base_row *b);
/* Is it the file of a row that comes back by it? */
bool files_came_back(const struct base_row *b, const struct local_row *l);
/* The keys of files that belong to rows, or to rows that come back by them;
 * sorted, malloc'ed, *n of them. NULL: out of memory. */
uint64_t *files_taken(const struct base_view *base,
		      const struct local_view *local, size_t *n);

/* Is its file missed here, so that one of another folder may be it? Also that
 * of a row which is to be deleted on the server: where the file was moved while
 * a sync ran, its folder may have been passed before the other one was looked
 * at.
 */
bool files_may_have_gone(const struct base_row *b,
			 const struct local_view *local);

/* Keeps of what is loose only what was so in the scan before as well: that
 * scan's end came before this one looked at any folder, so that this one has
 * seen where it came from, or went. */
void files_still_loose(struct loose *now, const struct loose *before);

/* A file that no row has: may it be one that was renamed, or moved? Not where
 * its name says that it is a message which came behind the recorded UIDNEXT: it
 * came just before a crash, and has its row when that is fetched. */
bool files_may_be_moved(const struct local_row *l, uint32_t uidnext);

enum files_rename {
	FILES_RENAMED, /* to be recorded */
	FILES_WRITING, /* somebody writes to it: a later look has it, until then
			* it is as it was. Worth waiting for */
	FILES_AWAY,    /* renamed on; likewise. A program that renames may never
			* stop */
};
/* The row's file is that one now; print: its fingerprint when it was looked up,
 * 0: it was not there any more. */
enum files_rename files_rename(struct base_row *b, const struct local_row *l,
			       uint64_t print);

/* Is the file that the row has as the row says? l: NULL, it is gone. mask:
 * flags that files can show. A row that is only claimed may turn out to be
 * another message's. */
bool files_as_before(const struct base_row *b, const struct local_row *l,
		     uint64_t mask);

#endif
