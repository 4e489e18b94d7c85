/* SPDX-License-Identifier: MIT */
/* Folders: renames that are in each other's way, trees, and names that are left
 * by renames that were interrupted.
 */
#include "tests/daemon/core/folders/folders.h"

static void test_folders_order__swap(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "b", "a");
	case_moved(c, 3, "c", "d", "c");
	case_moved(c, 4, "d", "c", "d");
	case_expect(c, "rename there b -> imapsyncd-2\n"
		       "rename there a -> b\n"
		       "rename there imapsyncd-2 -> a\n"
		       "rename here d -> imapsyncd-4\n"
		       "rename here c -> d\n"
		       "rename here imapsyncd-4 -> c\n");
	c->policy.prefix = "INBOX/";
	c->policy.push = false;
	case_expect(c, "rename here d -> INBOX/imapsyncd-4\n"
		       "rename here c -> d\n"
		       "rename here INBOX/imapsyncd-4 -> c\n"
		       "refuse b (policy)\n"
		       "refuse a (policy)\n");
	case_release(c);
}

static void test_folders_order__chain_and_circle(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "b", "c");
	case_moved(c, 3, "c", "c", "d");
	case_expect(c, "rename there c -> d\n"
		       "rename there b -> c\n"
		       "rename there a -> b\n");
	c->here[2].name = c->here[2].path = "a";
	case_expect(c, "rename there b -> imapsyncd-2\n"
		       "rename there a -> b\n"
		       "rename there c -> a\n"
		       "rename there imapsyncd-2 -> c\n");
	case_release(c);
}

/* ---- others stay ---- */

/* The user moved only what was in the parent itself. */
static void test_folders_order__children_that_stay_come_back(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "a/x", "a/x", "a/x");
	case_expect(c, "rename there a -> b\n"
		       "rename there b/x -> a/x\n");
	case_release(c);
}

static void test_folders_order__strangers_go_along(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_there(c, 5, "a/new"); /* by now b/new: see next time */
	case_there(c, 6, "a/excluded")->wanted = false;
	case_here(c, 0, "b/new2");
	case_expect(c, "rename there a -> b\n"
		       "create there b/new2\n");
	case_release(c);
}

static void test_folders_order__into_its_own_child_and_back(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "a/b");
	case_expect(c, "rename there a -> imapsyncd-1\n"
		       "rename there imapsyncd-1 -> a/b\n");
	case_release(c);
	c = case_setup();
	case_moved(c, 1, "a/b", "a/b", "a");
	case_moved(c, 2, "a/b/x", "a/b/x", "a/x");
	case_expect(c, "rename there a/b -> imapsyncd-1\n"
		       "rename there imapsyncd-1 -> a\n"
		       "record a/x\n");
	case_release(c);
}

static void test_folders_order__parent_and_child_change_places(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "a/b", "a");
	case_moved(c, 2, "a/b", "a", "a/b");
	case_expect(c, "rename here a/b -> imapsyncd-2\n"
		       "rename here a -> imapsyncd-1\n"
		       "rename here imapsyncd-1 -> a/b\n"
		       "rename here imapsyncd-2 -> a\n");
	case_release(c);
}

static void test_folders_order__trees_are_joined(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "a/x", "a/x", "b/x");
	case_moved(c, 3, "b/y", "b/y", "b/y");
	case_expect(c, "rename there a -> b\n"
		       "record b/x\n");
	/* But not where they have a name in common. */
	case_there(c, 5, "b/x")->wanted = false;
	case_expect(c, "refuse b (in the way)\n"
		       "refuse b/x (in the way)\n");
	case_release(c);
}

/* Found by a random world. */
static void test_folders_order__one_takes_another_home(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 2, "b/x", "b/x/y/x", "b/x");
	case_moved(c, 3, "b", "b/x/y", "b");
	case_moved(c, 4, "a", "b/x", "a");
	case_expect(c, "rename here b/x -> imapsyncd-2\n"
		       "rename here imapsyncd-2 -> b/x/y/x\n"
		       "rename here a -> b/x\n"
		       "rename here b -> imapsyncd-3\n"
		       "rename here imapsyncd-3 -> b/x/y\n"
		       "rename here b/x/y/x -> imapsyncd-4\n"
		       "rename here imapsyncd-4 -> b/x\n");
	case_release(c);
}

