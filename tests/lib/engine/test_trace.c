/* SPDX-License-Identifier: MIT */
/* The trace shows the conversation and no secret. */
#include "tests/lib/engine/peer.h"

static void note(void *ctx, char dir, const char *line, size_t len)
{
	struct buf *b = ctx;

	(void)buf_addc(b, dir);
	(void)buf_addc(b, ' ');
	(void)buf_add(b, line, len);
	(void)buf_addc(b, '\n');
}

static void start(struct peer *p, struct buf *trace)
{
	peer_init(p, NULL);
	buf_init(trace, 1 << 20);
	imap4_engine_trace(p->e, note, trace);
}

static void check(struct peer *p, struct buf *trace, const char *expected)
{
	size_t len = strlen(p->e->prefix);
	struct buf seen;

	buf_init(&seen, 1 << 20);
	for (const char *s = trace->data; s && *s; s++) {
		bool tag = !strncmp(s, p->e->prefix, len);
		(void)buf_addc(&seen, tag ? 'T' : *s);
		s += tag ? len - 1 : 0;
	}
	buf_reset(trace);
	peer_expect(&seen, expected);
	buf_release(&seen);
}

static void test_trace__commands(void **state)
{
	struct peer p;
	struct buf trace;

	(void)state;
	start(&p, &trace);
	peer_server(&p, "* OK [CAPABILITY LITERAL+] hi\r\n");
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("ann"), peer_str("p\nw"), NULL),
	    0);
	peer_flush_literals(&p);
	peer_server(&p, "T1 OK in\r\n");
	assert_int_equal(imap4_engine_list(p.e, NULL, peer_str(""),
					   peer_str("a\nb"), "SUBSCRIBED",
					   NULL),
			 0);
	peer_flush(&p);
	check(&p, &trace,
	      "S * OK [CAPABILITY LITERAL+] hi\n"
	      "C T1 LOGIN <secret> <secret>\n"
	      "S + go\n"
	      "S T1 OK in\n"
	      "C T2 LIST \"\" {3 bytes} RETURN (SUBSCRIBED)\n");
	peer_release(&p);
	buf_release(&trace);
}

static void test_trace__authenticate(void **state)
{
	struct peer p;
	struct buf trace;

	(void)state;
	start(&p, &trace);
	peer_server(&p, "* OK [CAPABILITY SASL-IR] hi\r\n");
	assert_int_equal(
	    imap4_engine_authenticate(p.e, "PLAIN", peer_str("pw"), NULL), 0);
	peer_flush(&p);
	peer_server(&p, "+ cHc=\r\n");
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("pw")), 0);
	peer_flush(&p);
	peer_server(&p, "T1 NO no\r\n");
	check(&p, &trace,
	      "S * OK [CAPABILITY SASL-IR] hi\n"
	      "C T1 AUTHENTICATE PLAIN <secret>\n"
	      "S + <secret>\n"
	      "C <secret>\n"
	      "S T1 NO no\n");
	peer_release(&p);
	buf_release(&trace);
}

static void test_trace__responses(void **state)
{
	struct peer p;
	struct buf trace;

	(void)state;
	start(&p, &trace);
	peer_server(&p, "* PREAUTH hi\r\n"
			"* 1 FETCH (X {2}\r\n{1 BODY[] {5}\r\n12345)\r\n"
			"* X {} {a} {\r\n");
	check(&p, &trace,
	      "S * PREAUTH hi\n"
	      "S * 1 FETCH (X {2 bytes} BODY[] {5 bytes})\n"
	      "S * X {} {a} {\n");
	imap4_engine_trace(p.e, NULL, NULL);
	peer_server(&p, "* 1 EXISTS\r\n");
	check(&p, &trace, "");
	peer_release(&p);
	buf_release(&trace);
}

/* The bytes of a login are gone once they are sent. */
static void test_trace__out_buffer_is_wiped(void **state)
{
	struct peer p;
	const void *data;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(
	    imap4_engine_login(p.e, peer_str("ann"), peer_str("S3CR3T"), NULL),
	    0);
	size_t n = imap4_engine_write(p.e, &data);
	assert_non_null(memmem(data, n, "S3CR3T", 6));
	imap4_engine_sent(p.e, n);
	assert_null(memmem(p.e->out.data, p.e->out.cap, "S3CR3T", 6));
	assert_null(p.e->head->enc.bytes.data);
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trace__commands),
	    cmocka_unit_test(test_trace__authenticate),
	    cmocka_unit_test(test_trace__responses),
	    cmocka_unit_test(test_trace__out_buffer_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
