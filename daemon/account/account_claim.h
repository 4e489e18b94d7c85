/* SPDX-License-Identifier: MIT */
/* Before anything is done with an account: is it the mailbox that database and
 * Maildir root belong to? Where its name is another one, the MAILBOXIDs (RFC
 * 8474) may say that it is still the same. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_CLAIM_H
#define DAEMON_ACCOUNT_ACCOUNT_CLAIM_H

#include <imap4.h>

/* A mailbox whose MAILBOXID is known. */
struct claim_box {
	char *wire, *mailboxid;
	imap4_id command; /* 0: not asked about */
};

struct account_claim {
	struct claim_box *box;
	size_t n, at, left; /* not answered */
	size_t same, other; /* ids */
	bool asked;
};

extern const struct stage account_claim_stage;

#endif
