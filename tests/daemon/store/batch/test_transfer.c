/* SPDX-License-Identifier: MIT */
/* Messages that follow their files to another folder of the server: what is
 * promised before, and what is on record after each end.
 */
#include "daemon/store/batch/transfer.h"

#include "tests/daemon/store/bed.h"

#define UIDNEXT 50

static int64_t from, to;
static uint32_t target_uidnext;
static struct transfer t;

static int setup(void **state)
{
	(void)bed_setup(state);
	to = bed_make(*state, "To");
	from = bed_make(*state, "From");
	target_uidnext = UIDNEXT;
	t = (struct transfer){0};
	return 0;
}

static int teardown(void **state)
{
	transfer_release(&t);
	return bed_teardown(state);
}

static struct action follow(uint32_t uid, const char *unique)
{
	return (struct action){.type = ACTION_MOVE_THERE,
			       .uid = uid,
			       .other = to,
			       .key = bed_key(unique)};
}

/* A message of From whose file is in To by now. */
static void moved(struct bed *b, uint32_t uid, const char *unique)
{
	char *here = xasprintf("From/cur/%s:2,S", unique);
	char *there = xasprintf("To/cur/%s:2,S", unique);

	bed_message(b, from, uid, here, unique, FLAG_SEEN);
	bed_rename(b, here, there);
	free(here);
	free(there);
}

static int begin(struct bed *b, const struct action *a, size_t n)
{
	transfer_release(&t);
	t = (struct transfer){.to = to,
			      .box = {.wire = xstrdup("To"),
				      .name = xstrdup("To"),
				      .display = xstrdup("To"),
				      .delim = '/',
				      .uidvalidity = BED_UIDVALIDITY,
				      .uidnext = target_uidnext}};
	return transfer_begin(&t, &b->store, a, n, &b->err);
}

static void say(uint32_t uidvalidity, uint32_t src, uint32_t dst)
{
	t.pairs.pair =
	    xreallocarray(t.pairs.pair, t.pairs.n + 1, sizeof(*t.pairs.pair));
	t.pairs.pair[t.pairs.n++] = (struct uid_pair){src, dst};
	t.pairs.uidvalidity = uidvalidity;
}

static void record(struct bed *b, enum transfer_end end)
{
	t.end = end;
	bed_must(b, transfer_record(&t, &b->store, &b->err));
}

static int64_t intents(struct bed *b)
{
	return bed_number(b, "SELECT count(*) FROM intent");
}

/* W2. */
static int expect_promise(void *ctx, const struct state_intent *i)
{
	struct bed *b = ctx;

	assert_int_equal(i->id, t.item[0].intent);
	assert_int_equal(i->folder, to);
	assert_int_equal(i->kind, STATE_INTENT_MOVE);
	assert_int_equal(i->state, STATE_INTENT_PLANNED);
	assert_string_equal(i->unique, "m");
	assert_true(i->key == bed_key("m"));
	assert_int_equal(i->size, 1);
	assert_int_equal(i->uidvalidity, BED_UIDVALIDITY);
	assert_int_equal(i->uidnext, UIDNEXT);
	assert_int_equal(i->source, from);
	assert_int_equal(i->source_uid, 1);
	return b ? 1 : 0;
}

static void test_transfer__promises_first(void **state)
{
	struct bed *b = *state;
	struct action a[] = {follow(1, "m"), follow(2, "gone")};

	moved(b, 1, "m");
	bed_message(b, from, 2, "From/cur/gone:2,", "two", 0);
	bed_unlink(b, "From/cur/gone:2,");
	bed_must(b, begin(b, a, 2));
	assert_true(t.item[0].ready);
	assert_false(t.item[1].ready);
	assert_int_equal(intents(b), 1);
	assert_int_equal(
	    state_intent_each(b->store.state, to, expect_promise, b, &b->err),
	    1);
	/* Without UIDNEXT all of the target is searched after a cut. */
	target_uidnext = 0;
	bed_must(b, begin(b, a, 1));
	assert_int_equal(intents(b), 1);
	assert_int_equal(bed_number(b, "SELECT uidnext FROM intent"), 0);
}

