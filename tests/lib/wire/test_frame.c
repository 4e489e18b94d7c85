/* SPDX-License-Identifier: MIT */
/* Line ends, literal headers, limits, and that work grows with the bytes. */
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <imap4/types.h>

#include "lib/wire/frame.h"

#define MAX_RESPONSE 64
#define MAX_BODY     1000

struct framing {
	const char *text;
	const char *events; /* R: response, B, D, E: body; a number: an error */
	const char *last;   /* the last response, or NULL */
};

static const struct framing framings[] = {
    {"* OK x\r\n", "R", "* OK x"},
    {"\r\n", "R", ""},
    {"a\r\nb\r\nc", "RR", "b"},
    {"a {3}\r\nb\r\n\r\n", "R", "a {3}\r\nb\r\n"},
    {"a {3+}\r\nb\r\n\r\n", "R", "a {3+}\r\nb\r\n"},
    {"a ~{2}\r\n\r\n c\r\n", "R", "a ~{2}\r\n\r\n c"},
    {"a {0}\r\n {0}\r\n\r\n", "R", "a {0}\r\n {0}\r\n"},
    {"a {012}\r\n123456789012\r\n", "R", "a {012}\r\n123456789012"},
    {"{1}\r\nx\r\n", "R", "{1}\r\nx"},
    /* A literal that looks like the header of one. */
    {"a {3}\r\n{9}\r\n", "R", "a {3}\r\n{9}"},
    {"a {4}\r\n {9}\r\n", "R", "a {4}\r\n {9}"},
    /* No headers: text. */
    {"a {}\r\n", "R", "a {}"},
    {"a {-1}\r\n", "R", "a {-1}"},
    {"a { 3 }\r\n", "R", "a { 3 }"},
    {"a {3}x\r\n", "R", "a {3}x"},
    {"a {*3}\r\n", "R", "a {*3}"},
    {"a {3++}\r\n", "R", "a {3++}"},
    {"a 3}\r\n", "R", "a 3}"},
    {"}\r\n", "R", "}"},
    /* Text in which nothing is meant by it. */
    {"* OK {3}\r\n", "R", "* OK {3}"},
    {"* no x{3}\r\nb\r\n", "RR", "b"},
    {"A1 BAD [X (] x {3}\r\n", "R", "A1 BAD [X (] x {3}"},
    {"* NO [X \"\\\"]\"] {1}\r\n", "R", "* NO [X \"\\\"]\"] {1}"},
    {"* NO [X \"\\\"]\" {1}\r\n]] x\r\n", "R", "* NO [X \"\\\"]\" {1}\r\n]] x"},
    {"* BYE {9223372036854775808}\r\n", "R", "* BYE {9223372036854775808}"},
    {"* PREAUTH x {3+}\r\n", "R", "* PREAUTH x {3+}"},
    {"* OK [X {1}\r\n]] {3}\r\nabc\r\n", "R", "* OK [X {1}\r\n]] {3}\r\nabc"},
    {"* OKAY {1}\r\nx\r\n", "R", "* OKAY {1}\r\nx"},
    {"*OK {1}\r\nx\r\n", "R", "*OK {1}\r\nx"},
    {"* OK{1}\r\nx\r\n", "R", "* OK{1}\r\nx"},
    {"* {1}\r\nx\r\n", "R", "* {1}\r\nx"},
    /* Not line ends. */
    {"a\nb\r\n", "-4", NULL},
    {"\n", "-4", NULL},
    {"a\rb\r\n", "-4", NULL},
    {"a\r\r\n", "-4", NULL},
    {"a {2}\n12\r\n", "-4", NULL},
    {"a {1}\r\n\r\n\r\n", "-4", NULL},
    /* Sizes. */
    {"a {9223372036854775808}\r\n", "-4", NULL},
    {"a {18446744073709551617}\r\n", "-4", NULL},
    {"a {9223372036854775807}\r\n", "-5", NULL},
    {"a {60}\r\n", "-5", NULL},
    {"* 1 FETCH (BODY[] {1000}\r\n", "B", NULL},
    {"* 1 FETCH (BODY[] {1001}\r\n", "-5", NULL},
    {"123456789 123456789 123456789 123456789 123456789 123456789 1234\r\n",
     "R", "123456789 123456789 123456789 123456789 123456789 123456789 1234"},
    {"123456789 123456789 123456789 123456789 123456789 123456789 12345\r\n",
     "-5", NULL},
    /* Bodies. */
    {"* 1 FETCH (BODY[] {3}\r\na\r\n)\r\n", "BDER",
     "* 1 FETCH (BODY[] {*3}\r\n)"},
    {"* 1 FETCH (BODY[] {0}\r\n)\r\n", "BER", "* 1 FETCH (BODY[] {*0}\r\n)"},
    {"* 1 fetch (binary[] ~{1}\r\nx body[] {1}\r\ny)\r\n", "BDEBDER",
     "* 1 fetch (binary[] ~{*1}\r\n body[] {*1}\r\n)"},
    {"* 1 FETCH (X (BODY[] {1}\r\nx))\r\n", "R",
     "* 1 FETCH (X (BODY[] {1}\r\nx))"},
    {"* 1 FETCH BODY[] {1}\r\nx\r\n", "R", "* 1 FETCH BODY[] {1}\r\nx"},
    {"* 1 FETCHED (BODY[] {1}\r\nx)\r\n", "R", NULL},
    {"* 1 FETCH(BODY[] {1}\r\nx)\r\n", "BDER", NULL},
    {"* X FETCH (BODY[] {1}\r\nx)\r\n", "R", "* X FETCH (BODY[] {1}\r\nx)"},
    {"A1 FETCH (BODY[] {1}\r\nx)\r\n", "R", "A1 FETCH (BODY[] {1}\r\nx)"},
    {"* 1 FETCH (BODY {1}\r\nx)\r\n", "R", "* 1 FETCH (BODY {1}\r\nx)"},
    {"* 1 FETCH (\"BODY[]\" {1}\r\nx)\r\n", "R",
     "* 1 FETCH (\"BODY[]\" {1}\r\nx)"},
    {"* 1 FETCH (X \"\\\"\" BODY[] {1}\r\nx)\r\n", "BDER", NULL},
    {"* 1 FETCH (\"\\\" BODY[]\" {1}\r\nx)\r\n", "R",
     "* 1 FETCH (\"\\\" BODY[]\" {1}\r\nx)"},
};

