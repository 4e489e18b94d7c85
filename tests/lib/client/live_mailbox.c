/* SPDX-License-Identifier: MIT */
/* The commands on mailboxes, on a real server. */
#include "tests/lib/client/live.h"

static void test_live__select(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "select");

	(void)state;
	live_fill(c, box, 2);
	ok(c, imap4_client_select(c, box, false));
	assert_int_equal(live_count(c), 1);
	assert_string_equal(live_text(c, 0), "2");
	assert_false(imap4_client_is_readonly(c));
	/* The default mailbox, read-only. */
	ok(c, imap4_client_select(c, NULL, true));
	assert_true(imap4_client_is_readonly(c));
	live_logout(c);
}

static void test_live__select_refused(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_select(c, NULL, false));
	assert_int_equal(
	    imap4_client_select(c, live_name("no-such-box"), false), IMAP4_ENO);
	assert_string_equal(imap4_client_type(c), "NO");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_NONE);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	live_logout(c);
}

static void test_live__readonly(void **state)
{
	(void)state;
	if (!live_is("dovecot"))
		skip();
	/* A user with a mailbox whose rights do not allow to write. */
	struct imap4_client *c = live_login_as("acl");
	assert_int_equal(imap4_client_select(c, "ReadOnly", false),
			 IMAP4_EREADONLY);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_READONLY);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_SELECTED);
	assert_true(imap4_client_is_readonly(c));
	ok(c, imap4_client_fetch(c, "1", "(FLAGS)"));
	ok(c, imap4_client_select(c, "ReadOnly", true));
	live_logout(c);
}

static void test_live__examine(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "examine");

	(void)state;
	live_fill(c, box, 1);
	ok(c, imap4_client_examine(c, box));
	assert_string_equal(live_text(c, 0), "1");
	assert_true(imap4_client_is_readonly(c));
	/* Nothing is changed, whatever the server's way to say so. */
	(void)imap4_client_store(c, "1", "+FLAGS", "\\Deleted");
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_search(c, NULL, "DELETED", NULL));
	assert_string_equal(live_text(c, 0), "");
	live_logout(c);
}

static void test_live__response(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_select(c, NULL, false));
	ok(c, imap4_client_response(c, "uidvalidity"));
	assert_int_equal(live_count(c), 1);
	assert_true(strtoul(live_text(c, 0), NULL, 10) > 0);
	assert_string_equal(imap4_client_data(c)->item[0].name, "UIDVALIDITY");
	/* It was taken away. */
	ok(c, imap4_client_response(c, "UIDVALIDITY"));
	assert_int_equal(live_count(c), 0);
	ok(c, imap4_client_response(c, "FLAGS"));
	live_expect(c, "\\Seen");
	live_logout(c);
}

static void test_live__recent(void **state)
{
	struct imap4_client *c = live_login(), *other = live_login();
	const char *box = live_box(c, "recent");

	(void)state;
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_recent(c));
	assert_string_equal(live_text(c, 0), "0");
	ok(c, imap4_client_recent(c));
	assert_int_equal(live_count(c), 0);
	live_fill(other, box, 1);
	ok(c, imap4_client_recent(c));
	assert_true(live_count(c) > 0);
	/* Courier says 0. */
	if (!live_is("courier"))
		assert_string_equal(live_text(c, live_count(c) - 1), "1");
	live_logout(other);
	live_logout(c);
}

static void test_live__list(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	(void)live_box(c, "list-one");
	(void)live_box(c, "list two");
	ok(c, imap4_client_list(c, NULL, NULL));
	live_expect(c, "INBOX");
	ok(c, imap4_client_list(c, "", live_name("list%")));
	assert_int_equal(live_count(c), 2);
	live_expect(c, "list-one");
	live_expect(c, "list two");
	live_logout(c);
}

static void test_live__lsub(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "lsub");

	(void)state;
	ok(c, imap4_client_subscribe(c, box));
	ok(c, imap4_client_lsub(c, NULL, NULL));
	live_expect(c, "lsub");
	live_logout(c);
}

static void test_live__subscribe(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "subscribe");

	(void)state;
	ok(c, imap4_client_subscribe(c, box));
	ok(c, imap4_client_lsub(c, "", box));
	assert_int_equal(live_count(c), 1);
	live_logout(c);
}

static void test_live__unsubscribe(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "unsubscribe");

	(void)state;
	ok(c, imap4_client_subscribe(c, box));
	ok(c, imap4_client_unsubscribe(c, box));
	ok(c, imap4_client_lsub(c, "", box));
	assert_int_equal(live_count(c), 0);
	live_logout(c);
}

