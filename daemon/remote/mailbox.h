/* SPDX-License-Identifier: MIT */
/* A mailbox as LIST and STATUS tell it. */
#ifndef DAEMON_REMOTE_MAILBOX_H
#define DAEMON_REMOTE_MAILBOX_H

#include <imap4/event.h>

#include "daemon/core/standing.h"

struct mailbox {
	char *wire;    /* as the server sends it */
	char *name;    /* UTF-8; the wire name where that cannot be decoded */
	char *display; /* canonical: the same on both sides and with '/'
			* between levels, for people, patterns, operands and
			* the planner */
	char delim;
	bool listed; /* by LIST, not only as subscribed to */
	size_t seq;
	uint32_t attr; /* enum imap4_list_attr */
	bool subscribed;
	bool synced;  /* both sides have it, and it is not left alone */
	bool doomed;  /* it is gone here, and is to be removed there */
	bool pretend; /* dry run: it is to be made there; it has nothing yet */
	bool passed;  /* it was looked at since its STATUS was asked for */
	bool asked;   /* for its STATUS, and there is no answer yet */
	unsigned changes; /* that it was seen to have on the server */
	bool told;        /* .have is from after the last sync of it */
	int64_t row;      /* id of its row, 0: not known yet */
	uint32_t have;    /* enum imap4_status_item: which of these are known */
	uint32_t uidvalidity, uidnext, messages;
	uint64_t modseq;
	/* RFC 8474, as SELECT tells it; NULL: not known. Not from STATUS: Cyrus
	 * 3.6 shows memory there that it has freed. */
	char *mailboxid;
};

/* A STATUS answer, until it is known whose it is. */
struct mailbox_status {
	char *wire;
	struct imap4_mailbox_status is; /* but for the name */
};

struct mailboxes {
	struct mailbox *box; /* sorted by wire name, once they are sorted */
	size_t n, cap;
	struct mailbox_status *status;
	size_t nstatus, statuscap;
	size_t seq;
};

/* Take an answer to LIST, LSUB or STATUS, in any order; they count from the
 * next mailboxes_sort() on. */
void mailboxes_add(struct mailboxes *m, const struct imap4_list *list);
void mailboxes_status(struct mailboxes *m,
		      const struct imap4_mailbox_status *status);
/* Sorts them; of several answers about one the attributes add up, and the last
 * STATUS counts. One that LSUB alone knows is none: a subscription outlives its
 * mailbox (RFC 3501 6.3.9). display: makes .display, which is owned. */
void mailboxes_sort(struct mailboxes *m,
		    char *(*display)(const char *name, char delim));
/* What STATUS tells between two listings: the mailbox that it says something
 * new of, which is noted; NULL: nothing new, or none that is listed. *fewer: it
 * has fewer messages than it had. */
struct mailbox *mailboxes_news(struct mailboxes *m,
			       const struct imap4_mailbox_status *status,
			       bool *fewer);
/* It was looked at, and stood there; NULL: nobody knows. */
void mailbox_stands(struct mailbox *box, const struct standing *at);
/* Of those that are sorted. */
struct mailbox *mailboxes_find(struct mailboxes *m, struct imap4_str wire);
/* By its name for people; INBOX in any case (RFC 3501 5.1). */
struct mailbox *mailboxes_find_display(const struct mailboxes *m,
				       const char *display);
struct mailbox *mailboxes_find_row(struct mailboxes *m, int64_t row);
void mailboxes_release(struct mailboxes *m);
/* What STATUS told. */
struct standing mailbox_standing(const struct mailbox *box);
/* A MAILBOXID that is one (RFC 8474 7): owned, or NULL. */
char *mailbox_id(struct imap4_str text);

#endif
