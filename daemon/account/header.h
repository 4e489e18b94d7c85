/* SPDX-License-Identifier: MIT */
/* The digest of a header that comes in, whatever its size. */
#ifndef DAEMON_ACCOUNT_HEADER_H
#define DAEMON_ACCOUNT_HEADER_H

#include <imap4.h>
#include <stdbool.h>

#include "daemon/maildir/digest.h"

struct header {
	struct digester *digester;
	bool open;
	bool known; /* one came whole: .digest */
	unsigned char digest[DIGEST_BYTES];
};

/* Begin with one that is all zero. Looks at BODY_* events, passes by all
 * others. The FETCH event that follows tells whose it is; then clear .known. */
void header_event(struct header *h, const struct imap4_event *ev);
void header_release(struct header *h);

#endif
