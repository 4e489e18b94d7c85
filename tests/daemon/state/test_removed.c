/* SPDX-License-Identifier: MIT */
/* Deleted messages: every bit comes back, by time, and what has expired is
 * handed out before it is forgotten. */
#include "tests/daemon/state/fixture.h"

static int64_t add(struct fixture *f, int64_t at, const char *unique)
{
	struct state_removed r = {
	    .at = at, .side = STATE_HERE, .folder = "INBOX", .unique = unique};
	int64_t id;

	must(f, state_removed_add(f->s, &r, &id, &f->err));
	return id;
}

struct seen {
	char names[100];
	int calls;
	int stop_at; /* the call that ends it */
};

static int see(void *ctx, const struct state_removed *r)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->names);

	if (len + 10 < sizeof(seen->names))
		(void)snprintf(seen->names + len, sizeof(seen->names) - len,
			       "%s ", r->unique);
	return ++seen->calls == seen->stop_at ? 9 : 0;
}

static struct seen since(struct fixture *f, int64_t at)
{
	struct seen seen = {.calls = 0};

	must(f, state_removed_each(f->s, at, see, &seen, &f->err));
	return seen;
}

static const struct state_removed full = {
    .id = 55, /* ignored */
    .at = INT64_MAX,
    .side = STATE_THERE,
    .folder = "Entw&APw-\xff",
    .file = "1.2.h:2,S",
    .unique = "1.2.h",
    .uid = UINT32_MAX,
    .flags = UINT64_MAX,
    .internaldate = INT64_MIN,
    .size = UINT64_MAX - 1,
    .have_digest = true,
    .digest = {0, 3},
    .mailbox = "Trash\xff",
    .mailbox_uidvalidity = UINT32_MAX - 1,
    .mailbox_uid = UINT32_MAX - 2,
    .wanted = true,
};

static int compare(void *ctx, const struct state_removed *r)
{
	int64_t *id = ctx;

	assert_int_equal(r->id, *id);
	assert_true(r->at == full.at);
	assert_int_equal(r->side, full.side);
	assert_string_equal(r->folder, full.folder);
	assert_string_equal(r->file, full.file);
	assert_string_equal(r->unique, full.unique);
	assert_true(r->uid == full.uid);
	assert_true(r->flags == full.flags);
	assert_true(r->internaldate == full.internaldate);
	assert_true(r->size == full.size);
	assert_true(r->have_digest);
	assert_memory_equal(r->digest, full.digest, STATE_DIGEST);
	assert_string_equal(r->mailbox, full.mailbox);
	assert_true(r->mailbox_uidvalidity == full.mailbox_uidvalidity);
	assert_true(r->mailbox_uid == full.mailbox_uid);
	assert_true(r->wanted);
	return 4;
}

static void test_removed__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	must(f, state_removed_add(f->s, &full, &id, &f->err));
	assert_int_equal(id, 1);
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(state_removed_each(f->s, 0, compare, &id, &f->err), 4);
}

static int has_nothing(void *ctx, const struct state_removed *r)
{
	(void)ctx;
	assert_null(r->file);
	assert_false(r->have_digest);
	assert_null(r->mailbox);
	assert_int_equal(r->mailbox_uidvalidity, 0);
	assert_int_equal(r->mailbox_uid, 0);
	assert_false(r->wanted);
	assert_int_equal(r->side, STATE_HERE);
	return 4;
}

static void test_removed__what_is_not_known_stays_so(void **state)
{
	struct fixture *f = *state;

	(void)add(f, 1, "u");
	assert_int_equal(
	    state_removed_each(f->s, 0, has_nothing, NULL, &f->err), 4);
}

static void test_removed__come_by_time_since_a_moment(void **state)
{
	struct fixture *f = *state;

	(void)add(f, 30, "c");
	(void)add(f, 10, "a");
	(void)add(f, 20, "b1");
	(void)add(f, 20, "b2");
	(void)add(f, -5, "0");
	assert_string_equal(since(f, INT64_MIN).names, "0 a b1 b2 c ");
	assert_string_equal(since(f, 20).names, "b1 b2 c ");
	assert_string_equal(since(f, 21).names, "c ");
	assert_string_equal(since(f, 31).names, "");
	struct seen seen = {.stop_at = 2};
	assert_int_equal(state_removed_each(f->s, 0, see, &seen, &f->err), 9);
	assert_int_equal(seen.calls, 2);
}

static void test_removed__can_be_dropped(void **state)
{
	struct fixture *f = *state;
	int64_t a = add(f, 10, "a");

	(void)add(f, 20, "b");
	must(f, state_removed_drop(f->s, a, &f->err));
	must(f, state_removed_drop(f->s, a, &f->err));
	assert_string_equal(since(f, 0).names, "b ");
}

static struct seen wanted(struct fixture *f, int stop_at)
{
	struct seen seen = {.stop_at = stop_at};

	assert_int_equal(state_removed_wanted(f->s, see, &seen, &f->err),
			 stop_at ? 9 : 0);
	return seen;
}

