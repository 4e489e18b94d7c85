/* SPDX-License-Identifier: MIT */
/* The list of mailboxes, as LIST, LSUB and STATUS fill it.
 */
#include "daemon/remote/mailbox.h"

#include "daemon/maildir/tree.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/rng.h"
#include "tests/support/str.h"
#include "tests/support/t.h"

static struct mailboxes m;

static int teardown(void **state)
{
	(void)state;
	mailboxes_release(&m);
	return 0;
}

static struct mailbox *add(const char *raw, const char *name, char delim,
			   uint32_t attr)
{
	struct imap4_list list = {
	    .raw = str(raw), .name = str(name), .delim = delim, .attr = attr};

	mailboxes_add(&m, &list);
	mailboxes_sort(&m, tree_display);
	return mailboxes_find(&m, str(raw));
}

static void test_mailbox__names(void **state)
{
	(void)state;
	struct mailbox *box = add("A.B&AOQ-", "A.B\xc3\xa4", '.', 0);
	assert_string_equal(box->wire, "A.B&AOQ-");
	assert_string_equal(box->name, "A.B\xc3\xa4");
	assert_string_equal(box->display, "A/B\xc3\xa4");
	/* What cannot be decoded is still a mailbox. */
	box = add("C&.D", NULL, '.', 0);
	assert_string_equal(box->name, "C&.D");
	assert_string_equal(box->display, "C&/D");
	/* A flat name. */
	box = add("E.F", "E.F", 0, 0);
	assert_string_equal(box->display, "E.F");
}

static void test_mailbox__finds_whole_names_only(void **state)
{
	static const char *const there[] = {"a", "ab", "abc", "b", "INBOX"};
	static const char *const missing[] = {"", "A", "abcd", "aa", "inbox"};

	(void)state;
	assert_null(mailboxes_find(&m, str("a")));
	for (size_t i = 0; i < 5; i++)
		(void)add(there[i], there[i], '/', 0);
	for (size_t i = 0; i < 5; i++) {
		struct mailbox *box = mailboxes_find(&m, str(there[i]));
		assert_non_null(box);
		assert_string_equal(box->wire, there[i]);
		assert_null(mailboxes_find(&m, str(missing[i])));
	}
	struct imap4_str part = {"abcdef", 3};
	assert_string_equal(mailboxes_find(&m, part)->wire, "abc");
}

static void test_mailbox__stays_sorted(void **state)
{
	struct rng rng;
	char name[16];

	(void)state;
	rng_init(&rng, "mailboxes");
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "%x", rng_below(&rng, 1000));
		assert_string_equal(add(name, name, '/', 0)->wire, name);
	}
	for (size_t i = 1; i < m.n; i++)
		assert_true(strcmp(m.box[i - 1].wire, m.box[i].wire) < 0);
}

/* A server may send 10^5 names, and in falling order. */
static void test_mailbox__many_in_any_order(void **state)
{
	static const int steps[] = {1, 99999, 7919};
	char name[16];

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		clock_t start = clock();
		for (int i = 0, at = 0; i < 100000; i++) {
			at = (at + steps[k]) % 100000;
			(void)snprintf(name, sizeof(name), "f%06d", at);
			struct imap4_list list = {
			    .raw = str(name), .name = str(name), .delim = '/'};
			struct imap4_mailbox_status status = {
			    .raw = str(name),
			    .have = IMAP4_ST_MESSAGES,
			    .messages = (uint64_t)at};
			mailboxes_add(&m, &list);
			mailboxes_status(&m, &status);
		}
		mailboxes_sort(&m, tree_display);
		assert_int_equal(m.n, 100000);
		for (size_t i = 0; i < m.n; i++)
			assert_int_equal(m.box[i].messages, i);
		mailboxes_release(&m);
		assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	}
}

static void test_mailbox__listed_twice_is_one(void **state)
{
	(void)state;
	(void)add("A", "A", '/', IMAP4_LIST_NOSELECT);
	struct mailbox *box =
	    add("A", "A", '/', IMAP4_LIST_TRASH | IMAP4_LIST_SUBSCRIBED);
	assert_int_equal(m.n, 1);
	assert_int_equal(box->attr, IMAP4_LIST_NOSELECT | IMAP4_LIST_TRASH |
					IMAP4_LIST_SUBSCRIBED);
	assert_true(box->subscribed);
}

static void test_mailbox__subscribed(void **state)
{
	struct imap4_list lsub = {
	    .lsub = true, .raw = str("A"), .name = str("A"), .delim = '/'};

	(void)state;
	assert_false(add("A", "A", '/', 0)->subscribed);
	mailboxes_add(&m, &lsub);
	lsub.raw = lsub.name = str("gone");
	mailboxes_add(&m, &lsub);
	mailboxes_sort(&m, tree_display);
	assert_int_equal(m.n, 1);
	assert_true(m.box[0].subscribed);
	assert_true(add("A", "A", '/', 0)->subscribed);
	assert_true(add("B", "B", '/', IMAP4_LIST_SUBSCRIBED)->subscribed);
}

