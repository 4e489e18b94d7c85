/* SPDX-License-Identifier: MIT */
/* Folders: renames on either side, how they are recognised, and in what order
 * they are carried out.
 */
#include "tests/daemon/core/folders/folders.h"

/* ---- one side, both sides ---- */

static void test_folders_rename__here_is_renamed_there(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	last_there(c)->subscribed = true;
	case_moved(c, 2, "a/x", "a/x", "b/x");
	case_expect(c, "rename there a -> b\n"
		       "record b/x\n");
	assert_ptr_equal(c->plan.action[0].base, &c->base[0]);
	assert_ptr_equal(c->plan.action[0].there, &c->there[0]);
	assert_ptr_equal(c->plan.action[0].here, &c->here[0]);
	assert_true(c->plan.action[0].subscribe);
	case_release(c);
}

static void test_folders_rename__there_is_renamed_here(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "p/b", "a");
	case_moved(c, 2, "a/x", "p/b/x", "a/x");
	case_expect(c, "rename here a -> p/b\n"
		       "record p/b/x\n");
	case_release(c);
}

/* The parent is but a directory. */
static void test_folders_rename__children_alone(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_there(c, 0, "a")->attr = FOLDERS_NOSELECT;
	case_moved(c, 1, "a/x", "a/x", "b/x");
	case_moved(c, 2, "a/y", "a/y", "b/y");
	case_expect(c, "rename there a/x -> b/x\n"
		       "rename there a/y -> b/y\n");
	case_release(c);
}

static void test_folders_rename__both_alike_is_recorded(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "b", "b");
	case_expect(c, "record b\n");
	c->policy = (struct folders_policy){.delim = '/', .prefix = ""};
	case_expect(c, "record b\n");
	case_release(c);
}

static void test_folders_rename__the_servers_name_wins(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "b", "c");
	case_expect(c, "rename here c -> b\n");
	c->policy.pull = false;
	case_expect(c, "rename there b -> c\n");
	c->policy.push = false;
	case_expect(c, "refuse c (policy)\n");
	case_release(c);
}

static void test_folders_rename__needs_leave(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	c->policy.remove_there = c->policy.delete_there = false;
	case_expect(c, "rename there a -> b\n");
	c->policy.create_there = false;
	case_expect(c, "refuse b (policy)\n");
	c->policy.create_there = true;
	c->policy.push = false;
	case_expect(c, "refuse b (policy)\n");
	case_release(c);
}

static void test_folders_rename__wins_over_removal(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", NULL);
	case_moved(c, 2, "c", NULL, "d");
	case_expect(c, "recreate here b\n"
		       "recreate there d\n");
	c->policy.create_here = c->policy.create_there = false;
	case_expect(c, "gone here b (policy)\n"
		       "gone there d (policy)\n");
	case_release(c);
}

static void test_folders_rename__old_name_is_free_for_a_new_folder(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	case_here(c, 0, "a");
	case_moved(c, 2, "c", "d", "c");
	case_there(c, 5, "c");
	case_expect(c, "rename there a -> b\n"
		       "rename here c -> d\n"
		       "create here c\n"
		       "create there a\n");
	case_release(c);
}

static void test_folders_rename__inbox_keeps_its_name(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_synced(c, 8, "y");
	/* RFC 9051 6.3.6: all that was in it is in the new one. */
	case_base(c, 1, "INBOX");
	case_there(c, 1, "a");
	case_there(c, 2, "INBOX")->messages = 0;
	case_here(c, 1, "INBOX");
	case_expect(c, "record INBOX\n"
		       "create here a\n");
	/* Renamed here: made again. */
	c->here[1] = (struct folders_here){0};
	c->view.nhere--;
	c->view.nthere -= 2;
	case_there(c, 1, "INBOX");
	case_here(c, 1, "b");
	case_expect(c, "recreate here INBOX\n"
		       "create there b\n");
	case_release(c);
}

/* ---- recognised there ---- */

static void test_folders_rename__without_mailboxid_is_verified(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	last_there(c)->uidnext = 14; /* new mail does not matter */
	last_there(c)->messages = 12;
	case_there(c, 4, "n")->messages = 3;
	case_expect(c, "verify b\n"
		       "create here n\n");
	assert_ptr_equal(c->plan.action[0].base, last_base(c));
	assert_ptr_equal(c->plan.action[0].there, &c->there[3]);
	c->verdict[0] = (struct folders_verdict){1, "b", true};
	c->view.nverdict = 1;
	case_expect(c, "rename here a -> b\n"
		       "create here n\n");
	c->verdict[0].same = false;
	case_expect(c, "create here b\n"
		       "create here n\n"
		       "remove here a\n");
	case_release(c);
}

