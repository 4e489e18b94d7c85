/* SPDX-License-Identifier: MIT */
/* What other programs did to the files of a folder, as its rows see it
 * afterwards: renamed, touched, edited, copied, half written.
 */
#include "daemon/store/store.h"

#include "daemon/core/content/print.h"
#include "tests/daemon/store/bed.h"

static int64_t inbox;
static struct store_view v;

static int setup(void **state)
{
	(void)bed_setup(state);
	inbox = bed_make(*state, "INBOX");
	return 0;
}

static int teardown(void **state)
{
	store_view_release(&v);
	return bed_teardown(state);
}

static void remote_list(struct bed *b)
{
	store_view_release(&v);
	v = bed_open(b, "INBOX");
}

static const struct local_row *local_of(const char *unique)
{
	return local_view_find(&v.local, bed_key(unique));
}

static const struct base_row *base_of(uint32_t uid)
{
	for (size_t i = 0; i < v.base.n; i++) {
		if (v.base.row[i].uid == uid)
			return &v.base.row[i];
	}
	fail_msg("no row with UID %" PRIu32, uid);
	return NULL;
}

/* As the planner will see it. */
static bool is_here(uint32_t uid)
{
	return local_view_find(&v.local, base_of(uid)->key);
}

static bool is_edited(uint32_t uid)
{
	const struct base_row *r = base_of(uid);
	const struct local_row *l = local_view_find(&v.local, r->key);

	assert_non_null(l);
	return l->print != r->print && l->print != 0 && r->print != 0;
}

static int64_t generation(struct bed *b)
{
	return bed_number(b, "SELECT generation FROM account");
}

/* Nothing happened, or only what a mail program does all day: nothing is read,
 * nothing written. */
static void test_reconcile__flags_are_no_news(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/new/a", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,S", "two", FLAG_SEEN);
	bed_reopen(b, false);
	int64_t before = generation(b);
	bed_rename(b, "INBOX/new/a", "INBOX/cur/a:2,S");
	bed_rename(b, "INBOX/cur/b:2,S", "INBOX/cur/b:2,FS");
	fault_arm(FAULT_OPEN, 0, EIO);
	fault.name = ":2,";
	remote_list(b);
	assert_false(fault_disarm());
	assert_int_equal(generation(b), before);
	assert_false(is_edited(1) || is_edited(2));
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,S");
}

/* L09: mu4e and afew give it another unique part. */
static void test_reconcile__renamed(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_rename(b, "INBOX/cur/a:2,S", "INBOX/cur/other:2,FS");
	remote_list(b);
	assert_true(is_here(1) && is_here(2));
	assert_true(base_of(1)->key == bed_key("other"));
	assert_false(is_edited(1));
	bed_expect_file(b, inbox, 1, "INBOX/cur/other:2,FS");
	struct state_record r = bed_row(b, inbox, 1);
	assert_true(r.have_digest && r.flags == FLAG_SEEN);
	state_record_release(&r);
}

/* Copied with its directory, then renamed: told by its content. */
/* A message came just before a crash, of the content of one that was moved
 * away: it is that message's file, as its name says. */
static void test_reconcile__renamed_to_no_new_message(void **state)
{
	struct bed *b = *state;
	char unique[NAME_BYTES];

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "INBOX/cur/a:2,S");
	struct name_origin origin = {b->store.tag, BED_UIDVALIDITY, 7};
	name_unique(unique, &origin, 1000000, 3);
	char *path = xasprintf("INBOX/new/%s", unique);
	bed_put(b, path, "one");
	remote_list(b);
	assert_false(is_here(1));
	assert_int_equal(local_of(unique)->hint, 7);
	/* Behind the recorded position it is as any other. */
	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_folder_position(b->store.state, inbox,
					  BED_UIDVALIDITY, 8, 0, &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
	remote_list(b);
	assert_true(is_here(1));
	free(path);
}

static void test_reconcile__renamed_and_copied(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_unlink(b, "INBOX/cur/a:2,S");
	bed_unlink(b, "INBOX/cur/b:2,");
	bed_put(b, "INBOX/cur/x:2,", "two");
	bed_put(b, "INBOX/cur/y:2,S", "one");
	bed_put(b, "INBOX/cur/z:2,S", "six");
	remote_list(b);
	bed_expect_file(b, inbox, 1, "INBOX/cur/y:2,S");
	bed_expect_file(b, inbox, 2, "INBOX/cur/x:2,");
	assert_true(is_here(1) && is_here(2));
	assert_non_null(local_of("z"));
}

