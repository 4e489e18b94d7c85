/* SPDX-License-Identifier: MIT */
/* Commands that change the tree of mailboxes and what is in them: what is sent,
 * in which states, and that no argument becomes a command. */
#include "tests/lib/engine/peer.h"

static void start(struct peer *p, bool selected)
{
	peer_init(p, NULL);
	peer_server(p, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n");
	if (selected) {
		assert_int_equal(
		    imap4_engine_select(p->e, peer_str("a"), NULL, NULL), 0);
		peer_flush(p);
		peer_server(p, "T1 OK\r\n");
		buf_reset(&p->sent);
	}
	buf_reset(&p->log);
}

static int mailbox_command(struct imap4_engine *e, int which,
			   struct imap4_str name)
{
	switch (which) {
	case 0:
		return imap4_engine_create(e, name, NULL);
	case 1:
		return imap4_engine_create_use(e, name, "\\Archive", NULL);
	case 2:
		return imap4_engine_delete(e, name, NULL);
	case 3:
		return imap4_engine_rename(e, name, peer_str("to"), NULL);
	case 4:
		return imap4_engine_rename(e, peer_str("from"), name, NULL);
	case 5:
		return imap4_engine_subscribe(e, name, NULL);
	default:
		return imap4_engine_unsubscribe(e, name, NULL);
	}
}

static const char *const before[] = {
    "CREATE ",      "CREATE ",    "DELETE ",      "RENAME ",
    "RENAME from ", "SUBSCRIBE ", "UNSUBSCRIBE ",
};
static const char *const behind[] = {
    "", " (USE (\\Archive))", "", " to", "", "", "",
};

static void test_mailbox_commands__write_their_names(void **state)
{
	static const struct {
		const char *name, *wire;
	} table[] = {
	    {"plain", "plain"},
	    {"a b", "\"a b\""},
	    {"q\"\\", "\"q\\\"\\\\\""},
	    {"", "\"\""},
	    {"x\r\nT9 LOGOUT", "{12}\r\nx\r\nT9 LOGOUT"},
	    {"\xc3\xbc", "{2}\r\n\xc3\xbc"},
	    {"{5+}", "\"{5+}\""},
	};
	char expected[128];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (int which = 0; which < 7; which++) {
			struct peer p;
			start(&p, false);
			assert_int_equal(
			    mailbox_command(p.e, which,
					    peer_str(table[i].name)),
			    0);
			(void)snprintf(expected, sizeof(expected),
				       "T1 %s%s%s\r\n", before[which],
				       table[i].wire, behind[which]);
			peer_sends_literals(&p, expected);
			peer_server(&p, "T1 NO [ALREADYEXISTS] no\r\n");
			peer_logs(&p, "DONE 1 NO [ALREADYEXISTS 0 0] "
				      "text=no\n");
			peer_release(&p);
		}
	}
}

static void test_mailbox_commands__refuse_nul_in_a_name(void **state)
{
	const struct imap4_str nul = {"a\0b", 3};
	struct peer p;

	(void)state;
	start(&p, true);
	for (int which = 0; which < 7; which++)
		assert_int_equal(mailbox_command(p.e, which, nul),
				 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_copy(p.e, "1", nul, NULL),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_move(p.e, "1", nul, NULL),
			 IMAP4_EINVAL);
	peer_sends(&p, "");
	peer_release(&p);
}

static void test_mailbox_commands__refuse_what_is_no_use(void **state)
{
	static const char *const uses[] = {
	    "",      " ",   "\\A)) (", "\\A\r\nT2 NOOP",
	    "\"x\"", "{3}", "\\A\\B",  "\x80",
	};
	struct peer p;

	(void)state;
	start(&p, false);
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		assert_int_equal(
		    imap4_engine_create_use(p.e, peer_str("x"), uses[i], NULL),
		    IMAP4_EINVAL);
	peer_sends(&p, "");
	peer_release(&p);
}

