/* SPDX-License-Identifier: MIT */
/* Logins against an engine that is fed by hand: which mechanism is chosen, what
 * goes out, and that a server which cannot prove itself is not believed. */
#include "lib/net/sasl.h"

#include "tests/support/t.h"
#include "tests/support/vectors.h"

#include "lib/codec/base64.h"
#include "lib/util/buf.h"

#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What libgsasl takes for its next nonce; "" for a random one. Defined here, it
 * stands in for libgsasl's own. */
static char next_nonce[64];
static size_t next_nonce_len;

__attribute__((visibility("default"))) int gsasl_nonce(char *data, size_t len)
{
	if (next_nonce_len == len)
		memcpy(data, next_nonce, len);
	else if (getrandom(data, len, 0) != (ssize_t)len)
		return GSASL_CRYPTO_ERROR;
	next_nonce_len = 0;
	return GSASL_OK;
}

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){ s, s ? strlen(s) : 0 };
}

/* One login. */
struct login {
	struct imap4_engine *engine;
	struct imap4_sasl *sasl;
	struct sasl_channel channel;
	struct imap4_credentials cred;
	char err[512];
	char line[8192]; /* the last one sent, without its tag */
	char tag[64];
	int step; /* what the last imap4_sasl_step() returned */
	bool done;
	enum imap4_status status;
};

static void feed(struct login *l, const char *text)
{
	size_t at = 0, len = strlen(text), used;
	const struct imap4_event *ev;

	do {
		assert_int_equal(imap4_engine_read(l->engine, text + at,
						   len - at, &used, &ev),
				 0);
		at += used;
		if (ev->type == IMAP4_EV_CHALLENGE)
			l->step = imap4_sasl_step(l->sasl, ev->challenge);
		if (ev->type == IMAP4_EV_DONE) {
			l->done = true;
			l->status = ev->status;
		}
	} while (ev->type != IMAP4_EV_NONE);
}

/* Takes what goes out: one line at most. */
static void collect(struct login *l)
{
	const void *p;
	size_t n = 0, len;

	while ((len = imap4_engine_write(l->engine, &p)) > 0) {
		assert_true(n + len < sizeof(l->line));
		memcpy(l->line + n, p, len);
		n += len;
		imap4_engine_sent(l->engine, len);
	}
	l->line[n] = '\0';
	if (n >= 2 && strcmp(l->line + n - 2, "\r\n") == 0)
		l->line[n - 2] = '\0';
}

static void greet(struct login *l, const char *capabilities)
{
	char text[1024];

	l->cred.size = sizeof(l->cred);
	l->engine = imap4_engine_new(NULL, 1);
	assert_non_null(l->engine);
	(void)snprintf(text, sizeof(text),
		       "* OK [CAPABILITY IMAP4rev1 %s] hi\r\n", capabilities);
	feed(l, text);
}

static bool choose(struct login *l)
{
	l->sasl = sasl_new(l->engine, &l->channel, &l->cred, l->err,
			   sizeof(l->err));
	return l->sasl != NULL;
}

static void start(struct login *l)
{
	if (!choose(l))
		fail_msg("%s", l->err);
	assert_int_equal(imap4_sasl_start(l->sasl, NULL), 0);
	collect(l);
	size_t n = strcspn(l->line, " ");
	assert_true(n < sizeof(l->tag));
	memcpy(l->tag, l->line, n);
	l->tag[n] = '\0';
	memmove(l->line, l->line + n + 1, strlen(l->line + n));
}

static void end(struct login *l)
{
	imap4_sasl_free(l->sasl);
	imap4_engine_free(l->engine);
}

static void encode(const char *p, size_t len, char *out, size_t cap)
{
	struct buf b;

	buf_init(&b, cap - 1);
	assert_int_equal(base64_encode(p, len, &b), 0);
	(void)snprintf(out, cap, "%s", b.data ? b.data : "");
	buf_release(&b);
}

