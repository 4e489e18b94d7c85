/* SPDX-License-Identifier: MIT */
/* The plain data that planner, executor and both sides' views share. */
#ifndef DAEMON_CORE_TYPES_H
#define DAEMON_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A message's flags in one word: six that a Maildir name has letters for, then
 * one bit for each keyword of its folder, in the order of the folder's keyword
 * table. A keyword beyond the table is left alone on the server. */
#define FLAG_SEEN      (UINT64_C(1) << 0) /* S */
#define FLAG_ANSWERED  (UINT64_C(1) << 1) /* R */
#define FLAG_FLAGGED   (UINT64_C(1) << 2) /* F */
#define FLAG_DELETED   (UINT64_C(1) << 3) /* T */
#define FLAG_DRAFT     (UINT64_C(1) << 4) /* D */
#define FLAG_PASSED    (UINT64_C(1) << 5) /* P, $Forwarded */
#define FLAG_SYSTEM    (UINT64_C(0x3f))
#define KEYWORD_SHIFT  6
#define KEYWORD_MAX    58
#define KEYWORD_BIT(i) (UINT64_C(1) << (KEYWORD_SHIFT + (i)))

/* What is to become of a message. The database keeps these numbers. */
enum fate {
	FATE_ALIVE,
	FATE_DYING_HERE,  /* gone there; its file is on the way to the trash */
	FATE_DYING_THERE, /* gone here; it is to be deleted on the server */
	/* Its file has new content by now, which is to be a message of its own:
	 * it is deleted there once another row has that file. */
	FATE_REPLACED,
	/* Gone on one side, and left alone on the other: so the account's
	 * "delete" wants it. */
	FATE_LEFT_HERE,  /* there is only the file */
	FATE_LEFT_THERE, /* there is only the message */
	/* Gone here; the server was told to delete it, and that is all that can
	 * be done: it may only be marked \Deleted, until somebody expunges. */
	FATE_DELETED_THERE,
	/* Its file went to another folder, and there its message has been
	 * copied to: the original is to be deleted for good. */
	FATE_MOVED_THERE,
	/* Its file is here; the server said that it has it, under this UID, and
	 * no listing has shown it yet: see claim.h. */
	FATE_CLAIMED,
};
#define FATES 9

/* Does the server have its message, as far as the database knows? */
static inline bool fate_is_there(enum fate fate)
{
	return fate != FATE_DYING_HERE && fate != FATE_LEFT_HERE &&
	       fate != FATE_CLAIMED;
}

/* Does the file of its name belong to it? */
static inline bool fate_is_here(enum fate fate)
{
	return fate == FATE_ALIVE || fate == FATE_DYING_HERE ||
	       fate == FATE_LEFT_HERE || fate == FATE_CLAIMED;
}

/* Is it on both sides, as far as the database and the server's word go? */
static inline bool fate_is_whole(enum fate fate)
{
	return fate == FATE_ALIVE || fate == FATE_CLAIMED;
}

/* What was last in sync: one row of the database. */
struct base_row {
	uint32_t uid;
	uint8_t fate; /* enum fate */
	bool shown;   /* held when somebody answered: the answer is about it */
	uint64_t flags;
	uint64_t key;   /* name_key() of the unique part of its file's name */
	uint64_t print; /* print_of() its file, 0: not known */
};

/* What the server has. */
struct remote_row {
	uint32_t uid;
	bool skip; /* outside max_size or max_age: not fetched if it is new */
	uint64_t size; /* RFC822.SIZE where it was asked for, else 0 */
	uint64_t flags;
};

/* Why a file that no row knows is not to be uploaded now. */
enum wait {
	WAIT_NOT,
	WAIT_MOVE,    /* its message moves over from another folder */
	WAIT_WRITER,  /* somebody may be renaming or writing it */
	WAIT_ANSWER,  /* an upload's answer was lost; what the server has does
		       * not tell how it ended */
	WAIT_REFUSED, /* the server would not have it, not long ago */
	WAIT_PERSON,  /* the guard holds it, or it cannot be sent as it is */
};
#define WAITS 6

/* Keyword table of a folder: index (0..KEYWORD_MAX-1) to name. */
struct keyword_table {
	char *name[KEYWORD_MAX];
	size_t n;
};

