/* SPDX-License-Identifier: MIT */
/* What has to be asked of the server before folders can be planned for: what
 * names it allows, and which mailbox is which. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/names.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

/* Mailboxes that are examined for their ids, in one flight. */
#define IDS_MAX 500

/* Is a name to be made there, or refused for what it is, or may it be one that
 * renames use in between? Then it matters what the server's names look like. */
static bool makes_names(const struct folders_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct folders_action *f = &p->action[i];
		if (f->type == FOLDERS_CREATE_THERE ||
		    f->type == FOLDERS_RENAME_THERE ||
		    f->type == FOLDERS_RENAME_HERE ||
		    (f->type == FOLDERS_REFUSE && !f->there))
			return true;
	}
	return false;
}

bool account_tree_ask_namespace(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	struct imap4_engine *e = session_engine(a->session);
	imap4_id id;

	if (t->names.asked || !imap4_engine_has(e, "NAMESPACE") ||
	    !makes_names(&t->plan))
		return false;
	t->names.asked = true;
	if (imap4_engine_namespace(e, &id) < 0)
		return false;
	account_tree_remember(t, id, SIZE_MAX);
	imap4_conn_flush(session_conn(a->session));
	return true;
}

static void take_namespace(struct account_tree *t,
			   const struct imap4_namespace *n)
{
	if (n->n[0] == 0)
		return;
	const struct imap4_namespace_entry *e = &n->entry[0][0];
	free(t->names.prefix);
	t->names.delim = e->delim;
	t->names.prefix = xstrndup(e->prefix.p, e->prefix.len);
	for (char *c = t->names.prefix; *c && e->delim; c++) {
		if (*c == e->delim)
			*c = '/';
	}
	/* Its name is in capitals, whatever the server writes. */
	if (ascii_is(t->names.prefix, strlen(t->names.prefix), "INBOX/"))
		memcpy(t->names.prefix, "INBOX", 5);
}

/* MAILBOXIDs (RFC 8474): EXAMINE tells them. Asked for only where a folder may
 * have another name now. */

static bool is_missing(const struct mailboxes *boxes,
		       const struct folders_base *b)
{
	struct imap4_str wire = {b->wire, strlen(b->wire)};
	const struct mailbox *box =
	    mailboxes_find((struct mailboxes *)(uintptr_t)boxes, wire);

	return !box ||
	       ((box->have & IMAP4_ST_UIDVALIDITY) && b->uidvalidity != 0 &&
		box->uidvalidity != b->uidvalidity);
}

/* May it be one that had another name? */
static bool is_candidate(const struct folders_there *t,
			 const struct names *known)
{
	return t->wanted && !t->mailboxid && !(t->attr & FOLDERS_NOSELECT) &&
	       !names_has(known, t->wire);
}

bool account_tree_ask_ids(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	struct imap4_engine *e = session_engine(a->session);
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};
	struct names known = {0};
	bool missing = false;

	for (size_t i = 0; i < t->inventory.view.nbase; i++) {
		const struct folders_base *b = &t->inventory.base[i];
		if (!is_missing(&a->boxes, b))
			names_add(&known, b->wire);
		else
			missing |= b->mailboxid != NULL;
	}
	names_sort(&known);
	for (size_t i = 0; i < t->inventory.view.nthere; i++) {
		const struct folders_there *x = &t->inventory.there[i];
		struct imap4_str wire = {x->wire, strlen(x->wire)};
		imap4_id id;
		if (missing && t->commands.n < IDS_MAX &&
		    is_candidate(x, &known) && !account_avoids(a, x->name) &&
		    !account_flight_careful(a, x->name) &&
		    imap4_engine_select(e, wire, &opts, &id) == 0)
			account_tree_remember(t, id, i);
	}
	names_release(&known);
	if (t->commands.left == 0)
		return false;
	t->commands.ids = true;
	imap4_conn_flush(session_conn(a->session));
	return true;
}

/* Answers come in the order of the questions. */
static void take_id(struct account *a, const struct imap4_respcode *code)
{
	struct account_tree *t = &a->cycle.tree;
	size_t at = t->commands.n - t->commands.left;

	if (code->code != IMAP4_CODE_MAILBOXID || at >= t->commands.n)
		return;
	struct mailbox *box = &a->boxes.box[t->commands.command[at].action];
	free(box->mailboxid);
	box->mailboxid = mailbox_id(code->text_arg);
	t->inventory.there[t->commands.command[at].action].mailboxid =
	    box->mailboxid;
}

/* Nobody knows whose they are. */
static void forget_ids(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	for (size_t i = 0; i < t->commands.n; i++) {
		struct mailbox *box =
		    &a->boxes.box[t->commands.command[i].action];
		free(box->mailboxid);
		box->mailboxid = NULL;
		t->inventory.there[t->commands.command[i].action].mailboxid =
		    NULL;
	}
}

static enum cycle_found ids_event(struct account *a,
				  const struct imap4_event *ev)
{
	struct account_tree *t = &a->cycle.tree;
	size_t i = 0;

	if (ev->type == IMAP4_EV_STATUS)
		take_id(a, &ev->code);
	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST)
		return CYCLE_WAITING;
	while (i < t->commands.n && t->commands.command[i].id != ev->id)
		i++;
	if (i == t->commands.n)
		return CYCLE_WAITING;
	t->commands.disorder |= i != t->commands.n - t->commands.left;
	if (--t->commands.left > 0)
		return CYCLE_WAITING;
	if (t->commands.disorder)
		forget_ids(a);
	account_tree_reset(t);
	return CYCLE_MORE;
}

static bool is_namespace(const struct account_tree *t,
			 const struct imap4_event *ev)
{
	return ev->type == IMAP4_EV_DONE && t->commands.n == 1 &&
	       t->commands.command[0].action == SIZE_MAX &&
	       ev->id == t->commands.command[0].id;
}

bool account_tree_ask_event(struct account *a, const struct imap4_event *ev,
			    enum cycle_found *found)
{
	struct account_tree *t = &a->cycle.tree;

	if (t->commands.ids) {
		*found = ids_event(a, ev);
	} else if (ev->type == IMAP4_EV_NAMESPACE) {
		take_namespace(t, &ev->namespace_);
	} else if (is_namespace(t, ev)) {
		if (ev->status == IMAP4_STATUS_LOST)
			return true;
		account_tree_reset(t);
		*found = CYCLE_MORE;
	} else {
		return false;
	}
	return true;
}