static void test_mailbox__status(void **state)
{
	struct imap4_mailbox_status status = {
	    .raw = str("A"),
	    .have = IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT |
		    IMAP4_ST_UIDVALIDITY | IMAP4_ST_HIGHESTMODSEQ,
	    .messages = 3,
	    .uidnext = 4,
	    .uidvalidity = UINT32_MAX,
	    .highestmodseq = UINT64_MAX};

	(void)state;
	struct mailbox *box = add("A", "A", '/', 0);
	assert_int_equal(box->have, 0);
	mailboxes_status(&m, &status);
	mailboxes_sort(&m, tree_display);
	assert_int_equal(box->have, status.have);
	assert_int_equal(box->messages, 3);
	assert_int_equal(box->uidnext, 4);
	assert_int_equal(box->uidvalidity, UINT32_MAX);
	assert_true(box->modseq == UINT64_MAX);
	/* Nobody asked for that one. */
	status.raw = str("B");
	mailboxes_status(&m, &status);
	mailboxes_sort(&m, tree_display);
	assert_int_equal(m.n, 1);
}

static void test_mailbox__numbers_out_of_range_are_not_known(void **state)
{
	struct imap4_mailbox_status status = {
	    .raw = str("A"),
	    .have = IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT |
		    IMAP4_ST_UIDVALIDITY | IMAP4_ST_HIGHESTMODSEQ,
	    .messages = UINT64_C(1) << 32,
	    .uidnext = (UINT64_C(1) << 32) + 4,
	    .uidvalidity = UINT64_MAX,
	    .highestmodseq = 5};

	(void)state;
	struct mailbox *box = add("A", "A", '/', 0);
	mailboxes_status(&m, &status);
	mailboxes_sort(&m, tree_display);
	assert_int_equal(box->have, IMAP4_ST_HIGHESTMODSEQ);
}

/* What NOTIFY tells, one or two numbers at a time. */
static void test_mailbox__news_is_what_was_not_known(void **state)
{
	struct imap4_mailbox_status status = {
	    .raw = str("A"),
	    .have = IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UNSEEN,
	    .messages = 3,
	    .uidnext = 4,
	    .unseen = 1};
	bool fewer;

	(void)state;
	struct mailbox *box = add("A", "A", '/', 0);
	assert_ptr_equal(mailboxes_news(&m, &status, &fewer), box);
	assert_false(fewer);
	assert_true(box->told);
	assert_int_equal(box->have, IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT);
	/* The same once more; and what nobody syncs by. */
	status.unseen = 2;
	assert_null(mailboxes_news(&m, &status, &fewer));
	status.messages = 2;
	assert_ptr_equal(mailboxes_news(&m, &status, &fewer), box);
	assert_true(fewer);
	assert_int_equal(box->messages, 2);
	status.have = IMAP4_ST_HIGHESTMODSEQ;
	status.highestmodseq = 70;
	assert_ptr_equal(mailboxes_news(&m, &status, &fewer), box);
	assert_false(fewer);
	assert_int_equal(box->uidnext, 4);
	status.raw = str("B");
	assert_null(mailboxes_news(&m, &status, &fewer));
}

static void test_mailbox__no_news_is_what_was_seen(void **state)
{
	const struct standing at = {
	    .at = {.uidvalidity = 1, .uidnext = 4, .modseq = 0}, .messages = 3};
	struct imap4_mailbox_status status = {
	    .raw = str("A"),
	    .have = IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UIDVALIDITY,
	    .messages = 3,
	    .uidnext = 4,
	    .uidvalidity = 1};
	bool fewer;

	(void)state;
	struct mailbox *box = add("A", "A", '/', 0);
	mailbox_stands(box, &at);
	assert_null(mailboxes_news(&m, &status, &fewer));
	/* Nobody knows. */
	mailbox_stands(box, NULL);
	assert_ptr_equal(mailboxes_news(&m, &status, &fewer), box);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_mailbox__names),
	    TEST(test_mailbox__finds_whole_names_only),
	    TEST(test_mailbox__stays_sorted),
	    TEST(test_mailbox__many_in_any_order),
	    TEST(test_mailbox__listed_twice_is_one),
	    TEST(test_mailbox__subscribed),
	    TEST(test_mailbox__status),
	    TEST(test_mailbox__news_is_what_was_not_known),
	    TEST(test_mailbox__no_news_is_what_was_seen),
	    TEST(test_mailbox__numbers_out_of_range_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
