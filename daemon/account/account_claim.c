/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_claim.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* Mailboxes that are examined, in one flight. */
#define IDS_MAX 500

static void release(struct account *a)
{
	struct account_claim *c = &a->cycle.claim;

	for (size_t i = 0; i < c->n; i++) {
		free(c->box[i].wire);
		free(c->box[i].mailboxid);
	}
	free(c->box);
	*c = (struct account_claim){.n = 0};
}

static int claim_run(struct account *a, struct err *err)
{
	const struct account_claim *c = &a->cycle.claim;

	return store_claim(&a->store, hold_same_ids(c->same, c->other), err);
}

static enum cycle_found claim_done(struct account *a, int result,
				   const struct err *err)
{
	release(a);
	if (result == 0)
		return CYCLE_DONE;
	account_fail(a, NULL, err);
	if (a->env.opts.folder.dry_run && err->code == ERR_HELD)
		log_result(a->env.account->name, NULL,
			   "hold all (another mailbox)");
	return CYCLE_FAILED;
}

static int take_id(void *ctx, const char *wire, const char *mailboxid)
{
	struct account_claim *c = ctx;

	if (c->n == IDS_MAX)
		return 0;
	c->box = xreallocarray(c->box, c->n + 1, sizeof(*c->box));
	c->box[c->n++] = (struct claim_box){.wire = xstrdup(wire),
					    .mailboxid = xstrdup(mailboxid)};
	return 0;
}

static int ids_run(struct account *a, struct err *err)
{
	return store_ids(&a->store, take_id, &a->cycle.claim, err);
}

static enum cycle_found ids_done(struct account *a, int result,
				 const struct err *err)
{
	if (result == 0)
		return CYCLE_MORE;
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

/* Those that the server does not have say nothing. */
static void ask(struct account *a)
{
	struct account_claim *c = &a->cycle.claim;
	struct imap4_engine *e = session_engine(a->session);
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};

	for (size_t i = 0; i < c->n; i++) {
		struct claim_box *box = &c->box[i];
		struct imap4_str wire = {box->wire, strlen(box->wire)};
		if (mailboxes_find(&a->boxes, wire) &&
		    imap4_engine_select(e, wire, &opts, &box->command) == 0)
			c->left++;
	}
	c->asked = true;
	imap4_conn_flush(session_conn(a->session));
}

/* Answers come in the order of the questions. */
static struct claim_box *asked(struct account_claim *c)
{
	while (c->at < c->n && c->box[c->at].command == 0)
		c->at++;
	return c->at < c->n ? &c->box[c->at] : NULL;
}

static void take_mailboxid(struct account_claim *c,
			   const struct imap4_respcode *code)
{
	const struct claim_box *box = asked(c);

	if (!box || code->code != IMAP4_CODE_MAILBOXID)
		return;
	char *id = mailbox_id(code->text_arg);
	if (id && strcmp(id, box->mailboxid) == 0)
		c->same++;
	else
		c->other++;
	free(id);
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	struct account_claim *c = &a->cycle.claim;
	const struct claim_box *box = asked(c);

	if (ev->type == IMAP4_EV_STATUS)
		take_mailboxid(c, &ev->code);
	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST ||
	    !box || ev->id != box->command)
		return CYCLE_WAITING;
	c->at++;
	return --c->left == 0 ? CYCLE_MORE : CYCLE_WAITING;
}

/* What the database knows of mailboxes is read; asks the server, then claims.
 */
static enum cycle_found next(struct account *a)
{
	struct account_claim *c = &a->cycle.claim;

	if (!c->asked)
		ask(a);
	return c->left > 0 ? CYCLE_WAITING
			   : cycle_post(a, claim_run, claim_done);
}

static enum cycle_found start(struct account *a)
{
	if (a->store.claimed)
		return CYCLE_DONE;
	if (a->store.doubtful &&
	    imap4_engine_has(session_engine(a->session), "OBJECTID"))
		return cycle_post(a, ids_run, ids_done);
	return cycle_post(a, claim_run, claim_done);
}

static bool cut(struct account *a)
{
	return a->cycle.claim.left > 0;
}

const struct stage account_claim_stage = {
    .start = start,
    .next = next,
    .event = event,
    .cut = cut,
    .release = release,
};
