/* SPDX-License-Identifier: MIT */
/* The digest of a body section that comes in, whatever its size. */
#ifndef DAEMON_ACCOUNT_HEADER_H
#define DAEMON_ACCOUNT_HEADER_H

#include <imap4.h>
#include <stdbool.h>

#include <openssl/evp.h>

#include "daemon/core/pair.h"

struct header {
	EVP_MD_CTX *ctx;
	bool open;
	bool known; /* one came whole: .digest */
	unsigned char digest[PAIR_DIGEST];
};

/* Begin with one that is all zero. Looks at BODY_* events, passes by all
 * others. The FETCH event that follows tells whose it is; then clear .known. */
void header_event(struct header *h, const struct imap4_event *ev);
void header_release(struct header *h);

#endif
