/* SPDX-License-Identifier: MIT */
/* Database and Maildir root know each other: which of the two was lost, put
 * back from a backup or exchanged, and that this is never taken for deleted
 * mail.
 */
#include "daemon/store/store.h"

#include "tests/daemon/store/bed.h"

#define FOREIGN "01234567-89ab-4cde-8f01-23456789abcd"

/* A folder that was synced, so that something is known. */
static void sync_once(struct bed *b)
{
	bed_must(b, bed_open_store(b, false));
	int64_t id = bed_make(b, "INBOX");
	bed_must(b, store_touch(&b->store, &b->err));
	bed_message(b, id, 1, "INBOX/cur/a:2,", "one", 0);
	(void)bed_make(b, "Other");
	(void)bed_make(b, "INBOX");
	bed_close_store(b);
}

static void read_sentinel(struct bed *b, struct sentinel *out)
{
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	assert_int_equal(sentinel_read(root, out, &b->err), 0);
	(void)close(root);
}

static void write_sentinel(struct bed *b, const char *id, uint64_t generation)
{
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sentinel s = {.generation = generation};

	assert_true(root >= 0);
	(void)snprintf(s.id, sizeof(s.id), "%s", id);
	bed_must(b, sentinel_write(root, &s, "work", &b->err));
	(void)close(root);
}

static uint64_t in_database(struct bed *b)
{
	uint64_t generation;

	bed_must(b, state_generation(b->store.state, &generation, &b->err));
	return generation;
}

static uint64_t in_root(struct bed *b)
{
	struct sentinel says;

	read_sentinel(b, &says);
	if (b->opened)
		assert_string_equal(says.id, state_id(b->store.state));
	return says.generation;
}

static bool held(struct bed *b, const char *folder)
{
	struct store_view v = bed_open(b, folder);
	bool hold = v.hold;

	store_view_release(&v);
	return hold;
}

static void test_store__first_time(void **state)
{
	struct bed *b = *state;
	struct stat st;

	bed_must(b, bed_open_store(b, false));
	assert_int_equal(stat(b->maildir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(in_root(b) == in_database(b));
	bed_close_store(b);
	bed_must(b, bed_open_store(b, false));
}

/* Once a session, before its first change; the root's first. */
static void test_store__counts_generations(void **state)
{
	struct bed *b = *state;

	bed_must(b, bed_open_store(b, false));
	uint64_t first = in_database(b);
	for (int i = 0; i < 2; i++) {
		bed_must(b, store_touch(&b->store, &b->err));
		assert_true(in_database(b) == first + 1);
		assert_true(in_root(b) == first + 1);
	}
	store_rest(&b->store);
	bed_must(b, store_touch(&b->store, &b->err));
	assert_true(in_database(b) == first + 2);
	bed_reopen(b, false);
	assert_true(in_database(b) == first + 2);
	assert_false(b->store.touched);
}

static void test_store__touch_that_fails_is_no_touch(void **state)
{
	struct bed *b = *state;

	bed_must(b, bed_open_store(b, false));
	uint64_t first = in_database(b);
	fault_arm(FAULT_RENAME, 0, EROFS);
	assert_int_equal(store_touch(&b->store, &b->err), -1);
	assert_true(fault_disarm());
	assert_int_equal(b->err.scope, ERR_SCOPE_ACCOUNT);
	assert_true(in_root(b) == first && in_database(b) == first);
	fault_arm(FAULT_STEP, 0, ENOSPC);
	fault.name = "UPDATE account";
	assert_int_equal(store_touch(&b->store, &b->err), -1);
	assert_true(fault_disarm());
	/* Cut between the two. */
	assert_true(in_root(b) == first + 1 && in_database(b) == first);
	bed_reopen(b, false);
	bed_must(b, store_touch(&b->store, &b->err));
	assert_true(in_root(b) == first + 1 && in_database(b) == first + 1);
}

/* How far the root's generation is from the database's, and what follows. */
static void test_store__generations_apart(void **state)
{
	static const struct {
		int64_t apart;
		bool held;
	} cases[] = {
	    {0, false},
	    /* Cut between the two writes. */
	    {1, false},
	    /* Restored: the Maildir, or the database. */
	    {-1, true},
	    {-5, true},
	    {2, true},
	    {70, true},
	};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sentinel says;
		uint64_t newest;
		remove_tree(b->state_dir);
		remove_tree(b->maildir);
		sync_once(b);
		bed_must(b, bed_open_store(b, false));
		bed_must(b,
			 state_generation_raise(b->store.state, 100, &b->err));
		bed_close_store(b);
		read_sentinel(b, &says);
		newest = 100 + (uint64_t)cases[i].apart;
		write_sentinel(b, says.id, newest);
		newest = newest > 100 ? newest : 100;
		/* A dry run says the same, and changes nothing. */
		bed_must(b, bed_open_store(b, true));
		assert_int_equal(held(b, "INBOX"), cases[i].held);
		bed_close_store(b);
		bed_must(b, bed_open_store(b, false));
		assert_int_equal(held(b, "INBOX"), cases[i].held);
		assert_int_equal(held(b, "Other"), cases[i].held);
		/* Both are of one age again, and newer than either was. */
		if (cases[i].held) {
			assert_true(in_database(b) == newest + 1);
			assert_true(in_root(b) == newest + 1);
		}
		/* It is held until somebody answers, not only this time. */
		bed_reopen(b, false);
		assert_int_equal(held(b, "INBOX"), cases[i].held);
		bed_close_store(b);
	}
}

static int reopen(struct bed *b)
{
	bed_close_store(b);
	return bed_open_store(b, false);
}

/* Cut anywhere while it is noticed: it is noticed again. */
static void test_store__restored_and_cut(void **state)
{
	static const unsigned calls[] = {FAULT_STEP,   FAULT_OPEN,
					 FAULT_WRITE,  FAULT_SYNC,
					 FAULT_RENAME, FAULT_UNLINK};
	struct bed *b = *state;
	struct sentinel says;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (long k = 0;; k++) {
			bed_close_store(b);
			remove_tree(b->state_dir);
			remove_tree(b->maildir);
			sync_once(b);
			read_sentinel(b, &says);
			write_sentinel(b, says.id, says.generation + 5);
			fault_arm(calls[i], k, EIO);
			int r = reopen(b);
			bool hit = fault_disarm();
			if (r < 0)
				bed_must(b, reopen(b));
			assert_true(held(b, "INBOX"));
			if (!hit)
				break;
		}
	}
}

