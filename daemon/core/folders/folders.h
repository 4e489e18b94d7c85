/* SPDX-License-Identifier: MIT */
/* The planner for folders: from the folders that were in sync and those that
 * both sides have now to what must be done with folders, before and after their
 * messages are synced. A pure function; it decides, others act.
 *
 * Names here are canonical, as tree_name() writes them: UTF-8, '/' between
 * levels, "%2F" for a '/' inside one, "INBOX" in capitals. Of a mailbox that is
 * the name of the path that tree_path() gives it. Sides meet under one name if
 * and only if they are one folder. */
#ifndef DAEMON_CORE_FOLDERS_FOLDERS_H
#define DAEMON_CORE_FOLDERS_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Renames of circles pass through prefix, this, and the row's id. */
#define FOLDERS_TEMPORARY "imapsyncd-"

/* What the user has said to a hold. */
enum folders_answer {
	FOLDERS_UNANSWERED,
	FOLDERS_APPROVE, /* go on, up to folders_base.bound messages */
	FOLDERS_RESTORE, /* bring the folder back instead */
};

/* A folder that was in sync: a row of the database. */
struct folders_base {
	int64_t id; /* not 0 */
	const char *wire;
	const char *name; /* that of wire */
	const char *path;
	const char *mailboxid; /* NULL: not known */
	uint64_t inode;        /* of cur/, 0: not known */
	uint32_t uidvalidity;  /* 0: its messages were never synced */
	uint32_t uidnext;
	uint32_t messages; /* rows alive */
	uint32_t there;    /* rows whose message the server still has */
	bool wanted;       /* its name is one to be synced */
	bool hold;         /* its removal waits for an answer in any case */
	bool aside; /* left alone, on both sides, until somebody has looked:
		     * set it where an action failed, else it comes again */
	enum folders_answer answer;
	uint32_t bound; /* messages of the HOLD that was approved */
};

enum folders_attr {
	FOLDERS_NOSELECT = 1 << 0, /* or \NonExistent: a name, not a mailbox */
	FOLDERS_NOINFERIORS = 1 << 1,
	FOLDERS_SPECIAL = 1 << 2, /* has a special use (RFC 6154) */
};

/* What LIST and STATUS say of a mailbox. */
struct folders_there {
	const char *wire;
	const char *name;
	unsigned attr; /* enum folders_attr */
	bool wanted;
	bool subscribed;
	const char *mailboxid; /* RFC 8474; NULL: not known */
	bool status;           /* the three below are known */
	uint32_t messages, uidnext, uidvalidity;
};

/* A folder on disk. */
struct folders_here {
	const char *path;
	const char *name; /* NULL: no mailbox can have that path */
	uint64_t inode;   /* of cur/; 0: not known, or not on the file system of
			   * the root */
	bool wanted;
	bool foreign;      /* the name is as another program writes it */
	uint32_t messages; /* files */
	/* The row (folders_base.id) to whose messages most of the files belong,
	 * of several the one with this path, else the lowest; 0: none. By key,
	 * wherever the file was; files of messages REPLACED or LEFT_HERE do not
	 * count. */
	int64_t owner;
	uint32_t owned; /* how many do */
	uint32_t left;  /* files of owner's rows LEFT_HERE */
};

/* What came of a FOLDERS_VERIFY. */
struct folders_verdict {
	int64_t id;
	const char *wire;
	bool same;
};

/* Arrays in any order. */
struct folders_view {
	const struct folders_base *base;
	size_t nbase;
	const struct folders_there *there;
	size_t nthere;
	/* LIST ended with OK and was not empty. Else nothing is planned. */
	bool there_complete;
	const struct folders_here *here;
	size_t nhere;
	/* The walk succeeded, and the root is the right one. Else nothing
	 * follows from what is not in here. */
	bool here_complete;
	const struct folders_verdict *verdict;
	size_t nverdict;
};

struct folders_policy {
	bool pull;                      /* server to Maildir */
	bool push;                      /* Maildir to server */
	bool create_here, create_there; /* also needed for a new name */
	bool remove_here, remove_there;
	/* Also needed to remove a folder that is not empty. */
	bool delete_here, delete_there;
	bool guard;     /* the loss of many messages is held */
	bool fold_here; /* the file system does not tell "a" from "A" */
	/* Of the server's personal namespace, for names that are made there. */
	char delim;         /* 0: flat */
	const char *prefix; /* canonical, ends in '/'; "" for none */
};

