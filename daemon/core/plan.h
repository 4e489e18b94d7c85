/* SPDX-License-Identifier: MIT */
/* The planner: from what was in sync and what both sides have now to what must
 * be done. A pure function; it decides, others act. */
#ifndef DAEMON_CORE_PLAN_H
#define DAEMON_CORE_PLAN_H

#include "daemon/core/types.h"

/* In the order in which they are carried out: copies before deletes (W4). */
enum action_type {
	ACTION_FETCH,       /* only there, new: bring it here */
	ACTION_ADOPT,       /* new there, and its file is here already */
	ACTION_PROVE,       /* it is there under the UID that it was said to
			     * have */
	ACTION_MOVE_HERE,   /* new there, and its file is in another folder */
	ACTION_UPLOAD,      /* only here, new: bring it there */
	ACTION_MOVE_THERE,  /* its file is in another folder: it is to follow */
	ACTION_FLAGS_HERE,  /* rename the file */
	ACTION_FLAGS_THERE, /* STORE; adds or removes, never both */
	ACTION_RECORD,      /* both sides changed alike: base only */
	ACTION_FORGET,      /* drop the row: gone on both sides, or what is left
			     * of it is to be taken for new in another pass */
	ACTION_FATE,        /* another fate, and nothing is deleted by that */
	ACTION_DIE_HERE,    /* gone there: its file is to go to the trash */
	ACTION_DIE_THERE,   /* gone here: it is to be deleted on the server */
	ACTION_DELETE_THERE, /* it was to be deleted there, and now it is */
};

struct action {
	enum action_type type;
	uint32_t uid; /* UPLOAD: 0, there is none yet */
	union {
		/* FLAGS_* and RECORD: base becomes (base | add) & ~del. */
		struct {
			uint64_t add, del;
		};
		/* MOVE_HERE: where it comes from. MOVE_THERE: the folder that
		 * has its file, as key. */
		struct {
			int64_t other;
			uint32_t other_uid;
		};
		uint64_t fate; /* FATE */
	};
	uint64_t flags; /* FETCH, MOVE_HERE: what the server has; ADOPT: the
			 * base to record; UPLOAD, FLAGS_HERE, DIE_HERE: what
			 * the file has; FLAGS_THERE: 1 where an earlier action
			 * stores on the same message; FORGET, PROVE: 1 where
			 * another pass has to look at what is left; FATE: 1
			 * where the position does not count any more;
			 * DELETE_THERE: 1 where it is not to be put into the
			 * trash */
	uint64_t key;   /* of the file, where there is one */
	uint64_t size;  /* FETCH: RFC822.SIZE where known */
	uint64_t print; /* ADOPT: of the file as it was seen */
	bool in_new;    /* the file is in new/ */
};

struct policy {
	bool pull;      /* server to Maildir */
	bool push;      /* Maildir to server */
	bool read_only; /* the server takes no changes: they are pending */
	bool delete_here, delete_there;
	/* Other folders have to be looked at first: leave what is new there,
	 * leave what is gone there. */
	bool defer_new, defer_gone;
	/* Not all folders' files are known: what is missing in this one may be
	 * in another. */
	bool partial;
	/* Only find out which files are messages that are there already. */
	bool adopt_only;
	/* All copies of the account are made: delete there. */
	bool reap;
	/* Delete there also what the server kept although it was told to. */
	bool force_delete;
	/* The guard. */
	int delete_limit_percent;   /* -1: none */
	bool hold_here, hold_there; /* whatever their number */
	/* What somebody has answered, about the rows that are shown: they may
	 * be deleted, unless there are others too; bring them back. */
	bool approve, restore;
	uint64_t here_mask; /* see merge_flags() */
	uint64_t there_mask;
};

struct plan {
	struct action *action; /* sorted for batches, see exec.h */
	size_t n, cap;
	/* Deletions that the guard holds: not in action. */
	size_t held_here, held_there;
	uint32_t *held; /* their UIDs, sorted */
	size_t nheld;
	/* Deleted on one side, newly marked or changed on the other. */
	size_t kept_here;  /* its file stays, and is uploaded */
	size_t kept_there; /* the message stays, and is fetched */
	size_t restored;   /* brought back because somebody wants it so */
	size_t skipped;    /* new there, outside max_size or max_age */
	size_t deferred;   /* left for a later pass of this sync */
	size_t unsure;     /* of these: the folder did not hold still */
	size_t late;       /* files and rows that want another scan first */
	/* Messages that are to be deleted there, and have other flags by now:
	 * should a file come back, a delta would not say so again. */
	size_t unmerged;
	/* Local changes that the server does not take. */
	size_t pending_uploads;
	size_t pending_deletions;
	size_t pending_flags;
	/* Likewise, of messages that the server does not show. */
	size_t hidden;
	size_t waiting[WAITS]; /* files that are not uploaded now */
	/* What is gone there, or was moved away; sorted. For defer_gone. */
	uint32_t *gone;
	size_t ngone, gonecap;
};

struct plan_input {
	const struct base_view *base;     /* the folder's rows */
	const struct remote_view *remote; /* complete, or a delta */
	const struct local_view *local;   /* NULL: as in base (the directory did
					   * not change since) */
	/* Both sorted by uid. */
	const struct move_there *moved_there;
	size_t nmoved_there;
	const struct move_here *moved_here;
	size_t nmoved_here;
	/* What the scan of all folders found; NULL: there was none. A file that
	 * has no row only now, or a row that has no file only now, may have
	 * moved since: it is neither sent as new nor brought back before the
	 * next scan has looked where it is. */
	const struct loose *loose;
};

/* *out is set up by the call; plan_release() it. 0, or -1: out of memory.
 * O(n log n). */
int plan_folder(struct plan *out, const struct plan_input *in,
		const struct policy *policy);
void plan_release(struct plan *p);
/* How many actions of a type. */
size_t plan_count(const struct plan *p, enum action_type type);

/* Deletions of more than this many messages are held where they are also more
 * than the configured share of the folder. */
#define GUARD_FREE 20

/* Does the guard hold n deletions in a folder of total messages, of which the
 * other side still has left? limit_percent: see struct policy. */
bool guard_holds(size_t n, size_t total, size_t left, int limit_percent);

#endif
