/* SPDX-License-Identifier: MIT */
/* Searching, sorting, threads, and what changed since. */
#include "tests/lib/engine/live.h"

static struct live l;

static void test_live__esearch(void **state)
{
	const struct imap4_event *ev;
	imap4_id id;

	(void)state;
	live_open(&l);
	live_needs(&l, "ESEARCH");
	(void)live_box(&l, "esearch");
	assert_int_equal(
	    imap4_engine_uid_search(l.e, "MIN MAX COUNT ALL", "ALL", &id), 0);
	ev = live_event(&l, IMAP4_EV_SEARCH);
	assert_true(ev->search.extended && ev->search.uid);
	assert_int_equal(ev->search.id, id);
	assert_int_equal(ev->search.count, 2);
	assert_int_equal(ev->search.min, 1);
	assert_int_equal(ev->search.max, 2);
	assert_int_equal(imap4_set_count(&ev->search.set), 2);
	(void)live_end(&l);
	/* Text that is not ASCII. */
	imap4_engine_command_begin(l.e, "UID SEARCH");
	imap4_engine_command_syntax(l.e, "RETURN (ALL) CHARSET UTF-8 BODY");
	imap4_engine_command_astring(l.e, live_str("d\xc3\xa9j\xc3\xa0"));
	assert_int_equal(imap4_engine_command_end(l.e, &id), 0);
	ev = live_event(&l, IMAP4_EV_SEARCH);
	assert_int_equal(ev->search.id, id);
	assert_int_equal(ev->search.set.n, 1);
	assert_int_equal(ev->search.set.range[0].first, 2);
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__searchres(void **state)
{
	(void)state;
	live_open(&l);
	live_needs(&l, "SEARCHRES");
	(void)live_box(&l, "searchres");
	(void)live_ok(
	    &l, imap4_engine_uid_search(l.e, "SAVE", "SUBJECT \"Re:\"", NULL));
	assert_int_equal(
	    imap4_engine_uid_fetch(l.e, "$", "UID", 0, false, NULL), 0);
	assert_int_equal(live_event(&l, IMAP4_EV_FETCH)->fetch.uid, 2);
	assert_int_equal(live_next(&l)->type, IMAP4_EV_DONE);
	live_close(&l);
}

/* RFC 5267: parts of a result, and what changes it later. */
static void test_live__context(void **state)
{
	const struct imap4_event *ev;
	imap4_id id;

	(void)state;
	live_open(&l);
	live_needs(&l, "CONTEXT=SEARCH");
	struct imap4_str box = live_box(&l, "context");
	assert_int_equal(
	    imap4_engine_uid_search(l.e, "UPDATE PARTIAL 1:1", "ALL", &id), 0);
	ev = live_event(&l, IMAP4_EV_SEARCH);
	assert_true(ev->search.has_partial);
	assert_memory_equal(ev->search.partial_range.p, "1:1", 3);
	assert_int_equal(imap4_set_count(&ev->search.partial), 1);
	(void)live_end(&l);
	const struct imap4_append a = {.size = sizeof(a),
				       .mailbox = box,
				       .length = sizeof(live_plain) - 1};
	l.upload = live_plain;
	assert_int_equal(imap4_engine_append(l.e, &a, NULL), 0);
	ev = live_event(&l, IMAP4_EV_SEARCH);
	assert_int_equal(ev->search.id, id);
	assert_non_null(ev->search.update);
	assert_true(ev->search.update->add);
	assert_true(imap4_set_contains(&ev->search.update->set, 3));
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__sort_and_thread(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "SORT");
	(void)live_box(&l, "sort");
	assert_int_equal(
	    imap4_engine_uid_sort(l.e, "REVERSE ARRIVAL", "UTF-8", "ALL", NULL),
	    0);
	ev = live_event(&l, IMAP4_EV_SORT);
	assert_int_equal(ev->sort.n, 2);
	assert_int_equal(ev->sort.number[0] + ev->sort.number[1], 3);
	(void)live_end(&l);
	live_needs(&l, "THREAD=REFERENCES");
	assert_int_equal(
	    imap4_engine_uid_thread(l.e, "REFERENCES", "UTF-8", "ALL", NULL),
	    0);
	ev = live_event(&l, IMAP4_EV_THREAD);
	assert_int_equal(ev->thread->number, 1);
	assert_int_equal(ev->thread->child->number, 2);
	assert_ptr_equal(ev->thread->child->parent, ev->thread);
	assert_null(ev->thread->next);
	(void)live_end(&l);
	live_close(&l);
}

static void test_live__condstore(void **state)
{
	const struct imap4_event *ev;

	(void)state;
	live_open(&l);
	live_needs(&l, "CONDSTORE");
	(void)live_box(&l, "condstore");
	assert_int_equal(
	    imap4_engine_uid_fetch(l.e, "1", "MODSEQ", 0, false, NULL), 0);
	ev = live_event(&l, IMAP4_EV_FETCH);
	uint64_t modseq = ev->fetch.modseq;
	assert_true(modseq > 0);
	(void)live_end(&l);
	(void)live_ok(
	    &l, imap4_engine_uid_store(l.e, "1", '+', "\\Flagged", 0, NULL));
	/* Somebody was quicker. */
	ev = live_ok(
	    &l, imap4_engine_uid_store(l.e, "1", '+', "\\Seen", modseq, NULL));
	assert_int_equal(ev->code.code, IMAP4_CODE_MODIFIED);
	assert_true(imap4_set_contains(&ev->code.src, 1));
	live_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__esearch),
	    cmocka_unit_test(test_live__searchres),
	    cmocka_unit_test(test_live__context),
	    cmocka_unit_test(test_live__sort_and_thread),
	    cmocka_unit_test(test_live__condstore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
