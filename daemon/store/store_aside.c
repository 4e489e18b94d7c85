/* SPDX-License-Identifier: MIT */
/* Messages that were refused on their way to one side: left alone until it is
 * time to try them again, so that they hold up no other. */
#include <stdlib.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/failure/failure.h"
#include "daemon/store/store_priv.h"

int store_set_aside(struct store *s, int64_t folder,
		    const struct state_aside *what, struct err *err)
{
	struct state_aside before = {.attempts = 0};
	struct state_aside a = *what;
	int r = state_aside_get(s->state, folder, what->side, what->id, &before,
				err);

	if (r < 0)
		return -1;
	a.retry = clock_wall() + failure_aside_s(before.attempts + 1);
	a.sync = s->sync;
	if (r == 0)
		state_aside_release(&before);
	return state_aside_put(s->state, folder, &a, err);
}

/* No time makes it due. */
static int leave_out(struct store *s, uint32_t uid, const char *why,
		     uint64_t octets, struct err *err)
{
	struct state_aside a = {.side = STATE_HERE,
				.id = uid,
				.text = why,
				.retry = -(int64_t)octets};

	return state_aside_put(s->state, s->folder.row.id, &a, err);
}

int store_refused(struct store *s, uint32_t uid, const char *why,
		  uint64_t too_large, struct err *err)
{
	struct state_aside a = {.side = STATE_HERE, .id = uid, .text = why};

	if (too_large > 0)
		return leave_out(s, uid, why, too_large, err);
	if (state_begin(s->state, err) < 0)
		return -1;
	return store_end(s, store_set_aside(s, s->folder.row.id, &a, err), err);
}

int store_asides_drop(struct store *s, const uint32_t *uid, size_t n,
		      struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = state_aside_drop(s->state, s->folder.row.id, STATE_HERE,
				     uid[i], err);
	return store_end(s, r, err);
}

struct reading {
	struct store *store;
	struct store_view *view;
	bool begun; /* a transaction */
	struct err *err;
};

static int drop(struct reading *x, const struct state_aside *a)
{
	struct state *state = x->store->state;

	if (!x->begun && state_begin(state, x->err) < 0)
		return -1;
	x->begun = true;
	return state_aside_drop(state, x->view->row.id, a->side, a->id, x->err);
}

/* In this very sync? */
static bool is_fresh(const struct reading *x, const struct state_aside *a)
{
	return a->sync != 0 && a->sync == x->store->sync;
}

/* Not long ago the server would not have it; as it is, it still would not. */
static int take_there(struct reading *x, const struct state_aside *a)
{
	struct store_view *v = x->view;

	if (v->as_in_base || !v->on_disk)
		return 0;
	struct local_row *l = local_view_find(&v->local, a->id);
	if (!l) /* its file is gone */
		return drop(x, a);
	if (a->print != 0 && l->print != a->print)
		return 0;
	if (a->retry <= clock_wall() && !is_fresh(x, a))
		return 0;
	l->wait = WAIT_REFUSED;
	v->refusal =
	    xreallocarray(v->refusal, v->nrefusals + 1, sizeof(*v->refusal));
	v->refusal[v->nrefusals++] = (struct store_refusal){
	    .key = a->id, .text = xstrdup(a->text), .fresh = is_fresh(x, a)};
	return 0;
}

static bool fits(const struct reading *x, int64_t octets)
{
	uint64_t most = x->store->account->max_size;

	return most == 0 || (uint64_t)octets <= most;
}

static int take_here(struct reading *x, const struct state_aside *a)
{
	struct store_view *v = x->view;

	if (a->id > UINT32_MAX || base_view_find(&v->base, (uint32_t)a->id))
		return drop(x, a); /* it came */
	v->aside = xreallocarray(v->aside, v->naside + 1, sizeof(*v->aside));
	struct store_aside *to = &v->aside[v->naside++];
	*to = (struct store_aside){.uid = (uint32_t)a->id,
				   .too_large = a->retry < 0,
				   .fresh = is_fresh(x, a)};
	to->due = to->too_large ? fits(x, -a->retry)
				: !to->fresh && a->retry <= clock_wall();
	return 0;
}

static int take(void *ctx, const struct state_aside *a)
{
	return a->side == STATE_THERE ? take_there(ctx, a) : take_here(ctx, a);
}

int store_read_asides(struct store *s, struct store_view *v, struct err *err)
{
	struct reading x = {.store = s, .view = v, .err = err};
	int r = state_aside_each(s->state, v->row.id, take, &x, err);

	return x.begun ? store_end(s, r, err) : r;
}
