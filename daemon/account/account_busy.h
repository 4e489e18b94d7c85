/* SPDX-License-Identifier: MIT */
/* A server that is busy is left alone for a while: by this run and, as the
 * database knows it, by those that follow. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_BUSY_H
#define DAEMON_ACCOUNT_ACCOUNT_BUSY_H

#include <imap4.h>

#include "daemon/base/err.h"

struct account;

struct busy {
	bool now;                  /* it said so in this sync */
	bool reached;              /* somebody could log in in this sync */
	int64_t said_ms;           /* for so long; 0: it did not say */
	char *mailbox;             /* the first that was not to be had */
	int64_t until_ms, last_ms; /* as the database has it */
};

/* Notes what an error says of it, and makes it one of the account; true: that
 * was said before. */
bool account_busy_take(struct account *a, const char *folder, struct err *err);
/* The same for the end of any command, also of one whose end is nobody's
 * business. */
void account_busy_hear(struct account *a, const struct imap4_event *ev);
/* Not now: true, and it is said. */
bool account_busy_waits(struct account *a);
int64_t account_busy_left_ms(const struct account *a);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_busy_read(struct account *a, struct err *err);
int account_busy_keep(struct account *a, struct err *err);
void account_busy_release(struct busy *b);

#endif
