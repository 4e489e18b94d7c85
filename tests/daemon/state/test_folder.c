/* SPDX-License-Identifier: MIT */
/* Rows of folders: their names as bytes, their order, their positions, what
 * goes with them, and that what is not new costs no write. */
#include "tests/daemon/state/fixture.h"

static void test_folder__get_of_an_unknown_name_is_1(void **state)
{
	struct fixture *f = *state;
	struct state_folder folder;

	assert_int_equal(state_folder_get(f->s, "x", &folder, &f->err), 1);
}

static void test_folder__names_are_bytes(void **state)
{
	struct fixture *f = *state;
	/* Some servers send Latin-1 where modified UTF-7 belongs. */
	static const char *const names[] = {
	    "INBOX", "inbox", "Entw&APw-rfe", "\xfcml\xe4ut", "a'b\"c;--", ""};
	size_t n = sizeof(names) / sizeof(names[0]);
	struct state_folder folder;

	for (size_t i = 0; i < n; i++)
		(void)add_folder(f, names[i]);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(
		    state_folder_get(f->s, names[i], &folder, &f->err), 0);
		assert_string_equal(folder.name, names[i]);
		assert_string_equal(folder.path, names[i]);
		assert_int_equal(folder.id, i + 1);
		state_folder_release(&folder);
	}
}

static void test_folder__add_returns_the_row(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;

	must(f, state_folder_add(f->s, "A.B", "A/B", &a, &f->err));
	assert_string_equal(a.name, "A.B");
	assert_string_equal(a.path, "A/B");
	assert_int_equal(a.uidvalidity, 0);
	assert_int_equal(a.uidnext, 0);
	assert_int_equal(a.modseq, 0);
	assert_int_equal(a.messages, 0);
	state_folder_release(&a);
}

