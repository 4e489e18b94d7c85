/* SPDX-License-Identifier: MIT */
/* Opening, encrypting, logging in and out, on a real server. */
#include "tests/lib/client/live.h"

static void test_live__open(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_NONAUTH);
	assert_non_null(strstr(imap4_client_welcome(c), "OK"));
	assert_true(live_has(c, "IMAP4rev1"));
	live_logout(c);
}

static void test_live__protocol(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	assert_string_equal(imap4_client_protocol(c), "IMAP4rev1");
	live_logout(c);
}

static void test_live__open_tls(void **state)
{
	struct imap4_tls *tls = live_tls();
	const struct imap4_client_opts o = {.size = sizeof(o), .tls = tls};
	struct imap4_client *c =
	    imap4_client_open_tls("localhost", live_tls_port(), &o);

	(void)state;
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	live_logout(c);
	imap4_tls_free(tls);
}

/* Nobody signed for it whom the system knows. */
static void test_live__open_tls_checks_the_certificate(void **state)
{
	struct imap4_client *c =
	    imap4_client_open_tls("localhost", live_tls_port(), NULL);

	(void)state;
	assert_int_equal(imap4_client_login(c, "a", "b"), IMAP4_ETLS);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	assert_non_null(strstr(imap4_client_error(c), "certificate"));
	imap4_client_free(c);
}

/* A command that speaks IMAP on its standard input and output. */
static void test_live__open_stream(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command),
		       "exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/%u; "
		       "cat <&3 & exec cat >&3'",
		       live_port());
	struct imap4_client *c = imap4_client_open_stream(command, NULL);
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	ok(c, imap4_client_select(c, NULL, false));
	live_logout(c);
}

static void test_live__starttls(void **state)
{
	struct imap4_tls *tls = live_tls();
	struct imap4_client *c = live_open();

	(void)state;
	ok(c, imap4_client_starttls(c, tls));
	assert_true(imap4_engine_has_capabilities(imap4_client_engine(c)));
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	assert_int_equal(imap4_client_starttls(c, tls), IMAP4_ESTATE);
	live_logout(c);
	imap4_tls_free(tls);
}

static void test_live__starttls_fails_for_good(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	assert_int_equal(imap4_client_starttls(c, NULL), IMAP4_ETLS);
	assert_int_equal(imap4_client_login(c, "a", "b"), IMAP4_ETLS);
	imap4_client_free(c);
}

static void test_live__login(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	assert_string_equal(imap4_client_type(c), "OK");
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	/* Known, whether the server said it by itself or not. */
	assert_true(live_has(c, "IDLE"));
	live_logout(c);
}

static void test_live__login_refused(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	assert_int_equal(
	    imap4_client_login(c, live_env("IMAP_USER"), "no \"way\""),
	    IMAP4_EAUTH);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	assert_string_equal(imap4_client_type(c), "NO");
	assert_null(strstr(imap4_client_error(c), "way"));
	/* It may try again. */
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	live_logout(c);
}

static int plain_step(void *ctx, struct imap4_str challenge,
		      struct imap4_str *response)
{
	static char message[128];
	int *steps = ctx;

	assert_int_equal(challenge.len, 0);
	(*steps)++;
	int n = snprintf(message, sizeof(message), "%c%s%c%s", 0,
			 live_env("IMAP_USER"), 0, LIVE_PASSWORD);
	*response = (struct imap4_str){message, (size_t)n};
	return 0;
}

static int cancel_step(void *ctx, struct imap4_str challenge,
		       struct imap4_str *response)
{
	(void)ctx;
	(void)challenge;
	(void)response;
	return -1;
}

static void test_live__authenticate(void **state)
{
	struct imap4_tls *tls = live_tls();
	const struct imap4_client_opts o = {.size = sizeof(o), .tls = tls};
	struct imap4_client *c =
	    imap4_client_open_tls("localhost", live_tls_port(), &o);
	int steps = 0;

	(void)state;
	/* Courier takes five seconds for each failure. */
	if (!live_is("courier")) {
		assert_true(imap4_client_authenticate(c, "PLAIN", cancel_step,
						      NULL) < 0);
		assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	}
	ok(c, imap4_client_authenticate(c, "PLAIN", plain_step, &steps));
	assert_int_equal(steps, 1);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	live_logout(c);
	imap4_tls_free(tls);
}

static void test_live__login_sasl(void **state)
{
	const struct imap4_credentials cred = {
	    .size = sizeof(cred),
	    .user = {live_env("IMAP_USER"), strlen(live_env("IMAP_USER"))},
	    .password = {LIVE_PASSWORD, strlen(LIVE_PASSWORD)},
	};
	struct imap4_client *c = live_open();

	(void)state;
	ok(c, imap4_client_login_sasl(c, &cred));
	ok(c, imap4_client_select(c, NULL, false));
	live_logout(c);
}

static void test_live__login_cram_md5(void **state)
{
	const char *user = live_env("IMAP_USER");
	struct imap4_client *c = live_open();

	(void)state;
	if (!live_is("courier"))
		assert_int_equal(imap4_client_login_cram_md5(c, user, "wrong"),
				 IMAP4_EAUTH);
	ok(c, imap4_client_login_cram_md5(c, user, LIVE_PASSWORD));
	live_logout(c);
}

