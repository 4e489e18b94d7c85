/* SPDX-License-Identifier: MIT */
/* What has to be asked of the server before folders can be planned for: what
 * names it allows, and which mailbox is which. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/names.h"
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

bool account_ask_namespace(struct account *a)
{
	struct placing *p = &a->placing;
	struct imap4_engine *e = session_engine(a->session);
	imap4_id id;

	if (p->asked || !imap4_engine_has(e, "NAMESPACE") ||
	    !makes_names(&p->plan))
		return false;
	p->asked = true;
	if (imap4_engine_namespace(e, &id) < 0)
		return false;
	account_places_remember(p, id, SIZE_MAX);
	imap4_conn_flush(session_conn(a->session));
	return true;
}

static void take_namespace(struct placing *p, const struct imap4_namespace *n)
{
	if (n->n[0] == 0)
		return;
	const struct imap4_namespace_entry *e = &n->entry[0][0];
	free(p->prefix);
	p->delim = e->delim;
	p->prefix = xstrndup(e->prefix.p, e->prefix.len);
	for (char *c = p->prefix; *c && e->delim; c++) {
		if (*c == e->delim)
			*c = '/';
	}
	/* Its name is in capitals, whatever the server writes. */
	if (ascii_is(p->prefix, strlen(p->prefix), "INBOX/"))
		memcpy(p->prefix, "INBOX", 5);
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

bool account_ask_ids(struct account *a)
{
	struct placing *p = &a->placing;
	struct imap4_engine *e = session_engine(a->session);
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};
	struct names known = {0};
	bool missing = false;

	for (size_t i = 0; i < p->inventory.view.nbase; i++) {
		const struct folders_base *b = &p->inventory.base[i];
		if (!is_missing(&a->boxes, b))
			names_add(&known, b->wire);
		else
			missing |= b->mailboxid != NULL;
	}
	names_sort(&known);
	for (size_t i = 0; i < p->inventory.view.nthere; i++) {
		const struct folders_there *t = &p->inventory.there[i];
		struct imap4_str wire = {t->wire, strlen(t->wire)};
		imap4_id id;
		if (missing && p->ncommands < IDS_MAX &&
		    is_candidate(t, &known) && !account_avoids(a, t->name) &&
		    !account_flight_careful(a, t->name) &&
		    imap4_engine_select(e, wire, &opts, &id) == 0)
			account_places_remember(p, id, i);
	}
	names_release(&known);
	if (p->left == 0)
		return false;
	p->asking_ids = true;
	imap4_conn_flush(session_conn(a->session));
	return true;
}

/* Answers come in the order of the questions. */
static void take_id(struct account *a, const struct imap4_respcode *code)
{
	struct placing *p = &a->placing;
	size_t at = p->ncommands - p->left;

	if (code->code != IMAP4_CODE_MAILBOXID || at >= p->ncommands)
		return;
	struct mailbox *box = &a->boxes.box[p->command[at].action];
	free(box->mailboxid);
	box->mailboxid = mailbox_id(code->text_arg);
	p->inventory.there[p->command[at].action].mailboxid = box->mailboxid;
}

/* Nobody knows whose they are. */
static void forget_ids(struct account *a)
{
	struct placing *p = &a->placing;

	for (size_t i = 0; i < p->ncommands; i++) {
		struct mailbox *box = &a->boxes.box[p->command[i].action];
		free(box->mailboxid);
		box->mailboxid = NULL;
		p->inventory.there[p->command[i].action].mailboxid = NULL;
	}
}

static void ids_event(struct account *a, const struct imap4_event *ev)
{
	struct placing *p = &a->placing;
	size_t i = 0;

	if (ev->type == IMAP4_EV_STATUS)
		take_id(a, &ev->code);
	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST)
		return;
	while (i < p->ncommands && p->command[i].id != ev->id)
		i++;
	if (i == p->ncommands)
		return;
	p->disorder |= i != p->ncommands - p->left;
	if (--p->left > 0)
		return;
	if (p->disorder)
		forget_ids(a);
	p->asking_ids = false;
	p->disorder = false;
	account_places_reset(p);
	account_folders_plan(a);
}

static bool is_namespace(const struct placing *p, const struct imap4_event *ev)
{
	return ev->type == IMAP4_EV_DONE && p->ncommands == 1 &&
	       p->command[0].action == SIZE_MAX && ev->id == p->command[0].id;
}

bool account_ask_event(struct account *a, const struct imap4_event *ev)
{
	struct placing *p = &a->placing;

	if (p->asking_ids) {
		ids_event(a, ev);
	} else if (ev->type == IMAP4_EV_NAMESPACE) {
		take_namespace(p, &ev->namespace_);
	} else if (is_namespace(p, ev)) {
		if (ev->status == IMAP4_STATUS_LOST)
			return true;
		account_places_reset(p);
		account_folders_plan(a);
	} else {
		return false;
	}
	return true;
}
