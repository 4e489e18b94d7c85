/* SPDX-License-Identifier: MIT */
/* A whole session of a client with a scripted server, over TLS too: the server
 * shows a certificate that the client has pinned. */
#ifndef TESTS_LIB_NET_SESSION_H
#define TESTS_LIB_NET_SESSION_H

#include "tests/lib/net/certs.h"
#include "tests/lib/net/peer.h"

static struct cert server_cert;
static SSL_CTX *server_ctx;
static struct imap4_tls *tls;

static inline int session_set_up(void **state)
{
	static const struct cert_spec spec = {.cn = "x",
					      .san = "DNS:localhost"};
	char pin[72], err[256];
	const char *const pins[] = {pin};

	(void)state;
	server_cert = cert_make(&spec, NULL, false);
	server_ctx = cert_server(&server_cert);
	cert_pin(&server_cert, pin);
	const struct imap4_tls_opts opts = {
	    .size = sizeof(opts), .pins = pins, .npins = 1};
	tls = imap4_tls_new(&opts, err, sizeof(err));
	assert_non_null(tls);
	return 0;
}

static inline int session_tear_down(void **state)
{
	(void)state;
	imap4_tls_free(tls);
	SSL_CTX_free(server_ctx);
	cert_free(&server_cert);
	return 0;
}

/* One session: the client talks to the script until closed or loopbreak. */
static inline void session_run(struct client *cl, enum imap4_security security,
			       const char *const *script, struct peer *peer)
{
	peer_start(peer, script, server_ctx);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .port = peer->port,
				    .security = security,
				    .tls = tls,
				    .timeout_ms = 3000};
	client_open(cl, &o);
	client_run(cl);
	client_close(cl);
	peer_join(peer);
}

static inline void expect_end(enum imap4_security security,
			      const char *const *script, int result,
			      const char *text)
{
	struct client cl = {0};
	struct peer peer;

	session_run(&cl, security, script, &peer);
	assert_string_equal(peer.failure, "");
	assert_true(cl.closed);
	assert_false(cl.ready);
	assert_string_equal(cl.text, text);
	assert_int_equal(cl.result, result);
}

static inline void leave(struct client *cl)
{
	(void)event_base_loopbreak(cl->base);
}

static inline void expect_ready(enum imap4_security security,
				const char *const *script, const char *events)
{
	struct client cl = {.on_ready = leave};
	struct peer peer;

	session_run(&cl, security, script, &peer);
	assert_string_equal(cl.text, "");
	assert_true(cl.ready);
	assert_string_equal(cl.events, events);
	assert_string_equal(peer.failure, "");
}

#endif
