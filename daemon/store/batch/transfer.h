/* SPDX-License-Identifier: MIT */
/* A batch of messages on their way to another folder of the server, where their
 * files are already: promised (W2), told, recorded. */
#ifndef DAEMON_STORE_BATCH_TRANSFER_H
#define DAEMON_STORE_BATCH_TRANSFER_H

#include "daemon/core/claim.h"
#include "daemon/store/store_job.h"

/* What COPYUID says. */
struct uid_pairs {
	struct uid_pair *pair; /* sorted by .from */
	size_t n, cap;
	uint32_t uidvalidity; /* of the target; 0: nothing was said */
};
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

/* The target, as the server lists it. */
struct transfer_target {
	char *wire, *name; /* owned; see struct store_name */
	char *display;     /* owned; for people */
	char delim;
	uint32_t uidvalidity, uidnext; /* as STATUS tells, 0: it does not */
};

enum transfer_end {
	TRANSFER_NOT,    /* the server refused, or was not asked */
	TRANSFER_MOVED,  /* it says so */
	TRANSFER_COPIED, /* likewise; the originals are to be deleted */
};

struct transfer {
	struct transfer_item *item; /* sorted by uid */
	size_t n;
	int64_t to; /* the folder's row */
	struct transfer_target box;
	bool by_move;
	enum transfer_end end;
	struct uid_pairs pairs;
};

/* Disk thread: looks the files up in the target, records the intents, durably.
 * a: n MOVE_THERE actions with one target; .to and .box are set. 0, or -1 and
 * *err. */
int transfer_begin(struct transfer *t, struct store *s, const struct action *a,
		   size_t n, struct err *err);
/* Disk thread: records the outcome (.end). Rows go to the target with their
 * new UIDs, as FATE_CLAIMED; where the server did not tell them, or is not to
 * be believed, the target finds its messages by content. Rows here are gone
 * (moved) or FATE_MOVED_THERE (copied), and what was promised stays until the
 * target shows it. */
int transfer_record(struct transfer *t, struct store *s, struct err *err);
void transfer_release(struct transfer *t);

struct transfer_job {
	struct store_job base;
	struct transfer transfer;    /* the poster's, but while a job runs */
	const struct action *action; /* n of them; borrowed */
	size_t n;
};
void transfer_begin_run(struct job *j);
void transfer_record_run(struct job *j);

#endif
