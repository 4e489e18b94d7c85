/* SPDX-License-Identifier: MIT */
/* Real servers' responses (../shared/vectors) through framer and parser, whole
 * and cut at every byte, against the parses that the collection expects. */
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include <imap4/codec.h>

#include "tests/lib/wire/describe_message.h"
#include "tests/support/vectors.h"

#define MAX_RESPONSE (16U << 20)
/* Longer ones are cut at a few places only. */
#define CUT_ALL 3000

/* Where we know better than the reference parser. */
static const struct {
	const char *id;
	const char *why;
} exceptions[] = {
    {"horde-bce7fc6f95", "delimiter \"\" is reported as none"},
    {"mox-9c5f59b5ff", "delimiter \"\" is reported as none"},
    {"mailkit-d87d4f6763", "a mailbox named NIL is a mailbox"},
    {"mox-144aab8902", "[...] is no set: an excerpt of RFC 7162"},
    {"mox-d26a652ee9", "the same"},
    {"mox-d3864c2415", "the same"},
    {"mox-864409e6c3", "the same, of RFC 9394"},
    {"mox-af0458a45a", "the same"},
    {"mox-f1044e35bd", "the same"},
    {"rfc-29a09133e7", "a line that the RFC wraps, cut before its set"},
    {"rfc-9371d7363d", "the same"},
    {"rfc-a09807774c", "a set with a blank in it, where the RFC wraps"},
};

/* The same for proposals of the collection's authors. */
static const struct {
	const char *id;
	const char *why;
} declined[] = {
    {"synthetic-adversarial-335890826f", "two \"+\" are the engine's matter"},
    {"synthetic-adversarial-3db2dd6598", "EXPUNGE over EXISTS: likewise"},
    {"synthetic-adversarial-3a715704b1", "no tag, no response: refused"},
    {"synthetic-adversarial-7b3cfad6c4", "a code alone is skipped"},
    {"synthetic-adversarial-bcf1ecfb6e", "a bare LF is refused"},
};

/* A value of an item by itself; NULL: it cannot be understood. */
static json_t *describe_alone(const char *name, struct imap4_str text)
{
	struct imap4_envelope *env;
	struct imap4_part *part;
	json_t *out = NULL;

	if (!strcmp(name, "ENVELOPE")) {
		if (imap4_envelope_parse(text, NULL, &env) < 0)
			return NULL;
		out = describe_envelope(env);
		imap4_envelope_free(env);
	} else if (!strcmp(name, "BODY") || !strcmp(name, "BODYSTRUCTURE")) {
		if (imap4_part_parse(text, NULL, &part) < 0)
			return NULL;
		out = describe_part(part);
		imap4_part_free(part);
	}
	return out;
}

/* The typed result is that of the value alone. */
static void check_structured(const struct imap4_fetch *f, const char *name,
			     const json_t *alone, bool both)
{
	json_t *typed;

	if (!strcmp(name, "ENVELOPE")) {
		assert_true(f->have & IMAP4_F_ENVELOPE);
		typed = describe_envelope(f->envelope);
	} else {
		assert_true(f->have & IMAP4_F_BODYSTRUCTURE);
		typed = describe_part(f->bodystructure);
		if (both && !strcmp(name, "BODY")) {
			json_decref(typed);
			return;
		}
	}
	assert_true(json_equal(typed, alone));
	json_decref(typed);
}

/* With what has a structure in the place of its tokens. */
static json_t *describe_typed(struct run *run)
{
	json_t *out = describe(run);
	json_t *fetch = json_object_get(out, "fetch");
	const struct imap4_fetch *f = &run->resp.ev.fetch;
	bool both = json_object_get(fetch, "BODY") &&
		    json_object_get(fetch, "BODYSTRUCTURE");
	struct lex lex;
	struct lex_token tok;

	if (!fetch)
		return out;
	lex_init(&lex, f->raw, MAX_DEPTH, NULL);
	assert_true(lex_open(&lex));
	while (lex.depth > 0) {
		if (lex_close(&lex) || lex_open(&lex))
			continue;
		assert_int_equal(lex_item(&lex, &tok), LEX_ATOM);
		json_t *key = upper(tok.s);
		json_t *alone =
		    describe_alone(json_string_value(key), lex_rest(&lex));
		if (alone) {
			check_structured(f, json_string_value(key), alone,
					 both);
			put(fetch, json_string_value(key), alone);
		}
		json_decref(key);
		if (!lex_skip(&lex))
			break;
	}
	return out;
}

