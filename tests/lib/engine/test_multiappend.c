/* SPDX-License-Identifier: MIT */
/* Several messages in one APPEND (RFC 3502), and the end of them all when one
 * is refused. */
#include "tests/lib/engine/upload.h"

static void submit_three(struct peer *p)
{
	struct imap4_append msgs[3] = {upload_message(3), upload_message(4),
				       upload_message(5)};

	msgs[0].flags = "\\Seen";
	msgs[1].has_date = true;
	assert_int_equal(
	    imap4_engine_multiappend(p->e, peer_str("box"), msgs, 3, NULL), 0);
}

static void test_multiappend__in_one_command(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+ MULTIAPPEND");
	submit_three(&p);
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	upload_give(&p, 1, "one");
	upload_asks(&p, "APPEND_DATA 1 #1 4\n");
	upload_give(&p, 1, "two ");
	upload_asks(&p, "APPEND_DATA 1 #2 5\n");
	upload_give(&p, 1, "three");
	peer_sends(&p, "T1 APPEND box (\\Seen) {3+}\r\none "
		       "\"01-Jan-1970 00:00:00 +0000\" {4+}\r\ntwo  "
		       "{5+}\r\nthree\r\n");
	peer_server(&p, "T1 OK [APPENDUID 7 4:6] done\r\n");
	peer_logs(&p, "DONE 1 OK [APPENDUID 0 7 dst=4:6] text=done\n");
	peer_release(&p);

	upload_start(&p, "MULTIAPPEND");
	submit_three(&p);
	peer_sends(&p, "T1 APPEND box (\\Seen) {3}\r\n");
	peer_server(&p, "+\r\n");
	peer_logs(&p, "APPEND_DATA 1 #0 3\n");
	upload_give(&p, 1, "one");
	peer_sends(&p, "one \"01-Jan-1970 00:00:00 +0000\" {4}\r\n");
	upload_asks(&p, "");
	peer_server(&p, "T1 NO second is too much\r\n");
	peer_logs(&p, "DONE 1 NO text=second is too much\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T2 NOOP\r\n");
	peer_release(&p);
}

/* The rest of the literal, then the line ends: no further message begins. */
static void test_multiappend__refused_on_their_way(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+ MULTIAPPEND");
	submit_three(&p);
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	upload_give(&p, 1, "one");
	upload_give(&p, 1, "t");
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "T1 NO\r\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "   \r\nT2 NOOP\r\n");
	peer_server(&p, "T2 OK\r\n");
	peer_logs(&p, "DONE 1 NO text=\nDONE 2 OK text=\n");
	peer_release(&p);
}

static void test_multiappend__need_multiappend(void **state)
{
	struct imap4_append msgs[2] = {upload_message(3), upload_message(4)};
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	assert_int_equal(
	    imap4_engine_multiappend(p.e, peer_str("box"), msgs, 2, NULL),
	    IMAP4_ESTATE);
	assert_int_equal(
	    imap4_engine_multiappend(p.e, peer_str("box"), msgs, 1, NULL), 0);
	peer_sends(&p, "T1 APPEND box {3+}\r\n");
	peer_release(&p);
}

static void trace(void *ctx, char dir, const char *line, size_t len)
{
	struct buf *b = ctx;

	(void)buf_addf(b, "%c %.*s\n", dir, (int)len, line);
}

static void test_multiappend__trace_has_sizes_only(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "MULTIAPPEND");
	imap4_engine_trace(p.e, trace, &p.body);
	submit_three(&p);
	peer_flush(&p);
	peer_server(&p, "+\r\n");
	upload_give(&p, 1, "one");
	peer_flush(&p);
	buf_consume(&p.body, strlen("C aaaaaaaa"));
	peer_expect(&p.body, "1 APPEND box (\\Seen) {3 bytes} "
			     "\"01-Jan-1970 00:00:00 +0000\" {4 bytes} "
			     "{5 bytes}\nS +\n");
	imap4_engine_trace(p.e, NULL, NULL);
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_multiappend__in_one_command),
	    cmocka_unit_test(test_multiappend__refused_on_their_way),
	    cmocka_unit_test(test_multiappend__need_multiappend),
	    cmocka_unit_test(test_multiappend__trace_has_sizes_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
