/* SPDX-License-Identifier: MIT */
/* A look at one mailbox on the server: SELECT and the listing, as a delta where
 * the server can give one. */
#ifndef DAEMON_REMOTE_REMOTE_LIST_H
#define DAEMON_REMOTE_REMOTE_LIST_H

#include <imap4.h>

#include "daemon/base/err.h"
#include "daemon/core/standing.h"
#include "daemon/core/types.h"
#include "daemon/remote/flag_map.h"
#include "daemon/remote/mailbox.h"

struct remote_list_opts {
	bool examine;
	bool full;         /* list everything, whatever is known */
	bool sizes;        /* ask for RFC822.SIZE and INTERNALDATE */
	uint64_t max_size; /* 0: none */
	int64_t oldest;    /* messages before this time are skipped; 0: none */
};

struct remote_list {
	struct remote_list_opts opts;
	struct imap4_engine *engine;
	const struct mailbox *box;
	struct standing_past past;
	const struct base_view *base;
	const uint32_t *aside; /* messages without a row that are known */
	size_t naside;
	struct flag_map *flag_map;
	imap4_id select, list;
	bool listing_complete; /* the listing asked for is of everything */
	bool counting;         /* FETCH lines are being collected */
	bool unordered;        /* they do not come by UID */
	uint32_t below;        /* the listing goes on below this UID, 0: at the
				* highest */
	uint32_t limit; /* messages that the server handles at a time, 0: it
			 * does not say */
	struct imap4_set vanished;
	/* Results. */
	struct err err;          /* .code ERR_NONE: good */
	bool lost;               /* the connection broke */
	bool flooded;            /* it is not worth keeping; .err says so */
	bool partial;            /* the server left something out */
	bool raced;              /* for messages went meanwhile */
	size_t listed;           /* so many, of .exists; of all there is */
	enum position_step step; /* since the recorded position */
	struct horizon horizon;  /* to be recorded with the next */
	struct remote_view view;
	uint32_t uidvalidity, uidnext, exists;
	uint64_t modseq; /* 0: the mailbox has none */
	char *mailboxid; /* owned; NULL: the server does not tell */
	bool read_only;
	bool permanent_known;
	uint64_t permanent;    /* flags stored for good */
	uint64_t append_limit; /* RFC 7889, 0: none is known */
	bool binary;           /* the server takes messages with NULs */
};

/* What to ask FETCH for to learn a message's lasting id, with a blank before
 * it: EMAILID (RFC 8474) or X-GM-MSGID; "" where the server has none. */
const char *remote_list_emailid_item(const struct imap4_engine *e);
/* That id as text, X-GM-MSGID as "gm:" and decimal digits. false, and "": the
 * answer has none, or it is too long. */
bool remote_list_emailid(const struct imap4_fetch *f, char *out, size_t cap);

/* Submits SELECT and the listing. All pointers are borrowed until
 * remote_list_release(). */
void remote_list_start(struct remote_list *l);
/* Takes an event. True: the look is done, results are valid. */
bool remote_list_event(struct remote_list *l, const struct imap4_event *ev);
/* Frees the view too. */
void remote_list_release(struct remote_list *l);

#endif
