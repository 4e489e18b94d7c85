/* SPDX-License-Identifier: MIT */
/* Messages on their way to a scripted server: when they are asked for, when
 * they are refused, and what that leaves behind. */
#include "tests/lib/engine/upload.h"

#define MSG "Subject: x\r\n\r\n"

static void append(struct peer *p, uint64_t length)
{
	struct imap4_append a = upload_message(length);

	assert_int_equal(imap4_engine_append(p->e, &a, NULL), 0);
}

static void test_append__writes_its_arguments(void **state)
{
	static const struct {
		const char *flags;
		bool date;
		int zone;
		const char *sent;
	} table[] = {
	    {NULL, false, 0, "T1 APPEND box {14+}\r\n"},
	    {"", false, 0, "T1 APPEND box {14+}\r\n"},
	    {"\\Seen $a", false, 0, "T1 APPEND box (\\Seen $a) {14+}\r\n"},
	    {"\\Seen", true, -420,
	     "T1 APPEND box (\\Seen) \"17-Jul-1996 02:44:25 -0700\" "
	     "{14+}\r\n"},
	    {NULL, true, 0,
	     "T1 APPEND box \"17-Jul-1996 09:44:25 +0000\" {14+}\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct imap4_append a = upload_message(strlen(MSG));
		struct peer p;
		upload_start(&p, "LITERAL+");
		a.flags = table[i].flags;
		a.has_date = table[i].date;
		a.zone = table[i].zone;
		a.internaldate = 837596665;
		assert_int_equal(imap4_engine_append(p.e, &a, NULL), 0);
		peer_sends(&p, table[i].sent);
		upload_asks(&p, "APPEND_DATA 1 #0 14\n");
		upload_give(&p, 1, MSG);
		peer_sends(&p, MSG "\r\n");
		peer_server(&p, "T1 OK [APPENDUID 7 12] done\r\n");
		peer_logs(&p, "DONE 1 OK [APPENDUID 0 7 dst=12:12] "
			      "text=done\n");
		peer_release(&p);
	}
}

static void test_append__refuses_bad_arguments(void **state)
{
	static const char *const flags[] = {
	    "\\Seen) {3}",
	    "a\r\nT2 NOOP",
	    "a\nb",
	    "\\Seen\"",
	    " ",
	    "(\\Seen",
	    "a{3+}",
	    "\x80",
	    "a%",
	    "*",
	    "\\Seen \\\\Bad",
	    "a\x7f",
	    "\x01b",
	    "\\Recent",
	    "\\Seen \\recent",
	};
	const struct imap4_append good = upload_message(1);
	struct imap4_append a;
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+ MULTIAPPEND");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		a = good;
		a.flags = flags[i];
		assert_int_equal(imap4_engine_append(p.e, &a, NULL),
				 IMAP4_EINVAL);
	}
	a = good;
	a.length = 0;
	struct imap4_append two[] = {good, a};
	assert_int_equal(
	    imap4_engine_multiappend(p.e, good.mailbox, two, 2, NULL),
	    IMAP4_EINVAL);
	a.length = UINT64_C(1) << 63;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_EINVAL);
	a = good;
	a.has_date = true;
	a.zone = 100000;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_EINVAL);
	a.zone = 0;
	a.internaldate = INT64_MAX;
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_EINVAL);
	a = good;
	a.mailbox = (struct imap4_str){"a\0b", 3};
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_EINVAL);
	assert_int_equal(
	    imap4_engine_multiappend(p.e, good.mailbox, &good, 0, NULL),
	    IMAP4_EINVAL);
	assert_int_equal(imap4_engine_pending(p.e), 0);
	peer_sends(&p, "");
	peer_release(&p);
}

/* There is nothing to ask the caller for. */
static void test_append__of_nothing(void **state)
{
	struct imap4_append a = upload_message(0);
	struct peer p;

	(void)state;
	for (int plus = 0; plus < 2; plus++) {
		upload_start(&p, plus ? "LITERAL+" : "");
		assert_int_equal(imap4_engine_append(p.e, &a, NULL), 0);
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		if (!plus) {
			peer_sends(&p, "T1 APPEND box {0}\r\n");
			peer_server(&p, "+ go\r\n");
		}
		peer_sends(&p, plus ? "T1 APPEND box {0+}\r\n\r\nT2 NOOP\r\n"
				    : "\r\nT2 NOOP\r\n");
		peer_server(&p, "T1 OK done\r\nT2 OK done\r\n");
		peer_logs(&p, "DONE 1 OK text=done\nDONE 2 OK text=done\n");
		peer_release(&p);
	}
}

