/* SPDX-License-Identifier: MIT */
/* One account's database: what was last in sync. SQLite in WAL mode, one
 * writer, transactions that are durable when commit returns. Used by one thread
 * at a time. Errors, all of account scope: ERR_IO (full, unreadable, damaged,
 * of a newer version), ERR_CREATE, ERR_TEMP (another imapsyncd has it),
 * ERR_CONFIG (on a network file system), ERR_INTERNAL (a row twice, or none
 * where there must be one). */
#ifndef DAEMON_STATE_STATE_H
#define DAEMON_STATE_STATE_H

#include <sys/types.h>

#include "daemon/base/err.h"
#include "daemon/core/types.h"

struct state;

#define STATE_ID     37 /* a UUID and the NUL */
#define STATE_DIGEST 32 /* SHA-256 of a message's canonical form */

enum state_mode {
	STATE_WRITE, /* creates, migrates, takes the lock */
	STATE_SHARE, /* beside a sync that may be under way: for answers and
		      * wishes only. Takes no lock, makes and migrates nothing
		      */
	STATE_READ,  /* for --dry-run: writes to no file, takes no lock; a
		      * database that is not there reads as an empty one; as it
		      * was when it was opened, whatever a daemon does; what is
		      * written to it is gone with state_close() */
};

/* Opens <dir>/<account>.db (0600; dir created 0700). The lock is a kernel lock
 * on <dir>/<account>.lock that goes with the process.
 * Checks the whole database only where the last writer was killed. Writes
 * nothing to one of the newest version. 0 or -1 and *err. */
int state_open(const char *dir, const char *account, enum state_mode mode,
	       struct state **out, struct err *err);
/* The process that has an account's lock, 0: none, or it is not known. */
pid_t state_holder(const char *dir, const char *account);
/* An open transaction is rolled back. Accepts NULL. */
void state_close(struct state *s);
/* The UUID made when the database was created; valid until state_close(). */
const char *state_id(const struct state *s);

/* Counts what must not go back: a generation lower than the one that is noted
 * elsewhere tells that an old copy of the database was put back. 0 and *out. */
int state_generation(struct state *s, uint64_t *out, struct err *err);
/* It becomes that one. ERR_INTERNAL where it is not higher than before, or
 * beyond INT64_MAX. */
int state_generation_raise(struct state *s, uint64_t to, struct err *err);
/* How often a message was the same on both sides, and its sizes were not: what
 * the server's sizes are worth. 0 or -1. */
int state_unlike(struct state *s, uint32_t *out, struct err *err);
int state_set_unlike(struct state *s, uint32_t n, struct err *err);

/* Until when the server is left alone, and for how long it was told to be the
 * last time: 0 both where it is not busy. */
struct state_busy {
	int64_t until_ms; /* since 1970 */
	int64_t last_ms;
};
int state_busy(struct state *s, struct state_busy *out, struct err *err);
/* Writes nothing where nothing differs. */
int state_set_busy(struct state *s, const struct state_busy *b,
		   struct err *err);

/* Whose mailbox the database belongs to, and what the account as a whole waits
 * for. */
struct state_account {
	char *owner; /* owned; NULL: not recorded yet */
	/* What is held: one of the words below and more that only this hold
	 * has; and which hold somebody has approved, see
	 * state_account_approve(). Owned, NULL: none. */
	char *held, *approved;
};
#define STATE_HELD_ROOT  "root "  /* missing, or not of the last sync */
#define STATE_HELD_OWNER "owner " /* root or database are another mailbox's */
int state_account_get(struct state *s, struct state_account *out,
		      struct err *err);
void state_account_release(struct state_account *a);
/* Nothing is held then. Writes nothing where nothing differs, as these. */
int state_account_own(struct state *s, const char *owner, struct err *err);
/* NULL: nothing. What was approved of another hold is void. */
int state_account_hold(struct state *s, const char *held, struct err *err);
/* What is held now, and that alone. */
int state_account_approve(struct state *s, struct err *err);
/* Forgets all folders with all that is known of them, what was promised to the
 * server, and where on it deleted messages lie: the files that were kept of
 * those stay known. In an open transaction; on -1 roll back. */
int state_void(struct state *s, struct err *err);

/* A transaction: not inside another one. 0 or -1 and *err. */
int state_begin(struct state *s, struct err *err);
/* Durable when it returns 0; on -1 and *err all of it is rolled back. */
int state_commit(struct state *s, struct err *err);
/* Does nothing where no transaction is open. */
void state_rollback(struct state *s);

