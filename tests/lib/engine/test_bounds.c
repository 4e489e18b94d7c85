/* SPDX-License-Identifier: MIT */
/* What a server can make an engine hold and do: memory within a constant of
 * the limits, time within a constant of the bytes. */
#include "tests/support/t.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <imap4/engine.h>

#include "lib/util/buf.h"
#include "tests/support/heap.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
/* What an engine may need beside what it is given. */
#define FIXED (256 * KIB)
/* For each byte that a response may have, so many may be taken: resp_init(). */
#define FACTOR 20

static const char greeting[] = "* OK hi\r\n";

static struct imap4_engine *new_engine(size_t max_response)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = max_response};
	struct imap4_engine *e = imap4_engine_new(&limits, 1);
	const struct imap4_event *ev;
	size_t used;

	assert_non_null(e);
	assert_int_equal(
	    imap4_engine_read(e, greeting, strlen(greeting), &used, &ev), 0);
	assert_int_equal(ev->type, IMAP4_EV_GREETING);
	return e;
}

/* Counts the events of each type; 0 or the engine's error. */
static int feed(struct imap4_engine *e, const char *p, size_t len,
		size_t count[static 64])
{
	const struct imap4_event *ev;
	size_t used;
	int rc;

	do {
		rc = imap4_engine_read(e, p, len, &used, &ev);
		p += used;
		len -= used;
		if (rc == 0)
			count[ev->type]++;
	} while (rc == 0 && ev->type != IMAP4_EV_NONE);
	return rc;
}

/* head, n times part, tail. "#" in part is a number that counts up. */
static struct buf repeat(const char *head, const char *part, const char *tail,
			 size_t n)
{
	size_t plain = strcspn(part, "#");
	bool counts = part[plain] == '#';
	int rc = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	rc |= buf_adds(&b, head);
	for (size_t i = 0; i < n; i++) {
		rc |= buf_add(&b, part, plain);
		if (counts)
			rc |= buf_addf(&b, "%zu%s", i, part + plain + 1);
	}
	rc |= buf_adds(&b, tail);
	assert_int_equal(rc, 0);
	return b;
}

/* The most bytes of heap that reading text takes; the text itself does not
 * count. */
static size_t peak(const struct buf *text, size_t max_response, int expected,
		   enum imap4_event_type type)
{
	size_t count[64] = {0};
	size_t before = heap.bytes;
	struct imap4_engine *e = new_engine(max_response);

	heap.peak = heap.bytes;
	assert_int_equal(feed(e, text->data, text->len, count), expected);
	if (expected == 0)
		assert_int_equal(count[type], 1);
	size_t most = heap.peak - before;
	imap4_engine_free(e);
	assert_int_equal(heap.bytes, before);
	return most;
}

static void test_bounds__million_flags(void **state)
{
	struct buf text = repeat("* FLAGS (", "abcdefg ", ")\r\n", 1000000);

	(void)state;
	size_t most = peak(&text, 16 * MIB, 0, IMAP4_EV_FLAGS);
	assert_true(most < FACTOR * text.len);
	buf_release(&text);
	text = repeat("* 1 FETCH (FLAGS (", "\\Seen x ", "))\r\n", 1000000);
	most = peak(&text, 16 * MIB, 0, IMAP4_EV_FETCH);
	assert_true(most < FACTOR * text.len);
	buf_release(&text);
}

static void test_bounds__nesting(void **state)
{
	static const char *const heads[] = {"* X ",
					    "* THREAD ",
					    "* 1 FETCH (BODYSTRUCTURE ",
					    "* 1 FETCH (ENVELOPE ",
					    "* LIST () \"/\" x ",
					    "* NAMESPACE "};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct buf text = repeat(heads[i], "(", "\r\n", 100000);
		size_t most = peak(&text, text.len, 0, IMAP4_EV_BAD);
		assert_true(most < FACTOR * text.len + FIXED);
		buf_release(&text);
	}
}

static void test_bounds__huge_literals(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
	    {"* X {9223372036854775808}\r\n", IMAP4_EPROTO},
	    {"* X {9223372036854775807}\r\n", IMAP4_ELIMIT},
	    {"* X {18446744073709551616}\r\n", IMAP4_EPROTO},
	    {"* X {4294967296}\r\n", IMAP4_ELIMIT},
	    {"* 1 FETCH (BODY[] {9223372036854775808}\r\n", IMAP4_EPROTO},
	    {"* 1 FETCH (BODY[] {9223372036854775807}\r\n", IMAP4_ELIMIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = repeat(rows[i].text, "x", "", 1000);
		size_t most = peak(&text, 0, rows[i].rc, IMAP4_EV_NONE);
		assert_true(most < FIXED);
		buf_release(&text);
	}
}

