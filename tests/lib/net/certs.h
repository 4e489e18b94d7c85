/* SPDX-License-Identifier: MIT */
/* Certificates for the tests of lib/net, made on the spot: a CA, leaves signed
 * by it or by themselves, and the SSL_CTX of a server that shows one. */
#ifndef TESTS_LIB_NET_CERTS_H
#define TESTS_LIB_NET_CERTS_H

#include "tests/support/t.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)

struct cert {
	EVP_PKEY *key;
	X509 *x509;
};

/* How a leaf differs from a good one. */
struct cert_spec {
	const char *cn;
	const char *san;                    /* NULL: none */
	const char *not_before, *not_after; /* YYYYMMDDHHMMSSZ, NULL: fine */
};

static inline void cert_add_ext(X509 *x, X509 *issuer, int nid,
				const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static inline void cert_set_time(ASN1_TIME *t, const char *text, long offset)
{
	if (text)
		assert_int_equal(ASN1_TIME_set_string(t, text), 1);
	else
		assert_non_null(X509_gmtime_adj(t, offset));
}

/* issuer NULL: signed by itself. */
static inline struct cert cert_make(const struct cert_spec *spec,
				    const struct cert *issuer, bool ca)
{
	static long serial = 1;
	struct cert c = {EVP_EC_gen("P-256"), X509_new()};

	assert_non_null(c.key);
	assert_non_null(c.x509);
	X509 *by = issuer ? issuer->x509 : c.x509;
	X509_set_version(c.x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x509), serial++);
	cert_set_time(X509_getm_notBefore(c.x509), spec->not_before, -DAY_S);
	cert_set_time(X509_getm_notAfter(c.x509), spec->not_after, DAY_S);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN",
				   MBSTRING_UTF8,
				   (const unsigned char *)spec->cn, -1, -1, 0);
	X509_set_issuer_name(c.x509, X509_get_subject_name(by));
	X509_set_pubkey(c.x509, c.key);
	if (ca)
		cert_add_ext(c.x509, by, NID_basic_constraints,
			     "critical,CA:TRUE");
	if (spec->san)
		cert_add_ext(c.x509, by, NID_subject_alt_name, spec->san);
	assert_true(
	    X509_sign(c.x509, issuer ? issuer->key : c.key, EVP_sha256()) > 0);
	return c;
}

static inline void cert_free(struct cert *c)
{
	EVP_PKEY_free(c->key);
	X509_free(c->x509);
}

static inline void cert_write(const struct cert *c, const char *file)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, c->x509), 1);
	assert_int_equal(fclose(f), 0);
}

/* "sha256:HEX" of its key; out holds 72 bytes. */
static inline void cert_pin(const struct cert *c, char *out)
{
	unsigned char *der = NULL;
	unsigned char digest[32];
	int len = i2d_PUBKEY(c->key, &der);

	assert_true(len > 0);
	EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	(void)snprintf(out, 72, "sha256:");
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(out + 7 + 2 * i, 3, "%02x", digest[i]);
}

static inline SSL_CTX *cert_server(const struct cert *c)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	assert_int_equal(SSL_CTX_use_certificate(ctx, c->x509), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, c->key), 1);
	return ctx;
}

#endif
