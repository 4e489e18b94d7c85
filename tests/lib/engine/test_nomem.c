/* SPDX-License-Identifier: MIT */
/* Every allocation of a session fails once: nothing leaks, a submit that failed
 * can be repeated, and each command still ends exactly once. */
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include <imap4/parse.h>

#include "lib/engine/engine_priv.h"
#include "tests/support/heap.h"
#include "tests/support/str.h"

struct client {
	struct imap4_engine *e;
	long budget; /* allowed while the engine works, for the whole session */
	size_t submitted, ended;
};

static void enter(const struct client *c)
{
	heap.budget = c->budget;
}

static void leave(struct client *c)
{
	c->budget = heap.budget;
	heap.budget = -1;
}

/* A message that the server is to put together. */
static int submit_pieces(struct imap4_engine *e)
{
	const struct imap4_catenate parts[] = {{.url = str("imap:\n")},
					       {.length = 200000}};
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = str("x"),
				       .flags = "\\Seen",
				       .part = parts,
				       .nparts = 2};

	return imap4_engine_append(e, &a, NULL);
}

static int submit_once(struct client *c, int what)
{
	struct imap4_engine *e = c->e;

	switch (what) {
	case 0:
		return imap4_engine_authenticate(e, "PLAIN", str("\x01x"),
						 NULL);
	case 1:
		return imap4_engine_enable(e, "QRESYNC", NULL);
	case 2:
		return imap4_engine_list(e, NULL, str("\n"), str("a\"b"), "X",
					 NULL);
	case 3:
		return imap4_engine_select(e, str("x"), NULL, NULL);
	case 4:
		return imap4_engine_uid_fetch(e, "1:*", "UID", 1, true, NULL);
	case 5:
		return imap4_engine_logout(e, NULL);
	case 6:
		return imap4_engine_compress(e, NULL);
	case 8:
		return submit_pieces(e);
	default:
		imap4_engine_command_begin(e, "UID SEARCH");
		imap4_engine_command_binary(e, (struct imap4_str){"\0", 1});
		return imap4_engine_command_end(e, NULL);
	}
}

/* A failure changes nothing: the second time it works. */
static void submit(struct client *c, int what)
{
	enter(c);
	int rc = submit_once(c, what);
	leave(c);
	if (rc < 0) {
		assert_int_equal(rc, IMAP4_ENOMEM);
		assert_int_equal(submit_once(c, what), 0);
	}
	c->submitted++;
}

static void flush(struct client *c)
{
	const void *p;
	size_t n;

	enter(c);
	while ((n = imap4_engine_write(c->e, &p)) > 0)
		imap4_engine_sent(c->e, n);
	leave(c);
}

static int respond(struct client *c)
{
	enter(c);
	int rc = imap4_engine_auth_respond(c->e, str("x"));
	leave(c);
	if (rc == IMAP4_ENOMEM)
		rc = imap4_engine_auth_respond(c->e, str("x"));
	return rc;
}

/* Some of the message that is asked for. */
static int give(struct client *c, imap4_id id)
{
	static const char text[1000];

	enter(c);
	int rc = imap4_engine_append_data(c->e, id, text, sizeof(text));
	leave(c);
	if (rc == IMAP4_ENOMEM)
		rc = imap4_engine_append_data(c->e, id, text, sizeof(text));
	return rc;
}

/* False: out of memory; the connection is then over. */
static bool read_all(struct client *c, const char *p, size_t len)
{
	const struct imap4_event *ev;
	size_t used;

	do {
		enter(c);
		int rc = imap4_engine_read(c->e, p, len, &used, &ev);
		leave(c);
		if (rc < 0) {
			assert_int_equal(rc, IMAP4_ENOMEM);
			return false;
		}
		p += used;
		len -= used;
		c->ended += ev->type == IMAP4_EV_DONE;
		/* No memory is not the server's fault. */
		assert_int_not_equal(ev->type, IMAP4_EV_BAD);
		assert_int_not_equal(ev->code.code, IMAP4_CODE_UNKNOWN);
		if (ev->type == IMAP4_EV_CHALLENGE)
			assert_int_equal(respond(c), 0);
		if (ev->type == IMAP4_EV_APPEND_DATA)
			assert_int_equal(give(c, ev->id), 0);
	} while (ev->type != IMAP4_EV_NONE);
	return true;
}

static bool server(struct client *c, const char *text)
{
	static char out[4096];
	size_t n = 0;

	for (; *text; text++) {
		size_t len = *text == '@' ? strlen(c->e->prefix) : 1;
		assert_true(n + len < sizeof(out));
		memcpy(out + n, *text == '@' ? c->e->prefix : text, len);
		n += len;
	}
	flush(c);
	return read_all(c, out, n);
}