/* Same content under a new name, and the old one still there: a copy. */
static void test_reconcile__copied(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_put(b, "INBOX/cur/copy:2,S", "one");
	/* The same name, other letters: it gets one of its own. */
	bed_put(b, "INBOX/cur/a:2,FS", "one");
	remote_list(b);
	assert_int_equal(v.local.n, 3);
	assert_int_equal(v.local.twins, 0);
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,S");
	assert_false(is_edited(1));
	assert_int_equal(bed_count(b, "INBOX/cur"), 3);
	assert_false(bed_has(b, "INBOX/cur/a:2,FS"));
}

/* A backup put back, cp -p, touch: other inode or time, the same bytes. */
static void test_reconcile__touched(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_age(b, "INBOX/cur/a:2,S", 5);
	remote_list(b);
	assert_false(is_edited(1));
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,S");
	int64_t after = generation(b);
	bed_reopen(b, false);
	remote_list(b);
	assert_int_equal(generation(b), after);
}

/* Fields that mail programs rewrite are no edit, nor are line ends. */
static void test_reconcile__rewritten(void **state)
{
	static const char after[] =
	    "Status: RO\r\nA: b\r\nX-Keywords: x y z\r\n\r\nText\r\n";
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "A: b\n\nText\n",
		    FLAG_SEEN);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,S", "A: b\n\nMore\n",
		    FLAG_SEEN);
	bed_put(b, "INBOX/cur/a:2,S", after);
	bed_age(b, "INBOX/cur/a:2,S", 1000000000);
	/* Under another name, and written anew. */
	bed_unlink(b, "INBOX/cur/b:2,S");
	bed_put(b, "INBOX/cur/c:2,S", "A: b\nLines: 1\n\nMore\n");
	remote_list(b);
	assert_false(is_edited(1) || is_edited(2));
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,S");
	bed_expect_file(b, inbox, 2, "INBOX/cur/c:2,S");
	struct state_record r = bed_row(b, inbox, 1);
	assert_int_equal(r.size, sizeof(after) - 1);
	state_record_release(&r);
	int64_t recorded = generation(b);
	bed_reopen(b, false);
	remote_list(b);
	assert_int_equal(generation(b), recorded);
}

static void test_reconcile__edited(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,S", "two", FLAG_SEEN);
	/* Longer, and of the same length. */
	bed_put(b, "INBOX/cur/a:2,S", "one and more");
	bed_age(b, "INBOX/cur/a:2,S", 2000000000 / 2);
	bed_put(b, "INBOX/cur/b:2,S", "owt");
	bed_age(b, "INBOX/cur/b:2,S", 2000000000 / 2);
	remote_list(b);
	assert_true(is_edited(1) && is_edited(2));
	assert_int_equal(v.local.busy, 0);
	/* The rows know the old content until it is replaced. */
	struct state_record r = bed_row(b, inbox, 1);
	assert_int_equal(r.size, 3);
	state_record_release(&r);
}

/* Rows of before the fingerprint, and adopted ones: nothing is known of their
 * files' times, and of some not their content. */
static void test_reconcile__rows_that_know_little(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_message(b, inbox, 3, "INBOX/cur/c:2,", "three", 0);
	bed_message(b, inbox, 4, "INBOX/cur/d:2,", "four", 0);
	bed_must(b, db_exec(b->store.state, "UPDATE message SET mtime = 0",
			    "age", &b->err));
	bed_must(b, db_exec(b->store.state,
			    "UPDATE message SET digest = NULL WHERE uid > 2",
			    "age", &b->err));
	bed_put(b, "INBOX/cur/b:2,", "owt");
	bed_age(b, "INBOX/cur/b:2,", 5);
	bed_put(b, "INBOX/cur/d:2,", "four and more");
	bed_age(b, "INBOX/cur/d:2,", 5);
	remote_list(b);
	assert_false(is_edited(1));
	assert_true(is_edited(2));
	assert_false(is_edited(3));
	assert_true(is_edited(4));
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,");
	bed_expect_file(b, inbox, 3, "INBOX/cur/c:2,");
	struct state_record r = bed_row(b, inbox, 3);
	assert_true(r.have_digest);
	state_record_release(&r);
}

/* L17: a draft that is saved just now. */
static void test_reconcile__being_written(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_put(b, "INBOX/cur/a:2,", "ha");
	bed_age(b, "INBOX/cur/a:2,", 5);
	char *path = bed_path(b, "INBOX/cur/a:2,");
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	remote_list(b);
	assert_false(is_edited(1));
	assert_int_equal(v.local.busy, 1);
	assert_int_equal(write(fd, "lf", 2), 2);
	(void)close(fd);
	bed_age(b, "INBOX/cur/a:2,", 6);
	remote_list(b);
	assert_true(is_edited(1));
	assert_int_equal(v.local.busy, 0);
	free(path);
}

