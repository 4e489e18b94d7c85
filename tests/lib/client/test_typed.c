/* SPDX-License-Identifier: MIT */
/* Results as numbers and structures, and calls that keep nothing. */
#include "tests/lib/client/scripted.h"

#include <imap4/codec.h>

#include <sys/resource.h>
#include <time.h>

#define ANSWER(command, response) \
	"C " command, "R " response "\r\n%t OK done\r\n"
#define DONE(command) "C " command, "S %t OK done"

static void expect_found(const struct imap4_client *c, const char *want)
{
	char text[128] = "";

	size_t from = 0;

	(void)imap4_set_format(imap4_client_found(c), &from, text,
			       sizeof(text));
	assert_string_equal(text, want);
}

static void test_typed__numbers_of_every_search(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    ANSWER("SEARCH ALL", "* SEARCH 9\r\n* SEARCH 2 3 7\r\n"
				 "* SEARCH 4 2"),
	    ANSWER("UID SEARCH RETURN (ALL) ALL",
		   "* ESEARCH (TAG \"%t\") UID ALL 1:4000000000"),
	    ANSWER("UID SEARCH UNSEEN", "* SEARCH"),
	    DONE("UID SEARCH ALL"),
	    ANSWER("SORT (DATE) UTF-8 ALL", "* SORT 5 2 9"),
	    ANSWER("UID SORT (REVERSE DATE) UTF-8 UNSEEN", "* SORT 3"),
	    DONE("NOOP"),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);
	struct imap4_query *q = imap4_query_new();
	size_t n = 99;

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	expect_found(c, "2:4,7,9");
	expect_ok(
	    c, imap4_client_uid(c, "SEARCH", "RETURN", "(ALL)", "ALL", NULL));
	expect_found(c, "1:4000000000");
	imap4_query_flag(q, IMAP4_FLAG_SEEN, false);
	expect_ok(c, imap4_client_uid_search(c, q));
	expect_found(c, "");
	struct imap4_query *all = imap4_query_new();
	expect_ok(c, imap4_client_uid_search(c, all));
	imap4_query_free(all);
	expect_ok(c, imap4_client_sort(c, "DATE", NULL, "ALL", NULL));
	const uint32_t *order = imap4_client_order(c, &n);
	assert_int_equal(n, 3);
	assert_int_equal(order[0], 5);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 9);
	expect_ok(c, imap4_client_uid_sort(c, "REVERSE DATE", q));
	assert_int_equal(imap4_client_order(c, &n)[0], 3);
	assert_int_equal(n, 1);
	expect_ok(c, imap4_client_noop(c));
	assert_non_null(imap4_client_order(c, &n));
	assert_int_equal(n, 0);
	expect_found(c, "");
	expect_found(NULL, "");
	imap4_query_free(q);
	scripted_close(c, &peer);
}

static double seconds(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The time for one response a number, in the worst order. */
static double time_search(const char *numbers)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
		       "printf '* PREAUTH [CAPABILITY IMAP4rev1] hi\\r\\n';"
		       "read tag rest; printf '%%s OK done\\r\\n' $tag;"
		       "read tag rest; awk 'BEGIN { for (i = %s; i > 0; i--)"
		       "printf \"* SEARCH %%d\\r\\n* SORT %%d\\r\\n\", 2 * i, i"
		       " }'; printf '%%s OK done\\r\\n' $tag",
		       numbers);
	struct imap4_client *c = imap4_client_open_stream(command, NULL);
	size_t n;
	expect_ok(c, imap4_client_select(c, NULL, false));
	double start = seconds();
	expect_ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	double spent = seconds() - start;
	assert_int_equal(imap4_client_found(c)->n, strtoul(numbers, NULL, 10));
	(void)imap4_client_order(c, &n);
	assert_int_equal(n, imap4_client_found(c)->n);
	imap4_client_free(c);
	return spent;
}

static void test_typed__numbers_take_linear_time(void **state)
{
	(void)state;
	/* Ten times as many; a hundred times would be quadratic. */
	double few = time_search("10000"), many = time_search("100000");
	assert_true(many < 40 * few);
}

