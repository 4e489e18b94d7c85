/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/maildir/tree.h"
#include "lib/util/ascii.h"

#define STATUS_ITEMS \
	(IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UIDVALIDITY)

static bool has_modseq(const struct imap4_engine *e)
{
	return imap4_engine_has(e, "CONDSTORE") ||
	       imap4_engine_has(e, "QRESYNC");
}

/* One command tells all there is to know about all folders, where the server
 * has LIST-EXTENDED and LIST-STATUS (RFC 5819). */
static int submit_list(struct account *a, struct imap4_engine *e)
{
	struct account_list *l = &a->cycle.list;
	char opts[160] = "";
	bool extended = imap4_engine_has(e, "LIST-EXTENDED") ||
			imap4_engine_has(e, "LIST-STATUS");

	l->use_status = !imap4_engine_has(e, "LIST-STATUS");
	if (extended) {
		(void)snprintf(
		    opts, sizeof(opts), "SUBSCRIBED%s%s%s%s",
		    imap4_engine_has(e, "SPECIAL-USE") ? " SPECIAL-USE" : "",
		    l->use_status ? ""
				  : " STATUS (MESSAGES UIDNEXT UIDVALIDITY",
		    l->use_status || !has_modseq(e) ? "" : " HIGHESTMODSEQ",
		    l->use_status ? "" : ")");
	}
	if (imap4_engine_list(e, NULL, str(""), str("*"),
			      extended ? opts : NULL, NULL) < 0)
		return -1;
	l->left++;
	if (!extended && a->env.account->subscribed_only &&
	    imap4_engine_lsub(e, str(""), str("*"), NULL) == 0)
		l->left++;
	return 0;
}

static void check_trash(struct account *a);

/* What was listed before is as good: of the mailboxes that somebody named. What
 * their STATUS told then is not. */
static enum cycle_found reuse(struct account *a)
{
	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *box = &a->boxes.box[i];
		if (!account_asked_for(a, box->display))
			continue;
		bool asked =
		    (dirty_why(&a->due.taken, box->display) & DIRTY_ASKED) != 0;
		if (!box->told && (asked || !account_is_watched(a, box)))
			box->have = 0;
		box->told = false;
	}
	check_trash(a);
	return CYCLE_DONE;
}

static enum cycle_found start(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	struct account_list *l = &a->cycle.list;

	if (a->due.names)
		return reuse(a);
	mailboxes_release(&l->before);
	*l = (struct account_list){.before = a->boxes};
	a->boxes = (struct mailboxes){0};
	/* RFC 9051 6.3.11: STATUS of the selected mailbox may be stale. */
	if (imap4_engine_state(e) == IMAP4_STATE_SELECTED &&
	    imap4_engine_has(e, "UNSELECT") &&
	    imap4_engine_unselect(e, NULL) == 0)
		l->left++;
	if (submit_list(a, e) < 0) {
		err_set(&l->err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
			"cannot ask for the folders");
		account_fail(a, NULL, &l->err);
		return CYCLE_FAILED;
	}
	imap4_conn_flush(session_conn(a->session));
	return CYCLE_WAITING;
}

bool account_asked_for(const struct account *a, const char *name)
{
	const char *const *dirty = a->cycle.dirty;

	if (!dirty)
		return true;
	for (; *dirty; dirty++) {
		bool inbox =
		    ascii_same(*dirty, "INBOX") && strcmp(name, "INBOX") == 0;
		if (inbox || strcmp(*dirty, name) == 0)
			return true;
	}
	return false;
}

bool account_wants(const struct account *a, const struct mailbox *box)
{
	if (box->attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT))
		return false;
	if (a->env.account->subscribed_only && !box->subscribed)
		return false;
	/* What is named is wanted, whatever the patterns say. */
	return (a->cycle.dirty && account_asked_for(a, box->display)) ||
	       config_folder_included(a->env.account, box->display, box->attr);
}

