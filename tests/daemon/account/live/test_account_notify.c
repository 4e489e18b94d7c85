/* SPDX-License-Identifier: MIT */
/* What NOTIFY is asked for. */
#include "daemon/account/live/account_notify.h"

#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

static bool wants(const struct account *a, const struct mailbox *box)
{
	(void)a;
	return box->synced;
}

static void test_account_notify__names_what_is_wanted(void **state)
{
	static char inbox[] = "INBOX", odd[] = "a \"b\" \\c", other[] = "Other",
		    prefix[] = "INB";
	struct mailbox box[] = {{.wire = inbox, .synced = true},
				{.wire = odd, .synced = true},
				{.wire = other},
				{.wire = prefix}};
	struct mailboxes boxes = {.box = box, .n = 4};
	char *text = account_notify_text(&boxes, NULL, wants);

	(void)state;
	assert_string_equal(
	    text, "SET STATUS "
		  "(SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) "
		  "(MAILBOXES (\"INBOX\" \"a \\\"b\\\" \\\\c\") (MessageNew "
		  "MessageExpunge FlagChange MailboxName)) "
		  "(PERSONAL (MailboxName))");
	assert_true(account_notify_tells(text, &box[0]));
	assert_true(account_notify_tells(text, &box[1]));
	assert_false(account_notify_tells(text, &box[2]));
	assert_false(account_notify_tells(text, &box[3]));
	assert_false(account_notify_tells(NULL, &box[0]));
	free(text);
}

/* As a literal they would make the server wait. */
static void test_account_notify__leaves_out_what_is_no_text(void **state)
{
	static char inbox[] = "INBOX", eight[] = "Entw\xc3\xbcrfe",
		    line[] = "a\r\nb";
	struct mailbox box[] = {{.wire = inbox, .synced = true},
				{.wire = eight, .synced = true},
				{.wire = line, .synced = true}};
	struct mailboxes boxes = {.box = box, .n = 3};
	char *text = account_notify_text(&boxes, NULL, wants);

	(void)state;
	assert_non_null(strstr(text, "(MAILBOXES (\"INBOX\") ("));
	assert_false(account_notify_tells(text, &box[1]));
	assert_false(account_notify_tells(text, &box[2]));
	free(text);
}

static void test_account_notify__fits_into_a_line(void **state)
{
	static struct mailbox box[1000];
	struct mailboxes boxes = {.box = box, .n = 1000};

	(void)state;
	for (size_t i = 0; i < boxes.n; i++)
		box[i] = (struct mailbox){.wire = xasprintf("folder-%zu", i),
					  .synced = true};
	char *text = account_notify_text(&boxes, NULL, wants);
	assert_true(strlen(text) < 8192);
	assert_non_null(strstr(text, "(PERSONAL (MessageNew "));
	assert_true(account_notify_tells(text, &box[999]));
	free(text);
	for (size_t i = 0; i < boxes.n; i++)
		free(box[i].wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_account_notify__names_what_is_wanted),
	    cmocka_unit_test(test_account_notify__leaves_out_what_is_no_text),
	    cmocka_unit_test(test_account_notify__fits_into_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
