/* SPDX-License-Identifier: MIT */
/* What becomes of messages that the database knows: every fate, moves, edits,
 * and what is put off.
 */
#include "tests/daemon/core/plan.h"

static struct views v;

static int setup(void **state)
{
	(void)state;
	views_init(&v);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_release(&v.plan);
	return 0;
}

/* What becomes of a row, by fate, file and message. */
enum seen { UNCHANGED, CARED, GONE };

struct outcome {
	enum action_type type;
	uint64_t what; /* of FATE: which; of FORGET and DELETE_THERE: flags */
};

#define NONE                     \
	{                        \
		ACTION_RECORD, 0 \
	}
#define FORGOTTEN                \
	{                        \
		ACTION_FORGET, 0 \
	}
#define TAKEN_FOR_NEW            \
	{                        \
		ACTION_FORGET, 1 \
	}
#define DELETED(for_good)                     \
	{                                     \
		ACTION_DELETE_THERE, for_good \
	}
#define FATED(fate)               \
	{                         \
		ACTION_FATE, fate \
	}
#define JUST(type)      \
	{               \
		type, 0 \
	}

/* With the file, then without it. */
static const struct outcome fates[FATES][2][3] = {
    [FATE_ALIVE] = {{NONE, JUST(ACTION_FLAGS_HERE), JUST(ACTION_DIE_HERE)},
		    {JUST(ACTION_DIE_THERE), TAKEN_FOR_NEW, FORGOTTEN}},
    [FATE_DYING_HERE] = {{NONE, NONE, NONE}, {NONE, NONE, NONE}},
    [FATE_DYING_THERE] = {{FATED(FATE_ALIVE), FATED(FATE_ALIVE), FORGOTTEN},
			  {DELETED(0), TAKEN_FOR_NEW, FORGOTTEN}},
    [FATE_REPLACED] = {{NONE, NONE, FORGOTTEN},
		       {FATED(FATE_DYING_THERE), TAKEN_FOR_NEW, FORGOTTEN}},
    [FATE_LEFT_HERE] = {{JUST(ACTION_DIE_HERE), JUST(ACTION_DIE_HERE),
			 JUST(ACTION_DIE_HERE)},
			{FORGOTTEN, FORGOTTEN, FORGOTTEN}},
    [FATE_LEFT_THERE] = {{FATED(FATE_ALIVE), FATED(FATE_ALIVE), FORGOTTEN},
			 {JUST(ACTION_DIE_THERE), TAKEN_FOR_NEW, FORGOTTEN}},
    [FATE_DELETED_THERE] = {{TAKEN_FOR_NEW, TAKEN_FOR_NEW, FORGOTTEN},
			    {TAKEN_FOR_NEW, TAKEN_FOR_NEW, FORGOTTEN}},
    [FATE_MOVED_THERE] = {{DELETED(1), DELETED(1), FORGOTTEN},
			  {DELETED(1), DELETED(1), FORGOTTEN}},
    /* Shown or not. */
    [FATE_CLAIMED] = {{NONE, JUST(ACTION_FLAGS_HERE), NONE},
		      {NONE, NONE, NONE}},
};

/* Is a file of that name a new one to a row of that fate? */
static bool is_anothers(int fate)
{
	return fate == FATE_REPLACED || fate == FATE_DELETED_THERE ||
	       fate == FATE_MOVED_THERE;
}

static void check_fate(int fate, bool here, enum seen there)
{
	const struct outcome *o = &fates[fate][!here][there];
	bool none = o->type == ACTION_RECORD;
	bool claimed = fate == FATE_CLAIMED;
	size_t proofs = claimed && there != GONE;

	plan_release(&v.plan);
	views_init(&v);
	v.policy.reap = true;
	views_base(&v, 5, FLAG_SEEN, 5);
	v.base_row[0].fate = (uint8_t)fate;
	if (here)
		views_local(&v,
			    (struct local_row){.key = 5, .flags = FLAG_SEEN});
	if (there != GONE)
		views_remote(&v, 5,
			     FLAG_SEEN | (there == CARED ? FLAG_FLAGGED : 0));
	views_plan(&v);
	size_t uploads = here && is_anothers(fate);
	assert_int_equal(plan_count(&v.plan, ACTION_UPLOAD), uploads);
	assert_int_equal(plan_count(&v.plan, ACTION_PROVE), proofs);
	assert_int_equal(v.plan.n, uploads + proofs + !none);
	if (claimed)
		assert_int_equal(v.plan.deferred, 1 - proofs);
	for (size_t i = 0; i < v.plan.n; i++) {
		const struct action *a = &v.plan.action[i];
		if (a->type == ACTION_PROVE)
			assert_int_equal(a->flags, !here);
		if (a->type == ACTION_UPLOAD || a->type == ACTION_PROVE)
			continue;
		assert_int_equal(a->type, o->type);
		if (a->type == ACTION_FATE)
			assert_int_equal(a->fate, o->what);
		else if (a->type == ACTION_FORGET ||
			 a->type == ACTION_DELETE_THERE)
			assert_int_equal(a->flags, o->what);
	}
}

