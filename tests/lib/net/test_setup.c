/* SPDX-License-Identifier: MIT */
/* The way to ready: greetings of all kinds, capabilities, STARTTLS and the
 * attacks on it. */
#include "tests/lib/net/session.h"
#include "tests/support/vectors.h"

static void test_setup__is_ready_with_capabilities_in_the_greeting(void **state)
{
	static const char *const clear[] = {
	    "S * OK [CAPABILITY IMAP4rev1 IDLE] hi", "E", NULL};
	static const char *const secure[] = {
	    "T", "S * OK [CAPABILITY IMAP4rev1 IDLE] hi", "E", NULL};

	(void)state;
	expect_ready(IMAP4_SECURITY_NONE, clear, "greeting ready");
	expect_ready(IMAP4_SECURITY_TLS, secure, "greeting ready");
}

static void test_setup__asks_for_capabilities(void **state)
{
	static const char *const script[] = {"S * OK hi",
					     "C CAPABILITY",
					     "S * CAPABILITY IMAP4rev1 IDLE",
					     "S %t OK done",
					     "E",
					     NULL};

	(void)state;
	expect_ready(IMAP4_SECURITY_NONE, script,
		     "greeting capability OK ready");
}

static void test_setup__accepts_preauth_where_tls_is_not_demanded(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1] hi", "E", NULL};

	(void)state;
	expect_ready(IMAP4_SECURITY_NONE, script, "greeting ready");
}

static void check_starttls(struct client *cl)
{
	struct imap4_engine *e = imap4_conn_engine(cl->conn);

	/* What was learned in clear is forgotten. */
	assert_true(imap4_engine_has(e, "IDLE"));
	assert_false(imap4_engine_has(e, "MOVE"));
	assert_true(imap4_conn_protected(cl->conn));
	assert_string_equal(imap4_conn_tls_version(cl->conn), "TLSv1.3");
	leave(cl);
}

static void test_setup__starttls(void **state)
{
	static const char *const told[] = {
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS MOVE] hi",
	    "C STARTTLS",
	    "S %t OK go",
	    "T",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1 IDLE",
	    "S %t OK done",
	    "E",
	    NULL};
	static const char *const asked[] = {
	    "S * OK hi",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1 STARTTLS MOVE",
	    "S %t OK done",
	    "C STARTTLS",
	    "S %t OK go",
	    "T",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1 IDLE",
	    "S %t OK done",
	    "E",
	    NULL};
	const char *const *const scripts[] = {told, asked};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct client cl = {.on_ready = check_starttls};
		struct peer peer;
		session_run(&cl, IMAP4_SECURITY_STARTTLS, scripts[i], &peer);
		assert_true(cl.ready);
		assert_string_equal(peer.failure, "");
		/* Nothing that was said in clear is reported. */
		assert_string_equal(cl.events, "capability OK ready");
	}
}

static void start_tls_once(struct client *cl)
{
	bool secured = imap4_conn_tls_version(cl->conn)[0] != '\0';

	if (secured)
		check_starttls(cl);
	assert_int_equal(imap4_conn_starttls(cl->conn, tls),
			 secured ? IMAP4_ESTATE : 0);
}

static void test_setup__starttls_later(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS MOVE] hi",
	    "C STARTTLS",
	    "R * OK [ALERT] me\r\n%t OK go\r\n",
	    "T",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1 IDLE STARTTLS",
	    "S %t OK done",
	    "E",
	    NULL};
	struct client cl = {.on_ready = start_tls_once};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(peer.failure, "");
	assert_string_equal(cl.events, "greeting ready capability OK ready");
}

static void refuse_starttls(struct client *cl)
{
	assert_int_equal(imap4_conn_starttls(cl->conn, tls), IMAP4_ESTATE);
	leave(cl);
}

static void test_setup__starttls_later_only_where_it_can_be(void **state)
{
	static const char *const missing[] = {
	    "S * OK [CAPABILITY IMAP4rev1] hi", "E", NULL};
	static const char *const preauth[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi", "E", NULL};
	static const char *const *const scripts[] = {missing, preauth};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct client cl = {.on_ready = refuse_starttls};
		struct peer peer;
		session_run(&cl, IMAP4_SECURITY_NONE, scripts[i], &peer);
		assert_true(cl.ready);
		assert_string_equal(peer.failure, "");
	}
}

