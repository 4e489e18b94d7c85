/* SPDX-License-Identifier: MIT */
/* Moving a message into another folder: its flags, letters and time go with it,
 * nothing there is overwritten, and whatever fails on the way it is in one of
 * the two folders, and only in one.
 */
#include "daemon/maildir/change.h"

#include "daemon/base/fs.h"
#include "tests/daemon/maildir/temp.h"
#include "tests/support/fault.h"

static const signed char same[26] = {0,  1,  2,  3,  4,  5,  6,  7,  8,
				     9,  10, 11, 12, 13, 14, 15, 16, 17,
				     18, 19, 20, 21, 22, 23, 24, 25};

static struct maildir to;

static int setup(void **state)
{
	if (temp_setup(state) < 0)
		return -1;
	struct temp *t = *state;
	return maildir_open(t->root, "To", true, &to, &t->err);
}

static int teardown(void **state)
{
	(void)fault_disarm();
	maildir_close(&to);
	return temp_teardown(state);
}

static void move(struct temp *t, struct change *c, const signed char *letter,
		 enum change_result want)
{
	if (change_move(&t->m, c, 1, &to, letter, &t->err) < 0)
		fail_msg("%s", t->err.text);
	assert_int_equal(c->result, want);
}

static void test_change_move__letters(void **state)
{
	/* a -> c, b -> none, z -> a, all others -> themselves. */
	signed char letter[26];
	static const struct {
		bool in_new;
		const char *file;
		bool to_new;
		const char *want;
	} cases[] = {
	    {false, "u:2,", false, "u:2,"},
	    {false, "u:2,FS", false, "u:2,FS"},
	    {false, "u:2,Sabdz", false, "u:2,Sacd"},
	    {false, "u:2,b", false, "u:2,"},
	    {false, "u:2,SX?", false, "u:2,?SX"},
	    {false, "u:2,S,more", false, "u:2,S,more"},
	    {false, "u", false, "u:2,"},
	    {true, "u", true, "u"},
	    {true, "u:2,F", false, "u:2,F"},
	    {true, "u:2,b", true, "u:2,"},
	    {true, "u:2,X", true, "u:2,X"},
	};
	struct temp *t = *state;

	memcpy(letter, same, sizeof(letter));
	letter[0] = 2;
	letter[1] = -1;
	letter[25] = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct change c = {.unique = "u", .in_new = cases[i].in_new};
		int dir = cases[i].in_new ? t->m.new_ : t->m.cur;
		temp_put(dir, cases[i].file, "text");
		struct stat before = temp_stat(dir, cases[i].file);
		move(t, &c, letter, CHANGE_DONE);
		assert_null(c.as);
		dir = cases[i].to_new ? to.new_ : to.cur;
		struct stat after = temp_stat(dir, cases[i].want);
		assert_true(before.st_ino == after.st_ino);
		assert_true(fs_mtime_ns(&before) == fs_mtime_ns(&after));
		assert_int_equal(temp_count(t->m.new_) + temp_count(t->m.cur),
				 0);
		assert_int_equal(unlinkat(dir, cases[i].want, 0), 0);
	}
}

static void test_change_move__taken_name(void **state)
{
	struct change c = {.unique = "u", .flags = FLAG_SEEN};
	struct temp *t = *state;
	char file[NAME_BYTES];

	temp_put(t->m.cur, "u:2,S", "ours");
	temp_put(to.cur, "u:2,S", "theirs");
	move(t, &c, same, CHANGE_DONE);
	assert_string_not_equal(c.as, "u");
	(void)snprintf(file, sizeof(file), "%s:2,S", c.as);
	temp_expect(to.cur, file, "ours");
	temp_expect(to.cur, "u:2,S", "theirs");
	change_release(&c, 1);
	assert_null(c.as);
	/* With other letters, too: one unique part is one message. */
	c.taken = true;
	temp_put(t->m.cur, "u:2,F", "ours");
	move(t, &c, same, CHANGE_DONE);
	assert_string_not_equal(c.as, "u");
	temp_expect(to.cur, "u:2,S", "theirs");
	change_release(&c, 1);
}

