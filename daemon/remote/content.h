/* SPDX-License-Identifier: MIT */
/* What a message that comes in is, as far as it was asked for: the digests of
 * its header, of the beginning of its body, or of all of it, whatever its size.
 */
#ifndef DAEMON_REMOTE_CONTENT_H
#define DAEMON_REMOTE_CONTENT_H

#include <imap4.h>

#include "daemon/maildir/digest.h"
#include "daemon/remote/body.h"

struct content {
	struct digester *digester;
	struct body body;
	unsigned open; /* enum digest_of: what comes in */
	/* Which one came whole: enum digest_of, 0: none. Set with the FETCH
	 * event that tells whose it is, and cleared with the next one. */
	unsigned have;
	struct digests digests;
};

/* Begin with one that is all zero. asked: enum digest_of, what commands under
 * way ask for, with BODY.PEEK[], BODY.PEEK[HEADER], DIGEST_SAMPLE_TEXT. */
void content_event(struct content *c, const struct imap4_event *ev,
		   unsigned asked);
void content_release(struct content *c);

#endif
