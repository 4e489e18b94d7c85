/* SPDX-License-Identifier: MIT */
/* Logins against an engine that is fed by hand: what goes out, and that a
 * server which cannot prove itself is not believed. */
#include "tests/lib/net/login.h"
#include "tests/support/vectors.h"

#include <gsasl.h>
#include <stdlib.h>
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

static void test_sasl__plain(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, "SASL-IR AUTH=PLAIN");
	start(&l);
	assert_string_equal(l.line,
			    "AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
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
	static const char *const names[] = {"external", NULL};
	struct login l = {.cred = {.user = str(""), .mechanisms = names}};

	(void)state;
	greet(&l, "SASL-IR AUTH=EXTERNAL");
	start(&l);
	assert_string_equal(l.line, "AUTHENTICATE EXTERNAL =");
	end(&l);

	l = (struct login){.cred = {.user = str("user"), .mechanisms = names}};
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
	struct login l = {.channel = {.protected_ = true},
			  .cred = {.user = str("ann@example.org"),
				   .token = str("ya29.vF9=="),
				   .host = "imap.example.org",
				   .port = 993}};

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
		    "user=ann@example.org\x01"
		    "auth=Bearer ya29.vF9==\x01\x01",
		    "");
	check_token("OAUTHBEARER",
		    "n,a=ann@example.org,\x01host=imap.example.org\x01"
		    "port=993\x01"
		    "auth=Bearer ya29.vF9==\x01\x01",
		    "AQ==");
}

/* SCRAM: the vectors of RFC 5802 5. */
#define NONCE        "fyko+d2lbbFgONRv9qkxdawL"
#define CLIENT_FIRST "n,,n=user,r=" NONCE
#define SERVER_NONCE NONCE "3rfcNHYJY1ZVvWVs7j"
#define SERVER_FIRST "r=" SERVER_NONCE ",s=QSXCR+Q6sek8bf92,i=4096"
#define CLIENT_FINAL "c=biws,r=" SERVER_NONCE ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
#define SERVER_FINAL "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

static void start_scram(struct login *l)
{
	char want[256], b64[128];
	struct buf nonce;

	*l = (struct login){
	    .cred = {.user = str("user"), .password = str("pencil")}};
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
		return server_binding[0] ? gsasl_property_set(session, property,
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
	const char *const names[] = {mechanism, NULL};
	char offer[64];
	Gsasl *ctx;
	Gsasl_session *server;
	struct login l = {.cred = {.user = str("us,er=\xc3\xbc"),
				   .password = str("pencil"),
				   .mechanisms = names}};

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
	assert_int_equal(gsasl_server_start(ctx, mechanism, &server), GSASL_OK);
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
	assert_true(
	    scram_session("SCRAM-SHA-1-PLUS", BINDING_UNIQUE, "the binding!"));
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
	    .channel = {.protected_ = true},
	    .cred = {.user = str(vectors_text(v->expected, "user")),
		     .password = str(vectors_text(v->expected, "password"))}};
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
	static const char *const other[] = {"HTTP", "DIGEST-MD5", "alternative",
					    "OAUTHBEARER", "cancellation"};

	/* Redirects, what we do not have, a port that is not told, and a
	 * challenge that is no base64: there our engine gives up the whole
	 * connection. */
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
	static const char *const external[] = {"external", NULL};
	const json_t *session = json_object_get(v->whole, "session");
	const json_t *auth = json_object_get(session, "auth");
	const json_t *capa = json_object_get(session, "capa");
	const char *mechanism = json_string_value(json_array_get(auth, 0));
	char offer[128];
	struct login l = {
	    .channel = {.protected_ = true},
	    .cred = {.user = str("user"), .password = str("secret")}};

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
	    cmocka_unit_test(test_sasl__plain),
	    cmocka_unit_test(test_sasl__login),
	    cmocka_unit_test(test_sasl__login_command),
	    cmocka_unit_test(test_sasl__external),
	    cmocka_unit_test(test_sasl__cram_md5),
	    cmocka_unit_test(test_sasl__oauth),
	    cmocka_unit_test(test_sasl__scram),
	    cmocka_unit_test(test_sasl__scram_demands_the_proof),
	    cmocka_unit_test(test_sasl__scram_gives_up_on_bad_servers),
	    cmocka_unit_test(test_sasl__scram_against_another_implementation),
	    cmocka_unit_test(test_sasl__agrees_with_the_vectors),
	    cmocka_unit_test(test_sasl__agrees_with_other_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