static int begin_two(struct bed *b)
{
	struct action a[] = {follow(1, "m"), follow(2, "n")};

	return begin(b, a, 2);
}

static void test_transfer__promises_all_or_nothing(void **state)
{
	struct bed *b = *state;

	moved(b, 1, "m");
	moved(b, 2, "n");
	bed_must(b, store_touch(&b->store, &b->err));
	bed_all_or_nothing(b, begin_two);
	assert_int_equal(intents(b), 2);
}

/* Behind the first batch the names are known, as far as they are still those.
 */
static void test_transfer__many_batches(void **state)
{
	struct bed *b = *state;
	struct action a[] = {follow(1, "m"), follow(2, "n"), follow(3, "o")};

	moved(b, 1, "m");
	moved(b, 2, "n");
	moved(b, 3, "o");
	bed_must(b, begin(b, &a[0], 1));
	bed_must(b, begin(b, &a[1], 1));
	fault_arm(FAULT_READDIR, 0, EIO);
	fault.name = "/cur";
	bed_must(b, begin(b, &a[2], 1));
	assert_false(fault_disarm());
	assert_true(t.item[0].ready);
	bed_rename(b, "To/cur/m:2,S", "To/new/m");
	bed_unlink(b, "To/cur/o:2,S");
	bed_must(b, begin(b, a, 3));
	assert_true(t.item[0].ready && t.item[1].ready);
	assert_false(t.item[2].ready);
}

static void test_transfer__target_gone(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");
	int before = bed_descriptors();

	moved(b, 1, "m");
	char *path = bed_path(b, "To");
	remove_tree(path);
	free(path);
	assert_int_equal(begin(b, &a, 1), -1);
	assert_int_equal(b->err.code, ERR_TEMP);
	assert_int_equal(bed_descriptors(), before);
	assert_int_equal(intents(b), 0);
}

/* Until the target shows it, it is said to be there, and stays promised. */
static void expect_over(struct bed *b, uint32_t uid, const char *path)
{
	struct state_record r = bed_row(b, to, uid);

	assert_int_equal(r.fate, FATE_CLAIMED);
	assert_true(r.flags == FLAG_SEEN);
	assert_true(r.have_digest);
	state_record_release(&r);
	bed_expect_file(b, to, uid, path);
	assert_int_equal(intents(b), 1);
	assert_int_equal(bed_number(b, "SELECT state FROM intent"),
			 STATE_INTENT_STORED);
}

static void test_transfer__moved(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	moved(b, 1, "m");
	bed_must(b, begin(b, &a, 1));
	say(BED_UIDVALIDITY, 1, 51);
	record(b, TRANSFER_MOVED);
	expect_over(b, 51, "To/cur/m:2,S");
	assert_false(bed_has_row(b, from, 1));
	/* And so nothing is left to be done. */
	struct store_view v = bed_open(b, "To");
	assert_true(v.local.row[0].print == v.base.row[0].print);
	assert_true(v.local.row[0].flags == v.base.row[0].flags);
	store_view_release(&v);
}

static void test_transfer__copied(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	moved(b, 1, "m");
	bed_must(b, begin(b, &a, 1));
	say(BED_UIDVALIDITY, 1, 51);
	record(b, TRANSFER_COPIED);
	expect_over(b, 51, "To/cur/m:2,S");
	assert_int_equal(bed_fate_of(b, from, 1), FATE_MOVED_THERE);
}

static void test_transfer__refused(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	moved(b, 1, "m");
	bed_must(b, begin(b, &a, 1));
	record(b, TRANSFER_NOT);
	assert_int_equal(intents(b), 0);
	assert_int_equal(bed_fate_of(b, from, 1), FATE_ALIVE);
}

/* Without COPYUID, or with one that cannot be true: the target finds its
 * messages by their content, and until then they stay promised. */