static void test_folders_rename__verdicts_count_for_their_pair(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	c->verdict[0] = (struct folders_verdict){2, "b", true};
	c->verdict[1] = (struct folders_verdict){1, "c", true};
	c->view.nverdict = 2;
	case_expect(c, "verify b\n");
	case_release(c);
}

static void test_folders_rename__implausible_is_not_verified(void **state)
{
	static const struct {
		bool status;
		uint32_t uidvalidity, uidnext, messages, there;
		bool asked;
	} rows[] = {
	    {true, 101, 11, 10, 10, true}, {true, 101, 11, 5, 10, true},
	    {true, 101, 11, 4, 10, false}, {true, 101, 10, 10, 10, false},
	    {true, 102, 12, 10, 10, true}, {false, 101, 11, 10, 10, false},
	    {true, 101, 11, 0, 0, true},   {true, 101, 11, 1, 0, false},
	    {true, 101, 12, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_setup();
		case_background(c);
		case_moved(c, 1, "a", "b", "a");
		last_there(c)->status = rows[i].status;
		last_there(c)->uidvalidity = rows[i].uidvalidity;
		last_there(c)->uidnext = rows[i].uidnext;
		last_there(c)->messages = rows[i].messages;
		last_base(c)->there = rows[i].there;
		case_expect(c, rows[i].asked ? "verify b\n"
					     : "create here b\n"
					       "remove here a\n");
		case_release(c);
	}
}

/* Courier. */
static void test_folders_rename__another_uidvalidity_is_verified(void **state)
{
	static const struct {
		bool status;
		uint32_t uidnext, messages, base_uidnext, base_there;
		bool asked;
	} rows[] = {
	    {true, 11, 10, 11, 10, true}, {true, 11, 10, 0, 10, true},
	    {true, 1, 10, 11, 10, true},  {true, 11, 9, 11, 10, false},
	    {true, 30, 21, 0, 10, true},  {true, 30, 22, 0, 10, false},
	    {true, 11, 0, 11, 0, false},  {false, 11, 10, 11, 10, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_setup();
		case_background(c);
		case_moved(c, 1, "a", "b", "a");
		*last_there(c) = (struct folders_there){
		    .wire = "b",
		    .name = "b",
		    .wanted = true,
		    .status = rows[i].status,
		    .messages = rows[i].messages,
		    .uidnext = rows[i].uidnext,
		    .uidvalidity = 999,
		};
		last_base(c)->uidnext = rows[i].base_uidnext;
		last_base(c)->there = rows[i].base_there;
		case_expect(c, rows[i].asked ? "verify b\n"
					     : "create here b\n"
					       "remove here a\n");
		c->verdict[0] = (struct folders_verdict){1, "b", true};
		c->view.nverdict = rows[i].asked;
		if (rows[i].asked)
			case_expect(c, "rename here a -> b\n");
		c->verdict[0].same = false;
		if (rows[i].asked)
			case_expect(c, "create here b\n"
				       "remove here a\n");
		case_release(c);
	}
}

static void test_folders_rename__another_uidvalidity_one_after_the_other(
    void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	last_there(c)->uidvalidity = 998;
	case_there(c, 5, "c");
	case_expect(c, "verify b\n"
		       "create here c\n");
	c->verdict[0] = (struct folders_verdict){1, "b", false};
	c->view.nverdict = 1;
	case_expect(c, "verify c\n"
		       "create here b\n");
	c->verdict[1] = (struct folders_verdict){1, "c", false};
	c->view.nverdict = 2;
	case_expect(c, "create here b\n"
		       "create here c\n"
		       "remove here a\n");
	c->view.nverdict = 0;
	/* What also has its UIDVALIDITY comes first. */
	last_there(c)->uidvalidity = 101;
	case_expect(c, "verify c\n"
		       "create here b\n");
	/* Two that are gone. */
	c->view.nthere--;
	case_moved(c, 2, "d", NULL, "d");
	last_here(c)->messages = last_here(c)->owned = 9;
	case_expect(c, "verify b\n"
		       "remove here d\n");
	c->verdict[0] = (struct folders_verdict){1, "b", false};
	c->view.nverdict = 1;
	case_expect(c, "verify b\n"
		       "remove here a\n");
	case_release(c);
}

/* Parent and children, both in one go. */
static void test_folders_rename__another_uidvalidity_of_a_tree(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	last_there(c)->uidvalidity = 998;
	case_moved(c, 2, "a/x", "b/x", "a/x");
	last_there(c)->uidvalidity = 997;
	case_synced(c, 6, "w");
	case_expect(c, "verify b\n"
		       "verify b/x\n");
	c->verdict[0] = (struct folders_verdict){2, "b/x", true};
	c->view.nverdict = 1;
	case_expect(c, "verify b\n"
		       "rename here a/x -> b/x\n");
	c->verdict[1] = (struct folders_verdict){1, "b", true};
	c->view.nverdict = 2;
	case_expect(c, "rename here a -> b\n"
		       "record b/x\n");
	case_release(c);
}

/* Servers that give many mailboxes one UIDVALIDITY. */
static void test_folders_rename__of_several_none_is_taken(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a/x", "b/x", "a/x");
	case_there(c, 1, "b/y");
	case_expect(c, "verify b/x\n" /* the end of the name is the same */
		       "create here b/y\n");
	last_there(c)->name = last_there(c)->wire = "c/x";
	case_expect(c, "create here b/x\n"
		       "create here c/x\n"
		       "remove here a/x\n");
	case_release(c);
}

static void test_folders_rename__one_is_not_taken_for_two(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", "a");
	case_moved(c, 2, "c", NULL, "c");
	last_base(c)->uidvalidity = 101;
	c->here[3].messages = c->here[3].owned = 9;
	case_expect(c, "create here b\n"
		       "remove here c\n"
		       "remove here a\n");
	case_release(c);
}

static void test_folders_rename__gone_here_needs_no_verdict(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", NULL);
	case_expect(c, "forget a\n"
		       "create here b\n");
	case_release(c);
}

/* Another UIDVALIDITY under the old name: is the old one elsewhere? */
static void test_folders_rename__swap_without_mailboxid(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "b", "a");
	case_moved(c, 2, "b", "a", "b");
	case_expect(c, "verify a\n"
		       "verify b\n");
	c->verdict[0] = (struct folders_verdict){1, "b", true};
	c->verdict[1] = (struct folders_verdict){2, "a", true};
	c->view.nverdict = 2;
	case_expect(c, "rename here b -> imapsyncd-2\n"
		       "rename here a -> b\n"
		       "rename here imapsyncd-2 -> a\n");
	c->verdict[0].same = c->verdict[1].same = false;
	case_expect(c, ""); /* two changes of UIDVALIDITY */
	case_release(c);
}

static void test_folders_rename__renamed_and_made_anew(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "b", "a");
	case_there(c, 5, "a");
	case_expect(c, "verify b\n");
	c->verdict[0] = (struct folders_verdict){1, "b", true};
	c->view.nverdict = 1;
	case_expect(c, "rename here a -> b\n"
		       "create here a\n");
	c->verdict[0].same = false;
	case_expect(c, "create here b\n");
	case_release(c);
}

