/* SPDX-License-Identifier: MIT */
/* A look at all files of an account: which folders are as the rows say, and
 * what went from one to another.
 */
#include "daemon/store/local_scan.h"

#include "tests/daemon/store/bed.h"

static int64_t a, c;
static struct local_scan v;

static int setup(void **state)
{
	(void)bed_setup(state);
	a = bed_make(*state, "A");
	c = bed_make(*state, "C");
	store_folder_close(&((struct bed *)*state)->store);
	v = (struct local_scan){0};
	return 0;
}

static int teardown(void **state)
{
	local_scan_release(&v);
	return bed_teardown(state);
}

static int add(struct bed *b, const char *folder, const struct scan_stamp *same)
{
	struct store_name n = bed_name(folder);

	return local_scan_add(&v, &b->store, &n, same, &b->err);
}

/* A is folder 0, C is folder 1. */
static void local_scan(struct bed *b)
{
	local_scan_release(&v);
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	bed_must(b, local_scan_pair(&v, &b->store, &b->err));
}

static bool expects(const struct local_scan_folder *f, const char *unique)
{
	for (size_t i = 0; i < f->nexpected; i++) {
		if (f->expected[i] == bed_key(unique))
			return true;
	}
	return false;
}

/* What was moved out of A, and nothing else. */
static void expect_move(uint32_t uid, const char *unique)
{
	assert_int_equal(v.folder[0].nmoved, 1);
	assert_int_equal(v.folder[0].moved[0].uid, uid);
	assert_int_equal(v.folder[0].moved[0].to, c);
	assert_true(v.folder[0].moved[0].key == bed_key(unique));
	assert_int_equal(v.folder[1].nexpected, 1);
	assert_true(expects(&v.folder[1], unique));
}

static void expect_no_move(void)
{
	for (size_t i = 0; i < v.n; i++)
		assert_int_equal(v.folder[i].nmoved + v.folder[i].nexpected, 0);
}

static void test_local_scan__clean(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	local_scan(b);
	assert_int_equal(v.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(v.folder[i].here);
		assert_true(v.folder[i].clean);
		assert_false(v.folder[i].asked);
	}
	assert_string_equal(v.folder[0].row.name, "A");
	assert_int_equal(v.folder[0].row.messages, 1);
	assert_int_equal(v.folder[1].row.id, c);
	expect_no_move();
}

static void new_file(struct bed *b)
{
	bed_put(b, "A/new/x", "two");
}

static void lost_file(struct bed *b)
{
	bed_unlink(b, "A/cur/m:2,S");
}

static void flag(struct bed *b)
{
	bed_rename(b, "A/cur/m:2,S", "A/cur/m:2,FS");
}

static void edit(struct bed *b)
{
	bed_put(b, "A/cur/m:2,S", "eno");
	bed_age(b, "A/cur/m:2,S", 5);
}

static void touch(struct bed *b)
{
	bed_age(b, "A/cur/m:2,S", 5);
}

static void rename_all(struct bed *b)
{
	bed_rename(b, "A/cur/m:2,S", "A/cur/other:2,S");
}

static void test_local_scan__what_makes_a_folder_stir(void **state)
{
	static const struct {
		void (*what)(struct bed *b);
		bool clean;
	} cases[] = {{new_file, false}, {lost_file, false}, {flag, false},
		     {edit, false},     {touch, true},      {rename_all, true}};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
		cases[i].what(b);
		local_scan(b);
		assert_int_equal(v.folder[0].clean, cases[i].clean);
		assert_true(v.folder[1].clean);
		char *dir = bed_path(b, "A");
		remove_tree(dir);
		free(dir);
		(void)bed_make(b, "A");
		store_folder_close(&b->store);
		bed_must(b, db_exec(b->store.state, "DELETE FROM message",
				    "empty", &b->err));
	}
}

/* Files that are being written, or cannot be read, are looked at again. */
static void test_local_scan__unsettled(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_age(b, "A/cur/m:2,S", 5);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "m:2,S";
	local_scan(b);
	assert_true(fault_disarm());
	assert_false(v.folder[0].clean);
	local_scan(b);
	assert_true(v.folder[0].clean);
	bed_put(b, "A/cur/m:2,S", "o");
	char *path = bed_path(b, "A/cur/m:2,S");
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	local_scan(b);
	assert_false(v.folder[0].clean);
	(void)close(fd);
	free(path);
}