/* Recorded: see frame_init_whole(). 30 bytes of text, 20 of literals. */
static const struct framing wholes[] = {
    {"a\nb\r\nc\n", "RRR", "c"},
    {"\n\n", "RR", ""},
    {"a {2}\n\r\nb\n", "R", "a {2}\r\n\r\nb"},
    {"a\rb\n", "-4", NULL},
    {"* 1 FETCH (BODY[] {3}\na\r\n)\n", "R", "* 1 FETCH (BODY[] {3}\r\na\r\n)"},
    {"123456789 123456789 1234567890\r\n", "R", NULL},
    {"123456789 123456789 1234567890\n", "R", NULL},
    {"123456789 123456789 12345678901\r\n", "-5", NULL},
    {"123456789 123456789 12345678901\n", "-5", NULL},
    {"a {20}\n12345678901234567890\n", "R", NULL},
    {"a {21}\n", "-5", NULL},
    {"a {15}\n123456789012345{5}\n12345{0}\n\n", "R", NULL},
    {"a {15}\n123456789012345{6}\n", "-5", NULL},
    {"a {5}\n12345 123456789 12345678\n", "R", NULL},
    {"a {5}\n12345 123456789 123456789 1234567\n", "-5", NULL},
};

struct run {
	struct frame f;
	char events[64];
	char last[256];
	bool has_last;
};

static void note(struct run *r, int event)
{
	size_t n = strlen(r->events);
	static const char letters[] = "?RBDE";

	if (event < 0) {
		(void)snprintf(r->events + n, sizeof(r->events) - n, "%d",
			       event);
		return;
	}
	/* However a body is cut, it is one. */
	if (event == FRAME_BODY_DATA && n > 0 && r->events[n - 1] == 'D')
		return;
	assert_true(n + 2 < sizeof(r->events));
	r->events[n] = letters[event];
	if (event != FRAME_RESPONSE)
		return;
	r->has_last = true;
	assert_true(r->f.line.len < sizeof(r->last));
	memset(r->last, 0, sizeof(r->last));
	memcpy(r->last, r->f.line.data, r->f.line.len);
}

/* False: an error ended it. */
static bool feed(struct run *r, const char *p, size_t len)
{
	char *copy = malloc(len ? len : 1);
	size_t at = 0;
	int event;

	assert_non_null(copy);
	memcpy(copy, p, len);
	do {
		size_t used;
		event = frame_feed(&r->f, copy + at, len - at, &used);
		if (event != FRAME_MORE)
			note(r, event);
		at += used;
	} while (event > FRAME_MORE);
	free(copy);
	return event == FRAME_MORE;
}

static void run_cut(const struct framing *t, bool whole, size_t cut)
{
	struct run r = {.has_last = false};
	size_t len = strlen(t->text);

	if (whole)
		frame_init_whole(&r.f, 30, 20);
	else
		frame_init(&r.f, MAX_RESPONSE, MAX_BODY);
	if (cut == SIZE_MAX) {
		bool alive = true;
		for (size_t i = 0; i < len && alive; i++)
			alive = feed(&r, t->text + i, 1);
	} else if (feed(&r, t->text, cut)) {
		(void)feed(&r, t->text + cut, len - cut);
	}
	if (strcmp(r.events, t->events) != 0)
		fail_msg("'%s' cut at %zu: %s, not %s", t->text, cut, r.events,
			 t->events);
	if (t->last)
		assert_string_equal(r.last, t->last);
	frame_release(&r.f);
}