/* A root that is not the one of the last sync. */

static void expect_refused(struct bed *b, const char *why)
{
	char *hint = xasprintf("imapsyncctl restore %s", "work");

	for (int dry_run = 0; dry_run < 2; dry_run++) {
		assert_int_equal(bed_open_store(b, dry_run), -1);
		assert_int_equal(b->err.code, ERR_HELD);
		assert_int_equal(b->err.scope, ERR_SCOPE_ACCOUNT);
		assert_non_null(strstr(b->err.text, why));
		assert_non_null(strstr(b->err.hint, hint));
		/* Nothing is open, and the lock is free. */
		assert_null(b->store.state);
		assert_int_equal(b->store.root, -1);
	}
	free(hint);
}

static void lose_root(struct bed *b)
{
	remove_tree(b->maildir);
}

static void empty_root(struct bed *b)
{
	remove_tree(b->maildir);
	assert_int_equal(mkdir(b->maildir, 0700), 0);
}

static void exchange_root(struct bed *b)
{
	write_sentinel(b, FOREIGN, 1);
}

static const struct {
	void (*how)(struct bed *b);
	const char *why;
} losses[] = {
    {lose_root, "is missing"},
    {empty_root, ".imapsyncd is missing"},
    {exchange_root, "belongs to another database"},
};

static void answer(struct bed *b, enum state_answer kind)
{
	struct state *s;

	bed_must(b, state_open(b->state_dir, "work", STATE_WRITE, &s, &b->err));
	bed_must(b, state_answer_put(s, 0, kind, 1000, 0, &b->err));
	state_close(s);
}

