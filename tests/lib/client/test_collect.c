/* SPDX-License-Identifier: MIT */
/* Responses become items, as imaplib has them, within limits. */
#include "tests/lib/client/scripted.h"

static void test_collect__cuts_at_literals(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    "C FETCH 1:3 (RFC822)",
	    "R * 1 FETCH (UID 7 BODY[HEADER] {6}\r\nA: b\r\n BODY[TEXT] "
	    "{3}\r\nabc FLAGS ())\r\n",
	    "R * 2 FETCH (RFC822 {0}\r\n)\r\n",
	    "R * 3 FETCH (RFC822 \"{2}\" BODY[1] NIL)\r\n%t OK done\r\n",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_fetch(c, "1:3", "(RFC822)"));
	assert_int_equal(imap4_client_data(c)->n, 6);
	expect_item(c, 0, "FETCH", "1 (UID 7 BODY[HEADER] {6}", "A: b\r\n");
	expect_item(c, 1, "FETCH", " BODY[TEXT] {3}", "abc");
	expect_item(c, 2, "FETCH", " FLAGS ())", NULL);
	expect_item(c, 3, "FETCH", "2 (RFC822 {0}", "");
	expect_item(c, 4, "FETCH", ")", NULL);
	expect_item(c, 5, "FETCH", "3 (RFC822 \"{2}\" BODY[1] NIL)", NULL);
	scripted_close(c, &peer);
}

/* A FETCH that nobody asked for, and the command's end in the middle of it. */
static void test_collect__survives_the_end_of_a_command(void **state)
{
	static const char *const script[] = {
	    GREETING, SELECT,
	    "C NOOP", "R %t OK done\r\n* 1 FETCH (BODY[] {6}\r\nabc",
	    "C NOOP", "R def)\r\n%t OK done\r\n",
	    "E",      NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_noop(c));
	expect_ok(c, imap4_client_noop(c));
	expect_ok(c, imap4_client_response(c, "FETCH"));
	expect_item(c, 0, "FETCH", "1 (BODY[] {6}", "abcdef");
	expect_item(c, 1, "FETCH", ")", NULL);
	scripted_close(c, &peer);
}

/* Literals that are no bodies, one of them with what looks like another. */
static void test_collect__cuts_at_every_literal(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C LIST \"\" \"*\"",
	    "R * LIST () \"/\" {3}\r\na\"b\r\n",
	    "R * LIST () {1}\r\n. {9}\r\nx{5}\r\nabc\r\n%t OK done\r\n",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_list(c, NULL, NULL));
	assert_int_equal(imap4_client_data(c)->n, 5);
	expect_item(c, 0, "LIST", "() \"/\" {3}", "a\"b");
	expect_item(c, 1, "LIST", "", NULL);
	expect_item(c, 2, "LIST", "() {1}", ".");
	expect_item(c, 3, "LIST", " {9}", "x{5}\r\nabc");
	expect_item(c, 4, "LIST", "", NULL);
	scripted_close(c, &peer);
}

