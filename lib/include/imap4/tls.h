/* SPDX-License-Identifier: MIT */
/* TLS settings of a client. Verification cannot be switched off: the chain is
 * checked against CAs and the name against the certificate, or, where pins are
 * given, the certificate's public key against them. */
#ifndef IMAP4_TLS_H
#define IMAP4_TLS_H

#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct imap4_tls;

struct imap4_tls_opts {
	size_t size;             /* sizeof(struct imap4_tls_opts) */
	const char *ca_file;     /* PEM; NULL: the system's */
	const char *const *pins; /* "sha256:HEX" of the SPKI; npins 0: none */
	size_t npins;
	const char *cert_file; /* client certificate and key, PEM, or NULL */
	const char *key_file;
};

/* TLS 1.2 or newer, SNI, host name check (RFC 9525: no CN). NULL with a text in
 * err (errlen bytes) where a file cannot be read or a pin is malformed. */
IMAP4_EXPORT struct imap4_tls *imap4_tls_new(const struct imap4_tls_opts *opts,
					     char *err, size_t errlen);
IMAP4_EXPORT void imap4_tls_free(struct imap4_tls *tls);

#ifdef __cplusplus
}
#endif
#endif