static bool session(struct client *c)
{
	if (!server(c, "* OK [CAPABILITY X AUTH=PLAIN] hi\r\n"))
		return false;
	submit(c, 0);
	if (!server(c, "+ \r\n") || !server(c, "+ YWJj\r\n") ||
	    !server(c, "* CAPABILITY LITERAL+ COMPRESS=DEFLATE QRESYNC\r\n"
		       "@1 OK in\r\n"))
		return false;
	for (int i = 1; i <= 4; i++)
		submit(c, i);
	if (!server(c, "* ENABLED QRESYNC\r\n@2 OK x\r\n+ \r\n") ||
	    !server(c, "* LIST (\\A \\B) \"/\" \"a\\\"&AOk-\"\r\n"
		       "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n@3 OK x\r\n"
		       "* OK [PERMANENTFLAGS (a b)] x\r\n@4 OK x\r\n"
		       "* VANISHED (EARLIER) 1,3,5,7,9,11\r\n"
		       "* SEARCH 9 7 5\r\n* STATUS \"a\\\"b\" (UIDNEXT 1)\r\n"
		       "* OK [COPYUID 1 1,3 5,7] x\r\n"
		       "* OK [BADCHARSET (\"\\\"\")] x\r\n"
		       "* 1 FETCH (UID 1 FLAGS (a) BODY[] {2}\r\nab)\r\n"
		       "* 2 FETCH (UID 2 BODY[] \"a\\\"b\" X {3}\r\nabc)\r\n"
		       "* ESEARCH ALL 1,3 PARTIAL (1:2 5,7) ADDTO (1 2,4)\r\n"
		       "* SORT 9 7 5\r\n"
		       "@5 OK x\r\n"))
		return false;
	submit(c, 7);
	if (!server(c, "+ \r\n") || !server(c, "@6 OK x\r\n"))
		return false;
	submit(c, 6);
	if (!server(c, "@7 NO x\r\n"))
		return false;
	submit(c, 5);
	return server(c, "* BYE x\r\n@8 OK x\r\n");
}

/* An upload that is refused half-way: the rest is made up of blanks. Then
 * COMPRESS, whose allocations are zlib's. */
static bool upload(struct client *c)
{
	if (!server(c, "* PREAUTH [CAPABILITY LITERAL+ CATENATE "
		       "COMPRESS=DEFLATE] hi\r\n"))
		return false;
	submit(c, 8);
	if (!server(c, "") || !server(c, "* 1 EXISTS\r\n@1 NO [TOOBIG] x\r\n"))
		return false;
	submit(c, 6);
	if (!server(c, "@2 OK on\r\n"))
		return false;
	submit(c, 5);
	return server(c, "");
}

static void trace(void *ctx, char dir, const char *line, size_t len)
{
	(void)ctx;
	(void)dir;
	(void)line;
	(void)len;
}

/* True: the failure came, so there may be a later one. */
static bool run(bool (*play)(struct client *c), long n)
{
	struct client c = {.budget = n};
	long before = heap.live;

	enter(&c);
	c.e = imap4_engine_new(NULL, 1);
	leave(&c);
	if (!c.e) {
		assert_int_equal(heap.live, before);
		return true;
	}
	imap4_engine_trace(c.e, trace, NULL);
	assert_true(play(&c) || c.budget < 0);
	imap4_engine_close(c.e);
	assert_true(read_all(&c, "", 0));
	assert_int_equal(c.ended, c.submitted);
	imap4_engine_free(c.e);
	assert_int_equal(heap.live, before);
	return c.budget < 0;
}

static void fail_each(bool (*play)(struct client *c))
{
	long n = 0;

#ifndef HEAP_COUNTED
	skip();
#endif
	while (run(play, n))
		n++;
	/* The session allocates at all, and not without end. */
	assert_in_range(n, 10, 2000);
}

static void test_nomem__session(void **state)
{
	(void)state;
	fail_each(session);
}

static void test_nomem__upload(void **state)
{
	(void)state;
	fail_each(upload);
}

/* The same for the parser that has no engine. */
static bool parse(long n)
{
	static const char text[] = "* OK [CAPABILITY a] x\r\n"
				   "* LIST (\\A) \"/\" \"a\\\"&AOk-\"\r\n"
				   "* 1 FETCH (FLAGS (a) BODY[] {2}\r\nab)\r\n"
				   "* SEARCH 9 7 5\r\n";
	const struct imap4_response *r;
	size_t at = 0, used;
	long before = heap.live;
	int rc = IMAP4_ENOMEM;

	heap.budget = n;
	struct imap4_parser *p = imap4_parser_new(1000, 1000);
	while (p && (rc = imap4_parser_read(p, text + at, strlen(text) - at,
					    &used, &r)) > 0) {
		assert_int_not_equal(r->ev->type, IMAP4_EV_BAD);
		at += used;
	}
	bool failed = heap.budget < 0;
	heap.budget = -1;
	assert_int_equal(rc, failed ? IMAP4_ENOMEM : 0);
	imap4_parser_free(p);
	assert_int_equal(heap.live, before);
	return failed;
}

static void test_nomem__parser(void **state)
{
	long n = 0;

	(void)state;
#ifndef HEAP_COUNTED
	skip();
#endif
	while (parse(n))
		n++;
	assert_in_range(n, 4, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nomem__session),
	    cmocka_unit_test(test_nomem__upload),
	    cmocka_unit_test(test_nomem__parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
