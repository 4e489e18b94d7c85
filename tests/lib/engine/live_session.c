/* SPDX-License-Identifier: MIT */
/* COMPRESS, NOTIFY, IDLE, and what FETCH tells of messages. */
#include "tests/lib/engine/live.h"

static struct live l;

static void test_live__compress(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "COMPRESS=DEFLATE");
	char *text = malloc(300001);
	assert_non_null(text);
	(void)live_ok(&l, imap4_engine_compress(l.e, NULL));
	size_t n = (size_t)snprintf(text, 300001, "%s", live_plain);
	for (size_t i = 0; n < 300000; i++, n++)
		text[n] = i % 76 == 74   ? '\r'
			  : i % 76 == 75 ? '\n'
					 : (char)('a' + i * i % 26);
	text[n] = '\0';
	(void)live_box(&l, "compress");
	live_append(&l, "compress", text);
	assert_int_equal(imap4_engine_fetch(l.e, "3", "BODY.PEEK[]", 0, NULL),
			 0);
	ev = live_event(&l, IMAP4_EV_BODY_END);
	assert_int_equal(ev->body.size, n);
	assert_int_equal(l.body.len, n);
	assert_memory_equal(l.body.data, text, n);
	(void)live_end(&l);
	free(text);
	live_close(&l);
}

static void test_live__notify(void **state)
{
	const struct imap4_event *ev;
	struct live other;

	(void)state;
	live_open(&l);
	live_needs(&l, "NOTIFY");
	struct imap4_str box = live_box(&l, "notify");
	(void)live_ok(
	    &l, imap4_engine_notify(
		    l.e,
		    "SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) "
		    "(PERSONAL (MessageNew MessageExpunge MailboxName))",
		    NULL));
	live_open(&other);
	/* Nobody asks for it, and it comes. */
	(void)live_ok(&other,
		      imap4_engine_create(other.e, live_str("notify2"), NULL));
	ev = live_event(&l, IMAP4_EV_LIST);
	assert_memory_equal(ev->list.name.p, "notify2", 7);
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = box,
				       .length = sizeof(live_plain) - 1};
	other.upload = live_plain;
	(void)live_ok(&other, imap4_engine_append(other.e, &a, NULL));
	/* Dovecot looks at the selected one only every now and then. */
	assert_int_equal(imap4_engine_noop(l.e, NULL), 0);
	ev = live_event(&l, IMAP4_EV_FETCH);
	assert_int_equal(ev->fetch.seq, 3);
	assert_int_equal(ev->fetch.have, IMAP4_F_UID | IMAP4_F_FLAGS);
	(void)live_end(&l);
	(void)live_ok(&l, imap4_engine_notify(l.e, NULL, NULL));
	live_close(&other);
	live_close(&l);
}

static void test_live__idle(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "IDLE");
	(void)live_box(&l, "idle");
	assert_int_equal(imap4_engine_idle(l.e, NULL), 0);
	(void)live_event(&l, IMAP4_EV_IDLING);
	assert_int_equal(imap4_engine_idle_done(l.e), 0);
	/* Both in one flight. */
	(void)live_ok(&l, imap4_engine_noop(l.e, NULL));
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__structure(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	(void)live_box(&l, "structure");
	assert_int_equal(
	    imap4_engine_fetch(
		l.e, "2", "UID ENVELOPE BODYSTRUCTURE RFC822.SIZE", 0, NULL),
	    0);
	ev = live_event(&l, IMAP4_EV_FETCH);
	const uint32_t all = IMAP4_F_UID | IMAP4_F_ENVELOPE |
			     IMAP4_F_BODYSTRUCTURE | IMAP4_F_SIZE;
	assert_int_equal(ev->fetch.have & all, all);
	assert_int_equal(ev->fetch.size, sizeof(live_mixed) - 1);
	const struct imap4_envelope *env = ev->fetch.envelope;
	assert_memory_equal(env->subject.p, "Re: one", 7);
	assert_memory_equal(env->in_reply_to.p, "<one@example.org>", 17);
	assert_memory_equal(env->from->mailbox.p, "bob", 3);
	/* RFC 9051 wants the group's beginning and end; Courier has neither. */
	bool group = env->to->kind == IMAP4_GROUP_BEGIN;
	assert_memory_equal((group ? env->to->next : env->to)->mailbox.p, "ann",
			    3);
	const struct imap4_part *p = ev->fetch.bodystructure;
	assert_true(p->multipart);
	assert_int_equal(p->subtype.len, 5);
	assert_memory_equal(p->child->section.p, "1", 1);
	assert_true(p->child->lines > 0);
	p = p->child->next;
	assert_memory_equal(p->section.p, "2", 1);
	assert_int_equal(p->size, 4);
	assert_memory_equal(p->param->value.p, "x.bin", 5);
	assert_non_null(p->disposition.p);
	assert_memory_equal(p->disposition_param->value.p, "x.bin", 5);
	assert_null(p->next);
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__items_of_messages(void **state)
{
	static const struct {
		const char *capability, *item;
		uint32_t have;
	} items[] = {
	    {"PREVIEW", "PREVIEW", IMAP4_F_PREVIEW},
	    {"SAVEDATE", "SAVEDATE", IMAP4_F_SAVEDATE},
	    {"OBJECTID", "EMAILID", IMAP4_F_EMAILID},
	    {"OBJECTID", "THREADID", IMAP4_F_THREADID},
	    {"IMAP4rev1", "BODY.PEEK[TEXT]<2.3>", IMAP4_F_BODY},
	};

	(void)state;
	live_open(&l);
	(void)live_box(&l, "items");
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (!imap4_engine_has(l.e, items[i].capability))
			continue;
		assert_int_equal(
		    imap4_engine_fetch(l.e, "1", items[i].item, 0, NULL), 0);
		const struct imap4_fetch *f =
		    &live_event(&l, IMAP4_EV_FETCH)->fetch;
		if (!(f->have & items[i].have))
			fail_msg("%s: %.*s", items[i].item, (int)f->raw.len,
				 f->raw.p);
		/* Cyrus has none for a message that is so short. */
		if (items[i].have == IMAP4_F_PREVIEW && f->preview.p)
			assert_memory_equal(f->preview.p, "first", 5);
		(void)live_end(&l);
	}
	assert_memory_equal(l.body.data, "rst", 3);
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__compress),
	    cmocka_unit_test(test_live__notify),
	    cmocka_unit_test(test_live__idle),
	    cmocka_unit_test(test_live__structure),
	    cmocka_unit_test(test_live__items_of_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
