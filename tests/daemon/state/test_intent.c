/* SPDX-License-Identifier: MIT */
/* Intents: every bit comes back, in order, and what was committed survives a
 * kill, since that is what they are for. */
#include "tests/daemon/state/fixture.h"

/* Each of a file of its own. */
static int64_t add_upload(struct fixture *f, int64_t folder, const char *unique)
{
	static uint64_t key;
	struct state_intent i = {
	    .folder = folder,
	    .kind = STATE_INTENT_UPLOAD,
	    .unique = unique,
	    .key = ++key,
	    .uidvalidity = 1,
	    .uidnext = 10,
	};

	return promise(f, &i);
}

struct seen {
	char names[100];
	int calls, stop;
	struct state_intent last; /* .unique: not to be used */
};

static int see(void *ctx, const struct state_intent *i)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->names);

	(void)snprintf(seen->names + len, sizeof(seen->names) - len, "%s ",
		       i->unique);
	seen->calls++;
	seen->last = *i;
	return seen->stop;
}

static struct seen intents(struct fixture *f, int64_t folder)
{
	struct seen seen = {.calls = 0};

	must(f, state_intent_each(f->s, folder, see, &seen, &f->err));
	return seen;
}

static void test_intent__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b");
	const struct state_intent want = {
	    .id = 77, /* ignored */
	    .folder = a,
	    .kind = STATE_INTENT_MOVE,
	    .state = STATE_INTENT_STORED,
	    .unique = "1.2.h\xffst",
	    .key = UINT64_MAX,
	    .size = UINT64_MAX - 1,
	    .have_digest = true,
	    .digest = {0, 1, 0xff},
	    .flags = UINT64_MAX - 2,
	    .internaldate = INT64_MIN,
	    .uidvalidity = UINT32_MAX - 1,
	    .uidnext = UINT32_MAX - 2,
	    .source = b,
	    .source_uid = UINT32_MAX - 3,
	};
	int64_t id = promise(f, &want);

	assert_int_equal(id, 1);
	close_state(f);
	must(f, open_state(f, STATE_READ));
	struct seen seen = intents(f, a);
	assert_string_equal(seen.names, "1.2.h\xffst ");
	struct state_intent *have = &seen.last;
	assert_int_equal(have->id, id);
	assert_int_equal(have->folder, a);
	assert_int_equal(have->kind, want.kind);
	assert_int_equal(have->state, want.state);
	assert_true(have->key == want.key);
	assert_true(have->size == want.size);
	assert_true(have->have_digest);
	assert_memory_equal(have->digest, want.digest, STATE_DIGEST);
	assert_true(have->flags == want.flags);
	assert_true(have->internaldate == want.internaldate);
	assert_true(have->uidvalidity == want.uidvalidity);
	assert_true(have->uidnext == want.uidnext);
	assert_int_equal(have->source, b);
	assert_true(have->source_uid == want.source_uid);
}

static void test_intent__what_is_not_known_stays_so(void **state)
{
	struct fixture *f = *state;

	(void)add_upload(f, add_folder(f, "a"), "u");
	struct seen seen = intents(f, 0);
	assert_false(seen.last.have_digest);
	assert_int_equal(seen.last.source, 0);
	assert_int_equal(seen.last.source_uid, 0);
	assert_int_equal(seen.last.state, STATE_INTENT_PLANNED);
	assert_int_equal(seen.last.attempts, 0);
}

static void test_intent__come_in_order_by_folder_or_all(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b");

	(void)add_upload(f, b, "1");
	(void)add_upload(f, a, "2");
	(void)add_upload(f, b, "3");
	assert_string_equal(intents(f, 0).names, "1 2 3 ");
	assert_string_equal(intents(f, a).names, "2 ");
	assert_string_equal(intents(f, b).names, "1 3 ");
	assert_string_equal(intents(f, 99).names, "");
	struct seen seen = {.stop = 4};
	assert_int_equal(state_intent_each(f->s, 0, see, &seen, &f->err), 4);
	assert_int_equal(seen.calls, 1);
}

static void test_intent__an_attempt_is_noted(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a");
	int64_t first = add_upload(f, a, "1"), second = add_upload(f, a, "2");

	must(f, state_intent_attempt(f->s, second, STATE_INTENT_STORED,
				     UINT32_MAX, &f->err));
	struct seen seen = intents(f, a);
	assert_int_equal(seen.last.state, STATE_INTENT_STORED);
	assert_true(seen.last.attempts == UINT32_MAX);
	must(f, state_intent_drop(f->s, second, &f->err));
	must(f, state_intent_drop(f->s, second, &f->err));
	seen = intents(f, a);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.last.id, first);
	assert_int_equal(seen.last.attempts, 0);
	assert_int_equal(state_intent_attempt(f->s, second, 0, 1, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "has no intent with id 2"));
}

static void test_intent__replaces_those_of_its_file(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b");
	struct state_intent i = {.folder = b,
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "u",
				 .key = UINT64_MAX,
				 .attempts = 9};

	(void)promise(f, &i);
	i.folder = a;
	int64_t old = promise(f, &i);
	(void)add_upload(f, a, "other");
	i.unique = "again";
	int64_t new = promise(f, &i);
	assert_int_not_equal(new, old);
	struct seen seen = intents(f, 0);
	assert_string_equal(seen.names, "u other again ");
	assert_int_equal(seen.last.id, new);
	assert_int_equal(seen.last.attempts, 0);
	assert_int_equal(state_intent_attempt(f->s, old, 0, 1, &f->err), -1);
}