static void test_setup__starttls_cannot_be_injected(void **state)
{
	static const char *const same_segment[] = {
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "C STARTTLS",
	    "R %t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "E", NULL};
	static const char *const half_a_line[] = {
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "C STARTTLS",
	    "R %t OK go\r\n*", "E", NULL};

	(void)state;
	expect_end(IMAP4_SECURITY_STARTTLS, same_segment, IMAP4_EPROTO,
		   "bytes behind the answer to STARTTLS");
	expect_end(IMAP4_SECURITY_STARTTLS, half_a_line, IMAP4_EPROTO,
		   "bytes behind the answer to STARTTLS");
}

static void test_setup__starttls_hides_what_is_said_in_clear(void **state)
{
	static const char *const script[] = {
	    "R * OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n"
	    "* OK [ALERT] send your password to me\r\n"
	    "* 23 EXISTS\r\n",
	    "C STARTTLS",
	    "R * 1 EXPUNGE\r\n* OK [ALERT] me\r\n%t OK go\r\n",
	    "T",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1",
	    "S %t OK done",
	    "E",
	    NULL};

	(void)state;
	expect_ready(IMAP4_SECURITY_STARTTLS, script, "capability OK ready");
}

static void test_setup__starttls_refuses_preauth(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi", "E", NULL};

	(void)state;
	expect_end(IMAP4_SECURITY_STARTTLS, script, IMAP4_EPROTO,
		   "the server skips the login (PREAUTH) where STARTTLS is "
		   "demanded");
}

static void test_setup__starttls_is_never_optional(void **state)
{
	static const char *const missing[] = {
	    "S * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", "E", NULL};
	static const char *const asked[] = {"S * OK hi",
					    "C CAPABILITY",
					    "S * CAPABILITY IMAP4rev1",
					    "S %t OK done",
					    "E",
					    NULL};
	static const char *const mute[] = {"S * OK hi", "C CAPABILITY",
					   "S %t BAD what?", "E", NULL};
	static const char *const no[] = {
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "C STARTTLS",
	    "S %t NO not\x1btoday", "E", NULL};

	(void)state;
	expect_end(IMAP4_SECURITY_STARTTLS, missing, IMAP4_ETLS,
		   "the server does not offer STARTTLS");
	expect_end(IMAP4_SECURITY_STARTTLS, asked, IMAP4_ETLS,
		   "the server does not offer STARTTLS");
	expect_end(IMAP4_SECURITY_STARTTLS, mute, IMAP4_ETLS,
		   "the server does not offer STARTTLS");
	expect_end(IMAP4_SECURITY_STARTTLS, no, IMAP4_ETLS,
		   "the server refused STARTTLS: not?today");
}

static void test_setup__tells_how_it_was_refused(void **state)
{
	static const char *const bye[] = {"S * BYE too many connections", NULL};
	static const char *const nothing[] = {NULL};
	static const char *const reset[] = {"X", NULL};
	static const char *const no_tls[] = {"S * OK hi", "E", NULL};
	static const char *const other[] = {"S 220 hi", "E", NULL};
	static const char *const capability[] = {"S * OK hi", "C CAPABILITY",
						 "S %t NO", "E", NULL};

	(void)state;
	expect_end(IMAP4_SECURITY_NONE, bye, IMAP4_ECLOSED,
		   "the server refused the connection: too many connections");
	expect_end(IMAP4_SECURITY_NONE, nothing, IMAP4_ECLOSED,
		   "the server closed the connection without a greeting");
	expect_end(IMAP4_SECURITY_NONE, reset, IMAP4_ENET,
		   "connection reset by peer");
	expect_end(IMAP4_SECURITY_TLS, no_tls, IMAP4_ETLS,
		   "the server speaks IMAP without TLS on this port");
	expect_end(IMAP4_SECURITY_TLS, other, IMAP4_ETLS,
		   "the server does not speak TLS on this port");
	expect_end(IMAP4_SECURITY_NONE, capability, IMAP4_EPROTO,
		   "the server refused CAPABILITY: ");
}

static void test_setup__knows_what_is_not_imap(void **state)
{
	static const char *const http[] = {
	    "R HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "E",
	    NULL};
	struct client cl = {0};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, http, &peer);
	assert_false(cl.ready);
	assert_int_equal(cl.result, IMAP4_EPROTO);
	assert_true(strlen(cl.text) > 0);
}

