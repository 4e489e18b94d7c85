/* SPDX-License-Identifier: MIT */
/* A batch of messages on their way to another folder of the server, where their
 * files are already: promised (W2), told, recorded. */
#ifndef DAEMON_STORE_TRANSFER_H
#define DAEMON_STORE_TRANSFER_H

#include <imap4/event.h>

#include "daemon/core/claim.h"
#include "daemon/remote/mailbox.h"
#include "daemon/store/store.h"

/* What COPYUID says. */
struct uid_pairs {
	struct uid_pair *pair;
	size_t n, cap;
	uint32_t uidvalidity; /* of the target; 0: nothing was said */
};
/* Adds those of a response code, if it is COPYUID: all or none. What was said
 * of another UIDVALIDITY before is void. */
void uid_pairs_take(struct uid_pairs *p, const struct imap4_respcode *code);
/* The new UID, or 0. */
uint32_t uid_pairs_find(const struct uid_pairs *p, uint32_t from);
void uid_pairs_release(struct uid_pairs *p);

struct transfer_item {
	uint32_t uid;
	uint64_t key; /* of the file in the target */
	bool ready;   /* it is there, and promised */
	char *unique; /* owned */
	uint64_t inode, size;
	int64_t mtime_ns;
	int64_t intent;
};

enum transfer_end {
	TRANSFER_NOT,    /* the server refused, or was not asked */
	TRANSFER_MOVED,  /* it says so */
	TRANSFER_COPIED, /* likewise; the originals are to be deleted */
};

struct transfer {
	struct transfer_item *item; /* sorted by uid */
	size_t n;
	int64_t to;                /* the folder's row */
	const struct mailbox *box; /* and what it is there */
	bool by_move;
	enum transfer_end end;
	struct uid_pairs pairs;
};

/* Disk thread: looks the files up in the target, records the intents, durably.
 * a: n MOVE_THERE actions with one target; .to and .box are set. 0, or -1 and
 * *err. */
int transfer_begin(struct transfer *t, struct store *s, const struct action *a,
		   size_t n, struct err *err);
/* Disk thread: records what came of it (.end). Rows go to the target with their
 * new UIDs, as FATE_CLAIMED; where the server did not tell them, or is not to
 * be believed, the target finds its messages by content. Rows here are gone
 * (moved) or FATE_MOVED_THERE (copied), and what was promised stays until the
 * target shows it. */
int transfer_record(struct transfer *t, struct store *s, struct err *err);
void transfer_release(struct transfer *t);

#endif
