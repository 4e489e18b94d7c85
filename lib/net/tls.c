/* SPDX-License-Identifier: MIT */
/* TLS settings: protocol versions, authorities, pins, the client's own
 * certificate, and from them an SSL for a host. What makes a certificate
 * acceptable is in tls_verify.c. */
#include "lib/net/tls.h"

#include "lib/util/ascii.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_PINS 64
/* Several records per system call: OpenSSL would else make two per record. */
#define READ_AHEAD (64 * 1024)

/* A key with a passphrase is refused: OpenSSL would ask on the terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int hex_digit(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_pin(const char *text, unsigned char pin[TLS_PIN_BYTES])
{
	static const char prefix[] = "sha256:";
	size_t n = sizeof(prefix) - 1;

	if (strlen(text) != n + (size_t)2 * TLS_PIN_BYTES ||
	    !ascii_is(text, n, prefix))
		return -1;
	for (size_t i = 0; i < TLS_PIN_BYTES; i++) {
		int high = hex_digit(text[n + 2 * i]);
		int low = hex_digit(text[n + 2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		pin[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static int add_pins(struct imap4_tls *tls, const struct imap4_tls_opts *opts,
		    char *err, size_t errlen)
{
	if (opts->npins == 0)
		return 0;
	if (opts->npins > MAX_PINS) {
		(void)snprintf(err, errlen, "more than %d pins", MAX_PINS);
		return -1;
	}
	tls->pins = calloc(opts->npins, sizeof(*tls->pins));
	if (!tls->pins) {
		(void)snprintf(err, errlen, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < opts->npins; i++) {
		if (parse_pin(opts->pins[i], tls->pins[i]) < 0) {
			(void)snprintf(err, errlen,
				       "pin '%s' is not sha256: and 64 "
				       "hexadecimal digits",
				       opts->pins[i]);
			return -1;
		}
	}
	tls->npins = opts->npins;
	return 0;
}

/* The reason that OpenSSL gives, or that of the system where it is one. */
static const char *library_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return reason ? reason : "not usable";
}

/* OpenSSL's texts for a file that is not there are of no help to users. */
static int check_readable(const char *what, const char *file, char *err,
			  size_t errlen)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		(void)snprintf(err, errlen, "cannot read %s '%s': %s", what,
			       file, strerror(errno));
		return -1;
	}
	(void)close(fd);
	return 0;
}

static bool has_certificate(SSL_CTX *ctx)
{
	STACK_OF(X509_OBJECT) *objects =
	    X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509_OBJECT *o = sk_X509_OBJECT_value(objects, i);
		if (X509_OBJECT_get_type(o) == X509_LU_X509)
			return true;
	}
	return false;
}

static int add_authorities(SSL_CTX *ctx, const char *file, char *err,
			   size_t errlen)
{
	if (!file) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return 0;
		(void)snprintf(err, errlen,
			       "cannot use the system's authorities: %s",
			       library_reason());
		return -1;
	}
	if (check_readable("CA file", file, err, errlen) < 0)
		return -1;
	if (SSL_CTX_load_verify_file(ctx, file) != 1 || !has_certificate(ctx)) {
		ERR_clear_error();
		(void)snprintf(err, errlen, "CA file '%s' has no certificate",
			       file);
		return -1;
	}
	/* What the user names is trusted, be it no root: servers that send a
	 * chain without its end, or a single certificate put in the file. */
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	return 0;
}

static int add_own(SSL_CTX *ctx, const struct imap4_tls_opts *opts, char *err,
		   size_t errlen)
{
	const char *cert = opts->cert_file;
	const char *key = opts->key_file ? opts->key_file : cert;

	if (!key)
		return 0;
	if (!cert) {
		(void)snprintf(err, errlen, "a key without a certificate");
		return -1;
	}
	if (check_readable("client certificate", cert, err, errlen) < 0 ||
	    check_readable("key", key, err, errlen) < 0)
		return -1;
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1) {
		(void)snprintf(err, errlen, "client certificate '%s': %s", cert,
			       library_reason());
		return -1;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		(void)snprintf(err, errlen, "key '%s': %s", key,
			       library_reason());
		return -1;
	}
	return 0;
}

static int set_up(struct imap4_tls *tls, const struct imap4_tls_opts *opts,
		  char *err, size_t errlen)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	tls->ctx = ctx;
	tls->socket = tls_socket_method();
	if (!ctx || !tls->socket ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		(void)snprintf(err, errlen, "cannot set up TLS: %s",
			       library_reason());
		return -1;
	}
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					   SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, tls_verify, tls);
	/* RFC 9525 6.3: the common name of the subject is no name of a host.
	 * A '*' stands for a whole label only. */
	X509_VERIFY_PARAM_set_hostflags(
	    SSL_CTX_get0_param(ctx), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
					 X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (add_authorities(ctx, opts->ca_file, err, errlen) < 0 ||
	    add_pins(tls, opts, err, errlen) < 0 ||
	    add_own(ctx, opts, err, errlen) < 0)
		return -1;
	return 0;
}

struct imap4_tls *imap4_tls_new(const struct imap4_tls_opts *opts, char *err,
				size_t errlen)
{
	struct imap4_tls_opts o = {0};
	struct imap4_tls *tls = calloc(1, sizeof(*tls));

	if (!tls) {
		(void)snprintf(err, errlen, "out of memory");
		return NULL;
	}
	memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	ERR_clear_error();
	if (set_up(tls, &o, err, errlen) < 0) {
		imap4_tls_free(tls);
		return NULL;
	}
	return tls;
}

void imap4_tls_free(struct imap4_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->socket);
	free(tls->pins);
	free(tls);
}

static bool is_address(const char *host)
{
	unsigned char addr[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, addr) == 1 ||
	       inet_pton(AF_INET6, host, addr) == 1;
}

/* RFC 6066 3: the server name is a name, never an address. */
static int set_host(SSL *ssl, char *host)
{
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	return SSL_set1_host(ssl, host) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *tls_open(struct imap4_tls *tls, const char *host, struct duplex *line,
	      struct tls_check *check)
{
	size_t n = strlen(host);

	if (n > 0 && host[n - 1] == '.')
		n--;
	if (n == 0 || n >= sizeof(check->host))
		return NULL;
	memcpy(check->host, host, n);
	check->host[n] = '\0';
	check->reason[0] = '\0';
	check->clear = false;
	ERR_clear_error();
	SSL *ssl = SSL_new(tls->ctx);
	BIO *bio = BIO_new(tls->socket);
	if (!ssl || !bio || set_host(ssl, check->host) != 1 ||
	    SSL_set_app_data(ssl, check) != 1) {
		SSL_free(ssl);
		(void)BIO_free(bio);
		ERR_clear_error();
		return NULL;
	}
	BIO_set_data(bio, line);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_connect_state(ssl);
	return ssl;
}
