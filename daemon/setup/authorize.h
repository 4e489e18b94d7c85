/* SPDX-License-Identifier: MIT */
/* The flows that end with a grant: the browser of this machine, or of another
 * one, comes back to us (RFC 8252); its address is pasted; or a code is typed
 * into a page elsewhere (RFC 8628). Talks to a person on stdout. */
#ifndef DAEMON_SETUP_AUTHORIZE_H
#define DAEMON_SETUP_AUTHORIZE_H

#include <stdint.h>

#include "daemon/setup/grant.h"
#include "daemon/setup/issuer.h"

struct authorize {
	const struct issuer *issuer;
	const char *user; /* who is to agree; NULL: not known */
	uint16_t port;    /* --port; 0: any */
};

/* Each: 0 and *out with an access token, or -1 and *err. */
int authorize_browser(const struct authorize *a, struct grant *out,
		      struct err *err);
int authorize_paste(const struct authorize *a, struct grant *out,
		    struct err *err);
int authorize_device(const struct authorize *a, struct grant *out,
		     struct err *err);

#endif
