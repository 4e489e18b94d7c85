/* SPDX-License-Identifier: MIT */
/* The local trash: what dies here goes there and can be brought back, whatever
 * is cut in between; and what is there too long goes.
 */
#include "daemon/store/trash.h"

#include "daemon/base/clock.h"
#include "tests/daemon/store/bed.h"

#define TRASH "/state/trash/work/INBOX/"

static int64_t inbox;
static size_t buried;
static int64_t failed;

static int setup(void **state)
{
	(void)bed_setup(state);
	inbox = bed_make(*state, "INBOX");
	return 0;
}

static bool any(void *ctx, int64_t folder)
{
	(void)ctx;
	return folder > 0;
}

static int bury(struct bed *b)
{
	return trash_bury(&b->store, any, NULL, &buried, &failed, &b->err);
}

static void bury_well(struct bed *b, size_t want)
{
	bed_must(b, bury(b));
	assert_int_equal(buried, want);
	assert_int_equal(failed, 0);
}

static void dying(struct bed *b, uint32_t uid, const char *path,
		  const char *text)
{
	bed_message(b, inbox, uid, path, text, FLAG_SEEN);
	bed_fate(b, inbox, uid, FATE_DYING_HERE);
}

static int64_t noted(struct bed *b)
{
	return bed_number(b, "SELECT count(*) FROM removed");
}

static int expect_note(void *ctx, const struct state_removed *r)
{
	struct bed *b = ctx;
	unsigned char digest[STATE_DIGEST];

	bed_digest("one", digest);
	assert_int_equal(r->side, STATE_HERE);
	assert_string_equal(r->folder, "INBOX");
	assert_string_equal(r->file, "trash/work/INBOX/a:2,S");
	assert_string_equal(r->unique, "a");
	assert_int_equal(r->uid, 1);
	assert_true(r->flags == FLAG_SEEN);
	assert_int_equal(r->size, 3);
	assert_true(r->have_digest);
	assert_memory_equal(r->digest, digest, sizeof(digest));
	assert_in_range(r->at, clock_wall() - 5, clock_wall());
	assert_null(r->mailbox);
	return b ? 1 : 0;
}

static void test_trash__buries_and_notes(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	bed_message(b, inbox, 2, "INBOX/cur/b:2,S", "two", FLAG_SEEN);
	bury_well(b, 1);
	bed_expect(b, TRASH "a:2,S", "one");
	assert_int_equal(bed_stat(b, TRASH "a:2,S").st_mtim.tv_sec, 1000000001);
	assert_int_equal(bed_stat(b, "/state/trash").st_mode & 07777, 0700);
	assert_false(bed_has(b, "INBOX/cur/a:2,S"));
	bed_expect(b, "INBOX/cur/b:2,S", "two");
	assert_false(bed_has_row(b, inbox, 1));
	assert_true(bed_has_row(b, inbox, 2));
	assert_int_equal(
	    state_removed_each(b->store.state, 0, expect_note, b, &b->err), 1);
	/* Nothing to do is nothing done. */
	struct buf before = bed_dump(b);
	bury_well(b, 0);
	bed_expect_same(b, &before);
	buf_release(&before);
}

static void test_trash__takes_other_fates_for_what_they_are(void **state)
{
	struct bed *b = *state;
	char path[64];

	for (uint32_t i = 1; i < FATES; i++) {
		(void)snprintf(path, sizeof(path), "INBOX/cur/m%" PRIu32 ":2,",
			       i);
		bed_message(b, inbox, i, path, "text", 0);
		if (i != FATE_DYING_HERE)
			bed_fate(b, inbox, i, (enum fate)i);
	}
	bury_well(b, 0);
	assert_int_equal(bed_count(b, "INBOX/cur"), FATES - 1);
}

/* More than a batch, over several folders. */
static void test_trash__many(void **state)
{
	struct bed *b = *state;
	int64_t other = bed_make(b, "Other/Sub");
	char path[64];

	for (uint32_t i = 1; i <= 600; i++) {
		int64_t folder = i % 3 ? inbox : other;
		(void)snprintf(path, sizeof(path), "%s/cur/m%" PRIu32 ":2,S",
			       i % 3 ? "INBOX" : "Other/Sub", i);
		bed_message(b, folder, i, path, "text", FLAG_SEEN);
		bed_fate(b, folder, i, FATE_DYING_HERE);
	}
	bury_well(b, 600);
	assert_int_equal(bed_count(b, "/state/trash/work/INBOX"), 400);
	assert_int_equal(bed_count(b, "/state/trash/work/Other/Sub"), 200);
	assert_int_equal(noted(b), 600);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), 0);
}