static void test_plan_row__every_fate(void **state)
{
	(void)state;
	for (int fate = 0; fate < FATES; fate++) {
		for (int there = UNCHANGED; there <= GONE; there++) {
			check_fate(fate, true, (enum seen)there);
			check_fate(fate, false, (enum seen)there);
		}
	}
}

/* Nothing is deleted there before all copies are made. */
static void test_plan_row__deletes_there_only_when_it_reaps(void **state)
{
	static const enum fate fate[] = {FATE_DYING_THERE, FATE_MOVED_THERE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		views_base(&v, 5, 0, 5);
		views_remote(&v, 5, 0);
		v.base_row[0].fate = (uint8_t)fate[i];
		views_plan(&v);
		assert_int_equal(v.plan.n, 0);
		v.policy.reap = true;
		assert_int_equal(views_only(&v, ACTION_DELETE_THERE)->flags, i);
		v.policy.push = false;
		views_plan(&v);
		assert_int_equal(v.plan.n, 0);
		views_init(&v);
	}
}

/* As long as no listing has shown its copy. */
static void test_plan_row__the_original_outlives_the_doubt(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, 0);
	v.base_row[0].fate = FATE_MOVED_THERE;
	v.policy.reap = true;
	v.moved_there[v.nmoved_there++] =
	    (struct move_there){.uid = 5, .pending = true, .to = 2};
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 1);
	v.nmoved_there = 0;
	(void)views_only(&v, ACTION_DELETE_THERE);
}

static void test_plan_row__read_only_takes_nothing(void **state)
{
	(void)state;
	v.policy.reap = v.policy.read_only = true;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, 0);
	v.base_row[0].fate = FATE_DYING_THERE;
	views_base(&v, 6, 0, 6);
	views_remote(&v, 6, 0);
	views_in_sync(&v, 7, 0);
	v.local_row[0].flags = FLAG_SEEN;
	views_in_sync(&v, 8, 0);
	v.base_row[3].print = 1;
	v.local_row[1].print = 2;
	views_local(&v, (struct local_row){.key = 99});
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.pending_deletions, 2);
	assert_int_equal(v.plan.pending_flags, 1);
	assert_int_equal(v.plan.pending_uploads, 2);
}

/* Marked \Deleted there and not expunged: only verify tells it once more. */
static void test_plan_row__insists_where_it_is_told_to(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, FLAG_DELETED);
	v.base_row[0].fate = FATE_DELETED_THERE;
	v.policy.reap = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	v.policy.force_delete = true;
	assert_int_equal(views_only(&v, ACTION_DELETE_THERE)->flags, 1);
	/* A delta that does not list it says that the mark is still there. */
	v.remote.complete = false;
	v.remote.n = 0;
	assert_int_equal(views_only(&v, ACTION_DELETE_THERE)->flags, 1);
}

static void test_plan_row__replaced_goes_when_its_file_has_a_row(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 77);
	v.base_row[0].fate = FATE_REPLACED;
	views_remote(&v, 5, FLAG_FLAGGED);
	views_local(&v, (struct local_row){.key = 77});
	assert_int_equal(views_only(&v, ACTION_UPLOAD)->key, 77);
	assert_int_equal(v.plan.deferred, 1);
	views_base(&v, 6, 0, 77);
	views_remote(&v, 6, 0);
	assert_int_equal(views_only(&v, ACTION_FORGET)->flags, 1);
	assert_int_equal(v.plan.kept_there, 1);
	v.remote_row[0].flags = 0;
	assert_int_equal(views_only(&v, ACTION_FATE)->fate, FATE_DYING_THERE);
	v.policy.delete_there = false;
	assert_int_equal(views_only(&v, ACTION_FATE)->fate, FATE_LEFT_THERE);
}

