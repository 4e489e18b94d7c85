/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_trash.h"

#include "daemon/account/account_priv.h"
#include "daemon/store/trash.h"

static bool may_bury(void *ctx, int64_t folder)
{
	return account_may_delete(ctx, folder, SAFETY_HERE);
}

static int keep(struct account *a, struct err *err)
{
	if (account_flight_keep(a, err) < 0)
		return -1;
	return account_avoided_keep(a, err);
}

static int bury_run(struct account *a, struct err *err)
{
	struct account_trash *t = &a->cycle.trash;
	int r = account_busy_keep(a, err);

	/* Not known to be this mailbox's: its mail is not touched. */
	if (!a->store.claimed)
		return r;
	if (r == 0)
		r = keep(a, err);
	if (r == 0 && a->cycle.scan.files.n > 0)
		r = trash_bury(&a->store, may_bury, a, &t->buried, &t->folder,
			       err);
	if (r == 0)
		r = trash_expire(&a->store, err);
	store_rest(&a->store);
	t->written = a->store.written;
	a->store.written = (struct store_written){.on = t->written.on};
	return r;
}

static enum cycle_found bury_done(struct account *a, int result,
				  const struct err *err)
{
	int64_t row = a->cycle.trash.folder;
	const struct mailbox *box =
	    row ? mailboxes_find_row(&a->boxes, row) : NULL;

	if (result < 0)
		account_fail(a, box ? box->display : NULL, err);
	account_files_wrote(a, &a->cycle.trash.written);
	account_avoided_turn(a);
	return account_flight_turn(a) ? CYCLE_RECONNECT : CYCLE_DONE;
}

static enum cycle_found start(struct account *a)
{
	a->cycle.trash = (struct account_trash){0};
	if (a->cycle.messages.outcome && !a->flights.goes_on) {
		account_report_outcomes(a);
		account_dry_run_end(a);
	}
	if (a->store_open && !a->env.opts.list_only &&
	    !a->env.opts.folder.dry_run)
		return cycle_post(a, bury_run, bury_done);
	return CYCLE_DONE;
}

const struct stage account_trash_stage = {.start = start};