static void test_change_move__no_room_for_the_letters(void **state)
{
	char unique[NAME_BYTES];
	struct temp *t = *state;
	struct change c[] = {{.unique = unique, .in_new = true},
			     {.unique = "u", .in_new = true}};

	/* Where it was in cur/ without an info, it gets one. */
	memset(unique, 'x', sizeof(unique));
	unique[254] = '\0';
	temp_put(t->m.cur, unique, "long");
	temp_put(t->m.new_, "u", "short");
	assert_int_equal(change_move(&t->m, c, 2, &to, same, &t->err), 0);
	assert_int_equal(c[0].result, CHANGE_FAILED);
	assert_int_equal(t->err.code, ERR_HELD);
	assert_int_equal(c[1].result, CHANGE_DONE);
	temp_expect(t->m.cur, unique, "long");
	temp_expect(to.new_, "u", "short");
}

static void test_change_move__gone_or_elsewhere(void **state)
{
	struct temp *t = *state;
	struct change c[] = {{.unique = "none"},
			     {.unique = "u", .flags = FLAG_FLAGGED},
			     {.unique = "new", .flags = FLAG_SEEN}};

	temp_put(t->m.cur, "u:2,S", "one");
	temp_put(t->m.new_, "new", "two");
	assert_int_equal(change_move(&t->m, c, 3, &to, same, &t->err), 0);
	assert_int_equal(c[0].result, CHANGE_GONE);
	assert_int_equal(c[1].result, CHANGE_DONE);
	assert_int_equal(c[2].result, CHANGE_DONE);
	temp_expect(to.cur, "u:2,S", "one");
	temp_expect(to.new_, "new", "two");
}

static void test_change_move__removed_target_is_an_error(void **state)
{
	struct change c = {.unique = "u"};
	struct temp *t = *state;

	temp_put(t->m.cur, "u:2,", "text");
	assert_int_equal(unlinkat(to.dir, "cur", AT_REMOVEDIR), 0);
	assert_int_equal(change_move(&t->m, &c, 1, &to, same, &t->err), -1);
	assert_int_equal(c.result, CHANGE_FAILED);
	temp_expect(t->m.cur, "u:2,", "text");
}

/* How often it is there, half copies not counted. */
static int copies(const struct temp *t)
{
	return temp_count(t->m.new_) + temp_count(t->m.cur) +
	       temp_count(to.new_) + temp_count(to.cur);
}

static const unsigned all_calls[] = {FAULT_OPEN, FAULT_READ,   FAULT_WRITE,
				     FAULT_SYNC, FAULT_RENAME, FAULT_UNLINK,
				     FAULT_STAT, FAULT_READDIR};

/* One call after the other fails: once, and from then on. */
static void fail_everywhere(struct temp *t, int number, bool lasts)
{
	for (size_t i = 0; i < sizeof(all_calls) / sizeof(all_calls[0]); i++) {
		for (long k = 0;; k++) {
			struct change c = {.unique = "u"};
			temp_put(t->m.cur, "u:2,S", "text");
			fault_arm(all_calls[i], k, number);
			fault.lasts = lasts;
			(void)change_move(&t->m, &c, 1, &to, same, &t->err);
			bool hit = fault_disarm();
			change_release(&c, 1);
			assert_int_equal(copies(t), 1);
			if (c.result == CHANGE_DONE)
				temp_expect(to.cur, "u:2,S", "text");
			else if (temp_count(t->m.cur) > 0)
				temp_expect(t->m.cur, "u:2,S", "text");
			temp_remove_all(t->m.cur);
			temp_remove_all(to.cur);
			if (!hit)
				break;
		}
	}
}

static void test_change_move__failures(void **state)
{
	fail_everywhere(*state, EIO, false);
	fail_everywhere(*state, EROFS, true);
}

/* Between file systems: false where there is only one. */
static bool open_other_disk(struct temp *t, char path[])
{
	struct stat here, there;

	if (!mkdtemp(path))
		return false;
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	assert_int_equal(fstat(root, &there), 0);
	assert_int_equal(fstat(t->root, &here), 0);
	if (here.st_dev == there.st_dev) {
		(void)close(root);
		remove_tree(path);
		return false;
	}
	maildir_close(&to);
	assert_int_equal(maildir_open(root, "To", true, &to, &t->err), 0);
	(void)close(root);
	return true;
}

