/* SPDX-License-Identifier: MIT */
/* Logging in, and what is not done for the sake of a secret. */
#include "tests/lib/client/scripted.h"

#include <ifaddrs.h>

#define HELLO "S * OK [CAPABILITY IMAP4rev1] hi"

static void test_login__learns_the_capabilities(void **state)
{
	static const char *const told[] = {
	    HELLO, "C LOGIN ann \"a \\\"b\\\"\"",
	    "S %t OK [CAPABILITY IMAP4rev1 MOVE] in", "E", NULL};
	static const char *const asked[] = {
	    HELLO,
	    "C LOGIN ann \"a \\\"b\\\"\"",
	    "S %t OK in",
	    "C CAPABILITY",
	    "R * CAPABILITY IMAP4rev1 MOVE\r\n%t OK done\r\n",
	    "E",
	    NULL};
	static const char *const *const scripts[] = {told, asked};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct peer peer;
		struct imap4_client *c = scripted_open(&peer, scripts[i]);
		expect_ok(c, imap4_client_login(c, "ann", "a \"b\""));
		assert_true(imap4_engine_has(imap4_client_engine(c), "MOVE"));
		assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
		assert_int_equal(imap4_client_data(c)->n, 1);
		assert_non_null(
		    strstr(imap4_client_data(c)->item[0].text.p, "in"));
		scripted_close(c, &peer);
	}
}

static void test_login__refused(void **state)
{
	static const char *const script[] = {
	    HELLO, "C LOGIN ann x",
	    "S %t NO [AUTHENTICATIONFAILED] who are you", "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_login(c, "ann", "x"), IMAP4_EAUTH,
		     "LOGIN: NO [AUTHENTICATIONFAILED] who are you");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_NONAUTH);
	scripted_close(c, &peer);
}

static void test_login__respects_logindisabled(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi", "E", NULL};
	struct imap4_client_opts o = {.clear_password = true};
	struct peer peer;
	struct imap4_client *c = scripted_open_with(&peer, script, &o);

	(void)state;
	expect_error(
	    c, imap4_client_login(c, "ann", "x"), IMAP4_EAUTH,
	    "the server takes no password here (LOGINDISABLED): use TLS");
	scripted_close(c, &peer);
}

/* An address of this machine that others can be at the other end of. */
static bool find_address(struct in_addr *out)
{
	struct ifaddrs *all;
	bool found = false;

	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
		struct sockaddr_in a;
		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&a, i->ifa_addr, sizeof(a));
		found = ntohl(a.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
		*out = a.sin_addr;
	}
	freeifaddrs(all);
	return found;
}

static void test_login__sends_no_password_in_clear(void **state)
{
	static const char *const refused[] = {HELLO, "E", NULL};
	static const char *const allowed[] = {
	    HELLO, "C LOGIN ann x", "S %t OK [CAPABILITY IMAP4rev1] in", "E",
	    NULL};
	struct in_addr address;
	char host[INET_ADDRSTRLEN];

	(void)state;
	if (!find_address(&address))
		skip();
	assert_non_null(inet_ntop(AF_INET, &address, host, sizeof(host)));
	for (int allow = 0; allow < 2; allow++) {
		struct imap4_client_opts o = {.size = sizeof(o),
					      .timeout_ms = 3000,
					      .clear_password = allow};
		struct peer peer;
		peer_start_at(&peer, allow ? allowed : refused, NULL, address);
		struct imap4_client *c = imap4_client_open(host, peer.port, &o);
		expect_error(c, imap4_client_login(c, "ann", "x"),
			     allow ? 0 : IMAP4_EAUTH,
			     allow ? ""
				   : "the password would be sent in clear: "
				     "use TLS");
		scripted_close(c, &peer);
		assert_int_equal(peer.heard_len > 0, allow);
	}
}

static void test_login__in_the_wrong_state(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] hi",
	    "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_login(c, "ann", "x"), IMAP4_ESTATE,
		     "LOGIN is not possible without a selected mailbox");
	expect_error(c, imap4_client_login_plain(c, "ann", "x"), IMAP4_ESTATE,
		     "AUTHENTICATE is not possible without a selected "
		     "mailbox");
	expect_error(c, imap4_client_starttls(c, NULL), IMAP4_ESTATE,
		     "STARTTLS is not offered now");
	scripted_close(c, &peer);
}

struct steps {
	const char *answer; /* NULL: cancel */
	char heard[64];
	int count;
};

static int step(void *ctx, struct imap4_str challenge,
		struct imap4_str *response)
{
	struct steps *s = ctx;

	(void)snprintf(s->heard, sizeof(s->heard), "%.*s", (int)challenge.len,
		       challenge.p ? challenge.p : "");
	s->count++;
	if (!s->answer)
		return -1;
	*response = (struct imap4_str){s->answer, strlen(s->answer)};
	return 0;
}

static void test_login__authenticates_by_callback(void **state)
{
	static const char *const script[] = {
	    HELLO,      "C AUTHENTICATE X-OWN",
	    "S + ",     "C YWJj",
	    "S + eHl6", /* "xyz" */
	    "C YWJj",   "S %t OK [CAPABILITY IMAP4rev1] in",
	    "E",        NULL};
	struct steps s = {.answer = "abc"};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_authenticate(c, "X-OWN", step, &s));
	assert_int_equal(s.count, 2);
	assert_string_equal(s.heard, "xyz");
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	scripted_close(c, &peer);
}