static void test_folder__refuses_a_second_of_that_name_or_path(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;

	(void)add_folder(f, "A");
	assert_int_equal(state_folder_add(f->s, "A", "B", &a, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_folder_add(f->s, "B", "A", &a, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "folder.path"));
}

static void test_folder__keeps_a_position_of_any_size(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;
	int64_t id = add_folder(f, "A");

	must(f, state_folder_position(f->s, id, UINT32_MAX, UINT32_MAX,
				      UINT64_MAX, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_true(a.uidvalidity == UINT32_MAX);
	assert_true(a.uidnext == UINT32_MAX);
	assert_true(a.modseq == UINT64_MAX);
	state_folder_release(&a);
}

static void test_folder__keeps_a_horizon(void **state)
{
	struct fixture *f = *state;
	const struct horizon h = {.exists = UINT32_MAX,
				  .limit = 10000,
				  .slid = 1,
				  .max_size = INT64_MAX,
				  .oldest = -5};
	struct state_folder a;
	int64_t id = add_folder(f, "A");

	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_int_equal(a.horizon.exists, -1);
	assert_int_equal(a.epoch, 0);
	state_folder_release(&a);
	must(f, state_folder_set_horizon(f->s, id, &h, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_memory_equal(&a.horizon, &h, sizeof(h));
	state_folder_release(&a);
}

static void test_folder__an_old_position_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;
	char *wal = path_of(f, ".db-wal");
	int64_t id = add_folder(f, "A");

	must(f, state_folder_position(f->s, id, 1, 2, 3, &f->err));
	assert_int_equal(stat(wal, &before), 0);
	must(f, state_folder_position(f->s, id, 1, 2, 3, &f->err));
	assert_int_equal(stat(wal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	must(f, state_folder_position(f->s, id, 1, 2, 4, &f->err));
	assert_int_equal(stat(wal, &after), 0);
	assert_true(after.st_size > before.st_size);
	free(wal);
}

struct visit {
	struct fixture *f;
	char names[100];
	int calls;
	int answer;
};

static int visit(void *ctx, const struct state_folder *folder)
{
	struct visit *v = ctx;
	size_t len = strlen(v->names);
	struct state_folder again;

	(void)snprintf(v->names + len, sizeof(v->names) - len, "%s ",
		       folder->name);
	v->calls++;
	/* A callback may read and write. */
	must(v->f, state_folder_get(v->f->s, folder->name, &again, &v->f->err));
	state_folder_release(&again);
	must(v->f,
	     state_folder_position(v->f->s, folder->id, 1, 1, 1, &v->f->err));
	return v->answer;
}

static void test_folder__all_come_by_name(void **state)
{
	struct fixture *f = *state;
	struct visit v = {.f = f};
	static const char *const names[] = {"b", "INBOX", "a", "Z", "a.b"};

	for (size_t i = 0; i < 5; i++)
		(void)add_folder(f, names[i]);
	assert_int_equal(state_folders(f->s, visit, &v, &f->err), 0);
	assert_string_equal(v.names, "INBOX Z a a.b b ");
}

static void test_folder__a_result_ends_the_walk(void **state)
{
	struct fixture *f = *state;
	struct visit v = {.f = f, .answer = 5};

	(void)add_folder(f, "a");
	(void)add_folder(f, "b");
	assert_int_equal(state_folders(f->s, visit, &v, &f->err), 5);
	assert_int_equal(v.calls, 1);
}

static void test_folder__can_be_renamed(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	struct state_folder a;

	must(f, state_folder_rename(f->s, id, "New", "Path/New", &f->err));
	assert_int_equal(state_folder_get(f->s, "INBOX", &a, &f->err), 1);
	assert_int_equal(state_folder_get(f->s, "New", &a, &f->err), 0);
	assert_int_equal(a.id, id);
	assert_string_equal(a.path, "Path/New");
	assert_int_equal(a.messages, 3);
	state_folder_release(&a);
	/* In nothing but case. */
	must(f, state_folder_rename(f->s, id, "new", "Path/New", &f->err));
	assert_int_equal(state_folder_get(f->s, "New", &a, &f->err), 1);
}

static void test_folder__refuses_a_name_that_is_taken(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A");

	(void)add_folder(f, "B");
	assert_int_equal(state_folder_rename(f->s, a, "B", "C", &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_folder_rename(f->s, a, "C", "B", &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_folder_rename(f->s, 9, "C", "C", &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "has no folder with id 9"));
}

static int64_t count(struct fixture *f, const char *table)
{
	char *sql = xasprintf("SELECT count(*) FROM %s", table);
	int64_t n = -1;

	must(f, db_query_int(f->s, sql, &n, &f->err));
	free(sql);
	return n;
}

/* One of everything that hangs on a folder. */
static void dress(struct fixture *f, int64_t id)
{
	struct keyword_table k = {.n = 0};

	must(f, state_begin(f->s, &f->err));
	add_messages(f, id, 1, 3);
	must(f, state_keywords_add(f->s, id, &k, "x", &f->err));
	must(f, state_aside_put(
		    f->s, id,
		    &(struct state_aside){.side = STATE_THERE, .text = "no"},
		    &f->err));
	must(f, state_answer_put(f->s, id, STATE_APPROVE, 1, 1, &f->err));
	must(f, state_commit(f->s, &f->err));
	state_keywords_release(&k);
}

static void test_folder__drop_takes_all_of_it_and_no_more(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");
	static const struct {
		const char *table;
		int64_t left;
	} want[] = {{"folder", 1}, {"message", 3}, {"keyword", 1},
		    {"answer", 2}, {"removed", 1}, {"aside", 1}};
	struct state_removed r = {.folder = "B", .unique = "u"};
	int64_t id;

	dress(f, a);
	dress(f, b);
	must(f, state_answer_put(f->s, 0, STATE_APPROVE, 1, 1, &f->err));
	must(f, state_removed_add(f->s, &r, &id, &f->err));
	must(f, state_begin(f->s, &f->err));
	/* Counted, but not written yet. */
	add_messages(f, b, 5, 6);
	assert_int_equal(state_folder_drop(f->s, b, &f->err), 0);
	/* What comes next has the old id and nothing else of it. */
	assert_int_equal(add_folder(f, "C"), b);
	must(f, state_commit(f->s, &f->err));
	struct state_folder c;
	assert_int_equal(state_folder_get(f->s, "C", &c, &f->err), 0);
	assert_int_equal(c.messages, 0);
	state_folder_release(&c);
	must(f, state_begin(f->s, &f->err));
	assert_int_equal(state_folder_drop(f->s, b, &f->err), 0);
	assert_int_equal(state_folder_drop(f->s, b, &f->err), 0);
	must(f, state_commit(f->s, &f->err));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if (count(f, want[i].table) != want[i].left)
			fail_msg("%s", want[i].table);
	}
}

static void test_folder__drop_waits_for_intents(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");
	struct state_intent i = {
	    .folder = a, .kind = STATE_INTENT_MOVE, .unique = "u", .source = b};

	dress(f, a);
	dress(f, b);
	int64_t id = promise(f, &i);
	must(f, state_begin(f->s, &f->err));
	assert_int_equal(state_folder_drop(f->s, a, &f->err), 1);
	assert_int_equal(state_folder_drop(f->s, b, &f->err), 1);
	assert_int_equal(count(f, "message"), 6);
	assert_int_equal(count(f, "answer"), 2);
	must(f, state_intent_drop(f->s, id, &f->err));
	assert_int_equal(state_folder_drop(f->s, a, &f->err), 0);
	assert_int_equal(state_folder_drop(f->s, b, &f->err), 0);
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(count(f, "folder"), 0);
	assert_int_equal(count(f, "message"), 0);
}

static void test_folder__a_reset_starts_anew(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");
	struct keyword_table k;
	struct state_folder a;

	dress(f, id);
	must(f, state_folder_position(f->s, id, 7, 4, 99, &f->err));
	must(f, state_begin(f->s, &f->err));
	/* Counted, but not written yet. */
	add_messages(f, id, 5, 6);
	must(f, state_folder_reset(f->s, id, 8, &f->err));
	must(f, state_commit(f->s, &f->err));
	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_int_equal(a.uidvalidity, 8);
	assert_int_equal(a.uidnext, 0);
	assert_int_equal(a.modseq, 0);
	assert_int_equal(a.messages, 0);
	assert_int_equal(a.horizon.exists, -1);
	assert_int_equal(a.epoch, 0);
	state_folder_release(&a);
	assert_int_equal(count(f, "message"), 0);
	assert_int_equal(count(f, "aside"), 0);
	/* Their bits keep their meaning. */
	must(f, state_keywords_load(f->s, id, &k, &f->err));
	assert_int_equal(k.n, 1);
	state_keywords_release(&k);
	must(f, state_begin(f->s, &f->err));
	/* The same UIDs again: they are others' now. */
	add_messages(f, id, 1, 2);
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(count(f, "message"), 2);
	must(f, state_begin(f->s, &f->err));
	must(f, state_folder_reset(f->s, id, 8, &f->err));
	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_int_equal(a.epoch, 1);
	state_folder_release(&a);
	assert_int_equal(state_folder_reset(f->s, 99, 1, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	state_rollback(f->s);
}

static const struct {
	int (*get)(struct state *s, int64_t folder, char **out,
		   struct err *err);
	int (*set)(struct state *s, int64_t folder, const char *text,
		   struct err *err);
} texts[] = {
    {state_folder_mailboxid, state_folder_set_mailboxid},
    {state_folder_hold, state_folder_set_hold},
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static void test_folder__keeps_its_texts(void **state)
{
	struct fixture *f = *state;
	static const char *const values[] = {"F2212ea87-6097", "", NULL,
					     "it's \"x\";--"};
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");
	char *text;

	for (size_t i = 0; i < TEXTS; i++) {
		must(f, texts[i].get(f->s, a, &text, &f->err));
		assert_null(text);
		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
			must(f, texts[i].set(f->s, a, values[k], &f->err));
			must(f, texts[i].get(f->s, a, &text, &f->err));
			if (values[k])
				assert_string_equal(text, values[k]);
			else
				assert_null(text);
			free(text);
		}
		must(f, texts[i].get(f->s, b, &text, &f->err));
		assert_null(text);
		assert_int_equal(texts[i].get(f->s, 99, &text, &f->err), -1);
		assert_int_equal(f->err.code, ERR_INTERNAL);
		assert_null(text);
	}
}

static off_t wal_size(struct fixture *f)
{
	char *wal = path_of(f, ".db-wal");
	struct stat st;

	assert_int_equal(stat(wal, &st), 0);
	free(wal);
	return st.st_size;
}

static void test_folder__an_old_text_writes_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");

	for (size_t i = 0; i < TEXTS; i++) {
		off_t before = wal_size(f);
		must(f, texts[i].set(f->s, id, NULL, &f->err));
		assert_int_equal(wal_size(f), before);
		must(f, texts[i].set(f->s, id, "x", &f->err));
		off_t after = wal_size(f);
		assert_true(after > before);
		must(f, texts[i].set(f->s, id, "x", &f->err));
		assert_int_equal(wal_size(f), after);
	}
}

static struct state_folder get(struct fixture *f, const char *name)
{
	struct state_folder out;

	assert_int_equal(state_folder_get(f->s, name, &out, &f->err), 0);
	/* Numbers only. */
	free(out.name);
	free(out.path);
	return out;
}

static void test_folder__keeps_its_numbers(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");

	(void)add_folder(f, "B");
	must(f, state_folder_set_inode(f->s, id, UINT64_MAX, &f->err));
	must(f, state_folder_set_held(f->s, id, UINT32_MAX, UINT32_MAX - 1,
				      "1:2", &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	struct state_folder a = get(f, "A"), b = get(f, "B");
	assert_true(a.inode == UINT64_MAX);
	assert_true(a.held_here == UINT32_MAX);
	assert_true(a.held_there == UINT32_MAX - 1);
	assert_true(b.inode == 0 && b.held_here == 0 && b.held_there == 0);
	off_t before = wal_size(f);
	must(f, state_folder_set_inode(f->s, id, UINT64_MAX, &f->err));
	must(f, state_folder_set_held(f->s, id, UINT32_MAX, UINT32_MAX - 1,
				      "1:2", &f->err));
	assert_int_equal(wal_size(f), before);
	must(f, state_folder_set_held(f->s, id, UINT32_MAX, 0, "1:3", &f->err));
	assert_true(get(f, "A").held_there == 0);
	must(f, state_folder_set_held(f->s, id, 0, 0, NULL, &f->err));
	assert_true(get(f, "A").held_here == 0);
	assert_true(wal_size(f) > before);
}

static void assert_identity(struct fixture *f, int64_t id, const char *name,
			    const char *mailboxid, uint64_t inode)
{
	char *text;

	must(f, state_folder_mailboxid(f->s, id, &text, &f->err));
	assert_int_equal(!text, !mailboxid);
	if (mailboxid)
		assert_string_equal(text, mailboxid);
	free(text);
	assert_true(get(f, name).inode == inode);
}

static void assert_pairing(struct fixture *f, struct state_pairing want)
{
	struct state_folder a;

	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_int_equal(a.pairing.decided, want.decided);
	assert_int_equal(a.pairing.held, want.held);
	assert_int_equal(a.pairing.approved, want.approved);
	state_folder_release(&a);
}

static void test_folder__keeps_what_became_of_its_first_pairing(void **state)
{
	static const struct state_pairing steps[] = {
	    {.held = 7},
	    {.held = UINT32_MAX, .approved = UINT32_MAX},
	    {.decided = true},
	};
	struct fixture *f = *state;
	int64_t id = add_folder(f, "A");

	assert_pairing(f, (struct state_pairing){0});
	for (size_t i = 0; i < 3; i++) {
		must(f, state_folder_set_pairing(f->s, id, &steps[i], &f->err));
		assert_pairing(f, steps[i]);
	}
	int64_t before = number(f->s, "SELECT total_changes()");
	must(f, state_folder_set_pairing(f->s, id, &steps[2], &f->err));
	assert_int_equal(number(f->s, "SELECT total_changes()"), before);
	/* Under another UIDVALIDITY it is another one. */
	begin(f);
	must(f, state_folder_reset(f->s, id, 9, &f->err));
	commit(f);
	assert_pairing(f, (struct state_pairing){0});
}

static void test_folder__disowns_all_others(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");

	must(f, state_folder_set_mailboxid(f->s, a, "M1", &f->err));
	must(f, state_folder_set_inode(f->s, a, UINT64_MAX, &f->err));
	must(f, state_folders_disown(f->s, b, NULL, 0, &f->err));
	must(f, state_folders_disown(f->s, b, "M2", 7, &f->err));
	must(f, state_folders_disown(f->s, a, "M1", UINT64_MAX, &f->err));
	assert_identity(f, a, "A", "M1", UINT64_MAX);
	must(f, state_folders_disown(f->s, b, NULL, UINT64_MAX, &f->err));
	assert_identity(f, a, "A", "M1", 0);
	must(f, state_folder_set_inode(f->s, a, 8, &f->err));
	must(f, state_folders_disown(f->s, b, "M1", 0, &f->err));
	assert_identity(f, a, "A", NULL, 8);
}

static void assert_hold(struct fixture *f, int64_t id, const char *want)
{
	char *text;

	must(f, state_folder_hold(f->s, id, &text, &f->err));
	if (want)
		assert_string_equal(text, want);
	else
		assert_null(text);
	free(text);
}

static void test_folder__all_that_were_synced_can_be_held(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B"),
		new = add_folder(f, "new");

	must(f, state_folder_position(f->s, a, 1, 2, 3, &f->err));
	must(f, state_folder_position(f->s, b, UINT32_MAX, 0, 0, &f->err));
	must(f, state_folder_set_hold(f->s, a, "of its own", &f->err));
	must(f, state_folders_set_hold(f->s, "old backup", &f->err));
	assert_hold(f, a, "old backup");
	assert_hold(f, b, "old backup");
	assert_hold(f, new, NULL);
	off_t before = wal_size(f);
	must(f, state_folders_set_hold(f->s, "old backup", &f->err));
	assert_int_equal(wal_size(f), before);
	must(f, state_begin(f->s, &f->err));
	must(f, state_folders_set_hold(f->s, NULL, &f->err));
	assert_hold(f, b, NULL);
	state_rollback(f->s);
	assert_hold(f, b, "old backup");
}

static void test_folder__counts_the_intents_that_end_in_it(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "A"), b = add_folder(f, "B");
	struct state_intent upload = {
	    .folder = a, .kind = STATE_INTENT_UPLOAD, .unique = "u", .key = 1};
	struct state_intent move = {.folder = a,
				    .kind = STATE_INTENT_MOVE,
				    .unique = "v",
				    .key = 2,
				    .source = b};

	assert_int_equal(get(f, "A").intents, 0);
	(void)promise(f, &upload);
	int64_t id = promise(f, &move);
	assert_int_equal(get(f, "A").intents, 2);
	assert_int_equal(get(f, "B").intents, 0);
	must(f, state_intent_drop(f->s, id, &f->err));
	assert_int_equal(get(f, "A").intents, 1);
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_folder__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(get_of_an_unknown_name_is_1),
	    T(names_are_bytes),
	    T(add_returns_the_row),
	    T(refuses_a_second_of_that_name_or_path),
	    T(keeps_a_position_of_any_size),
	    T(an_old_position_writes_nothing),
	    T(keeps_a_horizon),
	    T(all_come_by_name),
	    T(a_result_ends_the_walk),
	    T(can_be_renamed),
	    T(refuses_a_name_that_is_taken),
	    T(drop_takes_all_of_it_and_no_more),
	    T(drop_waits_for_intents),
	    T(a_reset_starts_anew),
	    T(keeps_its_texts),
	    T(an_old_text_writes_nothing),
	    T(keeps_its_numbers),
	    T(keeps_what_became_of_its_first_pairing),
	    T(disowns_all_others),
	    T(all_that_were_synced_can_be_held),
	    T(counts_the_intents_that_end_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