static void test_live__status(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "status of it");

	(void)state;
	live_fill(c, box, 3);
	ok(c, imap4_client_status(c, box, "(MESSAGES UNSEEN)"));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "MESSAGES 3");
	live_expect(c, "UNSEEN 3");
	ok(c, imap4_client_status(c, box, "MESSAGES"));
	live_expect(c, "MESSAGES 3");
	live_logout(c);
}

static void test_live__create(void **state)
{
	struct imap4_client *c = live_login();
	/* Also what is no atom, and no ASCII. */
	const char *box = live_box(c, "Entw\xc3\xbcrfe neu");

	(void)state;
	ok(c, imap4_client_select(c, box, false));
	assert_int_equal(imap4_client_create(c, box), IMAP4_ENO);
	live_logout(c);
}

static void test_live__delete(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "delete");

	(void)state;
	ok(c, imap4_client_delete(c, box));
	assert_int_equal(imap4_client_select(c, box, false), IMAP4_ENO);
	live_logout(c);
}

static void test_live__rename(void **state)
{
	struct imap4_client *c = live_login();
	char from[64], to[64];

	(void)state;
	(void)snprintf(from, sizeof(from), "%s", live_box(c, "rename from"));
	(void)snprintf(to, sizeof(to), "%s", live_name("rename to"));
	live_fill(c, from, 1);
	ok(c, imap4_client_rename(c, from, to));
	ok(c, imap4_client_select(c, to, false));
	assert_string_equal(live_text(c, 0), "1");
	assert_int_equal(imap4_client_select(c, from, false), IMAP4_ENO);
	live_logout(c);
}

/* What stands in a name stays in the name. */
static void test_live__no_injection(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	assert_true(imap4_client_create(c, "x\r\nz CREATE injected") < 0);
	assert_true(imap4_client_list(c, "", "\"\r\nz CREATE injected\r\n") <=
		    0);
	assert_true(imap4_client_status(c, "x", "(MESSAGES)\r\nz NOOP") ==
		    IMAP4_EINVAL);
	assert_true(imap4_client_xatom(c, "NOOP\r\nz CREATE injected", NULL) ==
		    IMAP4_EINVAL);
	ok(c, imap4_client_list(c, "", "*"));
	assert_false(live_find(c, "injected"));
	live_logout(c);
}

static void test_live__check(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	ok(c, imap4_client_select(c, NULL, false));
	ok(c, imap4_client_check(c));
	live_logout(c);
}

static void test_live__close(void **state)
{
	struct imap4_client *c = live_login();
	const char *box = live_box(c, "close");

	(void)state;
	live_fill(c, box, 2);
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_store(c, "1", "+FLAGS", "\\Deleted"));
	ok(c, imap4_client_close_mailbox(c));
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	ok(c, imap4_client_select(c, box, false));
	assert_string_equal(live_text(c, 0), "1");
	live_logout(c);
}

static void test_live__unselect(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "UNSELECT");
	const char *box = live_box(c, "unselect");
	live_fill(c, box, 2);
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_store(c, "1", "+FLAGS", "\\Deleted"));
	ok(c, imap4_client_unselect(c));
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	ok(c, imap4_client_select(c, box, false));
	assert_string_equal(live_text(c, 0), "2");
	live_logout(c);
}

static void test_live__namespace(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "NAMESPACE");
	ok(c, imap4_client_namespace(c));
	assert_int_equal(live_count(c), 1);
	live_expect(c, "((\"");
	live_logout(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__select),
	    cmocka_unit_test(test_live__select_refused),
	    cmocka_unit_test(test_live__readonly),
	    cmocka_unit_test(test_live__examine),
	    cmocka_unit_test(test_live__response),
	    cmocka_unit_test(test_live__recent),
	    cmocka_unit_test(test_live__list),
	    cmocka_unit_test(test_live__lsub),
	    cmocka_unit_test(test_live__subscribe),
	    cmocka_unit_test(test_live__unsubscribe),
	    cmocka_unit_test(test_live__status),
	    cmocka_unit_test(test_live__create),
	    cmocka_unit_test(test_live__delete),
	    cmocka_unit_test(test_live__rename),
	    cmocka_unit_test(test_live__no_injection),
	    cmocka_unit_test(test_live__check),
	    cmocka_unit_test(test_live__close),
	    cmocka_unit_test(test_live__unselect),
	    cmocka_unit_test(test_live__namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
