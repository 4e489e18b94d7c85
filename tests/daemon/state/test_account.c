/* SPDX-License-Identifier: MIT */
/* Whose mailbox it is, what waits of the account as a whole, and a database
 * that forgets all it knew.
 */
#include "tests/daemon/state/fixture.h"

static void assert_account(struct fixture *f, const char *owner,
			   const char *held, const char *approved)
{
	struct state_account a;

	must(f, state_account_get(f->s, &a, &f->err));
	assert_string_equal(a.owner ? a.owner : "none", owner);
	assert_string_equal(a.held ? a.held : "none", held);
	assert_string_equal(a.approved ? a.approved : "none", approved);
	state_account_release(&a);
}

static void test_account__begins_with_nothing(void **state)
{
	assert_account(*state, "none", "none", "none");
}

static void test_account__what_is_approved_is_what_was_held(void **state)
{
	struct fixture *f = *state;

	must(f, state_account_own(f->s, "ann@h", &f->err));
	must(f, state_account_approve(f->s, &f->err));
	assert_account(f, "ann@h", "none", "none");
	must(f, state_account_hold(f->s, "one", &f->err));
	must(f, state_account_approve(f->s, &f->err));
	assert_account(f, "ann@h", "one", "one");
	/* The same again, and another one. */
	must(f, state_account_hold(f->s, "one", &f->err));
	assert_account(f, "ann@h", "one", "one");
	must(f, state_account_hold(f->s, "two", &f->err));
	assert_account(f, "ann@h", "two", "none");
	must(f, state_account_approve(f->s, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_account(f, "ann@h", "two", "two");
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_account_own(f->s, "ann@h", &f->err));
	assert_account(f, "ann@h", "none", "none");
	must(f, state_account_hold(f->s, "three", &f->err));
	must(f, state_account_hold(f->s, NULL, &f->err));
	assert_account(f, "ann@h", "none", "none");
}

static void test_account__writes_only_what_differs(void **state)
{
	struct fixture *f = *state;

	must(f, state_account_own(f->s, "ann@h", &f->err));
	int64_t before = number(f->s, "SELECT total_changes()");
	must(f, state_account_own(f->s, "ann@h", &f->err));
	must(f, state_account_hold(f->s, NULL, &f->err));
	must(f, state_account_approve(f->s, &f->err));
	assert_int_equal(number(f->s, "SELECT total_changes()"), before);
}

static void test_account__its_absence_is_damage(void **state)
{
	struct fixture *f = *state;
	struct state_account a;

	must(f, db_exec(f->s, "DELETE FROM account", "test", &f->err));
	assert_int_equal(state_account_get(f->s, &a, &f->err), -1);
	assert_is_damage(f);
}

static void make_all(struct fixture *f)
{
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b"), id;
	struct state_intent i = {
	    .folder = b, .kind = STATE_INTENT_MOVE, .unique = "x", .source = a};
	struct state_removed r = {.side = STATE_THERE,
				  .folder = "a",
				  .file = "f",
				  .unique = "u",
				  .mailbox = "Trash",
				  .mailbox_uidvalidity = 7,
				  .mailbox_uid = 8,
				  .wanted = true};

	begin(f);
	add_messages(f, a, 1, 5);
	commit(f);
	(void)promise(f, &i);
	must(f, state_answer_put(f->s, a, STATE_APPROVE, 1, 2, &f->err));
	must(f, state_answer_put(f->s, 0, STATE_RESTORE, 1, 2, &f->err));
	must(f, state_removed_add(f->s, &r, &id, &f->err));
	must(f, state_generation_raise(f->s, 9, &f->err));
}

static int see_removed(void *ctx, const struct state_removed *r)
{
	assert_string_equal(r->file, "f");
	assert_null(r->mailbox);
	assert_int_equal(r->mailbox_uid, 0);
	assert_false(r->wanted);
	++*(int *)ctx;
	return 0;
}

static void test_account__is_emptied_but_for_the_trash(void **state)
{
	struct fixture *f = *state;
	uint64_t generation = 0;
	int seen = 0;

	make_all(f);
	begin(f);
	must(f, state_void(f->s, &f->err));
	state_rollback(f->s);
	assert_int_equal(number(f->s, "SELECT count(*) FROM message"), 5);
	begin(f);
	must(f, state_void(f->s, &f->err));
	commit(f);
	assert_int_equal(number(f->s, "SELECT (SELECT count(*) FROM folder)"
				      " + (SELECT count(*) FROM message)"
				      " + (SELECT count(*) FROM intent)"
				      " + (SELECT count(*) FROM answer)"),
			 0);
	must(f, state_removed_each(f->s, 0, see_removed, &seen, &f->err));
	assert_int_equal(seen, 1);
	must(f, state_generation(f->s, &generation, &f->err));
	assert_int_equal(generation, 9);
}

#define T(name)                                                           \
	cmocka_unit_test_setup_teardown(test_account__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(begins_with_nothing),
	    T(what_is_approved_is_what_was_held),
	    T(writes_only_what_differs),
	    T(its_absence_is_damage),
	    T(is_emptied_but_for_the_trash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
