/* SPDX-License-Identifier: MIT */
/* What is done with a folder's row. */
#include "daemon/store/place.h"

#include "daemon/store/store_priv.h"
#include "tests/daemon/store/bed.h"

static bool has_folder(struct bed *b, int64_t id)
{
	char sql[80];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM folder WHERE id = %lld",
		       (long long)id);
	return bed_number(b, sql) == 1;
}

/* An upload was cut, and then the folder went on both sides: what became of it
 * is nobody's question any more. */
static void test_place__forgets_what_was_to_end_there(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");
	struct state_intent upload = {
	    .folder = box,
	    .kind = STATE_INTENT_UPLOAD,
	    .unique = "a",
	    .key = bed_key("a"),
	};

	bed_promise(b, &upload);
	assert_int_equal(place_forget(&b->store, box, &b->err), 0);
	assert_false(has_folder(b, box));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM intent"), 0);
}

/* A move out of it is found out about where it goes to. */
static void test_place__waits_for_moves_out_of_it(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box"), to = bed_make(b, "To");
	struct state_intent move = {
	    .folder = to,
	    .kind = STATE_INTENT_MOVE,
	    .unique = "a",
	    .key = bed_key("a"),
	    .source = box,
	    .source_uid = 1,
	};

	bed_promise(b, &move);
	assert_int_equal(place_forget(&b->store, box, &b->err), 1);
	assert_true(has_folder(b, box));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM intent"), 1);
}

static int record(struct bed *b, const struct place *p)
{
	bed_must(b, state_begin(b->store.state, &b->err));
	int r = place_record(&b->store, p, &b->err);
	bed_must(b, state_commit(b->store.state, &b->err));
	return r;
}

static char *wire_of(struct bed *b, int64_t id)
{
	struct local_folder f;

	bed_must(b, store_local_folder(&b->store, id, &f, &b->err));
	char *wire = xstrdup(f.row.name);
	local_folder_close(&f);
	return wire;
}

/* Names belong to one folder at a time: who had them before waits for others
 * under a name that no folder has. */
static void test_place__a_name_has_one_owner(void **state)
{
	struct bed *b = *state;
	int64_t one = bed_make(b, "One"), two = bed_make(b, "Two");
	struct place p = {.id = one,
			  .wire = "Two",
			  .path = "Two",
			  .mailboxid = "M1",
			  .inode = 77};

	bed_must(b, record(b, &p));
	char *wire = wire_of(b, one);
	assert_string_equal(wire, "Two");
	free(wire);
	wire = wire_of(b, two);
	assert_true(place_is_nowhere(wire));
	free(wire);
	/* So do MAILBOXID and inode. */
	p = (struct place){.id = two,
			   .wire = "Three",
			   .path = "Three",
			   .mailboxid = "M1",
			   .inode = 77};
	bed_must(b, record(b, &p));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM folder"
				       " WHERE mailboxid = 'M1'"),
			 1);
	/* One that has no row yet. */
	p = (struct place){.wire = "Four", .path = "Four"};
	bed_must(b, record(b, &p));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM folder"
				       " WHERE name = 'Four'"),
			 1);
}

static void test_place__makes_and_renames_its_directory(void **state)
{
	struct bed *b = *state;
	struct place p = {.wire = "Box", .path = "Box"};

	bed_must(b, place_make(&b->store, &p, &b->err));
	assert_true(bed_has(b, "Box/cur") && p.inode != 0);
	uint64_t inode = p.inode;
	p = (struct place){.wire = "New", .path = "New"};
	bed_must(b, place_rename(&b->store, "Box", &p, &b->err));
	assert_true(bed_has(b, "New/cur") && !bed_has(b, "Box"));
	assert_true(p.inode == inode);
	assert_int_equal(place_rename(&b->store, "Box", &p, &b->err), -1);
	assert_int_not_equal(b->err.code, ERR_NONE);
}

/* Gone on the server: files go to the trash, then directory and row. */
static void test_place__removes_what_it_knows(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");

	bed_message(b, box, 1, "Box/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, box, 2, "Box/new/b", "two", 0);
	bed_must(b, place_remove(&b->store, box, &b->err));
	assert_false(bed_has(b, "Box"));
	assert_false(has_folder(b, box));
	assert_int_equal(bed_count(b, "/state/trash/work/Box"), 2);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM removed"), 2);
}

/* Something in it is new, marked or written to: nothing is done. */
static void test_place__removes_nothing_else(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");

	bed_message(b, box, 1, "Box/cur/a:2,S", "one", FLAG_SEEN);
	bed_put(b, "Box/new/mine", "mine");
	assert_int_equal(place_remove(&b->store, box, &b->err), 1);
	bed_unlink(b, "Box/new/mine");
	bed_rename(b, "Box/cur/a:2,S", "Box/cur/a:2,FS");
	assert_int_equal(place_remove(&b->store, box, &b->err), 1);
	assert_true(bed_has(b, "Box/cur/a:2,FS") && has_folder(b, box));
	assert_int_equal(bed_fate_of(b, box, 1), FATE_ALIVE);
	/* Its directory is gone as well: nothing is left to be kept. */
	bed_unlink(b, "Box/cur/a:2,FS");
	bed_must(b, place_remove(&b->store, box, &b->err));
	assert_false(has_folder(b, box));
}

static void test_place__buries_and_begins_anew(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");

	bed_message(b, box, 1, "Box/cur/a:2,S", "one", FLAG_SEEN);
	bed_message(b, box, 2, "Box/cur/b:2,", "two", 0);
	bed_fate(b, box, 2, FATE_DELETED_THERE);
	bed_put(b, "Box/new/mine", "mine");
	bed_must(b, place_bury(&b->store, box, &b->err));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), 0);
	assert_int_equal(bed_number(b, "SELECT uidvalidity FROM folder"
				       " WHERE name = 'Box'"),
			 0);
	/* Only what was in sync goes. */
	assert_false(bed_has(b, "Box/cur/a:2,S"));
	assert_true(bed_has(b, "Box/cur/b:2,") && bed_has(b, "Box/new/mine"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    bed_test(test_place__forgets_what_was_to_end_there),
	    bed_test(test_place__waits_for_moves_out_of_it),
	    bed_test(test_place__a_name_has_one_owner),
	    bed_test(test_place__makes_and_renames_its_directory),
	    bed_test(test_place__removes_what_it_knows),
	    bed_test(test_place__removes_nothing_else),
	    bed_test(test_place__buries_and_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