static void test_bounds__endless_line(void **state)
{
	static const char *const heads[] = {"* OK ", "* X {1}\r\n", "* X (",
					    "* X \"", "+ "};
	static char block[64 * 1024];

	(void)state;
	memset(block, 'x', sizeof(block));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct imap4_engine *e = new_engine(MIB);
		size_t count[64] = {0}, fed = 0;
		int rc = feed(e, heads[i], strlen(heads[i]), count);
		heap.peak = heap.bytes;
		while (rc == 0) {
			rc = feed(e, block, sizeof(block), count);
			fed += sizeof(block);
			assert_true(fed <= 2 * MIB);
		}
		assert_int_equal(rc, IMAP4_ELIMIT);
		assert_true(heap.peak < 4 * MIB);
		imap4_engine_free(e);
	}
}

static long max_rss(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* Nothing of what went by is kept: neither on the heap nor elsewhere. */
static void test_bounds__ten_million_lines(void **state)
{
#ifdef HEAP_COUNTED
	const size_t rounds = 10000;
#else
	const size_t rounds = 100; /* a sanitizer is slow */
#endif
	const size_t lines = 1000;
	struct buf text = repeat(
	    "", "* LIST (\\HasNoChildren) \"/\" Some/box\r\n", "", lines);
	struct imap4_engine *e = new_engine(0);
	size_t count[64] = {0};

	(void)state;
	assert_int_equal(feed(e, text.data, text.len, count), 0);
	long rss = max_rss(), calls = heap.calls;
	size_t bytes = heap.bytes;
	for (size_t i = 1; i < rounds; i++)
		assert_int_equal(feed(e, text.data, text.len, count), 0);
	assert_int_equal(count[IMAP4_EV_LIST], lines * rounds);
	assert_int_equal(heap.calls, calls);
	assert_int_equal(heap.bytes, bytes);
#ifdef HEAP_COUNTED
	assert_true(max_rss() - rss < 1024);
#else
	(void)rss;
#endif
	imap4_engine_free(e);
	buf_release(&text);
}

static void test_bounds__body_is_not_held(void **state)
{
	static char block[64 * 1024];
	const uint64_t size = UINT64_C(1) << 30;
	struct imap4_engine *e = new_engine(0);
	size_t count[64] = {0};
	char head[64];

	(void)state;
	(void)snprintf(head, sizeof(head), "* 1 FETCH (BODY[] {%llu}\r\n",
		       (unsigned long long)size);
	assert_int_equal(feed(e, head, strlen(head), count), 0);
	size_t bytes = heap.bytes;
	heap.peak = bytes;
	for (uint64_t at = 0; at < size; at += sizeof(block))
		assert_int_equal(feed(e, block, sizeof(block), count), 0);
	assert_int_equal(heap.peak, bytes);
	assert_int_equal(feed(e, ")\r\n", 3, count), 0);
	assert_int_equal(count[IMAP4_EV_BODY_END], 1);
	assert_int_equal(count[IMAP4_EV_FETCH], 1);
	imap4_engine_free(e);
}

static const struct shape {
	const char *head, *part, *tail;
} shapes[] = {
    {"* FLAGS (", "ab ", ")\r\n"},
    {"* CAPABILITY", " ab", "\r\n"},
    {"* ENABLED", " #", "\r\n"},
    {"* OK [PERMANENTFLAGS (", "ab ", ")] x\r\n"},
    {"* OK [CAPABILITY", " ab", "] x\r\n"},
    {"* OK [BADCHARSET (", "\"\\\"\" ", ")] x\r\n"},
    {"* OK [", "(", "\r\n"},
    {"* OK [X ", "{1", "] x\r\n"},
    {"* OK [COPYUID 1 1", ",3", " 5] x\r\n"},
    {"* SEARCH", " 1", "\r\n"},
    {"* SEARCH", " 9 7 5 3", "\r\n"},
    {"* ESEARCH UID ALL 1", ",3", "\r\n"},
    {"* VANISHED 1", ",5,3", "\r\n"},
    {"* VANISHED 1", ",#1", "\r\n"},
    {"* ID (", "\"a\" \"\\\\\" ", ")\r\n"},
    {"* NAMESPACE (", "(\"\" \"/\")", ") NIL NIL\r\n"},
    {"* LIST (", "\\X ", ") \"/\" x\r\n"},
    {"* LIST () \"/\" \"", "&AOk-", "\"\r\n"},
    {"* LIST () \"/\" x (", "a (b) ", ")\r\n"},
    {"* STATUS ", "a ", "(UIDNEXT 1)\r\n"},
    {"* STATUS a (", "UIDNEXT 1 ", ")\r\n"},
    {"* 1 FETCH (", "UID 7 ", ")\r\n"},
    {"* 1 FETCH (", "FLAGS (a) ", ")\r\n"},
    {"* 1 FETCH (", "X-Y (\"\\\"\") ", ")\r\n"},
    {"* 1 FETCH (", "BODY[1] {1}\r\nx ", ")\r\n"},
    {"* 1 FETCH (", "BODY[1] \"\\\"\" ", ")\r\n"},
    {"* 1 FETCH (", "X {1}\r\nx ", ")\r\n"},
    {"* 1 FETCH (BODY[", "(", "\r\n"},
    {"* 1 FETCH (ENVELOPE (NIL NIL (", "(NIL NIL \"a\" \"b\")",
     ") NIL NIL NIL NIL NIL NIL NIL))\r\n"},
    {"* 1 FETCH (BODYSTRUCTURE (",
     "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)", " \"mixed\"))\r\n"},
    {"* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" (", "\"a\" \"\\\"\" ",
     ") NIL NIL \"7bit\" 1 1))\r\n"},
    {"* THREAD ", "(1 2)", "\r\n"},
    {"* THREAD (1", " 2", ")\r\n"},
    {"* SORT", " 9 7", "\r\n"},
    {"* QUOTA x (", "STORAGE 1 2 ", ")\r\n"},
    {"* QUOTAROOT x", " a", "\r\n"},
    {"* ACL x", " a lr", "\r\n"},
    {"* LISTRIGHTS x a \"\"", " l", "\r\n"},
    {"* METADATA x (", "/a \"\\\"\" ", ")\r\n"},
    {"* METADATA x", " /a", "\r\n"},
    {"* X ", "{1}\r\n(", "\r\n"},
    {"* X ", "{1", "}\r\nx\r\n"},
    {"* X", "{1}\r\nx", "\r\n"},
    {"* X ", "a{2}b ", "\r\n"},
    {"* X \"", "\\\"", "\"\r\n"},
    {"", "* 1 EXISTS\r\n", ""},
    {"", "* OK [ALERT] x\r\n", ""},
    {"", "* ENABLED #\r\n", ""},
    {"", "* # FETCH (UID 1)\r\n", ""},
    {"", "\r\n", ""},
    {"", ")\r\n", ""},
    {"* 1 FETCH (X ", "{1}\r\nx\r\n\r\n ", ")\r\n"},
    {"* 1 FETCH (X (", "\"a\"b\" ", "))\r\n"},
    {"* 1 FETCH (X \"", "\"\"", "\")\r\n"},
    {"* 1 FETCH (X \"", "x \"", "\r\n"},
    {"* 1 FETCH (BODYSTRUCTURE (a b)", "((a b) \"x\")", ")\r\n"},
    {"* 1 FETCH (ENVELOPE (NIL NIL ((", "\"a\" ", ")) NIL))\r\n"},
    {"* ESEARCH", " (MODSEQ 1)", "\r\n"},
};

/* Processor time for about size bytes of a shape, in pieces; blanks: and as
 * many of them in front of its tail. */
static double cost(const struct shape *s, size_t size, bool blanks)
{
	struct buf tail = repeat("", " ", s->tail, blanks ? size : 0);
	struct buf text = repeat(s->head, s->part, tail.data ? tail.data : "",
				 size / strlen(s->part));
	struct imap4_engine *e = new_engine(64 * MIB);
	size_t count[64] = {0}, n;

	clock_t start = clock();
	for (size_t at = 0; at < text.len; at += n) {
		n = text.len - at < 1000 ? text.len - at : 1000;
		assert_int_equal(feed(e, text.data + at, n, count), 0);
	}
	double spent = (double)(clock() - start);
	imap4_engine_free(e);
	buf_release(&text);
	buf_release(&tail);
	return spent;
}

/* Other work on the machine makes a run slower, never faster. */
static double best_cost(const struct shape *s, size_t size, bool blanks)
{
	double best = cost(s, size, blanks);

	for (int i = 0; i < 2; i++) {
		double again = cost(s, size, blanks);
		best = again < best ? again : best;
	}
	return best;
}

/* Sixteen times the bytes: linear work takes 16 times as long, quadratic 256
 * times. */
static void test_bounds__time_is_linear(void **state)
{
	(void)state;
	/* A page that is new costs more than what is done with it. */
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
	for (size_t i = 0; i < 2 * sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i / 2];
		bool blanks =
		    i % 2 == 1 && s->tail[0] && !strstr(s->tail, "}\r\n");
		double one = best_cost(s, 32 * KIB, blanks);
		double many = best_cost(s, 512 * KIB, blanks);
		/* Short times are coarse: a page fault counts. */
		if (many > 64 * (one + 200))
			fail_msg("%s%s...%s: %.0f and %.0f us", s->head,
				 s->part, blanks ? " with blanks" : "", one,
				 many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounds__million_flags),
	    cmocka_unit_test(test_bounds__nesting),
	    cmocka_unit_test(test_bounds__huge_literals),
	    cmocka_unit_test(test_bounds__endless_line),
	    cmocka_unit_test(test_bounds__ten_million_lines),
	    cmocka_unit_test(test_bounds__body_is_not_held),
	    cmocka_unit_test(test_bounds__time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