/* The server says "+ ..."; the answer is in l->line. */
static void challenge(struct login *l, const char *p, size_t len)
{
	char b64[4096], text[8192];

	encode(p, len, b64, sizeof(b64));
	(void)snprintf(text, sizeof(text), "+ %s\r\n", b64);
	feed(l, text);
	collect(l);
}

static void expect_sent(const struct login *l, const char *raw, size_t len)
{
	char b64[4096];

	encode(raw, len, b64, sizeof(b64));
	assert_string_equal(l->line, b64);
}

static void finish(struct login *l, const char *result)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s %s\r\n", l->tag, result);
	feed(l, text);
	assert_true(l->done);
}

static struct login with_password(bool safe)
{
	return (struct login){ .channel = { .protected_ = safe },
			       .cred = { .user = str("tim"),
					 .password =
					     str("tanstaaftanstaaf") } };
}

#define EVERYTHING                                                             \
	"SASL-IR AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 "        \
	"AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS "    \
	"AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=EXTERNAL"

static void test_sasl__chooses_the_strongest(void **state)
{
	static const char *const names_scram[] = { "scram-sha-1",
						   "SCRAM-SHA-256", NULL };
	static const char *const names_plus[] = { "SCRAM-SHA-256-PLUS", "plain",
						  NULL };
	static const char *const names_external[] = { "external", NULL };
	static const char *const names_login[] = { "login", NULL };
	static const char *const names_plain[] = { "digest-md5", "plain",
						   NULL };
	static const struct {
		const char *offer;
		const char *password, *token;
		bool safe, bound;
		const char *const *names;
		const char *want; /* NULL: nothing fits */
	} table[] = {
		{ EVERYTHING, "p", "t", true, true, NULL, "OAUTHBEARER" },
		{ "AUTH=XOAUTH2 AUTH=PLAIN", "p", "t", true, true, NULL,
		  "XOAUTH2" },
		{ EVERYTHING, "p", NULL, true, true, NULL,
		  "SCRAM-SHA-256-PLUS" },
		{ "AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256", "p", NULL, true,
		  true, NULL, "SCRAM-SHA-1-PLUS" },
		{ EVERYTHING, "p", NULL, true, false, NULL, "SCRAM-SHA-256" },
		{ "AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5", "p", NULL, true,
		  false, NULL, "SCRAM-SHA-1" },
		{ "AUTH=PLAIN AUTH=CRAM-MD5", "p", NULL, true, false, NULL,
		  "CRAM-MD5" },
		{ "AUTH=LOGIN AUTH=PLAIN", "p", NULL, true, false, NULL,
		  "PLAIN" },
		{ "AUTH=LOGIN", "p", NULL, true, false, NULL, "LOGIN" },
		{ "", "p", NULL, true, false, NULL, "LOGIN" },
		{ "LOGINDISABLED", "p", NULL, true, false, NULL, NULL },
		{ "LOGINDISABLED AUTH=PLAIN", "p", NULL, true, false, NULL,
		  "PLAIN" },
		/* A line that others can read. */
		{ EVERYTHING, "p", "t", false, false, NULL, "SCRAM-SHA-256" },
		{ "AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", "p", NULL, false,
		  false, NULL, "CRAM-MD5" },
		{ "AUTH=PLAIN AUTH=LOGIN", "p", NULL, false, false, NULL,
		  NULL },
		{ "AUTH=OAUTHBEARER AUTH=XOAUTH2", NULL, "t", false, false,
		  NULL, NULL },
		{ "AUTH=PLAIN", "p", NULL, false, false, names_plain, NULL },
		/* A password that SASLprep does not take. */
		{ "AUTH=SCRAM-SHA-256 AUTH=CRAM-MD5 AUTH=PLAIN",
		  "p\xf0\x9f\x98\x80", NULL, true, false, NULL, "PLAIN" },
		/* By name: in the user's order. */
		{ EVERYTHING, "p", "t", true, true, names_scram,
		  "SCRAM-SHA-1" },
		{ EVERYTHING, "p", NULL, true, true, names_plus,
		  "SCRAM-SHA-256-PLUS" },
		{ EVERYTHING, "p", NULL, true, false, names_plus, "PLAIN" },
		{ EVERYTHING, "p", "t", true, false, names_plain, "PLAIN" },
		{ EVERYTHING, NULL, NULL, true, false, names_external,
		  "EXTERNAL" },
		{ "AUTH=EXTERNAL", "p", NULL, true, false, NULL, "LOGIN" },
		{ "AUTH=EXTERNAL LOGINDISABLED", "p", NULL, true, false, NULL,
		  NULL },
		{ "", "p", NULL, true, false, names_login, "LOGIN" },
		{ "AUTH=PLAIN", NULL, NULL, true, false, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct login l = {
			.channel = { .protected_ = table[i].safe },
			.cred = { .user = str("u"),
				  .password = str(table[i].password),
				  .token = str(table[i].token),
				  .mechanisms = table[i].names },
		};
		if (table[i].bound) {
			l.channel.binding.type = BINDING_EXPORTER;
			l.channel.binding.len = 32;
		}
		greet(&l, table[i].offer);
		bool chosen = choose(&l);
		if (chosen != (table[i].want != NULL))
			fail_msg("row %zu: %s", i, l.err);
		if (chosen)
			assert_string_equal(imap4_sasl_mechanism(l.sasl),
					    table[i].want);
		end(&l);
	}
}

static void test_sasl__names_both_sides_where_nothing_fits(void **state)
{
	static const char *const names[] = { "scram-sha-256", NULL };
	struct login l = with_password(false);

	(void)state;
	l.cred.mechanisms = names;
	greet(&l, "AUTH=PLAIN AUTH=CRAM-MD5 LOGINDISABLED");
	assert_false(choose(&l));
	assert_string_equal(
	    l.err, "no login mechanism fits: the server has (PLAIN CRAM-MD5), "
		   "we have (scram-sha-256), and on a line that is not "
		   "encrypted no password is shown");
	end(&l);
}

static void test_sasl__refuses_what_cannot_be_sent(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, EVERYTHING);
	l.cred.password = (struct imap4_str){ "a\0b", 3 };
	assert_false(choose(&l));
	assert_string_equal(l.err,
			    "the user name or the password holds a NUL");
	l.cred.password = str("p");
	l.cred.token = str("a\x01" "b");
	assert_false(choose(&l));
	assert_memory_equal(l.err, "the token is no bearer token", 28);
	l.cred.token = str("t");
	l.cred.user = str("a\nb");
	assert_false(choose(&l));
	assert_string_equal(l.err,
			    "the user name holds a control character");
	l.cred.user = str(NULL);
	assert_false(choose(&l));
	assert_string_equal(l.err, "there is no user name");
	end(&l);
}