static void test_removed__can_be_wanted(void **state)
{
	struct fixture *f = *state;
	int64_t b = add(f, 20, "b"), a = add(f, -10, "a"), c = add(f, 20, "c");

	(void)add(f, 15, "d");
	assert_string_equal(wanted(f, 0).names, "");
	must(f, state_removed_want(f->s, c, true, &f->err));
	must(f, state_removed_want(f->s, b, true, &f->err));
	must(f, state_removed_want(f->s, a, true, &f->err));
	assert_string_equal(wanted(f, 0).names, "a b c ");
	assert_string_equal(wanted(f, 2).names, "a b ");
	must(f, state_removed_want(f->s, b, false, &f->err));
	must(f, state_removed_drop(f->s, a, &f->err));
	assert_string_equal(wanted(f, 0).names, "c ");
	assert_int_equal(state_removed_want(f->s, a, true, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "has no deletion with id 2"));
}

struct bringing {
	struct fixture *f;
	int calls;
};

static int bring_back(void *ctx, const struct state_removed *r)
{
	struct bringing *b = ctx;

	if (b->calls++ % 2)
		return state_removed_drop(b->f->s, r->id, &b->f->err);
	return state_removed_want(b->f->s, r->id, false, &b->f->err);
}

static void test_removed__all_wanted_can_be_done_on_the_way(void **state)
{
	struct fixture *f = *state;
	struct bringing b = {.f = f};

	begin(f);
	for (int i = 0; i < 2 * DB_PAGE + 3; i++)
		must(f, state_removed_want(f->s, add(f, i / 5, "x"), true,
					   &f->err));
	must(f, state_removed_wanted(f->s, bring_back, &b, &f->err));
	commit(f);
	assert_int_equal(b.calls, 2 * DB_PAGE + 3);
	assert_int_equal(wanted(f, 0).calls, 0);
	assert_int_equal(since(f, 0).calls, DB_PAGE + 2);
}

static void test_removed__an_unknown_side_is_damage(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {.calls = 0};

	(void)add(f, 10, "a");
	must(f, db_exec(f->s, "UPDATE removed SET side = 3", "test", &f->err));
	assert_int_equal(state_removed_each(f->s, 0, see, &seen, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(state_removed_expire(f->s, 99, see, &seen, &f->err),
			 -1);
	assert_is_damage(f);
	assert_int_equal(seen.calls, 0);
}

static void test_removed__more_than_a_page(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {.calls = 0};

	must(f, state_begin(f->s, &f->err));
	/* Many of one second, across the page's end. */
	for (int i = 0; i < 3 * DB_PAGE; i++)
		(void)add(f, i / DB_PAGE, "x");
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(since(f, 0).calls, 3 * DB_PAGE);
	assert_int_equal(since(f, 1).calls, 2 * DB_PAGE);
	must(f, state_begin(f->s, &f->err));
	must(f, state_removed_expire(f->s, 2, see, &seen, &f->err));
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(seen.calls, 2 * DB_PAGE);
	assert_int_equal(since(f, 0).calls, DB_PAGE);
}

static void test_removed__expire_hands_out_and_drops(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {.calls = 0};

	(void)add(f, 30, "c");
	(void)add(f, 10, "a");
	(void)add(f, 20, "b");
	must(f, state_removed_expire(f->s, 10, see, &seen, &f->err));
	assert_int_equal(seen.calls, 0);
	must(f, state_removed_expire(f->s, 30, see, &seen, &f->err));
	assert_string_equal(seen.names, "a b ");
	assert_string_equal(since(f, 0).names, "c ");
}

static void test_removed__expire_keeps_what_was_refused(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {.stop_at = 2};

	(void)add(f, 10, "a");
	(void)add(f, 20, "b");
	(void)add(f, 30, "c");
	assert_int_equal(state_removed_expire(f->s, 99, see, &seen, &f->err),
			 9);
	assert_int_equal(seen.calls, 2);
	assert_string_equal(since(f, 0).names, "b c ");
}

static void test_removed__nothing_expired_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {.calls = 0};

	(void)add(f, 10, "a");
	close_state(f);
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_begin(f->s, &f->err));
	must(f, state_removed_expire(f->s, 10, see, &seen, &f->err));
	must(f, state_commit(f->s, &f->err));
	close_state(f);
	char *after = dir_print(f->dir);
	/* The lock file says the same process: it is rewritten, so its time
	 * is not compared. */
	*strstr(before, "work.lock") = '\0';
	*strstr(after, "work.lock") = '\0';
	assert_string_equal(after, before);
	free(before);
	free(after);
}

#define T(name)                                                           \
	cmocka_unit_test_setup_teardown(test_removed__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(every_bit_comes_back),
	    T(what_is_not_known_stays_so),
	    T(come_by_time_since_a_moment),
	    T(can_be_dropped),
	    T(can_be_wanted),
	    T(all_wanted_can_be_done_on_the_way),
	    T(an_unknown_side_is_damage),
	    T(more_than_a_page),
	    T(expire_hands_out_and_drops),
	    T(expire_keeps_what_was_refused),
	    T(nothing_expired_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