static void without_uid(struct bed *b, uint32_t uidvalidity, uint32_t uid)
{
	static const enum transfer_end end[] = {TRANSFER_MOVED,
						TRANSFER_COPIED};
	struct action a = follow(1, "m");

	for (size_t i = 0; i < 2; i++) {
		moved(b, 1, "m");
		bed_must(b, begin(b, &a, 1));
		if (uid != 0)
			say(uidvalidity, 1, uid);
		record(b, end[i]);
		assert_int_equal(intents(b), 1);
		if (i == 0)
			assert_false(bed_has_row(b, from, 1));
		else
			assert_int_equal(bed_fate_of(b, from, 1),
					 FATE_MOVED_THERE);
		bed_unlink(b, "To/cur/m:2,S");
	}
}

static void test_transfer__without_copyuid(void **state)
{
	struct bed *b = *state;

	without_uid(b, 0, 0);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), 1);
}

/* S02. */
static void test_transfer__copyuid_of_another_life(void **state)
{
	struct bed *b = *state;

	without_uid(b, BED_UIDVALIDITY + 1, 51);
	assert_false(bed_has_row(b, to, 51));
}

/* S22. */
static void test_transfer__copyuid_of_another_message(void **state)
{
	struct bed *b = *state;

	bed_message(b, to, 51, "To/cur/old:2,S", "old", FLAG_SEEN);
	without_uid(b, BED_UIDVALIDITY, 51);
	bed_expect_file(b, to, 51, "To/cur/old:2,S");
}

/* COPYUID leaves one out: it was not there any more, and its file is all there
 * is of it. */
static void test_transfer__left_out(void **state)
{
	static const enum transfer_end end[] = {TRANSFER_MOVED,
						TRANSFER_COPIED};
	struct bed *b = *state;
	struct action a[] = {follow(1, "m"), follow(2, "n")};

	for (uint32_t i = 0; i < 2; i++) {
		moved(b, 1, "m");
		moved(b, 2, "n");
		bed_must(b, begin(b, a, 2));
		say(BED_UIDVALIDITY, 2, 51 + i);
		record(b, end[i]);
		assert_false(bed_has_row(b, from, 1));
		/* That of the other one. */
		assert_int_equal(intents(b), 1);
		assert_int_equal(bed_fate_of(b, to, 51 + i), FATE_CLAIMED);
		struct action forget = {.uid = 2};
		bed_must(b, store_forget(&b->store, &forget, 1, &b->err));
	}
}

/* Its file was gone before it was asked for, or its row is by now. */
static void test_transfer__gone_meanwhile(void **state)
{
	struct bed *b = *state;
	struct action a[] = {follow(1, "m"), follow(2, "n")};
	struct action forget = {.uid = 1};

	moved(b, 1, "m");
	moved(b, 2, "n");
	bed_unlink(b, "To/cur/n:2,S");
	bed_must(b, begin(b, a, 2));
	bed_must(b, store_forget(&b->store, &forget, 1, &b->err));
	say(BED_UIDVALIDITY, 1, 51);
	say(BED_UIDVALIDITY, 2, 52);
	record(b, TRANSFER_MOVED);
	assert_int_equal(bed_fate_of(b, from, 2), FATE_ALIVE);
	assert_false(bed_has_row(b, to, 51));
}

/* Renamed in the target while the server was asked: the row has the name it was
 * promised under, and the next look finds the other. */
static void test_transfer__renamed_in_the_target(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	moved(b, 1, "m");
	bed_must(b, begin(b, &a, 1));
	bed_rename(b, "To/cur/m:2,S", "To/cur/other:2,S");
	say(BED_UIDVALIDITY, 1, 51);
	record(b, TRANSFER_MOVED);
	struct store_view v = bed_open(b, "To");
	store_view_release(&v);
	expect_over(b, 51, "To/cur/other:2,S");
}