/* In the order in which they are carried out. Each is one step: what it says,
 * in that order. Nothing but the rows is remembered in between: after a crash
 * (or an action that failed) the next survey and the next plan go on from
 * whatever is there. Before messages are synced, list, survey and plan again
 * until a plan had nothing that could be carried out.
 *
 * A folder whose messages may be synced is one that base, there and here have
 * under the same name, and that no action names but RECORD.
 *
 * To "record" is one transaction: the row has wire and path of `to`, and what
 * there and here say of mailboxid and inode (a NULL or 0 leaves it as it is).
 * Another row that still has that mailboxid or inode loses it, and one that has
 * that wire or path gets ones that nobody has instead; its name is then its
 * temporary one: its own turn comes later, or it is recognised by what it
 * holds. Renames move the folder and all that is below it, on either side. */
enum folders_type {
	FOLDERS_NONE,
	/* Is there the former base under a new name? STATUS says it may be, its
	 * messages must say so: compare rows that are below the row's uidnext
	 * with the messages of the same UIDs. The same, where all that are
	 * still there agree and (but for an empty folder) some are. With
	 * another UIDVALIDITY the UIDs say nothing: compare what is there with
	 * all that is here; half of it may be new. Then plan again with the
	 * verdict; rest of the plan is sound, but what it reports may change.
	 * Crash: asked again. */
	FOLDERS_VERIFY,
	/* Gone on both sides: drop the row and its messages, unless an intent
	 * names it. */
	FOLDERS_FORGET,
	/* RENAME from to; where subscribe is set SUBSCRIBE to and UNSUBSCRIBE
	 * from; record, unless it is only passing: two folders that change
	 * names do so by way of a temporary one. Crash before the record: it is
	 * seen as renamed there too, and recorded; at a temporary name: the
	 * other side's name wins, or else the row's. */
	FOLDERS_RENAME_THERE,
	/* rename(2) without replacing, sync both parent directories, record.
	 * Where the directory `to` is there, but no folder, move what the
	 * folder consists of, cur last. Layout maildir++: this one, then those
	 * below. Crash: as above. */
	FOLDERS_RENAME_HERE,
	/* Both sides have it, the row is not so or, base NULL, not there:
	 * record. answer APPROVE: the mailbox was deleted and another one made
	 * under its name; what has no partner in it goes to the local trash
	 * instead of being uploaded. */
	FOLDERS_RECORD,
	/* Make the directory `to`, its parents and cur, new, tmp, durable;
	 * record. Nothing that is there already under another name may be taken
	 * for it. RECREATE: the messages of base and its position are dropped
	 * first, durably, so that all are new and none is missing. Crash before
	 * the record: RECORD, or for RECREATE under a new name FORGET and
	 * RECORD. */
	FOLDERS_CREATE_HERE,
	FOLDERS_RECREATE_HERE,
	/* CREATE to, SUBSCRIBE to; record. RECREATE: likewise, and the files
	 * are then uploaded as new ones. Crash: likewise. */
	FOLDERS_CREATE_THERE,
	FOLDERS_RECREATE_THERE,
	/* At the very end of a sync in which all went well, when all copies and
	 * moves are made. Walk the folder again: if there is a file that no row
	 * of base has, do as for RECREATE_THERE. Else tombstones, files to the
	 * trash, drop the rows; remove cur, new, tmp, dovecot-keywords and then
	 * those directories that are empty (never what is not ours); drop the
	 * row. Crash: tombstones go on, then this again or FORGET. */
	FOLDERS_REMOVE_HERE,
	/* At the very end, likewise. Look at the folder: if there is a message
	 * that no row of base has, or one that was marked there since
	 * (plan_folder() would keep it), do as for RECREATE_HERE. Else delete
	 * the messages as any others (trash, UID EXPUNGE), then, where STATUS
	 * says that none is left, DELETE and UNSUBSCRIBE; drop the row. DELETE
	 * takes with it what arrived since, so nothing may come in between.
	 * Refused for its children: leave it, empty. Crash: this again or
	 * FORGET. */
	FOLDERS_REMOVE_THERE,