struct seen {
	size_t fetches, bytes;
	uint32_t last;
	int stop; /* what to return, from the second on */
};

static int see(void *ctx, const struct imap4_event *ev)
{
	struct seen *s = ctx;

	if (ev->type == IMAP4_EV_BODY_DATA)
		s->bytes += ev->body.data.len;
	if (ev->type != IMAP4_EV_FETCH)
		return 0;
	s->last = ev->fetch.uid;
	return ++s->fetches == 2 ? s->stop : 0;
}

static void test_typed__fetch_keeps_nothing(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    ANSWER("UID FETCH 1:* (UID FLAGS BODY[])",
		   "* 1 FETCH (UID 4 FLAGS () BODY[] {3}\r\nabc)\r\n"
		   "* 2 FETCH (FLAGS (\\Seen))\r\n* 5 EXISTS\r\n"
		   "* 2 FETCH (UID 9 BODY[] \"defg\")"),
	    ANSWER("UID FETCH 1:* UID", "* 1 FETCH (UID 4)\r\n"
					"* 2 FETCH (UID 5)\r\n"
					"* 3 FETCH (UID 6)"),
	    "C UID FETCH 9 UID",
	    "S %t NO [UNAVAILABLE] later",
	    "E",
	    NULL};
	struct peer peer;
	struct seen s = {0};
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(
	    c, imap4_client_uid_fetch(c, "1:*", "UID FLAGS BODY[]", see, &s));
	assert_int_equal(s.fetches, 3);
	assert_int_equal(s.last, 9);
	/* A quoted string is a body too. */
	assert_int_equal(s.bytes, 7);
	expect_ok(c, imap4_client_response(c, "FETCH"));
	assert_int_equal(imap4_client_data(c)->n, 0);
	expect_ok(c, imap4_client_response(c, "EXISTS"));
	expect_item(c, imap4_client_data(c)->n - 1, "EXISTS", "5", NULL);
	s = (struct seen){.stop = -77};
	expect_error(c, imap4_client_uid_fetch(c, "1:*", "UID", see, &s), -77,
		     "UID FETCH: the caller stopped");
	assert_int_equal(s.fetches, 2);
	expect_error(c, imap4_client_uid_fetch(c, "9", "UID", see, &s),
		     IMAP4_ENO, "UID FETCH: NO [UNAVAILABLE] later");
	assert_int_equal(imap4_client_code(c), IMAP4_CODE_UNAVAILABLE);
	scripted_close(c, &peer);
}

static long peak_kib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

#define LINES "300000"

static void test_typed__fetch_of_many_needs_no_memory(void **state)
{
	struct imap4_client *c = imap4_client_open_stream(
	    "printf '* PREAUTH [CAPABILITY IMAP4rev1] hi\\r\\n';"
	    "read tag rest; printf '%s OK done\\r\\n' $tag;"
	    "read tag rest; awk 'BEGIN { for (i = 1; i <= " LINES "; i++)"
	    "printf \"* %d FETCH (UID %d FLAGS (\\\\Seen $Work))\\r\\n\", i, i "
	    "}';"
	    "printf '%s OK done\\r\\n' $tag",
	    NULL);
	struct seen s = {0};

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	long before = peak_kib();
	expect_ok(c, imap4_client_uid_fetch(c, "1:*", "(UID FLAGS)", see, &s));
	assert_int_equal(s.fetches, strtoul(LINES, NULL, 10));
	assert_true(peak_kib() - before < 2048);
	imap4_client_free(c);
}

struct names {
	char text[256];
	int n;
};

static int note_name(void *ctx, const struct imap4_list *list)
{
	struct names *names = ctx;
	size_t len = strlen(names->text);
	const struct imap4_str *s = list->name.p ? &list->name : &list->raw;

	(void)snprintf(names->text + len, sizeof(names->text) - len,
		       "%s%.*s%s,", list->name.p ? "" : "raw ", (int)s->len,
		       s->p, list->attr & IMAP4_LIST_NOSELECT ? "!" : "");
	return ++names->n == 4 ? IMAP4_EIO : 0;
}

