/* SPDX-License-Identifier: MIT */
/* Responses without an engine: their parts, limits, faults, and any cut. */
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include <imap4/parse.h>

#include "lib/util/buf.h"

static const char session[] =
    "* OK [CAPABILITY A] hi\r\n"
    "* 12 FETCH (UID 7 BODY[] {6}\r\na\r\nb\r\n X \"\\\"\")\n"
    "* LIST () \"/\" {3}\r\nx y\r\n"
    "+ [ALERT] go\r\n"
    "* FETCH\r\n"
    "* (A) B\r\n"
    "t1 NO [TRYCREATE] no\r\n"
    "* XFOO (a) 1\r\n";

static const char said[] = "0||OK|-|[CAPABILITY A] hi|S|hi\n"
			   "0||FETCH|12|(UID 7 BODY[] {6}\r\na\r\nb\r\n X "
			   "\"\\\"\")|F|\n"
			   "0||LIST|-|() \"/\" {3}\r\nx y|L|\n"
			   "2|||-|[ALERT] go|N|go\n"
			   "0||FETCH|-||B|\n"
			   "0|||-||B|\n"
			   "1|t1|NO|-|[TRYCREATE] no|D|no\n"
			   "0||XFOO|-|(a) 1|O|\n";

static void add(struct buf *out, struct imap4_str s, char end)
{
	assert_int_equal(buf_add(out, s.p, s.len), 0);
	assert_int_equal(buf_addc(out, end), 0);
}

static char letter(enum imap4_event_type type)
{
	switch (type) {
	case IMAP4_EV_NONE:
		return 'N';
	case IMAP4_EV_DONE:
		return 'D';
	case IMAP4_EV_STATUS:
		return 'S';
	case IMAP4_EV_LIST:
		return 'L';
	case IMAP4_EV_FETCH:
		return 'F';
	case IMAP4_EV_OTHER:
		return 'O';
	case IMAP4_EV_BAD:
		return 'B';
	default:
		return '?';
	}
}

static void describe(struct buf *out, const struct imap4_response *r)
{
	assert_int_equal(buf_addf(out, "%d|", (int)r->kind), 0);
	add(out, r->tag, '|');
	add(out, r->name, '|');
	assert_int_equal(r->has_number ? buf_addf(out, "%u|", r->number)
				       : buf_adds(out, "-|"),
			 0);
	add(out, r->args, '|');
	assert_int_equal(buf_addf(out, "%c|", letter(r->ev->type)), 0);
	add(out, r->ev->text, '\n');
}

static int feed(struct imap4_parser *p, const char *s, size_t len,
		struct buf *out)
{
	const struct imap4_response *r;
	size_t at = 0, used;
	int rc;

	while ((rc = imap4_parser_read(p, s + at, len - at, &used, &r)) > 0) {
		at += used;
		describe(out, r);
	}
	assert_true(rc < 0 || at + used == len);
	return rc;
}

static void check_cut(size_t cut)
{
	struct imap4_parser *p = imap4_parser_new(100, 100);
	size_t len = strlen(session);
	struct buf out;

	buf_init(&out, 1U << 20);
	assert_non_null(p);
	if (cut < len) {
		assert_int_equal(feed(p, session, cut, &out), 0);
		assert_int_equal(feed(p, session + cut, len - cut, &out), 0);
	} else {
		for (size_t i = 0; i < len; i++)
			assert_int_equal(feed(p, session + i, 1, &out), 0);
	}
	assert_string_equal(out.data, said);
	assert_false(imap4_parser_inside(p));
	assert_string_equal(imap4_parser_error(p), "");
	imap4_parser_free(p);
	buf_release(&out);
}

static void test_parser__any_cut(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= strlen(session); cut++)
		check_cut(cut);
}

static const struct {
	const char *text;
	int rc;
	const char *error;
} faults[] = {
    {"HTTP/1.1 400 Bad Request\r\n", IMAP4_EPROTO,
     "a line that is no IMAP response"},
    {"\r\n", IMAP4_EPROTO, "a line that is no IMAP response"},
    {"+OK POP3 server ready\r\n", IMAP4_EPROTO,
     "a line that is no IMAP response"},
    {"220 mail.example.org ESMTP\r\n", IMAP4_EPROTO,
     "a line that is no IMAP response"},
    {"* OK a\rb\r\n", IMAP4_EPROTO, "CR without LF"},
    {"* X 12345\r\n", IMAP4_ELIMIT, "a response longer than allowed"},
    {"* X {6}\r\n", IMAP4_ELIMIT, "a literal larger than allowed"},
    {"* X {9223372036854775808}\r\n", IMAP4_EPROTO,
     "a literal of more than 63 bits"},
};

static void test_parser__faults_end_it(void **state)
{
	const struct imap4_response *r;
	size_t used;
	struct buf out;

	(void)state;
	buf_init(&out, 1U << 20);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		bool limit = faults[i].rc == IMAP4_ELIMIT;
		struct imap4_parser *p = imap4_parser_new(limit ? 8 : 100, 5);
		assert_non_null(p);
		int rc = feed(p, faults[i].text, strlen(faults[i].text), &out);
		assert_int_equal(rc, faults[i].rc);
		assert_string_equal(imap4_parser_error(p), faults[i].error);
		/* For good. */
		rc = imap4_parser_read(p, "* OK\r\n", 6, &used, &r);
		assert_int_equal(rc, faults[i].rc);
		assert_null(r);
		imap4_parser_free(p);
	}
	assert_int_equal(out.len, 0);
	buf_release(&out);
	imap4_parser_free(NULL);
}

static void test_parser__inside(void **state)
{
	struct imap4_parser *p = imap4_parser_new(SIZE_MAX, SIZE_MAX);
	struct buf out;

	(void)state;
	buf_init(&out, 1U << 20);
	assert_non_null(p);
	assert_false(imap4_parser_inside(p));
	assert_int_equal(feed(p, "*", 1, &out), 0);
	assert_true(imap4_parser_inside(p));
	assert_int_equal(feed(p, " X {1}\r\n", 8, &out), 0);
	assert_true(imap4_parser_inside(p));
	assert_int_equal(feed(p, "a\r\n", 3, &out), 0);
	assert_false(imap4_parser_inside(p));
	assert_int_equal(feed(p, "*", 1, &out), 0);
	assert_true(imap4_parser_inside(p));
	imap4_parser_free(p);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parser__any_cut),
	    cmocka_unit_test(test_parser__faults_end_it),
	    cmocka_unit_test(test_parser__inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
