/* SPDX-License-Identifier: MIT */
/* Which commands are allowed when, and which of them others must not overtake.
 */
#include "tests/lib/engine/peer.h"

static void test_queue__state_that_will_be(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_namespace(p.e, NULL), IMAP4_ESTATE);
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL), 0);
	/* As if the LOGIN had succeeded. */
	assert_int_equal(imap4_engine_starttls(p.e, NULL), IMAP4_ESTATE);
	assert_int_equal(imap4_engine_enable(p.e, "QRESYNC", NULL), 0);
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "ALL", NULL),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_enable(p.e, "X", NULL), IMAP4_ESTATE);
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "ALL", NULL), 0);
	assert_int_equal(imap4_engine_unselect(p.e, NULL), 0);
	assert_int_equal(imap4_engine_unselect(p.e, NULL), IMAP4_ESTATE);
	assert_int_equal(imap4_engine_logout(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ECLOSED);
	/* The LOGIN is a barrier, the others are not. */
	peer_sends(&p, "T1 LOGIN u p\r\n");
	peer_server(&p, "T1 OK in\r\n");
	peer_sends(&p, "T2 ENABLE QRESYNC\r\nT3 SELECT a\r\n"
		       "T4 UID SEARCH ALL\r\nT5 UNSELECT\r\nT6 LOGOUT\r\n");
	peer_release(&p);
}

/* What was queued behind a LOGIN that fails comes back as the server says. */
static void test_queue__failure_is_replanned(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL), 0);
	assert_int_equal(imap4_engine_namespace(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 NO no\r\n");
	peer_flush(&p);
	assert_int_equal(imap4_engine_namespace(p.e, NULL), IMAP4_ESTATE);
	peer_server(&p, "T2 BAD not now\r\n");
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("u"), peer_str("p"), NULL), 0);
	peer_release(&p);
}

static void test_queue__starttls_waits_for_all_before(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_capability(p.e, NULL), 0);
	assert_int_equal(imap4_engine_starttls(p.e, NULL), 0);
	peer_sends(&p, "T1 CAPABILITY\r\n");
	peer_server(&p, "T1 OK done\r\n");
	peer_sends(&p, "T2 STARTTLS\r\n");
	peer_release(&p);
}

static void test_queue__answers_in_any_order(void **state)
{
	struct peer p;
	imap4_id id[4];

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	buf_reset(&p.log);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(imap4_engine_noop(p.e, &id[i]), 0);
	assert_int_equal(id[3], 4);
	peer_flush(&p);
	peer_server(&p, "T4 OK d\r\nT1 OK a\r\n");
	/* The last one left, so the tail moved. */
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T3 OK c\r\nT5 OK e\r\nT2 OK b\r\n");
	peer_logs(&p, "DONE 4 OK text=d\nDONE 1 OK text=a\n"
		      "DONE 3 OK text=c\nDONE 5 OK text=e\n"
		      "DONE 2 OK text=b\n");
	assert_int_equal(imap4_engine_pending(p.e), 0);
	assert_int_equal(p.e->reserved, 0);
	peer_release(&p);
}

/* Commands leave in one piece, whatever was sent of the ones before. */
static void test_queue__partial_sends(void **state)
{
	struct peer p;
	const void *data;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	for (unsigned i = 1; i <= 300; i++) {
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		size_t n = imap4_engine_write(p.e, &data);
		size_t most = n < 7 ? n : 7;
		(void)buf_add(&p.sent, data, most);
		imap4_engine_sent(p.e, most);
	}
	for (;;) {
		size_t n = imap4_engine_write(p.e, &data);
		if (n == 0)
			break;
		(void)buf_add(&p.sent, data, n);
		imap4_engine_sent(p.e, n);
	}
	for (unsigned i = 1; i <= 300; i++)
		(void)buf_addf(&p.body, "%s%u NOOP\r\n", p.e->prefix, i);
	assert_string_equal(p.sent.data, p.body.data);
	peer_release(&p);
}

/* A server that does not say BYE, as it should (RFC 9051 6.1.3). */
static void test_queue__logout_without_bye(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_logout(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_LOGOUT);
	assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ECLOSED);
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queue__logout_without_bye),
	    cmocka_unit_test(test_queue__state_that_will_be),
	    cmocka_unit_test(test_queue__failure_is_replanned),
	    cmocka_unit_test(test_queue__starttls_waits_for_all_before),
	    cmocka_unit_test(test_queue__answers_in_any_order),
	    cmocka_unit_test(test_queue__partial_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