/* The same times: not read. */
static void test_local_scan__known_by_its_stamp(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	local_scan(b);
	struct scan_stamp same = v.folder[0].stamp;
	fault_arm(FAULT_READDIR, 0, EIO);
	fault.name = "/cur";
	bed_must(b, add(b, "A", &same));
	assert_false(fault_disarm());
	assert_true(v.folder[2].clean);
	same.cur_ns--;
	bed_put(b, "A/new/x", "two");
	bed_must(b, add(b, "A", &same));
	assert_false(v.folder[3].clean);
}

static void test_local_scan__asked(void **state)
{
	struct bed *b = *state;
	struct state *s = b->store.state;

	for (int kind = STATE_APPROVE; kind <= STATE_RESTORE; kind++) {
		bed_must(b, state_answer_put(s, a, (enum state_answer)kind, 1,
					     2, &b->err));
		local_scan(b);
		assert_true(v.folder[0].asked && !v.folder[1].asked);
		bed_must(b, state_answer_drop(s, a, (enum state_answer)kind,
					      &b->err));
	}
	bed_must(b, state_folder_set_hold(s, a, "old copy", &b->err));
	local_scan(b);
	assert_true(v.folder[0].asked);
	bed_must(b, state_folder_set_hold(s, a, NULL, &b->err));
	bed_must(b, state_folder_set_held(s, a, 0, 5, "1:5", &b->err));
	local_scan(b);
	assert_true(v.folder[0].asked);
}

/* L07: the name kept, or not; told by its inode, and not read. */
static void test_local_scan__moved(void **state)
{
	static const char *const to[] = {"C/cur/m:2,S", "C/cur/other:2,FS",
					 "C/new/fresh"};
	static const char *const unique[] = {"m", "other", "fresh"};
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	for (size_t i = 0; i < 3; i++) {
		bed_rename(b, "A/cur/m:2,S", to[i]);
		fault_arm(FAULT_OPEN, 0, EIO);
		fault.name = unique[i];
		local_scan(b);
		assert_false(fault_disarm());
		expect_move(1, unique[i]);
		assert_false(v.folder[0].clean || v.folder[1].clean);
		bed_rename(b, to[i], "A/cur/m:2,S");
	}
	local_scan(b);
	expect_no_move();
}

/* Copied and removed, as over file systems: told by its content. */
static void test_local_scan__moved_by_copying(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_put(b, "C/cur/x:2,S", "six");
	bed_put(b, "C/cur/y:2,S", "one");
	bed_put(b, "C/cur/long:2,S", "something else");
	local_scan(b);
	expect_move(1, "y");
}

/* mutt writes the file anew, and with it fields that say nothing. */
static void test_local_scan__moved_and_rewritten(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "Subject: x\n\nText\n", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_put(b, "C/cur/x:2,S",
		"Subject: x\nStatus: RO\nContent-Length: 5\nLines: 1\n\n"
		"Text\n");
	bed_put(b, "C/cur/y:2,S", "Subject: x\n\nTexts\n");
	local_scan(b);
	expect_move(1, "x");
}

static void test_local_scan__copied_is_not_moved(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_put(b, "C/cur/m:2,S", "one");
	local_scan(b);
	expect_no_move();
	assert_false(v.folder[1].clean);
}

static void test_local_scan__deleted_is_not_moved(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_put(b, "C/cur/x:2,S", "two");
	local_scan(b);
	expect_no_move();
}