static void response(struct run *run)
{
	const struct buf *line = &run->frame.line;

	int rc =
	    resp_parse(&run->resp, line->data ? line->data : "", line->len);
	assert_true(rc == 0 || rc == IMAP4_EPROTO);
	run->frames++;
	run->bad += rc < 0;
	(void)buf_addf(&run->digest, "%d %d:", rc, run->resp.ev.type);
	(void)buf_add(&run->digest, line->data, line->len);
	if (rc == 0 && run->responses)
		(void)json_array_append_new(run->responses,
					    describe_typed(run));
	json_array_clear(run->bodies);
}

static void handle(struct run *run, int event, const unsigned char *p, size_t n)
{
	switch (event) {
	case FRAME_RESPONSE:
		response(run);
		break;
	case FRAME_BODY_BEGIN:
		buf_reset(&run->body);
		(void)buf_addf(&run->digest, "begin %u %u",
			       run->frame.section.seq, run->frame.section.uid);
		break;
	case FRAME_BODY_DATA:
		(void)buf_add(&run->body, p, n);
		break;
	case FRAME_BODY_END:
		(void)buf_add(&run->digest, run->body.data, run->body.len);
		if (run->responses)
			(void)json_array_append_new(
			    run->bodies,
			    latin1(run->body.data ? run->body.data : "",
				   run->body.len, "s:"));
		break;
	default:
		assert_true(event < 0);
		run->error = event;
		(void)buf_addf(&run->digest, "error %d", event);
	}
}

/* In memory of exactly that size, so that an overrun is seen. */
static void feed(struct run *run, const unsigned char *p, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);
	size_t at = 0;

	assert_non_null(copy);
	memcpy(copy, p, len);
	while (run->error == 0) {
		size_t used;
		int event =
		    frame_feed(&run->frame, (char *)copy + at, len - at, &used);
		if (event == FRAME_MORE) {
			assert_int_equal(at + used, len);
			break;
		}
		handle(run, event, copy + at, used);
		at += used;
	}
	free(copy);
}

static void run_init(struct run *run, bool describe_all)
{
	memset(run, 0, sizeof(*run));
	frame_init(&run->frame, MAX_RESPONSE, UINT64_C(1) << 32);
	resp_init(&run->resp, MAX_DEPTH, MAX_RESPONSE);
	buf_init(&run->digest, 1U << 28);
	buf_init(&run->body, 1U << 28);
	run->bodies = json_array();
	run->responses = describe_all ? json_array() : NULL;
}

static void run_release(struct run *run)
{
	frame_release(&run->frame);
	resp_release(&run->resp);
	buf_release(&run->digest);
	buf_release(&run->body);
	json_decref(run->bodies);
	json_decref(run->responses);
}

static bool complete(const struct run *run)
{
	return run->error == 0 &&
	       (run->frame.state == FRAME_DONE ||
		(run->frame.state == FRAME_TEXT && run->frame.line.len == 0));
}

static void compare_cut(const struct vector *v, const struct run *whole,
			size_t cut, bool bytewise)
{
	struct run run;

	run_init(&run, false);
	for (size_t i = 0; bytewise && i < v->len; i++)
		feed(&run, v->raw + i, 1);
	if (!bytewise) {
		feed(&run, v->raw, cut);
		feed(&run, v->raw + cut, v->len - cut);
	}
	if (run.digest.len != whole->digest.len ||
	    (run.digest.len > 0 &&
	     memcmp(run.digest.data, whole->digest.data, run.digest.len) != 0))
		fail_msg("%s: another result when cut at %zu", v->id, cut);
	run_release(&run);
}

