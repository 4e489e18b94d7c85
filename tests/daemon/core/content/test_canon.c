/* SPDX-License-Identifier: MIT */
/* What counts as the same message, and what does not; the same at every split.
 */
#include "daemon/core/content/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"

#define MOST 4096

/* What came out of one message. */
struct out {
	size_t n, header;
	char text[MOST];
};

static void take(void *ctx, enum canon_part part, const char *p, size_t n)
{
	struct out *o = ctx;

	assert_true(n > 0 && n <= sizeof(o->text) - o->n);
	memcpy(o->text + o->n, p, n);
	o->n += n;
	/* The header comes first, and as a whole. */
	if (part == CANON_HEADER) {
		assert_int_equal(o->header + n, o->n);
		o->header += n;
	}
}

/* In pieces of `step` bytes; 0: in one. */
static void canon(struct out *o, const char *p, size_t n, size_t step)
{
	struct canon c;

	o->n = o->header = 0;
	canon_begin(&c, CANON_HEADER, take, o);
	for (size_t at = 0, k; at < n; at += k) {
		k = step == 0 || step > n - at ? n - at : step;
		canon_add(&c, p + at, k);
	}
	canon_end(&c);
}

static void assert_canon(const char *in, const char *header, const char *body)
{
	struct out o;

	canon(&o, in, strlen(in), 0);
	assert_int_equal(o.header, strlen(header));
	assert_memory_equal(o.text, header, o.header);
	assert_int_equal(o.n - o.header, strlen(body));
	assert_memory_equal(o.text + o.header, body, o.n - o.header);
}

