/* SPDX-License-Identifier: MIT */
/* One account's database: what was last in sync. SQLite in WAL mode, one
 * writer, transactions that are durable when commit returns. Used by one thread
 * at a time. Errors, all of account scope: ERR_IO (full, unreadable, damaged,
 * of a newer version), ERR_CREATE, ERR_TEMP (another imapsyncd has it),
 * ERR_CONFIG (on a network file system), ERR_INTERNAL (a row twice, or none
 * where there must be one). */
#ifndef DAEMON_STATE_STATE_H
#define DAEMON_STATE_STATE_H

#include "daemon/base/err.h"
#include "daemon/core/types.h"

struct state;

#define STATE_ID 37 /* a UUID and the NUL */

enum state_mode {
	STATE_WRITE, /* creates, migrates, takes the lock */
	STATE_READ,  /* for --dry-run: writes nothing, takes no lock; a database
		      * that is not there reads as an empty one; shows it as
		      * it was when it was opened, whatever a daemon does */
};

/* Opens <dir>/<account>.db (0600; dir created 0700). The lock is a kernel lock
 * on <dir>/<account>.lock that goes with the process.
 * Checks the whole database only where the last writer was killed. Writes
 * nothing to one of the newest version. 0 or -1 and *err. */
int state_open(const char *dir, const char *account, enum state_mode mode,
	       struct state **out, struct err *err);
/* An open transaction is rolled back. Accepts NULL. */
void state_close(struct state *s);
/* The UUID made when the database was created; valid until state_close(). */
const char *state_id(const struct state *s);

/* A transaction: not inside another one, STATE_WRITE only. 0 or -1 and *err. */
int state_begin(struct state *s, struct err *err);
/* Durable when it returns 0; on -1 and *err all of it is rolled back. */
int state_commit(struct state *s, struct err *err);
/* Does nothing where no transaction is open. */
void state_rollback(struct state *s);

struct state_folder {
	int64_t id;
	char *name;           /* wire name as the server sends it; owned */
	char *path;           /* relative path on disk; owned */
	uint32_t uidvalidity; /* 0: never synced */
	/* Everything below is on disk and recorded: UIDs below uidnext, changes
	 * up to modseq (0: not known). */
	uint32_t uidnext;
	uint64_t modseq;
	uint32_t messages; /* rows without a tombstone */
};
void state_folder_release(struct state_folder *f);

/* Calls fn for each folder, by name. fn's first non-zero result ends it and is
 * returned; -1 and *err on failure. The struct is borrowed. fn may call
 * anything here but state_close(); it sees the folders of before. */
int state_folders(struct state *s,
		  int (*fn)(void *ctx, const struct state_folder *f), void *ctx,
		  struct err *err);
/* The folder of that wire name: 0; 1: there is none; -1. */
int state_folder_get(struct state *s, const char *name,
		     struct state_folder *out, struct err *err);
/* Makes the row. 0 and *out, or -1. */
int state_folder_add(struct state *s, const char *name, const char *path,
		     struct state_folder *out, struct err *err);
/* W5: the position, in the same transaction as the last rows below it, or
 * later. Writes nothing where nothing differs. */
int state_folder_position(struct state *s, int64_t folder, uint32_t uidvalidity,
			  uint32_t uidnext, uint64_t modseq, struct err *err);

/* Keyword table of a folder: index (0..KEYWORD_MAX-1) to name. */
struct state_keywords {
	char *name[KEYWORD_MAX];
	size_t n;
};
int state_keywords_load(struct state *s, int64_t folder,
			struct state_keywords *out, struct err *err);
void state_keywords_release(struct state_keywords *k);
/* Index of a keyword (any case), -1: not in the table. */
int state_keywords_find(const struct state_keywords *k, const char *name);
/* Adds one to table and database, unless it is there: its index; -1 and *err;
 * -2: the table is full. After a rollback the table must be loaded anew. */
int state_keywords_add(struct state *s, int64_t folder,
		       struct state_keywords *k, const char *name,
		       struct err *err);

struct state_message {
	uint32_t uid;
	uint64_t flags;
	int64_t internaldate;
	uint64_t size; /* bytes on disk */
	uint64_t inode;
	const char *unique;       /* unique part of the file's name */
	uint64_t key;             /* name_key(unique), computed by the caller */
	unsigned char digest[32]; /* SHA-256 of the bytes on disk; all zero: not
				   * known yet (adopted) */
};

/* All rows of a folder sorted by uid. */
int state_load(struct state *s, int64_t folder, struct base_view *out,
	       struct err *err);
void base_view_release(struct base_view *v);

/* Those that change messages need an open transaction. 0 or -1 and *err; flags
 * and tombstone: ERR_INTERNAL where there is no such row. */
int state_message_add(struct state *s, int64_t folder,
		      const struct state_message *m, struct err *err);
/* flags = (flags | add) & ~del. */
int state_message_flags(struct state *s, int64_t folder, uint32_t uid,
			uint64_t add, uint64_t del, struct err *err);
/* W4: the file is on its way to the trash. */
int state_message_tombstone(struct state *s, int64_t folder, uint32_t uid,
			    struct err *err);
/* Nothing to drop is no error. */
int state_message_drop(struct state *s, int64_t folder, uint32_t uid,
		       struct err *err);
/* The unique part of a message's file: malloc'ed, NULL and *err (ERR_INTERNAL
 * where there is no such row). */
char *state_message_unique(struct state *s, int64_t folder, uint32_t uid,
			   struct err *err);

#endif