static void test_plan_row__edited(void **state)
{
	(void)state;
	views_in_sync(&v, 5, 0);
	v.base_row[0].print = 1;
	v.local_row[0].print = 2;
	assert_int_equal(views_only(&v, ACTION_FATE)->fate, FATE_REPLACED);
	v.policy.hold_there = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.held_there, 1);
	v.policy.push = false;
	views_plan(&v);
	assert_int_equal(v.plan.held_there, 0);
}

/* Its file is in another folder: it follows, unless it was told to already. */
static void test_plan_row__pending_moves_are_left_alone(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, FLAG_FLAGGED);
	v.moved_there[0] = (struct move_there){.uid = 5, .to = 3, .key = 33};
	v.nmoved_there = 1;
	const struct action *a = views_only(&v, ACTION_MOVE_THERE);
	assert_int_equal(a->other, 3);
	assert_int_equal(a->key, 33);
	v.moved_there[0].pending = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 1);
	/* Gone there, too: nothing is to be found out. */
	v.remote.n = 0;
	assert_int_equal(views_only(&v, ACTION_FORGET)->flags, 0);
	assert_int_equal(v.plan.ngone, 0);
	v.policy.defer_gone = true;
	(void)views_only(&v, ACTION_FORGET);
	assert_int_equal(v.plan.ngone, 1);
	assert_int_equal(v.plan.gone[0], 5);
}

static void test_plan_row__moved_here(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		views_remote(&v, 5 + i, FLAG_SEEN);
		v.moved_here[i] = (struct move_here){
		    .uid = 5 + i, .from = 9, .from_uid = 50 + i};
	}
	v.nmoved_here = 3;
	v.policy.defer_new = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(v.plan.action[i].type, ACTION_MOVE_HERE);
		assert_int_equal(v.plan.action[i].other, 9);
		assert_int_equal(v.plan.action[i].other_uid, 50 + i);
	}
	v.nmoved_here = 0;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 3);
}

static void test_plan_row__defers_what_is_gone(void **state)
{
	(void)state;
	v.policy.defer_gone = true;
	for (uint32_t uid = 1; uid <= 70; uid++)
		views_expunged(&v, uid, 0, uid == 9 ? FLAG_FLAGGED : 0);
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 70);
	assert_int_equal(v.plan.ngone, 70);
	for (uint32_t uid = 1; uid <= 70; uid++)
		assert_int_equal(v.plan.gone[uid - 1], uid);
}

static void test_plan_row__adopts_only(void **state)
{
	(void)state;
	views_in_sync(&v, 1, 0);
	v.local_row[0].flags = FLAG_SEEN;
	views_expunged(&v, 2, 0, 0);
	views_remote(&v, 3, 0);
	views_remote(&v, 4, 0);
	views_local(&v, (struct local_row){.key = 40, .hint = 4});
	views_local(&v, (struct local_row){.key = 50});
	v.policy.adopt_only = true;
	assert_int_equal(views_only(&v, ACTION_ADOPT)->uid, 4);
	assert_int_equal(v.plan.deferred, 4);
}

static void test_plan_row__restores(void **state)
{
	(void)state;
	v.policy.restore = true;
	views_expunged(&v, 5, 0, 0);
	v.base_row[0].shown = true;
	assert_int_equal(views_only(&v, ACTION_FORGET)->flags, 1);
	assert_int_equal(v.plan.restored, 1);
	views_init(&v);
	v.policy.restore = true;
	views_base(&v, 5, 0, 5);
	v.base_row[0].shown = true;
	views_remote(&v, 5, 0);
	assert_int_equal(views_only(&v, ACTION_FORGET)->flags, 1);
	assert_int_equal(v.plan.restored, 1);
}

