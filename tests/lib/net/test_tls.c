/* SPDX-License-Identifier: MIT */
/* Which certificates a connection accepts, what it says about the others, and
 * that those never see a byte of IMAP. */
#include "tests/lib/net/certs.h"
#include "tests/lib/net/peer.h"

#include "lib/net/tls.h"

#include <sys/stat.h>

#define GOOD_SAN "DNS:localhost,DNS:imap.test,DNS:*.wild.test,IP:127.0.0.1"

static struct {
	char dir[64];
	char ca_file[96], cert_file[96], key_file[96];
	struct cert ca, other_ca, client;
} world;

static int set_up(void **state)
{
	static const struct cert_spec ca = {.cn = "Test CA"};
	static const struct cert_spec other = {.cn = "Another\x1b[31m CA"};
	static const struct cert_spec client = {.cn = "ann"};

	(void)state;
	(void)snprintf(world.dir, sizeof(world.dir), "/tmp/test_tls.XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	(void)snprintf(world.ca_file, sizeof(world.ca_file), "%s/ca.pem",
		       world.dir);
	(void)snprintf(world.cert_file, sizeof(world.cert_file), "%s/cert.pem",
		       world.dir);
	(void)snprintf(world.key_file, sizeof(world.key_file), "%s/key.pem",
		       world.dir);
	world.ca = cert_make(&ca, NULL, true);
	world.other_ca = cert_make(&other, NULL, true);
	world.client = cert_make(&client, &world.ca, false);
	cert_write(&world.ca, world.ca_file);
	cert_write(&world.client, world.cert_file);
	FILE *f = fopen(world.key_file, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, world.client.key, NULL, NULL,
					      0, NULL, NULL),
			 1);
	assert_int_equal(fclose(f), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cert_free(&world.ca);
	cert_free(&world.other_ca);
	cert_free(&world.client);
	(void)unlink(world.ca_file);
	(void)unlink(world.cert_file);
	(void)unlink(world.key_file);
	(void)rmdir(world.dir);
	return 0;
}

static const char *const script[] = {
    "T",
    "S * OK [CAPABILITY IMAP4rev1] ready",
    "E",
    NULL,
};

static void leave(struct client *cl)
{
	(void)event_base_loopbreak(cl->base);
}

/* Connects to a server with this context. The outcome is in *cl, which the
 * caller closes; app_bytes are what the server read. */
static void meet(struct client *cl, SSL_CTX *server, const char *host,
		 const struct imap4_tls_opts *opts, struct peer *peer)
{
	char err[256] = "";
	struct imap4_tls *tls = imap4_tls_new(opts, err, sizeof(err));

	assert_string_equal(err, "");
	peer_start(peer, script, server);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = host,
				    .port = peer->port,
				    .security = IMAP4_SECURITY_TLS,
				    .tls = tls,
				    .timeout_ms = 5000};
	cl->on_ready = leave;
	client_open(cl, &o);
	client_run(cl);
	if (cl->ready) {
		assert_true(imap4_conn_protected(cl->conn));
		assert_memory_equal(imap4_conn_tls_version(cl->conn), "TLSv1.",
				    6);
	}
	client_close(cl);
	imap4_tls_free(tls);
	peer_join(peer);
}

static void expect_refused(SSL_CTX *server, const char *host,
			   const struct imap4_tls_opts *opts, const char *text)
{
	struct client cl = {0};
	struct peer peer;

	meet(&cl, server, host, opts, &peer);
	assert_false(cl.ready);
	assert_true(cl.closed);
	assert_int_equal(cl.result, IMAP4_ETLS);
	assert_string_equal(cl.text, text);
	assert_string_equal(cl.events, "");
	assert_int_equal(peer.app_bytes, 0);
	SSL_CTX_free(server);
}

static void expect_accepted(SSL_CTX *server, const char *host,
			    const struct imap4_tls_opts *opts)
{
	struct client cl = {0};
	struct peer peer;

	meet(&cl, server, host, opts, &peer);
	assert_string_equal(cl.text, "");
	assert_true(cl.ready);
	assert_string_equal(peer.failure, "");
	SSL_CTX_free(server);
}

static struct imap4_tls_opts with_ca(void)
{
	return (struct imap4_tls_opts){.size = sizeof(struct imap4_tls_opts),
				       .ca_file = world.ca_file};
}

static void test_tls__accepts_a_good_certificate(void **state)
{
	static const char *const hosts[] = {"localhost", "LocalHost",
					    "127.0.0.1"};
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	const struct imap4_tls_opts opts = with_ca();
	struct cert c = cert_make(&spec, &world.ca, false);

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		expect_accepted(cert_server(&c), hosts[i], &opts);
	cert_free(&c);
}