static void test_collect__keeps_what_nobody_asked_for(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C SELECT INBOX",
	    "R * FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* 1 RECENT\r\n"
	    "* OK [UIDVALIDITY 17] valid\r\n* OK [PERMANENTFLAGS (\\Seen a])] "
	    "odd\r\n* OK [X-ODD]\r\n%t OK [READ-WRITE] done\r\n",
	    "C NOOP",
	    "R * 4 EXISTS\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS (a))\r\n%t OK "
	    "[X-CODE with words] done\r\n",
	    "C FETCH 1 FLAGS",
	    "R * 1 FETCH (FLAGS ())\r\n%t OK done\r\n",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_item(c, 0, "EXISTS", "3", NULL);
	expect_ok(c, imap4_client_response(c, "UidValidity"));
	expect_item(c, 0, "UIDVALIDITY", "17", NULL);
	assert_string_equal(imap4_client_type(c), "");
	expect_ok(c, imap4_client_response(c, "X-ODD"));
	expect_item(c, 0, "X-ODD", "", NULL);
	expect_ok(c, imap4_client_response(c, "NONE SUCH"));
	assert_int_equal(imap4_client_data(c)->n, 0);
	expect_ok(c, imap4_client_noop(c));
	expect_ok(c, imap4_client_response(c, "X-CODE"));
	expect_item(c, 0, "X-CODE", "with words", NULL);
	/* As with imaplib, what came before belongs to it too. */
	expect_ok(c, imap4_client_fetch(c, "1", "FLAGS"));
	assert_int_equal(imap4_client_data(c)->n, 2);
	expect_item(c, 0, "FETCH", "2 (FLAGS (a))", NULL);
	/* What SELECT returned is still among it. */
	expect_ok(c, imap4_client_response(c, "EXISTS"));
	assert_int_equal(imap4_client_data(c)->n, 3);
	expect_item(c, 0, "EXISTS", "3", NULL);
	expect_item(c, 2, "EXISTS", "5", NULL);
	expect_ok(c, imap4_client_recent(c));
	expect_item(c, 0, "RECENT", "1", NULL);
	assert_string_equal(imap4_client_type(c), "OK");
	scripted_close(c, &peer);
}

static void test_collect__forgets_the_last_mailbox(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C SELECT a",
	    "R * 3 EXISTS\r\n* OK [UIDVALIDITY 1] a\r\n%t OK done\r\n",
	    "C SELECT b",
	    "R * 4 EXISTS\r\n%t OK done\r\n",
	    "C NOOP",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, "a", false));
	expect_ok(c, imap4_client_select(c, "b", false));
	expect_item(c, 0, "EXISTS", "4", NULL);
	expect_ok(c, imap4_client_response(c, "UIDVALIDITY"));
	assert_int_equal(imap4_client_data(c)->n, 0);
	expect_ok(c, imap4_client_recent(c));
	assert_int_equal(imap4_client_data(c)->n, 0);
	scripted_close(c, &peer);
}

static void test_collect__gives_results_for_keeps(void **state)
{
	static const char *const script[] = {
	    GREETING,      "C NOOP", "S %t OK one", "C NOOP",
	    "S %t OK two", "E",      NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_noop(c));
	struct imap4_data *data = imap4_client_take(c);
	assert_int_equal(imap4_client_data(c)->n, 0);
	expect_ok(c, imap4_client_noop(c));
	expect_item(c, 0, "OK", "two", NULL);
	scripted_close(c, &peer);
	assert_int_equal(data->n, 1);
	assert_string_equal(data->item[0].text.p, "one");
	imap4_data_free(data);
}

static void test_collect__says_that_it_is_not_all(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    "C FETCH 1:* FLAGS",
	    "R * 9 FETCH (FLAGS ())\r\n%t OK [MESSAGELIMIT 1 17] more is "
	    "there\r\n",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_error(c, imap4_client_fetch(c, "1:*", "FLAGS"), IMAP4_EPARTIAL,
		     "FETCH: only a part: [MESSAGELIMIT 1 17] more is there");
	expect_item(c, 0, "FETCH", "9 (FLAGS ())", NULL);
	expect_ok(c, imap4_client_response(c, "MESSAGELIMIT"));
	expect_item(c, 0, "MESSAGELIMIT", "1 17", NULL);
	scripted_close(c, &peer);
}

