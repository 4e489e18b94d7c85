/* SPDX-License-Identifier: MIT */
/* The bytes of a connection. Ends and failures are told apart here: a TLS
 * stream that stops without close_notify was cut, by whoever (RFC 8446 6.1),
 * and a cut must never look like the end of a listing. */
#include "lib/net/transport.h"

#include "lib/util/ascii.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>

/* RFC 9266 4. */
#define EXPORTER_LABEL "EXPORTER-Channel-Binding"
#define EXPORTER_BYTES 32

void transport_init(struct transport *t, struct duplex line)
{
	*t = (struct transport){.line = line};
}

void transport_release(struct transport *t)
{
	if (t->ssl) {
		ERR_clear_error();
		if (t->secured && t->result == IMAP4_OK)
			(void)SSL_shutdown(t->ssl);
		SSL_free(t->ssl);
		ERR_clear_error();
	}
	duplex_close(&t->line);
	transport_init(t, t->line);
}

static int fail_errno(struct transport *t, int code)
{
	char buf[128];
	const char *reason = strerror_r(code, buf, sizeof(buf));

	t->result = IMAP4_ENET;
	(void)snprintf(t->error, sizeof(t->error), "%c%s",
		       ascii_lower(reason[0]), reason + 1);
	return TRANSPORT_FAILED;
}

static int fail_tls(struct transport *t)
{
	unsigned long code = ERR_peek_error();
	bool cut = ERR_GET_LIB(code) == ERR_LIB_SSL &&
		   ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;

	t->result = cut ? IMAP4_ENET : IMAP4_ETLS;
	tls_reason(&t->check, t->error, sizeof(t->error));
	return TRANSPORT_FAILED;
}

static int ssl_status(struct transport *t, int rc)
{
	int saved = errno;

	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TRANSPORT_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TRANSPORT_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TRANSPORT_EOF;
	case SSL_ERROR_SYSCALL:
		return fail_errno(t, saved ? saved : ECONNRESET);
	default:
		return fail_tls(t);
	}
}

int transport_start_tls(struct transport *t, struct imap4_tls *tls,
			const char *host)
{
	t->line.nfirst = 0; /* behind a STARTTLS that is something else */
	t->ssl = tls_open(tls, host, &t->line, &t->check);
	if (t->ssl)
		return 0;
	t->result = IMAP4_ETLS;
	(void)snprintf(t->error, sizeof(t->error), "cannot start TLS");
	return -1;
}

/* RFC 9051 7.1: every greeting begins with "* ", and no TLS record does (RFC
 * 8446 5.1). */
static bool greeted(const struct transport *t)
{
	return t->line.nfirst == sizeof(t->line.first) &&
	       memcmp(t->line.first, "* ", sizeof(t->line.first)) == 0;
}

int transport_handshake(struct transport *t)
{
	ERR_clear_error();
	errno = 0;
	int rc = SSL_do_handshake(t->ssl);
	t->check.clear = greeted(t);
	if (rc == 1) {
		/* No cipher of ours lets a server go without one. */
		if (!SSL_get0_peer_certificate(t->ssl))
			return fail_tls(t);
		t->secured = true;
		return 0;
	}
	rc = ssl_status(t, rc);
	return rc == TRANSPORT_EOF ? fail_errno(t, ECONNRESET) : rc;
}

static ssize_t read_tls(struct transport *t, void *buf, size_t len)
{
	ERR_clear_error();
	errno = 0;
	int n = SSL_read(t->ssl, buf, len > INT_MAX ? INT_MAX : (int)len);
	return n > 0 ? n : ssl_status(t, n);
}

static ssize_t write_tls(struct transport *t, const void *buf, size_t len)
{
	ERR_clear_error();
	errno = 0;
	int n = SSL_write(t->ssl, buf, len > INT_MAX ? INT_MAX : (int)len);
	return n > 0 ? n : ssl_status(t, n);
}

ssize_t transport_read(struct transport *t, void *buf, size_t len)
{
	ssize_t n;

	if (t->ssl)
		return read_tls(t, buf, len);
	do {
		n = duplex_read(&t->line, buf, len);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	if (n == 0)
		return TRANSPORT_EOF;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return TRANSPORT_WANT_READ;
	return fail_errno(t, errno);
}

ssize_t transport_write(struct transport *t, const void *buf, size_t len)
{
	ssize_t n;

	if (t->ssl)
		return write_tls(t, buf, len);
	do {
		n = duplex_write(&t->line, buf, len);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return TRANSPORT_WANT_WRITE;
	return fail_errno(t, errno);
}

bool transport_pending(const struct transport *t)
{
	return t->ssl && SSL_has_pending(t->ssl) == 1;
}

bool transport_is_local(const struct transport *t)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage storage;
	} peer;
	socklen_t len = sizeof(peer);

	if (t->line.in != t->line.out)
		return true; /* a command */
	if (t->line.in < 0 || getpeername(t->line.in, &peer.any, &len) < 0)
		return false;
	switch (peer.any.sa_family) {
	case AF_INET:
		return ntohl(peer.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&peer.v6.sin6_addr);
	default:
		return false;
	}
}

void transport_get_binding(const struct transport *t,
			   struct transport_binding *out)
{
	*out = (struct transport_binding){.type = BINDING_NONE};
	if (!t->secured)
		return;
	if (SSL_version(t->ssl) >= TLS1_3_VERSION) {
		if (SSL_export_keying_material(
			t->ssl, out->data, EXPORTER_BYTES, EXPORTER_LABEL,
			sizeof(EXPORTER_LABEL) - 1, NULL, 0, 0) != 1)
			return;
		out->type = BINDING_EXPORTER;
		out->len = EXPORTER_BYTES;
		return;
	}
	/* Without the extended master secret tls-unique ties nothing to
	 * anything (RFC 7627 1). We never resume, so the first Finished
	 * message is ours (RFC 5929 3.1). */
	if (SSL_get_extms_support(t->ssl) != 1)
		return;
	out->len = SSL_get_finished(t->ssl, out->data, sizeof(out->data));
	if (out->len > 0 && out->len <= sizeof(out->data))
		out->type = BINDING_UNIQUE;
}