static void test_trash__inbox_of_maildirpp(void **state)
{
	static char none[] = "";
	struct bed *b = *state;

	bed_close_store(b);
	remove_tree(b->state_dir);
	remove_tree(b->maildir);
	b->account.layout = CONFIG_LAYOUT_MAILDIRPP;
	b->account.inbox = none;
	bed_must(b, bed_open_store(b, false));
	inbox = bed_make(b, "INBOX");
	dying(b, 1, "cur/a:2,S", "one");
	bury_well(b, 1);
	bed_expect(b, TRASH "a:2,S", "one");
}

/* Flags changed, and renamed within the folder, since the last look. */
static void test_trash__finds_the_file_by_its_unique_part(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	bed_rename(b, "INBOX/cur/a:2,S", "INBOX/cur/a:2,FST");
	bury_well(b, 1);
	bed_expect(b, TRASH "a:2,FST", "one");
}

/* Its owner removed it, or moved it to another folder: it is not ours to keep.
 */
static void test_trash__gone_by_itself(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	bed_unlink(b, "INBOX/cur/a:2,S");
	bury_well(b, 0);
	assert_false(bed_has_row(b, inbox, 1));
	assert_int_equal(noted(b), 0);
}

/* Cut between the move and the note: it is found again and noted, once. */
static void test_trash__cut_before_the_note(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	fault_arm(FAULT_STEP, 0, ENOSPC);
	fault.name = "INSERT INTO removed";
	assert_int_equal(bury(b), -1);
	assert_true(fault_disarm());
	bed_expect(b, TRASH "a:2,S", "one");
	assert_true(bed_has_row(b, inbox, 1));
	bed_reopen(b, false);
	bury_well(b, 1);
	assert_false(bed_has_row(b, inbox, 1));
	assert_int_equal(
	    state_removed_each(b->store.state, 0, expect_note, b, &b->err), 1);
	assert_int_equal(noted(b), 1);
}

/* Somebody else's file of that name, from an earlier deletion, is no proof. */
static void test_trash__older_file_of_that_name(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	bury_well(b, 1);
	dying(b, 2, "INBOX/cur/a:2,S", "two");
	bury_well(b, 1);
	assert_int_equal(bed_count(b, "/state/trash/work/INBOX"), 2);
	bed_expect(b, TRASH "a:2,S", "one");
	dying(b, 3, "INBOX/cur/a:2,S", "six");
	bed_unlink(b, "INBOX/cur/a:2,S");
	bury_well(b, 0);
	assert_int_equal(noted(b), 2);
}

static void test_trash__records_all_or_nothing(void **state)
{
	struct bed *b = *state;

	bed_must(b, store_touch(&b->store, &b->err));
	dying(b, 1, "INBOX/cur/a:2,S", "one");
	dying(b, 2, "INBOX/cur/b:2,S", "two");
	bed_all_or_nothing(b, bury);
	assert_int_equal(noted(b), 2);
	assert_int_equal(bed_count(b, "/state/trash/work/INBOX"), 2);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), 0);
}

/* Whatever call fails: the file is in one place and only there, and its row
 * stays until it is noted. */
static void test_trash__failures(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_SYNC, FAULT_RENAME,
					 FAULT_READDIR, FAULT_STAT};
	struct bed *b = *state;
	int64_t n = 0;

	bed_must(b, store_touch(&b->store, &b->err));
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (long k = 0;; k++) {
			dying(b, 1, "INBOX/cur/a:2,S", "one");
			fault_arm(calls[i], k, EIO);
			(void)bury(b);
			bool hit = fault_disarm();
			bool in_trash = bed_has(b, TRASH "a:2,S");
			assert_true(in_trash != bed_has(b, "INBOX/cur/a:2,S"));
			bury_well(b, bed_has_row(b, inbox, 1));
			assert_int_equal(noted(b), ++n);
			bed_unlink(b, TRASH "a:2,S");
			if (!hit)
				break;
		}
	}
}