/* What was not among what was held when somebody wanted it back. */
static void test_plan_row__restores_nothing_else(void **state)
{
	(void)state;
	v.policy.restore = true;
	views_expunged(&v, 5, 0, 0);
	assert_int_equal(views_only(&v, ACTION_DIE_HERE)->uid, 5);
	views_init(&v);
	v.policy.restore = true;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, 0);
	assert_int_equal(views_only(&v, ACTION_DIE_THERE)->uid, 5);
	assert_int_equal(v.plan.restored, 0);
}

/* What waits is counted by its reason. */
static void test_plan_row__waits(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < WAITS; i++)
		views_local(&v,
			    (struct local_row){.key = i, .wait = (uint8_t)i});
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	for (size_t i = 1; i < WAITS; i++)
		assert_int_equal(v.plan.waiting[i], 1);
}

/* Into the trash and for good are two commands. */
static void test_plan_row__groups_what_it_deletes(void **state)
{
	(void)state;
	v.policy.reap = true;
	for (uint32_t uid = 1; uid <= 6; uid++) {
		views_base(&v, uid, 0, uid);
		views_remote(&v, uid, 0);
		v.base_row[uid - 1].fate =
		    uid % 2 ? FATE_MOVED_THERE : FATE_DYING_THERE;
	}
	views_plan(&v);
	assert_int_equal(v.plan.n, 6);
	for (size_t i = 0; i < 6; i++) {
		const struct action *a = &v.plan.action[i];
		assert_int_equal(a->flags, i >= 3);
		assert_int_equal(a->uid, i < 3 ? 2 * i + 2 : 2 * (i - 3) + 1);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Nothing is deleted, sent or renamed for its sake; what the server says is not
 * forgotten. */
static void test_plan_row__what_is_no_file_is_not_gone(void **state)
{
	static const bool deferred[FATES][3] = {
	    [FATE_ALIVE] = {false, true, true},
	    [FATE_LEFT_HERE] = {true, true, true},
	};
	static const enum fate none[] = {FATE_ALIVE, FATE_DYING_HERE,
					 FATE_REPLACED, FATE_LEFT_HERE};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (enum seen there = UNCHANGED; there <= GONE; there++) {
			enum fate fate = none[i];
			views_init(&v);
			v.policy.reap = true;
			views_base(&v, 5, FLAG_SEEN, 5);
			v.base_row[0].fate = (uint8_t)fate;
			views_local(&v, (struct local_row){.key = 5,
							   .odd = true,
							   .flags = FLAG_SEEN});
			if (there != GONE)
				views_remote(
				    &v, 5,
				    FLAG_SEEN |
					(there == CARED ? FLAG_FLAGGED : 0));
			views_plan(&v);
			bool forgotten = fate == FATE_REPLACED && there == GONE;
			assert_int_equal(v.plan.n, forgotten);
			if (deferred[fate][there])
				assert_int_equal(v.plan.deferred, 1);
		}
	}
}

static void test_plan_row__what_is_no_file_came_back(void **state)
{
	static const enum fate back[] = {FATE_DYING_THERE, FATE_LEFT_THERE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		views_init(&v);
		v.policy.reap = true;
		views_base(&v, 5, 0, 5);
		views_remote(&v, 5, 0);
		v.base_row[0].fate = (uint8_t)back[i];
		v.base_row[0].print = 7;
		views_local(&v, (struct local_row){.key = 5, .odd = true});
		const struct action *a = views_only(&v, ACTION_FATE);
		assert_int_equal(a->fate, FATE_ALIVE);
	}
}

/* Its name's flags go to the server as any file's do. */
static void test_plan_row__what_is_no_file_has_flags(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, 0);
	views_local(
	    &v, (struct local_row){.key = 5, .odd = true, .flags = FLAG_SEEN});
	const struct action *a = views_only(&v, ACTION_FLAGS_THERE);
	assert_true(a->add == FLAG_SEEN);
}

