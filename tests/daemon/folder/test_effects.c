/* SPDX-License-Identifier: MIT */
/* Every kind of effect of a folder's plan: done, refused in each way, cut off
 * at each event, and with a disk that fails or is late. */
#include "tests/daemon/folder/rig.h"

#define CAPS "UIDPLUS MOVE LITERAL+"

static struct move_there follow = {.uid = 4, .to = RIG_TARGET, .key = 104};

/* 1 is new there, 2 was marked here, 3 there, 4 was moved to another folder, 5
 * is gone there, 6 here, 7 waits to be deleted there; file 100 is new here. */
static void all_kinds(const char *caps)
{
	rig_begin(caps);
	rig_there(1, "");
	rig_there(2, "");
	rig_there(3, "\\Flagged");
	rig_there(4, "");
	rig_there(6, "");
	rig_there(7, "");
	rig_row(2, FATE_ALIVE, true, FLAG_SEEN);
	rig_row(3, FATE_ALIVE, true, 0);
	rig_row(4, FATE_ALIVE, false, 0);
	rig_row(5, FATE_ALIVE, true, 0);
	rig_row(6, FATE_ALIVE, false, 0);
	rig_row(7, FATE_DYING_THERE, false, 0);
	rig_file(100);
	rig.env.task.moved_there = &follow;
	rig.env.task.nmoved_there = 1;
}

static void test_effects__all_are_done(void **state)
{
	(void)state;
	all_kinds(CAPS);
	rig_sync();
	assert_int_equal(rig.result.err.code, ERR_NONE);
	assert_int_equal(rig.result.fetched, 1);
	assert_int_equal(rig.result.uploaded, 1);
	assert_int_equal(rig.result.flags_there, 1);
	assert_int_equal(rig.result.flags_here, 1);
	assert_int_equal(rig.result.moved_there, 1);
	assert_int_equal(rig.result.dying_here, 1);
	assert_int_equal(rig.result.dying_there, 1);
	assert_int_equal(rig.result.deleted_there, 1);
	assert_false(rig.result.missing);
	assert_true(rig.result.bury);
	assert_true(rig.result.reap);
	assert_false(rig.result.lost);
	rig_end();
}

/* Several ways to the same end. */
static void test_effects__whatever_the_server_has(void **state)
{
	static const char *const caps[] = {
	    "UIDPLUS",
	    "UIDPLUS MOVE",
	    "UIDPLUS MOVE LITERAL+ MULTIAPPEND",
	    "UIDPLUS MOVE CONDSTORE OBJECTID MESSAGELIMIT=1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		all_kinds(caps[i]);
		rig_file(101);
		rig_sync();
		assert_int_equal(rig.result.fetched, 1);
		assert_int_equal(rig.result.uploaded, 2);
		assert_int_equal(rig.result.moved_there, 1);
		assert_int_equal(rig.result.deleted_there, 1);
		assert_int_equal(rig.result.err.code, ERR_NONE);
		rig_end();
	}
}

/* Answers come in any order where that is unambiguous (RFC 9051 5.5). */
static void test_effects__out_of_order(void **state)
{
	(void)state;
	all_kinds(CAPS " MESSAGELIMIT=1");
	rig_there(8, "");
	rig_there(9, "");
	rig_there(10, "");
	rig_row(10, FATE_ALIVE, true, FLAG_SEEN);
	rig.reverse = true;
	rig_sync();
	assert_int_equal(rig.result.err.code, ERR_NONE);
	assert_int_equal(rig.result.fetched, 3);
	assert_int_equal(rig.result.flags_there, 2);
	assert_int_equal(rig.result.deleted_there, 1);
	rig_end();
}

struct refusal {
	const char *command;
	/* What is done all the same. */
	size_t fetched, uploaded, flags_there, moved_there, deleted_there;
	/* And of NOPERM, which may be about the mailbox. */
	size_t deleted_noperm;
};