/* One that cannot be moved does not hold up the others: of its folder, and of
 * the folders behind it. */
static void test_trash__one_bad_file(void **state)
{
	struct bed *b = *state;
	int64_t other = bed_make(b, "Other");

	dying(b, 1, "INBOX/cur/bad:2,S", "one");
	dying(b, 2, "INBOX/cur/good:2,S", "two");
	bed_message(b, other, 3, "Other/cur/m:2,", "three", 0);
	bed_fate(b, other, 3, FATE_DYING_HERE);
	fault_arm(FAULT_RENAME, 0, EPERM);
	fault.name = "bad";
	fault.lasts = true;
	assert_int_equal(bury(b), -1);
	assert_true(fault_disarm());
	assert_int_equal(buried, 2);
	assert_int_equal(failed, inbox);
	assert_int_equal(b->err.code, ERR_HELD);
	assert_non_null(strstr(b->err.text, "'bad:2,"));
	assert_int_equal(bed_fate_of(b, inbox, 1), FATE_DYING_HERE);
	assert_false(bed_has_row(b, inbox, 2));
	assert_false(bed_has_row(b, other, 3));
	bury_well(b, 1);
}

static void test_trash__one_bad_folder(void **state)
{
	struct bed *b = *state;
	int64_t other = bed_make(b, "Other"), third = bed_make(b, "Third");
	char path[64];

	for (uint32_t i = 1; i <= 300; i++) {
		(void)snprintf(path, sizeof(path), "INBOX/cur/m%" PRIu32 ":2,",
			       i);
		dying(b, i, path, "text");
	}
	bed_message(b, other, 1, "Other/cur/m:2,", "three", 0);
	bed_fate(b, other, 1, FATE_DYING_HERE);
	bed_message(b, third, 1, "Third/cur/m:2,", "four", 0);
	bed_fate(b, third, 1, FATE_DYING_HERE);
	/* Not all of cur, new and tmp: it cannot be read. */
	bed_unlink(b, "INBOX/tmp");
	/* A link is none of ours. */
	bed_rename(b, "Other", "Elsewhere");
	char *link = bed_path(b, "Other");
	assert_int_equal(symlink("Elsewhere", link), 0);
	assert_int_equal(bury(b), -1);
	assert_int_equal(buried, 1);
	assert_int_equal(failed, inbox);
	assert_false(bed_has_row(b, third, 1));
	assert_true(bed_has(b, "Elsewhere/cur/m:2,"));
	assert_true(bed_has_row(b, other, 1));
	free(link);
}

/* Where the disk is full it is so for all. */
static void test_trash__full_disk_ends_it(void **state)
{
	struct bed *b = *state;
	int64_t other = bed_make(b, "Other");

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	bed_message(b, other, 3, "Other/cur/m:2,", "three", 0);
	bed_fate(b, other, 3, FATE_DYING_HERE);
	fault_arm(FAULT_RENAME, 0, ENOSPC);
	fault.name = "a:2,S";
	assert_int_equal(bury(b), -1);
	assert_true(fault_disarm());
	assert_int_equal(b->err.scope, ERR_SCOPE_ACCOUNT);
	assert_true(bed_has(b, "Other/cur/m:2,"));
	bury_well(b, 2);
}

static void test_trash__folder_removed(void **state)
{
	struct bed *b = *state;

	dying(b, 1, "INBOX/cur/a:2,S", "one");
	char *path = bed_path(b, "INBOX");
	remove_tree(path);
	free(path);
	bury_well(b, 0);
	assert_false(bed_has_row(b, inbox, 1));
	assert_int_equal(noted(b), 0);
}

/* Expiry. */

static void set_time(struct bed *b, const char *file, int64_t at)
{
	char *sql = xasprintf("UPDATE removed SET at = %" PRId64
			      " WHERE file LIKE '%%%s'",
			      at, file);

	bed_must(b, db_exec(b->store.state, sql, "age", &b->err));
	free(sql);
}

