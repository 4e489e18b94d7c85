/* SPDX-License-Identifier: MIT */
/* LIST, STATUS, quotas, rights, annotations. */
#include "tests/lib/engine/live.h"

static struct live l;

static void test_live__list_extended(void **state)
{
	const struct imap4_event *ev;
	bool child = false, status = false;

	(void)state;
	live_open(&l);
	live_needs(&l, "LIST-EXTENDED");
	(void)live_ok(&l, imap4_engine_create(l.e, live_str("up"), NULL));
	(void)live_box(&l, "listed");
	imap4_engine_list(l.e, NULL, live_str(""), live_str("INBOX"), NULL,
			  NULL);
	char sep = live_event(&l, IMAP4_EV_LIST)->list.delim;
	(void)live_end(&l);
	char name[16];
	(void)snprintf(name, sizeof(name), "up%cdown", sep);
	(void)live_ok(&l, imap4_engine_create(l.e, live_str(name), NULL));
	(void)live_ok(&l, imap4_engine_subscribe(l.e, live_str(name), NULL));
	assert_int_equal(imap4_engine_list(l.e, "SUBSCRIBED RECURSIVEMATCH",
					   live_str(""), live_str("up"), NULL,
					   NULL),
			 0);
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE)
		child = child || ev->list.nchildinfo > 0;
	assert_true(child);
	if (imap4_engine_has(l.e, "LIST-STATUS")) {
		assert_int_equal(imap4_engine_list(l.e, NULL, live_str(""),
						   live_str("listed"),
						   "STATUS (MESSAGES UIDNEXT)",
						   NULL),
				 0);
		while ((ev = live_next(&l))->type != IMAP4_EV_DONE)
			status =
			    status || (ev->type == IMAP4_EV_MAILBOX_STATUS &&
				       ev->mailbox_status.messages == 2);
		assert_true(status);
	}
	live_close(&l);
}

static uint32_t uses(void)
{
	const struct imap4_event *ev;
	uint32_t attr = 0;

	assert_int_equal(imap4_engine_list(l.e, "SPECIAL-USE", live_str(""),
					   live_str("*"), NULL, NULL),
			 0);
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE) {
		if (ev->type == IMAP4_EV_LIST)
			attr |= ev->list.attr;
	}
	return attr;
}

static void test_live__special_use(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "SPECIAL-USE");
	assert_true(uses() &
		    (IMAP4_LIST_DRAFTS | IMAP4_LIST_SENT | IMAP4_LIST_TRASH));
	live_close(&l);
}

static void test_live__create_special_use(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "CREATE-SPECIAL-USE");
	(void)live_ok(&l, imap4_engine_create_use(l.e, live_str("use"),
						  "\\Important", NULL));
	assert_true(uses() & IMAP4_LIST_IMPORTANT);
	/* One that Cyrus does not know. */
	assert_int_equal(
	    imap4_engine_create_use(l.e, live_str("use2"), "\\Flagged", NULL),
	    0);
	const struct imap4_event *ev = live_end(&l);
	assert_int_equal(ev->status, IMAP4_STATUS_NO);
	assert_int_equal(ev->code.code, IMAP4_CODE_USEATTR);
	live_close(&l);
}

static void test_live__items_of_mailboxes(void **state)
{
	static const struct {
		const char *capability;
		uint32_t item;
	} items[] = {
	    {"STATUS=SIZE", IMAP4_ST_SIZE},
	    {"OBJECTID", IMAP4_ST_MAILBOXID},
	    {"CONDSTORE", IMAP4_ST_HIGHESTMODSEQ},
	};
	uint64_t limit;

	(void)state;
	live_open(&l);
	struct imap4_str box = live_box(&l, "status");
	if (imap4_engine_limit(l.e, "APPENDLIMIT", &limit))
		assert_true(limit > 0);
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (!imap4_engine_has(l.e, items[i].capability))
			continue;
		assert_int_equal(
		    imap4_engine_status(l.e, box, items[i].item, NULL), 0);
		const struct imap4_mailbox_status *st =
		    &live_event(&l, IMAP4_EV_MAILBOX_STATUS)->mailbox_status;
		assert_int_equal(st->have, items[i].item);
		(void)live_end(&l);
	}
	live_close(&l);
}

static void test_live__quota(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "QUOTA");
	assert_int_equal(
	    imap4_engine_getquotaroot(l.e, live_str("INBOX"), NULL), 0);
	ev = live_event(&l, IMAP4_EV_QUOTAROOT);
	assert_memory_equal(ev->quotaroot->name.p, "INBOX", 5);
	while ((ev = live_next(&l))->type != IMAP4_EV_DONE) {
		if (ev->type == IMAP4_EV_QUOTA && ev->quota->n > 0)
			assert_true(ev->quota->resource[0].name.len > 0);
	}
	assert_int_equal(ev->status, IMAP4_STATUS_OK);
	live_close(&l);
}

static void test_live__acl(void **state)
{
	const struct imap4_event *ev;
	bool found = false;

	(void)state;
	live_open(&l);
	live_needs(&l, "ACL");
	struct imap4_str box = live_box(&l, "acl");
	(void)live_ok(&l, imap4_engine_setacl(l.e, box, live_str("test9"),
					      live_str("lr"), NULL));
	assert_int_equal(imap4_engine_getacl(l.e, box, NULL), 0);
	ev = live_event(&l, IMAP4_EV_ACL);
	for (size_t i = 0; i < ev->acl->n; i++)
		found = found ||
			memmem(ev->acl->entry[i].identifier.p,
			       ev->acl->entry[i].identifier.len, "test9", 5);
	assert_true(found);
	(void)live_end(&l);
	assert_int_equal(imap4_engine_myrights(l.e, box, NULL), 0);
	ev = live_event(&l, IMAP4_EV_MYRIGHTS);
	assert_non_null(memchr(ev->acl->entry[0].rights.p, 'r',
			       ev->acl->entry[0].rights.len));
	(void)live_end(&l);
	assert_int_equal(
	    imap4_engine_listrights(l.e, box, live_str("test9"), NULL), 0);
	ev = live_event(&l, IMAP4_EV_LISTRIGHTS);
	assert_true(ev->acl->noptional > 0);
	(void)live_end(&l);
	(void)live_ok(
	    &l, imap4_engine_deleteacl(l.e, box, live_str("test9"), NULL));
	live_close(&l);
}

static void test_live__metadata(void **state)
{
	const struct imap4_str kv[] = {live_str("/private/comment"),
				       live_str("a \"note\"\r\nof two lines")};
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "METADATA");
	struct imap4_str box = live_box(&l, "metadata");
	(void)live_ok(&l, imap4_engine_setmetadata(l.e, box, kv, 1, NULL));
	assert_int_equal(
	    imap4_engine_getmetadata(l.e, box, "DEPTH 0", kv, 1, NULL), 0);
	ev = live_event(&l, IMAP4_EV_METADATA);
	assert_int_equal(ev->metadata->n, 1);
	assert_false(ev->metadata->changed);
	assert_int_equal(ev->metadata->entry[0].value.len, kv[1].len);
	assert_memory_equal(ev->metadata->entry[0].value.p, kv[1].p, kv[1].len);
	(void)live_end(&l);
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__list_extended),
	    cmocka_unit_test(test_live__special_use),
	    cmocka_unit_test(test_live__create_special_use),
	    cmocka_unit_test(test_live__items_of_mailboxes),
	    cmocka_unit_test(test_live__quota),
	    cmocka_unit_test(test_live__acl),
	    cmocka_unit_test(test_live__metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
