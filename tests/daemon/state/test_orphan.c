/* SPDX-License-Identifier: MIT */
/* After a change of UIDVALIDITY: rows keep all they know, wait to be found
 * again, and become messages once. */
#include "tests/daemon/state/fixture.h"

struct seen {
	size_t calls;
	int64_t first, last;
	uint32_t uid; /* of the last one */
	enum fate fate;
	int stop;
};

static int see(void *ctx, int64_t orphan, const struct state_record *r)
{
	struct seen *seen = ctx;

	assert_true(orphan > seen->last);
	if (seen->calls++ == 0)
		seen->first = orphan;
	seen->last = orphan;
	seen->uid = r->uid;
	seen->fate = r->fate;
	assert_null(r->emailid);
	return seen->stop;
}

static struct seen orphans(struct fixture *f, int64_t folder)
{
	struct seen seen = {.calls = 0};

	must(f, state_orphans_each(f->s, folder, see, &seen, &f->err));
	return seen;
}

static void reset(struct fixture *f, int64_t folder, uint32_t uidvalidity)
{
	must(f, state_begin(f->s, &f->err));
	must(f, state_folder_reset(f->s, folder, uidvalidity, &f->err));
	must(f, state_commit(f->s, &f->err));
}

static void test_orphan__a_record_comes_through_unchanged(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	struct state_record before, after;

	must(f, state_begin(f->s, &f->err));
	must(f, state_message_set_file(
		    f->s, id, 3,
		    &(struct state_file){"u\xff", 5, UINT64_MAX, 6, 7, NULL},
		    &f->err));
	must(f, state_commit(f->s, &f->err));
	must(f, state_message_get(f->s, id, 3, &before, &f->err));
	reset(f, id, 2);
	struct seen seen = orphans(f, id);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(seen.uid, 3);
	must(f, state_begin(f->s, &f->err));
	must(f, state_orphan_adopt(f->s, seen.last, id, 70, KEYWORD_BIT(57),
				   &f->err));
	must(f, state_commit(f->s, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(state_message_get(f->s, id, 70, &after, &f->err), 0);
	assert_true(after.flags == KEYWORD_BIT(57));
	assert_int_equal(after.fate, FATE_ALIVE);
	assert_string_equal(after.unique, before.unique);
	assert_true(after.key == before.key);
	assert_true(after.inode == before.inode);
	assert_true(after.size == before.size);
	assert_true(after.mtime_ns == before.mtime_ns);
	assert_true(after.internaldate == before.internaldate);
	assert_true(after.have_digest);
	assert_memory_equal(after.digest, before.digest, STATE_DIGEST);
	/* Another server may use it for another message. */
	assert_non_null(before.emailid);
	assert_null(after.emailid);
	state_record_release(&before);
	state_record_release(&after);
	assert_int_equal(count_inbox(f), 1);
	assert_int_equal(orphans(f, id).calls, 2);
}

static void test_orphan__keeps_its_fate_until_it_is_adopted(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 1);
	struct state_record r;

	must(f, state_begin(f->s, &f->err));
	must(f, state_message_tombstone(f->s, id, 1, FATE_DYING_HERE, &f->err));
	must(f, state_commit(f->s, &f->err));
	reset(f, id, 2);
	struct seen seen = orphans(f, id);
	assert_int_equal(seen.fate, FATE_DYING_HERE);
	must(f, state_begin(f->s, &f->err));
	must(f, state_orphan_adopt(f->s, seen.first, id, 1, 0, &f->err));
	must(f, state_commit(f->s, &f->err));
	must(f, state_message_get(f->s, id, 1, &r, &f->err));
	assert_int_equal(r.fate, FATE_ALIVE);
	state_record_release(&r);
	assert_int_equal(count_inbox(f), 1);
}

static void test_orphan__a_second_reset_adds_to_the_first(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);

	reset(f, id, 2);
	must(f, state_begin(f->s, &f->err));
	/* The same UIDs again: they are others' now. */
	add_messages(f, id, 1, 2);
	must(f, state_commit(f->s, &f->err));
	reset(f, id, 3);
	assert_int_equal(orphans(f, id).calls, 5);
	assert_int_equal(orphans(f, id).uid, 2);
}