/* Below the window: neither gone nor to be changed; what is wanted waits. */
static void test_plan_row__what_is_not_shown_is_not_gone(void **state)
{
	static const struct {
		enum fate fate;
		bool here;
		uint64_t flags; /* of the file */
		size_t hidden, actions;
	} rows[] = {
	    {FATE_ALIVE, true, FLAG_SEEN, 0, 0},
	    {FATE_ALIVE, true, FLAG_FLAGGED, 2, 0},
	    {FATE_ALIVE, false, 0, 1, 0},
	    {FATE_DYING_HERE, true, FLAG_SEEN, 0, 0},
	    {FATE_DYING_THERE, false, 0, 1, 0},
	    {FATE_LEFT_THERE, false, 0, 1, 0},
	    {FATE_DELETED_THERE, false, 0, 1, 0},
	    {FATE_MOVED_THERE, false, 0, 1, 0},
	    /* Its new content is a message of its own. */
	    {FATE_REPLACED, false, 0, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		views_init(&v);
		v.policy.reap = v.policy.force_delete = true;
		v.remote.floor = 9;
		views_base(&v, 5, FLAG_SEEN, 5);
		v.base_row[0].fate = (uint8_t)rows[i].fate;
		if (rows[i].here)
			views_local(&v, (struct local_row){
					    .key = 5, .flags = rows[i].flags});
		views_plan(&v);
		/* Setting and clearing are one change. */
		size_t want = rows[i].hidden > 1 ? 1 : rows[i].hidden;
		assert_int_equal(v.plan.hidden, want);
		assert_int_equal(v.plan.n, rows[i].actions);
		assert_int_equal(v.plan.deferred, 0);
		/* From the floor on it is gone. */
		v.remote.floor = 5;
		views_plan(&v);
		assert_int_equal(v.plan.hidden, 0);
	}
}

static void test_plan_row__what_moved_below_the_window_waits(void **state)
{
	(void)state;
	v.remote.floor = 9;
	views_base(&v, 5, 0, 5);
	v.moved_there[v.nmoved_there++] =
	    (struct move_there){.uid = 5, .to = 2, .key = 5};
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.hidden, 1);
}

/* The database was lost: the file's name says that the server has it. */
static void test_plan_row__a_file_from_below_the_window_is_not_sent(
    void **state)
{
	(void)state;
	v.remote.floor = 9;
	views_local(&v, (struct local_row){.key = 5, .hint = 8});
	views_local(&v, (struct local_row){.key = 6, .hint = 9});
	views_local(&v, (struct local_row){.key = 7});
	views_plan(&v);
	assert_int_equal(v.plan.hidden, 1);
	assert_int_equal(plan_count(&v.plan, ACTION_UPLOAD), 2);
}

/* A delta that says so does not know better. */
static void test_plan_row__vanished_from_a_window_is_not_gone(void **state)
{
	(void)state;
	v.remote.complete = false;
	v.remote.floor = 6;
	views_base(&v, 5, 0, 5);
	views_base(&v, 6, 0, 6);
	views_local(&v, (struct local_row){.key = 5});
	views_local(&v, (struct local_row){.key = 6});
	v.gone[v.remote.ngone++] = 5;
	v.gone[v.remote.ngone++] = 6;
	const struct action *a = views_only(&v, ACTION_DIE_HERE);
	assert_int_equal(a->uid, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_plan_row__every_fate),
	    TEST(test_plan_row__deletes_there_only_when_it_reaps),
	    TEST(test_plan_row__the_original_outlives_the_doubt),
	    TEST(test_plan_row__read_only_takes_nothing),
	    TEST(test_plan_row__insists_where_it_is_told_to),
	    TEST(test_plan_row__replaced_goes_when_its_file_has_a_row),
	    TEST(test_plan_row__edited),
	    TEST(test_plan_row__pending_moves_are_left_alone),
	    TEST(test_plan_row__moved_here),
	    TEST(test_plan_row__defers_what_is_gone),
	    TEST(test_plan_row__adopts_only),
	    TEST(test_plan_row__restores),
	    TEST(test_plan_row__restores_nothing_else),
	    TEST(test_plan_row__waits),
	    TEST(test_plan_row__groups_what_it_deletes),
	    TEST(test_plan_row__what_is_not_shown_is_not_gone),
	    TEST(test_plan_row__what_moved_below_the_window_waits),
	    TEST(test_plan_row__a_file_from_below_the_window_is_not_sent),
	    TEST(test_plan_row__vanished_from_a_window_is_not_gone),
	    TEST(test_plan_row__what_is_no_file_is_not_gone),
	    TEST(test_plan_row__what_is_no_file_came_back),
	    TEST(test_plan_row__what_is_no_file_has_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
