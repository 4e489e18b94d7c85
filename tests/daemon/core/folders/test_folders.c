/* SPDX-License-Identifier: MIT */
/* Folders: each row of the table of conflicts, and each reason to leave a
 * folder alone.
 */
#include "tests/daemon/core/folders/folders.h"

/* ---- nothing to do, new ones ---- */

static void test_folders__in_sync_is_nothing_to_do(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_expect(c, "");
	case_release(c);
}

static void test_folders__creates_what_is_new_parents_first(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "a/b");
	case_there(c, 2, "a");
	case_there(c, 3, "a-b");
	case_there(c, 3, "INBOX");
	case_here(c, 0, "d/e");
	case_here(c, 0, "d");
	case_expect(c, "create here INBOX\n"
		       "create here a\n"
		       "create here a/b\n"
		       "create here a-b\n"
		       "create there d\n"
		       "create there d/e\n");
	case_release(c);
}

static void test_folders__makes_no_name_of_another_program(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "b");
	case_here(c, 0, "a")->foreign = true;
	case_here(c, 0, "b")->foreign = true;
	case_expect(c, "record b\n"
		       "refuse a (foreign)\n");
	case_release(c);
}

/* A lost database. */
static void test_folders__records_what_both_sides_have(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "INBOX");
	case_here(c, 0, "INBOX");
	case_there(c, 2, "a");
	case_here(c, 0, "a");
	case_expect(c, "record INBOX\n"
		       "record a\n");
	assert_null(c->plan.action[1].base);
	assert_ptr_equal(c->plan.action[1].there, &c->there[1]);
	assert_ptr_equal(c->plan.action[1].here, &c->here[1]);
	case_release(c);
}

static void test_folders__records_what_is_known_now(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_base(c, 1, "a")->wire = "b"; /* another delimiter, say */
	case_there(c, 1, "a");
	case_here(c, 1, "a");
	case_base(c, 2, "b")->path = ".b"; /* another layout */
	case_there(c, 2, "b");
	case_here(c, 2, "b");
	case_base(c, 3, "c");
	case_there(c, 3, "c")->mailboxid = "M";
	case_here(c, 3, "c");
	case_base(c, 4, "d")->inode = 0;
	case_there(c, 4, "d");
	case_here(c, 4, "d");
	case_base(c, 5, "e")->mailboxid = "M5"; /* not said this time */
	case_there(c, 5, "e");
	case_here(c, 5, "e")->inode = 0;
	case_expect(c, "record a\n"
		       "record b\n"
		       "record c\n"
		       "record d\n");
	case_release(c);
}