static void append(const char *name)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);

	fault.before = NULL;
	assert_int_equal(write(fd, "more", 4), 4);
	(void)close(fd);
}

static void test_reconcile__changes_while_it_is_read(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_age(b, "INBOX/cur/a:2,", 5);
	fault_arm(FAULT_READ, 0, 0);
	fault.name = "a:2,";
	fault.before = append;
	remote_list(b);
	(void)fault_disarm();
	assert_false(is_edited(1));
	remote_list(b);
	assert_true(v.local.busy == 1 || is_edited(1));
}

/* A03: taken for what it was, and told; all others are none the worse. */
static void test_reconcile__unreadable(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/bad:2,", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/good:2,", "two", 0);
	bed_age(b, "INBOX/cur/bad:2,", 5);
	bed_put(b, "INBOX/cur/good:2,", "owt");
	bed_age(b, "INBOX/cur/good:2,", 5);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,";
	remote_list(b);
	assert_true(fault_disarm());
	assert_false(is_edited(1));
	assert_true(is_edited(2));
	assert_int_equal(v.local.unreadable, 1);
	assert_int_equal(v.trouble.code, ERR_HELD);
	assert_int_equal(v.trouble.scope, ERR_SCOPE_MESSAGE);
	assert_non_null(strstr(v.trouble.text, "'bad'"));
	remote_list(b);
	assert_int_equal(v.trouble.code, ERR_NONE);
	/* One that no row knows is not recognised, and that is all. */
	bed_rename(b, "INBOX/cur/bad:2,", "INBOX/cur/moved:2,");
	bed_age(b, "INBOX/cur/moved:2,", 7);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "moved:2,";
	remote_list(b);
	assert_true(fault_disarm());
	assert_false(is_here(1));
	remote_list(b);
	assert_true(is_here(1));
}

/* What a row's file is no more is not looked for; what is dying keeps its name
 * up to date, and what seemed to be gone comes back by its file. */
static void test_reconcile__fates(void **state)
{
	static const bool here[FATES] = {
	    [FATE_ALIVE] = true,      [FATE_DYING_HERE] = true,
	    [FATE_LEFT_HERE] = true,  [FATE_DYING_THERE] = true,
	    [FATE_LEFT_THERE] = true, [FATE_CLAIMED] = true,
	};
	struct bed *b = *state;

	for (int fate = 0; fate < FATES; fate++) {
		bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
		if (fate != FATE_ALIVE)
			bed_fate(b, inbox, 1, (enum fate)fate);
		bed_rename(b, "INBOX/cur/a:2,", "INBOX/cur/b:2,");
		remote_list(b);
		assert_int_equal(is_here(1), here[fate]);
		bed_unlink(b, "INBOX/cur/b:2,");
		struct action a = {.uid = 1};
		bed_must(b, store_forget(&b->store, &a, 1, &b->err));
	}
}

/* Cut off between the trash and the row: a file with the same content that
 * comes from elsewhere is not what was to be deleted. */
static void test_reconcile__buried_already(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_fate(b, inbox, 1, FATE_DYING_HERE);
	/* Another inode: the trash has that one. */
	bed_rename(b, "INBOX/cur/a:2,", "a");
	bed_put(b, "INBOX/cur/b:2,", "one");
	remote_list(b);
	assert_false(is_here(1));
	assert_non_null(local_of("b"));
}

/* Of several alike each row gets one, and what is left is a copy. */
static void test_reconcile__alike(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "same", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "same", 0);
	bed_unlink(b, "INBOX/cur/a:2,");
	bed_unlink(b, "INBOX/cur/b:2,");
	bed_put(b, "INBOX/cur/x:2,", "same");
	bed_put(b, "INBOX/cur/y:2,", "same");
	bed_put(b, "INBOX/cur/z:2,", "same");
	remote_list(b);
	assert_true(is_here(1) && is_here(2));
	assert_true(base_of(1)->key != base_of(2)->key);
	assert_int_equal(v.local.n, 3);
}

static void change_all(struct bed *b)
{
	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_message(b, inbox, 3, "INBOX/cur/c:2,", "three", 0);
	bed_age(b, "INBOX/cur/a:2,", 5);
	bed_rename(b, "INBOX/cur/b:2,", "INBOX/cur/x:2,");
	bed_put(b, "INBOX/cur/c:2,S", "three");
}

