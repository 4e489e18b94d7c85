/* SPDX-License-Identifier: MIT */
/* The moves between the folders of an account, in one sync: which files left a
 * folder, and which are awaited in another one; which messages folders have
 * lost on the server: they may turn up in another one, and then their files
 * follow; into which folders something came by what was done in another one. A
 * move ends when its message has followed, or when it cannot follow any more;
 * then its file is no longer waited for, and the folder that it is in has
 * something to do. Pure. */
#ifndef DAEMON_CORE_LEDGER_H
#define DAEMON_CORE_LEDGER_H

#include "daemon/core/agenda.h"
#include "daemon/core/types.h"

struct ledger_folder {
	int64_t row;
	bool unseen;        /* nobody knows its files */
	bool stirred;       /* something came into it, see ledger_tell() */
	struct loose loose; /* as the scan found it */
	/* Files that were moved out of it, by uid of their message. */
	struct move_there *moved;
	size_t nmoved;
	/* Keys of files that were moved into it and whose messages are to
	 * follow; sorted. */
	uint64_t *expected;
	size_t nexpected;
};

/* A message that a folder has lost on the server. */
struct ledger_lost {
	int64_t folder; /* the row's */
	uint32_t uid;
	uint64_t key; /* of its file */
	int64_t internaldate;
	uint64_t emailid; /* a hash of its EMAILID (RFC 8474), or of "gm:" and
			   * X-GM-MSGID; 0: not known */
	bool found;       /* dry run: its file is to follow to another folder */
};

/* folder[i] is the agenda's. Its arrays belong to whoever fills them in, lost
 * to the ledger. */
struct ledger {
	struct ledger_folder *folder;
	size_t n;
	struct ledger_lost *lost;
	size_t nlost, lostcap;
};

/* 0, or -1: out of memory. */
int ledger_lose(struct ledger *l, const struct ledger_lost *m);
void ledger_release_lost(struct ledger *l);

/* How a folder was left. */
struct ledger_end {
	bool all; /* its pass came to its end: what was to follow, did */
	/* A dry run: keys of files that would be followed; sorted. */
	const uint64_t *follow;
	size_t nfollow;
};

/* Files that moved into a folder are not sent, and not taken for what is new
 * there, before their messages had a chance to follow: marks those of expected
 * as WAIT_MOVE. Not those whose messages were told to follow meanwhile: what is
 * new there may be just these. Both are sorted. */
void ledger_mark(struct local_view *local, const uint64_t *expected, size_t n,
		 const uint64_t *promised, size_t npromised);

/* Ends moves out of a folder. 0, or -1: out of memory. */
int ledger_settle(struct ledger *l, size_t folder, const struct ledger_end *end,
		  struct agenda *agenda);
/* Something came into the folder with that row, by what was done in another
 * one. */
void ledger_stir(struct ledger *l, int64_t row);
/* Tells the agenda of all folders that were stirred, but for those of which
 * nobody knows the files. */
void ledger_tell(struct ledger *l, struct agenda *agenda);

#endif
