/* SPDX-License-Identifier: MIT */
/* TLS for one connection: an SSL that checks the server in the way that
 * <imap4/tls.h> promises, and says why where it fails. */
#ifndef LIB_NET_TLS_H
#define LIB_NET_TLS_H

#include <imap4/tls.h>

#include <openssl/ssl.h>

#include "lib/net/duplex.h"

#define TLS_PIN_BYTES 32
#define TLS_HOST_MAX  256
#define TLS_TEXT_MAX  400

struct imap4_tls {
	SSL_CTX *ctx;
	BIO_METHOD *socket;
	unsigned char (*pins)[TLS_PIN_BYTES];
	size_t npins;
};

/* What the check of one server found out. Lives as long as its SSL. */
struct tls_check {
	char host[TLS_HOST_MAX];   /* as in certificates: no final dot */
	char reason[TLS_TEXT_MAX]; /* why the certificate is refused, or "" */
	bool clear;                /* the server greeted in clear */
};

/* A client's SSL on the connected, non-blocking line, which stays the caller's
 * and outlives it. check is borrowed. NULL: out of memory, or host is no name.
 */
SSL *tls_open(struct imap4_tls *tls, const char *host, struct duplex *line,
	      struct tls_check *check);

/* One line on the failure that OpenSSL's error queue holds (and clears the
 * queue): what is wrong with the certificate where that was it. */
void tls_reason(const struct tls_check *check, char *out, size_t cap);

/* The certificate check, SSL_CTX_set_cert_verify_callback(); arg is the
 * struct imap4_tls. It runs inside the handshake: a server that fails it never
 * sees a byte of IMAP. */
int tls_verify(X509_STORE_CTX *store, void *arg);

/* A BIO on a struct duplex, which is its data. NULL: out of memory. */
BIO_METHOD *tls_socket_method(void);

#endif