static void test_transfer__keywords(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	store_keyword_add(&b->store, "one");
	store_keyword_add(&b->store, "two");
	bed_put(b, "To/dovecot-keywords", "0 two\n");
	bed_message(b, from, 1, "From/cur/m:2,Sab", "m",
		    FLAG_SEEN | KEYWORD_BIT(0) | KEYWORD_BIT(1));
	bed_rename(b, "From/cur/m:2,Sab", "To/cur/m:2,Sab");
	bed_must(b, begin(b, &a, 1));
	say(BED_UIDVALIDITY, 1, 51);
	record(b, TRANSFER_MOVED);
	struct state_record r = bed_row(b, to, 51);
	/* two is its first, one is learnt. */
	assert_true(r.flags == (FLAG_SEEN | KEYWORD_BIT(0) | KEYWORD_BIT(1)));
	state_record_release(&r);
	bed_expect(b, "To/dovecot-keywords", "0 two\n1 one\n");
}

/* A folder that was never synced: the rows' UIDs are of the UIDVALIDITY that
 * COPYUID names. */
static void test_transfer__to_a_new_folder(void **state)
{
	struct bed *b = *state;
	struct action a = follow(1, "m");

	bed_must(b, db_exec(b->store.state,
			    "UPDATE folder SET uidvalidity = 0 "
			    "WHERE name = 'To'",
			    "age", &b->err));
	moved(b, 1, "m");
	bed_must(b, begin(b, &a, 1));
	say(99, 1, 51);
	record(b, TRANSFER_MOVED);
	expect_over(b, 51, "To/cur/m:2,S");
	struct store_view v = bed_open(b, "To");
	assert_int_equal(v.row.uidvalidity, 99);
	store_view_release(&v);
}

static int record_moved(struct bed *b)
{
	t.end = TRANSFER_MOVED;
	return transfer_record(&t, &b->store, &b->err);
}

static int record_copied(struct bed *b)
{
	t.end = TRANSFER_COPIED;
	return transfer_record(&t, &b->store, &b->err);
}

static void test_transfer__records_all_or_nothing(void **state)
{
	static int (*const how[])(struct bed * b) = {record_moved,
						     record_copied};
	struct bed *b = *state;
	int before = bed_descriptors();

	for (uint32_t i = 0; i < 2; i++) {
		moved(b, 1 + 10 * i, "m");
		moved(b, 2 + 10 * i, "n");
		struct action a[] = {follow(1 + 10 * i, "m"),
				     follow(2 + 10 * i, "n")};
		bed_must(b, begin(b, a, 2));
		say(BED_UIDVALIDITY, 1 + 10 * i, 51 + 10 * i);
		say(BED_UIDVALIDITY, 2 + 10 * i, 52 + 10 * i);
		bed_all_or_nothing(b, how[i]);
		assert_int_equal(bed_fate_of(b, to, 52 + 10 * i), FATE_CLAIMED);
		assert_int_equal(intents(b), 2);
		assert_int_equal(bed_descriptors(), before);
		bed_unlink(b, "To/cur/m:2,S");
		bed_unlink(b, "To/cur/n:2,S");
	}
}

#define transfer_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    transfer_test(test_transfer__promises_first),
	    transfer_test(test_transfer__promises_all_or_nothing),
	    transfer_test(test_transfer__many_batches),
	    transfer_test(test_transfer__target_gone),
	    transfer_test(test_transfer__moved),
	    transfer_test(test_transfer__copied),
	    transfer_test(test_transfer__refused),
	    transfer_test(test_transfer__without_copyuid),
	    transfer_test(test_transfer__copyuid_of_another_life),
	    transfer_test(test_transfer__copyuid_of_another_message),
	    transfer_test(test_transfer__left_out),
	    transfer_test(test_transfer__gone_meanwhile),
	    transfer_test(test_transfer__renamed_in_the_target),
	    transfer_test(test_transfer__keywords),
	    transfer_test(test_transfer__to_a_new_folder),
	    transfer_test(test_transfer__records_all_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
