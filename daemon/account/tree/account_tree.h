/* SPDX-License-Identifier: MIT */
/* Folders before their messages: inventory, plan, what it wants done, and again
 * until there is nothing more to be done. */
#ifndef DAEMON_ACCOUNT_TREE_ACCOUNT_TREE_H
#define DAEMON_ACCOUNT_TREE_ACCOUNT_TREE_H

#include <imap4.h>

#include "daemon/account/tree/inventory.h"
#include "daemon/core/cycle.h"
#include "daemon/core/failure/flight.h"
#include "daemon/folder/mailbox_identity.h"

struct account;

/* A command about a folder. */
struct tree_command {
	imap4_id id;
	size_t action; /* index in the plan (MAILBOXIDs: of the mailbox),
			* SIZE_MAX: none */
	bool ok;
};

/* The commands under way. */
struct tree_commands {
	struct tree_command *command;
	size_t n, left; /* not answered */
	bool ids;       /* they are for MAILBOXIDs */
	bool disorder;  /* which were not answered one by one */
};

/* What the server says of names that are made there. */
struct tree_names {
	bool asked; /* NAMESPACE */
	char delim;
	char *prefix;
};

enum tree_step {
	TREE_ASK,      /* the inventory is taken: is anything to be asked? */
	TREE_PLAN,     /* all is asked */
	TREE_ACT,      /* the plan is carried out, one action after the other */
	TREE_SEND,     /* what was to be done first is done: ask the server */
	TREE_IDENTITY, /* it is known whether a mailbox is a folder's */
};

struct account_tree {
	struct inventory inventory;
	struct folders_plan plan;
	enum tree_step step;
	unsigned round;
	size_t at, n; /* the actions under way: n from index at on */
	bool acted;   /* something was done in this round */
	bool relist;  /* on the server */
	bool on_disk; /* a job is under way */
	struct tree_commands commands;
	struct mailbox_identity *mailbox_identity;
	bool same; /* what it found */
	struct err identity_err;
	struct folders_verdict *verdict; /* in this sync; owns .wire */
	size_t nverdicts;
	char **failed; /* actions that failed in this sync */
	size_t nfailed;
	struct tree_names names;
};

extern const struct stage account_tree_stage;

/* Are there rounds left in this sync? */
bool account_may_look_again(const struct account *a);
enum cycle_found account_tree_post(
    struct account *a, int (*run)(struct account *a, struct err *err),
    enum cycle_found (*done)(struct account *a, int result,
			     const struct err *err));
void account_tree_end_round(struct account_tree *t);
/* An action failed: not again in this sync. */
void account_tree_failed(struct account *a, const struct folders_action *f,
			 const struct err *err);
bool account_tree_has_failed(struct account *a, const struct folders_action *f);

/* account_tree_ask.c: asks what the plan needs to know. false: nothing. */
bool account_tree_ask_ids(struct account *a);
bool account_tree_ask_namespace(struct account *a);
/* *found is set: it was the answer to that. */
bool account_tree_ask_event(struct account *a, const struct imap4_event *ev,
			    enum cycle_found *found);

/* account_tree_actions.c: begins what the plan has at .at; false: there is
 * nothing to be done. */
bool account_tree_act(struct account *a, enum cycle_found *found);
/* What was to be done on disk before is done. */
enum cycle_found account_tree_send(struct account *a);
enum cycle_found account_tree_answer(struct account *a,
				     const struct imap4_event *ev);
void account_tree_remember(struct account_tree *t, imap4_id id, size_t action);
void account_tree_reset(struct account_tree *t); /* of the commands */
/* Names that a folder has by an action, owned: as the server writes it (NULL:
 * it cannot), and its directory. */
char *account_tree_wire(const struct account *a, const struct folders_action *f,
			const char *name);
char *account_tree_path(const struct account *a, const struct folders_action *f,
			const char *name);
/* The delimiter of names that are made there. */
char account_tree_delim(const struct account *a);

/* account_tree_end.c: nothing is left to be done. */
enum cycle_found account_tree_end(struct account *a);

/* account_tree_report.c: what is left alone and why. */
void account_tree_report(struct account *a);
/* What the plan's lines are, in a dry run. */
void account_tree_show(struct account *a);

#endif