static void run_all(const struct framing *t, size_t n, bool whole)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t cut = 0; cut <= strlen(t[i].text); cut++)
			run_cut(&t[i], whole, cut);
		run_cut(&t[i], whole, SIZE_MAX);
	}
}

static void test_frame__any_cut(void **state)
{
	(void)state;
	run_all(framings, sizeof(framings) / sizeof(framings[0]), false);
}

static void test_frame__recorded(void **state)
{
	(void)state;
	run_all(wholes, sizeof(wholes) / sizeof(wholes[0]), true);
}

static void test_frame__nul_only_in_literals(void **state)
{
	struct frame f;
	size_t used;

	(void)state;
	frame_init(&f, MAX_RESPONSE, MAX_BODY);
	assert_int_equal(frame_feed(&f, "a {1}\r\n\0\r\n", 10, &used),
			 FRAME_RESPONSE);
	assert_int_equal(f.line.len, 8);
	assert_int_equal(frame_feed(&f, "a\0\r\n", 4, &used), IMAP4_EPROTO);
	frame_release(&f);
}

static void test_frame__body_stays_where_it_is(void **state)
{
	static const char head[] = "* 1 FETCH (UID 7 BODY[] {300}\r\n";
	char data[400];
	struct frame f;
	size_t used;

	(void)state;
	memset(data, 'x', sizeof(data));
	frame_init(&f, MAX_RESPONSE, MAX_BODY);
	assert_int_equal(frame_feed(&f, head, strlen(head), &used),
			 FRAME_BODY_BEGIN);
	assert_int_equal(used, strlen(head));
	assert_int_equal(f.left, 300);
	assert_int_equal(f.section.uid, 7);
	assert_int_equal(frame_feed(&f, data, 100, &used), FRAME_BODY_DATA);
	assert_int_equal(used, 100);
	assert_int_equal(frame_feed(&f, data, 400, &used), FRAME_BODY_DATA);
	assert_int_equal(used, 200);
	assert_true(f.line.cap < 256);
	/* The end comes without input. */
	assert_int_equal(frame_feed(&f, NULL, 0, &used), FRAME_BODY_END);
	assert_int_equal(frame_feed(&f, NULL, 0, &used), FRAME_MORE);
	frame_release(&f);
}

static void test_frame__announced_is_not_allocated(void **state)
{
	static const char head[] = "* X {60000000}\r\nabc";
	struct frame f;
	size_t used;

	(void)state;
	frame_init(&f, 64U << 20, MAX_BODY);
	assert_int_equal(frame_feed(&f, head, strlen(head), &used), FRAME_MORE);
	assert_true(f.line.cap < 1024);
	frame_release(&f);
}

/* Processor time to frame n copies of part between head and tail. */
static double cost(const char *head, const char *part, const char *tail,
		   size_t n, size_t step)
{
	struct buf b;
	struct frame f;
	size_t at = 0, used;
	int event;

	buf_init(&b, 1U << 30);
	assert_int_equal(buf_adds(&b, head), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_adds(&b, part), 0);
	assert_int_equal(buf_adds(&b, tail), 0);
	frame_init(&f, 64U << 20, UINT64_C(1) << 32);
	clock_t start = clock();
	do {
		size_t len = b.len - at < step ? b.len - at : step;
		event = frame_feed(&f, b.data + at, len, &used);
		at += used;
		assert_true(event >= 0);
	} while (event != FRAME_RESPONSE);
	double spent = (double)(clock() - start) / CLOCKS_PER_SEC;
	assert_int_equal(at, b.len);
	frame_release(&f);
	buf_release(&b);
	return spent;
}

/* A hundred times a quadratic algorithm's work would take minutes. */
static void test_frame__linear(void **state)
{
	(void)state;
	assert_true(cost("* 1 FETCH (", "BODY[1] {1}\r\nX ", ")\r\n", 50000,
			 SIZE_MAX) < 5);
	assert_true(cost("* X (", "{1}\r\nX ", ")\r\n", 100000, SIZE_MAX) < 5);
	assert_true(cost("* 1 FETCH (X (", "{1}\r\n( ", ")\r\n", 100000, 7) <
		    5);
	assert_true(cost("* X ", "(", "\r\n", 2000000, 1000) < 5);
	assert_true(cost("* X ", "{1", "}\r\nX\r\n", 1000000, 1) < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frame__any_cut),
	    cmocka_unit_test(test_frame__recorded),
	    cmocka_unit_test(test_frame__nul_only_in_literals),
	    cmocka_unit_test(test_frame__body_stays_where_it_is),
	    cmocka_unit_test(test_frame__announced_is_not_allocated),
	    cmocka_unit_test(test_frame__linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