static void test_store__root_that_is_not_ours(void **state)
{
	static const enum state_answer kinds[] = {STATE_APPROVE, STATE_RESTORE};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		for (size_t k = 0; k < 2; k++) {
			sync_once(b);
			losses[i].how(b);
			expect_refused(b, losses[i].why);
			answer(b, kinds[k]);
			/* A dry run is not answered: nothing may be used up. */
			assert_int_equal(bed_open_store(b, true), -1);
			bed_must(b, bed_open_store(b, false));
			struct store_view v = bed_open(b, "INBOX");
			assert_int_equal(v.approve, k == 0);
			assert_int_equal(v.restore, k == 1);
			store_view_release(&v);
			/* It is ours by now, and answered once. */
			assert_true(in_root(b) == in_database(b));
			bed_close_store(b);
			losses[i].how(b);
			expect_refused(b, losses[i].why);
			remove_tree(b->state_dir);
			remove_tree(b->maildir);
		}
	}
}

/* X04: the database was lost; a Maildir that another program filled: its files
 * are recognised by what they are. */
static void test_store__root_of_nobody(void **state)
{
	struct bed *b = *state;

	sync_once(b);
	remove_tree(b->state_dir);
	bed_must(b, bed_open_store(b, false));
	(void)in_root(b);
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.local.n, 1);
	assert_int_equal(v.base.n, 0);
	store_view_release(&v);
	bed_close_store(b);
	remove_tree(b->state_dir);
	bed_unlink(b, ".imapsyncd");
	bed_must(b, bed_open_store(b, false));
	(void)in_root(b);
}

static void test_store__damaged_sentinel(void **state)
{
	struct bed *b = *state;

	sync_once(b);
	bed_put(b, ".imapsyncd", "imapsyncd 1\nid nonsense\n");
	assert_int_equal(bed_open_store(b, false), -1);
	assert_int_equal(b->err.code, ERR_IO);
	assert_int_equal(b->err.scope, ERR_SCOPE_ACCOUNT);
}

static void test_store__dry_run_makes_nothing(void **state)
{
	struct bed *b = *state;

	bed_must(b, bed_open_store(b, true));
	assert_int_equal(b->store.root, -1);
	assert_false(bed_has(b, ""));
	assert_false(bed_has(b, "/state"));
	struct store_view v = bed_open(b, "INBOX");
	assert_false(v.on_disk);
	store_view_release(&v);
	bed_close_store(b);
	assert_int_equal(mkdir(b->maildir, 0700), 0);
	bed_must(b, bed_open_store(b, true));
	assert_true(b->store.root >= 0);
	assert_false(bed_has(b, ".imapsyncd"));
}

/* Whatever fails, nothing stays open. */
static void test_store__failures(void **state)
{
	static const unsigned calls[] = {FAULT_STEP,   FAULT_READ,
					 FAULT_WRITE,  FAULT_SYNC,
					 FAULT_RENAME, FAULT_UNLINK};
	struct bed *b = *state;
	int before = bed_descriptors();

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (long k = 0;; k++) {
			bed_close_store(b);
			remove_tree(b->state_dir);
			remove_tree(b->maildir);
			fault_arm(calls[i], k, EIO);
			int r = bed_open_store(b, false);
			bool hit = fault_disarm();
			if (r < 0)
				assert_int_equal(bed_descriptors(), before);
			if (!hit)
				break;
		}
		bed_close_store(b);
		assert_int_equal(bed_descriptors(), before);
	}
}

static void test_store__tree_follows_the_layout(void **state)
{
	struct bed *b = *state;

	b->store.account = &b->account;
	assert_int_equal(store_tree(b->store.account).layout, TREE_FS);
	b->account.layout = CONFIG_LAYOUT_MAILDIRPP;
	assert_int_equal(store_tree(b->store.account).layout, TREE_MAILDIRPP);
	assert_string_equal(store_tree(b->store.account).inbox, "INBOX");
}

#define store_test(f) \
	cmocka_unit_test_setup_teardown(f, bed_setup_closed, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(test_store__first_time),
	    store_test(test_store__counts_generations),
	    store_test(test_store__touch_that_fails_is_no_touch),
	    store_test(test_store__generations_apart),
	    store_test(test_store__restored_and_cut),
	    store_test(test_store__root_that_is_not_ours),
	    store_test(test_store__root_of_nobody),
	    store_test(test_store__damaged_sentinel),
	    store_test(test_store__dry_run_makes_nothing),
	    store_test(test_store__failures),
	    store_test(test_store__tree_follows_the_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
