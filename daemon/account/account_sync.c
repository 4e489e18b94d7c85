/* SPDX-License-Identifier: MIT */
/* One sync of an account: the list of folders, each folder in turn, then the
 * deletions (W4: all copies of the account are made by then). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

#define STATUS_ITEMS \
	(IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UIDVALIDITY)

static const char pending_hint[] =
    "they are kept here and not sent: this version sends flags only, where "
    "direction and rights allow";

static void next_folder(struct account *a);

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

const char *account_folder_name(const struct account *a)
{
	return a->boxes.box[a->next - 1].display;
}

static bool has_modseq(const struct imap4_engine *e)
{
	return imap4_engine_has(e, "CONDSTORE") ||
	       imap4_engine_has(e, "QRESYNC");
}

/* One command tells all there is to know about all folders, where the server
 * has LIST-EXTENDED and LIST-STATUS (RFC 5819). */
static int submit_list(struct account *a, struct imap4_engine *e)
{
	char opts[160] = "";
	bool extended = imap4_engine_has(e, "LIST-EXTENDED") ||
			imap4_engine_has(e, "LIST-STATUS");

	a->use_status = !imap4_engine_has(e, "LIST-STATUS");
	if (extended) {
		(void)snprintf(
		    opts, sizeof(opts), "SUBSCRIBED%s%s%s",
		    imap4_engine_has(e, "SPECIAL-USE") ? " SPECIAL-USE" : "",
		    a->use_status ? ""
				  : " STATUS (MESSAGES UIDNEXT UIDVALIDITY",
		    a->use_status   ? ""
		    : has_modseq(e) ? " HIGHESTMODSEQ)"
				    : ")");
	}
	if (imap4_submit_list(e, NULL, str(""), str("*"),
			      extended ? opts : NULL, NULL) < 0)
		return -1;
	a->listing++;
	if (!extended && a->env.account->subscribed_only &&
	    imap4_submit_lsub(e, str(""), str("*"), NULL) == 0)
		a->listing++;
	return 0;
}

void account_list(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);

	a->phase = ACCOUNT_LISTING;
	a->listing = 0;
	a->listed = false;
	a->list_err = (struct err){0};
	a->nbury = 0;
	mailboxes_release(&a->boxes);
	/* RFC 9051 6.3.11: STATUS of the selected mailbox may be stale. */
	if (imap4_engine_state(e) == IMAP4_STATE_SELECTED &&
	    imap4_engine_has(e, "UNSELECT") &&
	    imap4_submit_unselect(e, NULL) == 0)
		a->listing++;
	if (submit_list(a, e) < 0) {
		err_set(&a->list_err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
			"cannot ask for the folders");
		account_fail(a, NULL, &a->list_err);
		account_finish_disk(a);
		return;
	}
	imap4_conn_flush(session_conn(a->session));
}

static bool asked_for(const struct account *a, const struct mailbox *box)
{
	const char *const *only = a->env.opts.only;

	if (!only)
		return config_folder_included(a->env.account, box->display,
					      box->attr);
	for (; *only; only++) {
		bool inbox = ascii_same(*only, "INBOX") &&
			     ascii_same(box->display, "INBOX");
		if (inbox || strcmp(*only, box->display) == 0)
			return true;
	}
	return false;
}

static bool wanted(const struct account *a, const struct mailbox *box)
{
	if (box->attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT))
		return false;
	if (a->env.account->subscribed_only && !box->subscribed)
		return false;
	return asked_for(a, box);
}

/* Without LIST-STATUS: one STATUS for each folder, all in one flight. */
static void ask_status(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	uint32_t items =
	    STATUS_ITEMS | (has_modseq(e) ? IMAP4_ST_HIGHESTMODSEQ : 0);

	a->use_status = false;
	for (size_t i = 0; i < a->boxes.n; i++) {
		if (wanted(a, &a->boxes.box[i]) &&
		    imap4_submit_status(e, str(a->boxes.box[i].wire), items,
					NULL) == 0)
			a->listing++;
	}
	imap4_conn_flush(session_conn(a->session));
}

static void check_operands(struct account *a)
{
	const char *const *only = a->env.opts.only;
	struct err err;

	for (; only && *only; only++) {
		bool found = false;
		for (size_t i = 0; i < a->boxes.n && !found; i++)
			found = strcmp(a->boxes.box[i].display, *only) == 0 ||
				(ascii_same(*only, "INBOX") &&
				 ascii_same(a->boxes.box[i].display, "INBOX"));
		if (found)
			continue;
		err_set(&err, ERR_USAGE, ERR_SCOPE_FOLDER,
			"there is no such folder on the server");
		err_hint(&err, "its folders: imapsyncd --check-config "
			       "--connect");
		account_fail(a, *only, &err);
	}
}

