/* SPDX-License-Identifier: MIT */
/* The digest of a header that comes in, whatever its size. */
#ifndef DAEMON_ACCOUNT_HEADER_H
#define DAEMON_ACCOUNT_HEADER_H

#include <imap4.h>
#include <stdbool.h>

#include "daemon/account/body.h"
#include "daemon/maildir/digest.h"

struct header {
	struct digester *digester;
	struct body body;
	bool known; /* one came whole: .digest */
	unsigned char digest[DIGEST_BYTES];
};

/* Begin with one that is all zero. asked: is a command for headers under way?
 * .known is set with the FETCH event that tells whose it is, and cleared with
 * the next one. */
void header_event(struct header *h, const struct imap4_event *ev, bool asked);
void header_release(struct header *h);

#endif