	/* Reports: nothing is done, and the folders they name are left alone
	 * on both sides. */
	FOLDERS_HOLD, /* waits for approve or restore; messages are at stake.
		       * there or here tells on which side the folder is */
	FOLDERS_GONE_HERE,  /* vanished here, kept there */
	FOLDERS_GONE_THERE, /* vanished there, kept here */
	FOLDERS_REFUSE,     /* cannot be made or renamed on the other side */
	FOLDERS_TWINS, /* a second name for what is there under another one */
};
#define FOLDERS_TYPES (FOLDERS_TWINS + 1)

enum folders_why {
	FOLDERS_WHY_NONE,
	/* HOLD */
	FOLDERS_WHY_MANY, /* more messages than the guard lets go, in it or in
			   * all that are to be removed */
	FOLDERS_WHY_MASS, /* most folders, or INBOX, are gone at once: a server
			   * or a disk in trouble looks like that */
	FOLDERS_WHY_RESTORED,  /* folders_base.hold */
	FOLDERS_WHY_RECREATED, /* the mailbox was deleted and another one made
				* under its name, and many of its messages
				* are not in it */
	/* GONE, REFUSE */
	FOLDERS_WHY_POLICY,  /* create, remove, delete or direction */
	FOLDERS_WHY_NEWS,    /* it has new messages, and may not be recreated */
	FOLDERS_WHY_UNKNOWN, /* no STATUS: nobody knows what is in it */
	FOLDERS_WHY_SPECIAL, /* mailboxes with a special use stay */
	FOLDERS_WHY_EXCLUDED,   /* one of its names is not to be synced */
	FOLDERS_WHY_IN_THE_WAY, /* another folder has that name */
	/* REFUSE: the server cannot have that name. */
	FOLDERS_WHY_NAME,       /* not UTF-8, control characters, * or %, an
				 * empty level, or no folder's path at all */
	FOLDERS_WHY_FOREIGN,    /* folders_here.foreign */
	FOLDERS_WHY_DELIMITER,  /* a level contains the delimiter, or there are
				 * levels and the server has none */
	FOLDERS_WHY_INBOX,      /* INBOX, in any case */
	FOLDERS_WHY_NAMESPACE,  /* not below the prefix */
	FOLDERS_WHY_NOINFERIORS /* a parent that can have no children */
};

struct folders_action {
	enum folders_type type;
	enum folders_why why;
	/* Into the view, NULL: has none. */
	const struct folders_base *base;
	const struct folders_there *there;
	const struct folders_here *here;
	/* Names; from: RENAME only. to: that of the folder afterwards; reports:
	 * now (NULL for a path without one). Owned by the plan, or part of the
	 * view. */
	const char *from, *to;
	bool subscribe;
	bool passing; /* RENAME: to is a temporary name, and not recorded */
	enum folders_answer answer; /* RECORD */
	uint32_t messages;          /* HOLD, REMOVE: how many */
};

struct folders_plan {
	struct folders_action *action;
	size_t n, cap;
	char **text; /* names that are in no view */
	size_t ntext, textcap;
};

/* Decisions that are not obvious:
 * - Same folder: there, the same MAILBOXID; else the name, with the verdict on
 *   a candidate where the name is gone or has another UIDVALIDITY.
 * - Candidates: mailboxes with the row's UIDVALIDITY; else, as RENAME may
 *   change it, with as many messages as a folder whose name is gone, up to
 *   twice as many; what is judged not to be it makes way for the next.
 * - Same folder: here, cur/'s inode and its content together (inodes are used
 *   again); else the name, else the content alone.
 * - Renamed on both sides: the server's name wins. Renamed on one, removed on
 *   the other: it comes back under its new name.
 * - A rename to a name that another folder has is not a rename but a removal
 *   and a folder that both sides have; its messages are moved one by one.
 * - INBOX is its name: never renamed, never removed; gone here it comes back.
 * - RESTORE also brings back what was only reported (GONE_*). APPROVE does not
 *   allow what the policy forbids.
 *
 * *out is set up by the call; folders_plan_release() it. The plan refers to the
 * view. 0, or -1: out of memory. O(n log n), and O(n) for each rename. */
int plan_folders(struct folders_plan *out, const struct folders_view *view,
		 const struct folders_policy *policy);
void folders_plan_release(struct folders_plan *p);

/* Renames of one plan and side; more wait for the next plan. */
#define FOLDERS_RENAMES_MAX 1000

#endif