static void compare_cuts(const struct vector *v, const struct run *whole)
{
	size_t step = v->len <= CUT_ALL ? 1 : v->len / 30;

	for (size_t cut = 0; cut <= v->len; cut += step)
		compare_cut(v, whole, cut, false);
	compare_cut(v, whole, v->len, true);
}

/* ids in any order against ranges. */
static bool same_ids(const json_t *ids, const json_t *ranges)
{
	struct imap4_set a = {.range = NULL};
	json_t *v;
	size_t i;

	json_array_foreach(ids, i, v)
	{
		uint32_t n = (uint32_t)json_integer_value(v);
		assert_int_equal(imap4_set_add(&a, n, n), 0);
	}
	bool same = a.n == json_array_size(ranges);
	for (i = 0; same && i < a.n; i++) {
		const json_t *r = json_array_get(ranges, i);
		same =
		    json_integer_value(json_array_get(r, 0)) ==
			a.range[i].first &&
		    json_integer_value(json_array_get(r, 1)) == a.range[i].last;
	}
	imap4_set_release(&a);
	return same;
}

static bool same_search(const json_t *expected, const json_t *got)
{
	const json_t *em = json_object_get(expected, "modseq");
	const json_t *gm = json_object_get(got, "modseq");

	return same_ids(json_object_get(expected, "ids"),
			json_object_get(got, "ranges")) &&
	       json_integer_value(em) == json_integer_value(gm);
}

/* The typed items are all there; what we have no type for is in the tokens. */
static bool same_status(const json_t *expected, const json_t *got)
{
	const json_t *items = json_object_get(expected, "items");
	const json_t *mine = json_object_get(got, "items");
	const char *key;
	json_t *g;

	json_object_foreach((json_t *)(uintptr_t)mine, key, g)
	{
		if (!json_equal(g, json_object_get(items, key)))
			return false;
	}
	return json_equal(json_object_get(expected, "name"),
			  json_object_get(got, "name"));
}

/* Is this key of the expectation met? */
static bool same_key(const json_t *expected, const json_t *got, const char *key)
{
	const json_t *e = json_object_get(expected, key);
	const json_t *g = json_object_get(got, key);

	if (!strcmp(key, "search") && !g)
		return true;
	if (!g)
		return false;
	if (!strcmp(key, "fetch"))
		return same_message(e, g);
	if (!strcmp(key, "search"))
		return same_search(e, g);
	if (!strcmp(key, "status"))
		return same_status(e, g);
	return json_equal(e, g);
}

static bool same_response(const json_t *expected, const json_t *got)
{
	const char *key;
	json_t *e;

	json_object_foreach((json_t *)(uintptr_t)expected, key, e)
	{
		if (!same_key(expected, got, key))
			return false;
	}
	return true;
}

struct tally {
	size_t ok;
	size_t wrong;
	size_t lenient;
	size_t excepted;
	size_t declined;
};

static bool excepted(const struct vector *v)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]);
	     i++) {
		if (!strcmp(exceptions[i].id, v->id))
			return true;
	}
	return false;
}