/* Without LIST-STATUS: one STATUS for each folder, all in one flight. */
static void ask_status(struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	struct account_list *l = &a->cycle.list;
	uint32_t items =
	    STATUS_ITEMS | (has_modseq(e) ? IMAP4_ST_HIGHESTMODSEQ : 0);

	l->use_status = false;
	for (size_t i = 0; i < a->boxes.n; i++) {
		if (account_wants(a, &a->boxes.box[i]) &&
		    imap4_engine_status(e, str(a->boxes.box[i].wire), items,
					NULL) == 0)
			l->left++;
	}
	imap4_conn_flush(session_conn(a->session));
}

static void show_folders(struct account *a)
{
	for (size_t i = 0; i < a->boxes.n; i++) {
		const struct mailbox *box = &a->boxes.box[i];
		if (box->attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT))
			continue;
		log_result(a->env.account->name, box->display,
			   account_wants(a, box) ? "included" : "excluded");
	}
}

/* By name or special use. */
bool account_find_trash(struct account *a)
{
	struct account_list *l = &a->cycle.list;
	const char *trash = a->env.account->trash;
	bool by_use = trash && ascii_same(trash, "\\Trash");

	l->trash = NULL;
	for (size_t i = 0; trash && i < a->boxes.n && !l->trash; i++) {
		const struct mailbox *box = &a->boxes.box[i];
		if (by_use ? (box->attr & IMAP4_LIST_TRASH) != 0
			   : strcmp(box->display, trash) == 0)
			l->trash = box;
	}
	return !trash || l->trash;
}

static void check_trash(struct account *a)
{
	struct err err;

	if (account_find_trash(a))
		return;
	err_set(&err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"the server has no folder '%s' (trash): nothing is deleted "
		"there",
		a->env.account->trash);
	err_hint(&err, "create it, or name another one: trash = ...");
	account_fail(a, NULL, &err);
	a->safety.no_trash = true;
}

/* All is answered. */
static enum cycle_found answered(struct account *a)
{
	struct account_list *l = &a->cycle.list;

	mailboxes_sort(&a->boxes, tree_display);
	if (l->listed)
		return CYCLE_MORE;
	account_fail(a, NULL, &l->err);
	return CYCLE_FAILED;
}

static enum cycle_found next(struct account *a)
{
	struct account_list *l = &a->cycle.list;

	if (l->use_status) {
		ask_status(a);
		if (l->left > 0)
			return CYCLE_WAITING;
	}
	/* A login that works and a list without INBOX or anything else: a
	 * backend is down, folders did not vanish. */
	if (a->boxes.n == 0) {
		err_set(&l->err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the server lists no folder at all");
		err_hint(&l->err, "temporary; it will be tried again");
		account_fail(a, NULL, &l->err);
		return CYCLE_FAILED;
	}
	account_watch_compare(a, &l->before);
	if (a->env.opts.list_only)
		show_folders(a);
	else
		check_trash(a);
	account_record_look(a);
	return CYCLE_DONE;
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	struct account_list *l = &a->cycle.list;

	if (ev->type == IMAP4_EV_LIST) {
		mailboxes_add(&a->boxes, &ev->list);
		l->listed = true;
	} else if (ev->type == IMAP4_EV_MAILBOX_STATUS) {
		mailboxes_status(&a->boxes, &ev->mailbox_status);
	} else if (ev->type == IMAP4_EV_DONE &&
		   ev->status != IMAP4_STATUS_LOST) {
		/* STATUS may be refused for a folder that LIST shows; SELECT
		 * will tell. The LIST itself is the first to end. */
		if (ev->status == IMAP4_STATUS_OK)
			l->listed = true;
		else if (!l->listed)
			reply_command_err(ev, REACH_ACCOUNT, "LIST", &l->err);
		if (--l->left == 0)
			return answered(a);
	}
	return CYCLE_WAITING;
}

static bool cut(struct account *a)
{
	(void)a;
	return true;
}

static void release(struct account *a)
{
	mailboxes_release(&a->cycle.list.before);
	a->cycle.list = (struct account_list){0};
}

const struct stage account_list_stage = {
    .start = start,
    .next = next,
    .event = event,
    .cut = cut,
    .release = release,
};
