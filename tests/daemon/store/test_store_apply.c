/* SPDX-License-Identifier: MIT */
/* Actions of a plan, carried out and recorded: files first, then rows, and of
 * the rows all or none.
 */
#include "daemon/store/store_priv.h"

#include "daemon/base/clock.h"
#include "tests/daemon/store/bed.h"

static int64_t inbox;
static size_t failed;

static int setup(void **state)
{
	(void)bed_setup(state);
	struct bed *b = *state;
	inbox = bed_make(b, "INBOX");
	bed_must(b, store_touch(&b->store, &b->err));
	return 0;
}

static struct action flags_of(uint32_t uid, uint64_t flags, uint64_t add,
			      uint64_t del)
{
	return (struct action){.type = ACTION_FLAGS_HERE,
			       .uid = uid,
			       .flags = flags,
			       .add = add,
			       .del = del};
}

static uint64_t flags_in(struct bed *b, uint32_t uid)
{
	struct state_record r = bed_row(b, inbox, uid);
	uint64_t flags = r.flags;

	state_record_release(&r);
	return flags;
}

static size_t set_flags(struct bed *b, const struct action *a, size_t n)
{
	bed_must(b, store_flags_here(&b->store, a, n, &failed, &b->err));
	return failed;
}

/* Flags. */