static void test_live__login_plain(void **state)
{
	struct imap4_tls *tls = live_tls();
	struct imap4_client *c = live_open();

	(void)state;
	ok(c, imap4_client_starttls(c, tls));
	ok(c,
	   imap4_client_login_plain(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	live_logout(c);
	imap4_tls_free(tls);
}

static void test_live__logout(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_logout(c));
	assert_string_equal(imap4_client_type(c), "BYE");
	assert_int_equal(live_count(c), 1);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_LOGOUT);
	assert_int_equal(imap4_client_noop(c), IMAP4_ECLOSED);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	imap4_client_free(c);
}

static void test_live__state(void **state)
{
	struct imap4_client *c = live_open();

	(void)state;
	assert_int_equal(imap4_client_select(c, NULL, false), IMAP4_ESTATE);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	assert_int_equal(imap4_client_fetch(c, "1", "(FLAGS)"), IMAP4_ESTATE);
	assert_int_equal(imap4_client_login(c, "a", "b"), IMAP4_ESTATE);
	ok(c, imap4_client_select(c, NULL, false));
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_SELECTED);
	live_logout(c);
}

static void test_live__capability(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_capability(c));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "IMAP4rev1");
	live_logout(c);
}

static void test_live__noop(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_noop(c));
	assert_string_equal(imap4_client_type(c), "OK");
	assert_int_equal(live_count(c), 1);
	live_logout(c);
}

static void test_live__id(void **state)
{
	static const char *const fields[] = {"name", "imap \"four\"", "version",
					     "1", NULL};
	static const char *const odd[] = {"name", NULL};
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ID");
	ok(c, imap4_client_identify(c, fields));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "name");
	ok(c, imap4_client_identify(c, NULL));
	assert_int_equal(imap4_client_identify(c, odd), IMAP4_EINVAL);
	live_logout(c);
}

static void test_live__enable(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "CONDSTORE");
	assert_false(imap4_engine_enabled(imap4_client_engine(c), "CONDSTORE"));
	ok(c, imap4_client_enable(c, "CONDSTORE"));
	live_expect(c, "CONDSTORE");
	assert_true(imap4_engine_enabled(imap4_client_engine(c), "CONDSTORE"));
	live_logout(c);
}

static void test_live__xatom(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_xatom(c, "noop", NULL));
	/* BAD, or Courier's NO. */
	assert_true(imap4_client_xatom(c, "XNOSUCH", "a b", NULL) < 0);
	/* In either case, and as good as the call itself. */
	ok(c, imap4_client_xatom(c, "select", "INBOX", NULL));
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_SELECTED);
	live_logout(c);
}

static void note(void *ctx, const char *line)
{
	char *all = ctx;
	size_t n = strlen(all);

	(void)snprintf(all + n, 16384 - n, "%s\n", line);
}

static void test_live__debug(void **state)
{
	char all[16384] = "";
	const struct imap4_client_opts o = {
	    .size = sizeof(o), .debug = 4, .log = note, .log_ctx = all};
	struct imap4_client *c =
	    imap4_client_open("localhost", live_port(), &o);

	(void)state;
	ok(c, imap4_client_login(c, live_env("IMAP_USER"), LIVE_PASSWORD));
	assert_non_null(strstr(all, "S: * OK"));
	assert_non_null(strstr(all, "LOGIN"));
	assert_non_null(strstr(all, "<secret>"));
	assert_null(strstr(all, " " LIVE_PASSWORD));
	imap4_client_debug(c, 1, note, all);
	all[0] = '\0';
	ok(c, imap4_client_noop(c));
	assert_string_equal(all, "");
	assert_int_equal(imap4_client_select(c, "no such box", false),
			 IMAP4_ENO);
	assert_non_null(strstr(all, " NO "));
	live_logout(c);
}

static void test_live__print_log(void **state)
{
	char all[16384] = "";
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_noop(c));
	imap4_client_print_log(c, note, all);
	assert_non_null(strstr(all, "NOOP"));
	assert_null(strstr(all, " " LIVE_PASSWORD));
	live_logout(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__open),
	    cmocka_unit_test(test_live__protocol),
	    cmocka_unit_test(test_live__open_tls),
	    cmocka_unit_test(test_live__open_tls_checks_the_certificate),
	    cmocka_unit_test(test_live__open_stream),
	    cmocka_unit_test(test_live__starttls),
	    cmocka_unit_test(test_live__starttls_fails_for_good),
	    cmocka_unit_test(test_live__login),
	    cmocka_unit_test(test_live__login_refused),
	    cmocka_unit_test(test_live__authenticate),
	    cmocka_unit_test(test_live__login_sasl),
	    cmocka_unit_test(test_live__login_cram_md5),
	    cmocka_unit_test(test_live__login_plain),
	    cmocka_unit_test(test_live__logout),
	    cmocka_unit_test(test_live__state),
	    cmocka_unit_test(test_live__capability),
	    cmocka_unit_test(test_live__noop),
	    cmocka_unit_test(test_live__id),
	    cmocka_unit_test(test_live__enable),
	    cmocka_unit_test(test_live__xatom),
	    cmocka_unit_test(test_live__debug),
	    cmocka_unit_test(test_live__print_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