/* A name that needs a literal is one, and cannot start a command. */
static void test_append__mailbox_cannot_inject(void **state)
{
	struct imap4_append a = upload_message(2);
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	a.mailbox = peer_str("x\r\nT9 LOGOUT");
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), 0);
	peer_sends_literals(&p, "T1 APPEND {12}\r\nx\r\nT9 LOGOUT {2+}\r\n");
	peer_release(&p);
}

static void test_append__waits_for_the_server(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "");
	append(&p, 5);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T1 APPEND box {5}\r\n");
	upload_asks(&p, "");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "hello", 5),
			 IMAP4_ESTATE);
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "APPEND_DATA 1 #0 5\n");
	upload_give(&p, 1, "he");
	peer_sends(&p, "he");
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	upload_give(&p, 1, "llo");
	peer_sends(&p, "llo\r\nT2 NOOP\r\n");
	peer_server(&p, "T1 OK\r\nT2 OK\r\n");
	peer_logs(&p, "DONE 1 OK text=\nDONE 2 OK text=\n");
	peer_release(&p);
}

/* RFC 7888 5: LITERAL- is for up to 4096 octets. */
static void test_append__small_literals_go_unasked(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL-");
	append(&p, 4096);
	peer_sends(&p, "T1 APPEND box {4096+}\r\n");
	upload_asks(&p, "APPEND_DATA 1 #0 4096\n");
	peer_release(&p);

	upload_start(&p, "LITERAL-");
	append(&p, 4097);
	peer_sends(&p, "T1 APPEND box {4097}\r\n");
	upload_asks(&p, "");
	peer_release(&p);
}

static void test_append__several_go_in_order(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 3);
	append(&p, 4);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	assert_int_equal(imap4_engine_append_data(p.e, 2, "four", 4),
			 IMAP4_ESTATE);
	upload_give(&p, 1, "abc");
	upload_asks(&p, "APPEND_DATA 2 #0 4\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "x", 1),
			 IMAP4_ESTATE);
	upload_give(&p, 2, "four");
	peer_sends(&p, "T1 APPEND box {3+}\r\nabc\r\n"
		       "T2 APPEND box {4+}\r\nfour\r\nT3 NOOP\r\n");
	upload_asks(&p, "");
	peer_server(&p, "T1 OK\r\nT2 NO\r\nT3 OK\r\n");
	peer_logs(&p, "DONE 1 OK text=\nDONE 2 NO text=\nDONE 3 OK text=\n");
	peer_release(&p);
}

static void test_append__takes_no_more_than_is_left(void **state)
{
	static char chunk[IMAP4_APPEND_CHUNK + 1];
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 10);
	upload_asks(&p, "APPEND_DATA 1 #0 10\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "01234567890", 11),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_append_data(p.e, 2, "0", 1),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_append_data(p.e, 1, NULL, 0), 0);
	/* Asked once, until something came. */
	upload_asks(&p, "");
	upload_give(&p, 1, "0123456789");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "0", 1),
			 IMAP4_ESTATE);
	peer_release(&p);

	upload_start(&p, "LITERAL+");
	append(&p, UINT64_C(1) << 40);
	upload_asks(&p, "APPEND_DATA 1 #0 1099511627776\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, chunk, sizeof(chunk)),
			 IMAP4_ELIMIT);
	peer_release(&p);
}

/* What waits to be sent is bounded, whatever the caller does. */
static void test_append__window_is_bounded(void **state)
{
	static char chunk[IMAP4_APPEND_CHUNK];
	const size_t window = 2 * sizeof(chunk);
	size_t given = 0, most = 0;
	const void *out;
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 3000000);
	upload_asks(&p, "APPEND_DATA 1 #0 3000000\n");
	while (imap4_engine_append_data(p.e, 1, chunk, sizeof(chunk)) == 0)
		given += sizeof(chunk);
	assert_true(given > 0 && given <= window);
	assert_int_equal(imap4_engine_append_data(p.e, 1, chunk, sizeof(chunk)),
			 IMAP4_ELIMIT);
	upload_asks(&p, "");
	while (given < 3000000) {
		size_t n = imap4_engine_write(p.e, &out);
		most = n > most ? n : most;
		imap4_engine_sent(p.e, n < 1000 ? n : 1000);
		peer_feed(&p, "", 0);
		if (p.log.len == 0)
			continue;
		buf_reset(&p.log);
		size_t left = 3000000 - given;
		n = left < sizeof(chunk) ? left : sizeof(chunk);
		assert_int_equal(imap4_engine_append_data(p.e, 1, chunk, n), 0);
		given += n;
	}
	assert_true(most <= window);
	assert_true(p.e->out.cap <= 2 * window);
	peer_flush(&p);
	assert_true(p.e->out.cap <= 4096);
	peer_server(&p, "T1 OK\r\n");
	peer_logs(&p, "DONE 1 OK text=\n");
	peer_release(&p);
}