static void test_tls__accepts_tls_1_2(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	const struct imap4_tls_opts opts = with_ca();
	struct cert c = cert_make(&spec, &world.ca, false);
	SSL_CTX *ctx = cert_server(&c);

	(void)state;
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	expect_accepted(ctx, "localhost", &opts);
	cert_free(&c);
}

static void test_tls__refuses_and_says_why(void **state)
{
	static const struct {
		struct cert_spec spec;
		const char *host, *text;
	} table[] = {
	    {{.cn = "localhost", .san = "DNS:other.test"},
	     "localhost",
	     "certificate is for other.test, not localhost"},
	    {{.cn = "x", .san = "DNS:other.test,IP:10.0.0.1"},
	     "127.0.0.1",
	     "certificate is for other.test, 10.0.0.1, not 127.0.0.1"},
	    /* RFC 9525 6.3: neither does an address match a DNS name. */
	    {{.cn = "x", .san = "DNS:127.0.0.1"},
	     "127.0.0.1",
	     "certificate is for 127.0.0.1, not 127.0.0.1"},
	    {{.cn = "x", .san = "DNS:local*"},
	     "localhost",
	     "certificate is for local*, not localhost"},
	    {{.cn = "x", .san = "DNS:a,DNS:b,DNS:c,DNS:d"},
	     "localhost",
	     "certificate is for a, b, c, ..., not localhost"},
	    {{.cn = "localhost"},
	     "localhost",
	     "certificate is for no host at all (a common name does not "
	     "count), not localhost"},
	    {{.cn = "x",
	      .san = GOOD_SAN,
	      .not_before = "20200101000000Z",
	      .not_after = "20210101000000Z"},
	     "localhost",
	     "certificate expired on 2021-01-01"},
	    {{.cn = "x",
	      .san = GOOD_SAN,
	      .not_before = "20900203000000Z",
	      .not_after = "20991231000000Z"},
	     "localhost",
	     "certificate is not yet valid (it will be on 2090-02-03)"},
	};
	const struct imap4_tls_opts opts = with_ca();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cert c = cert_make(&table[i].spec, &world.ca, false);
		expect_refused(cert_server(&c), table[i].host, &opts,
			       table[i].text);
		cert_free(&c);
	}
}

static void test_tls__shows_the_pin_of_what_nobody_vouches_for(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	const struct imap4_tls_opts opts = with_ca();
	struct cert self = cert_make(&spec, NULL, false);
	struct cert other = cert_make(&spec, &world.other_ca, false);
	char pin[72], text[256];

	(void)state;
	cert_pin(&self, pin);
	(void)snprintf(text, sizeof(text), "certificate is self-signed (%s)",
		       pin);
	expect_refused(cert_server(&self), "localhost", &opts, text);
	/* The name of the authority is cleaned. */
	cert_pin(&other, pin);
	(void)snprintf(text, sizeof(text),
		       "certificate is signed by an unknown authority "
		       "(Another?[31m CA), %s",
		       pin);
	expect_refused(cert_server(&other), "localhost", &opts, text);
	/* The same where the server sends the authority along. */
	SSL_CTX *ctx = cert_server(&other);
	SSL_CTX_add1_chain_cert(ctx, world.other_ca.x509);
	expect_refused(ctx, "localhost", &opts, text);
	cert_free(&self);
	cert_free(&other);
}

/* The system's authorities do not know our CA. */
static void test_tls__default_authorities_are_not_everybody(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	const struct imap4_tls_opts opts = {.size = sizeof(opts)};
	struct cert c = cert_make(&spec, &world.ca, false);
	char pin[72], text[256];

	(void)state;
	cert_pin(&c, pin);
	(void)snprintf(text, sizeof(text),
		       "certificate is signed by an unknown authority (Test "
		       "CA), %s",
		       pin);
	expect_refused(cert_server(&c), "localhost", &opts, text);
	cert_free(&c);
}

static void test_tls__a_pin_replaces_the_chain(void **state)
{
	/* Self-signed, expired, for another host: the key is what counts. */
	const struct cert_spec spec = {.cn = "x",
				       .san = "DNS:other.test",
				       .not_before = "20200101000000Z",
				       .not_after = "20210101000000Z"};
	struct cert c = cert_make(&spec, NULL, false);
	char wrong[72], right[72], text[256];
	const char *pins[] = {wrong, right};
	struct imap4_tls_opts opts = with_ca();

	(void)state;
	cert_pin(&world.ca, wrong);
	cert_pin(&c, right);
	opts.pins = pins;
	opts.npins = 2;
	expect_accepted(cert_server(&c), "localhost", &opts);
	for (char *p = right + 7; *p; p++)
		*p = *p >= 'a' ? (char)(*p - 'a' + 'A') : *p;
	expect_accepted(cert_server(&c), "localhost", &opts);
	cert_pin(&c, right);
	opts.npins = 1;
	(void)snprintf(text, sizeof(text),
		       "certificate does not match the pin: its key is %s",
		       right);
	expect_refused(cert_server(&c), "localhost", &opts, text);
	cert_free(&c);
}