static void test_typed__lists(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    ANSWER("LIST \"\" \"*\"", "* LIST (\\Noselect) \"/\" a\r\n"
				      "* LIST () \"/\" &AOQ-\r\n"
				      "* LIST () \"/\" \"&x y\""),
	    ANSWER("LIST \"\" \"*\"", "* LIST () \"/\" a"),
	    DONE("DELETE \"&x y\""),
	    DONE("DELETE \"&x y\""),
	    "E",
	    NULL};
	struct peer peer;
	struct names names = {0};
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_list_each(c, NULL, NULL, note_name, &names));
	assert_string_equal(names.text, "a!,\xc3\xa4,raw &x y,");
	expect_error(c,
		     imap4_client_list_each(c, NULL, NULL, note_name, &names),
		     IMAP4_EIO, "LIST: the caller stopped");
	/* What is no modified UTF-7 cannot be said in UTF-8. */
	imap4_client_raw_names(c, true);
	expect_ok(c, imap4_client_delete(c, "&x y"));
	expect_ok(c, imap4_client_delete(c, "&x y"));
	scripted_close(c, &peer);
}

static void test_typed__status(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    ANSWER(
		"STATUS &AOQ- (MESSAGES UIDNEXT MAILBOXID)",
		"* STATUS &AOQ- (MESSAGES 231 UIDNEXT 44292 MAILBOXID (x1))"),
	    DONE("STATUS b (MESSAGES)"),
	    "C STATUS c (MESSAGES)",
	    "S %t NO [NONEXISTENT] no such mailbox",
	    "E",
	    NULL};
	struct imap4_mailbox_status st;
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_status_get(
			 c, "\xc3\xa4", "MESSAGES UIDNEXT MAILBOXID", &st));
	assert_int_equal(st.have, IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT |
				      IMAP4_ST_MAILBOXID);
	assert_int_equal(st.messages, 231);
	assert_int_equal(st.uidnext, 44292);
	assert_string_equal(st.name.p, "\xc3\xa4");
	assert_string_equal(st.raw.p, "&AOQ-");
	assert_string_equal(st.mailboxid.p, "x1");
	expect_ok(c, imap4_client_status_get(c, "b", "MESSAGES", &st));
	assert_int_equal(st.have, 0);
	assert_null(st.name.p);
	assert_int_equal(imap4_client_status_get(c, "c", "MESSAGES", &st),
			 IMAP4_ENO);
	assert_int_equal(imap4_client_code(c), IMAP4_CODE_NONEXISTENT);
	scripted_close(c, &peer);
}

static void test_typed__uid_forms(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    ANSWER("UID STORE 7 +FLAGS (\\Seen)",
		   "* 1 FETCH (UID 7 FLAGS (\\Seen))"),
	    DONE("UID COPY 7 &AOQ-"),
	    DONE("UID MOVE 7 INBOX"),
	    ANSWER("UID EXPUNGE 7:9", "* 3 EXPUNGE"),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_uid_store(c, "7", "+FLAGS", "\\Seen"));
	expect_item(c, 0, "FETCH", "1 (UID 7 FLAGS (\\Seen))", NULL);
	expect_ok(c, imap4_client_uid_copy(c, "7", "\xc3\xa4"));
	expect_ok(c, imap4_client_uid_move(c, "7", NULL));
	expect_ok(c, imap4_client_uid_expunge(c, "7:9"));
	expect_item(c, 0, "EXPUNGE", "3", NULL);
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_typed__numbers_of_every_search),
	    cmocka_unit_test(test_typed__numbers_take_linear_time),
	    cmocka_unit_test(test_typed__fetch_keeps_nothing),
	    cmocka_unit_test(test_typed__fetch_of_many_needs_no_memory),
	    cmocka_unit_test(test_typed__lists),
	    cmocka_unit_test(test_typed__status),
	    cmocka_unit_test(test_typed__uid_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
