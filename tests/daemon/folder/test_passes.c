/* SPDX-License-Identifier: MIT */
/* A folder's sync as a whole: each kind of pass, done, cut off at each event,
 * and with each of its jobs failing. */
#include "tests/daemon/folder/rig.h"

#include "daemon/base/log.h"

#define CAPS "UIDPLUS MOVE LITERAL+"

/* Two messages in sync, one that is new there, one that is gone there. */
static void usual(void)
{
	rig_begin(CAPS);
	rig_there(1, "");
	rig_there(2, "\\Flagged");
	rig_there(4, "");
	rig_row(1, FATE_ALIVE, true, 0);
	rig_row(2, FATE_ALIVE, true, 0);
	rig_row(3, FATE_ALIVE, true, 0);
}

static void dry_run(void)
{
	usual();
	rig_file(100);
	rig.env.opts = (struct folder_opts){.dry_run = true, .full = true};
}

static void verify(void)
{
	usual();
	rig_file(100);
	rig.env.opts =
	    (struct folder_opts){.dry_run = true, .full = true, .verify = true};
}

static void verify_contents(void)
{
	verify();
	rig.env.opts.contents = true;
}

/* Only what it lost is asked. */
static void list_only(void)
{
	usual();
	rig.env.task.remote_only = true;
}

static void other_uidvalidity(void)
{
	usual();
	rig.uidvalidity = 8;
}

static void short_listing(void)
{
	usual();
	rig.hidden = 1;
}

/* Nothing was ever synced, and much is on both sides that does not fit. */
static void misfit(void)
{
	rig_begin(CAPS);
	rig.view.row.pairing.decided = false;
	rig.view.row.uidvalidity = 0;
	for (uint32_t uid = 1; uid <= 30; uid++)
		rig_there(uid, "");
	for (uint64_t key = 100; key < 130; key++)
		rig_file(key);
}

static void first_sync(void)
{
	rig_begin(CAPS);
	rig.view.row.pairing.decided = false;
	rig.view.row.uidvalidity = 0;
	rig_there(1, "custom");
	rig_there(2, "\\Seen");
}

/* Its directory was removed here, and it is to go there too. */
static void doomed(void)
{
	rig_begin(CAPS);
	rig_there(1, "");
	rig_row(1, FATE_ALIVE, false, 0);
	rig.view.on_disk = false;
	rig.env.task.doomed = true;
}

/* The same, and there is more in it. */
static void revived(void)
{
	doomed();
	rig_there(2, "");
}

static void too_large(void)
{
	usual();
	rig.account.max_size = 3;
	rig.view.row.horizon.max_size = 3;
}

/* Than the server says. */
static void larger(void)
{
	too_large();
	rig.size = 2;
}

static void refused_before(void)
{
	usual();
	rig.view.aside = xcalloc(2, sizeof(*rig.view.aside));
	rig.view.aside[0] = (struct store_aside){.uid = 4};
	rig.view.aside[1] = (struct store_aside){.uid = 9};
	rig.view.naside = 2;
}

static void intent(void)
{
	usual();
	rig_file(100);
	rig.view.intent = xcalloc(1, sizeof(*rig.view.intent));
	rig.view.intent[0] = (struct store_intent){
	    .id = 1, .key = 100, .what = {.uidvalidity = 7, .uidnext = 4}};
	rig.view.nintents = 1;
}

/* A row that the server does not show. */
static void void_claim(void)
{
	usual();
	rig_row(9, FATE_CLAIMED, true, 0);
	rig.uidnext = 10;
}

static void guarded(void)
{
	usual();
	rig.view.hold = true;
}

static void (*const kinds[])(void) = {
    usual,     dry_run,    verify,        verify_contents,
    list_only, misfit,     short_listing, first_sync,
    doomed,    revived,    too_large,     refused_before,
    intent,    void_claim, guarded,       other_uidvalidity,
    larger,
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void test_passes__cut_at_every_event(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2 * KINDS; k++) {
		for (unsigned at = 1;; at++) {
			kinds[k / 2]();
			rig.lazy = k % 2 != 0;
			rig.cut_at = at;
			rig_sync();
			bool cut = rig.cut;
			assert_int_equal(rig.result.lost, cut);
			rig_end();
			if (!cut)
				break;
		}
	}
}