static void test_sasl__plain(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, "SASL-IR AUTH=PLAIN");
	start(&l);
	assert_string_equal(
	    l.line, "AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	finish(&l, "OK in");
	assert_true(imap4_sasl_complete(l.sasl));
	end(&l);

	/* Without SASL-IR it waits to be asked. */
	l = with_password(true);
	greet(&l, "AUTH=PLAIN");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE PLAIN");
	feed(&l, "+ \r\n");
	collect(&l);
	assert_string_equal(l.line, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	finish(&l, "OK in");
	end(&l);
}

static void test_sasl__login(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, "SASL-IR AUTH=LOGIN");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE LOGIN");
	challenge(&l, "Username:", 9);
	assert_string_equal(l.line, "dGlt");
	challenge(&l, "Password:", 9);
	assert_string_equal(l.line, "dGFuc3RhYWZ0YW5zdGFhZg==");
	finish(&l, "OK in");
	assert_true(imap4_sasl_complete(l.sasl));
	end(&l);
}

static void test_sasl__login_command(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, "");
	start(&l);
	assert_string_equal(l.line, "LOGIN tim tanstaaftanstaaf");
	finish(&l, "OK in");
	assert_true(imap4_sasl_complete(l.sasl));
	end(&l);
}

static void test_sasl__external(void **state)
{
	static const char *const names[] = { "external", NULL };
	struct login l = { .cred = { .user = str(""), .mechanisms = names } };

	(void)state;
	greet(&l, "SASL-IR AUTH=EXTERNAL");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE EXTERNAL =");
	end(&l);

	l = (struct login){ .cred = { .user = str("user"),
				      .mechanisms = names } };
	greet(&l, "SASL-IR AUTH=EXTERNAL");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE EXTERNAL dXNlcg==");
	end(&l);
}

