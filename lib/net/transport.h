/* SPDX-License-Identifier: MIT */
/* The bytes of a connection: a non-blocking line, bare or with TLS on it. It
 * knows nothing of IMAP and of the loop. */
#ifndef LIB_NET_TRANSPORT_H
#define LIB_NET_TRANSPORT_H

#include "lib/net/duplex.h"
#include "lib/net/tls.h"

#include <sys/types.h>

enum transport_status {
	TRANSPORT_WANT_READ = -1,
	TRANSPORT_WANT_WRITE = -2,
	TRANSPORT_EOF = -3,    /* a clean end; never a cut of TLS */
	TRANSPORT_FAILED = -4, /* see .result and .error */
};

/* What ties a login to the TLS session (RFC 5929, RFC 9266). */
struct transport_binding {
	enum { BINDING_NONE, BINDING_UNIQUE, BINDING_EXPORTER } type;
	unsigned char data[EVP_MAX_MD_SIZE];
	size_t len;
};

struct transport {
	struct duplex line;
	SSL *ssl;
	bool secured; /* the handshake is done */
	struct tls_check check;
	int result;               /* of the first failure: enum imap4_result */
	char error[TLS_TEXT_MAX]; /* and its text */
};

/* Takes the line, which may be none yet. The transport must not be moved once
 * there is TLS on it. */
void transport_init(struct transport *t, struct duplex line);
/* Says good-bye in TLS where that can be done at once, closes. */
void transport_release(struct transport *t);

/* Puts TLS on the line; then transport_handshake() until it returns 0. The
 * certificate must be for host. -1: failed. */
int transport_start_tls(struct transport *t, struct imap4_tls *tls,
			const char *host);
/* 0, or enum transport_status. */
int transport_handshake(struct transport *t);

/* A count above 0, or enum transport_status. */
ssize_t transport_read(struct transport *t, void *buf, size_t len);
ssize_t transport_write(struct transport *t, const void *buf, size_t len);
/* Are there bytes that came but were not read? The socket may then stay
 * silent although a read would return something. */
bool transport_pending(const struct transport *t);

/* Is the other end on this machine? */
bool transport_is_local(const struct transport *t);
void transport_get_binding(const struct transport *t,
			   struct transport_binding *out);

#endif