static void test_login__cancels_by_callback(void **state)
{
	static const char *const script[] = {
	    HELLO, "C AUTHENTICATE X-OWN", "S + ",
	    "C *", "S %t BAD as you like", "E",
	    NULL};
	struct steps s = {0};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_authenticate(c, "X-OWN", step, &s),
		     IMAP4_EBAD, "AUTHENTICATE: BAD as you like");
	assert_int_equal(s.count, 1);
	assert_int_equal(
	    imap4_client_authenticate(c, "PLAIN\r\nz NOOP", step, &s),
	    IMAP4_EINVAL);
	scripted_close(c, &peer);
}

static void test_login__has_no_mechanism(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 AUTH=GSSAPI LOGINDISABLED] hi", "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	assert_int_equal(imap4_client_login_cram_md5(c, "ann", "x"),
			 IMAP4_EAUTH);
	assert_non_null(strstr(imap4_client_error(c), "CRAM-MD5"));
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	scripted_close(c, &peer);
}

static void test_login__tells_why_a_token_was_refused(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hi",
	    "C AUTHENTICATE XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgdG9rAQE=",
	    "S + eyJzdGF0dXMiOiI0MDEifQ==", /* {"status":"401"} */
	    "C ",
	    "S %t NO no",
	    "E",
	    NULL};
	const struct imap4_credentials cred = {
	    .size = sizeof(cred), .user = {"ann", 3}, .token = {"tok", 3}};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_login_sasl(c, &cred), IMAP4_EAUTH,
		     "XOAUTH2: NO no: {\"status\":\"401\"}");
	scripted_close(c, &peer);
}

/* The server says OK before it has shown that it knows the password. */
static void test_login__wants_proof_of_the_server(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256] hi",
	    "C AUTHENTICATE SCRAM-SHA-256", "S %t OK in", "E", NULL};
	static const char *const mechanisms[] = {"SCRAM-SHA-256", NULL};
	const struct imap4_credentials cred = {.size = sizeof(cred),
					       .user = {"ann", 3},
					       .password = {"x", 1},
					       .mechanisms = mechanisms};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	assert_true(imap4_client_login_sasl(c, &cred) < 0);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	assert_true(imap4_client_noop(c) < 0);
	scripted_close(c, &peer);
}

static void note(void *ctx, const char *line)
{
	char *all = ctx;
	size_t n = strlen(all);

	(void)snprintf(all + n, 8192 - n, "%s\n", line);
}

static void test_login__logs_without_secrets(void **state)
{
	static const char *const script[] = {
	    HELLO,
	    "C LOGIN ann \"pass word\"",
	    "S %t NO wrong",
	    "C AUTHENTICATE X-OWN",
	    "S + c2VjcmV0",
	    "C aHVzaA==",
	    "S %t OK [CAPABILITY IMAP4rev1] in",
	    "C NOOP",
	    "R * 1 EXISTS\r\n* NO disk\x1b full\r\n%t OK done\r\n",
	    "E",
	    NULL};
	char all[8192] = "", last[8192] = "";
	struct imap4_client_opts o = {.debug = 4, .log = note, .log_ctx = all};
	struct steps s = {.answer = "hush"};
	struct peer peer;
	struct imap4_client *c = scripted_open_with(&peer, script, &o);

	(void)state;
	assert_int_equal(imap4_client_login(c, "ann", "pass word"),
			 IMAP4_EAUTH);
	expect_ok(c, imap4_client_authenticate(c, "X-OWN", step, &s));
	assert_non_null(strstr(all, "S: * OK [CAPABILITY IMAP4rev1] hi\n"));
	assert_non_null(strstr(all, "LOGIN <secret> <secret>\n"));
	assert_null(strstr(all, "pass"));
	assert_null(strstr(all, "c2Vj"));
	assert_null(strstr(all, "aHVz"));
	all[0] = '\0';
	imap4_client_debug(c, 3, note, all);
	expect_ok(c, imap4_client_noop(c));
	assert_string_equal(all, "S: * 1 EXISTS\nS: * NO disk? full\n");
	imap4_client_print_log(c, note, last);
	assert_non_null(strstr(last, "C: "));
	assert_non_null(strstr(last, " NOOP\n"));
	assert_null(strstr(last, "pass"));
	scripted_close(c, &peer);
}

static void test_login__remembers_the_last_lines(void **state)
{
	enum { ROUNDS = 30 };
	const char *script[2 + 2 * ROUNDS + 1];
	char last[8192] = "";
	size_t n = 0, lines = 0;
	struct peer peer;

	(void)state;
	script[n++] = GREETING;
	for (int i = 0; i < ROUNDS; i++) {
		script[n++] = "C NOOP";
		script[n++] = "S %t OK done";
	}
	script[n++] = "E";
	script[n] = NULL;
	struct imap4_client *c = scripted_open(&peer, script);
	for (int i = 0; i < ROUNDS; i++)
		expect_ok(c, imap4_client_noop(c));
	imap4_client_print_log(c, note, last);
	for (const char *p = last; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 20);
	assert_null(strstr(last, "PREAUTH"));
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login__learns_the_capabilities),
	    cmocka_unit_test(test_login__refused),
	    cmocka_unit_test(test_login__respects_logindisabled),
	    cmocka_unit_test(test_login__sends_no_password_in_clear),
	    cmocka_unit_test(test_login__in_the_wrong_state),
	    cmocka_unit_test(test_login__authenticates_by_callback),
	    cmocka_unit_test(test_login__cancels_by_callback),
	    cmocka_unit_test(test_login__has_no_mechanism),
	    cmocka_unit_test(test_login__tells_why_a_token_was_refused),
	    cmocka_unit_test(test_login__wants_proof_of_the_server),
	    cmocka_unit_test(test_login__logs_without_secrets),
	    cmocka_unit_test(test_login__remembers_the_last_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