static void test_intent__attempts_count_on(void **state)
{
	struct fixture *f = *state;
	static const uint32_t table[][2] = {{0, 0}, {1, 2}, {2, 2}, {3, 3}};
	struct state_intent i = {.folder = add_folder(f, "a"),
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "u"};

	for (size_t n = 0; n < sizeof(table) / sizeof(table[0]); n++) {
		must(f, state_intent_attempt(f->s, promise(f, &i),
					     STATE_INTENT_STORED, table[n][0],
					     &f->err));
		(void)promise(f, &i);
		struct seen seen = intents(f, 0);
		assert_int_equal(seen.calls, 1);
		assert_int_equal(seen.last.state, STATE_INTENT_PLANNED);
		assert_int_equal(seen.last.attempts, table[n][1]);
	}
}

static void test_intent__refuses_folders_that_are_not_there(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), id;
	struct state_intent i = {.folder = 99, .unique = "u"};

	begin(f);
	assert_int_equal(state_intent_replace(f->s, &i, &id, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	i.folder = a;
	i.source = 99;
	assert_int_equal(state_intent_replace(f->s, &i, &id, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	state_rollback(f->s);
	assert_int_equal(intents(f, 0).calls, 0);
}

struct dropping {
	struct fixture *f;
	int calls;
};

static int drop(void *ctx, const struct state_intent *i)
{
	struct dropping *d = ctx;

	d->calls++;
	return state_intent_drop(d->f->s, i->id, &d->f->err);
}

static void test_intent__all_can_be_dropped_on_the_way(void **state)
{
	struct fixture *f = *state;
	struct dropping d = {.f = f};
	int64_t a = add_folder(f, "a");

	must(f, state_begin(f->s, &f->err));
	for (int i = 0; i < 100; i++)
		(void)add_upload(f, a, "u");
	must(f, state_intent_each(f->s, 0, drop, &d, &f->err));
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(d.calls, 100);
	assert_int_equal(intents(f, 0).calls, 0);
}

static void test_intent__can_be_dropped_by_their_file(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b");
	static const struct {
		const char *unique;
		uint64_t key;
		int folder;
	} table[] = {{"1", UINT64_MAX, 0}, {"2", 5, 0}, {"3", UINT64_MAX, 1}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct state_intent intent = {
		    .folder = table[i].folder ? b : a,
		    .kind = STATE_INTENT_UPLOAD,
		    .unique = table[i].unique,
		    .key = table[i].key,
		};
		(void)promise(f, &intent);
	}
	must(f, state_intent_drop_file(f->s, a, UINT64_MAX, &f->err));
	must(f, state_intent_drop_file(f->s, a, UINT64_MAX, &f->err));
	assert_string_equal(intents(f, 0).names, "2 3 ");
}

static void test_intent__an_unknown_kind_or_state_is_damage(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {"kind = 0", "kind = 3", "state = -1",
					  "state = 2"};
	struct seen seen = {.calls = 0};

	(void)add_upload(f, add_folder(f, "a"), "u");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *sql = xasprintf("UPDATE intent SET %s", bad[i]);
		begin(f);
		must(f, db_exec(f->s, sql, "test", &f->err));
		assert_int_equal(
		    state_intent_each(f->s, 0, see, &seen, &f->err), -1);
		assert_is_damage(f);
		state_rollback(f->s);
		free(sql);
	}
	assert_int_equal(seen.calls, 0);
}

/* With FULL, and in WAL mode only with it, every commit is synced. */
static void test_intent__a_commit_is_durable(void **state)
{
	struct fixture *f = *state;
	int64_t synchronous = -1;

	must(f,
	     db_query_int(f->s, "PRAGMA synchronous", &synchronous, &f->err));
	assert_int_equal(synchronous, 2);
}

static void add_and_wait(struct fixture *f)
{
	if (open_state(f, STATE_WRITE) < 0)
		_exit(1);
	(void)add_upload(f, 1, "committed");
	must(f, state_begin(f->s, &f->err));
	(void)add_upload(f, 1, "open");
}

static void test_intent__survives_a_kill(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add_folder(f, "a"), 1);
	close_state(f);
	struct peer p = peer_start(f, add_and_wait);
	peer_kill(&p);
	must(f, open_state(f, STATE_WRITE));
	assert_string_equal(intents(f, 1).names, "committed ");
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_intent__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(every_bit_comes_back),
	    T(what_is_not_known_stays_so),
	    T(come_in_order_by_folder_or_all),
	    T(an_attempt_is_noted),
	    T(replaces_those_of_its_file),
	    T(attempts_count_on),
	    T(refuses_folders_that_are_not_there),
	    T(all_can_be_dropped_on_the_way),
	    T(can_be_dropped_by_their_file),
	    T(an_unknown_kind_or_state_is_damage),
	    T(a_commit_is_durable),
	    T(survives_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