/* What the Maildir has: one file. */
struct local_row {
	uint64_t key;
	uint64_t print; /* print_of() the file, 0: not known */
	uint64_t flags; /* system flags and keywords with a letter */
	uint32_t hint;  /* UID that its name claims for this very folder and
			 * UIDVALIDITY, or that its content has; or 0 */
	bool in_new;
	bool odd;  /* of a row's name, but no regular file: what it was is
		    * not known, and it is not gone */
	bool skip; /* outside max_size or max_age: no message to be fetched */
	uint8_t wait; /* enum wait; of a file without a row */
};

/* A message whose file was moved to another folder: it is to follow. */
struct move_there {
	uint32_t uid;
	/* It was told to, and nobody knows whether it did: it is left alone
	 * until that is found out. */
	bool pending;
	int64_t to;     /* the folder */
	uint64_t key;   /* of the file there */
	uint64_t flags; /* and its system flags */
};

/* A message that is new here, and the same as one that another folder has lost
 * on the server: its file is to follow. */
struct move_here {
	uint32_t uid; /* the new one */
	int64_t from; /* the folder */
	uint32_t from_uid;
	uint64_t flags; /* system flags that its row there has */
};

/* Keys that the scan of a folder found on one side only, sorted. */
struct loose {
	uint64_t *file; /* of files without a row */
	size_t nfiles, filecap;
	uint64_t *row; /* of rows without their file */
	size_t nrows, rowcap;
};

/* Sorted arrays: base and remote by uid, local by key, no doubles. */
struct base_view {
	struct base_row *row;
	size_t n, cap;
};

/* What a folder was like when it was last listed; recorded with its position.
 */
struct horizon {
	int64_t exists;    /* messages in it, -1: not known */
	uint32_t limit;    /* the server shows no more than so many, as was
			    * found out; 0: not known */
	uint32_t slid;     /* listings in a row that made it look so */
	uint64_t max_size; /* larger ones were left out; 0: none */
	int64_t oldest;    /* and older ones; 0: none */
};

struct remote_view {
	struct remote_row *row;
	size_t n, cap;
	bool partial; /* row lacks messages that there are: no file is taken for
		       * new whose message may be one of them */
	/* Below this UID what is not in row is not gone: see
	 * window_floor(). */
	uint32_t floor;
	/* Rows are all there is. False: only what changed or is new, and gone[]
	 * (sorted) names what vanished. */
	bool complete;
	uint32_t *gone;
	size_t ngone, gonecap;
};

struct local_view {
	struct local_row *row;
	size_t n, cap;
	/* It changed while it was read: what is not in it may be there under
	 * another name, and what is in it may be gone. */
	bool unstable;
	size_t twins; /* files left out: another one has their unique part */
	size_t busy;  /* files that somebody is writing: as they were before */
	size_t unreadable; /* files that cannot be read: likewise */
	char *odd;         /* the name of one that is .odd, or NULL; owned */
};

/* UID or key comes first in rows, and UID in moves. */
static inline int row_uid_cmp(const void *uid, const void *row)
{
	uint32_t x = *(const uint32_t *)uid, y = *(const uint32_t *)row;

	return (x > y) - (x < y);
}

static inline int row_key_cmp(const void *key, const void *row)
{
	uint64_t x = *(const uint64_t *)key, y = *(const uint64_t *)row;

	return (x > y) - (x < y);
}

/* The row, or NULL. */
static inline struct base_row *base_view_find(const struct base_view *v,
					      uint32_t uid)
{
	return v->n ? bsearch(&uid, v->row, v->n, sizeof(*v->row), row_uid_cmp)
		    : NULL;
}

static inline struct remote_row *remote_view_find(const struct remote_view *v,
						  uint32_t uid)
{
	return v->n ? bsearch(&uid, v->row, v->n, sizeof(*v->row), row_uid_cmp)
		    : NULL;
}

static inline struct local_row *local_view_find(const struct local_view *v,
						uint64_t key)
{
	return v->n ? bsearch(&key, v->row, v->n, sizeof(*v->row), row_key_cmp)
		    : NULL;
}

#endif