/* A good chain is no excuse for another key. */
static void test_tls__a_wrong_pin_beats_a_good_chain(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	struct cert c = cert_make(&spec, &world.ca, false);
	char pin[72], wrong[72], text[256];
	const char *pins[] = {wrong};
	struct imap4_tls_opts opts = with_ca();

	(void)state;
	cert_pin(&world.ca, wrong);
	cert_pin(&c, pin);
	opts.pins = pins;
	opts.npins = 1;
	(void)snprintf(text, sizeof(text),
		       "certificate does not match the pin: its key is %s",
		       pin);
	expect_refused(cert_server(&c), "localhost", &opts, text);
	cert_free(&c);
}

static void test_tls__refuses_tls_1_1(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	const struct imap4_tls_opts opts = with_ca();
	struct cert c = cert_make(&spec, &world.ca, false);
	SSL_CTX *ctx = cert_server(&c);

	(void)state;
	assert_int_equal(SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0"),
			 1);
	SSL_CTX_set_min_proto_version(ctx, TLS1_1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	expect_refused(
	    ctx, "localhost", &opts,
	    "the server's TLS version is too old (1.2 is the least)");
	cert_free(&c);
}

static void test_tls__shows_a_client_certificate(void **state)
{
	const struct cert_spec spec = {.cn = "x", .san = GOOD_SAN};
	struct imap4_tls_opts opts = with_ca();
	struct cert c = cert_make(&spec, &world.ca, false);
	SSL_CTX *ctx = cert_server(&c);

	(void)state;
	opts.cert_file = world.cert_file;
	opts.key_file = world.key_file;
	assert_int_equal(SSL_CTX_load_verify_file(ctx, world.ca_file), 1);
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_up_ref(ctx);
	expect_accepted(ctx, "localhost", &opts);
	/* TLS 1.3 has the server say so after our handshake is done. */
	opts.cert_file = NULL;
	opts.key_file = NULL;
	expect_refused(ctx, "localhost", &opts,
		       "the server demands a client certificate");
	cert_free(&c);
}

static void expect_bad_opts(const struct imap4_tls_opts *opts, const char *text)
{
	char err[256] = "";

	assert_null(imap4_tls_new(opts, err, sizeof(err)));
	assert_string_equal(err, text);
}

static void test_tls__refuses_senseless_settings(void **state)
{
	static const char *const pins[] = {"sha256:00"};
	struct imap4_tls_opts o = {.size = sizeof(o)};
	char text[256];

	(void)state;
	o.ca_file = "/nonexistent/ca.pem";
	expect_bad_opts(&o, "cannot read CA file '/nonexistent/ca.pem': No "
			    "such file or directory");
	o.ca_file = world.key_file;
	(void)snprintf(text, sizeof(text), "CA file '%s' has no certificate",
		       world.key_file);
	expect_bad_opts(&o, text);
	o.ca_file = NULL;
	o.pins = pins;
	o.npins = 1;
	expect_bad_opts(&o, "pin 'sha256:00' is not sha256: and 64 hexadecimal "
			    "digits");
	o.npins = 0;
	o.key_file = world.key_file;
	expect_bad_opts(&o, "a key without a certificate");
	o.cert_file = world.ca_file;
	(void)snprintf(text, sizeof(text), "key '%s': key values mismatch",
		       world.key_file);
	expect_bad_opts(&o, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tls__accepts_a_good_certificate),
	    cmocka_unit_test(test_tls__accepts_tls_1_2),
	    cmocka_unit_test(test_tls__refuses_and_says_why),
	    cmocka_unit_test(
		test_tls__shows_the_pin_of_what_nobody_vouches_for),
	    cmocka_unit_test(test_tls__default_authorities_are_not_everybody),
	    cmocka_unit_test(test_tls__a_pin_replaces_the_chain),
	    cmocka_unit_test(test_tls__a_wrong_pin_beats_a_good_chain),
	    cmocka_unit_test(test_tls__refuses_tls_1_1),
	    cmocka_unit_test(test_tls__shows_a_client_certificate),
	    cmocka_unit_test(test_tls__refuses_senseless_settings),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