/* The plan of a dry run is that of a real one, and nothing is written. */
static void test_reconcile__dry_run(void **state)
{
	struct bed *b = *state;

	change_all(b);
	bed_reopen(b, true);
	struct buf before = bed_dump(b);
	remote_list(b);
	assert_true(is_here(1) && is_here(2) && is_here(3));
	assert_false(is_edited(1) || is_edited(2) || is_edited(3));
	bed_expect_same(b, &before);
	buf_release(&before);
	assert_true(bed_has(b, "INBOX/cur/c:2,S"));
}

static int open_inbox(struct bed *b)
{
	struct store_name n = bed_name("INBOX");

	return store_folder_open(&b->store, &n, NULL, &v, &b->err);
}

static void test_reconcile__all_or_nothing(void **state)
{
	static const struct {
		const char *sql;
		long k;
	} steps[] = {{"UPDATE message SET name", 0},
		     {"UPDATE message SET name", 1},
		     {"COMMIT", 0}};
	struct bed *b = *state;

	bed_must(b, store_touch(&b->store, &b->err));
	change_all(b);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buf before = bed_dump(b);
		fault_arm(FAULT_STEP, steps[i].k, ENOSPC);
		fault.name = steps[i].sql;
		assert_int_equal(open_inbox(b), -1);
		assert_true(fault_disarm());
		bed_expect_same(b, &before);
		buf_release(&before);
	}
	remote_list(b);
	bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,");
	bed_expect_file(b, inbox, 2, "INBOX/cur/x:2,");
}

static void test_reconcile__failures(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR,
					 FAULT_RENAME, FAULT_SYNC};
	struct bed *b = *state;
	int before;

	store_folder_close(&b->store);
	before = bed_descriptors();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		bool hit = true;
		change_all(b);
		for (long k = 0; hit; k++) {
			fault_arm(calls[i], k, EMFILE);
			int r = open_inbox(b);
			hit = fault_disarm();
			if (r == 0)
				store_view_release(&v);
			store_folder_close(&b->store);
			assert_int_equal(bed_descriptors(), before);
			assert_int_equal(bed_count(b, "INBOX/cur"), 4);
		}
		bed_expect_file(b, inbox, 1, "INBOX/cur/a:2,");
		bed_expect_file(b, inbox, 2, "INBOX/cur/x:2,");
		char *cur = bed_path(b, "INBOX/cur");
		remove_tree(cur);
		assert_int_equal(mkdir(cur, 0700), 0);
		free(cur);
		bed_must(b, db_exec(b->store.state, "DELETE FROM message",
				    "empty", &b->err));
	}
}

/* A Maildir put back from a backup: every file has other times. */
static void test_reconcile__many(void **state)
{
	enum { MANY = 10000 };
	struct bed *b = *state;
	char path[64];

	bed_must(b, state_begin(b->store.state, &b->err));
	for (uint32_t i = 1; i <= MANY; i++) {
		char unique[16];
		struct state_message m = {.uid = i,
					  .unique = unique,
					  .size = 4,
					  .mtime_ns = i,
					  .inode = i};
		(void)snprintf(unique, sizeof(unique), "m%" PRIu32, i);
		(void)snprintf(path, sizeof(path), "INBOX/cur/m%" PRIu32 ":2,",
			       i);
		bed_put(b, path, "text");
		m.key = bed_key(unique);
		bed_digest("text", m.digest);
		bed_must(b,
			 state_message_add(b->store.state, inbox, &m, &b->err));
	}
	bed_must(b, state_commit(b->store.state, &b->err));
	remote_list(b);
	for (uint32_t i = 1; i <= MANY; i++)
		assert_true(
		    v.base.row[i - 1].print ==
		    local_view_find(&v.local, v.base.row[i - 1].key)->print);
	bed_expect_file(b, inbox, MANY, path);
}

#define reconcile_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    reconcile_test(test_reconcile__flags_are_no_news),
	    reconcile_test(test_reconcile__renamed),
	    reconcile_test(test_reconcile__renamed_to_no_new_message),
	    reconcile_test(test_reconcile__renamed_and_copied),
	    reconcile_test(test_reconcile__copied),
	    reconcile_test(test_reconcile__touched),
	    reconcile_test(test_reconcile__rewritten),
	    reconcile_test(test_reconcile__edited),
	    reconcile_test(test_reconcile__rows_that_know_little),
	    reconcile_test(test_reconcile__being_written),
	    reconcile_test(test_reconcile__changes_while_it_is_read),
	    reconcile_test(test_reconcile__unreadable),
	    reconcile_test(test_reconcile__fates),
	    reconcile_test(test_reconcile__buried_already),
	    reconcile_test(test_reconcile__alike),
	    reconcile_test(test_reconcile__dry_run),
	    reconcile_test(test_reconcile__all_or_nothing),
	    reconcile_test(test_reconcile__failures),
	    reconcile_test(test_reconcile__many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
