/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_due.h"

#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"

/* A file that nobody can tell to be closed is taken for whole after this
 * (maildir/examine.c). */
#define SETTLE_MS 2100

static void note(struct dirty *d, const char *folder, unsigned why)
{
	if (dirty_note(d, folder, why, clock_mono_ms()) < 0)
		abort();
}

static void drop_names(struct due *due)
{
	free(due->names);
	due->names = NULL;
}

static bool is_known(const struct account *a, const char *name)
{
	const struct mailbox *box = mailboxes_find_display(&a->boxes, name);

	return box && box->synced;
}

/* Some folders, all of which were there when all were looked at. */
static bool is_partial(const struct account *a)
{
	const struct due *due = &a->due;

	if (!a->session || !due->known || !a->store.claimed || due->taken.all ||
	    due->taken.n == 0 || clock_mono_ms() >= due->sweep_ms)
		return false;
	for (size_t i = 0; i < due->taken.n; i++) {
		if (!is_known(a, due->taken.folder[i].name))
			return false;
	}
	return true;
}

static void take_unsettled(struct due *due)
{
	if (!dirty_any(&due->unsettled) || clock_mono_ms() < due->settle_ms)
		return;
	for (size_t i = 0; i < due->unsettled.n; i++)
		note(&due->dirty, due->unsettled.folder[i].name, DIRTY_HERE);
	dirty_release(&due->unsettled);
}

void account_due_begin(struct account *a)
{
	struct due *due = &a->due;

	take_unsettled(due);
	dirty_release(&due->taken);
	drop_names(due);
	dirty_take(&due->dirty, &due->taken);
	if (is_partial(a))
		due->names = dirty_names(&due->taken);
}

void account_due_widen(struct account *a)
{
	drop_names(&a->due);
	a->due.known = false;
	a->cycle.dirty = a->env.opts.only;
}

static void keep_unsettled(struct account *a)
{
	const struct account_messages *m = &a->cycle.messages;
	struct due *due = &a->due;

	dirty_release(&due->unsettled);
	for (size_t i = 0; m->outcome && i < a->cycle.scan.files.n; i++) {
		if (m->outcome[i].busy > 0)
			note(&due->unsettled, account_folder_name(a, i),
			     DIRTY_HERE);
	}
	due->settle_ms = clock_mono_ms() + SETTLE_MS;
}

void account_due_end(struct account *a)
{
	struct due *due = &a->due;

	keep_unsettled(a);
	if (!due->names) {
		due->sweep_ms =
		    clock_mono_ms() + a->env.account->poll_interval_ms;
		due->known = a->session && a->cycle.scan.times > 0;
	}
}

int64_t account_due_left_ms(struct account *a)
{
	struct due *due = &a->due;
	int64_t at = due->sweep_ms, now = clock_mono_ms();

	take_unsettled(due);
	if (dirty_due_ms(&due->dirty) < at)
		at = dirty_due_ms(&due->dirty);
	if (dirty_any(&due->unsettled) && due->settle_ms < at)
		at = due->settle_ms;
	return at > now ? at - now : 0;
}

bool account_due_asked(const struct account *a)
{
	const struct dirty *d = &a->due.dirty;
	bool asked = (d->all & DIRTY_ASKED) != 0;

	for (size_t i = 0; i < d->n; i++)
		asked |= (d->folder[i].why & DIRTY_ASKED) != 0;
	return asked;
}

bool account_due_moving(const struct account *a)
{
	const struct dirty *d = &a->due.dirty;
	bool here = (d->all & DIRTY_HERE) != 0;

	for (size_t i = 0; i < d->n; i++)
		here |= (d->folder[i].why & DIRTY_HERE) != 0;
	return here && a->due.names;
}

void account_due_release(struct due *due)
{
	dirty_release(&due->dirty);
	dirty_release(&due->taken);
	dirty_release(&due->unsettled);
	drop_names(due);
}