static void test_folders__creates_nothing_against_the_policy(void **state)
{
	static const struct {
		bool pull, push, here, there;
		const char *want;
	} rows[] = {
	    {true, true, true, true, "create here a\ncreate there b\n"},
	    {false, true, true, true, "create there b\nrefuse a (policy)\n"},
	    {true, false, true, true, "create here a\nrefuse b (policy)\n"},
	    {true, true, false, true, "create there b\nrefuse a (policy)\n"},
	    {true, true, true, false, "create here a\nrefuse b (policy)\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_setup();
		case_there(c, 1, "a");
		case_here(c, 0, "b");
		c->policy.pull = rows[i].pull;
		c->policy.push = rows[i].push;
		c->policy.create_here = rows[i].here;
		c->policy.create_there = rows[i].there;
		case_expect(c, rows[i].want);
		case_release(c);
	}
}

static void test_folders__placeholders_are_no_mailboxes(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_there(c, 1, "a")->attr = FOLDERS_NOSELECT;
	case_expect(c, "");
	case_here(c, 0, "a");
	case_expect(c, "create there a\n");
	case_release(c);
}

/* ---- vanished ---- */

static void test_folders__removed_is_removed_on_the_other_side(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	case_expect(c, "remove there a\n");
	assert_int_equal(c->plan.action[0].messages, 10);
	assert_ptr_equal(c->plan.action[0].base, last_base(c));
	case_release(c);
	c = case_vanished(false);
	case_expect(c, "remove here a\n");
	case_release(c);
}

static void test_folders__children_are_removed_first(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_there(c, 1, "a");
	case_base(c, 2, "a/b");
	case_there(c, 2, "a/b");
	case_expect(c, "remove there a/b\n"
		       "remove there a\n");
	case_release(c);
}

static void test_folders__removal_needs_leave(void **state)
{
	static const struct {
		bool here; /* vanished here */
		bool pull, push, remove, delete;
		uint32_t messages;
		const char *want;
	} rows[] = {
	    {true, true, true, true, true, 10, "remove there a\n"},
	    {true, false, true, true, true, 10, "remove there a\n"},
	    {true, true, false, true, true, 10, "gone here a (policy)\n"},
	    {true, true, true, false, true, 10, "gone here a (policy)\n"},
	    {true, true, true, true, false, 10, "gone here a (policy)\n"},
	    {true, true, true, true, false, 0, "remove there a\n"},
	    {false, true, true, true, true, 10, "remove here a\n"},
	    {false, false, true, true, true, 10, "gone there a (policy)\n"},
	    {false, true, false, true, true, 10, "remove here a\n"},
	    {false, true, true, false, true, 10, "gone there a (policy)\n"},
	    {false, true, true, true, false, 10, "gone there a (policy)\n"},
	    {false, true, true, true, false, 0, "remove here a\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_vanished(rows[i].here);
		if (rows[i].here)
			last_there(c)->messages = rows[i].messages;
		else
			last_here(c)->messages = last_here(c)->owned =
			    rows[i].messages;
		c->policy.pull = rows[i].pull;
		c->policy.push = rows[i].push;
		*(rows[i].here ? &c->policy.remove_there
			       : &c->policy.remove_here) = rows[i].remove;
		*(rows[i].here ? &c->policy.delete_there
			       : &c->policy.delete_here) = rows[i].delete;
		case_expect(c, rows[i].want);
		case_release(c);
	}
}

/* Folder deleted x new mail in it: it is kept and made again. */
static void test_folders__new_mail_there_brings_it_back(void **state)
{
	static const struct {
		uint32_t messages, uidnext, uidvalidity;
		const char *want;
	} rows[] = {
	    {10, 11, 101, "remove there a\n"},
	    {11, 12, 101, "recreate here a\n"},
	    {10, 12, 101, "recreate here a\n"}, /* one came, one went */
	    {11, 11, 101, "recreate here a\n"}, /* one was never fetched */
	    {9, 11, 101, "remove there a\n"},
	    {0, 15, 101, "remove there a\n"},
	    {10, 11, 999, "recreate here a\n"},
	    {0, 1, 999, "recreate here a\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_vanished(true);
		last_there(c)->messages = rows[i].messages;
		last_there(c)->uidnext = rows[i].uidnext;
		last_there(c)->uidvalidity = rows[i].uidvalidity;
		case_expect(c, rows[i].want);
		case_release(c);
	}
}

static void test_folders__new_files_here_bring_it_back(void **state)
{
	struct folders_case *c = case_vanished(false);

	(void)state;
	last_here(c)->messages = 11;
	case_expect(c, "recreate there a\n");
	assert_ptr_equal(c->plan.action[0].base, last_base(c));
	c->policy.create_there = false;
	case_expect(c, "gone there a (news)\n");
	/* All of them another folder's. */
	last_here(c)->messages = 10;
	last_here(c)->owner = 8;
	case_expect(c, "gone there a (news)\n");
	/* Fewer than there were is no news. */
	last_here(c)->messages = last_here(c)->owned = 9;
	last_here(c)->owner = 1;
	case_expect(c, "remove here a\n");
	case_release(c);
}

static void test_folders__news_that_may_not_come_back_stay(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_there(c)->messages = 11;
	last_there(c)->uidnext = 12;
	c->policy.create_here = false;
	case_expect(c, "gone here a (news)\n");
	case_release(c);
}

static void test_folders__what_delete_has_left_is_not_removed(void **state)
{
	struct folders_case *c = case_vanished(false);

	(void)state;
	last_here(c)->owned = 7;
	last_here(c)->left = 3;
	case_expect(c, "gone there a (policy)\n");
	case_release(c);
}

static void test_folders__without_status_nothing_is_known(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_there(c)->status = false;
	case_expect(c, "gone here a (unknown)\n");
	case_release(c);
}

static void test_folders__never_synced_and_empty_may_go(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_base(c)->uidvalidity = last_base(c)->uidnext = 0;
	last_base(c)->messages = last_base(c)->there = 0;
	case_expect(c, "recreate here a\n");
	last_there(c)->messages = 0;
	case_expect(c, "remove there a\n");
	case_release(c);
}

static void test_folders__special_use_stays_on_the_server(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_there(c)->attr = FOLDERS_SPECIAL;
	case_expect(c, "gone here a (special)\n");
	case_release(c);
}

static void test_folders__gone_on_both_sides_is_forgotten(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_expect(c, "forget a\n");
	c->policy.push = c->policy.pull = false;
	case_expect(c, "forget a\n");
	case_release(c);
}

static void test_folders__inbox_comes_back_and_never_goes(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_synced(c, 8, "y");
	case_synced(c, 9, "z");
	case_base(c, 1, "INBOX");
	case_there(c, 1, "INBOX");
	case_expect(c, "recreate here INBOX\n");
	c->policy.create_here = false;
	case_expect(c, "gone here INBOX (policy)\n");
	/* A server without INBOX is ill. */
	c->view.nthere--;
	case_here(c, 1, "INBOX");
	last_base(c)->answer = FOLDERS_APPROVE;
	last_base(c)->bound = 100;
	case_expect(c, "hold INBOX (mass)\n");
	last_base(c)->answer = FOLDERS_RESTORE;
	case_expect(c, "hold INBOX (mass)\n");
	c->view.nhere--;
	case_expect(c, "hold INBOX (mass)\n");
	case_release(c);
}

/* ---- views that are not complete ---- */

static void test_folders__a_cut_list_proves_nothing(void **state)
{
	struct folders_case *c = case_vanished(false);

	(void)state;
	c->view.there_complete = false;
	case_there(c, 2, "b");
	case_here(c, 0, "c");
	case_base(c, 4, "d");
	case_expect(c, "");
	case_release(c);
}

static void test_folders__a_cut_walk_proves_nothing(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	c->view.here_complete = false;
	case_base(c, 2, "b");
	case_base(c, 3, "c"); /* it may be a copy */
	case_there(c, 3, "c");
	case_here(c, 3, "d");
	case_there(c, 4, "e")->messages = 3; /* new there: no harm in that */
	case_here(c, 0, "f");
	case_expect(c, "create here e\n"
		       "create there f\n");
	/* What is gone there is known to be here. */
	case_base(c, 5, "g");
	case_here(c, 5, "g");
	case_expect(c, "create here e\n"
		       "create there f\n"
		       "remove here g\n");
	case_release(c);
}

/* ---- excluded ---- */

static void test_folders__excluded_folders_are_left_alone(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		struct folders_case *c = case_setup();
		case_background(c);
		if (n & 1)
			case_base(c, 1, "a")->wanted = false;
		if (n & 2)
			case_there(c, 1, "a")->wanted = false;
		if (n & 4)
			case_here(c, 1, "a")->wanted = false;
		case_expect(c, "");
		case_release(c);
	}
}

static void test_folders__excluded_by_special_use_is_left_alone(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_here(c, 0, "a");
	case_there(c, 1, "a")->wanted = false;
	case_expect(c, "");
	case_release(c);
}

static void test_folders__renamed_across_the_border_is_said(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_here(c, 1, "a");
	case_there(c, 1, "b")->wanted = false;
	case_expect(c, "refuse a (excluded)\n");
	last_there(c)->wanted = true;
	last_here(c)->wanted = last_base(c)->wanted = false;
	case_expect(c, "refuse a (excluded)\n");
	c->view.nhere--;
	case_expect(c, "refuse b (excluded)\n");
	case_release(c);
}

static void test_folders__set_aside_is_left_alone(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_base(c)->aside = true;
	case_expect(c, "");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders__in_sync_is_nothing_to_do),
	    cmocka_unit_test(test_folders__creates_what_is_new_parents_first),
	    cmocka_unit_test(test_folders__makes_no_name_of_another_program),
	    cmocka_unit_test(test_folders__records_what_both_sides_have),
	    cmocka_unit_test(test_folders__records_what_is_known_now),
	    cmocka_unit_test(test_folders__creates_nothing_against_the_policy),
	    cmocka_unit_test(test_folders__placeholders_are_no_mailboxes),
	    cmocka_unit_test(
		test_folders__removed_is_removed_on_the_other_side),
	    cmocka_unit_test(test_folders__children_are_removed_first),
	    cmocka_unit_test(test_folders__removal_needs_leave),
	    cmocka_unit_test(test_folders__new_mail_there_brings_it_back),
	    cmocka_unit_test(test_folders__new_files_here_bring_it_back),
	    cmocka_unit_test(test_folders__news_that_may_not_come_back_stay),
	    cmocka_unit_test(test_folders__what_delete_has_left_is_not_removed),
	    cmocka_unit_test(test_folders__without_status_nothing_is_known),
	    cmocka_unit_test(test_folders__never_synced_and_empty_may_go),
	    cmocka_unit_test(test_folders__special_use_stays_on_the_server),
	    cmocka_unit_test(test_folders__gone_on_both_sides_is_forgotten),
	    cmocka_unit_test(test_folders__inbox_comes_back_and_never_goes),
	    cmocka_unit_test(test_folders__a_cut_list_proves_nothing),
	    cmocka_unit_test(test_folders__a_cut_walk_proves_nothing),
	    cmocka_unit_test(test_folders__excluded_folders_are_left_alone),
	    cmocka_unit_test(
		test_folders__excluded_by_special_use_is_left_alone),
	    cmocka_unit_test(test_folders__renamed_across_the_border_is_said),
	    cmocka_unit_test(test_folders__set_aside_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
