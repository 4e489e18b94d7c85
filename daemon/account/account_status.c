/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_status.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"

static void drop_left(struct account_record *r)
{
	for (size_t i = 0; i < r->nleft; i++)
		free(r->left[i].folder);
	free(r->left);
	r->left = NULL;
	r->nleft = r->leftcap = 0;
}

void account_record_begin(struct account *a)
{
	struct account_record *r = &a->record;

	r->begun++;
	r->busy = 0;
	if (!a->env.opts.once)
		a->env.opts.folder.full = r->full;
	r->now = (struct err){0};
	free(r->now_folder);
	r->now_folder = NULL;
}

void account_record_failure(struct account *a, const char *folder,
			    const struct err *err)
{
	struct account_record *r = &a->record;

	if (err->code <= r->now.code)
		return;
	r->now = *err;
	free(r->now_folder);
	r->now_folder = folder ? xstrdup(folder) : NULL;
}

void account_record_left(struct account *a, const char *folder,
			 const struct outcome *o)
{
	struct account_record *r = &a->record;
	size_t pending = o->pending_uploads + o->pending_deletions +
			 o->pending_flags + o->hidden + o->busy;
	size_t i = 0;

	r->busy += o->busy;
	while (i < r->nleft && strcmp(r->left[i].folder, folder) != 0)
		i++;
	if (i == r->nleft) {
		if (pending + o->skipped == 0)
			return;
		r->left =
		    xgrow(r->left, r->nleft, &r->leftcap, sizeof(*r->left));
		r->left[r->nleft++].folder = xstrdup(folder);
	}
	r->left[i].pending = pending;
	r->left[i].skipped = o->skipped;
}

static void tell(const struct account *a,
		 void (*fn)(void *ctx, struct account *a), struct account *self)
{
	if (fn)
		fn(a->env.ctx, self);
}

void account_record_look(struct account *a)
{
	if (a->record.looked)
		return;
	a->record.looked = true;
	tell(a, a->env.looked, a);
}

static void sum_up(struct account_record *r, const struct totals *t)
{
	r->sum.fetched += t->fetched;
	r->sum.uploaded += t->uploaded;
	r->sum.moved += t->moved;
	r->sum.flags += t->flags;
	r->sum.deleted += t->deleted;
}

/* A sync of some folders, in which nothing worse was found, does not tell that
 * what was wrong elsewhere is over. */
static bool leaves_last(const struct account *a)
{
	const struct account_record *r = &a->record;

	if (!a->due.names || r->now.code >= r->last.code)
		return false;
	return !r->last_folder || !account_asked_for(a, r->last_folder);
}

void account_record_end(struct account *a)
{
	struct account_record *r = &a->record;
	const struct totals *t = &a->report.totals;
	int64_t now = clock_wall();

	if (a->report.code <= ERR_HELD && !a->stopping)
		r->last_sync = now;
	if (t->fetched + t->uploaded + t->moved + t->flags + t->deleted > 0)
		r->last_change = now;
	sum_up(r, t);
	if (!leaves_last(a)) {
		r->last = r->now;
		free(r->last_folder);
		r->last_folder = r->now_folder;
		r->now_folder = NULL;
	}
	r->now = (struct err){0};
	account_record_look(a);
	/* What was cut short is no sync that somebody waited for. */
	if (!a->stopping)
		tell(a, a->env.synced, a);
}

void account_record_release(struct account_record *r)
{
	drop_left(r);
	free(r->now_folder);
	free(r->last_folder);
	*r = (struct account_record){0};
}

/* When the timer of a pause goes off; 0: there is none. */
static int64_t next_try(const struct account *a)
{
	struct timeval at;

	if ((a->phase != ACCOUNT_IDLE && a->phase != ACCOUNT_WAITING) ||
	    !event_pending(a->timer, EV_TIMEOUT, &at))
		return 0;
	return (int64_t)at.tv_sec;
}

/* Between two syncs: what a person would want to know first. */
static const char *resting_state(const struct account *a)
{
	switch (a->record.last.code) {
	case ERR_NONE:
	case ERR_TEMP:
		break;
	case ERR_AUTH:
		return "auth";
	case ERR_HELD:
		/* Something of it is held; all else goes on. */
		if (a->record.last.scope >= ERR_SCOPE_ACCOUNT && !a->session)
			return "error";
		break;
	default:
		return "error";
	}
	return account_state(a);
}

void account_status(const struct account *a, struct account_status *out)
{
	const struct account_record *r = &a->record;
	bool resting = a->phase == ACCOUNT_IDLE || a->phase == ACCOUNT_WAITING;

	*out = (struct account_status){
	    .state = resting ? resting_state(a) : account_state(a),
	    .mode = account_mode(a),
	    .last_sync = r->last_sync,
	    .last_change = r->last_change,
	    .next_try = next_try(a),
	    .err = &r->last,
	    .folder = r->last_folder,
	    .sum = &r->sum,
	    .left = r->left,
	    .nleft = r->nleft,
	    .busy = r->busy,
	};
}

char *account_summary(const struct account *a)
{
	return report_summary(&a->report.totals, false, a->report.failure);
}

void account_heed(struct account *a, bool full, bool audience)
{
	a->record.full = full;
	a->record.audience = audience;
}

uint64_t account_begun(const struct account *a)
{
	return a->record.begun;
}

bool account_has_folder(const struct account *a, const char *folder)
{
	return mailboxes_find_display(&a->boxes, folder) != NULL;
}

bool account_looked(const struct account *a)
{
	return a->record.looked;
}
