/* SPDX-License-Identifier: MIT */
/* The planner: from what was in sync and what both sides have now to what must
 * be done. A pure function; it decides, others act. */
#ifndef DAEMON_CORE_PLAN_H
#define DAEMON_CORE_PLAN_H

#include "daemon/core/types.h"

/* In the order in which they are carried out: copies before deletes (W4). */
enum action_type {
	ACTION_FETCH,       /* only there, new: bring it here */
	ACTION_ADOPT,       /* new there, and its file is here already: a crash
			     * came between rename and record */
	ACTION_FLAGS_HERE,  /* rename the file */
	ACTION_FLAGS_THERE, /* STORE; adds or removes, never both */
	ACTION_RECORD,      /* both sides changed alike: base only */
	ACTION_FORGET,      /* gone on both sides: drop the row */
	ACTION_TRASH_HERE,  /* gone there: move the file to the trash */
};

struct action {
	enum action_type type;
	uint32_t uid;
	/* FLAGS_* and RECORD: base becomes (base | add) & ~del afterwards. */
	uint64_t add, del;
	uint64_t flags; /* FETCH: what the server has; ADOPT: the base to
			 * record; FLAGS_HERE and TRASH_HERE: what the file has;
			 * FLAGS_THERE: 1 where an earlier action stores on the
			 * same message */
	uint64_t key;   /* of the file, where there is one */
	uint64_t size;  /* FETCH: RFC822.SIZE where known */
	bool in_new;    /* the file is in new/ */
};

struct policy {
	bool pull; /* server to Maildir */
	bool push; /* Maildir to server */
	bool delete_here;
	int delete_limit_percent; /* -1: no guard */
	uint64_t here_mask;       /* see merge_flags() */
	uint64_t there_mask;
};

struct plan {
	struct action *action; /* sorted for batches, see exec.h */
	size_t n, cap;
	size_t held;    /* deletions here that the guard holds: not in action */
	size_t kept;    /* deleted there but newly marked here: left alone */
	size_t skipped; /* new there, outside max_size or max_age */
	/* Local changes that are not sent. */
	size_t pending_uploads;
	size_t pending_deletions;
	size_t pending_flags;
};

/* base: the folder's rows. remote: complete, or a delta. local: NULL means as
 * in base (the directory did not change since). *out is set up by the call;
 * plan_release() it. 0, or -1: out of memory. O(n log n). */
int plan_folder(struct plan *out, const struct base_view *base,
		const struct remote_view *remote,
		const struct local_view *local, const struct policy *policy);
void plan_release(struct plan *p);
/* How many actions of a type. */
size_t plan_count(const struct plan *p, enum action_type type);

/* Deletions of more than this many messages are held where they are also more
 * than the configured share of the folder. */
#define GUARD_FREE 20

/* Does the guard hold n deletions in a folder of total messages, of which the
 * server still has left? limit_percent: see struct policy. */
bool guard_holds(size_t n, size_t total, size_t left, int limit_percent);

#endif