/* What is renamed here to the name that it has there must not lose that, even
 * for an instant, before. */
static void test_folders_order__here_first_where_there_it_is_moved(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "a/x", "a/z", "b/x");
	case_expect(c, "rename here b/x -> a/z\n"
		       "rename there a -> b\n"
		       "rename there b/z -> a/z\n");
	case_release(c);
}

/* ---- the name is another one's ---- */

/* rm -r b; mv a b: two folders whose messages are moved and removed. */
static void test_folders_order__onto_a_removed_folder(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "b", NULL);
	case_expect(c, "record b\n"
		       "remove there a\n");
	assert_int_equal(c->plan.action[0].base->id, 2);
	assert_string_equal(c->plan.action[0].here->path, "b");
	c->policy.remove_there = false;
	case_expect(c, "record b\n"
		       "gone here a (policy)\n");
	case_release(c);
}

static void test_folders_order__onto_a_new_folder(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "a", "b");
	case_there(c, 5, "b");
	case_expect(c, "record b\n"
		       "remove there a\n");
	assert_null(c->plan.action[0].base);
	case_release(c);
	c = case_setup_objectid();
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	case_here(c, 0, "b");
	case_expect(c, "record b\n"
		       "remove here a\n");
	case_release(c);
}

static void test_folders_order__of_two_onto_one_name_none_is_lost(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "c", "a");
	case_moved(c, 2, "b", "b", "c");
	case_expect(c, "record c\n"
		       "remove here a\n"
		       "remove there b\n");
	case_release(c);
}

static void test_folders_order__a_name_that_is_left_alone_is_taken(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "b", NULL);
	last_base(c)->aside = true;
	case_expect(c, "refuse b (in the way)\n");
	last_base(c)->aside = false;
	last_there(c)->wanted = false;
	case_expect(c, "refuse b (in the way)\n"
		       "refuse b (excluded)\n");
	case_release(c);
}

/* Where the server's name is taken, the other one will do. */
static void test_folders_order__either_name_will_do(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "b", "c");
	case_moved(c, 2, "b", "d", "b");
	c->policy.pull = false;
	case_expect(c, "rename there b -> c\n"
		       "refuse b (policy)\n");
	c->policy.pull = true;
	case_expect(c, "rename here b -> d\n"
		       "rename here c -> b\n");
	last_base(c)->aside = true;
	case_expect(c, "rename there b -> c\n");
	case_release(c);
}

static void test_folders_order__names_in_the_way_of_new_folders(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	c->policy.push = false;
	case_moved(c, 1, "a", "a", "b");
	case_there(c, 5, "b");
	case_here(c, 0, "a");
	case_expect(c, "refuse b (policy)\n"
		       "refuse b (in the way)\n"
		       "refuse a (in the way)\n");
	case_release(c);
}

