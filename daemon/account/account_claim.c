/* SPDX-License-Identifier: MIT */
/* Before anything is done with an account: is it the mailbox that database and
 * Maildir root belong to? Where its name is another one, the MAILBOXIDs (RFC
 * 8474) may say that it is still the same. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* Mailboxes that are examined, in one flight. */
#define IDS_MAX 500

void claim_release(struct claim *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->box[i].wire);
		free(c->box[i].mailboxid);
	}
	free(c->box);
	*c = (struct claim){.n = 0};
}

static void go_on(struct account *a)
{
	if (a->restored || a->env.opts.folder.dry_run)
		account_folders(a);
	else
		account_restore(a);
}

static void claim_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	const struct claim *c = &a->claim;

	a->job_result = store_claim(&a->store, hold_same_ids(c->same, c->other),
				    &a->job_err);
}

static void claim_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	claim_release(&a->claim);
	if (a->job_result < 0) {
		account_fail(a, NULL, &a->job_err);
		if (a->env.opts.folder.dry_run && a->job_err.code == ERR_HELD)
			log_result(a->env.account->name, NULL,
				   "hold all (another mailbox)");
	}
	if (a->job_result < 0 || !a->session || a->stopping)
		account_finish_disk(a);
	else
		go_on(a);
}

static int take_id(void *ctx, const char *wire, const char *mailboxid)
{
	struct claim *c = ctx;

	if (c->n == IDS_MAX)
		return 0;
	c->box = xreallocarray(c->box, c->n + 1, sizeof(*c->box));
	c->box[c->n++] = (struct claim_box){.wire = xstrdup(wire),
					    .mailboxid = xstrdup(mailboxid)};
	return 0;
}

static void ids_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = store_ids(&a->store, take_id, &a->claim, &a->job_err);
}

/* Those that the server does not have say nothing. */
static void ask(struct account *a)
{
	struct claim *c = &a->claim;
	struct imap4_engine *e = session_engine(a->session);
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};

	for (size_t i = 0; i < c->n; i++) {
		struct claim_box *box = &c->box[i];
		struct imap4_str wire = {box->wire, strlen(box->wire)};
		if (mailboxes_find(&a->boxes, wire) &&
		    imap4_engine_select(e, wire, &opts, &box->command) == 0)
			c->left++;
	}
	imap4_conn_flush(session_conn(a->session));
}

static void ids_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (a->job_result < 0 || !a->session || a->stopping) {
		account_finish_disk(a);
		return;
	}
	ask(a);
	if (a->claim.left == 0)
		account_post(a, claim_run, claim_done);
}

/* Answers come in the order of the questions. */
static struct claim_box *asked(struct claim *c)
{
	while (c->at < c->n && c->box[c->at].command == 0)
		c->at++;
	return c->at < c->n ? &c->box[c->at] : NULL;
}

static void take_mailboxid(struct claim *c, const struct imap4_respcode *code)
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

void account_claim_event(struct account *a, const struct imap4_event *ev)
{
	struct claim *c = &a->claim;
	const struct claim_box *box = asked(c);

	if (ev->type == IMAP4_EV_STATUS)
		take_mailboxid(c, &ev->code);
	if (ev->type != IMAP4_EV_DONE || ev->status == IMAP4_STATUS_LOST ||
	    !box || ev->id != box->command)
		return;
	c->at++;
	if (--c->left == 0)
		account_post(a, claim_run, claim_done);
}

void account_claim(struct account *a)
{
	a->phase = ACCOUNT_CLAIMING;
	if (a->store.claimed)
		go_on(a);
	else if (a->store.doubtful &&
		 imap4_engine_has(session_engine(a->session), "OBJECTID"))
		account_post(a, ids_run, ids_done);
	else
		account_post(a, claim_run, claim_done);
}