static void show_folders(struct account *a)
{
	for (size_t i = 0; i < a->boxes.n; i++) {
		const struct mailbox *box = &a->boxes.box[i];
		if (box->attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT))
			continue;
		log_result(a->env.account->name, box->display,
			   wanted(a, box) ? "included" : "excluded");
	}
}

static void calm_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	calm_check(&a->calm, a->store.root);
}

static void calm_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	if (a->session && !a->stopping)
		next_folder(a);
	else
		account_finish_disk(a);
}

static void note_calm(struct account *a, const struct folder_result *r)
{
	const struct mailbox *box = &a->boxes.box[a->next - 1];

	if (r->calm && !a->env.opts.once)
		calm_note(&a->calm, box, r->path, &r->stamp, clock_wall_ns());
	else
		calm_forget(&a->calm, box);
}

static void listed(struct account *a)
{
	if (a->use_status && a->listed) {
		ask_status(a);
		if (a->listing > 0)
			return;
	}
	/* A login that works and a list without INBOX or anything else: a
	 * backend is down, folders did not vanish. */
	if (a->boxes.n == 0 && a->listed) {
		err_set(&a->list_err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the server lists no folder at all");
		err_hint(&a->list_err, "temporary; it will be tried again");
		a->listed = false;
	}
	if (!a->listed) {
		account_fail(a, NULL, &a->list_err);
		account_finish_disk(a);
		return;
	}
	check_operands(a);
	if (a->env.opts.list_only) {
		show_folders(a);
		account_finish_disk(a);
		return;
	}
	a->phase = ACCOUNT_SYNCING;
	a->next = 0;
	if (a->calm.n > 0)
		account_post(a, calm_run, calm_done);
	else
		next_folder(a);
}

void account_list_event(struct account *a, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_LIST) {
		/* RFC 3501 6.3.9: a subscription outlives its mailbox. */
		if (!ev->list.lsub || mailboxes_find(&a->boxes, ev->list.raw))
			mailboxes_add(&a->boxes, &ev->list);
		a->listed = true;
	} else if (ev->type == IMAP4_EV_MAILBOX_STATUS) {
		mailboxes_status(&a->boxes, &ev->mailbox_status);
	} else if (ev->type == IMAP4_EV_DONE) {
		if (ev->status == IMAP4_STATUS_LOST)
			return;
		/* STATUS may be refused for a folder that LIST shows; SELECT
		 * will tell. The LIST itself is the first to end. */
		if (ev->status == IMAP4_STATUS_OK)
			a->listed = true;
		else if (!a->listed)
			session_command_err(ev, "LIST", &a->list_err);
		if (--a->listing == 0)
			listed(a);
	}
}

static void remember_bury(struct account *a, size_t index)
{
	if (a->nbury == a->bury_cap) {
		a->bury_cap = a->bury_cap ? a->bury_cap * 2 : 8;
		a->bury = xreallocarray(a->bury, a->bury_cap, sizeof(*a->bury));
	}
	a->bury[a->nbury++] = index;
}

static void report_held(struct account *a, const struct folder_result *r)
{
	struct err err;

	if (r->held > 0) {
		err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
			"held back: %zu messages were deleted on the server, "
			"more than delete_limit allows",
			r->held);
		err_hint(&err, "nothing is deleted here; if it is right, "
			       "run once with a higher delete_limit");
		account_fail(a, account_folder_name(a), &err);
	}
	if (r->kept > 0) {
		err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
			"%zu messages were deleted on the server, but marked "
			"here meanwhile: kept",
			r->kept);
		err_hint(&err, "delete them here too, or leave them");
		account_fail(a, account_folder_name(a), &err);
	}
}

static void report_pending(struct account *a, const struct folder_result *r)
{
	size_t n = r->pending_uploads + r->pending_deletions + r->pending_flags;
	struct err err;

	if (n == 0)
		return;
	a->totals.pending += n;
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"local changes pending: %zu new, %zu deleted, %zu flags",
		r->pending_uploads, r->pending_deletions, r->pending_flags);
	err_hint(&err, "%s", pending_hint);
	account_fail(a, account_folder_name(a), &err);
}

