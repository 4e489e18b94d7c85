/* SPDX-License-Identifier: MIT */
/* Whose mailbox database and Maildir root are: a second account, or another
 * host or user in the configuration, must not pour two people's mail together.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/store_priv.h"

/* In words that no other hold has. */
static char *describe(const struct store *s, const struct state_account *a)
{
	return xasprintf(STATE_HELD_OWNER "%s: database %s; root %s %s",
			 s->owner, a->owner ? a->owner : "-",
			 s->says.id[0] ? s->says.id : "-", s->says.owner);
}

static int hold(struct store *s, const struct hold_facts *f,
		const struct state_account *a, struct err *err)
{
	const char *name = s->account->name;
	bool root = f->root == HOLD_ANOTHERS;
	char *held = describe(s, a);
	int r = s->dry_run ? 0 : state_account_hold(s->state, held, err);

	free(held);
	if (r < 0)
		return -1;
	err_set(err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"held back: %s%s%s belongs to the mailbox %s, and the account "
		"is %s: nothing is synced",
		root ? "'" : "", root ? s->account->maildir : "its database",
		root ? "'" : "", root ? s->says.owner : a->owner, s->owner);
	return err_hint(err,
			"if it is the same mailbox under another name: "
			"imapsyncctl approve %s (pairs and merges, deletes "
			"nothing); else give the account %s",
			name,
			f->database == HOLD_ANOTHERS
			    ? "another name, and a maildir of its own"
			    : "a maildir of its own");
}

/* What the database knows is of another mailbox, or of another Maildir: as if
 * it were lost. */
static int void_all(struct store *s, struct err *err)
{
	log_at(LOG_WARNING, s->account->name, NULL,
	       "Maildir and server are paired anew, nothing is deleted");
	if (state_begin(s->state, err) < 0)
		return -1;
	int r = state_void(s->state, err);
	if (r == 0)
		r = state_account_own(s->state, s->owner, err);
	return store_end(s, r, err);
}

/* The account's host or user has another name now; so may the root's. */
static void rename_owner(struct store *s, const struct state_account *a,
			 struct hold_facts *f)
{
	if (f->root == HOLD_ANOTHERS && strcmp(s->says.owner, a->owner) == 0)
		f->root = HOLD_OURS;
	f->database = HOLD_OURS;
}

static int carry_out_verdict(struct store *s, bool same_ids,
			     const struct state_account *a, struct err *err)
{
	struct hold_facts facts;

	if (store_facts(s, a, &facts, err) < 0)
		return -1;
	if (same_ids && facts.database == HOLD_ANOTHERS)
		rename_owner(s, a, &facts);
	enum hold_verdict verdict = hold_judge(&facts);
	if (verdict == HOLD_HELD && a->approved) {
		char *held = describe(s, a);
		if (strcmp(a->approved, held) == 0)
			verdict = HOLD_VOID;
		free(held);
	}
	if (verdict == HOLD_HELD)
		return hold(s, &facts, a, err);
	if (verdict == HOLD_VOID && void_all(s, err) < 0)
		return -1;
	return store_tie(s, err);
}

/* An answer that nothing asked for is void, too. */
static int drop_answers(struct store *s, struct err *err)
{
	if (state_answer_drop(s->state, 0, STATE_APPROVE, err) < 0)
		return -1;
	return state_answer_drop(s->state, 0, STATE_RESTORE, err);
}

/* The root first: a root that says so, and a database that does not, is asked
 * about again. */
static int record(struct store *s, struct err *err)
{
	uint64_t generation;

	if (s->owner[0] && strcmp(s->says.owner, s->owner) != 0) {
		memcpy(s->says.owner, s->owner, sizeof(s->owner));
		if (state_generation(s->state, &generation, err) < 0 ||
		    store_write_sentinel(s, generation, err) < 0)
			return -1;
	}
	if (drop_answers(s, err) < 0)
		return -1;
	return s->owner[0] ? state_account_own(s->state, s->owner, err)
			   : state_account_hold(s->state, NULL, err);
}

int store_claim(struct store *s, bool same_ids, struct err *err)
{
	struct state_account a;
	int r = 0;

	if (s->doubtful) {
		if (state_account_get(s->state, &a, err) < 0)
			return -1;
		r = carry_out_verdict(s, same_ids, &a, err);
		state_account_release(&a);
	}
	if (r == 0 && !s->dry_run)
		r = record(s, err);
	s->claimed = r == 0;
	return r;
}

struct ids {
	struct store *store;
	int (*fn)(void *ctx, const char *wire, const char *mailboxid);
	void *ctx;
	struct err *err;
};

static int take_id(void *ctx, const struct state_folder *f)
{
	const struct ids *x = ctx;
	char *id;

	if (f->uidvalidity == 0)
		return 0;
	if (state_folder_mailboxid(x->store->state, f->id, &id, x->err) < 0)
		return -1;
	int r = id ? x->fn(x->ctx, f->name, id) : 0;
	free(id);
	return r;
}

int store_ids(struct store *s,
	      int (*fn)(void *ctx, const char *wire, const char *mailboxid),
	      void *ctx, struct err *err)
{
	struct ids x = {s, fn, ctx, err};

	return state_folders(s->state, take_id, &x, err);
}