static void bury_three(struct bed *b)
{
	b->account.keep_deleted_ms = 60000;
	dying(b, 1, "INBOX/cur/old:2,S", "one");
	dying(b, 2, "INBOX/cur/gone:2,S", "two");
	dying(b, 3, "INBOX/cur/young:2,S", "three");
	bury_well(b, 3);
	set_time(b, "old:2,S", clock_wall() - 61);
	set_time(b, "gone:2,S", clock_wall() - 3600);
}

static void test_trash__expires(void **state)
{
	struct bed *b = *state;

	bury_three(b);
	/* Somebody took it away. */
	bed_unlink(b, TRASH "gone:2,S");
	bed_must(b, trash_expire(&b->store, &b->err));
	assert_false(bed_has(b, TRASH "old:2,S"));
	bed_expect(b, TRASH "young:2,S", "three");
	assert_int_equal(noted(b), 1);
	bed_must(b, trash_expire(&b->store, &b->err));
	assert_int_equal(noted(b), 1);
}

static void test_trash__expires_what_was_deleted_there(void **state)
{
	struct bed *b = *state;
	struct state_removed r = {.at = 1,
				  .side = STATE_THERE,
				  .folder = "INBOX",
				  .unique = "a",
				  .uid = 1};
	int64_t id;

	bed_must(b, state_removed_add(b->store.state, &r, &id, &b->err));
	bed_must(b, trash_expire(&b->store, &b->err));
	assert_int_equal(noted(b), 0);
}

/* The row stays as long as the file may. */
static void test_trash__expiry_that_fails(void **state)
{
	struct bed *b = *state;

	bury_three(b);
	char *path = bed_path(b, TRASH "old:2,S");
	bed_unlink(b, TRASH "old:2,S");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(trash_expire(&b->store, &b->err), -1);
	assert_non_null(strstr(b->err.text, path));
	/* The oldest had gone by then. */
	assert_false(bed_has(b, TRASH "gone:2,S"));
	assert_int_equal(noted(b), 2);
	assert_int_equal(rmdir(path), 0);
	free(path);
	bed_must(b, trash_expire(&b->store, &b->err));
	assert_int_equal(noted(b), 1);
}

/* Whatever statement fails: no file is there without its row. */
static void test_trash__expiry_without_database(void **state)
{
	struct bed *b = *state;
	bool hit = true;

	bury_three(b);
	for (long k = 0; hit; k++) {
		fault_arm(FAULT_STEP, k, ENOSPC);
		int r = trash_expire(&b->store, &b->err);
		hit = fault_disarm();
		assert_int_equal(r, hit ? -1 : 0);
		assert_true(sqlite3_get_autocommit(b->store.state->db));
		assert_true(noted(b) >=
			    bed_count(b, "/state/trash/work/INBOX"));
	}
	assert_int_equal(noted(b), 1);
	bed_expect(b, TRASH "young:2,S", "three");
}

static void test_trash__dry_run_expires_nothing(void **state)
{
	struct bed *b = *state;

	bury_three(b);
	bed_reopen(b, true);
	bed_must(b, trash_expire(&b->store, &b->err));
	assert_true(bed_has(b, TRASH "old:2,S"));
}

#define trash_test(f) cmocka_unit_test_setup_teardown(f, setup, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    trash_test(test_trash__buries_and_notes),
	    trash_test(test_trash__takes_other_fates_for_what_they_are),
	    trash_test(test_trash__many),
	    trash_test(test_trash__inbox_of_maildirpp),
	    trash_test(test_trash__finds_the_file_by_its_unique_part),
	    trash_test(test_trash__gone_by_itself),
	    trash_test(test_trash__cut_before_the_note),
	    trash_test(test_trash__older_file_of_that_name),
	    trash_test(test_trash__records_all_or_nothing),
	    trash_test(test_trash__failures),
	    trash_test(test_trash__one_bad_file),
	    trash_test(test_trash__one_bad_folder),
	    trash_test(test_trash__full_disk_ends_it),
	    trash_test(test_trash__folder_removed),
	    trash_test(test_trash__expires),
	    trash_test(test_trash__expires_what_was_deleted_there),
	    trash_test(test_trash__expiry_that_fails),
	    trash_test(test_trash__expiry_without_database),
	    trash_test(test_trash__dry_run_expires_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
