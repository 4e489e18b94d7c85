/* SPDX-License-Identifier: MIT */
/* Folders: removals that wait for an answer.
 */
#include "tests/daemon/core/folders/folders.h"

static void test_folders_guard__holds_more_than_the_guard_lets_go(void **state)
{
	for (int here = 0; here < 2; here++) {
		struct folders_case *c = case_vanished(here);
		uint32_t *n =
		    here ? &last_there(c)->messages : &last_here(c)->messages;
		(void)state;
		last_base(c)->there = 100;
		last_here(c)->owned = 100;
		*n = 20;
		case_expect(c, here ? "remove there a\n" : "remove here a\n");
		*n = 21;
		case_expect(c, "hold a (many)\n");
		assert_int_equal(c->plan.action[0].messages, 21);
		assert_int_equal(!c->plan.action[0].here, here);
		assert_int_equal(!c->plan.action[0].there, !here);
		case_release(c);
	}
}

static void test_folders_guard__holds_many_small_ones_together(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	case_base(c, 2, "b");
	case_there(c, 2, "b");
	case_synced(c, 6, "x");
	case_expect(c, "remove there b\n"
		       "remove there a\n");
	last_base(c)->there = 10;
	c->there[4].messages = c->base[4].there = 11;
	case_expect(c, "hold a (many)\n"
		       "hold b (many)\n");
	/* One that is held on its own account is none of the others' business.
	 */
	c->there[4].messages = c->base[4].there = 21;
	case_expect(c, "remove there a\n"
		       "hold b (many)\n");
	c->there[4].messages = c->base[4].there = 11;
	/* An empty one is no danger. */
	case_base(c, 3, "c");
	case_there(c, 3, "c")->messages = 0;
	case_synced(c, 5, "w");
	case_synced(c, 4, "v");
	case_expect(c, "remove there c\n"
		       "hold a (many)\n"
		       "hold b (many)\n");
	case_release(c);
}

/* But not the doubts whether the other side is to be believed. */
static void test_folders_guard__can_be_turned_off(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	c->policy.guard = false;
	last_base(c)->there = last_there(c)->messages = 30;
	case_base(c, 2, "b");
	case_there(c, 2, "b");
	case_synced(c, 6, "x");
	case_expect(c, "remove there b\n"
		       "remove there a\n");
	c->base[3].hold = true;
	case_expect(c, "remove there b\n"
		       "hold a (restored)\n");
	c->base[3].hold = false;
	c->base[0].uidvalidity = c->base[5].uidvalidity = 0;
	c->base[1].uidvalidity = 0;
	case_expect(c, "hold a (mass)\n"
		       "hold b (mass)\n");
	case_release(c);
}

static void test_folders_guard__approve_lets_go_what_it_was_told(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_base(c)->there = last_there(c)->messages = 30;
	last_base(c)->answer = FOLDERS_APPROVE;
	last_base(c)->bound = 29;
	case_expect(c, "hold a (many)\n");
	last_base(c)->bound = 30;
	case_expect(c, "remove there a\n");
	/* What was approved does not count for others. */
	case_base(c, 2, "b");
	case_there(c, 2, "b");
	case_synced(c, 6, "x");
	case_expect(c, "remove there b\n"
		       "remove there a\n");
	/* It is no policy. */
	c->policy.remove_there = false;
	case_expect(c, "gone here a (policy)\n"
		       "gone here b (policy)\n");
	case_release(c);
}

static void test_folders_guard__restore_brings_it_back(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_base(c)->answer = FOLDERS_RESTORE;
	c->policy.create_here = false;
	case_expect(c, "recreate here a\n");
	c->policy.pull = false;
	case_expect(c, "remove there a\n");
	c->policy.remove_there = false;
	case_expect(c, "gone here a (policy)\n");
	case_release(c);
	c = case_vanished(false);
	last_base(c)->answer = FOLDERS_RESTORE;
	c->policy.remove_here = false;
	case_expect(c, "recreate there a\n");
	case_release(c);
}

static void test_folders_guard__holds_after_a_restored_backup(void **state)
{
	struct folders_case *c = case_vanished(true);

	(void)state;
	last_base(c)->hold = true;
	case_expect(c, "hold a (restored)\n");
	last_there(c)->messages = 11;
	case_expect(c, "recreate here a\n");
	last_there(c)->messages = 10;
	last_base(c)->answer = FOLDERS_APPROVE;
	last_base(c)->bound = 10;
	case_expect(c, "remove there a\n");
	case_release(c);
}

/* S30: a backend is down, a list is half empty. */
static void test_folders_guard__most_gone_at_once_is_no_proof(void **state)
{
	for (int here = 0; here < 2; here++) {
		struct folders_case *c = case_setup();
		(void)state;
		case_synced(c, 7, "INBOX");
		for (int64_t id = 1; id <= 2; id++) {
			case_base(c, id, id == 1 ? "a" : "b");
			if (here)
				case_there(c, id, id == 1 ? "a" : "b");
			else
				case_here(c, id, id == 1 ? "a" : "b");
		}
		case_expect(c, "hold a (mass)\n"
			       "hold b (mass)\n");
		/* Nor is new mail a reason to make it again there. */
		++*(here ? &last_there(c)->uidnext : &last_here(c)->messages);
		case_expect(c, "hold a (mass)\n"
			       "hold b (mass)\n");
		/* Half is not most. */
		case_synced(c, 8, "y");
		case_expect(c, here ? "recreate here b\n"
				      "remove there a\n"
				    : "recreate there b\n"
				      "remove here a\n");
		/* Two of two, also where others were never synced. */
		c->base[0].uidvalidity = c->base[3].uidvalidity = 0;
		case_expect(c, "hold a (mass)\n"
			       "hold b (mass)\n");
		case_release(c);
	}
}

static void test_folders_guard__most_gone_are_not_forgotten(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_synced(c, 7, "INBOX");
	case_base(c, 1, "a");
	case_base(c, 2, "b");
	case_expect(c, "hold a (mass)\n"
		       "hold b (mass)\n");
	c->base[1].answer = FOLDERS_APPROVE;
	c->base[1].bound = 10;
	case_expect(c, "forget a\n"
		       "hold b (mass)\n");
	case_release(c);
}

static void test_folders_guard__without_inbox_the_list_is_no_proof(void **state)
{
	struct folders_case *c = case_vanished(false);

	(void)state;
	c->there[0] = c->there[--c->view.nthere]; /* INBOX */
	case_expect(c, "hold INBOX (mass)\n"
		       "hold a (mass)\n");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_folders_guard__holds_more_than_the_guard_lets_go),
	    cmocka_unit_test(
		test_folders_guard__holds_many_small_ones_together),
	    cmocka_unit_test(
		test_folders_guard__approve_lets_go_what_it_was_told),
	    cmocka_unit_test(test_folders_guard__can_be_turned_off),
	    cmocka_unit_test(test_folders_guard__restore_brings_it_back),
	    cmocka_unit_test(test_folders_guard__holds_after_a_restored_backup),
	    cmocka_unit_test(test_folders_guard__most_gone_at_once_is_no_proof),
	    cmocka_unit_test(test_folders_guard__most_gone_are_not_forgotten),
	    cmocka_unit_test(
		test_folders_guard__without_inbox_the_list_is_no_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