static void test_folders_order__no_more_than_a_plan_holds(void **state)
{
	enum { N = FOLDERS_RENAMES_MAX + 2 };
	static char name[N][2][8];
	static struct folders_base base[N];
	static struct folders_there there[N];
	static struct folders_here here[N];
	struct folders_case *c = case_setup();

	(void)state;
	for (int i = 0; i < N; i++) {
		(void)snprintf(name[i][0], sizeof(name[i][0]), "a%d", i);
		(void)snprintf(name[i][1], sizeof(name[i][1]), "b%d", i);
		c->view.nbase = c->view.nthere = c->view.nhere = 0;
		case_moved(c, i + 1, name[i][0], name[i][0], name[i][1]);
		base[i] = c->base[0];
		there[i] = c->there[0];
		here[i] = c->here[0];
	}
	c->view.base = base;
	c->view.there = there;
	c->view.here = here;
	c->view.nbase = c->view.nthere = c->view.nhere = N;
	assert_int_equal(plan_folders(&c->plan, &c->view, &c->policy), 0);
	assert_int_equal(c->plan.n, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(c->plan.action[i].type,
				 i < FOLDERS_RENAMES_MAX ? FOLDERS_RENAME_THERE
							 : FOLDERS_REFUSE);
	case_release(c);
}

/* ---- interrupted ---- */

static void test_folders_order__goes_on_where_it_was_cut(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	/* a and b changed places here; b is out of the way there, which is
	 * recorded or not. */
	case_moved(c, 1, "a", "a", "b");
	case_moved(c, 2, "b", "imapsyncd-2", "a");
	last_there(c)->wanted = false; /* it is of no pattern */
	case_expect(c, "rename there a -> b\n"
		       "rename there imapsyncd-2 -> a\n");
	last_base(c)->name = last_base(c)->wire = last_base(c)->path =
	    "imapsyncd-2";
	case_expect(c, "rename there a -> b\n"
		       "rename there imapsyncd-2 -> a\n");
	/* Without MAILBOXID its name says whose it is. */
	c->objectid = false;
	for (size_t i = 0; i < 2; i++)
		c->base[i].mailboxid = c->there[i].mailboxid = NULL;
	last_base(c)->name = last_base(c)->wire = last_base(c)->path = "b";
	case_expect(c, "rename there a -> b\n"
		       "rename there imapsyncd-2 -> a\n");
	case_release(c);
}

static void test_folders_order__goes_on_here_too(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "b", "a");
	case_moved(c, 2, "b", "a", "imapsyncd-2");
	case_moved(c, 3, "b/x", "a/x", "imapsyncd-2/x");
	last_base(c)->inode = 0;
	case_expect(c, "rename here a -> b\n"
		       "rename here imapsyncd-2 -> a\n"
		       "record a/x\n");
	case_release(c);
}

static void test_folders_order__strangers_below_wait(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "imapsyncd-1", "a");
	case_there(c, 5, "imapsyncd-1/x");
	case_expect(c, "rename there imapsyncd-1 -> a\n");
	c->policy.push = false;
	case_expect(c, "refuse a (policy)\n");
	/* A name of that kind without a row is like any other. */
	c->view.nbase = 0;
	c->view.nthere = 1;
	case_expect(c, "create here imapsyncd-1\n"
		       "refuse a (policy)\n");
	case_release(c);
}

static void test_folders_order__comes_back_to_a_name_that_stayed(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "imapsyncd-1");
	case_expect(c, "rename here imapsyncd-1 -> a\n");
	case_release(c);
}

static void test_folders_order__goes_back_where_nothing_is_known(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", NULL, "imapsyncd-2/x");
	case_expect(c, "rename here imapsyncd-2/x -> a\n");
	case_here(c, 0, "a"); /* not if it is taken */
	case_expect(c, "create there a\n"
		       "remove here imapsyncd-2/x\n");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_order__swap),
	    cmocka_unit_test(test_folders_order__chain_and_circle),
	    cmocka_unit_test(test_folders_order__children_that_stay_come_back),
	    cmocka_unit_test(test_folders_order__strangers_go_along),
	    cmocka_unit_test(test_folders_order__into_its_own_child_and_back),
	    cmocka_unit_test(
		test_folders_order__parent_and_child_change_places),
	    cmocka_unit_test(test_folders_order__trees_are_joined),
	    cmocka_unit_test(test_folders_order__one_takes_another_home),
	    cmocka_unit_test(
		test_folders_order__here_first_where_there_it_is_moved),
	    cmocka_unit_test(test_folders_order__onto_a_removed_folder),
	    cmocka_unit_test(test_folders_order__onto_a_new_folder),
	    cmocka_unit_test(
		test_folders_order__of_two_onto_one_name_none_is_lost),
	    cmocka_unit_test(
		test_folders_order__a_name_that_is_left_alone_is_taken),
	    cmocka_unit_test(test_folders_order__either_name_will_do),
	    cmocka_unit_test(
		test_folders_order__names_in_the_way_of_new_folders),
	    cmocka_unit_test(test_folders_order__no_more_than_a_plan_holds),
	    cmocka_unit_test(test_folders_order__goes_on_where_it_was_cut),
	    cmocka_unit_test(test_folders_order__goes_on_here_too),
	    cmocka_unit_test(test_folders_order__strangers_below_wait),
	    cmocka_unit_test(
		test_folders_order__comes_back_to_a_name_that_stayed),
	    cmocka_unit_test(
		test_folders_order__goes_back_where_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