/* The attacks of "Why TLS is better without STARTTLS": whatever is said in
 * clear, the connection ends, or TLS is up and nothing of it is left. */
static void append(char *out, size_t cap, const char *text)
{
	size_t n = strlen(out);

	for (; *text && n + 3 < cap; text++) {
		if (strncmp(text, "<tag>", 5) == 0) {
			out[n++] = '%';
			out[n++] = 't';
			text += 4;
		} else {
			out[n++] = *text;
		}
	}
	out[n] = '\0';
}

static void only_harmless_commands(const char *heard)
{
	while (*heard) {
		size_t len = strcspn(heard, "\r");
		const char *command = memchr(heard, ' ', len);
		assert_non_null(command);
		assert_true(strncmp(command, " CAPABILITY\r", 12) == 0 ||
			    strncmp(command, " STARTTLS\r", 10) == 0);
		heard += len + strspn(heard + len, "\r\n");
	}
}

static void check_attack(const struct vector *v, void *ctx)
{
	const json_t *s = json_object_get(v->whole, "session");
	const char *later = vectors_text(s, "after_greeting");
	char greeting[4096] = "R ", answer[4096] = "R ";
	const char *script[16];
	size_t n = 0;
	struct client cl = {.on_ready = leave};
	struct peer peer;

	(void)ctx;
	append(greeting, sizeof(greeting), vectors_text(s, "greeting"));
	append(greeting, sizeof(greeting), later ? later : "");
	append(answer, sizeof(answer), vectors_text(s, "starttls_response"));
	script[n++] = greeting;
	if (!strstr(greeting, "[CAPABILITY")) {
		script[n++] = "C CAPABILITY";
		script[n++] = "R * CAPABILITY IMAP4rev1 STARTTLS\r\n%t OK\r\n";
	}
	script[n++] = "C STARTTLS";
	script[n++] = answer;
	script[n++] = "T";
	script[n++] = "C CAPABILITY";
	script[n++] = "S * CAPABILITY IMAP4rev1 IDLE";
	script[n++] = "S %t OK done";
	script[n++] = "E";
	script[n] = NULL;
	session_run(&cl, IMAP4_SECURITY_STARTTLS, script, &peer);
	only_harmless_commands(peer.heard);
	if (cl.ready)
		assert_string_equal(cl.events, "capability OK ready");
	else
		assert_string_equal(cl.events, "");
	assert_true(cl.ready || cl.result == IMAP4_EPROTO ||
		    cl.result == IMAP4_ETLS || cl.result == IMAP4_ECLOSED);
}

static void test_setup__withstands_the_known_attacks(void **state)
{
	(void)state;
	(void)vectors_each("starttls-session", check_attack, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_setup__is_ready_with_capabilities_in_the_greeting),
	    cmocka_unit_test(test_setup__asks_for_capabilities),
	    cmocka_unit_test(
		test_setup__accepts_preauth_where_tls_is_not_demanded),
	    cmocka_unit_test(test_setup__starttls),
	    cmocka_unit_test(test_setup__starttls_later),
	    cmocka_unit_test(test_setup__starttls_later_only_where_it_can_be),
	    cmocka_unit_test(test_setup__starttls_cannot_be_injected),
	    cmocka_unit_test(test_setup__starttls_hides_what_is_said_in_clear),
	    cmocka_unit_test(test_setup__starttls_refuses_preauth),
	    cmocka_unit_test(test_setup__starttls_is_never_optional),
	    cmocka_unit_test(test_setup__tells_how_it_was_refused),
	    cmocka_unit_test(test_setup__knows_what_is_not_imap),
	    cmocka_unit_test(test_setup__withstands_the_known_attacks),
	};

	return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
