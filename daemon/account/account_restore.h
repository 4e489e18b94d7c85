/* SPDX-License-Identifier: MIT */
/* Messages that somebody wants back from the server's trash: moved back there,
 * before anything else, so that this very sync brings them here. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_RESTORE_H
#define DAEMON_ACCOUNT_ACCOUNT_RESTORE_H

#include <imap4.h>

struct restore_request {
	int64_t id;                /* of the removed row */
	char *mailbox, *folder;    /* from, to */
	uint32_t uidvalidity, uid; /* in mailbox */
	bool going, done;
};

struct account_restore {
	bool done; /* all was asked for in this sync */
	struct restore_request *request;
	size_t n, at;
	imap4_id command; /* 0: none is under way */
	bool selecting, granted;
	uint32_t uidvalidity; /* of what is selected */
	bool answered, ok;    /* the command */
	char text[200];
};

extern const struct stage account_restore_stage;

#endif
