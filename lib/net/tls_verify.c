/* SPDX-License-Identifier: MIT */
/* Is the server's certificate acceptable, and if not, why? The answers are
 * written for a person who has to decide what to do; names in a certificate
 * that nobody vouches for are cleaned before they are shown. */
#include "lib/net/tls.h"

#include "lib/util/buf.h"
#include "lib/util/text.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define NAME_SHOWN  64
#define NAMES_SHOWN 3

/* RFC 7469 2.4: the pin is the digest of the SubjectPublicKeyInfo in DER, so
 * that it outlives a new certificate for the same key. */
static int spki_digest(X509 *cert, unsigned char out[TLS_PIN_BYTES])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (len <= 0)
		return -1;
	int ok = EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	return ok == 1 ? 0 : -1;
}

static bool pinned(const struct imap4_tls *tls, X509 *cert)
{
	unsigned char digest[TLS_PIN_BYTES];

	if (spki_digest(cert, digest) < 0)
		return false;
	for (size_t i = 0; i < tls->npins; i++) {
		if (memcmp(digest, tls->pins[i], sizeof(digest)) == 0)
			return true;
	}
	return false;
}

/* "sha256:HEX", as a user would write it as a pin. */
static void add_pin(struct buf *b, X509 *cert)
{
	unsigned char digest[TLS_PIN_BYTES];

	if (spki_digest(cert, digest) < 0)
		return;
	(void)buf_adds(b, "sha256:");
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)buf_addf(b, "%02x", digest[i]);
}

static void add_clean(struct buf *b, const unsigned char *p, int len)
{
	char shown[NAME_SHOWN];

	text_clean(shown, sizeof(shown), (const char *)p, (size_t)len);
	(void)buf_adds(b, shown);
}

/* The common name, else the organisation, else "no name". */
static void add_name(struct buf *b, const X509_NAME *name)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	if (at < 0)
		at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	if (at < 0) {
		(void)buf_adds(b, "no name");
		return;
	}
	const ASN1_STRING *s =
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, s);
	if (len >= 0)
		add_clean(b, utf8, len);
	OPENSSL_free(utf8);
}

static void add_date(struct buf *b, const ASN1_TIME *time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) == 1)
		(void)buf_addf(b, "%04d-%02d-%02d", tm.tm_year + 1900,
			       tm.tm_mon + 1, tm.tm_mday);
	else
		(void)buf_adds(b, "an unreadable date");
}

static bool add_general_name(struct buf *b, const GENERAL_NAME *name)
{
	char ip[INET6_ADDRSTRLEN];
	int type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);

	if (type == GEN_DNS) {
		add_clean(b, ASN1_STRING_get0_data(s), ASN1_STRING_length(s));
		return true;
	}
	if (type != GEN_IPADD)
		return false;
	int family = ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6;
	if (family == AF_INET6 && ASN1_STRING_length(s) != 16)
		return false;
	(void)buf_adds(
	    b, inet_ntop(family, ASN1_STRING_get0_data(s), ip, sizeof(ip)));
	return true;
}

/* The hosts that a certificate is for. Returns how many were found. */
static size_t add_hosts(struct buf *b, X509 *cert)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		size_t before = b->len;
		if (n == NAMES_SHOWN) {
			(void)buf_adds(b, ", ...");
			break;
		}
		if (n > 0)
			(void)buf_adds(b, ", ");
		if (add_general_name(b, sk_GENERAL_NAME_value(names, i)))
			n++;
		else
			buf_truncate(b, before);
	}
	GENERAL_NAMES_free(names);
	return n;
}

static void describe_host(struct buf *b, X509 *leaf, const char *host)
{
	(void)buf_adds(b, "certificate is for ");
	if (add_hosts(b, leaf) == 0)
		(void)buf_adds(b, "no host at all (a common name does not "
				  "count)");
	(void)buf_adds(b, ", not ");
	add_clean(b, (const unsigned char *)host, (int)strlen(host));
}

