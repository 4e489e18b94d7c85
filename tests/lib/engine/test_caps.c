/* SPDX-License-Identifier: MIT */
/* Capabilities: when they are learned and when they are forgotten. */
#include "tests/lib/engine/peer.h"

static void test_caps__words_in_any_case(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	assert_false(imap4_engine_has_capabilities(p.e));
	assert_string_equal(imap4_engine_capabilities(p.e), "");
	peer_server(&p, "* OK hi\r\n* CAPABILITY  imap4rev1 Auth=PLAIN "
			"{2}\r\na\n LITERAL +\r\n");
	assert_true(imap4_engine_has(p.e, "IMAP4rev1"));
	assert_true(imap4_engine_has(p.e, "AUTH=plain"));
	assert_false(imap4_engine_has(p.e, "AUTH"));
	assert_false(imap4_engine_has(p.e, "AUTH=PLAINER"));
	assert_false(imap4_engine_has(p.e, ""));
	assert_false(imap4_engine_has(p.e, "LITERAL+"));
	/* What is no word is left out. */
	assert_string_equal(imap4_engine_capabilities(p.e),
			    "imap4rev1 Auth=PLAIN LITERAL +");
	/* A new list replaces the old one. */
	peer_server(&p, "* CAPABILITY X\r\n");
	assert_false(imap4_engine_has(p.e, "IMAP4rev1"));
	peer_release(&p);
}

static void test_caps__disabled_stay_disabled(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	assert_int_equal(imap4_engine_disable(p.e, "qresync"), 0);
	assert_int_equal(imap4_engine_disable(p.e, "X"), 0);
	assert_int_equal(imap4_engine_disable(p.e, "a b"), IMAP4_EINVAL);
	assert_int_equal(imap4_engine_disable(p.e, ""), IMAP4_EINVAL);
	peer_server(&p, "* OK [CAPABILITY QRESYNC X Y] hi\r\n");
	assert_false(imap4_engine_has(p.e, "QRESYNC"));
	assert_false(imap4_engine_has(p.e, "X"));
	assert_true(imap4_engine_has(p.e, "Y"));
	peer_release(&p);
}

/* RFC 9051 6.2.3: after a login only what came with it counts. */
static void test_caps__login(void **state)
{
	static const struct {
		const char *reply;
		bool old, fresh;
	} rows[] = {
	    {"T1 OK in\r\n", false, false},
	    {"T1 OK [CAPABILITY NEW] in\r\n", false, true},
	    {"* CAPABILITY NEW\r\nT1 OK in\r\n", false, true},
	    {"* OK [CAPABILITY NEW] x\r\nT1 OK in\r\n", false, true},
	    {"T1 NO no\r\n", true, false},
	    {"T1 NO [CAPABILITY NEW] no\r\n", true, false},
	    {"* NO [CAPABILITY NEW] no\r\nT1 NO no\r\n", true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer p;
		peer_init(&p, NULL);
		peer_server(&p, "* OK [CAPABILITY OLD] hi\r\n");
		assert_int_equal(
		    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL),
		    0);
		peer_flush(&p);
		peer_server(&p, rows[i].reply);
		assert_int_equal(imap4_engine_has(p.e, "OLD"), rows[i].old);
		assert_int_equal(imap4_engine_has(p.e, "NEW"), rows[i].fresh);
		assert_int_equal(imap4_engine_has_capabilities(p.e),
				 rows[i].old || rows[i].fresh);
		peer_release(&p);
	}
}

/* The answer to a CAPABILITY sent before the LOGIN is from before the login. */
static void test_caps__answer_to_an_older_command(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_capability(p.e, NULL), 0);
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL), 0);
	peer_sends(&p, "T1 CAPABILITY\r\nT2 LOGIN u p\r\n");
	peer_server(&p, "* CAPABILITY OLD\r\nT1 OK x\r\nT2 OK in\r\n");
	assert_false(imap4_engine_has_capabilities(p.e));
	peer_release(&p);
}

static void test_caps__logindisabled(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK [CAPABILITY LOGINDISABLED] hi\r\n");
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL),
	    IMAP4_ESTATE);
	peer_release(&p);
}

static void test_caps__enabled(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY ENABLE QRESYNC X] hi\r\n");
	assert_false(imap4_engine_enabled(p.e, "CONDSTORE"));
	assert_int_equal(imap4_engine_enable(p.e, "CONDSTORE QRESYNC", NULL),
			 0);
	peer_flush(&p);
	for (int i = 0; i < 100; i++)
		peer_server(&p, "* ENABLED\r\n* ENABLED condstore QRESYNC\r\n");
	assert_true(imap4_engine_enabled(p.e, "CONDSTORE"));
	assert_true(imap4_engine_enabled(p.e, "qresync"));
	assert_false(imap4_engine_enabled(p.e, "UTF8=ACCEPT"));
	assert_string_equal(p.e->caps.enabled.data, "condstore QRESYNC");
	peer_release(&p);
}

/* Names in UTF-8 on one side only would be other names. */
static void test_caps__enabled_unasked(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY ENABLE QRESYNC] hi\r\n"
			"* ENABLED QRESYNC UTF8=ACCEPT\r\n");
	assert_false(imap4_engine_enabled(p.e, "QRESYNC"));
	assert_int_equal(imap4_engine_enable(p.e, "QRESYNC", NULL), 0);
	peer_flush(&p);
	peer_server(&p, "* ENABLED IMAP4rev2 UTF8=ACCEPT QRES QRESYNC\r\n"
			"T1 OK done\r\n* ENABLED UTF8=ACCEPT\r\n");
	assert_true(imap4_engine_enabled(p.e, "QRESYNC"));
	assert_false(imap4_engine_enabled(p.e, "UTF8=ACCEPT"));
	assert_string_equal(p.e->caps.enabled.data, "QRESYNC");
	assert_false(p.e->caps.utf8);
	peer_release(&p);
}

static void test_caps__not_offered_is_not_asked_for(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY ENABLE QRESYNC UTF8=ONLY] "
			"hi\r\n");
	assert_int_equal(imap4_engine_enable(p.e, "UIDONLY", NULL),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_enable(p.e, "QRESYNC X", NULL),
			 IMAP4_ESTATE);
	imap4_engine_command_begin(p.e, "ENABLE");
	imap4_engine_command_atom(p.e, "IMAP4rev2");
	assert_int_equal(imap4_engine_command_end(p.e, NULL), IMAP4_ESTATE);
	assert_int_equal(
	    imap4_engine_enable(p.e, "UTF8=ACCEPT CONDSTORE", NULL), 0);
	peer_sends(&p, "T1 ENABLE UTF8=ACCEPT CONDSTORE\r\n");
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_caps__words_in_any_case),
	    cmocka_unit_test(test_caps__disabled_stay_disabled),
	    cmocka_unit_test(test_caps__login),
	    cmocka_unit_test(test_caps__answer_to_an_older_command),
	    cmocka_unit_test(test_caps__logindisabled),
	    cmocka_unit_test(test_caps__enabled),
	    cmocka_unit_test(test_caps__enabled_unasked),
	    cmocka_unit_test(test_caps__not_offered_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