/* RFC 2195 2. */
static void test_sasl__cram_md5(void **state)
{
	static const char asked[] =
	    "<1896.697170952@postoffice.reston.mci.net>";
	static const char answer[] = "tim b913a602c7eda7a495b4e6e7334d3890";
	struct login l = with_password(true);

	(void)state;
	greet(&l, "SASL-IR AUTH=CRAM-MD5");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE CRAM-MD5");
	challenge(&l, asked, strlen(asked));
	expect_sent(&l, answer, strlen(answer));
	end(&l);
}

static void check_token(const char *mechanism, const char *first,
			const char *sign)
{
	static const char json[] = "{\"status\":\"401\",\x1b\r\n"
				   "\"schemes\":\"bearer\"}";
	char want[1024], b64[512];
	struct login l = { .channel = { .protected_ = true },
			   .cred = { .user = str("ann@example.org"),
				     .token = str("ya29.vF9=="),
				     .host = "imap.example.org",
				     .port = 993 } };

	(void)snprintf(want, sizeof(want), "SASL-IR AUTH=%s", mechanism);
	greet(&l, want);
	start(&l);
	encode(first, strlen(first), b64, sizeof(b64));
	(void)snprintf(want, sizeof(want), "AUTHENTICATE %s %s", mechanism,
		       b64);
	assert_string_equal(l.line, want);
	assert_string_equal(imap4_sasl_server_error(l.sasl), "");
	challenge(&l, json, strlen(json));
	assert_string_equal(l.line, sign);
	finish(&l, "NO refused");
	assert_string_equal(imap4_sasl_server_error(l.sasl),
			    "{\"status\":\"401\",???\"schemes\":\"bearer\"}");
	end(&l);
}

static void test_sasl__oauth(void **state)
{
	(void)state;
	check_token("XOAUTH2",
		    "user=ann@example.org\x01" "auth=Bearer ya29.vF9==\x01\x01",
		    "");
	check_token("OAUTHBEARER",
		    "n,a=ann@example.org,\x01host=imap.example.org\x01"
		    "port=993\x01" "auth=Bearer ya29.vF9==\x01\x01",
		    "AQ==");
}

/* SCRAM: the vectors of RFC 5802 5. */
#define NONCE	     "fyko+d2lbbFgONRv9qkxdawL"
#define CLIENT_FIRST "n,,n=user,r=" NONCE
#define SERVER_NONCE NONCE "3rfcNHYJY1ZVvWVs7j"
#define SERVER_FIRST "r=" SERVER_NONCE ",s=QSXCR+Q6sek8bf92,i=4096"
#define CLIENT_FINAL                                                           \
	"c=biws,r=" SERVER_NONCE ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
#define SERVER_FINAL "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

