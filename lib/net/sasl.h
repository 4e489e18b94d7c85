/* SPDX-License-Identifier: MIT */
/* The inside of <imap4/sasl.h>: what is chosen from, and a way in that needs no
 * connection. */
#ifndef LIB_NET_SASL_H
#define LIB_NET_SASL_H

#include "lib/net/transport.h"

#include <imap4/sasl.h>

enum sasl_trait {
	SASL_TOKEN = 1 << 0,    /* needs a token; else a password */
	SASL_CLEAR = 1 << 1,    /* shows the secret to whoever listens */
	SASL_BOUND = 1 << 2,    /* needs a channel binding */
	SASL_PREPARED = 1 << 3, /* the secret must survive SASLprep */
	SASL_PROOF = 1 << 4,    /* the server proves that it knows the secret */
	SASL_FIRST = 1 << 5,    /* the client speaks first */
	SASL_NAMED = 1 << 6,    /* used only where asked for by name; needs no
				 * secret */
	SASL_COMMAND = 1 << 7,  /* no SASL at all: LOGIN */
};

struct sasl_mechanism {
	const char *name;
	unsigned traits; /* enum sasl_trait */
};

/* What the connection is like. */
struct sasl_channel {
	bool protected_;
	struct transport_binding binding;
};

/* The first mechanism that both sides have, and that fits the credentials and
 * the channel. A constant; or NULL with a text in err. */
const struct sasl_mechanism *sasl_choose(const struct imap4_engine *e,
					 const struct sasl_channel *channel,
					 const struct imap4_credentials *cred,
					 char *err, size_t errlen);

/* imap4_sasl_new() without a connection. The engine is borrowed. */
struct imap4_sasl *sasl_new(struct imap4_engine *e,
			    const struct sasl_channel *channel,
			    const struct imap4_credentials *cred, char *err,
			    size_t errlen);

#endif