/* Whose name is another folder's, if the verdict says so, has to wait for it.
 */
static void test_folders_rename__waits_for_another_ones_verdict(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", NULL, "a");
	case_moved(c, 2, "b", "a", "b");
	case_expect(c, "verify a\n");
	c->verdict[0] = (struct folders_verdict){2, "a", false};
	c->view.nverdict = 1;
	case_expect(c, "remove here b\n"); /* a has another UIDVALIDITY */
	c->verdict[0].same = true;
	case_expect(c, "remove here b\n"); /* rm a; mv b a: by message */
	case_release(c);
}

/* Both sides have the new name, but here it is something else. */
static void test_folders_rename__new_name_that_both_have(void **state)
{
	struct folders_case *c = case_setup_objectid();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "b", NULL);
	case_here(c, 0, "b");
	case_expect(c, "forget a\n"
		       "record b\n");
	assert_null(c->plan.action[1].base);
	case_release(c);
}

/* ---- recognised here ---- */

static void test_folders_rename__an_inode_alone_proves_nothing(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "a", "b");
	last_here(c)->owner = 0; /* removed; a new directory got its inode */
	last_here(c)->owned = 0;
	case_expect(c, "create there b\n"
		       "remove there a\n");
	last_here(c)->owner = 1; /* with one of its messages, it is */
	last_here(c)->owned = 1;
	case_expect(c, "rename there a -> b\n");
	case_release(c);
}