/* What is refused holds up nothing but itself, and deletions where it may be a
 * copy. */
static void test_effects__refused(void **state)
{
	static const struct refusal rows[] = {
	    {"UID FETCH 1 (UID FLAGS", 0, 1, 1, 1, 0, 0},
	    {"APPEND", 1, 0, 1, 1, 1, 0},
	    {"UID STORE 2 ", 1, 1, 0, 1, 1, 1},
	    {"UID MOVE", 1, 1, 1, 0, 0, 0},
	    {"UID EXPUNGE", 1, 1, 1, 1, 0, 0},
	};
	static const char *const answers[] = {"NO it is not", "BAD what",
					      "NO [NOPERM] it may not"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 3; k++) {
			const struct refusal *r = &rows[i];
			all_kinds(CAPS);
			rig.odd = r->command;
			rig.answer = answers[k];
			rig_sync();
			if (rig.result.err.code == ERR_NONE ||
			    rig.result.fetched != r->fetched ||
			    rig.result.uploaded != r->uploaded ||
			    rig.result.flags_there != r->flags_there ||
			    rig.result.moved_there != r->moved_there ||
			    rig.result.deleted_there !=
				(k == 2 ? r->deleted_noperm : r->deleted_there))
				fail_msg(
				    "%s: %s: %zu %zu %zu %zu %zu", r->command,
				    answers[k], rig.result.fetched,
				    rig.result.uploaded, rig.result.flags_there,
				    rig.result.moved_there,
				    rig.result.deleted_there);
			rig_end();
		}
	}
}

/* Whenever it goes, the folder ends, once, and says that it was lost; with the
 * disk before the server, and behind it. */
static void test_effects__cut_at_every_event(void **state)
{
	(void)state;
	for (unsigned lazy = 0; lazy < 2; lazy++) {
		for (unsigned at = 1;; at++) {
			all_kinds(lazy ? "UIDPLUS MULTIAPPEND" : CAPS);
			rig_file(101);
			rig.lazy = lazy;
			rig.cut_at = at;
			rig_sync();
			bool cut = rig.cut;
			assert_int_equal(rig.result.lost, cut);
			/* W4. */
			if (rig.result.fetched < 1 || rig.result.uploaded < 2 ||
			    rig.result.moved_there < 1) {
				assert_true(rig.result.missing);
				assert_int_equal(rig.result.deleted_there, 0);
			}
			rig_end();
			if (!cut)
				break;
		}
	}
}

static void test_effects__a_late_disk(void **state)
{
	(void)state;
	all_kinds(CAPS);
	rig.lazy = true;
	rig_sync();
	assert_int_equal(rig.result.err.code, ERR_NONE);
	assert_int_equal(rig.result.fetched, 1);
	assert_int_equal(rig.result.uploaded, 1);
	assert_int_equal(rig.result.deleted_there, 1);
	rig_end();
}

/* It is said, and nothing is deleted for want of what could not be recorded. */
static void test_effects__a_disk_that_fails(void **state)
{
	static void (*const run[])(struct job *) = {
	    store_open_run,    store_effect_run,   upload_begin_run,
	    upload_record_run, transfer_begin_run, transfer_record_run,
	    discard_run,       parcel_run,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
		all_kinds(CAPS);
		rig.failing = run[i];
		rig_sync();
		assert_int_equal(rig.result.err.code, ERR_TEMP);
		assert_string_equal(rig.result.err.text, "the disk is full");
		assert_int_equal(rig.result.deleted_there, 0);
		assert_false(rig.result.lost);
		rig_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_effects__all_are_done),
	    cmocka_unit_test(test_effects__whatever_the_server_has),
	    cmocka_unit_test(test_effects__out_of_order),
	    cmocka_unit_test(test_effects__refused),
	    cmocka_unit_test(test_effects__cut_at_every_event),
	    cmocka_unit_test(test_effects__a_late_disk),
	    cmocka_unit_test(test_effects__a_disk_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