static void test_orphan__belongs_to_its_folder(void **state)
{
	struct fixture *f = *state;
	int64_t a = fill(f, 3), b = add_folder(f, "b");

	must(f, state_begin(f->s, &f->err));
	add_messages(f, b, 1, 2);
	must(f, state_commit(f->s, &f->err));
	reset(f, a, 2);
	reset(f, b, 2);
	assert_int_equal(orphans(f, a).calls, 3);
	assert_int_equal(orphans(f, b).calls, 2);
	must(f, state_orphans_drop(f->s, a, &f->err));
	must(f, state_orphans_drop(f->s, a, &f->err));
	assert_int_equal(orphans(f, a).calls, 0);
	assert_int_equal(orphans(f, b).calls, 2);
}

static void test_orphan__another_folder_may_adopt_it(void **state)
{
	struct fixture *f = *state;
	int64_t a = fill(f, 1), b = add_folder(f, "b");
	struct state_folder folder;

	reset(f, a, 2);
	must(f, state_begin(f->s, &f->err));
	must(f,
	     state_orphan_adopt(f->s, orphans(f, a).first, b, 4, 0, &f->err));
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(count_inbox(f), 0);
	must(f, state_folder_get(f->s, "b", &folder, &f->err));
	assert_int_equal(folder.messages, 1);
	state_folder_release(&folder);
}

static void test_orphan__is_adopted_once(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 2);

	reset(f, id, 2);
	struct seen seen = orphans(f, id);
	must(f, state_begin(f->s, &f->err));
	must(f, state_orphan_adopt(f->s, seen.first, id, 1, 0, &f->err));
	assert_int_equal(
	    state_orphan_adopt(f->s, seen.first, id, 2, 0, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	must(f, state_commit(f->s, &f->err));
	must(f, state_begin(f->s, &f->err));
	/* That UID is taken. */
	assert_int_equal(state_orphan_adopt(f->s, seen.last, id, 1, 0, &f->err),
			 -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	state_rollback(f->s);
	assert_int_equal(count_inbox(f), 1);
	assert_int_equal(orphans(f, id).calls, 1);
}

struct adopting {
	struct fixture *f;
	int64_t folder;
	uint32_t uid;
};

static int adopt(void *ctx, int64_t orphan, const struct state_record *r)
{
	struct adopting *a = ctx;

	a->uid++;
	return state_orphan_adopt(a->f->s, orphan, a->folder, 1000 + r->uid,
				  r->flags, &a->f->err);
}

static void test_orphan__all_can_be_adopted_on_the_way(void **state)
{
	struct fixture *f = *state;
	struct adopting a = {.f = f, .folder = fill(f, 2 * DB_PAGE + 7)};

	reset(f, a.folder, 2);
	must(f, state_begin(f->s, &f->err));
	must(f, state_orphans_each(f->s, a.folder, adopt, &a, &f->err));
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(a.uid, 2 * DB_PAGE + 7);
	assert_int_equal(count_inbox(f), 2 * DB_PAGE + 7);
	assert_int_equal(orphans(f, a.folder).calls, 0);
}

static void test_orphan__a_result_ends_the_walk(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 5);
	struct seen seen = {.stop = 3};

	reset(f, id, 2);
	assert_int_equal(state_orphans_each(f->s, id, see, &seen, &f->err), 3);
	assert_int_equal(seen.calls, 1);
}

static void test_orphan__a_rollback_brings_the_messages_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 5);

	must(f, state_begin(f->s, &f->err));
	must(f, state_folder_reset(f->s, id, 2, &f->err));
	assert_int_equal(count_inbox(f), 0);
	state_rollback(f->s);
	assert_int_equal(count_inbox(f), 5);
	assert_int_equal(orphans(f, id).calls, 0);
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_orphan__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_record_comes_through_unchanged),
	    T(keeps_its_fate_until_it_is_adopted),
	    T(a_second_reset_adds_to_the_first),
	    T(belongs_to_its_folder),
	    T(another_folder_may_adopt_it),
	    T(is_adopted_once),
	    T(all_can_be_adopted_on_the_way),
	    T(a_result_ends_the_walk),
	    T(a_rollback_brings_the_messages_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