static void start_scram(struct login *l)
{
	char want[256], b64[128];
	struct buf nonce;

	*l = (struct login){ .cred = { .user = str("user"),
				       .password = str("pencil") } };
	greet(l, "SASL-IR AUTH=SCRAM-SHA-1");
	buf_init(&nonce, sizeof(next_nonce));
	assert_int_equal(base64_decode(NONCE, strlen(NONCE), &nonce), 0);
	memcpy(next_nonce, nonce.data, nonce.len);
	next_nonce_len = nonce.len;
	buf_release(&nonce);
	start(l);
	encode(CLIENT_FIRST, strlen(CLIENT_FIRST), b64, sizeof(b64));
	(void)snprintf(want, sizeof(want), "AUTHENTICATE SCRAM-SHA-1 %s", b64);
	assert_string_equal(l->line, want);
}

static void test_sasl__scram(void **state)
{
	struct login l;

	(void)state;
	start_scram(&l);
	challenge(&l, SERVER_FIRST, strlen(SERVER_FIRST));
	expect_sent(&l, CLIENT_FINAL, strlen(CLIENT_FINAL));
	assert_false(imap4_sasl_complete(l.sasl));
	challenge(&l, SERVER_FINAL, strlen(SERVER_FINAL));
	assert_string_equal(l.line, "");
	assert_int_equal(l.step, 0);
	finish(&l, "OK in");
	assert_true(imap4_sasl_complete(l.sasl));
	end(&l);
}

/* RFC 5802 5: a server that does not know the password can say OK, too. */
static void test_sasl__scram_demands_the_proof(void **state)
{
	struct login l;

	(void)state;
	start_scram(&l);
	challenge(&l, SERVER_FIRST, strlen(SERVER_FIRST));
	finish(&l, "OK trust me");
	assert_false(imap4_sasl_complete(l.sasl));
	end(&l);

	start_scram(&l);
	finish(&l, "OK trust me");
	assert_false(imap4_sasl_complete(l.sasl));
	end(&l);
}

static void expect_scram_given_up(const char *server_first,
				  const char *server_final)
{
	struct login l;

	start_scram(&l);
	challenge(&l, server_first, strlen(server_first));
	if (server_final) {
		assert_int_equal(l.step, 0);
		challenge(&l, server_final, strlen(server_final));
	}
	assert_int_equal(l.step, IMAP4_EAUTH);
	assert_string_equal(l.line, "*");
	finish(&l, "OK trust me");
	assert_false(imap4_sasl_complete(l.sasl));
	end(&l);
}

