/* SPDX-License-Identifier: MIT */
/* include and exclude: the last match wins, special uses, presets, and what
 * the first rule says about all else.
 */
#include "config/config.h"

#include <imap4/event.h>

#include "tests/config/fixture.h"

static const struct {
	const char *rules; /* keys of the account */
	const char *name;
	uint32_t use;
	bool included;
} table[] = {
    {"", "INBOX", 0, true},
    {"", "Any/Thing", IMAP4_LIST_JUNK, true},
    {"exclude = Spam", "Spam", 0, false},
    {"exclude = Spam", "Spam/x", 0, true},
    {"exclude = Spam", "spam", 0, true},
    {"exclude = inbox", "INBOX", 0, false},
    {"include = Inbox", "INBOX", 0, true},
    {"include = Inbox", "INBOX", IMAP4_LIST_TRASH, true},
    {"include = INBOX", "Sent", 0, false},
    {"include = INBOX, Archive/*", "Archive/2024/05", 0, true},
    {"include = INBOX, Archive/*", "Archive", 0, false},
    {"include = A/%", "A/b", 0, true},
    {"include = A/%", "A/b/c", 0, false},
    /* In file order, the last match wins. */
    {"include = A*\nexclude = A/old", "A/old", 0, false},
    {"exclude = A/old\ninclude = A*", "A/old", 0, true},
    {"exclude = *\ninclude = B", "B", 0, true},
    {"exclude = *\ninclude = B", "C", 0, false},
    {"exclude = A\ninclude = B", "C", 0, true},
    {"exclude = \\Junk", "Werbung", IMAP4_LIST_JUNK, false},
    {"exclude = \\junk, \\Trash", "Weg", IMAP4_LIST_TRASH, false},
    {"exclude = \\Junk", "Junk", 0, true},
    {"exclude = \\Junk", "Sent", IMAP4_LIST_SENT | IMAP4_LIST_MARKED, true},
    {"include = \\Sent", "Gesendet", IMAP4_LIST_SENT, true},
    {"include = \\Sent", "INBOX", 0, false},
    {"include = *\nexclude = \\All, \\Archive, \\Drafts", "D",
     IMAP4_LIST_DRAFTS, false},
    {"include = *\nexclude = \\Flagged\nexclude = \\Important", "I",
     IMAP4_LIST_IMPORTANT, false},
    {"exclude = \xc3\x84*", "\xc3\x84rger", 0, false},
    /* The preset's excludes are no first rule, and the file overrides them. */
    {"provider = gmail", "[Gmail]/Alle Nachrichten", IMAP4_LIST_ALL, false},
    {"provider = gmail", "[Gmail]/Sent", IMAP4_LIST_SENT, true},
    {"provider = gmail\ninclude = INBOX", "Work", 0, false},
    {"provider = gmail\ninclude = INBOX", "INBOX", 0, true},
    {"provider = gmail\nexclude = Work", "Home", 0, true},
    {"provider = gmail\ninclude = \\All", "All", IMAP4_LIST_ALL, true},
    {"provider = gmail\ninclude = *", "All", IMAP4_LIST_ALL, true},
    {"provider = proton-bridge", "All Mail", 0, false},
    {"provider = proton-bridge", "Labels/x/y", 0, false},
    {"provider = proton-bridge", "Folders/x", 0, true},
};

static void test_rules__know_what_was_meant(void **state)
{
	static const char *const names[] = {"INBOX", "Archive", "Sent", NULL};
	static const struct {
		const char *pattern, *meant;
	} slips[] = {
	    {"Inobx", "INBOX"}, {"Archiv", "Archive"}, {"Xylophone", NULL},
	    {"\\Sent", NULL},   {"Sent/*", "Sent"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		char pattern[32];
		(void)snprintf(pattern, sizeof(pattern), "%s",
			       slips[i].pattern);
		struct config_rule rule = {true, pattern};
		const char *meant = config_rule_meant(&rule, names);
		assert_false(config_rule_matches(&rule, "INBOX", 0));
		if (slips[i].meant)
			assert_string_equal(meant, slips[i].meant);
		else
			assert_null(meant);
	}
}

static void test_rules__decide(void **state)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		char text[300];
		(void)snprintf(text, sizeof(text), ACCOUNT "%s\n",
			       table[i].rules);
		struct config *c = fixture_config(*state, text);
		bool got = config_folder_included(c->accounts, table[i].name,
						  table[i].use);
		if (got != table[i].included)
			print_error("row %zu: %s\n", i, table[i].name);
		assert_int_equal(got, table[i].included);
		config_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules__know_what_was_meant),
	    cmocka_unit_test_setup_teardown(test_rules__decide, fixture_setup,
					    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