static void test_collect__has_a_limit(void **state)
{
	static const char *const many[] = {
	    GREETING,
	    SELECT,
	    "C FETCH 1:* FLAGS",
	    "R * 1 FETCH (FLAGS (a-keyword another-keyword))\r\n"
	    "* 2 FETCH (FLAGS (a-keyword another-keyword))\r\n"
	    "* 3 FETCH (FLAGS (a-keyword another-keyword))\r\n",
	    "E",
	    NULL};
	static const char *const one[] = {GREETING,
					  SELECT,
					  "C FETCH 1:* FLAGS",
					  "R * 1 FETCH (BODY[] {300}\r\n",
					  "E",
					  NULL};
	static const char *const two[] = {GREETING,
					  SELECT,
					  "C FETCH 1:* FLAGS",
					  "R * 1 FETCH (BODY[1] {150}\r\n",
					  "B 150",
					  "R  BODY[2] {150}\r\n",
					  "E",
					  NULL};
	static const char *const *const scripts[] = {many, one, two};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct imap4_client_opts o = {.max_data = 256};
		struct peer peer;
		struct imap4_client *c =
		    scripted_open_with(&peer, scripts[i], &o);
		expect_ok(c, imap4_client_select(c, NULL, false));
		expect_error(c, imap4_client_fetch(c, "1:*", "FLAGS"),
			     IMAP4_ELIMIT,
			     i == 0 ? "the responses are larger than the limit"
				    : "the messages are larger than the limit");
		assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
		assert_int_equal(imap4_client_noop(c), IMAP4_ELIMIT);
		scripted_close(c, &peer);
	}
}

/* A mailbox in which much happens, and a program that does not care. */
static void test_collect__drops_the_oldest(void **state)
{
	enum { ROUNDS = 40, LINES = 400 };
	static char flood[LINES * 64];
	const char *script[2 + 2 * ROUNDS + 1];
	struct imap4_client_opts o = {.max_data = 4 << 20};
	size_t n = 0, len = 2;
	struct peer peer;

	(void)state;
	memcpy(flood, "R ", 2);
	for (int i = 0; i < LINES; i++)
		len += (size_t)snprintf(flood + len, sizeof(flood) - len,
					"* %d EXISTS\r\n", i);
	(void)snprintf(flood + len, sizeof(flood) - len, "%%t OK done\r\n");
	script[n++] = GREETING;
	for (int i = 0; i < ROUNDS; i++) {
		script[n++] = "C NOOP";
		script[n++] = flood;
	}
	script[n++] = "E";
	script[n] = NULL;
	struct imap4_client *c = scripted_open_with(&peer, script, &o);
	for (int i = 0; i < ROUNDS; i++)
		expect_ok(c, imap4_client_noop(c));
	expect_ok(c, imap4_client_response(c, "EXISTS"));
	/* At most a megabyte of before, and the last round's. */
	assert_true(imap4_client_data(c)->n >= LINES);
	expect_item(c, imap4_client_data(c)->n - 1, "EXISTS", "399", NULL);
	scripted_close(c, &peer);
}

struct passing {
	char text[64];
	int fail_after; /* so many calls */
};

static int on_body(void *ctx, const struct imap4_event *ev)
{
	struct passing *p = ctx;
	size_t n = strlen(p->text);

	if (p->fail_after-- == 0)
		return -77;
	if (ev->type == IMAP4_EV_BODY_BEGIN)
		(void)snprintf(p->text + n, sizeof(p->text) - n,
			       "<%u:", (unsigned)ev->body.size);
	else if (ev->type == IMAP4_EV_BODY_END)
		(void)snprintf(p->text + n, sizeof(p->text) - n, ">");
	else
		(void)snprintf(p->text + n, sizeof(p->text) - n, "%.*s",
			       (int)ev->body.data.len, ev->body.data.p);
	return 0;
}

