/* SPDX-License-Identifier: MIT */
/* IDLE: DONE never before the server's "+", and what waited right behind it. */
#include "tests/lib/engine/peer.h"

static struct peer p;

static int setup(void **state)
{
	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY IDLE] hi\r\n");
	buf_reset(&p.log);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	return 0;
}

static void idle(void)
{
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	peer_sends(&p, "T1 IDLE\r\n");
}

/* The example of RFC 2177, and a command that is ready before its end. */
static void test_idle__example(void **state)
{
	for (size_t piece = 0; piece < 2; piece++) {
		p.piece = piece;
		idle();
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		peer_sends(&p, "");
		peer_server(&p, "+ idling\r\n* 2 EXPUNGE\r\n* 3 EXISTS\r\n");
		peer_sends(&p, "");
		peer_logs(&p, "IDLING 1\nEXPUNGE 2\nEXISTS 3\n");
		assert_int_equal(imap4_engine_idle_done(p.e), 0);
		peer_sends(&p, "DONE\r\nT2 NOOP\r\n");
		peer_server(&p, "* 4 EXISTS\r\nT1 OK ended\r\nT2 OK\r\n");
		peer_logs(&p, "EXISTS 4\nDONE 1 OK text=ended\n"
			      "DONE 2 OK text=\n");
		assert_int_equal(p.rc, 0);
		(void)teardown(state);
		(void)setup(state);
	}
}

/* iCloud sends "+" without a blank, others events before it. */
static void test_idle__done_waits_for_the_server(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	assert_int_equal(imap4_engine_idle_done(p.e), IMAP4_ESTATE);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 IDLE\r\n");
	peer_server(&p, "* 1 EXISTS\r\n");
	peer_sends(&p, "");
	peer_server(&p, "+\r\n");
	peer_sends(&p, "DONE\r\nT2 NOOP\r\n");
	peer_server(&p, "T1 OK\r\nT2 OK\r\n");
	peer_logs(&p, "EXISTS 1\nIDLING 1\nDONE 1 OK text=\n"
		      "DONE 2 OK text=\n");
}

static void test_idle__one_after_the_other(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	peer_sends(&p, "T1 IDLE\r\n");
	peer_server(&p, "+ \r\n");
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	peer_sends(&p, "DONE\r\nT2 IDLE\r\n");
	/* Nobody knows for which one this "+" is but by the order. */
	peer_server(&p, "T1 OK\r\n+ \r\n");
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	peer_sends(&p, "DONE\r\n");
	peer_server(&p, "T2 OK\r\n");
	assert_int_equal(imap4_engine_idle_done(p.e), IMAP4_ESTATE);
	peer_logs(&p, "IDLING 1\nDONE 1 OK text=\nIDLING 2\nDONE 2 OK text=\n");
}

static void test_idle__refused(void **state)
{
	(void)state;
	idle();
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	peer_server(&p, "T1 NO not here\r\n");
	peer_sends(&p, "T2 NOOP\r\n");
	peer_server(&p, "T2 OK\r\n");
	peer_logs(&p, "DONE 1 NO text=not here\nDONE 2 OK text=\n");
}

static void test_idle__ended_by_the_server(void **state)
{
	(void)state;
	idle();
	peer_server(&p, "+ \r\nT1 OK enough\r\n");
	peer_logs(&p, "IDLING 1\nDONE 1 OK text=enough\n");
	assert_int_equal(imap4_engine_idle_done(p.e), IMAP4_ESTATE);
	peer_sends(&p, "");
}

static void test_idle__lost(void **state)
{
	(void)state;
	idle();
	peer_server(&p, "+ \r\n* BYE timeout\r\n");
	imap4_engine_close(p.e);
	peer_feed(&p, "", 0);
	peer_logs(&p, "IDLING 1\nSTATUS 0 BYE text=timeout\n"
		      "DONE 1 LOST\n");
	assert_int_equal(imap4_engine_idle_done(p.e), IMAP4_ECLOSED);
	assert_int_equal(imap4_engine_idle(p.e, NULL), IMAP4_ECLOSED);
}

static void test_idle__plus_out_of_turn(void **state)
{
	(void)state;
	/* Before it was sent. */
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	peer_server(&p, "+ \r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
	(void)teardown(state);
	(void)setup(state);
	/* Twice. */
	idle();
	peer_server(&p, "+ \r\n+ \r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
}

static void see(void *ctx, char dir, const char *line, size_t len)
{
	(void)buf_addf(ctx, "%c%.*s\n", dir, (int)len, line);
}

static void test_idle__is_traced(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	imap4_engine_trace(p.e, see, &b);
	assert_int_equal(imap4_engine_idle(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "+ x\r\n");
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	assert_non_null(strstr(b.data, "1 IDLE\nS+ x\nCDONE\n"));
	buf_release(&b);
}

/* The room for DONE is made when IDLE is queued. */
static void test_idle__done_has_room(void **state)
{
	size_t n = 0;

	(void)state;
	idle();
	while (imap4_engine_create(p.e, (struct imap4_str){"x", 1}, NULL) == 0)
		n++;
	assert_int_equal(n, 4095);
	peer_server(&p, "+ \r\n");
	assert_int_equal(imap4_engine_idle_done(p.e), 0);
	peer_flush(&p);
	assert_memory_equal(p.sent.data, "DONE\r\nT2 CREATE x\r\n", 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_idle__example, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_idle__done_waits_for_the_server, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_idle__one_after_the_other,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_idle__refused, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_idle__ended_by_the_server,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_idle__lost, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_idle__plus_out_of_turn, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_idle__is_traced, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_idle__done_has_room, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
