/* SPDX-License-Identifier: MIT */
/* Full records: of one message, of a folder's, of those of some fate or UID;
 * that fn may change what it sees, and that a page's end is none. */
#include "tests/daemon/state/fixture.h"

static void test_record__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {
	    .uid = UINT32_MAX,
	    .flags = UINT64_MAX,
	    .internaldate = INT64_MIN,
	    .size = UINT64_MAX,
	    .inode = UINT64_MAX - 1,
	    .mtime_ns = INT64_MAX,
	    .unique = "1.2.h\xffst,S=3",
	    .key = UINT64_C(1) << 63,
	    .digest = {0, 0, 9},
	    .emailid = "gm:18446744073709551615",
	};
	struct state_record r;

	must(f, state_begin(f->s, &f->err));
	must(f, state_message_add(f->s, id, &m, &f->err));
	must(f, state_message_tombstone(f->s, id, UINT32_MAX, FATE_DYING_THERE,
					&f->err));
	must(f, state_commit(f->s, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(state_message_get(f->s, id, UINT32_MAX, &r, &f->err),
			 0);
	assert_true(r.uid == UINT32_MAX);
	assert_int_equal(r.fate, FATE_DYING_THERE);
	assert_true(r.flags == UINT64_MAX);
	assert_true(r.internaldate == INT64_MIN);
	assert_true(r.size == UINT64_MAX);
	assert_true(r.inode == UINT64_MAX - 1);
	assert_true(r.mtime_ns == INT64_MAX);
	assert_string_equal(r.unique, m.unique);
	assert_true(r.key == UINT64_C(1) << 63);
	assert_true(r.have_digest);
	assert_memory_equal(r.digest, m.digest, STATE_DIGEST);
	assert_string_equal(r.emailid, m.emailid);
	state_record_release(&r);
	assert_null(r.unique);
	assert_null(r.emailid);
}

static void test_record__get_of_no_row_is_1(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	struct state_record r;

	assert_int_equal(state_message_get(f->s, id, 4, &r, &f->err), 1);
	assert_int_equal(state_message_get(f->s, 99, 1, &r, &f->err), 1);
}

static void test_record__a_digest_of_another_length_is_none(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 1);
	static const unsigned char zero[STATE_DIGEST];
	static const char *const digests[] = {"NULL", "x'0102'",
					      "zeroblob(33)"};

	for (size_t i = 0; i < 3; i++) {
		struct state_record r;
		char *sql =
		    xasprintf("UPDATE message SET digest = %s", digests[i]);
		must(f, db_exec(f->s, sql, "test", &f->err));
		must(f, state_message_get(f->s, id, 1, &r, &f->err));
		assert_false(r.have_digest);
		assert_memory_equal(r.digest, zero, sizeof(zero));
		state_record_release(&r);
		free(sql);
	}
}

static int inner(void *ctx, const struct state_record *r)
{
	uint32_t *calls = ctx;

	(void)r;
	(*calls)++;
	return 0;
}