/* RFC 9051 7.6: no "+", no message. */
static void test_append__refused_instead_of_asked_for(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "");
	append(&p, 5);
	append(&p, 6);
	peer_sends(&p, "T1 APPEND box {5}\r\n");
	peer_server(&p, "T1 NO [TRYCREATE] no box\r\n");
	peer_logs(&p, "DONE 1 NO [TRYCREATE 0 0] text=no box\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "hello", 5),
			 IMAP4_ESTATE);
	peer_sends(&p, "T2 APPEND box {6}\r\n");
	peer_server(&p, "+ go\r\nT2 BAD\r\n");
	peer_logs(&p, "DONE 2 BAD text=\n");
	peer_release(&p);
}

/* The octets that were announced follow all the same: the server counts. */
static void test_append__refused_on_its_way(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 5);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	upload_give(&p, 1, "he");
	peer_sends(&p, "T1 APPEND box {5+}\r\nhe");
	upload_asks(&p, "APPEND_DATA 1 #0 3\n");
	peer_server(&p, "T1 NO [OVERQUOTA] full\r\n");
	peer_logs(&p, "DONE 1 NO [OVERQUOTA 0 0] text=full\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "llo", 3),
			 IMAP4_ESTATE);
	peer_sends(&p, "   \r\nT2 NOOP\r\n");
	peer_server(&p, "T2 OK\r\n");
	peer_logs(&p, "DONE 2 OK text=\n");
	peer_release(&p);
}

/* All is queued here, but not all of it has left. */
static void test_append__refused_before_its_end_is_sent(void **state)
{
	const void *out;
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 5);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	upload_give(&p, 1, "hello");
	assert_true(imap4_engine_write(p.e, &out) > 30);
	imap4_engine_sent(p.e, 30);
	peer_server(&p, "T1 NO\r\n");
	peer_logs(&p, "DONE 1 NO text=\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "lo\r\nT2 NOOP\r\n");
	peer_release(&p);
}

/* The rest of a large one is made up in pieces. */
static void test_append__padding_is_bounded(void **state)
{
	const size_t length = 1000000;
	size_t total = 0, blanks = 0;
	const void *out;
	size_t n;
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, length);
	peer_sends(&p, "T1 APPEND box {1000000+}\r\n");
	peer_server(&p, "T1 NO\r\n");
	peer_logs(&p, "DONE 1 NO text=\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	while ((n = imap4_engine_write(p.e, &out)) > 0) {
		const char *s = out;
		assert_true(n <= 2 * IMAP4_APPEND_CHUNK);
		for (size_t i = 0; i < n && total + i < length; i++)
			blanks += s[i] == ' ';
		total += n;
		if (total > length)
			assert_memory_equal(s + n - 7, " NOOP\r\n", 7);
		imap4_engine_sent(p.e, n);
	}
	assert_int_equal(blanks, length);
	assert_int_equal(total, length + strlen("\r\naaaaaaaa2 NOOP\r\n"));
	peer_release(&p);
}

/* A reply that is planted before its command, or a success too early. */
static void test_append__answered_too_early(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 5);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	peer_server(&p, "T1 NO\r\n");
	peer_logs(&p, "ERROR -4\n");
	peer_release(&p);

	upload_start(&p, "LITERAL+");
	append(&p, 5);
	peer_sends(&p, "T1 APPEND box {5+}\r\n");
	peer_server(&p, "T1 OK\r\n");
	peer_logs(&p, "ERROR -4\n");
	peer_release(&p);

	upload_start(&p, "");
	append(&p, 5);
	upload_asks(&p, "");
	peer_server(&p, "+ go\r\n");
	peer_logs(&p, "ERROR -4\n");
	peer_release(&p);
}