/* Of a folder's files with its messages, the first under a UIDVALIDITY. */
struct state_pairing {
	bool decided; /* it may go on; nothing has a row before */
	/* UIDVALIDITYs, 0: none. */
	uint32_t held;     /* they did not fit at the last look */
	uint32_t approved; /* that hold, by somebody */
};

struct state_folder {
	int64_t id;
	char *name;           /* wire name as the server sends it; owned */
	char *path;           /* relative path on disk; owned */
	uint32_t uidvalidity; /* 0: never synced */
	/* Everything below is on disk and recorded: UIDs below uidnext, changes
	 * up to modseq (0: not known). */
	uint32_t uidnext;
	uint64_t modseq;
	struct horizon horizon;
	/* How often its UIDs were given anew under the same UIDVALIDITY: what
	 * names of files say of UIDs counts only within one epoch. */
	uint32_t epoch;
	/* Rows: those that are alive; those whose message the server has, as
	 * fate_is_there() says; those with which something is still to be done
	 * (FATE_DYING_HERE, FATE_DYING_THERE, FATE_REPLACED,
	 * FATE_MOVED_THERE). */
	uint32_t messages, there, tombs;
	uint32_t intents;               /* that are to end in this folder */
	uint64_t inode;                 /* of its cur/, 0: not known */
	uint32_t held_here, held_there; /* deletions that the guard held at the
					 * last look */
	struct state_pairing pairing;
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
/* The folder of that path: 0 and *id; 1: there is none; -1. */
int state_folder_at(struct state *s, const char *path, int64_t *id,
		    struct err *err);
/* Makes the row. 0 and *out, or -1. */
int state_folder_add(struct state *s, const char *name, const char *path,
		     struct state_folder *out, struct err *err);
/* W5: the position, in the same transaction as the last rows below it, or
 * later. Writes nothing where nothing differs. */
int state_folder_position(struct state *s, int64_t folder, uint32_t uidvalidity,
			  uint32_t uidnext, uint64_t modseq, struct err *err);
/* Likewise. */
int state_folder_set_horizon(struct state *s, int64_t folder,
			     const struct horizon *h, struct err *err);
/* New names for the same folder. ERR_INTERNAL: another one has them. */
int state_folder_rename(struct state *s, int64_t folder, const char *name,
			const char *path, struct err *err);
/* Drops the folder, its messages, keywords, refusals and answers, in an open
 * transaction. 0; 1: an intent names it, as target or source: nothing
 * is dropped; -1: roll back. Its id may be given to another folder. */
int state_folder_drop(struct state *s, int64_t folder, struct err *err);
/* All its messages are new, be it for a change of UIDVALIDITY: their rows and
 * its refusals are dropped, and its position is that of a folder never synced.
 * Its keywords stay. With the same UIDVALIDITY another epoch begins. In an open
 * transaction; on -1 roll back. */
int state_folder_reset(struct state *s, int64_t folder, uint32_t uidvalidity,
		       struct err *err);
/* MAILBOXID (RFC 8474): *out is malloc'ed, NULL while it is not known. */
int state_folder_mailboxid(struct state *s, int64_t folder, char **out,
			   struct err *err);
/* NULL: not known any more. Writes nothing where nothing differs. */
int state_folder_set_mailboxid(struct state *s, int64_t folder,
			       const char *mailboxid, struct err *err);
/* Why all deletions of the folder are held, however few: malloc'ed; NULL: they
 * are not. */
int state_folder_hold(struct state *s, int64_t folder, char **out,
		      struct err *err);
/* NULL: no more. Writes nothing where nothing differs, as all of these. */
int state_folder_set_hold(struct state *s, int64_t folder, const char *reason,
			  struct err *err);
/* The same for all folders that have ever been synced. */
int state_folders_set_hold(struct state *s, const char *reason,
			   struct err *err);
int state_folder_set_inode(struct state *s, int64_t folder, uint64_t inode,
			   struct err *err);
/* MAILBOXID and inode (NULL, 0: none) are folder's: others that have them are
 * as if theirs were not known. */
int state_folders_disown(struct state *s, int64_t folder, const char *mailboxid,
			 uint64_t inode, struct err *err);
#define STATE_HELD_ALL "1:4294967295"
/* uids: of the messages whose deletion is held, as a sequence set (RFC 9051 9);
 * NULL: none. */
int state_folder_set_held(struct state *s, int64_t folder, uint32_t here,
			  uint32_t there, const char *uids, struct err *err);
/* The same, malloc'ed; NULL: none, or not known. */
int state_folder_held(struct state *s, int64_t folder, char **out,
		      struct err *err);
int state_folder_set_pairing(struct state *s, int64_t folder,
			     const struct state_pairing *p, struct err *err);

int state_keywords_load(struct state *s, int64_t folder,
			struct keyword_table *out, struct err *err);
void state_keywords_release(struct keyword_table *k);
/* Index of a keyword (any case), -1: not in the table. */
int state_keywords_find(const struct keyword_table *k, const char *name);
/* Adds one to table and database, unless it is there: its index; -1 and *err;
 * -2: the table is full. After a rollback the table must be loaded anew. */
int state_keywords_add(struct state *s, int64_t folder, struct keyword_table *k,
		       const char *name, struct err *err);

struct state_message {
	uint32_t uid;
	uint64_t flags;
	int64_t internaldate;
	uint64_t size; /* bytes on disk */
	uint64_t inode;
	int64_t mtime_ns;   /* of the file, since 1970; 0: not known */
	const char *unique; /* unique part of the file's name */
	uint64_t key;       /* name_key(unique), computed by the caller */
	unsigned char digest[STATE_DIGEST]; /* all zero: not known yet
					     * (adopted) */
	/* EMAILID (RFC 8474), or "gm:" and X-GM-MSGID in decimal; NULL: not
	 * known. */
	const char *emailid;
};

/* All rows of a folder sorted by uid. A file whose mtime_ns is not known has no
 * print. */
int state_load(struct state *s, int64_t folder, struct base_view *out,
	       struct err *err);
void base_view_release(struct base_view *v);

/* Those that change messages need an open transaction. 0 or -1 and *err;
 * ERR_INTERNAL where there is no such row. */
int state_message_add(struct state *s, int64_t folder,
		      const struct state_message *m, struct err *err);
/* flags = (flags | add) & ~del. */
int state_message_flags(struct state *s, int64_t folder, uint32_t uid,
			uint64_t add, uint64_t del, struct err *err);
/* W4: on its way out. fate: any but FATE_ALIVE; it replaces the other one. */
int state_message_tombstone(struct state *s, int64_t folder, uint32_t uid,
			    enum fate fate, struct err *err);
/* FATE_ALIVE again. */
int state_message_revive(struct state *s, int64_t folder, uint32_t uid,
			 struct err *err);
/* The file was renamed, touched or written anew: all that is known of it now.
 */
struct state_file {
	const char *unique;
	uint64_t key;
	uint64_t inode;
	uint64_t size;
	int64_t mtime_ns;
	const unsigned char *digest; /* STATE_DIGEST bytes; NULL: of before */
};
int state_message_set_file(struct state *s, int64_t folder, uint32_t uid,
			   const struct state_file *file, struct err *err);
/* The row joins another folder (or the same) under another UID, alive; what it
 * knows of its file stays, and its EMAILID, which a move does not change
 * (RFC 8474 5.1). A UID that is taken: ERR_INTERNAL, nothing done. */
struct state_move {
	int64_t from;
	uint32_t uid;
	int64_t to;
	uint32_t new_uid;
	uint64_t flags; /* all of them: keywords have other bits there */
};
int state_message_move(struct state *s, const struct state_move *m,
		       struct err *err);
/* Nothing to drop is no error. */
int state_message_drop(struct state *s, int64_t folder, uint32_t uid,
		       struct err *err);

/* All that is known of one message. */
struct state_record {
	uint32_t uid;
	enum fate fate;
	uint64_t flags;
	int64_t internaldate;
	uint64_t size;
	uint64_t inode;
	int64_t mtime_ns; /* 0: not known */
	char *unique;     /* owned */
	uint64_t key;
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
	char *emailid; /* owned; NULL: not known */
};
void state_record_release(struct state_record *r);

/* 0; 1: there is no such row; -1. */
int state_message_get(struct state *s, int64_t folder, uint32_t uid,
		      struct state_record *out, struct err *err);
/* These call fn for one row after the other. fn's first non-zero result ends it
 * and is returned; -1 and *err on failure. What fn is given is borrowed. fn may
 * call anything here but state_close(), and change the row it is given; of
 * other changes it may see some. Memory is bounded. */
int state_each_message(struct state *s, int64_t folder,
		       int (*fn)(void *ctx, const struct state_record *r),
		       void *ctx, struct err *err);
/* The messages of all folders with a fate that state_folder.tombs counts, by
 * folder's name and uid. Costs nothing where there are none. */
int state_each_fate(struct state *s, enum fate fate,
		    int (*fn)(void *ctx, int64_t folder,
			      const struct state_record *r),
		    void *ctx, struct err *err);
/* Those of n UIDs of a folder that there are, in the order of uid[]. */
struct state_uids {
	int64_t folder;
	const uint32_t *uid;
	size_t n;
};
int state_find_uids(struct state *s, const struct state_uids *u,
		    int (*fn)(void *ctx, const struct state_record *r),
		    void *ctx, struct err *err);

/* W2: what is about to be sent, durable before it is. */
enum state_intent_kind {
	STATE_INTENT_UPLOAD = 1,
	STATE_INTENT_MOVE = 2,
};

enum state_intent_state {
	STATE_INTENT_PLANNED = 0, /* it may have been sent */
	STATE_INTENT_STORED = 1,  /* the server said that it has it; no listing
				   * has shown it yet */
};

struct state_intent {
	int64_t id;
	int64_t folder; /* where the message is to appear */
	enum state_intent_kind kind;
	enum state_intent_state state;
	uint32_t attempts;
	const char *unique; /* unique part of the local file's name */
	uint64_t key;
	uint64_t size; /* bytes on disk */
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
	uint64_t flags; /* in the bits of folder's keyword table */
	int64_t internaldate;
	uint32_t uidvalidity; /* of folder, before */
	uint32_t uidnext;
	int64_t source; /* of a move; 0: none */
	uint32_t source_uid;
};
/* Ignores i->id and i->attempts. In place of all others of that folder and
 * file: the attempts that they have had count on, see core/resolve.h. In an
 * open transaction; on -1 roll back. 0 and *id, or -1. */
int state_intent_replace(struct state *s, const struct state_intent *i,
			 int64_t *id, struct err *err);
/* Those of a folder, 0: of all; in the order in which they were added. As with
 * state_each_message(), but all are read at first. */
int state_intent_each(struct state *s, int64_t folder,
		      int (*fn)(void *ctx, const struct state_intent *i),
		      void *ctx, struct err *err);
/* Those of a folder for the file of that key; likewise. */
int state_intent_each_of(struct state *s, int64_t folder, uint64_t key,
			 int (*fn)(void *ctx, const struct state_intent *i),
			 void *ctx, struct err *err);
/* The file of that key has another name by now. */
int state_intent_rename(struct state *s, int64_t folder, uint64_t key,
			const struct state_file *file, struct err *err);
/* The server said that it has it: STATE_INTENT_STORED. ERR_INTERNAL where there
 * is no such intent. */
int state_intent_stored(struct state *s, int64_t id, struct err *err);
/* ERR_INTERNAL where there is no such intent. */
int state_intent_attempt(struct state *s, int64_t id,
			 enum state_intent_state state, uint32_t attempts,
			 struct err *err);
/* Nothing to drop is no error. */
int state_intent_drop(struct state *s, int64_t id, struct err *err);
/* Those of a folder for the file of that key. */
int state_intent_drop_file(struct state *s, int64_t folder, uint64_t key,
			   struct err *err);

/* What was on its way when a connection broke: what kind of thing
 * (core/failure/flight.h says it), of which folder (its name for people), and
 * which one. */
struct state_flight {
	uint32_t kind;
	const char *folder;
	uint64_t id;
};
/* Twice is once. */
int state_flight_add(struct state *s, const struct state_flight *f,
		     struct err *err);
int state_flights_drop(struct state *s, struct err *err);
/* As state_intent_each(), in no order. */
int state_flight_each(struct state *s,
		      int (*fn)(void *ctx, const struct state_flight *f),
		      void *ctx, struct err *err);

/* A folder that is left alone for a while, by its name for people. */
struct state_avoided {
	const char *folder;
	const char *text;  /* why */
	uint32_t attempts; /* so far */
	int64_t retry;     /* not before; seconds since 1970 */
};
/* Replaces what was known of it. */
int state_avoid(struct state *s, const struct state_avoided *a,
		struct err *err);
/* Nothing to drop is no error. */
int state_avoided_drop(struct state *s, const char *folder, struct err *err);
/* As state_intent_each(), by name. */
int state_avoided_each(struct state *s,
		       int (*fn)(void *ctx, const struct state_avoided *a),
		       void *ctx, struct err *err);

/* What the user has answered to the guard. folder 0: for the whole account. */
enum state_answer {
	STATE_APPROVE = 1,
	STATE_RESTORE = 2,
};
/* created: seconds since 1970; bound: how many deletions it covers. Replaces an
 * older one. */
int state_answer_put(struct state *s, int64_t folder, enum state_answer kind,
		     int64_t created, uint32_t bound, struct err *err);
/* 0 and both; 1: there is none; -1. */
int state_answer_get(struct state *s, int64_t folder, enum state_answer kind,
		     int64_t *created, uint32_t *bound, struct err *err);
/* Nothing to drop is no error. */
int state_answer_drop(struct state *s, int64_t folder, enum state_answer kind,
		      struct err *err);

enum state_side {
	STATE_HERE = 1,
	STATE_THERE = 2,
};

/* A message that was refused on its way to one side: set aside, and tried again
 * later. */
struct state_aside {
	enum state_side side; /* where it could not get to */
	uint64_t id;       /* STATE_HERE: its UID; STATE_THERE: the key of its
			    * file */
	const char *text;  /* which message, and why */
	uint32_t attempts; /* so far */
	int64_t retry;  /* not before; seconds since 1970. Negative: not before
			 * so many octets fit */
	uint64_t print; /* STATE_THERE: of the file; with another one it is
			 * tried at once. 0: not known */
	uint64_t sync;  /* in which sync that was */
};
void state_aside_release(struct state_aside *a);
/* Ignores a->attempts: it is 1, or one more than before. */
int state_aside_put(struct state *s, int64_t folder,
		    const struct state_aside *a, struct err *err);
/* 0 and *out, to be released; 1: there is none; -1. */
int state_aside_get(struct state *s, int64_t folder, enum state_side side,
		    uint64_t id, struct state_aside *out, struct err *err);
/* Those of a folder; as state_intent_each(). */
int state_aside_each(struct state *s, int64_t folder,
		     int (*fn)(void *ctx, const struct state_aside *a),
		     void *ctx, struct err *err);
/* Nothing to drop is no error. */
int state_aside_drop(struct state *s, int64_t folder, enum state_side side,
		     uint64_t id, struct err *err);
/* All those of a folder. */
int state_asides_drop(struct state *s, int64_t folder, struct err *err);

/* A message that was deleted, and how to bring it back. */
struct state_removed {
	int64_t id;
	int64_t at; /* seconds since 1970 */
	/* STATE_HERE: its file, the server had deleted the message;
	 * STATE_THERE: on the server, the file had been deleted. */
	enum state_side side;
	const char *folder; /* wire name as it was then */
	const char *file;   /* in the trash; NULL: none was kept */
	const char *unique;
	uint32_t uid;
	uint64_t flags;
	int64_t internaldate;
	uint64_t size;
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
	/* Where the message lies on the server now; NULL: nowhere. */
	const char *mailbox; /* wire name */
	uint32_t mailbox_uidvalidity;
	uint32_t mailbox_uid;
	bool wanted; /* it is to be brought back */
};
/* What a row tells of its message; borrows from it. */
struct state_removed state_removed_of(const struct state_record *row,
				      uint32_t uid, enum state_side side);
/* Ignores r->id. 0 and *id, or -1. */
int state_removed_add(struct state *s, const struct state_removed *r,
		      int64_t *id, struct err *err);
/* Those of since and later, oldest first; as state_each_message(). */
int state_removed_each(struct state *s, int64_t since,
		       int (*fn)(void *ctx, const struct state_removed *r),
		       void *ctx, struct err *err);
/* Those that are wanted, oldest first; as state_each_message(). */
int state_removed_wanted(struct state *s,
			 int (*fn)(void *ctx, const struct state_removed *r),
			 void *ctx, struct err *err);
/* ERR_INTERNAL where there is no such row. */
int state_removed_want(struct state *s, int64_t id, bool wanted,
		       struct err *err);
/* Nothing to drop is no error. */
int state_removed_drop(struct state *s, int64_t id, struct err *err);
/* Calls fn for each of before that moment, oldest first, and drops those for
 * which it returns 0. Best in a transaction: each drop is one otherwise. */
int state_removed_expire(struct state *s, int64_t before,
			 int (*fn)(void *ctx, const struct state_removed *r),
			 void *ctx, struct err *err);

#endif
