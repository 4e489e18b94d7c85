/* SPDX-License-Identifier: MIT */
#include "daemon/core/exec.h"

void exec_init(struct exec *x, const struct plan *plan, size_t fetch_batch,
	       size_t limit)
{
	*x = (struct exec){
	    .plan = plan, .fetch_batch = fetch_batch, .limit = limit};
}

void exec_careful(struct exec *x)
{
	x->careful = 1;
}

void exec_abort(struct exec *x)
{
	x->failed = x->unsafe = true;
}

void exec_hold_position(struct exec *x)
{
	x->held = true;
}

static enum effect_type effect_of(enum action_type type)
{
	static const enum effect_type of[] = {
	    [ACTION_FETCH] = EFFECT_FETCH,
	    [ACTION_ADOPT] = EFFECT_ADOPT,
	    [ACTION_PROVE] = EFFECT_PROVE,
	    [ACTION_MOVE_HERE] = EFFECT_MOVE_HERE,
	    [ACTION_UPLOAD] = EFFECT_UPLOAD,
	    [ACTION_MOVE_THERE] = EFFECT_MOVE_THERE,
	    [ACTION_FLAGS_HERE] = EFFECT_FLAGS_HERE,
	    [ACTION_FLAGS_THERE] = EFFECT_STORE,
	    [ACTION_RECORD] = EFFECT_RECORD,
	    [ACTION_FORGET] = EFFECT_FORGET,
	    [ACTION_FATE] = EFFECT_FATE,
	    [ACTION_DIE_HERE] = EFFECT_DIE_HERE,
	    [ACTION_DIE_THERE] = EFFECT_DIE_THERE,
	    [ACTION_DELETE_THERE] = EFFECT_DELETE_THERE,
	};

	return of[type];
}

/* May b follow a in the same effect? */
static bool same_batch(const struct action *a, const struct action *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case ACTION_FLAGS_THERE:
		return a->flags == b->flags && a->add == b->add &&
		       a->del == b->del;
	case ACTION_MOVE_HERE:
	case ACTION_MOVE_THERE:
		return a->other == b->other;
	case ACTION_FATE:
		return a->fate == b->fate;
	case ACTION_DELETE_THERE:
		return a->flags == b->flags;
	default:
		return true;
	}
}

static size_t batch_len(const struct exec *x)
{
	const struct plan *plan = x->plan;
	const struct action *a = &plan->action[x->next];
	size_t most = plan->n;
	size_t n = 1;
	/* One command each. */
	bool command = true;

	if (a->type == ACTION_FETCH)
		most = x->fetch_batch;
	else if (a->type == ACTION_MOVE_THERE || a->type == ACTION_DELETE_THERE)
		most = EXEC_SET_BATCH;
	else
		command = false;
	if (a->type == ACTION_UPLOAD)
		most = EXEC_UPLOAD_BATCH;
	if (command && x->limit > 0 && x->limit < most)
		most = x->limit;
	if (x->careful > 0 && most > x->careful)
		most = x->careful;
	while (n < most && x->next + n < plan->n && same_batch(a, a + n))
		n++;
	return n;
}

static bool is_deletion(enum action_type type)
{
	return type == ACTION_DIE_HERE || type == ACTION_DIE_THERE ||
	       type == ACTION_DELETE_THERE;
}

/* W4: nothing is deleted while anything else is under way, and not at all once
 * something failed that may be the copy of what would be deleted. */
static bool next_deletion(struct exec *x, const struct action *a,
			  struct effect *out)
{
	if (x->unsafe) {
		x->next = x->plan->n;
		return false;
	}
	if (x->in_flight > 0)
		return false;
	*out = (struct effect){
	    .type = effect_of(a->type), .first = a, .n = batch_len(x)};
	if (a->type == ACTION_DIE_HERE && !x->confirmed)
		out->type = EFFECT_CONFIRM;
	else
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
	*out =
	    (struct effect){.type = x->held ? EFFECT_COMMIT : EFFECT_POSITION};
	return true;
}

/* Has the kind of action as many effects under way as it may? */
static bool window_full(const struct exec *x, enum action_type type)
{
	switch (type) {
	case ACTION_FETCH:
		return x->fetching == EXEC_FETCH_WINDOW;
	case ACTION_UPLOAD:
		return x->uploading == EXEC_UPLOAD_WINDOW;
	case ACTION_MOVE_THERE:
		/* COPYUID has no tag: see imap4_engine_uid_move(). */
		return x->moving == 1;
	default:
		return false;
	}
}

static size_t *window_of(struct exec *x, enum effect_type type)
{
	switch (type) {
	case EFFECT_FETCH:
		return &x->fetching;
	case EFFECT_UPLOAD:
		return &x->uploading;
	case EFFECT_MOVE_THERE:
		return &x->moving;
	default:
		return NULL;
	}
}

bool exec_next(struct exec *x, struct effect *out)
{
	if (x->next == x->plan->n)
		return next_position(x, out);
	const struct action *a = &x->plan->action[x->next];
	if (x->careful > 0 && x->in_flight > 0)
		return false;
	if (is_deletion(a->type))
		return next_deletion(x, a, out) || next_position(x, out);
	if (window_full(x, a->type))
		return false;
	*out = (struct effect){
	    .type = effect_of(a->type), .first = a, .n = batch_len(x)};
	x->next += out->n;
	x->in_flight++;
	size_t *window = window_of(x, out->type);
	if (window)
		(*window)++;
	return true;
}

/* Flags are no copy of anything; nor is a position, which often stays where it
 * was on purpose. */
static bool is_copy(enum effect_type type)
{
	return type != EFFECT_STORE && type != EFFECT_FLAGS_HERE &&
	       type != EFFECT_RECORD && type != EFFECT_POSITION &&
	       type != EFFECT_COMMIT;
}

void exec_done(struct exec *x, const struct effect *e, bool ok)
{
	size_t *window = window_of(x, e->type);

	x->in_flight--;
	if (window)
		(*window)--;
	/* Nothing of it was to blame. */
	if (x->careful > 0)
		x->careful = x->careful < EXEC_FETCH_BATCH ? 2 * x->careful : 0;
	if (!ok) {
		x->failed = true;
		x->unsafe |= is_copy(e->type);
	} else if (e->type == EFFECT_CONFIRM) {
		x->confirmed = true;
	}
}

bool exec_finished(const struct exec *x)
{
	if (x->in_flight > 0)
		return false;
	if (x->unsafe)
		return x->next == x->plan->n ||
		       is_deletion(x->plan->action[x->next].type);
	return x->next == x->plan->n && (x->failed || x->positioned);
}