static void test_append__is_taken_back(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 5);
	append(&p, 6);
	append(&p, 7);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	assert_int_equal(imap4_engine_append_abort(p.e, 1), IMAP4_ESTATE);
	assert_int_equal(imap4_engine_append_abort(p.e, 9), IMAP4_EINVAL);
	assert_int_equal(imap4_engine_append_abort(p.e, 2), 0);
	assert_int_equal(imap4_engine_append_abort(p.e, 2), IMAP4_EINVAL);
	assert_int_equal(imap4_engine_pending(p.e), 2);
	upload_give(&p, 1, "hello");
	upload_asks(&p, "APPEND_DATA 3 #0 7\n");
	upload_give(&p, 3, "goodbye");
	peer_sends(&p, "T1 APPEND box {5+}\r\nhello\r\n"
		       "T3 APPEND box {7+}\r\ngoodbye\r\n");
	peer_server(&p, "T1 OK\r\nT3 OK\r\n");
	peer_logs(&p, "DONE 1 OK text=\nDONE 3 OK text=\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	assert_int_equal(imap4_engine_append_abort(p.e, 4), IMAP4_EINVAL);
	peer_release(&p);
}

static void test_append__lost_in_the_middle(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	append(&p, 5);
	append(&p, 6);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	upload_give(&p, 1, "he");
	peer_flush(&p);
	imap4_engine_close(p.e);
	assert_int_equal(imap4_engine_append_data(p.e, 1, "llo", 3),
			 IMAP4_ECLOSED);
	assert_int_equal(imap4_engine_append_abort(p.e, 2), IMAP4_ECLOSED);
	upload_asks(&p, "DONE 1 LOST\nDONE 2 LOST\n");
	peer_release(&p);

	/* While blanks are sent. */
	upload_start(&p, "LITERAL+");
	append(&p, 1000000);
	append(&p, 6);
	peer_flush(&p);
	peer_server(&p, "T1 NO\r\n");
	imap4_engine_close(p.e);
	upload_asks(&p, "DONE 1 NO text=\nDONE 2 LOST\n");
	peer_release(&p);
}

static void test_append__asks_nothing_after_bye(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "");
	append(&p, 5);
	peer_flush(&p);
	peer_server(&p, "* BYE\r\n+ go\r\n");
	peer_logs(&p, "STATUS 0 BYE text=\n");
	assert_int_equal(imap4_engine_append_data(p.e, 1, "hello", 5),
			 IMAP4_ECLOSED);
	peer_release(&p);
}

static void test_append__asks_between_the_parts_of_a_body(void **state)
{
	struct peer p;

	(void)state;
	upload_start(&p, "LITERAL+");
	peer_server(&p, "* 1 FETCH (UID 3 BODY[HEADER] {4}\r\nab");
	peer_logs(&p, "BODY_BEGIN 1/3 4 section=HEADER\n");
	append(&p, 5);
	upload_asks(&p, "APPEND_DATA 1 #0 5\n");
	peer_server(&p, "cd)\r\n");
	peer_logs(&p, "BODY_END 'abcd' 1/3 4 section=HEADER\n"
		      "FETCH 1 uid=3 body\n");
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append__writes_its_arguments),
	    cmocka_unit_test(test_append__refuses_bad_arguments),
	    cmocka_unit_test(test_append__of_nothing),
	    cmocka_unit_test(test_append__mailbox_cannot_inject),
	    cmocka_unit_test(test_append__waits_for_the_server),
	    cmocka_unit_test(test_append__small_literals_go_unasked),
	    cmocka_unit_test(test_append__several_go_in_order),
	    cmocka_unit_test(test_append__takes_no_more_than_is_left),
	    cmocka_unit_test(test_append__window_is_bounded),
	    cmocka_unit_test(test_append__refused_instead_of_asked_for),
	    cmocka_unit_test(test_append__refused_on_its_way),
	    cmocka_unit_test(test_append__refused_before_its_end_is_sent),
	    cmocka_unit_test(test_append__padding_is_bounded),
	    cmocka_unit_test(test_append__answered_too_early),
	    cmocka_unit_test(test_append__is_taken_back),
	    cmocka_unit_test(test_append__lost_in_the_middle),
	    cmocka_unit_test(test_append__asks_nothing_after_bye),
	    cmocka_unit_test(test_append__asks_between_the_parts_of_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