static void take_result(struct account *a, const struct folder_result *r)
{
	report_folder(a->env.report, a->env.account->name,
		      account_folder_name(a), r);
	a->totals.fetched += r->fetched;
	a->totals.flags += r->flags_here + r->flags_there;
	a->totals.deleted += r->trashed;
	a->held += r->held;
	a->refused |= r->refused > 0;
	if (r->tombstones)
		remember_bury(a, a->next - 1);
	report_held(a, r);
	report_pending(a, r);
	if (r->skipped > 0)
		log_at(LOG_INFO, a->env.account->name, account_folder_name(a),
		       "%zu messages not fetched: outside max_size or max_age",
		       r->skipped);
	if (r->err.code != ERR_NONE && !r->lost)
		account_fail(a, account_folder_name(a), &r->err);
}

static void folder_progress(void *ctx, size_t n, size_t total, uint64_t bytes)
{
	struct account *a = ctx;

	report_progress(a->env.report, a->env.account->name,
			account_folder_name(a), n, total, bytes);
}

static void folder_planned(void *ctx, const char *line)
{
	struct account *a = ctx;

	log_result(a->env.account->name, account_folder_name(a), line);
}

static void folder_done(void *ctx)
{
	struct account *a = ctx;
	const struct folder_result *r = folder_result(a->folder);
	bool lost = r->lost;
	bool give_up =
	    r->err.scope >= ERR_SCOPE_ACCOUNT && r->err.code != ERR_NONE;

	take_result(a, r);
	note_calm(a, r);
	folder_free(a->folder);
	a->folder = NULL;
	if (lost && a->session && !a->stopping)
		a->closing = true; /* the session is about to say why */
	else if (lost || a->stopping || a->folder_cut || give_up)
		account_finish_disk(a);
	else
		next_folder(a);
}

static const struct folder_handler folder_handler = {
    .progress = folder_progress,
    .planned = folder_planned,
    .done = folder_done,
};

static void next_folder(struct account *a)
{
	while (a->next < a->boxes.n &&
	       (!wanted(a, &a->boxes.box[a->next]) ||
		calm_holds(&a->calm, &a->boxes.box[a->next])))
		a->next++;
	if (a->next == a->boxes.n) {
		account_finish_disk(a);
		return;
	}
	struct folder_env env = {
	    .account = a->env.account,
	    .disk = a->env.disk,
	    .store = &a->store,
	    .session = a->session,
	    .opts = a->env.opts.folder,
	    .handler = &folder_handler,
	    .ctx = a,
	};
	a->next++;
	a->folder = folder_new(&env, &a->boxes.box[a->next - 1]);
}

static void leave(struct account *a)
{
	struct imap4_engine *e = a->session ? session_engine(a->session) : NULL;

	if (!a->env.opts.once || a->stopping || !e ||
	    imap4_submit_logout(e, NULL) < 0) {
		account_sync_ended(a);
		return;
	}
	/* Said, but not waited for: the answer has no news. */
	imap4_conn_flush(session_conn(a->session));
	account_leave(a);
}

static void strangers_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = store_strangers(&a->store, &a->job_count, &a->job_err);
}

static void strangers_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct err err;

	free(j);
	if (a->job_result < 0) {
		account_fail(a, NULL, &a->job_err);
	} else if (a->job_count > 0) {
		a->totals.pending += a->job_count;
		err_set(&err, ERR_HELD, ERR_SCOPE_ACCOUNT,
			"local changes pending: %zu messages in folders that "
			"the server does not have",
			a->job_count);
		err_hint(&err, "%s", pending_hint);
		account_fail(a, NULL, &err);
	}
	leave(a);
}

static void bury_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	const struct mailbox *box = &a->boxes.box[a->bury[a->buried]];
	struct store_name name = {
	    .wire = box->wire, .name = box->name, .delim = box->delim};

	a->job_result =
	    store_bury(&a->store, &name, &a->job_count, &a->job_err);
}

static void bury_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	if (a->job_result < 0)
		account_fail(a, a->boxes.box[a->bury[a->buried]].display,
			     &a->job_err);
	a->buried++;
	account_finish_disk(a);
}

void account_finish_disk(struct account *a)
{
	if (a->phase != ACCOUNT_BURYING) {
		a->phase = ACCOUNT_BURYING;
		a->buried = 0;
	}
	/* W4: not after a failure, which may have been that of a copy; the
	 * tombstones are on record, the next sync goes on. */
	bool safe = (a->code == ERR_NONE || a->code == ERR_HELD) && !a->refused;
	if (safe && !a->env.opts.folder.dry_run && a->buried < a->nbury)
		account_post(a, bury_run, bury_done);
	else if (safe && a->session && !a->env.opts.list_only &&
		 !a->env.opts.only)
		account_post(a, strangers_run, strangers_done);
	else
		leave(a);
}