/* Whatever the pass before it came to. */
static void test_passes__one_that_is_cut_may_lack_copies(void **state)
{
	unsigned opened = 0;

	(void)state;
	for (unsigned at = 1; opened < 2; at++) {
		usual();
		rig_file(100);
		rig.cut_at = at;
		rig_sync();
		/* There was another pass, and it had just begun. */
		opened = rig.opened;
		assert_true(rig.cut);
		assert_true(rig.result.missing);
		rig_end();
	}
}

static void test_passes__every_job_fails(void **state)
{
	static void (*const run[])(struct job *) = {
	    store_open_run,     store_begin_run,       store_held_run,
	    store_reset_run,    store_misfit_run,      store_effect_run,
	    store_refused_run,  store_asides_drop_run, store_void_run,
	    store_lost_run,     store_verdicts_run,    store_examine_run,
	    store_contents_run, pairing_files_run,     parcel_run,
	};
	size_t failed[sizeof(run) / sizeof(run[0])] = {0};

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		for (size_t i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
			kinds[k]();
			rig.failing = run[i];
			rig_sync();
			failed[i] += strcmp(rig.result.err.text,
					    "the disk is full") == 0;
			rig_end();
		}
	}
	for (size_t i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
		if (failed[i] == 0)
			fail_msg("job %zu never failed", i);
	}
}

static void test_passes__refused_commands(void **state)
{
	static const char *const commands[] = {
	    "SELECT", "EXAMINE", "UID FETCH 1:* (UID FLAGS", "UID FETCH"};
	static const char *const answers[] = {
	    "NO it is not", "BAD what", "NO [UNAVAILABLE] later", "OK nothing"};

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		for (size_t c = 0; c < 4; c++) {
			for (size_t i = 0; i < 4; i++) {
				kinds[k]();
				rig.odd = commands[c];
				rig.answer = answers[i];
				rig_sync();
				/* Nothing is taken for deleted. */
				if (c != 3 && rig.answered > 0)
					assert_int_equal(rig.result.dying_here,
							 0);
				rig_end();
			}
		}
	}
}

static void test_passes__a_dry_run_shows_its_plan(void **state)
{
	(void)state;
	dry_run();
	rig_sync();
	assert_non_null(strstr(rig.lines.data, "A fetch uid=4"));
	assert_non_null(strstr(rig.lines.data, "A flags uid=2 +F here"));
	assert_int_equal(rig.result.fetched, 1);
	assert_int_equal(rig.result.uploaded, 1);
	rig_end();
}

static void test_passes__a_comparison_says_what_differs(void **state)
{
	(void)state;
	verify();
	rig_sync();
	assert_non_null(strstr(rig.lines.data, "uid=4 is on the server, but"));
	assert_non_null(
	    strstr(rig.lines.data, "uid=3 is in the database, but not on the"));
	assert_non_null(strstr(rig.lines.data, "uid=2 flags: server F"));
	assert_non_null(strstr(rig.lines.data, "1 files are not in the"));
	assert_int_equal(rig.result.unmatched, 1);
	rig_end();
}