/* A row whose folder has gone long ago, and whose inode another one has now. */
static void test_folders_rename__the_name_counts_more(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_background(c);
	case_moved(c, 1, "a", "a", "a");
	case_moved(c, 2, "b", "b", NULL);
	last_base(c)->inode = c->base[3].inode;
	last_here(c)->owner = 2;
	case_expect(c, "remove there b\n");
	case_release(c);
}

static void test_folders_rename__by_content_alone(void **state)
{
	static const struct {
		uint32_t owned, files;
		bool renamed;
	} rows[] = {
	    {6, 6, true},   {6, 11, true},  {5, 5, false},
	    {6, 12, false}, {10, 10, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_case *c = case_setup();
		case_background(c);
		case_moved(c, 1, "a", "a", "b");
		last_here(c)->inode = i & 1 ? 0 : 4711;
		last_here(c)->owned = rows[i].owned;
		last_here(c)->messages = rows[i].files;
		case_expect(c, rows[i].renamed ? "rename there a -> b\n"
					       : "create there b\n"
						 "remove there a\n");
		case_release(c);
	}
}

static void test_folders_rename__the_largest_part_is_it(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", NULL);
	for (int i = 0; i < 3; i++) {
		static const char *const name[] = {"b", "c", "d"};
		case_here(c, 1, name[i])->inode = 0;
		last_here(c)->messages = last_here(c)->owned = i == 1 ? 8 : 7;
	}
	case_expect(c, "rename there a -> c\n"
		       "create there b\n"
		       "create there d\n");
	case_release(c);
}

static void test_folders_rename__a_copy_is_none(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "a");
	case_here(c, 1, "b")->inode = 4711;
	case_expect(c, "create there b\n");
	case_release(c);
}

static void test_folders_rename__an_empty_one_by_inode(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_moved(c, 1, "a", "a", "b");
	last_base(c)->messages = 0;
	last_here(c)->messages = last_here(c)->owned = 0;
	last_here(c)->owner = 0;
	case_expect(c, "rename there a -> b\n");
	/* Of two that had it nobody can tell. */
	case_base(c, 2, "c")->inode = c->base[0].inode;
	last_base(c)->messages = 0;
	case_background(c);
	case_expect(c, "forget c\n"
		       "create there b\n"
		       "remove there a\n");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_rename__here_is_renamed_there),
	    cmocka_unit_test(test_folders_rename__there_is_renamed_here),
	    cmocka_unit_test(test_folders_rename__children_alone),
	    cmocka_unit_test(test_folders_rename__both_alike_is_recorded),
	    cmocka_unit_test(test_folders_rename__the_servers_name_wins),
	    cmocka_unit_test(test_folders_rename__needs_leave),
	    cmocka_unit_test(test_folders_rename__wins_over_removal),
	    cmocka_unit_test(
		test_folders_rename__old_name_is_free_for_a_new_folder),
	    cmocka_unit_test(test_folders_rename__inbox_keeps_its_name),
	    cmocka_unit_test(
		test_folders_rename__without_mailboxid_is_verified),
	    cmocka_unit_test(
		test_folders_rename__verdicts_count_for_their_pair),
	    cmocka_unit_test(test_folders_rename__implausible_is_not_verified),
	    cmocka_unit_test(
		test_folders_rename__another_uidvalidity_is_verified),
	    cmocka_unit_test(
		test_folders_rename__another_uidvalidity_one_after_the_other),
	    cmocka_unit_test(
		test_folders_rename__another_uidvalidity_of_a_tree),
	    cmocka_unit_test(test_folders_rename__of_several_none_is_taken),
	    cmocka_unit_test(test_folders_rename__one_is_not_taken_for_two),
	    cmocka_unit_test(test_folders_rename__gone_here_needs_no_verdict),
	    cmocka_unit_test(test_folders_rename__swap_without_mailboxid),
	    cmocka_unit_test(test_folders_rename__renamed_and_made_anew),
	    cmocka_unit_test(
		test_folders_rename__waits_for_another_ones_verdict),
	    cmocka_unit_test(test_folders_rename__new_name_that_both_have),
	    cmocka_unit_test(
		test_folders_rename__an_inode_alone_proves_nothing),
	    cmocka_unit_test(test_folders_rename__the_name_counts_more),
	    cmocka_unit_test(test_folders_rename__by_content_alone),
	    cmocka_unit_test(test_folders_rename__the_largest_part_is_it),
	    cmocka_unit_test(test_folders_rename__a_copy_is_none),
	    cmocka_unit_test(test_folders_rename__an_empty_one_by_inode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
