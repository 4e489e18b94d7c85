/* SPDX-License-Identifier: MIT */
/* Access rights, quotas and annotations, on a real server. */
#include "tests/lib/client/live.h"

/* Whom rights can be given to. */
static const char *somebody(void)
{
	return live_is("courier") ? "anyone" : "test9";
}

static void test_live__getacl(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ACL");
	ok(c, imap4_client_getacl(c, live_box(c, "getacl")));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "getacl");
	live_expect(c, "lr");
	live_logout(c);
}

static void test_live__setacl(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ACL");
	const char *box = live_box(c, "setacl");
	ok(c, imap4_client_setacl(c, box, somebody(), "lr"));
	ok(c, imap4_client_getacl(c, box));
	live_expect(c, somebody());
	live_logout(c);
}

static void test_live__deleteacl(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ACL");
	const char *box = live_box(c, "deleteacl");
	ok(c, imap4_client_setacl(c, box, somebody(), "lr"));
	ok(c, imap4_client_deleteacl(c, box, somebody()));
	ok(c, imap4_client_getacl(c, box));
	assert_false(live_find(c, somebody()));
	live_logout(c);
}

static void test_live__myrights(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ACL");
	ok(c, imap4_client_myrights(c, live_box(c, "myrights")));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "lr");
	live_logout(c);
}

static void test_live__listrights(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "ACL");
	ok(c,
	   imap4_client_listrights(c, live_box(c, "listrights"), somebody()));
	assert_int_equal(live_count(c), 1);
	live_expect(c, somebody());
	live_logout(c);
}

static void test_live__getquotaroot(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "QUOTA");
	ok(c, imap4_client_getquotaroot(c, "INBOX"));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "INBOX");
	live_logout(c);
}

static void test_live__getquota(void **state)
{
	(void)state;
	if (!live_is("dovecot"))
		skip();
	struct imap4_client *c = live_login();
	ok(c, imap4_client_getquota(c, "User quota"));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "STORAGE");
	/* With that of a mailbox come the quotas themselves. */
	ok(c, imap4_client_getquotaroot(c, "INBOX"));
	ok(c, imap4_client_response(c, "QUOTA"));
	live_expect(c, "STORAGE");
	live_logout(c);
}

static void test_live__setquota(void **state)
{
	(void)state;
	if (!live_is("cyrus"))
		skip();
	/* The administrator may. */
	struct imap4_client *c = live_login_as("cyrus");
	ok(c, imap4_client_create(c, "user/setquota"));
	ok(c, imap4_client_setquota(c, "user/setquota", "(STORAGE 4096)"));
	ok(c, imap4_client_getquota(c, "user/setquota"));
	live_expect(c, "STORAGE 0 4096");
	ok(c, imap4_client_setquota(c, "user/setquota", ""));
	ok(c, imap4_client_getquota(c, "user/setquota"));
	assert_false(live_find(c, "4096"));
	live_logout(c);
}

static void test_live__setmetadata(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "METADATA");
	const char *box = live_box(c, "setmetadata");
	ok(c,
	   imap4_client_setmetadata(c, box, "/private/comment", "a \"note\""));
	ok(c, imap4_client_setmetadata(c, box, "/private/comment", NULL));
	ok(c, imap4_client_getmetadata(c, box, "/private/comment"));
	assert_false(live_find(c, "note"));
	live_logout(c);
}

static void test_live__getmetadata(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "METADATA");
	const char *box = live_box(c, "getmetadata");
	ok(c, imap4_client_setmetadata(c, box, "/private/comment", "my note"));
	ok(c, imap4_client_getmetadata(c, box, "/private/comment"));
	const struct imap4_item *item = imap4_client_data(c)->item;
	assert_true(live_count(c) > 0);
	assert_true(item[0].literal.p
			? strcmp(item[0].literal.p, "my note") == 0
			: strstr(item[0].text.p, "my note") != NULL);
	live_logout(c);
}

static void test_live__setannotation(void **state)
{
	(void)state;
	if (!live_is("cyrus"))
		skip();
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "setannotation");
	ok(c, imap4_client_setannotation(c, box, "/comment",
					 "(\"value.priv\" \"a note\")", "/sort",
					 "\"value.priv\" \"DATE\"", NULL));
	ok(c, imap4_client_getannotation(c, box, "/comment", "value.priv"));
	live_expect(c, "a note");
	ok(c, imap4_client_getannotation(c, box, "/sort", "value.priv"));
	live_expect(c, "DATE");
	live_logout(c);
}

static void test_live__getannotation(void **state)
{
	(void)state;
	if (!live_is("cyrus"))
		skip();
	struct imap4_client *c = live_login();
	ok(c, imap4_client_getannotation(c, live_box(c, "getannotation"),
					 "/comment", "value.priv"));
	live_logout(c);
}

static void test_live__proxyauth(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	/* None of the three has it; test_commands.c has the other answer. */
	int rc = imap4_client_proxyauth(c, "test 2");
	assert_true(rc == IMAP4_EBAD || rc == IMAP4_ENO);
	ok(c, imap4_client_noop(c));
	live_logout(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__getacl),
	    cmocka_unit_test(test_live__setacl),
	    cmocka_unit_test(test_live__deleteacl),
	    cmocka_unit_test(test_live__myrights),
	    cmocka_unit_test(test_live__listrights),
	    cmocka_unit_test(test_live__getquotaroot),
	    cmocka_unit_test(test_live__getquota),
	    cmocka_unit_test(test_live__setquota),
	    cmocka_unit_test(test_live__setmetadata),
	    cmocka_unit_test(test_live__getmetadata),
	    cmocka_unit_test(test_live__setannotation),
	    cmocka_unit_test(test_live__getannotation),
	    cmocka_unit_test(test_live__proxyauth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