static void test_canon__forms(void **state)
{
	static const struct {
		const char *in, *header, *body;
	} cases[] = {
	    {"Subject: A b\n\nText\n", "subject: A b\n\n", "Text"},
	    {"subject: A b\r\n\r\nText\r\n", "subject: A b\n\n", "Text"},
	    /* Folded lines. */
	    {"A: b\n c\n\td\nE: f\n\n", "a: b c\td\ne: f\n\n", ""},
	    {" x: y\nA: b\n\n", " x: y\na: b\n\n", ""},
	    /* Lone and final CR, and those that were doubled. */
	    {"A: b\r\r\n\r\nx\ry\r\r\nz\r", "a: b\n\n", "xy\nz"},
	    /* Line ends behind the last line, and within. */
	    {"A: b\n\n\n\nx\n\n\ny\n\n\n", "a: b\n\n", "\n\nx\n\n\ny"},
	    {"A: b\n\n\r\n\n", "a: b\n\n", ""},
	    {"A: b\n\nx", "a: b\n\n", "x"},
	    /* Cyrus stores these so. */
	    {"A: \xc3\xbc\xff\n\n\xc3\xbc", "a: XXX\n\n", "\xc3\xbc"},
	    {"A\xc3: b\n\n", "ax: b\n\n", ""},
	    /* No empty line. */
	    {"A: b", "a: b\n\n", ""},
	    {"A: b\n", "a: b\n\n", ""},
	    {"A: b\r\n\r", "a: b\n\n", ""},
	    {"A", "a\n\n", ""},
	    {"", "\n", ""},
	    {"\r", "\n", ""},
	    {"X-UID", "x-uid\n\n", ""},
	    /* Starts with an empty line. */
	    {"\nStatus: O\n\nx\n", "\n", "Status: O\n\nx"},
	    {"\r\nx", "\n", "x"},
	    /* What is no field. */
	    {"From Ann@x.org Sat\nA: b\n\n", "from Ann@x.org Sat\na: b\n\n",
	     ""},
	    {"Status : O\nLines\n\n", "status : O\nlines\n\n", ""},
	    {":x\n: y\n\n", ":x\n: y\n\n", ""},
	    {"THIS-IS-NO-FIELD-AT-ALL BUT TEXT\n\n",
	     "this-is-no-field-at-all BUT TEXT\n\n", ""},
	    {"THIS-IS-A-LONG-NAME-OF-A-FIELD: Yes\n\n",
	     "this-is-a-long-name-of-a-field: Yes\n\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_canon(cases[i].in, cases[i].header, cases[i].body);
}

static void test_canon__leaves_out_what_tools_write(void **state)
{
	static const char *const names[] = {
	    "X-TUID", "X-OfflineIMAP", "Content-Length", "Lines",
	    "Status", "X-Status",      "X-Keywords",     "X-UID"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char in[200];
		snprintf(in, sizeof(in), "%s: 1\n 2\nA: b\n%s:\n\tc\r\n\nx",
			 names[i], names[i]);
		assert_canon(in, "a: b\n\n", "x");
		snprintf(in, sizeof(in), "A: b\n%s: 1\n", names[i]);
		assert_canon(in, "a: b\n\n", "");
		/* A longer name is another field. */
		snprintf(in, sizeof(in), "%sX:\n\n%s: 1", names[i], names[i]);
		struct out o;
		canon(&o, in, strlen(in), 0);
		assert_int_equal(o.header, strlen(names[i]) + 4);
		assert_int_equal(o.n - o.header, strlen(names[i]) + 3);
	}
	assert_canon("STATUS: O\nstatus: O\nsTaTuS:O\n\n", "\n", "");
	/* What it has folded goes with it; the next field does not. */
	assert_canon("Status: O\n folded\nSubject: a\n b\n\n",
		     "subject: a b\n\n", "");
}

/* Long enough for every buffer within, with all that matters in it. */
static size_t any_message(struct rng *r, char *out, size_t most)
{
	static const char *const pieces[] = {
	    "\n",
	    "\n",
	    "\r\n",
	    "\r",
	    " ",
	    "\t",
	    ":",
	    "a",
	    "Z",
	    "\xc3",
	    "Status:",
	    "X-UID: 1",
	    "Lines: ",
	    "X-TUID",
	    "x-tuidx: ",
	    "From ",
	    "Subject: Hello",
	};
	size_t n = 0, want = rng_below(r, (uint32_t)most - 60);

	while (n < want) {
		const char *p =
		    pieces[rng_below(r, sizeof(pieces) / sizeof(pieces[0]))];
		memcpy(out + n, p, strlen(p));
		n += strlen(p);
	}
	if (rng_below(r, 2)) {
		memset(out + n, rng_below(r, 2) ? 'Q' : '\n', 30);
		n += 30;
	}
	return n;
}

static void test_canon__is_the_same_at_every_split(void **state)
{
	char in[200];
	struct rng r;

	(void)state;
	rng_init(&r, "canon");
	for (int i = 0; i < 3000; i++) {
		size_t n = any_message(&r, in, sizeof(in));
		struct out whole, parts;
		canon(&whole, in, n, 0);
		for (size_t cut = 0; cut <= n; cut++) {
			struct canon c;
			parts.n = parts.header = 0;
			canon_begin(&c, CANON_HEADER, take, &parts);
			canon_add(&c, in, cut);
			canon_add(&c, in + cut, n - cut);
			canon_end(&c);
			assert_int_equal(parts.header, whole.header);
			assert_int_equal(parts.n, whole.n);
			assert_memory_equal(parts.text, whole.text, whole.n);
		}
		canon(&parts, in, n, 1);
		assert_int_equal(parts.header, whole.header);
		assert_int_equal(parts.n, whole.n);
		assert_memory_equal(parts.text, whole.text, whole.n);
	}
}

/* LF on disk is CRLF on the wire: it comes to the same. */
static void test_canon__is_the_same_on_disk_and_on_the_wire(void **state)
{
	char in[200], wire[400];
	struct rng r;

	(void)state;
	rng_init(&r, "canon wire");
	for (int i = 0; i < 3000; i++) {
		size_t n = any_message(&r, in, sizeof(in)), w = 0;
		struct out disk, there;
		for (size_t k = 0; k < n; k++) {
			if (in[k] == '\n')
				wire[w++] = '\r';
			wire[w++] = in[k];
		}
		canon(&disk, in, n, 0);
		canon(&there, wire, w, 0);
		assert_int_equal(there.header, disk.header);
		assert_int_equal(there.n, disk.n);
		assert_memory_equal(there.text, disk.text, disk.n);
	}
}

/* What is canonical stays as it is. */
static void test_canon__of_the_canonical_is_itself(void **state)
{
	char in[200];
	struct rng r;

	(void)state;
	rng_init(&r, "canon again");
	for (int i = 0; i < 3000; i++) {
		size_t n = any_message(&r, in, sizeof(in));
		struct out once, twice;
		canon(&once, in, n, 0);
		/* Without the fields that went, another may follow another. */
		if (once.text[0] == ' ' || once.text[0] == '\t')
			continue;
		canon(&twice, once.text, once.n, 0);
		assert_int_equal(twice.n, once.n);
		assert_memory_equal(twice.text, once.text, once.n);
	}
}

static void test_canon__a_body_alone(void **state)
{
	static const char text[] = "Status: O\r\n\r\nx\r\n\r\n";
	struct canon c;
	struct out o = {.n = 0};

	(void)state;
	canon_begin(&c, CANON_BODY, take, &o);
	canon_add(&c, text, sizeof(text) - 1);
	canon_end(&c);
	assert_int_equal(o.header, 0);
	assert_int_equal(o.n, 12);
	assert_memory_equal(o.text, "Status: O\n\nx", 12);
}

static void count(void *ctx, enum canon_part part, const char *p, size_t n)
{
	(void)part;
	(void)p;
	*(uint64_t *)ctx += n;
}

/* A line without end, and ends without a line. */
static void test_canon__takes_any_length(void **state)
{
	static const char *const lines[] = {"", "A: ", "Status: ", "A: b\n\n",
					    "A: b\n\nx"};
	static const uint64_t kept[] = {2, 2, 1, 6, 6};
	char *block = malloc(65536);

	(void)state;
	assert_non_null(block);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct canon c;
		uint64_t n = 0;
		canon_begin(&c, CANON_HEADER, count, &n);
		canon_add(&c, lines[i], strlen(lines[i]));
		memset(block, i == 4 ? '\n' : 'x', 65536);
		for (int k = 0; k < 512; k++)
			canon_add(&c, block, 65536);
		if (i == 4)
			canon_add(&c, "y", 1);
		canon_end(&c);
		uint64_t all = UINT64_C(512) * 65536;
		assert_int_equal(n, i == 2   ? 1
				    : i == 4 ? 6 + 1 + all + 1
				    : i == 1 ? 3 + all + 2
					     : kept[i] + all);
	}
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canon__forms),
	    cmocka_unit_test(test_canon__leaves_out_what_tools_write),
	    cmocka_unit_test(test_canon__is_the_same_at_every_split),
	    cmocka_unit_test(test_canon__is_the_same_on_disk_and_on_the_wire),
	    cmocka_unit_test(test_canon__of_the_canonical_is_itself),
	    cmocka_unit_test(test_canon__a_body_alone),
	    cmocka_unit_test(test_canon__takes_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