static void test_record__an_unknown_fate_is_damage(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	struct state_record r;
	uint32_t calls = 0;

	must(f, db_exec(f->s, "UPDATE message SET fate = 9 WHERE uid = 2",
			"test", &f->err));
	assert_int_equal(state_message_get(f->s, id, 2, &r, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(state_each_message(f->s, id, inner, &calls, &f->err),
			 -1);
	assert_is_damage(f);
	assert_int_equal(calls, 0);
	assert_int_equal(state_message_get(f->s, id, 1, &r, &f->err), 0);
	state_record_release(&r);
}

struct walk {
	struct fixture *f;
	int64_t folder;
	uint32_t calls, last, stop_at;
	bool drop;
};

static int step(void *ctx, const struct state_record *r)
{
	struct walk *w = ctx;
	struct state_record again;

	assert_true(r->uid > w->last);
	w->last = r->uid;
	w->calls++;
	/* The same statements are free for fn's own use. */
	must(w->f,
	     state_message_get(w->f->s, w->folder, r->uid, &again, &w->f->err));
	assert_string_equal(again.unique, r->unique);
	state_record_release(&again);
	if (w->drop)
		must(w->f, state_message_drop(w->f->s, w->folder, r->uid,
					      &w->f->err));
	return r->uid == w->stop_at ? 7 : 0;
}

static void test_record__each_message_comes_once(void **state)
{
	struct fixture *f = *state;
	static const uint32_t counts[] = {0,       1,           DB_PAGE - 1,
					  DB_PAGE, DB_PAGE + 1, 3 * DB_PAGE};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "f%zu", i);
		struct walk w = {.f = f, .folder = add_folder(f, name)};
		must(f, state_begin(f->s, &f->err));
		if (counts[i])
			add_messages(f, w.folder, 1, counts[i]);
		must(f, state_commit(f->s, &f->err));
		assert_int_equal(
		    state_each_message(f->s, w.folder, step, &w, &f->err), 0);
		assert_int_equal(w.calls, counts[i]);
	}
}

static void test_record__a_result_ends_the_walk(void **state)
{
	struct fixture *f = *state;
	struct walk w = {.f = f, .folder = fill(f, 10), .stop_at = 4};

	assert_int_equal(state_each_message(f->s, w.folder, step, &w, &f->err),
			 7);
	assert_int_equal(w.calls, 4);
}

static void test_record__fn_may_drop_its_row(void **state)
{
	struct fixture *f = *state;
	struct walk w = {
	    .f = f, .folder = fill(f, 2 * DB_PAGE + 5), .drop = true};

	must(f, state_begin(f->s, &f->err));
	assert_int_equal(state_each_message(f->s, w.folder, step, &w, &f->err),
			 0);
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(w.calls, 2 * DB_PAGE + 5);
	assert_int_equal(count_inbox(f), 0);
}

struct nested {
	struct fixture *f;
	int64_t folder;
	uint32_t calls;
};

static int outer(void *ctx, const struct state_record *r)
{
	struct nested *n = ctx;

	(void)r;
	must(n->f, state_each_message(n->f->s, n->folder, inner, &n->calls,
				      &n->f->err));
	return 0;
}

static void test_record__walks_can_be_nested(void **state)
{
	struct fixture *f = *state;
	struct nested n = {.f = f, .folder = fill(f, DB_PAGE + 3)};

	must(f, state_each_message(f->s, n.folder, outer, &n, &f->err));
	assert_int_equal(n.calls, (DB_PAGE + 3) * (DB_PAGE + 3));
}

struct found {
	char text[200];
	size_t calls;
	int stop;
};

static int find(void *ctx, int64_t folder, const struct state_record *r)
{
	struct found *found = ctx;
	size_t len = strlen(found->text);

	if (len + 24 < sizeof(found->text))
		(void)snprintf(found->text + len, sizeof(found->text) - len,
			       "%d/%u:%u ", (int)folder, (unsigned)r->uid,
			       (unsigned)r->size);
	found->calls++;
	return found->stop;
}

