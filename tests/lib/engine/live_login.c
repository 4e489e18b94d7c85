/* SPDX-License-Identifier: MIT */
/* What concerns the session as a whole. */
#include "tests/lib/engine/live.h"

static struct live l;

static void test_live__sasl_ir(void **state)
{
	char answer[64];
	const struct imap4_event *ev;

	(void)state;
	live_connect(&l);
	(void)live_ok(&l, imap4_engine_capability(l.e, NULL));
	live_needs(&l, "SASL-IR");
	int n = snprintf(answer, sizeof(answer), "%c%s%csecret", '\0',
			 live_env("IMAP_USER"), '\0');
	assert_int_equal(
	    imap4_engine_authenticate(
		l.e, "PLAIN", (struct imap4_str){answer, (size_t)n}, NULL),
	    0);
	/* No round trip for the answer. */
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE)
		assert_int_not_equal(ev->type, IMAP4_EV_CHALLENGE);
	assert_int_equal(ev->status, IMAP4_STATUS_OK);
	assert_int_equal(imap4_engine_state(l.e), IMAP4_STATE_AUTH);
	live_close(&l);
}

static void test_live__literal_plus(void **state)
{
	const void *p;

	(void)state;
	live_open(&l);
	live_needs(&l, "LITERAL+");
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = live_box(&l, "literal"),
				       .length = sizeof(live_plain) - 1};
	l.upload = live_plain;
	assert_int_equal(imap4_engine_append(l.e, &a, NULL), 0);
	/* It does not wait to be asked for. */
	size_t n = imap4_engine_write(l.e, &p);
	assert_non_null(memmem(p, n, "+}\r\n", 4));
	assert_int_equal(live_end(&l)->status, IMAP4_STATUS_OK);
	live_close(&l);
}

static void test_live__enable(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "ENABLE");
	const char *what =
	    imap4_engine_has(l.e, "UTF8=ACCEPT") ? "UTF8=ACCEPT" : "CONDSTORE";
	assert_false(imap4_engine_enabled(l.e, what));
	assert_int_equal(imap4_engine_enable(l.e, what, NULL), 0);
	const struct imap4_event *ev = live_event(&l, IMAP4_EV_ENABLED);
	assert_int_equal(ev->nwords, 1);
	(void)live_end(&l);
	assert_true(imap4_engine_enabled(l.e, what));
	live_close(&l);
}

static void test_live__namespace(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "NAMESPACE");
	assert_int_equal(imap4_engine_namespace(l.e, NULL), 0);
	const struct imap4_namespace *n =
	    &live_event(&l, IMAP4_EV_NAMESPACE)->namespace_;
	assert_int_equal(n->n[0], 1);
	assert_true(n->entry[0]->delim == '.' || n->entry[0]->delim == '/');
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__id(void **state)
{
	const struct imap4_str kv[] = {live_str("name"), live_str("a \"b\"")};

	(void)state;
	live_open(&l);
	live_needs(&l, "ID");
	assert_int_equal(imap4_engine_identify(l.e, kv, 1, NULL), 0);
	const struct imap4_event *ev = live_event(&l, IMAP4_EV_ID);
	assert_true(ev->nwords >= 2);
	assert_true(ev->nwords % 2 == 0);
	assert_int_equal(ev->words[0].len, 4);
	assert_memory_equal(ev->words[0].p, "name", 4);
	(void)live_end(&l);
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__sasl_ir),
	    cmocka_unit_test(test_live__literal_plus),
	    cmocka_unit_test(test_live__enable),
	    cmocka_unit_test(test_live__namespace),
	    cmocka_unit_test(test_live__id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
