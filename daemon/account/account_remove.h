/* SPDX-License-Identifier: MIT */
/* Folders that are gone on one side and go on the other: at the very end, when
 * all copies of the account are made (W4). Their messages were dealt with by
 * then as any others that are gone. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_REMOVE_H
#define DAEMON_ACCOUNT_ACCOUNT_REMOVE_H

#include <imap4.h>

struct account;

struct removal {
	int64_t row;
	char *wire, *name;
	bool there; /* on the server, else here */
	bool alive; /* there is more in it than was known: it stays */
};

enum removal_step {
	REMOVAL_CHECK, /* does the database still know messages? */
	REMOVAL_UNSELECT,
	REMOVAL_STATUS,
	REMOVAL_DELETE,
	REMOVAL_UNSUBSCRIBE,
	REMOVAL_FORGET,
};

struct account_remove {
	struct removal *removal;
	size_t n, at;
	enum removal_step step;
	bool ready;        /* the server may be asked to delete it */
	imap4_id command;  /* 0: none is under way */
	uint64_t messages; /* in it, as STATUS says */
	uint64_t marked;   /* by us, \Deleted */
	bool revived;      /* one has come back to life: sync once more */
};

extern const struct stage account_remove_stage;

void account_remove_release(struct account *a);

#endif
