/* SPDX-License-Identifier: MIT */
/* Synchronising literals: what waits for whom, and what becomes of the rest
 * when the server says no. */
#include "tests/lib/engine/peer.h"

static void start(struct peer *p, const char *caps)
{
	peer_init(p, NULL);
	(void)buf_addf(&p->body, "* PREAUTH [CAPABILITY %s] hi\r\n", caps);
	peer_server(p, p->body.data);
	buf_reset(&p->body);
	buf_reset(&p->log);
}

static void test_literal__waits_for_the_server(void **state)
{
	struct peer p;

	(void)state;
	start(&p, "X");
	assert_int_equal(imap4_engine_list(p.e, NULL, peer_str("\n"),
					   peer_str("\r\r"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 LIST {1}\r\n");
	/* Other data may come first. */
	peer_server(&p, "* 1 EXISTS\r\n+ go\r\n");
	peer_logs(&p, "EXISTS 1\n");
	peer_sends(&p, "\n {2}\r\n");
	peer_server(&p, "+\r\n");
	peer_sends(&p, "\r\r\r\nT2 NOOP\r\n");
	peer_server(&p, "T1 OK a\r\nT2 OK b\r\n");
	peer_logs(&p, "DONE 1 OK text=a\nDONE 2 OK text=b\n");
	peer_release(&p);
}

/* LITERAL+ and LITERAL- are for messages: a server that refuses a command by
 * what precedes the literal would take it for commands. */
static void test_literal__waits_whatever_is_offered(void **state)
{
	static const char *const offers[] = {"LITERAL+", "LITERAL-",
					     "IMAP4rev2"};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		start(&p, offers[i]);
		assert_int_equal(
		    imap4_engine_create(p.e, peer_str("\nT9 LOGOUT\n"), NULL),
		    0);
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		peer_sends(&p, "T1 CREATE {11}\r\n");
		peer_server(&p, "T1 BAD what is that\r\n");
		peer_sends(&p, "T2 NOOP\r\n");
		peer_release(&p);
	}
}

static void test_literal__refused(void **state)
{
	struct peer p;

	(void)state;
	start(&p, "X");
	assert_int_equal(imap4_engine_create(p.e, peer_str("\nxyz"), NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 CREATE {4}\r\n");
	peer_server(&p, "T1 NO [OVERQUOTA] no\r\n");
	peer_logs(&p, "DONE 1 NO [OVERQUOTA 0 0] text=no\n");
	/* The rest of it is never sent. */
	peer_sends(&p, "T2 NOOP\r\n");
	/* One "+" may have crossed; a second one did not. */
	peer_server(&p, "+ go\r\n");
	assert_int_equal(p.rc, 0);
	peer_sends(&p, "");
	peer_server(&p, "+ go\r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
	peer_release(&p);
}

static void test_literal__stray_only_right_behind(void **state)
{
	struct peer p;

	(void)state;
	start(&p, "X");
	assert_int_equal(imap4_engine_create(p.e, peer_str("\n"), NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 BAD no\r\n");
	peer_flush(&p);
	peer_server(&p, "T2 OK done\r\n+ go\r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
	peer_release(&p);
}

static void test_literal__server_out_of_turn(void **state)
{
	struct peer p;
	const void *data;

	(void)state;
	/* OK to a command that was not sent in full; "+" before the header. */
	for (int i = 0; i < 3; i++) {
		start(&p, "X");
		assert_int_equal(imap4_engine_create(p.e, peer_str("\n"), NULL),
				 0);
		size_t n = imap4_engine_write(p.e, &data);
		imap4_engine_sent(p.e, i == 0 ? n : n - 1);
		peer_server(&p, i == 0   ? "T1 OK done\r\n"
				: i == 1 ? "+ go\r\n"
					 : "T1 NO no\r\n");
		assert_int_equal(p.rc, IMAP4_EPROTO);
		peer_release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_literal__waits_for_the_server),
	    cmocka_unit_test(test_literal__waits_whatever_is_offered),
	    cmocka_unit_test(test_literal__refused),
	    cmocka_unit_test(test_literal__stray_only_right_behind),
	    cmocka_unit_test(test_literal__server_out_of_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