static void test_record__finds_fates_in_all_folders(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum fate fate;
		const char *want;
	} table[] = {
	    {FATE_DYING_HERE, "2/300:0 1/2:0 "},
	    {FATE_DYING_THERE, "1/3:0 1/4:0 "},
	    {FATE_REPLACED, "1/1:0 "},
	};
	int64_t a = add_folder(f, "z"), b = add_folder(f, "a");

	begin(f);
	add_messages(f, a, 1, 6);
	add_messages(f, b, 1, 300);
	add_messages(f, add_folder(f, "c"), 1, 3);
	must(f, state_message_tombstone(f->s, a, 1, FATE_REPLACED, &f->err));
	must(f, state_message_tombstone(f->s, a, 2, FATE_DYING_HERE, &f->err));
	must(f, state_message_tombstone(f->s, a, 3, FATE_DYING_THERE, &f->err));
	must(f, state_message_tombstone(f->s, a, 4, FATE_DYING_THERE, &f->err));
	must(f, state_message_tombstone(f->s, a, 5, FATE_LEFT_HERE, &f->err));
	must(f,
	     state_message_tombstone(f->s, b, 300, FATE_DYING_HERE, &f->err));
	/* In the transaction, and after it. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			struct found found = {.stop = 0};
			must(f, state_each_fate(f->s, table[i].fate, find,
						&found, &f->err));
			assert_string_equal(found.text, table[i].want);
		}
		if (round == 0)
			commit(f);
	}
	struct found found = {.stop = 5};
	assert_int_equal(
	    state_each_fate(f->s, FATE_DYING_THERE, find, &found, &f->err), 5);
	assert_int_equal(found.calls, 1);
}

static void test_record__without_tombs_no_message_is_read(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt = f->s->stmt[DB_RECORDS_FATE];
	struct found found = {.stop = 0};
	int64_t id = fill(f, 3);

	begin(f);
	must(f, state_message_tombstone(f->s, id, 1, FATE_LEFT_THERE, &f->err));
	commit(f);
	must(f, state_each_fate(f->s, FATE_DYING_THERE, find, &found, &f->err));
	assert_int_equal(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_RUN, 0),
			 0);
}

struct reviving {
	struct fixture *f;
	uint32_t calls;
};

static int drop_or_revive(void *ctx, int64_t folder,
			  const struct state_record *r)
{
	struct reviving *v = ctx;

	if (v->calls++ % 2)
		return state_message_drop(v->f->s, folder, r->uid, &v->f->err);
	return state_message_revive(v->f->s, folder, r->uid, &v->f->err);
}

static void test_record__fn_may_end_a_fate(void **state)
{
	struct fixture *f = *state;
	struct reviving v = {.f = f};
	struct found found = {.stop = 0};
	int64_t id = fill(f, 3 * DB_PAGE);

	begin(f);
	for (uint32_t uid = 1; uid <= 3 * DB_PAGE; uid++)
		must(f, state_message_tombstone(f->s, id, uid, FATE_DYING_HERE,
						&f->err));
	must(f, state_each_fate(f->s, FATE_DYING_HERE, drop_or_revive, &v,
				&f->err));
	commit(f);
	assert_int_equal(v.calls, 3 * DB_PAGE);
	assert_int_equal(count_inbox(f), 3 * DB_PAGE / 2);
	must(f, state_each_fate(f->s, FATE_DYING_HERE, find, &found, &f->err));
	assert_int_equal(found.calls, 0);
}

static void test_record__finds_uids(void **state)
{
	struct fixture *f = *state;
	static const uint32_t uids[] = {2, 3, 11, 5, UINT32_MAX};
	struct walk w = {.f = f, .folder = fill(f, 10)};
	struct state_uids some = {w.folder, uids, 5},
			  none = {w.folder, NULL, 0};

	begin(f);
	must(f, state_message_drop(f->s, w.folder, 3, &f->err));
	commit(f);
	must(f, state_find_uids(f->s, &some, step, &w, &f->err));
	assert_int_equal(w.calls, 2);
	assert_int_equal(w.last, 5);
	must(f, state_find_uids(f->s, &none, step, &w, &f->err));
	assert_int_equal(w.calls, 2);
	w = (struct walk){.f = f, .folder = w.folder, .stop_at = 2};
	assert_int_equal(state_find_uids(f->s, &some, step, &w, &f->err), 7);
	assert_int_equal(w.calls, 1);
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_record__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(every_bit_comes_back),
	    T(get_of_no_row_is_1),
	    T(a_digest_of_another_length_is_none),
	    T(an_unknown_fate_is_damage),
	    T(each_message_comes_once),
	    T(a_result_ends_the_walk),
	    T(fn_may_drop_its_row),
	    T(walks_can_be_nested),
	    T(finds_fates_in_all_folders),
	    T(without_tombs_no_message_is_read),
	    T(fn_may_end_a_fate),
	    T(finds_uids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