/* Two go over, one is exchanged between them. */
static void test_local_scan__both_ways(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_message(b, c, 7, "C/cur/o:2,S", "three", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	bed_rename(b, "A/cur/n:2,S", "C/cur/n:2,S");
	bed_rename(b, "C/cur/o:2,S", "A/cur/o:2,S");
	local_scan(b);
	assert_int_equal(v.folder[0].nmoved, 2);
	assert_int_equal(v.folder[0].moved[0].uid, 1);
	assert_int_equal(v.folder[0].moved[1].uid, 2);
	assert_int_equal(v.folder[1].nmoved, 1);
	assert_int_equal(v.folder[1].moved[0].uid, 7);
	assert_int_equal(v.folder[1].nexpected, 2);
	assert_true(expects(&v.folder[1], "m") && expects(&v.folder[1], "n"));
	assert_true(v.folder[1].expected[0] < v.folder[1].expected[1]);
	assert_true(expects(&v.folder[0], "o"));
}

/* What was promised to the server may be there by now: no move is made of it.
 */
static void test_local_scan__promised_is_left_alone(void **state)
{
	struct bed *b = *state;
	struct state_intent i = {.folder = c,
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "m",
				 .key = bed_key("m")};

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	(void)bed_promise(b, &i);
	i.key = 4711;
	(void)bed_promise(b, &i);
	local_scan(b);
	expect_no_move();
	assert_false(v.folder[1].clean);
	bed_must(b, state_intent_drop_file(b->store.state, c, bed_key("m"),
					   &b->err));
	local_scan(b);
	expect_move(1, "m");
}

/* Only what is alive, or is said to be, has a file that could be missed; and
 * what was missed a moment ago. */
static void test_local_scan__other_fates_lost_nothing(void **state)
{
	struct bed *b = *state;

	for (int fate = FATE_DYING_HERE; fate < FATES; fate++) {
		bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
		bed_fate(b, a, 1, (enum fate)fate);
		bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
		local_scan(b);
		if (fate == FATE_CLAIMED || fate == FATE_DYING_THERE)
			expect_move(1, "m");
		else
			expect_no_move();
		bed_unlink(b, "C/cur/m:2,S");
		bed_must(b, db_exec(b->store.state, "DELETE FROM message",
				    "empty", &b->err));
	}
}

/* What the server is said to have is looked at again, though nothing changed.
 */
static void test_local_scan__claims_leave_no_folder_alone(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	local_scan(b);
	assert_true(v.folder[0].clean);
	bed_fate(b, a, 1, FATE_CLAIMED);
	local_scan(b);
	assert_false(v.folder[0].clean);
}

/* A03: what cannot be read is told by its inode, or not at all; the others
 * are. */
static void test_local_scan__unreadable_file(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_unlink(b, "A/cur/n:2,S");
	bed_put(b, "C/cur/bad:2,S", "one");
	bed_put(b, "C/cur/good:2,S", "two");
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,S";
	local_scan(b);
	assert_true(fault_disarm());
	expect_move(2, "good");
}

/* A folder that cannot be read is listed as one of which nothing is known, and
 * the next is looked at. */
static void test_local_scan__unreadable_folder(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR, FAULT_STEP};
	struct bed *b = *state;
	int before = bed_descriptors();

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "A/cur/m:2,FS");
	bed_age(b, "A/cur/m:2,FS", 5);
	bed_put(b, "A/cur/x:2,FS", "two");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (long k = 0;; k++) {
			local_scan_release(&v);
			fault_arm(calls[i], k, EMFILE);
			int r = add(b, "A", NULL);
			bool hit = fault_disarm();
			assert_int_equal(v.n, 1);
			assert_false(v.folder[0].clean);
			assert_int_equal(bed_descriptors(), before);
			bed_must(b, add(b, "C", NULL));
			assert_true(v.folder[1].clean);
			if (r == 0 && !hit)
				break;
		}
	}
	bed_unlink(b, "A/new");
	local_scan_release(&v);
	assert_int_equal(add(b, "A", NULL), -1);
}

/* What may have come from it is not new. */
static void test_local_scan__moved_from_an_unreadable_folder(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/x:2,S");
	bed_put(b, "C/cur/new:2,S", "three");
	fault_arm(FAULT_READDIR, 0, EIO);
	assert_int_equal(add(b, "A", NULL), -1);
	fault_disarm();
	bed_must(b, add(b, "C", NULL));
	bed_must(b, local_scan_pair(&v, &b->store, &b->err));
	assert_true(expects(&v.folder[1], "x"));
	assert_false(expects(&v.folder[1], "new"));
}

static void test_local_scan__directory_gone(void **state)
{
	struct bed *b = *state;
	char *path = bed_path(b, "A");

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	remove_tree(path);
	free(path);
	local_scan(b);
	assert_false(v.folder[0].here || v.folder[0].clean);
	assert_false(bed_has(b, "A"));
	expect_no_move();
}

