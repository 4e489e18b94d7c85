/* SPDX-License-Identifier: MIT */
/* A message that moved on the server: its file follows, then its row, and with
 * what is cut in between nothing is lost.
 */
#include "daemon/store/store_priv.h"

#include "tests/daemon/store/bed.h"

static int64_t from, to;
static size_t failed;

static int setup(void **state)
{
	(void)bed_setup(state);
	from = bed_make(*state, "From");
	to = bed_make(*state, "To");
	return 0;
}

static struct action move(uint32_t uid, uint32_t new_uid)
{
	return (struct action){.type = ACTION_MOVE_HERE,
			       .uid = new_uid,
			       .other = from,
			       .other_uid = uid};
}

static int move_two(struct bed *b)
{
	struct action a[] = {move(1, 11), move(2, 12)};

	return store_move_here(&b->store, a, 2, &failed, &b->err);
}

static void two_messages(struct bed *b)
{
	bed_message(b, from, 1, "From/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, from, 2, "From/new/b", "two", 0);
}

static void test_store_move__file_and_row(void **state)
{
	struct bed *b = *state;
	struct state_message m = {
	    .uid = 3, .unique = "c", .key = bed_key("c"), .emailid = "M3"};
	struct action a = move(3, 13);

	two_messages(b);
	bed_must(b, move_two(b));
	assert_int_equal(failed, 0);
	bed_expect_file(b, to, 11, "To/cur/a:2,S");
	bed_expect_file(b, to, 12, "To/new/b");
	assert_int_equal(bed_count(b, "From/cur") + bed_count(b, "From/new"),
			 0);
	assert_false(bed_has_row(b, from, 1));
	struct state_record r = bed_row(b, to, 11);
	assert_true(r.flags == FLAG_SEEN);
	assert_int_equal(r.fate, FATE_ALIVE);
	assert_int_equal(r.internaldate, 1000000001);
	assert_true(r.have_digest);
	state_record_release(&r);
	/* Its id is that of before (RFC 8474 5.1). */
	bed_put(b, "From/cur/c:2,", "three");
	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_message_add(b->store.state, from, &m, &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
	bed_must(b, store_move_here(&b->store, &a, 1, &failed, &b->err));
	r = bed_row(b, to, 13);
	assert_string_equal(r.emailid, "M3");
	state_record_release(&r);
}

/* Bits and letters are each folder's own. */
static void test_store_move__keywords(void **state)
{
	struct bed *b = *state;
	struct action a = move(1, 11);

	bed_put(b, "From/dovecot-keywords", "0 first\n1 second\n");
	bed_put(b, "To/dovecot-keywords", "0 other\n1 first\n");
	(void)bed_make(b, "From");
	struct store_view v = bed_open(b, "To");
	store_view_release(&v);
	bed_message(b, from, 1, "From/cur/a:2,Sab", "one",
		    FLAG_SEEN | KEYWORD_BIT(0) | KEYWORD_BIT(1));
	bed_must(b, store_move_here(&b->store, &a, 1, &failed, &b->err));
	bed_expect(b, "To/cur/a:2,Sbc", "one");
	struct state_record r = bed_row(b, to, 11);
	/* other 0, first 1, second 2. */
	assert_true(r.flags == (FLAG_SEEN | KEYWORD_BIT(1) | KEYWORD_BIT(2)));
	state_record_release(&r);
	/* And so nothing seems to have changed. */
	v = bed_open(b, "To");
	assert_int_equal(v.local.n, 1);
	assert_true(v.local.row[0].flags == v.base.row[0].flags);
	assert_true(v.local.row[0].print == v.base.row[0].print);
	store_view_release(&v);
}

static void test_store_move__taken_name(void **state)
{
	struct bed *b = *state;
	struct action a = move(1, 11);

	two_messages(b);
	bed_message(b, to, 5, "To/cur/a:2,S", "theirs", FLAG_SEEN);
	bed_must(b, store_move_here(&b->store, &a, 1, &failed, &b->err));
	struct state_record r = bed_row(b, to, 11);
	assert_string_not_equal(r.unique, "a");
	char *path = xasprintf("To/cur/%s:2,S", r.unique);
	bed_expect(b, path, "one");
	bed_expect_file(b, to, 11, path);
	bed_expect_file(b, to, 5, "To/cur/a:2,S");
	free(path);
	state_record_release(&r);
}

/* Its file is away, and comes back by that very name. */
static void test_store_move__name_of_a_row_without_a_file(void **state)
{
	struct bed *b = *state;
	struct action a = move(1, 11);

	two_messages(b);
	bed_message(b, to, 5, "To/cur/a:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "To/cur/a:2,S");
	bed_must(b, store_move_here(&b->store, &a, 1, &failed, &b->err));
	struct state_record r = bed_row(b, to, 11);
	assert_string_not_equal(r.unique, "a");
	state_record_release(&r);
	assert_false(bed_has(b, "To/cur/a:2,S"));
}

/* Gone, or the row is gone by now: the next look knows more, and it is nothing
 * to report. */
static void test_store_move__gone_meanwhile(void **state)
{
	struct bed *b = *state;
	struct action a[] = {move(1, 11), move(2, 12), move(3, 13)};

	two_messages(b);
	bed_unlink(b, "From/cur/a:2,S");
	bed_must(b, store_move_here(&b->store, a, 3, &failed, &b->err));
	assert_int_equal(failed, 2);
	assert_int_equal(b->err.code, ERR_NONE);
	assert_true(bed_has_row(b, from, 1));
	assert_false(bed_has_row(b, to, 11));
	bed_expect_file(b, to, 12, "To/new/b");
}

static void test_store_move__one_that_cannot(void **state)
{
	struct bed *b = *state;

	two_messages(b);
	fault_arm(FAULT_RENAME, 0, EPERM);
	fault.name = "a:2,S";
	bed_must(b, move_two(b));
	assert_true(fault_disarm());
	assert_int_equal(failed, 1);
	assert_int_equal(b->err.scope, ERR_SCOPE_MESSAGE);
	assert_true(bed_has_row(b, from, 1));
	bed_expect_file(b, to, 12, "To/new/b");
}

static void test_store_move__directory_gone(void **state)
{
	struct bed *b = *state;

	two_messages(b);
	char *path = bed_path(b, "From");
	remove_tree(path);
	free(path);
	assert_int_equal(move_two(b), -1);
	assert_int_equal(b->err.code, ERR_TEMP);
	struct action a = move(1, 11);
	a.other = 4711;
	assert_int_equal(store_move_here(&b->store, &a, 1, &failed, &b->err),
			 -1);
	assert_int_equal(b->err.code, ERR_INTERNAL);
}

static void test_store_move__all_or_nothing(void **state)
{
	struct bed *b = *state;

	bed_must(b, store_touch(&b->store, &b->err));
	two_messages(b);
	int before = bed_descriptors();
	/* The files have gone over by the second time: nobody can tell whose
	 * they are then, but by their content. */
	struct buf dump = bed_dump(b);
	fault_arm(FAULT_STEP, 0, ENOSPC);
	fault.name = "UPDATE message SET folder";
	assert_int_equal(move_two(b), -1);
	assert_true(fault_disarm());
	bed_expect_same(b, &dump);
	buf_release(&dump);
	assert_int_equal(bed_descriptors(), before);
	bed_expect(b, "To/cur/a:2,S", "one");
	bed_expect(b, "To/new/b", "two");
	/* Here they are files without a row, there rows without a file. */
	bed_must(b, move_two(b));
	assert_int_equal(failed, 2);
	assert_true(bed_has_row(b, from, 1));
	struct store_view v = bed_open(b, "To");
	assert_int_equal(v.local.n, 2);
	assert_int_equal(v.base.n, 0);
	store_view_release(&v);
}

#define move_test(f) cmocka_unit_test_setup_teardown(f, setup, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    move_test(test_store_move__file_and_row),
	    move_test(test_store_move__keywords),
	    move_test(test_store_move__taken_name),
	    move_test(test_store_move__name_of_a_row_without_a_file),
	    move_test(test_store_move__gone_meanwhile),
	    move_test(test_store_move__one_that_cannot),
	    move_test(test_store_move__directory_gone),
	    move_test(test_store_move__all_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