static void test_mailbox_commands__on_messages(void **state)
{
	struct peer p;

	(void)state;
	start(&p, true);
	assert_int_equal(
	    imap4_engine_uid_copy(p.e, "1:3,9", peer_str("a b"), NULL), 0);
	assert_int_equal(imap4_engine_uid_move(p.e, "4", peer_str("x"), NULL),
			 0);
	assert_int_equal(imap4_engine_uid_expunge(p.e, "5:*", NULL), 0);
	assert_int_equal(imap4_engine_check(p.e, NULL), 0);
	peer_sends(&p, "T2 UID COPY 1:3,9 \"a b\"\r\nT3 UID MOVE 4 x\r\n"
		       "T4 UID EXPUNGE 5:*\r\nT5 CHECK\r\n");
	peer_server(&p, "T2 OK [COPYUID 7 1:3,9 4:7] done\r\n"
			"* OK [COPYUID 8 4 1] moved\r\n"
			"* 4 EXPUNGE\r\n"
			"T3 OK done\r\n"
			"* VANISHED 5\r\n"
			"T4 OK done\r\n"
			"T5 OK done\r\n");
	peer_logs(&p, "DONE 2 OK [COPYUID 0 7 src=1:3,9:9 dst=4:7] text=done\n"
		      "STATUS 0 OK [COPYUID 0 8 src=4:4 dst=1:1] text=moved\n"
		      "EXPUNGE 4\n"
		      "DONE 3 OK text=done\n"
		      "VANISHED set=5:5\n"
		      "DONE 4 OK text=done\n"
		      "DONE 5 OK text=done\n");
	peer_release(&p);
}

static void test_mailbox_commands__refuse_what_is_no_set(void **state)
{
	static const char *const sets[] = {"",    "1 x", "1\r\n",
					   "(1)", "$1",  "a"};
	const struct imap4_str box = peer_str("box");
	struct peer p;

	(void)state;
	start(&p, true);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		assert_int_equal(imap4_engine_uid_copy(p.e, sets[i], box, NULL),
				 IMAP4_EINVAL);
		assert_int_equal(imap4_engine_uid_move(p.e, sets[i], box, NULL),
				 IMAP4_EINVAL);
		assert_int_equal(imap4_engine_uid_expunge(p.e, sets[i], NULL),
				 IMAP4_EINVAL);
	}
	peer_sends(&p, "");
	peer_release(&p);
}

static void test_mailbox_commands__need_their_state(void **state)
{
	const struct imap4_append a = {
	    .size = sizeof(a), .mailbox = peer_str("x"), .length = 1};
	struct peer p;

	(void)state;
	start(&p, false);
	assert_int_equal(imap4_engine_uid_copy(p.e, "1", peer_str("x"), NULL),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_uid_move(p.e, "1", peer_str("x"), NULL),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_uid_expunge(p.e, "1", NULL),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_check(p.e, NULL), IMAP4_ESTATE);
	peer_release(&p);

	peer_init(&p, NULL);
	peer_server(&p, "* OK [CAPABILITY IMAP4rev1] hi\r\n");
	for (int which = 0; which < 7; which++)
		assert_int_equal(mailbox_command(p.e, which, peer_str("x")),
				 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_append(p.e, &a, NULL), IMAP4_ESTATE);
	peer_release(&p);
}

/* A section that is not the whole is streamed likewise. */
static void test_mailbox_commands__header_is_streamed(void **state)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = 200};
	char text[1200];
	int n = 0;
	struct peer p;

	(void)state;
	peer_init(&p, &limits);
	peer_server(&p, "* PREAUTH hi\r\n");
	buf_reset(&p.log);
	n = snprintf(text, sizeof(text),
		     "* 1 FETCH (UID 5 BODY[HEADER] {1000}\r\n%01000d)\r\n", 0);
	assert_true(n > 1000 && (size_t)n < sizeof(text));
	p.piece = 100;
	peer_server(&p, text);
	assert_memory_equal(p.log.data, "BODY_BEGIN 1/5 1000 section=HEADER\n",
			    35);
	assert_non_null(strstr(p.log.data, "\nFETCH 1 uid=5 body\n"));
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mailbox_commands__write_their_names),
	    cmocka_unit_test(test_mailbox_commands__refuse_nul_in_a_name),
	    cmocka_unit_test(test_mailbox_commands__refuse_what_is_no_use),
	    cmocka_unit_test(test_mailbox_commands__on_messages),
	    cmocka_unit_test(test_mailbox_commands__refuse_what_is_no_set),
	    cmocka_unit_test(test_mailbox_commands__need_their_state),
	    cmocka_unit_test(test_mailbox_commands__header_is_streamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
