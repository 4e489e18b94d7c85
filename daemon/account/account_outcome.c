/* SPDX-License-Identifier: MIT */
/* What folders' last passes left undone, and what somebody will wonder about.
 */
#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"

static void report_held(struct account *a, const char *folder,
			const struct outcome *o)
{
	const char *name = a->env.account->name;
	struct err err;

	a->report.totals.held += o->held_here + o->held_there;
	if (o->held_here + o->held_there == 0)
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"held back: %zu messages are gone %s, more than looks like "
		"somebody deleted them",
		o->held_here + o->held_there,
		o->held_here == 0    ? "here"
		: o->held_there == 0 ? "on the server"
				     : "on one side");
	err_hint(&err,
		 "if they are to be deleted: imapsyncctl approve %s/%s; to "
		 "bring them back: imapsyncctl restore %s/%s",
		 name, folder, name, folder);
	account_fail(a, folder, &err);
}

static void report_misfit(struct account *a, const char *folder,
			  const struct outcome *o)
{
	struct err err;

	a->report.totals.held += o->misfit_here + o->misfit_there;
	if (o->misfit_here + o->misfit_there == 0)
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"held back: %zu messages here and %zu on the server are not "
		"the same, as if it were two mailboxes: nothing is fetched or "
		"sent",
		o->misfit_here, o->misfit_there);
	err_hint(&err,
		 "if it is the same mailbox: imapsyncctl approve %s/%s (pairs "
		 "and merges, deletes nothing); else: another maildir, or "
		 "exclude = %s",
		 a->env.account->name, folder, folder);
	account_fail(a, folder, &err);
}

static void report_pending(struct account *a, const char *folder,
			   const struct outcome *o)
{
	size_t n = o->pending_uploads + o->pending_deletions + o->pending_flags;
	struct err err;

	a->report.totals.pending += n + o->aside + o->hidden;
	if (n == 0)
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"local changes pending: %zu new, %zu deleted, %zu flags",
		o->pending_uploads, o->pending_deletions, o->pending_flags);
	err_hint(&err, "they are kept here; the server does not take them now "
		       "(read-only, or how an upload ended is not known)");
	account_fail(a, folder, &err);
}

static void report_aside(struct account *a, const char *folder,
			 const struct outcome *o)
{
	struct err err;

	if (o->aside == 0)
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"%zu messages are not sent: they are refused, or cannot be",
		o->aside);
	err_hint(&err, "they stay here, and are tried again later, with --full "
		       "or when they are changed; which, and why: -v");
	account_fail(a, folder, &err);
}

static void report_withheld(struct account *a, const char *folder,
			    const struct outcome *o)
{
	struct err err;

	if (o->withheld == 0)
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"%zu messages are not here: the server did not send them",
		o->withheld);
	err_hint(&err, "they are asked for again later, or at once by --full");
	account_fail(a, folder, &err);
}

static void report_busy(struct account *a, const char *folder,
			const struct outcome *o)
{
	struct err err;

	/* Somebody who writes a file just now is done in a moment. */
	if (o->busy == 0 || a->due.names)
		return;
	err_set(&err, ERR_TEMP, ERR_SCOPE_FOLDER,
		"%zu files are still being written", o->busy);
	err_hint(&err, "they are sent when they are whole");
	account_fail(a, folder, &err);
}

void account_report_outcomes(struct account *a)
{
	account_avoided_report(a);
	for (size_t i = 0;
	     a->cycle.messages.outcome && i < a->cycle.scan.files.n; i++) {
		const struct outcome *o = &a->cycle.messages.outcome[i];
		const char *folder = account_folder_name(a, i);
		report_held(a, folder, o);
		report_misfit(a, folder, o);
		report_pending(a, folder, o);
		report_aside(a, folder, o);
		report_withheld(a, folder, o);
		report_busy(a, folder, o);
		account_record_left(a, folder, o);
		if (o->hidden > 0)
			log_at(LOG_INFO, a->env.account->name, folder,
			       "%zu local changes wait: the server shows only "
			       "its newest messages, and not those",
			       o->hidden);
		if (o->skipped > 0)
			log_at(LOG_INFO, a->env.account->name, folder,
			       "%zu messages not fetched: outside max_size or "
			       "max_age",
			       o->skipped);
	}
}

void account_report_kept(struct account *a, const struct folder_result *r)
{
	const char *folder = account_folder_name(a, a->cycle.messages.current);

	if (r->kept_here > 0)
		log_at(LOG_WARNING, a->env.account->name, folder,
		       "%zu messages were deleted on the server, but marked or "
		       "changed here meanwhile: kept, and brought back there",
		       r->kept_here);
	if (r->kept_there > 0)
		log_at(LOG_WARNING, a->env.account->name, folder,
		       "%zu messages were deleted here, but marked on the "
		       "server meanwhile: kept, and brought back here",
		       r->kept_there);
	if (r->restored > 0)
		log_at(LOG_INFO, a->env.account->name, folder,
		       "%zu messages are brought back", r->restored);
}