static void test_sasl__scram_gives_up_on_bad_servers(void **state)
{
	(void)state;
	expect_scram_given_up(SERVER_FIRST, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	expect_scram_given_up(SERVER_FIRST, "e=other-error");
	expect_scram_given_up("r=XYZ,s=QSXCR+Q6sek8bf92,i=4096", NULL);
	expect_scram_given_up("m=x,r=" NONCE "x,s=QSXCR+Q6sek8bf92,i=4096",
			      NULL);
	/* Hours of work. */
	expect_scram_given_up("r=" NONCE "x,s=QSXCR+Q6sek8bf92,i=4294967295",
			      NULL);
	expect_scram_given_up("r=" NONCE "x,s=QSXCR+Q6sek8bf92,i=999999999",
			      NULL);
	expect_scram_given_up("r=" NONCE "x,s=QSXCR+Q6sek8bf92,i=1e3", NULL);
	expect_scram_given_up("", NULL);
	/* One message too many, behind a good proof. */
	struct login l;
	start_scram(&l);
	challenge(&l, SERVER_FIRST, strlen(SERVER_FIRST));
	challenge(&l, SERVER_FINAL, strlen(SERVER_FINAL));
	challenge(&l, "v=once more", 11);
	assert_string_equal(l.line, "*");
	assert_false(imap4_sasl_complete(l.sasl));
	end(&l);
}

/* libgsasl's own server as the other side, with channel binding. */
static char server_binding[64];

static int server_callback(Gsasl *ctx, Gsasl_session *session,
			   Gsasl_property property)
{
	(void)ctx;
	switch (property) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, property, "pencil");
	case GSASL_CB_TLS_UNIQUE:
	case GSASL_CB_TLS_EXPORTER:
		return server_binding[0]
			   ? gsasl_property_set(session, property,
						server_binding)
			   : GSASL_NO_CALLBACK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* Hands our last line to the server. Its answer becomes a challenge. */
static int server_step(struct login *l, Gsasl_session *server, const char *b64)
{
	struct buf in;
	char *out = NULL;
	size_t len = 0;

	buf_init(&in, 4096);
	assert_int_equal(base64_decode(b64, strlen(b64), &in), 0);
	int rc = gsasl_step(server, in.data ? in.data : "", in.len, &out, &len);
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		challenge(l, out, len);
	gsasl_free(out);
	buf_release(&in);
	return rc;
}

/* Returns whether both sides are content. */
static bool scram_session(const char *mechanism, int binding,
			  const char *server_data)
{
	char offer[64];
	Gsasl *ctx;
	Gsasl_session *server;
	struct login l = { .cred = { .user = str("us,er=\xc3\xbc"),
				     .password = str("pencil") } };

	l.channel.binding.type = binding;
	l.channel.binding.len = 12;
	memcpy(l.channel.binding.data, "the binding!", 12);
	encode(server_data, strlen(server_data), server_binding,
	       sizeof(server_binding));
	(void)snprintf(offer, sizeof(offer), "SASL-IR AUTH=%s", mechanism);
	greet(&l, offer);
	start(&l);
	assert_int_equal(gsasl_init(&ctx), GSASL_OK);
	gsasl_callback_set(ctx, server_callback);
	assert_int_equal(gsasl_server_start(ctx, mechanism, &server),
			 GSASL_OK);
	int rc = server_step(&l, server, strrchr(l.line, ' ') + 1);
	if (rc == GSASL_NEEDS_MORE)
		rc = server_step(&l, server, l.line);
	bool ok = rc == GSASL_OK && imap4_sasl_complete(l.sasl);
	assert_string_equal(imap4_sasl_mechanism(l.sasl), mechanism);
	gsasl_finish(server);
	gsasl_done(ctx);
	end(&l);
	return ok;
}

static void test_sasl__scram_against_another_implementation(void **state)
{
	(void)state;
	assert_true(scram_session("SCRAM-SHA-1", BINDING_NONE, ""));
	assert_true(scram_session("SCRAM-SHA-256", BINDING_NONE, ""));
	assert_true(scram_session("SCRAM-SHA-256-PLUS", BINDING_EXPORTER,
				  "the binding!"));
	assert_true(scram_session("SCRAM-SHA-1-PLUS", BINDING_UNIQUE,
				  "the binding!"));
	/* Somebody in the middle: two TLS sessions, two bindings. */
	assert_false(scram_session("SCRAM-SHA-256-PLUS", BINDING_EXPORTER,
				   "another one!"));
}

static void check_kat(const struct vector *v, void *ctx)
{
	const char *nonce = vectors_text(v->expected, "client_nonce");
	const char *result = vectors_text(v->expected, "result");
	const char *response = vectors_text(v->expected, "response");

	(void)ctx;
	if (nonce && result && strcmp(nonce, NONCE) == 0)
		expect_scram_given_up((const char *)v->raw, NULL);
	else if (result && strstr(v->name, "wrong signature"))
		expect_scram_given_up(SERVER_FIRST, (const char *)v->raw);
	if (!response)
		return;
	struct login l = {
		.channel = { .protected_ = true },
		.cred = { .user = str(vectors_text(v->expected, "user")),
			  .password =
			      str(vectors_text(v->expected, "password")) }
	};
	greet(&l, "AUTH=CRAM-MD5");
	start(&l);
	challenge(&l, (const char *)v->raw, v->len);
	expect_sent(&l, response, strlen(response));
	end(&l);
}

static void test_sasl__agrees_with_the_vectors(void **state)
{
	(void)state;
	(void)vectors_each("sasl-kat", check_kat, NULL);
}

/* curl's sessions: the lines that the client must send, in order. */
static const char *next_challenge(const json_t *replies, size_t *at)
{
	while (*at < json_array_size(replies)) {
		const char *reply =
		    json_string_value(json_array_get(replies, (*at)++));
		const char *plus = reply ? strstr(reply, " +") : NULL;
		if (plus)
			return plus[2] == ' ' ? plus + 3 : plus + 2;
	}
	return NULL;
}

static bool usable(const struct vector *v)
{
	static const char *const other[] = { "HTTP", "DIGEST-MD5",
					     "alternative", "OAUTHBEARER" };

	/* Redirects, what we do not have, and a port that is not told. */
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (strstr(v->name, other[i]))
			return false;
	}
	return true;
}