static void complain(const struct vector *v, const json_t *expected,
		     const json_t *got)
{
	if (excepted(v))
		return;
	char *e = json_dumps(expected, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	char *g =
	    got ? json_dumps(got, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

	print_message("%s: %.300s\n  expected %.400s\n  got      %.400s\n",
		      v->id, (const char *)v->raw, e, g ? g : "nothing");
	free(e);
	free(g);
}

static bool as_expected(const struct vector *v, const struct run *run)
{
	const char *result = vectors_text(v->expected, "result");
	const json_t *all = json_object_get(v->expected, "responses");
	const json_t *e;
	size_t i;

	if (!strcmp(result, "error"))
		return run->error < 0 || run->bad > 0;
	if (!strcmp(result, "incomplete"))
		return run->error == 0 && run->bad == 0 && !complete(run);
	if (!complete(run) || run->bad > 0 ||
	    json_array_size(all) != json_array_size(run->responses)) {
		complain(v, all, run->responses);
		return false;
	}
	json_array_foreach(all, i, e)
	{
		const json_t *g = json_array_get(run->responses, i);
		if (!same_response(e, g)) {
			complain(v, e, g);
			return false;
		}
	}
	return true;
}

/* README of the vectors, "What the expectations are worth". */
static bool binding(const struct vector *v)
{
	const char *result = vectors_text(v->expected, "result");
	const char *verdict = vectors_text(v->whole, "source_verdict");

	return result && !json_object_get(v->expected, "deviations") &&
	       (!verdict || !strcmp(verdict, result));
}

/* "class" is what the collection's authors propose: accept or refuse. Lines of
 * class fatal and limit are well formed; the engine's tests have those. */
static bool as_proposed(const struct vector *v, const struct run *run)
{
	const char *class = vectors_text(v->expected, "class");
	bool refused = run->error < 0 || run->bad > 0;

	if (!strcmp(class, "tolerate"))
		return !refused;
	if (!strcmp(class, "reject-line"))
		return refused;
	return true;
}

static bool is_declined(const struct vector *v)
{
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++) {
		if (!strcmp(declined[i].id, v->id))
			return true;
	}
	return false;
}

static void check_proposal(const struct vector *v, const struct run *run,
			   struct tally *tally)
{
	if (as_proposed(v, run))
		return;
	tally->declined++;
	if (!is_declined(v)) {
		print_message("WRONG %s: %.200s\n", v->id,
			      (const char *)v->raw);
		tally->wrong++;
	}
}

static void check_response(const struct vector *v, void *ctx)
{
	struct tally *tally = ctx;
	struct run run;

	run_init(&run, true);
	feed(&run, v->raw, v->len);
	compare_cuts(v, &run);
	if (json_object_get(v->expected, "class")) {
		check_proposal(v, &run, tally);
	} else if (!binding(v)) {
		tally->lenient++;
	} else if (as_expected(v, &run)) {
		tally->ok++;
	} else if (excepted(v)) {
		tally->excepted++;
	} else {
		print_message("WRONG %s (%s)\n", v->id,
			      vectors_text(v->expected, "result"));
		tally->wrong++;
	}
	run_release(&run);
}

static void test_vectors__responses(void **state)
{
	struct tally tally = {0};

	(void)state;
	if (vectors_each("response", check_response, &tally) == 0)
		skip();
	print_message("%zu as expected, %zu not binding, %zu excepted\n",
		      tally.ok, tally.lenient, tally.excepted);
	assert_int_equal(tally.wrong, 0);
	assert_int_equal(tally.excepted,
			 sizeof(exceptions) / sizeof(exceptions[0]));
	assert_int_equal(tally.declined,
			 sizeof(declined) / sizeof(declined[0]));
}

static void check_framing(const struct vector *v, void *ctx)
{
	const json_t *frames = json_object_get(v->expected, "frames");
	struct run run;

	(void)ctx;
	run_init(&run, false);
	feed(&run, v->raw, v->len);
	compare_cuts(v, &run);
	/* Text has no literals, which that reader does not know. */
	if (strcmp(v->id, "net-imap-21ac29eb4f") == 0 ||
	    strcmp(v->id, "net-imap-48bd4a7dbb") == 0)
		assert_true(run.frames > 1);
	/* It is there to be linear, which it is; but a bare CR is none. */
	else if (frames && strcmp(v->id, "net-imap-bb506a1813") != 0)
		assert_int_equal(run.frames, json_integer_value(frames));
	else
		assert_true(run.error < 0);
	run_release(&run);
}

static void test_vectors__framing(void **state)
{
	(void)state;
	if (vectors_each("framing", check_framing, NULL) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors__responses),
	    cmocka_unit_test(test_vectors__framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