/* What waits says what it waits for. */
static void test_passes__a_comparison_names_what_waits(void **state)
{
	static const struct {
		enum fate fate;
		const char *line;
	} rows[] = {
	    {FATE_DYING_HERE, "waits to be deleted here"},
	    {FATE_DYING_THERE, "waits to be deleted on the server"},
	    {FATE_MOVED_THERE, "waits to be deleted on the server"},
	    {FATE_REPLACED, "waits to be replaced on the server"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		verify();
		rig_there(5, "");
		rig_row(5, rows[i].fate, false, 0);
		rig_sync();
		if (!strstr(rig.lines.data, rows[i].line))
			fail_msg("%s: %s", rows[i].line, rig.lines.data);
		rig_end();
	}
}

/* The files that rows have, and messages that no row has. */
static void test_passes__a_comparison_names_files(void **state)
{
	(void)state;
	verify();
	rig_there(5, "");
	rig_there(6, "");
	rig_there(7, "");
	rig_row(5, FATE_ALIVE, false, 0);
	rig_row(6, FATE_ALIVE, true, 0);
	rig_row(7, FATE_ALIVE, true, 0);
	rig.view.base.row[rig.view.base.n - 1].print = 1;
	rig.view.local.row[rig.view.local.n - 1].print = 2;
	rig.view.local.row[rig.view.local.n - 2].odd = true;
	rig_sync();
	assert_non_null(strstr(rig.lines.data, "uid=5 is in the database, but "
					       "has no file"));
	assert_non_null(strstr(rig.lines.data, "uid=6 has a link or a "
					       "directory for a file"));
	assert_non_null(
	    strstr(rig.lines.data, "uid=7 has a file with other content"));
	assert_non_null(strstr(rig.lines.data, "uid=4 is on the server, but "
					       "not in the database"));
	rig_end();
}

/* New content is a new message; what somebody else does meanwhile is looked at
 * by another pass. */
static void test_passes__an_edited_file_is_replaced(void **state)
{
	(void)state;
	usual();
	rig.view.base.row[0].print = 1;
	rig.view.local.row[0].print = 2;
	rig_sync();
	assert_int_equal(rig.result.err.code, ERR_NONE);
	assert_true(rig.opened > 1);
	rig_end();
}

static void test_passes__two_mailboxes_are_not_merged(void **state)
{
	(void)state;
	misfit();
	rig_sync();
	assert_int_equal(rig.result.misfit_here, 30);
	assert_int_equal(rig.result.misfit_there, 30);
	assert_int_equal(rig.result.fetched + rig.result.uploaded, 0);
	rig_end();
}

static void test_passes__a_folder_that_was_removed(void **state)
{
	(void)state;
	doomed();
	rig_sync();
	assert_false(rig.result.alive);
	rig_end();
	revived();
	rig_sync();
	assert_true(rig.result.alive);
	assert_int_equal(rig.result.fetched, 0);
	rig_end();
}

static void test_passes__a_short_listing_deletes_nothing(void **state)
{
	(void)state;
	short_listing();
	rig_sync();
	assert_int_equal(rig.result.dying_here, 0);
	assert_int_equal(rig.result.err.code, ERR_HELD);
	assert_true(rig.result.missing);
	rig_end();
}

static void test_passes__what_is_too_large_is_left_out(void **state)
{
	(void)state;
	too_large();
	rig_sync();
	assert_int_equal(rig.result.fetched, 0);
	assert_int_equal(rig.result.err.code, ERR_NONE);
	rig_end();
	larger();
	rig_sync();
	assert_int_equal(rig.result.fetched, 0);
	rig_end();
}

int main(void)
{
	log_init(LOG_ERROR);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passes__cut_at_every_event),
	    cmocka_unit_test(test_passes__one_that_is_cut_may_lack_copies),
	    cmocka_unit_test(test_passes__every_job_fails),
	    cmocka_unit_test(test_passes__refused_commands),
	    cmocka_unit_test(test_passes__a_dry_run_shows_its_plan),
	    cmocka_unit_test(test_passes__a_comparison_says_what_differs),
	    cmocka_unit_test(test_passes__a_comparison_names_what_waits),
	    cmocka_unit_test(test_passes__a_comparison_names_files),
	    cmocka_unit_test(test_passes__an_edited_file_is_replaced),
	    cmocka_unit_test(test_passes__two_mailboxes_are_not_merged),
	    cmocka_unit_test(test_passes__a_folder_that_was_removed),
	    cmocka_unit_test(test_passes__a_short_listing_deletes_nothing),
	    cmocka_unit_test(test_passes__what_is_too_large_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