static void test_collect__lets_bodies_pass(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    "C FETCH 1 (RFC822)",
	    "R * 1 FETCH (RFC822 {3}\r\nabc)\r\n%t OK done\r\n",
	    "C FETCH 1 (RFC822)",
	    "R * 1 FETCH (RFC822 {3}\r\nabc)\r\n%t OK done\r\n",
	    "C FETCH 1 (RFC822)",
	    "R * 1 FETCH (RFC822 {3}\r\nabc)\r\n%t OK done\r\n",
	    "E",
	    NULL};
	struct passing p = {.fail_after = -1};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	imap4_client_on_body(c, on_body, &p);
	expect_ok(c, imap4_client_fetch(c, "1", "(RFC822)"));
	assert_string_equal(p.text, "<3:abc>");
	const struct imap4_item *item = imap4_client_data(c)->item;
	assert_string_equal(item[0].text.p, "1 (RFC822 {3}");
	assert_null(item[0].literal.p);
	assert_int_equal(item[0].literal.len, 3);
	/* What it returns is returned, and the connection is in step. */
	p = (struct passing){.fail_after = 1};
	expect_error(c, imap4_client_fetch(c, "1", "(RFC822)"), -77,
		     "FETCH: the message could not be taken");
	assert_string_equal(p.text, "<3:");
	imap4_client_on_body(c, NULL, NULL);
	expect_ok(c, imap4_client_fetch(c, "1", "(RFC822)"));
	expect_item(c, 0, "FETCH", "1 (RFC822 {3}", "abc");
	scripted_close(c, &peer);
}

static void count(void *ctx, const struct imap4_event *ev)
{
	unsigned *counts = ctx;

	counts[0]++;
	if (ev->type == IMAP4_EV_EXISTS)
		counts[1] += ev->number;
	if (ev->type == IMAP4_EV_BAD)
		counts[2]++;
}

/* "Not understood" is not "nothing found", and what came is there to read. */
static void test_collect__keeps_what_it_cannot_parse(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    "C SEARCH ALL",
	    "R * SEARCH 1 x 3\r\n%t OK done\r\n",
	    "C FETCH 1 (RFC822)",
	    "R * 1 FETCH (RFC822 {3}\r\nabc) x\r\n%t OK done\r\n",
	    "C NOOP",
	    "R * 2 FETCH (FLAGS\r\n%t OK done\r\n",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_error(c, imap4_client_search(c, NULL, "ALL", NULL), IMAP4_EPARSE,
		     "SEARCH: the server's answer could not be understood");
	expect_item(c, 0, "SEARCH", "1 x 3", NULL);
	expect_error(c, imap4_client_fetch(c, "1", "(RFC822)"), IMAP4_EPARSE,
		     "FETCH: the server's answer could not be understood");
	expect_item(c, 0, "FETCH", "1 (RFC822 {3}", "abc");
	expect_item(c, 1, "FETCH", ") x", NULL);
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

static void test_collect__shows_typed_events(void **state)
{
	static const char *const script[] = {
	    GREETING, "C NOOP",
	    "R * 40 EXISTS\r\n* 2 EXISTS\r\n* (rubbish\r\n%t OK done\r\n", "E",
	    NULL};
	unsigned counts[3] = {0};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	imap4_client_on_event(c, count, counts);
	expect_ok(c, imap4_client_noop(c));
	assert_int_equal(counts[0], 4);
	assert_int_equal(counts[1], 42);
	assert_int_equal(counts[2], 1);
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect__cuts_at_literals),
	    cmocka_unit_test(test_collect__survives_the_end_of_a_command),
	    cmocka_unit_test(test_collect__cuts_at_every_literal),
	    cmocka_unit_test(test_collect__keeps_what_nobody_asked_for),
	    cmocka_unit_test(test_collect__forgets_the_last_mailbox),
	    cmocka_unit_test(test_collect__gives_results_for_keeps),
	    cmocka_unit_test(test_collect__says_that_it_is_not_all),
	    cmocka_unit_test(test_collect__has_a_limit),
	    cmocka_unit_test(test_collect__drops_the_oldest),
	    cmocka_unit_test(test_collect__lets_bodies_pass),
	    cmocka_unit_test(test_collect__keeps_what_it_cannot_parse),
	    cmocka_unit_test(test_collect__shows_typed_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
