/* SPDX-License-Identifier: MIT */
/* Copying, moving and expunging by UID. */
#include "tests/lib/engine/live.h"

static struct live l;

static bool has(struct imap4_set set, uint32_t n)
{
	return imap4_set_contains(&set, n);
}

/* How many there are, as the server counts them. */
static uint32_t messages(struct imap4_str box)
{
	assert_int_equal(imap4_engine_status(l.e, box, IMAP4_ST_MESSAGES, NULL),
			 0);
	uint32_t n =
	    live_event(&l, IMAP4_EV_MAILBOX_STATUS)->mailbox_status.messages;
	(void)live_end(&l);
	return n;
}

static void test_live__uidplus(void **state)
{
	const struct imap4_event *ev;
	int expunged = 0;

	(void)state;
	live_open(&l);
	live_needs(&l, "UIDPLUS");
	struct imap4_str box = live_box(&l, "uidplus");
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = box,
				       .length = sizeof(live_plain) - 1};
	l.upload = live_plain;
	ev = live_ok(&l, imap4_engine_append(l.e, &a, NULL));
	assert_int_equal(ev->code.code, IMAP4_CODE_APPENDUID);
	assert_true(has(ev->code.dst, 3));
	/* Courier has not seen it before. */
	(void)live_ok(&l, imap4_engine_noop(l.e, NULL));
	ev = live_ok(&l, imap4_engine_uid_copy(l.e, "1,3", box, NULL));
	assert_int_equal(ev->code.code, IMAP4_CODE_COPYUID);
	assert_true(has(ev->code.src, 3));
	assert_true(has(ev->code.dst, 5));
	(void)live_ok(
	    &l, imap4_engine_uid_store(l.e, "2:3", '+', "\\Deleted", 0, NULL));
	/* What somebody else deleted stays. */
	assert_int_equal(imap4_engine_uid_expunge(l.e, "3", NULL), 0);
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE) {
		if (ev->type != IMAP4_EV_EXPUNGE)
			continue;
		assert_int_equal(ev->number, 3);
		expunged++;
	}
	assert_int_equal(expunged, 1);
	live_close(&l);
}

static void test_live__move(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "MOVE");
	(void)live_ok(&l, imap4_engine_create(l.e, live_str("moved"), NULL));
	(void)live_box(&l, "move");
	assert_int_equal(
	    imap4_engine_uid_move(l.e, "2", live_str("moved"), NULL), 0);
	/* RFC 6851 4.3: before the expunge. */
	ev = live_event(&l, IMAP4_EV_STATUS);
	assert_int_equal(ev->code.code, IMAP4_CODE_COPYUID);
	assert_true(has(ev->code.src, 2));
	assert_true(has(ev->code.dst, 1));
	assert_int_equal(live_event(&l, IMAP4_EV_EXPUNGE)->number, 2);
	assert_int_equal(live_end(&l)->status, IMAP4_STATUS_OK);
	assert_int_equal(messages(live_str("moved")), 1);
	live_close(&l);
}

/* Unlike CLOSE it leaves what has \Deleted. */
static void test_live__unselect(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "UNSELECT");
	struct imap4_str box = live_box(&l, "unselect");
	(void)live_ok(
	    &l, imap4_engine_uid_store(l.e, "1", '+', "\\Deleted", 0, NULL));
	(void)live_ok(&l, imap4_engine_unselect(l.e, NULL));
	assert_int_equal(imap4_engine_state(l.e), IMAP4_STATE_AUTH);
	assert_int_equal(messages(box), 2);
	live_close(&l);
}

static void test_live__qresync(void **state)
{
	const struct imap4_event *ev;
	struct imap4_select_opts since = {.size = sizeof(since)};

	(void)state;
	live_open(&l);
	live_needs(&l, "QRESYNC");
	(void)live_ok(&l, imap4_engine_enable(l.e, "QRESYNC", NULL));
	assert_true(imap4_engine_enabled(l.e, "QRESYNC"));
	struct imap4_str box = live_box(&l, "qresync");
	assert_int_equal(
	    imap4_engine_status(
		l.e, box, IMAP4_ST_UIDVALIDITY | IMAP4_ST_HIGHESTMODSEQ, NULL),
	    0);
	ev = live_event(&l, IMAP4_EV_MAILBOX_STATUS);
	since.uidvalidity = ev->mailbox_status.uidvalidity;
	since.modseq = ev->mailbox_status.highestmodseq;
	(void)live_end(&l);
	(void)live_ok(
	    &l, imap4_engine_uid_store(l.e, "1", '+', "\\Deleted", 0, NULL));
	assert_int_equal(imap4_engine_uid_expunge(l.e, "1", NULL), 0);
	ev = live_event(&l, IMAP4_EV_VANISHED);
	assert_false(ev->vanished.earlier);
	(void)live_end(&l);
	(void)live_ok(
	    &l, imap4_engine_uid_store(l.e, "2", '+', "\\Flagged", 0, NULL));
	(void)live_ok(&l, imap4_engine_unselect(l.e, NULL));
	assert_int_equal(imap4_engine_select(l.e, box, &since, NULL), 0);
	ev = live_event(&l, IMAP4_EV_VANISHED);
	assert_true(ev->vanished.earlier);
	assert_true(has(ev->vanished.set, 1));
	assert_false(has(ev->vanished.set, 2));
	ev = live_event(&l, IMAP4_EV_FETCH);
	assert_int_equal(ev->fetch.uid, 2);
	assert_true(ev->fetch.modseq > since.modseq);
	assert_true(ev->fetch.flags & IMAP4_FLAG_FLAGGED);
	(void)live_end(&l);
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__uidplus),
	    cmocka_unit_test(test_live__move),
	    cmocka_unit_test(test_live__unselect),
	    cmocka_unit_test(test_live__qresync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