/* It is to go there too: what it had may be in other folders. */
static void test_local_scan__doomed(void **state)
{
	struct bed *b = *state;
	struct store_name n = bed_name("A");
	char *path = bed_path(b, "A");

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	remove_tree(path);
	free(path);
	n.doomed = true;
	bed_must(b, local_scan_add(&v, &b->store, &n, NULL, &b->err));
	bed_must(b, add(b, "C", NULL));
	bed_must(b, local_scan_pair(&v, &b->store, &b->err));
	expect_move(1, "m");
	assert_false(v.folder[0].here || v.folder[0].clean);
}

static void test_local_scan__folder_gone_before_pairing(void **state)
{
	struct bed *b = *state;
	char *path = bed_path(b, "C");

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_put(b, "C/cur/x:2,S", "one");
	bed_must(b, add(b, "A", NULL));
	bed_must(b, add(b, "C", NULL));
	remove_tree(path);
	bed_must(b, local_scan_pair(&v, &b->store, &b->err));
	expect_no_move();
	free(path);
}

static void test_local_scan__pairing_failures(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR, FAULT_STEP};
	struct bed *b = *state;
	int before = bed_descriptors();

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_unlink(b, "A/cur/m:2,S");
	bed_put(b, "C/cur/x:2,S", "one");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int failed = 0;
		for (long k = 0;; k++) {
			local_scan_release(&v);
			bed_must(b, add(b, "A", NULL));
			bed_must(b, add(b, "C", NULL));
			fault_arm(calls[i], k, EMFILE);
			failed += local_scan_pair(&v, &b->store, &b->err) < 0;
			bool hit = fault_disarm();
			assert_int_equal(bed_descriptors(), before);
			if (!hit)
				break;
		}
		assert_int_not_equal(failed, 0);
		expect_move(1, "x");
	}
}

static void test_local_scan__dry_run_changes_nothing(void **state)
{
	struct bed *b = *state;

	bed_message(b, a, 1, "A/cur/m:2,S", "one", FLAG_SEEN);
	bed_rename(b, "A/cur/m:2,S", "C/cur/m:2,S");
	bed_message(b, a, 2, "A/cur/n:2,S", "two", FLAG_SEEN);
	bed_age(b, "A/cur/n:2,S", 5);
	bed_put(b, "A/tmp/imapsyncd.left", "half");
	bed_reopen(b, true);
	struct buf before = bed_dump(b);
	local_scan(b);
	expect_move(1, "m");
	bed_must(b, add(b, "Fresh", NULL));
	bed_expect_same(b, &before);
	buf_release(&before);
	assert_true(bed_has(b, "A/tmp/imapsyncd.left"));
	assert_false(bed_has(b, "Fresh"));
}

#define local_scan_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    local_scan_test(test_local_scan__clean),
	    local_scan_test(test_local_scan__what_makes_a_folder_stir),
	    local_scan_test(test_local_scan__unsettled),
	    local_scan_test(test_local_scan__known_by_its_stamp),
	    local_scan_test(test_local_scan__asked),
	    local_scan_test(test_local_scan__moved),
	    local_scan_test(test_local_scan__moved_by_copying),
	    local_scan_test(test_local_scan__moved_and_rewritten),
	    local_scan_test(test_local_scan__copied_is_not_moved),
	    local_scan_test(test_local_scan__deleted_is_not_moved),
	    local_scan_test(test_local_scan__both_ways),
	    local_scan_test(test_local_scan__promised_is_left_alone),
	    local_scan_test(test_local_scan__other_fates_lost_nothing),
	    local_scan_test(test_local_scan__claims_leave_no_folder_alone),
	    local_scan_test(test_local_scan__unreadable_file),
	    local_scan_test(test_local_scan__unreadable_folder),
	    local_scan_test(test_local_scan__moved_from_an_unreadable_folder),
	    local_scan_test(test_local_scan__directory_gone),
	    local_scan_test(test_local_scan__doomed),
	    local_scan_test(test_local_scan__folder_gone_before_pairing),
	    local_scan_test(test_local_scan__pairing_failures),
	    local_scan_test(test_local_scan__dry_run_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