static void describe_dates(struct buf *b, int error, X509 *cert, bool leaf)
{
	if (leaf) {
		(void)buf_adds(b, "certificate ");
	} else {
		(void)buf_adds(b, "certificate of the authority ");
		add_name(b, X509_get_subject_name(cert));
		(void)buf_addc(b, ' ');
	}
	if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
		(void)buf_adds(b, "expired on ");
		add_date(b, X509_get0_notAfter(cert));
	} else {
		(void)buf_adds(b, "is not yet valid (it will be on ");
		add_date(b, X509_get0_notBefore(cert));
		(void)buf_adds(b, ")");
	}
}

static void describe_authority(struct buf *b, X509 *current, X509 *leaf)
{
	(void)buf_adds(b, "certificate is signed by an unknown authority (");
	add_name(b, X509_get_issuer_name(current));
	(void)buf_adds(b, "), ");
	add_pin(b, leaf);
}

static void describe(X509_STORE_CTX *store, X509 *leaf, const char *host,
		     struct buf *b)
{
	int error = X509_STORE_CTX_get_error(store);
	X509 *current = X509_STORE_CTX_get_current_cert(store);

	if (!current)
		current = leaf;
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		describe_host(b, leaf, host);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		describe_dates(b, error, current,
			       X509_STORE_CTX_get_error_depth(store) == 0);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		(void)buf_adds(b, "certificate is self-signed (");
		add_pin(b, leaf);
		(void)buf_addc(b, ')');
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		describe_authority(b, current, leaf);
		break;
	default:
		(void)buf_addf(b, "certificate is not acceptable: %s",
			       X509_verify_cert_error_string(error));
		break;
	}
}

static void keep_reason(struct tls_check *check, struct buf *b)
{
	(void)snprintf(check->reason, sizeof(check->reason), "%s",
		       b->data ? b->data : "certificate is not acceptable");
	buf_release(b);
}

int tls_verify(X509_STORE_CTX *store, void *arg)
{
	const struct imap4_tls *tls = arg;
	int at = SSL_get_ex_data_X509_STORE_CTX_idx();
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, at);
	struct tls_check *check = SSL_get_app_data(ssl);
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	struct buf b;

	buf_init(&b, sizeof(check->reason) - 1);
	if (tls->npins > 0) {
		if (pinned(tls, leaf)) {
			X509_STORE_CTX_set_error(store, X509_V_OK);
			return 1;
		}
		X509_STORE_CTX_set_error(store,
					 X509_V_ERR_APPLICATION_VERIFICATION);
		(void)buf_adds(&b, "certificate does not match the pin: its "
				   "key is ");
		add_pin(&b, leaf);
		keep_reason(check, &b);
		return 0;
	}
	if (X509_verify_cert(store) > 0)
		return 1;
	describe(store, leaf, check->host, &b);
	keep_reason(check, &b);
	return 0;
}

/* What the common failures of a handshake mean, RFC 8446 6.2. */
static const char *explain(int reason)
{
	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_WRONG_SSL_VERSION:
		return "the server's TLS version is too old (1.2 is the least)";
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
		return "the server does not speak TLS on this port";
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_NO_CIPHERS_AVAILABLE:
		return "the server refused the TLS handshake: no common "
		       "cipher, or it wants a client certificate";
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return "the server demands a client certificate";
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
		return "the server refused our certificate";
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return "connection cut (TLS ended without notice)";
	default:
		return NULL;
	}
}

void tls_reason(const struct tls_check *check, char *out, size_t cap)
{
	unsigned long code = ERR_peek_error();
	const char *library = ERR_reason_error_string(code);
	const char *known = NULL;

	if (ERR_GET_LIB(code) == ERR_LIB_SSL)
		known = explain(ERR_GET_REASON(code));
	if (check->reason[0])
		(void)snprintf(out, cap, "%s", check->reason);
	else if (check->clear)
		(void)snprintf(out, cap, "%s",
			       "the server speaks IMAP without TLS on this "
			       "port");
	else if (known)
		(void)snprintf(out, cap, "%s", known);
	else
		(void)snprintf(out, cap, "TLS failure: %s",
			       library ? library : "unknown");
	ERR_clear_error();
}
