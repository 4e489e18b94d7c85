/* SPDX-License-Identifier: MIT */
/* Views for tests of the planner, in arrays of fixed size, and a plan made from
 * them.
 */
#ifndef TESTS_DAEMON_CORE_PLAN_H
#define TESTS_DAEMON_CORE_PLAN_H

#include "tests/support/t.h"

#include <string.h>

#include "daemon/core/plan.h"

#define VIEW_MAX 256

#define POLICY_ALL                                                    \
	(struct policy)                                               \
	{                                                             \
		.pull = true, .push = true, .delete_here = true,      \
		.delete_there = true, .delete_limit_percent = 25,     \
		.here_mask = ~UINT64_C(0), .there_mask = ~UINT64_C(0) \
	}

struct views {
	struct base_row base_row[VIEW_MAX];
	struct remote_row remote_row[VIEW_MAX];
	struct local_row local_row[VIEW_MAX];
	uint32_t gone[VIEW_MAX];
	struct base_view base;
	struct remote_view remote;
	struct local_view local;
	bool local_known; /* false: as in base */
	struct move_there moved_there[VIEW_MAX];
	size_t nmoved_there;
	struct move_here moved_here[VIEW_MAX];
	size_t nmoved_here;
	bool scanned;
	uint64_t loose_file[VIEW_MAX], loose_row[VIEW_MAX];
	struct loose loose; /* in these */
	struct policy policy;
	struct plan plan;
};

/* Nothing anywhere, everything allowed, the remote view complete. */
/* Of static storage, or once more. */
static inline void views_init(struct views *v)
{
	v->base = (struct base_view){.row = v->base_row};
	v->remote = (struct remote_view){
	    .row = v->remote_row, .gone = v->gone, .complete = true};
	v->local = (struct local_view){.row = v->local_row};
	v->local_known = true;
	v->policy = POLICY_ALL;
	plan_release(&v->plan);
	v->nmoved_there = v->nmoved_here = 0;
	v->loose = (struct loose){.file = v->loose_file, .row = v->loose_row};
	v->scanned = false;
}

static inline void views_base(struct views *v, uint32_t uid, uint64_t flags,
			      uint64_t key)
{
	v->base_row[v->base.n++] =
	    (struct base_row){.uid = uid, .flags = flags, .key = key};
}

static inline void views_remote(struct views *v, uint32_t uid, uint64_t flags)
{
	v->remote_row[v->remote.n++] =
	    (struct remote_row){.uid = uid, .flags = flags, .size = uid * 10};
}

/* Keeps the order that the planner asks for. */
static inline void views_local(struct views *v, struct local_row row)
{
	size_t at = v->local.n++;

	for (; at > 0 && v->local_row[at - 1].key > row.key; at--)
		v->local_row[at] = v->local_row[at - 1];
	v->local_row[at] = row;
}

static inline void views_plan(struct views *v)
{
	struct plan_input in = {
	    .base = &v->base,
	    .remote = &v->remote,
	    .local = v->local_known ? &v->local : NULL,
	    .moved_there = v->moved_there,
	    .nmoved_there = v->nmoved_there,
	    .loose = v->scanned ? &v->loose : NULL,
	    .moved_here = v->moved_here,
	    .nmoved_here = v->nmoved_here,
	};

	plan_release(&v->plan);
	assert_int_equal(plan_folder(&v->plan, &in, &v->policy), 0);
}

/* A message that both sides have, as it was at the last sync. */
static inline void views_in_sync(struct views *v, uint32_t uid, uint64_t flags)
{
	views_base(v, uid, flags, uid);
	views_remote(v, uid, flags);
	views_local(v, (struct local_row){.key = uid, .flags = flags});
}

/* A message that was expunged on the server. */
static inline void views_expunged(struct views *v, uint32_t uid, uint64_t flags,
				  uint64_t flags_now)
{
	views_base(v, uid, flags, uid);
	views_local(v, (struct local_row){.key = uid, .flags = flags_now});
}

/* The plan's only action, which is of that type. */
static inline const struct action *views_only(struct views *v,
					      enum action_type type)
{
	views_plan(v);
	assert_int_equal(v->plan.n, 1);
	assert_int_equal(v->plan.action[0].type, type);
	return &v->plan.action[0];
}

#endif