static void test_store_apply__flags(void **state)
{
	struct bed *b = *state;
	struct action a[] = {flags_of(1, 0, FLAG_SEEN, 0),
			     flags_of(2, FLAG_SEEN, FLAG_FLAGGED, FLAG_SEEN),
			     flags_of(3, 0, FLAG_SEEN, 0)};

	bed_message(b, inbox, 1, "INBOX/new/a", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,S", "two", FLAG_SEEN);
	/* Renamed meanwhile: nothing of that is lost. */
	bed_message(b, inbox, 3, "INBOX/cur/c:2,R", "three", 0);
	a[0].in_new = true;
	assert_int_equal(set_flags(b, a, 3), 0);
	bed_expect(b, "INBOX/cur/a:2,S", "one");
	bed_expect(b, "INBOX/cur/b:2,F", "two");
	bed_expect(b, "INBOX/cur/c:2,RS", "three");
	assert_true(flags_in(b, 1) == FLAG_SEEN);
	assert_true(flags_in(b, 2) == FLAG_FLAGGED);
	assert_true(flags_in(b, 3) == FLAG_SEEN);
}

static void test_store_apply__keywords(void **state)
{
	struct bed *b = *state;
	struct action a = flags_of(1, 0, KEYWORD_BIT(0), 0);

	store_keyword_add(&b->store, "$label");
	bed_message(b, inbox, 1, "INBOX/new/a", "one", 0);
	a.in_new = true;
	assert_int_equal(set_flags(b, &a, 1), 0);
	bed_expect(b, "INBOX/cur/a:2,a", "one");
	a = flags_of(1, KEYWORD_BIT(0), 0, KEYWORD_BIT(0));
	assert_int_equal(set_flags(b, &a, 1), 0);
	bed_expect(b, "INBOX/cur/a:2,", "one");
	assert_true(flags_in(b, 1) == 0);
}

/* Else the file would show what the server took away, and it would be brought
 * back there. */
static void test_store_apply__forwarded_by_another_letter(void **state)
{
	struct bed *b = *state;
	struct action a = flags_of(1, FLAG_PASSED, 0, FLAG_PASSED);

	bed_put(b, "INBOX/dovecot-keywords", "0 $Forwarded\n");
	(void)bed_make(b, "INBOX");
	bed_message(b, inbox, 1, "INBOX/cur/m:2,Pa", "one", FLAG_PASSED);
	assert_int_equal(set_flags(b, &a, 1), 0);
	bed_expect(b, "INBOX/cur/m:2,", "one");
	assert_true(flags_in(b, 1) == 0);
}

/* One that is gone is no failure; one whose name has no room gets another; a
 * row that is gone by now is nothing to change. */
static void test_store_apply__flags_of_those_that_can(void **state)
{
	struct bed *b = *state;
	struct action a[] = {
	    flags_of(1, 0, FLAG_SEEN, 0), flags_of(2, 0, FLAG_SEEN, 0),
	    flags_of(3, 0, FLAG_SEEN, 0), flags_of(4, 0, FLAG_SEEN, 0)};
	char path[300] = "INBOX/cur/";

	memset(path + 10, 'x', 253);
	bed_message(b, inbox, 1, path, "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_message(b, inbox, 3, "INBOX/cur/c:2,", "three", 0);
	bed_unlink(b, "INBOX/cur/b:2,");
	assert_int_equal(set_flags(b, a, 4), 0);
	assert_true(flags_in(b, 1) == FLAG_SEEN);
	assert_true(flags_in(b, 2) == 0);
	assert_true(flags_in(b, 3) == FLAG_SEEN);
	/* Gone alone is nothing to report. */
	assert_int_equal(set_flags(b, &a[1], 1), 0);
	assert_int_equal(b->err.code, ERR_NONE);
}

static int mark_two(struct bed *b)
{
	struct action a[] = {flags_of(1, 0, FLAG_SEEN, 0),
			     flags_of(2, 0, FLAG_SEEN, 0)};

	return store_flags_here(&b->store, a, 2, &failed, &b->err);
}

static void test_store_apply__flags_all_or_nothing(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_all_or_nothing(b, mark_two);
	assert_true(flags_in(b, 2) == FLAG_SEEN);
	bed_expect(b, "INBOX/cur/b:2,S", "two");
}

/* Rows. */

static int each_kind(struct bed *b)
{
	struct action a[] = {flags_of(1, 0, FLAG_SEEN, FLAG_DRAFT),
			     flags_of(2, 0, FLAG_SEEN, 0)};

	if (store_record(&b->store, a, 2, &b->err) < 0)
		return -1;
	return store_forget(&b->store, a + 1, 1, &b->err);
}

static void test_store_apply__records_and_forgets(void **state)
{
	struct bed *b = *state;
	struct action none = flags_of(9, 0, FLAG_SEEN, 0);

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", FLAG_DRAFT);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_must(b, each_kind(b));
	assert_true(flags_in(b, 1) == FLAG_SEEN);
	assert_false(bed_has_row(b, inbox, 2));
	bed_expect(b, "INBOX/cur/b:2,", "two");
	/* What is gone need not be forgotten, and cannot be marked. */
	bed_must(b, store_forget(&b->store, &none, 1, &b->err));
	struct action a[] = {flags_of(1, 0, FLAG_FLAGGED, 0), none};
	assert_int_equal(store_record(&b->store, a, 2, &b->err), -1);
	assert_true(flags_in(b, 1) == FLAG_SEEN);
}

static void test_store_apply__fates(void **state)
{
	struct bed *b = *state;
	struct action a = {.uid = 1};

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	for (int fate = FATES - 1; fate >= FATE_ALIVE; fate--) {
		bed_must(
		    b, store_fate(&b->store, &a, 1, (enum fate)fate, &b->err));
		assert_int_equal(bed_fate_of(b, inbox, 1), fate);
	}
}

/* Nobody kept watch of it: the next look is at all. */
static void test_store_apply__a_fate_that_forgets_the_position(void **state)
{
	struct bed *b = *state;
	struct action a = {.uid = 1};

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_folder_position(b->store.state, inbox,
					  BED_UIDVALIDITY, 2, 77, &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
	(void)bed_make(b, "INBOX");
	bed_must(b, store_fate(&b->store, &a, 1, FATE_LEFT_THERE, &b->err));
	bed_must(b, store_fate(&b->store, &a, 1, FATE_ALIVE, &b->err));
	assert_int_equal(bed_number(b, "SELECT modseq FROM folder"), 77);
	a.flags = 1;
	bed_must(b, store_fate(&b->store, &a, 1, FATE_ALIVE, &b->err));
	assert_int_equal(bed_number(b, "SELECT modseq FROM folder"), 0);
	assert_int_equal(bed_number(b, "SELECT uidvalidity FROM folder"),
			 BED_UIDVALIDITY);
}

static int die(struct bed *b)
{
	struct action a[] = {{.uid = 1}, {.uid = 2}};

	return store_die(&b->store, a, 2, FATE_DYING_HERE, &b->err);
}

/* The guard's release is used up by what it released, in one. */
static void test_store_apply__deaths_use_up_the_answer(void **state)
{
	struct bed *b = *state;
	int64_t created;
	uint32_t bound;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_must(b, state_answer_put(b->store.state, inbox, STATE_APPROVE, 1,
				     30, &b->err));
	bed_must(b, state_answer_put(b->store.state, inbox, STATE_RESTORE, 1,
				     30, &b->err));
	bed_all_or_nothing(b, die);
	assert_int_equal(bed_fate_of(b, inbox, 2), FATE_DYING_HERE);
	assert_int_equal(state_answer_get(b->store.state, inbox, STATE_APPROVE,
					  &created, &bound, &b->err),
			 1);
	assert_int_equal(state_answer_get(b->store.state, inbox, STATE_RESTORE,
					  &created, &bound, &b->err),
			 0);
}

/* A keyword that could not be added: its number means nothing here. */
static void test_store_apply__spoiled(void **state)
{
	struct bed *b = *state;
	struct action a = flags_of(1, 0, FLAG_SEEN, 0);

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	fault_arm(FAULT_STEP, 0, ENOSPC);
	fault.name = "INSERT INTO keyword";
	store_keyword_add(&b->store, "x");
	assert_true(fault_disarm());
	store_keyword_add(&b->store, "y");
	assert_true(store_spoiled(&b->store, &b->err));
	struct buf before = bed_dump(b);
	int descriptors = bed_descriptors();
	assert_int_equal(store_flags_here(&b->store, &a, 1, &failed, &b->err),
			 -1);
	assert_int_equal(store_record(&b->store, &a, 1, &b->err), -1);
	assert_int_equal(store_die(&b->store, &a, 1, FATE_DYING_HERE, &b->err),
			 -1);
	assert_int_equal(store_adopt(&b->store, &a, 1, &failed, &b->err), -1);
	struct position at = {.uidvalidity = 7, .uidnext = 9, .modseq = 9};
	struct horizon h = {.exists = 1};
	assert_int_equal(store_position(&b->store, &at, &h, &b->err), -1);
	assert_int_equal(bed_descriptors(), descriptors);
	bed_expect_same(b, &before);
	buf_release(&before);
	bed_expect(b, "INBOX/cur/a:2,", "one");
	/* It ends with the folder. */
	(void)bed_make(b, "INBOX");
	assert_false(store_spoiled(&b->store, &b->err));
}

/* Adoption. */

static struct action adopt(uint32_t uid, const char *unique)
{
	return (struct action){
	    .uid = uid, .key = bed_key(unique), .flags = FLAG_SEEN};
}

static int adopt_two(struct bed *b)
{
	struct action a[] = {adopt(6, "b"), adopt(5, "a")};

	return store_adopt(&b->store, a, 2, &failed, &b->err);
}

static void test_store_apply__adopts(void **state)
{
	struct bed *b = *state;
	struct state_intent intent = {.folder = inbox,
				      .kind = STATE_INTENT_UPLOAD,
				      .unique = "a",
				      .key = bed_key("a")};
	unsigned char digest[STATE_DIGEST];

	bed_put(b, "INBOX/cur/a:2,S", "one");
	bed_age(b, "INBOX/cur/a:2,S", 1000000);
	bed_put(b, "INBOX/new/b", "two");
	(void)bed_promise(b, &intent);
	bed_all_or_nothing(b, adopt_two);
	assert_int_equal(failed, 0);
	bed_expect_file(b, inbox, 5, "INBOX/cur/a:2,S");
	bed_expect_file(b, inbox, 6, "INBOX/new/b");
	struct state_record r = bed_row(b, inbox, 5);
	bed_digest("one", digest);
	assert_true(r.flags == FLAG_SEEN);
	assert_int_equal(r.internaldate, 1000000);
	assert_memory_equal(r.digest, digest, sizeof(digest));
	state_record_release(&r);
	/* An upload whose answer was lost ends here. */
	assert_int_equal(bed_number(b, "SELECT count(*) FROM intent"), 0);
}

/* A03, L01. */
static void test_store_apply__adopts_those_that_can(void **state)
{
	struct bed *b = *state;
	struct action a[] = {adopt(5, "gone"), adopt(6, "bad"),
			     adopt(7, "good")};

	bed_put(b, "INBOX/cur/bad:2,S", "one");
	bed_put(b, "INBOX/cur/good:2,S", "two");
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,S";
	bed_must(b, store_adopt(&b->store, a, 3, &failed, &b->err));
	assert_true(fault_disarm());
	assert_int_equal(failed, 2);
	assert_int_equal(b->err.scope, ERR_SCOPE_MESSAGE);
	assert_non_null(strstr(b->err.text, "'bad'"));
	assert_true(bed_has_row(b, inbox, 7));
	assert_false(bed_has_row(b, inbox, 6));
	/* Gone alone is nothing to report, and nothing to write. */
	bed_reopen(b, false);
	(void)bed_make(b, "INBOX");
	int64_t generation = bed_number(b, "SELECT generation FROM account");
	bed_must(b, store_adopt(&b->store, a, 1, &failed, &b->err));
	assert_int_equal(failed, 1);
	assert_int_equal(b->err.code, ERR_NONE);
	assert_int_equal(bed_number(b, "SELECT generation FROM account"),
			 generation);
}

/* Deliveries. */

static int arrive(struct bed *b, uint32_t uid, uint64_t flags,
		  size_t *committed)
{
	struct store *s = &b->store;
	struct store_arrival a = {.uid = uid,
				  .flags = flags,
				  .internaldate = 1000000,
				  .emailid = "M1"};

	if (!s->delivery)
		s->delivery = delivery_new(&s->folder.dir, NULL);
	bed_must(b, delivery_open(s->delivery, &b->err));
	bed_must(b, delivery_write(s->delivery, "text", 4, &b->err));
	if (uid % 2)
		a.emailid[0] = '\0';
	return store_arrived(s, &a, committed, &b->err);
}

static void test_store_apply__deliveries(void **state)
{
	struct bed *b = *state;
	size_t committed;

	store_keyword_add(&b->store, "x");
	bed_must(b, arrive(b, 5, 0, &committed));
	assert_int_equal(committed, 0);
	bed_must(b, arrive(b, 6, FLAG_SEEN | KEYWORD_BIT(0), &committed));
	assert_int_equal(bed_count(b, "INBOX/cur"), 0);
	bed_must(b, store_flush(&b->store, &committed, &b->err));
	assert_int_equal(committed, 2);
	assert_int_equal(bed_count(b, "INBOX/new"), 1);
	assert_int_equal(bed_count(b, "INBOX/cur"), 1);
	struct state_record r = bed_row(b, inbox, 5), q = bed_row(b, inbox, 6);
	assert_null(r.emailid);
	assert_string_equal(q.emailid, "M1");
	assert_true(q.flags == (FLAG_SEEN | KEYWORD_BIT(0)));
	char *path = xasprintf("INBOX/cur/%s:2,Sa", q.unique);
	bed_expect(b, path, "text");
	bed_expect_file(b, inbox, 6, path);
	free(path);
	state_record_release(&r);
	state_record_release(&q);
	bed_must(b, store_flush(&b->store, &committed, &b->err));
	assert_int_equal(committed, 0);
}

static void test_store_apply__full_batch_is_committed(void **state)
{
	struct bed *b = *state;
	size_t committed = 0;
	uint32_t uid = 0;

	while (committed == 0 && uid < 5000)
		bed_must(b, arrive(b, ++uid, 0, &committed));
	assert_int_equal(committed, uid);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), uid);
}

/* W1: the files are there and no row says so: they are known by their names. */
static void test_store_apply__delivery_without_its_rows(void **state)
{
	struct bed *b = *state;
	size_t committed;

	bed_must(b, arrive(b, 5, 0, &committed));
	bed_must(b, arrive(b, 6, FLAG_SEEN, &committed));
	struct buf before = bed_dump(b);
	fault_arm(FAULT_STEP, 1, ENOSPC);
	fault.name = "INSERT INTO message";
	assert_int_equal(store_flush(&b->store, &committed, &b->err), -1);
	assert_true(fault_disarm());
	assert_int_equal(committed, 0);
	bed_expect_same(b, &before);
	buf_release(&before);
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.local.n, 2);
	assert_int_equal(v.local.row[0].hint + v.local.row[1].hint, 11);
	store_view_release(&v);
}

#define apply_test(f) cmocka_unit_test_setup_teardown(f, setup, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    apply_test(test_store_apply__flags),
	    apply_test(test_store_apply__keywords),
	    apply_test(test_store_apply__forwarded_by_another_letter),
	    apply_test(test_store_apply__flags_of_those_that_can),
	    apply_test(test_store_apply__flags_all_or_nothing),
	    apply_test(test_store_apply__records_and_forgets),
	    apply_test(test_store_apply__fates),
	    apply_test(test_store_apply__a_fate_that_forgets_the_position),
	    apply_test(test_store_apply__deaths_use_up_the_answer),
	    apply_test(test_store_apply__spoiled),
	    apply_test(test_store_apply__adopts),
	    apply_test(test_store_apply__adopts_those_that_can),
	    apply_test(test_store_apply__deliveries),
	    apply_test(test_store_apply__full_batch_is_committed),
	    apply_test(test_store_apply__delivery_without_its_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
