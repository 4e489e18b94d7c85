/* SPDX-License-Identifier: MIT */
/* Search keys: what they say on the wire, and which do not make a search. */
#include <imap4/command.h>
#include <imap4/query.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/t.h"

static char sent[512];

/* What the query says behind "UID SEARCH ", or NULL: refused with *rc. */
static const char *say(struct imap4_query *q, const char *capabilities, int *rc)
{
	struct imap4_engine *e = imap4_engine_new(NULL, 1);
	const struct imap4_event *ev;
	const void *p;
	size_t used, n = 0, len;
	char greeting[128];

	(void)snprintf(greeting, sizeof(greeting),
		       "* PREAUTH [CAPABILITY %s LITERAL+] hi\r\n",
		       capabilities);
	assert_int_equal(
	    imap4_engine_read(e, greeting, strlen(greeting), &used, &ev), 0);
	imap4_engine_command_begin(e, "XSEARCH");
	*rc = imap4_query_add(q, e, true);
	if (*rc == 0)
		*rc = imap4_engine_command_end(e, NULL);
	while (*rc == 0 && (len = imap4_engine_write(e, &p)) > 0) {
		assert_true(n + len < sizeof(sent));
		memcpy(sent + n, p, len);
		n += len;
		imap4_engine_sent(e, len);
	}
	sent[n] = '\0';
	imap4_engine_free(e);
	imap4_query_free(q);
	const char *behind = strstr(sent, "XSEARCH ");
	return behind ? behind + strlen("XSEARCH ") : NULL;
}

static void expect(struct imap4_query *q, const char *want)
{
	int rc;
	const char *text = say(q, "IMAP4rev1", &rc);

	assert_int_equal(rc, 0);
	assert_string_equal(text, want);
}

static void refused(struct imap4_query *q)
{
	int rc;

	assert_null(say(q, "IMAP4rev1", &rc));
	assert_int_equal(rc, IMAP4_EINVAL);
}

static void test_query__says_each_key(void **state)
{
	struct imap4_query *q = imap4_query_new();

	(void)state;
	imap4_query_flag(q, IMAP4_FLAG_SEEN, false);
	imap4_query_flag(q, IMAP4_FLAG_DRAFT, true);
	imap4_query_keyword(q, "$Work", true);
	imap4_query_keyword(q, "$Junk", false);
	imap4_query_header(q, "List-Id", "");
	imap4_query_larger(q, 1000);
	imap4_query_smaller(q, UINT32_MAX);
	imap4_query_uids(q, "5:*");
	imap4_query_numbers(q, "1,3");
	imap4_query_modseq(q, 7);
	expect(q, "UNSEEN DRAFT KEYWORD $Work UNKEYWORD $Junk HEADER List-Id "
		  "\"\" LARGER 1000 SMALLER 4294967295 UID 5:* 1,3 MODSEQ 7"
		  "\r\n");
	expect(imap4_query_new(), "ALL\r\n");
}

static void test_query__says_days(void **state)
{
	struct imap4_query *q = imap4_query_new();

	(void)state;
	imap4_query_day(q, IMAP4_QUERY_SINCE, 760751999);
	imap4_query_day(q, IMAP4_QUERY_SENTBEFORE, 946684800);
	expect(q, "SINCE 08-Feb-1994 SENTBEFORE 01-Jan-2000\r\n");
}

/* Whatever it is, it is what to look for. */
static void test_query__takes_any_text(void **state)
{
	struct imap4_query *q = imap4_query_new();

	(void)state;
	imap4_query_text(q, IMAP4_QUERY_SUBJECT, "\"a\" NOT SUBJECT \"b\"");
	imap4_query_text(q, IMAP4_QUERY_FROM, "(SEEN)");
	imap4_query_text(q, IMAP4_QUERY_TO, "NIL");
	imap4_query_text(q, IMAP4_QUERY_BODY, "a\r\nb");
	/* The rest goes when the server asks for it. */
	expect(q, "SUBJECT \"\\\"a\\\" NOT SUBJECT \\\"b\\\"\" FROM \"(SEEN)\" "
		  "TO \"NIL\" BODY {4}\r\n");
	q = imap4_query_new();
	imap4_query_text(q, IMAP4_QUERY_CC, "\xc3\xa4");
	expect(q, "CHARSET UTF-8 CC {2}\r\n");
}

static void test_query__joins_keys(void **state)
{
	struct imap4_query *q = imap4_query_new();

	(void)state;
	imap4_query_or(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	imap4_query_not(q);
	imap4_query_or(q);
	imap4_query_open(q);
	imap4_query_flag(q, IMAP4_FLAG_FLAGGED, true);
	imap4_query_flag(q, IMAP4_FLAG_DELETED, true);
	imap4_query_close(q);
	imap4_query_flag(q, IMAP4_FLAG_DRAFT, true);
	imap4_query_flag(q, IMAP4_FLAG_ANSWERED, true);
	expect(q, "OR SEEN NOT OR (FLAGGED DELETED) DRAFT ANSWERED\r\n");
}

static void test_query__refuses_what_is_no_search(void **state)
{
	struct imap4_query *q = imap4_query_new();
	int rc;

	(void)state;
	imap4_query_not(q);
	refused(q);
	q = imap4_query_new();
	imap4_query_or(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	refused(q);
	q = imap4_query_new();
	imap4_query_open(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	refused(q);
	q = imap4_query_new();
	imap4_query_open(q);
	imap4_query_close(q);
	refused(q);
	q = imap4_query_new();
	imap4_query_close(q);
	refused(q);
	q = imap4_query_new();
	imap4_query_open(q);
	imap4_query_or(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	imap4_query_close(q);
	imap4_query_flag(q, IMAP4_FLAG_SEEN, true);
	refused(q);
	q = imap4_query_new();
	for (int i = 0; i < 1000; i++)
		imap4_query_open(q);
	refused(q);
	q = imap4_query_new();
	imap4_query_text(q, IMAP4_QUERY_TEXT, "\xff");
	refused(q);
	q = imap4_query_new();
	imap4_query_keyword(q, "a b", true);
	refused(q);
	q = imap4_query_new();
	imap4_query_uids(q, "1 ALL");
	refused(q);
	q = imap4_query_new();
	imap4_query_flag(q, IMAP4_FLAG_RECENT, true);
	refused(q);
	q = imap4_query_new();
	imap4_query_day(q, IMAP4_QUERY_ON, INT64_MAX);
	refused(q);
	imap4_query_flag(NULL, IMAP4_FLAG_SEEN, true);
	imap4_query_or(NULL);
	imap4_query_free(NULL);
	assert_null(say(NULL, "IMAP4rev1", &rc));
	assert_int_equal(rc, IMAP4_ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_query__says_each_key),
	    cmocka_unit_test(test_query__says_days),
	    cmocka_unit_test(test_query__takes_any_text),
	    cmocka_unit_test(test_query__joins_keys),
	    cmocka_unit_test(test_query__refuses_what_is_no_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
