/* SPDX-License-Identifier: MIT */
/* Folders: two names that are one folder, and one name that is another mailbox
 * than it was.
 */
#include "tests/daemon/core/folders/folders.h"

/* ---- two names ---- */

static void test_folders_twins__one_mailbox_under_two_names(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "a")->mailboxid = "M";
	case_there(c, 1, "b")->mailboxid = "M";
	case_expect(c, "create here a\n"
		       "twins b\n");
	/* The name that is known stays. */
	case_base(c, 1, "b");
	case_here(c, 1, "b");
	case_expect(c, "record b\n"
		       "twins a\n");
	/* INBOX before others. */
	last_there(c)->name = last_there(c)->wire = "INBOX";
	c->view.nbase = c->view.nhere = 0;
	case_expect(c, "create here INBOX\n"
		       "twins a\n");
	case_release(c);
}

/* One that is not used is not gone. */
static void test_folders_twins__known_under_both_names(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_synced(c, 1, "a");
	case_synced(c, 2, "b");
	c->base[3].mailboxid = c->base[4].mailboxid = "M";
	c->there[3].mailboxid = c->there[4].mailboxid = "M";
	case_expect(c, "twins b\n");
	c->base[3].mailboxid = c->base[4].mailboxid = NULL;
	case_expect(c, "record a\n"
		       "twins b\n");
	c->base[3].mailboxid = c->base[4].mailboxid = "M";
	/* Nor is one whose new name is not used. */
	last_there(c)->name = last_there(c)->wire = "c";
	case_expect(c, "twins c\n");
	case_release(c);
}

static void test_folders_twins__without_status_too(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_here(c, 1, "a");
	/* Which would be the candidate is not used. */
	case_there(c, 1, "b")->mailboxid = "M8";
	c->there[1].mailboxid = c->base[1].mailboxid = "M8";
	case_expect(c, "twins b\n");
	case_release(c);
}

/* F04: spellings of one name. */
static void test_folders_twins__one_name_spelt_twice(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "a")->wire = "a&-";
	case_there(c, 2, "a");
	case_expect(c, "create here a\n"
		       "twins a\n");
	assert_ptr_equal(c->plan.action[0].there, &c->there[1]);
	case_base(c, 1, "a")->wire = "a&-";
	case_here(c, 1, "a");
	case_expect(c, "twins a\n");
	assert_ptr_equal(c->plan.action[0].there, &c->there[1]);
	/* A placeholder is none. */
	last_there(c)->attr = FOLDERS_NOSELECT;
	case_expect(c, "");
	case_release(c);
}

static void test_folders_twins__one_directory_under_two_names(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_synced(c, 1, "a");
	case_here(c, 1, "c");
	case_expect(c, "twins c\n");
	/* A folder that became another name for one is not gone. */
	case_base(c, 2, "b");
	case_there(c, 2, "b");
	last_here(c)->name = last_here(c)->path = "b";
	case_expect(c, "twins b\n");
	case_release(c);
}

static void test_folders_twins__names_that_differ_in_case(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 1, "a");
	case_there(c, 2, "A");
	case_expect(c, "create here A\n"
		       "create here a\n");
	c->policy.fold_here = true;
	case_expect(c, "create here A\n"
		       "twins a\n");
	/* What is known, or there, stays. */
	case_synced(c, 1, "a");
	c->view.nthere--;
	case_expect(c, "twins A\n");
	c->view.nbase = 0;
	c->there[0] = c->there[1];
	c->view.nthere = 1;
	case_expect(c, "create there a\n"
		       "twins A\n");
	case_release(c);
}

static void test_folders_twins__case_alone_may_be_renamed(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	c->policy.fold_here = true;
	case_moved(c, 1, "a", "A", "a");
	case_expect(c, "rename here a -> A\n");
	case_moved(c, 2, "b", "b", "B");
	case_expect(c, "rename there b -> B\n"
		       "rename here a -> A\n");
	case_release(c);
}

/* ---- another mailbox ---- */

