/* SPDX-License-Identifier: MIT */
/* What the planner's files share: plan.c what is decided of a whole folder,
 * plan_row.c of one message that is known. */
#ifndef DAEMON_CORE_PLANNER_H
#define DAEMON_CORE_PLANNER_H

#include "daemon/core/plan.h"

/* Marks that say "somebody cared just now": they win over a deletion. */
#define INTEREST (~(FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT))

/* Deletions on one side, for the guard. */
struct deletion_count {
	size_t n;
	size_t unanswered; /* of these: nobody has approved it */
	size_t left;       /* messages that the side that lost them still has */
};

enum use {
	USE_NONE,
	USE_NEW, /* it was written over what a row had */
	USE_ROW, /* it belongs to a row or an action */
};

struct planner {
	struct plan *plan;
	const struct plan_input *in;
	const struct policy *policy;
	uint8_t *use;   /* enum use, for each local row */
	uint64_t *keys; /* pair_keys(), where they are needed */
	size_t nkeys;
	size_t total;                      /* messages that both sides had */
	struct deletion_count here, there; /* deletions here, deletions there */
	bool kept_here; /* something is, or will be in a later pass */
	bool failed;
};

/* What the server has of a known message. */
struct there {
	bool gone;
	bool shown;  /* the look shows it */
	bool hidden; /* it may be there, and cannot be had or changed */
	uint64_t flags;
};

/* Where there is no memory for it, p->failed. */
void planner_add(struct planner *p, struct action a);
/* Is the file with that key without a row only since the scan? */
bool planner_is_late_file(const struct planner *p, uint64_t key);
/* Likewise, the row without its file. */
bool planner_is_late_row(const struct planner *p, uint64_t key);
/* plan_row.c: decides what is to become of a row. */
void planner_row(struct planner *p, const struct base_row *b,
		 const struct there *t);

#endif