#define OTHER_DISK "/dev/shm/test-maildir.XXXXXX"

static void test_change_move__to_another_disk(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 5}, {.tv_sec = 1000000}};
	struct change c = {.unique = "u", .flags = FLAG_SEEN};
	char path[] = OTHER_DISK;
	struct temp *t = *state;

	if (!open_other_disk(t, path)) {
		print_message("skipped: /dev/shm is no other file system\n");
		skip();
	}
	temp_put(t->m.cur, "u:2,S", "text");
	assert_int_equal(utimensat(t->m.cur, "u:2,S", old, 0), 0);
	/* Left by a run that was killed: a copy half made, and one that was
	 * whole. That is a file of its own by now. */
	temp_put(to.tmp, MAILDIR_TMP_PREFIX "copy", "te");
	temp_put(to.cur, "u:2,S", "text");
	move(t, &c, same, CHANGE_DONE);
	assert_non_null(c.as);
	assert_int_equal(temp_count(t->m.cur), 0);
	assert_int_equal(temp_count(to.tmp), 0);
	assert_int_equal(temp_count(to.cur), 2);
	char file[NAME_BYTES];
	(void)snprintf(file, sizeof(file), "%s:2,S", c.as);
	temp_expect(to.cur, file, "text");
	struct stat st = temp_stat(to.cur, file);
	assert_int_equal(st.st_mtim.tv_sec, 1000000);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	change_release(&c, 1);
	remove_tree(path);
}

static struct temp *racing;

static void rename_source(const char *name)
{
	(void)name;
	fault.before = NULL;
	assert_int_equal(
	    renameat(racing->m.cur, "u:2,S", racing->m.cur, "u:2,FS"), 0);
}

static void test_change_move__renamed_while_it_is_copied(void **state)
{
	struct change c = {.unique = "u", .flags = FLAG_SEEN};
	char path[] = OTHER_DISK;
	struct temp *t = *state;

	if (!open_other_disk(t, path))
		skip();
	temp_put(t->m.cur, "u:2,S", "text");
	racing = t;
	fault_arm(FAULT_UNLINK, 0, 0);
	fault.name = "u:2,S";
	fault.before = rename_source;
	move(t, &c, same, CHANGE_DONE);
	(void)fault_disarm();
	assert_null(c.as);
	temp_expect(to.cur, "u:2,FS", "text");
	assert_int_equal(copies(t), 1);
	remove_tree(path);
}

static void test_change_move__failures_on_another_disk(void **state)
{
	char path[] = OTHER_DISK;
	struct temp *t = *state;

	if (!open_other_disk(t, path))
		skip();
	fail_everywhere(t, EIO, false);
	fail_everywhere(t, ENOSPC, false);
	remove_tree(path);
}

/* D01: and what is half copied is not left behind. */
static void test_change_move__no_room_on_the_other_disk(void **state)
{
	struct change c = {.unique = "u"};
	char path[] = OTHER_DISK;
	struct temp *t = *state;

	if (!open_other_disk(t, path))
		skip();
	temp_put(t->m.cur, "u:2,", "text");
	fault_arm(FAULT_WRITE, 0, ENOSPC);
	assert_int_equal(change_move(&t->m, &c, 1, &to, same, &t->err), -1);
	assert_true(fault_disarm());
	assert_int_equal(t->err.scope, ERR_SCOPE_ACCOUNT);
	assert_int_equal(temp_count(to.tmp), 0);
	assert_int_equal(copies(t), 1);
	remove_tree(path);
}

#define move_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    move_test(test_change_move__letters),
	    move_test(test_change_move__taken_name),
	    move_test(test_change_move__no_room_for_the_letters),
	    move_test(test_change_move__gone_or_elsewhere),
	    move_test(test_change_move__removed_target_is_an_error),
	    move_test(test_change_move__failures),
	    move_test(test_change_move__to_another_disk),
	    move_test(test_change_move__renamed_while_it_is_copied),
	    move_test(test_change_move__failures_on_another_disk),
	    move_test(test_change_move__no_room_on_the_other_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
