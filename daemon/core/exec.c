/* SPDX-License-Identifier: MIT */
#include "daemon/core/exec.h"

void exec_init(struct exec *x, const struct plan *plan, size_t fetch_batch)
{
	*x = (struct exec){.plan = plan, .fetch_batch = fetch_batch};
}

static enum effect_type effect_of(enum action_type type)
{
	switch (type) {
	case ACTION_FETCH:
		return EFFECT_FETCH;
	case ACTION_ADOPT:
		return EFFECT_ADOPT;
	case ACTION_FLAGS_HERE:
		return EFFECT_FLAGS_HERE;
	case ACTION_FLAGS_THERE:
		return EFFECT_STORE;
	case ACTION_RECORD:
		return EFFECT_RECORD;
	case ACTION_FORGET:
		return EFFECT_FORGET;
	case ACTION_TRASH_HERE:
		break;
	}
	return EFFECT_CONFIRM;
}

/* May b follow a in the same effect? */
static bool same_batch(const struct action *a, const struct action *b)
{
	if (a->type != b->type)
		return false;
	if (a->type != ACTION_FLAGS_THERE)
		return true;
	return a->flags == b->flags && a->add == b->add && a->del == b->del;
}

static size_t batch_len(const struct exec *x)
{
	const struct plan *plan = x->plan;
	const struct action *a = &plan->action[x->next];
	size_t most = a->type == ACTION_FETCH ? x->fetch_batch : plan->n;
	size_t n = 1;

	while (n < most && x->next + n < plan->n && same_batch(a, a + n))
		n++;
	return n;
}

/* W4: nothing is deleted while anything else is under way, and not at all once
 * something failed: what failed may be the copy of what would be deleted. */
static bool may_delete(const struct exec *x)
{
	return x->in_flight == 0 && !x->failed;
}

static bool next_deletion(struct exec *x, struct effect *out)
{
	if (x->failed) {
		x->next = x->plan->n;
		return false;
	}
	if (!may_delete(x))
		return false;
	out->first = &x->plan->action[x->next];
	out->n = batch_len(x);
	out->type = x->confirmed ? EFFECT_TOMBSTONE : EFFECT_CONFIRM;
	if (x->confirmed)
		x->next += out->n;
	x->in_flight++;
	return true;
}

static bool next_position(struct exec *x, struct effect *out)
{
	if (x->positioned || x->failed || x->in_flight > 0)
		return false;
	x->positioned = true;
	x->in_flight++;
	*out = (struct effect){.type = EFFECT_POSITION};
	return true;
}

bool exec_next(struct exec *x, struct effect *out)
{
	if (x->next == x->plan->n)
		return next_position(x, out);
	const struct action *a = &x->plan->action[x->next];
	if (a->type == ACTION_TRASH_HERE)
		return next_deletion(x, out) || next_position(x, out);
	if (a->type == ACTION_FETCH && x->fetching == EXEC_FETCH_WINDOW)
		return false;
	*out = (struct effect){
	    .type = effect_of(a->type), .first = a, .n = batch_len(x)};
	x->next += out->n;
	x->in_flight++;
	if (out->type == EFFECT_FETCH)
		x->fetching++;
	return true;
}

void exec_done(struct exec *x, const struct effect *e, bool ok)
{
	x->in_flight--;
	if (e->type == EFFECT_FETCH)
		x->fetching--;
	if (!ok)
		x->failed = true;
	else if (e->type == EFFECT_CONFIRM)
		x->confirmed = true;
}

bool exec_finished(const struct exec *x)
{
	if (x->in_flight > 0)
		return false;
	if (x->failed)
		return x->next == x->plan->n ||
		       x->plan->action[x->next].type == ACTION_TRASH_HERE;
	return x->next == x->plan->n && x->positioned;
}