/* M06. */
static void test_folders_twins__made_anew_waits_for_an_answer(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_base(c, 1, "a");
	case_here(c, 1, "a");
	case_there(c, 5, "a")->messages = 0;
	case_expect(c, "hold a (recreated)\n");
	assert_int_equal(c->plan.action[0].messages, 10);
	last_base(c)->answer = FOLDERS_RESTORE;
	case_expect(c, "record a\n");
	assert_int_equal(c->plan.action[0].answer, FOLDERS_UNANSWERED);
	last_base(c)->answer = FOLDERS_APPROVE;
	last_base(c)->bound = 9;
	case_expect(c, "hold a (recreated)\n");
	last_base(c)->bound = 10;
	case_expect(c, "record a\n");
	assert_int_equal(c->plan.action[0].answer, FOLDERS_APPROVE);
	c->policy.delete_here = false;
	case_expect(c, "hold a (recreated)\n");
	case_release(c);
}

/* A server that has moved: all mailboxes are others, and all is in them. */
static void test_folders_twins__made_anew_with_all_in_it(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_base(c, 1, "a");
	case_here(c, 1, "a");
	case_there(c, 5, "a");
	case_expect(c, "record a\n");
	last_there(c)->status = false;
	case_expect(c, "hold a (recreated)\n");
	/* Nothing of it is here. */
	last_here(c)->owner = last_here(c)->owned = 0;
	last_there(c)->status = true;
	last_there(c)->messages = 0;
	case_expect(c, "record a\n");
	case_release(c);
}

/* What is missing in it is sent there, unless that is much. */
static void test_folders_twins__made_anew_with_most_in_it(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_base(c, 1, "a")->messages = 30;
	case_here(c, 1, "a")->messages = 30;
	last_here(c)->owned = 30;
	case_there(c, 5, "a")->messages = 10;
	case_expect(c, "record a\n");
	assert_int_equal(c->plan.action[0].answer, FOLDERS_UNANSWERED);
	last_there(c)->messages = 9;
	case_expect(c, "hold a (recreated)\n");
	assert_int_equal(c->plan.action[0].messages, 30);
	c->policy.guard = false;
	case_expect(c, "record a\n");
	last_there(c)->messages = 0;
	case_expect(c, "record a\n");
	c->policy.guard = true;
	/* However few they are. */
	last_here(c)->messages = last_here(c)->owned = 1;
	case_expect(c, "hold a (recreated)\n");
	case_release(c);
}

static void test_folders_twins__made_anew_and_gone_here(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_there(c, 5, "a");
	case_expect(c, "forget a\n"
		       "create here a\n");
	case_release(c);
}

static void test_folders_twins__made_anew_and_renamed_here(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_base(c, 1, "a");
	case_there(c, 5, "a");
	case_here(c, 1, "b");
	case_expect(c, "create here a\n"
		       "recreate there b\n");
	case_release(c);
}

/* Its UIDVALIDITY is the folder's business, where nothing says more. */
static void test_folders_twins__another_uidvalidity_is_no_other(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_synced(c, 1, "a");
	last_there(c)->uidvalidity = 999;
	case_expect(c, "");
	case_release(c);
}

static void test_folders_twins__inbox_made_anew_is_inbox(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_base(c, 1, "INBOX");
	case_here(c, 1, "INBOX");
	case_there(c, 5, "INBOX")->wire = "Inbox";
	last_there(c)->messages = 0;
	case_expect(c, "record INBOX\n");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_twins__one_mailbox_under_two_names),
	    cmocka_unit_test(test_folders_twins__known_under_both_names),
	    cmocka_unit_test(test_folders_twins__without_status_too),
	    cmocka_unit_test(test_folders_twins__one_name_spelt_twice),
	    cmocka_unit_test(test_folders_twins__one_directory_under_two_names),
	    cmocka_unit_test(test_folders_twins__names_that_differ_in_case),
	    cmocka_unit_test(test_folders_twins__case_alone_may_be_renamed),
	    cmocka_unit_test(test_folders_twins__made_anew_waits_for_an_answer),
	    cmocka_unit_test(test_folders_twins__made_anew_with_all_in_it),
	    cmocka_unit_test(test_folders_twins__made_anew_with_most_in_it),
	    cmocka_unit_test(test_folders_twins__made_anew_and_gone_here),
	    cmocka_unit_test(test_folders_twins__made_anew_and_renamed_here),
	    cmocka_unit_test(
		test_folders_twins__another_uidvalidity_is_no_other),
	    cmocka_unit_test(test_folders_twins__inbox_made_anew_is_inbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