static void run_session(struct login *l, const json_t *lines,
			const json_t *replies)
{
	const char *text;
	char line[512];
	size_t at = 0;

	for (size_t i = 1; i < json_array_size(lines); i++) {
		const char *want = json_string_value(json_array_get(lines, i));
		if (i == 1) {
			start(l);
			want = strchr(want, ' ') + 1;
		} else if (want[0] == 'A' && want[1] == '0') {
			return;
		} else {
			text = next_challenge(replies, &at);
			assert_non_null(text);
			(void)snprintf(line, sizeof(line), "+ %s\r\n", text);
			feed(l, line);
			collect(l);
		}
		assert_string_equal(l->line, want);
	}
}

static void check_session(const struct vector *v, void *ctx)
{
	static const char *const external[] = { "external", NULL };
	const json_t *session = json_object_get(v->whole, "session");
	const json_t *auth = json_object_get(session, "auth");
	const json_t *capa = json_object_get(session, "capa");
	const char *mechanism = json_string_value(json_array_get(auth, 0));
	char offer[128];
	struct login l = { .channel = { .protected_ = true },
			   .cred = { .user = str("user"),
				     .password = str("secret") } };

	(void)ctx;
	if (!usable(v) || !mechanism)
		return;
	if (strcmp(mechanism, "XOAUTH2") == 0)
		l.cred.token = str("mF_9.B5f-4.1JqM");
	if (strcmp(mechanism, "EXTERNAL") == 0)
		l.cred.mechanisms = external;
	if (strstr(v->name, "without credentials"))
		l.cred.user = str("");
	(void)snprintf(offer, sizeof(offer), "%s AUTH=%s",
		       json_array_size(capa) > 0
			   ? json_string_value(json_array_get(capa, 0))
			   : "",
		       mechanism);
	/* curl puts the user name of LOGIN on the command line. */
	if (strcmp(mechanism, "LOGIN") == 0 && json_array_size(capa) > 0)
		return;
	greet(&l, offer);
	run_session(&l, json_object_get(v->expected, "client_lines"),
		    json_object_get(session, "replies"));
	end(&l);
}

static void test_sasl__agrees_with_other_clients(void **state)
{
	(void)state;
	(void)vectors_each("sasl-session", check_session, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sasl__chooses_the_strongest),
		cmocka_unit_test(
		    test_sasl__names_both_sides_where_nothing_fits),
		cmocka_unit_test(test_sasl__refuses_what_cannot_be_sent),
		cmocka_unit_test(test_sasl__plain),
		cmocka_unit_test(test_sasl__login),
		cmocka_unit_test(test_sasl__login_command),
		cmocka_unit_test(test_sasl__external),
		cmocka_unit_test(test_sasl__cram_md5),
		cmocka_unit_test(test_sasl__oauth),
		cmocka_unit_test(test_sasl__scram),
		cmocka_unit_test(test_sasl__scram_demands_the_proof),
		cmocka_unit_test(test_sasl__scram_gives_up_on_bad_servers),
		cmocka_unit_test(
		    test_sasl__scram_against_another_implementation),
		cmocka_unit_test(test_sasl__agrees_with_the_vectors),
		cmocka_unit_test(test_sasl__agrees_with_other_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
