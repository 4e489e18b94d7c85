/* SPDX-License-Identifier: MIT */
/* Whose mailbox database and Maildir root are: recorded where nothing is, held
 * where it is another's, and what an answer releases.
 */
#include "daemon/store/store.h"

#include "tests/daemon/store/bed.h"

#define FOREIGN "01234567-89ab-4cde-8f01-23456789abcd"

static void set_owner(struct bed *b, const char *user, const char *host)
{
	b->account.user = (char *)(uintptr_t)user;
	b->account.host = (char *)(uintptr_t)host;
}

/* The begin of a sync. */
static int claim(struct bed *b, bool dry_run, bool same_ids)
{
	bed_close_store(b);
	if (bed_open_store(b, dry_run) < 0)
		return -1;
	return store_claim(&b->store, same_ids, &b->err);
}

static void sync_as(struct bed *b, const char *user, const char *host)
{
	set_owner(b, user, host);
	bed_must(b, claim(b, false, false));
	int64_t id = bed_make(b, "INBOX");
	if (!bed_has_row(b, id, 1))
		bed_message(b, id, 1, "INBOX/cur/a:2,", "one", 0);
	bed_must(b, store_identify(&b->store, "M1", &b->err));
	bed_close_store(b);
}

static struct sentinel read_root(struct bed *b)
{
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sentinel says;

	assert_true(root >= 0);
	assert_int_equal(sentinel_read(root, &says, &b->err), 0);
	(void)close(root);
	return says;
}

static void write_root(struct bed *b, const char *id, const char *owner)
{
	int root = open(b->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sentinel says = read_root(b);

	if (id)
		(void)snprintf(says.id, sizeof(says.id), "%s", id);
	(void)snprintf(says.owner, sizeof(says.owner), "%s", owner);
	bed_must(b, sentinel_write(root, &says, "work", &b->err));
	(void)close(root);
}

static void assert_owner(struct bed *b, const char *owner)
{
	struct state_account a;

	bed_must(b, state_account_get(b->store.state, &a, &b->err));
	assert_string_equal(a.owner ? a.owner : "none", owner);
	assert_null(a.held);
	state_account_release(&a);
	assert_string_equal(read_root(b).owner, owner);
}

static void approve(struct bed *b)
{
	struct state *s;

	bed_close_store(b);
	bed_must(b, state_open(b->state_dir, "work", STATE_SHARE, &s, &b->err));
	bed_must(b, state_account_approve(s, &b->err));
	state_close(s);
}

/* Held, in a dry run as well; and nothing is touched by that. */
static void expect_held(struct bed *b, const char *whose)
{
	struct sentinel before = read_root(b);

	for (int dry_run = 0; dry_run < 2; dry_run++) {
		assert_int_equal(claim(b, dry_run, false), -1);
		assert_int_equal(b->err.code, ERR_HELD);
		assert_int_equal(b->err.scope, ERR_SCOPE_ACCOUNT);
		assert_non_null(strstr(b->err.text, whose));
		assert_non_null(
		    strstr(b->err.hint, "imapsyncctl approve work"));
		assert_null(strstr(b->err.hint, "restore"));
		struct sentinel after = read_root(b);
		assert_memory_equal(&after, &before, sizeof(after));
	}
}

static int64_t rows(struct bed *b)
{
	return bed_number(b, "SELECT count(*) FROM message");
}

static void test_store_claim__records_what_is_not(void **state)
{
	struct bed *b = *state;

	/* As before there were owners. */
	sync_as(b, NULL, NULL);
	assert_string_equal(read_root(b).owner, "");
	set_owner(b, "Ann", "Imap.Example.Org");
	bed_must(b, claim(b, true, false));
	assert_string_equal(read_root(b).owner, "");
	bed_must(b, claim(b, false, false));
	assert_owner(b, "ann@imap.example.org");
	assert_int_equal(rows(b), 1);
	/* An old version has written the file again. */
	bed_close_store(b);
	write_root(b, NULL, "");
	bed_must(b, claim(b, false, false));
	assert_owner(b, "ann@imap.example.org");
	/* In other letters it is the same. */
	set_owner(b, "ANN", "imap.example.org.");
	bed_must(b, claim(b, false, false));
	assert_int_equal(rows(b), 1);
	/* Where nothing tells, nothing is held. */
	set_owner(b, NULL, NULL);
	bed_must(b, claim(b, false, false));
	assert_int_equal(rows(b), 1);
}

static void test_store_claim__only_who_logged_in(void **state)
{
	struct bed *b = *state;

	set_owner(b, "ann", "wrong");
	bed_must(b, bed_open_store(b, false));
	assert_string_equal(read_root(b).owner, "");
	/* And from whom something came. */
	bed_must(b, store_claim(&b->store, false, &b->err));
	set_owner(b, "ann", "right");
	bed_must(b, claim(b, false, false));
	assert_owner(b, "ann@right");
}

static void test_store_claim__another_name(void **state)
{
	static const struct {
		const char *user, *host;
	} names[] = {{"bob", "h"}, {"ann", "h2"}, {"ann", NULL}};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sync_as(b, "ann", "h");
		set_owner(b, names[i].user, names[i].host);
		expect_held(b, "ann@h");
		/* Set right again: nothing has happened. */
		set_owner(b, "ann", "h");
		bed_must(b, claim(b, false, false));
		assert_owner(b, "ann@h");
		assert_int_equal(rows(b), 1);
	}
}

static void test_store_claim__same_ids(void **state)
{
	struct bed *b = *state;

	sync_as(b, "ann", "h");
	set_owner(b, "ann@example.org", "h2");
	bed_must(b, claim(b, true, true));
	bed_must(b, claim(b, false, true));
	assert_owner(b, "ann@example.org@h2");
	assert_int_equal(rows(b), 1);
	/* They say nothing of another's Maildir. */
	bed_close_store(b);
	write_root(b, FOREIGN, "bob@h");
	assert_int_equal(claim(b, false, true), -1);
	assert_int_equal(b->err.code, ERR_HELD);
}

static void test_store_claim__approved(void **state)
{
	struct bed *b = *state;

	sync_as(b, "ann", "h");
	set_owner(b, "ann", "h2");
	/* Nobody was shown anything yet. */
	approve(b);
	expect_held(b, "ann@h");
	approve(b);
	/* A dry run shows what follows, and uses nothing up. */
	bed_must(b, claim(b, true, false));
	assert_int_equal(rows(b), 0);
	bed_must(b, claim(b, false, false));
	assert_owner(b, "ann@h2");
	assert_int_equal(rows(b), 0);
	/* The file is there, and is nobody's. */
	assert_true(bed_has(b, "INBOX/cur/a:2,"));
	/* It was for once. */
	sync_as(b, "ann", "h2");
	set_owner(b, "ann", "h");
	expect_held(b, "ann@h2");
}

/* What was asked was another question. */
static void test_store_claim__approval_is_for_what_was_shown(void **state)
{
	struct bed *b = *state;

	sync_as(b, "ann", "h");
	set_owner(b, "ann", "h2");
	expect_held(b, "ann@h");
	approve(b);
	set_owner(b, "ann", "h3");
	expect_held(b, "ann@h");
	set_owner(b, "ann", "h2");
	expect_held(b, "ann@h");
	/* Nothing was held in between. */
	approve(b);
	set_owner(b, "ann", "h");
	bed_must(b, claim(b, false, false));
	set_owner(b, "ann", "h2");
	expect_held(b, "ann@h");
}

static void test_store_claim__a_second_account(void **state)
{
	static char second[] = "second", work[] = "work";
	struct bed *b = *state;

	sync_as(b, "ann", "h");
	/* Of the same mailbox: its section was renamed, and back again. */
	b->account.name = second;
	bed_must(b, claim(b, false, false));
	bed_close_store(b);
	sync_as(b, "ann", "h");
	b->account.name = work;
	bed_must(b, claim(b, true, false));
	assert_int_equal(rows(b), 0);
	bed_must(b, claim(b, false, false));
	assert_int_equal(rows(b), 0);
	assert_owner(b, "ann@h");
	bed_close_store(b);
	/* Of another one. */
	remove_tree(b->state_dir);
	set_owner(b, "bob", "h");
	expect_held(b, "ann@h");
	assert_non_null(strstr(b->err.hint, "a maildir of its own"));
	approve(b);
	bed_must(b, claim(b, false, false));
	assert_owner(b, "bob@h");
}

/* A root that is missing is asked about only where it is ours to miss. */
static void test_store_claim__missing_root(void **state)
{
	struct bed *b = *state;

	sync_as(b, "ann", "h");
	remove_tree(b->maildir);
	set_owner(b, "bob", "h");
	assert_int_equal(claim(b, false, false), -1);
	assert_non_null(strstr(b->err.text, "ann@h"));
	approve(b);
	bed_must(b, claim(b, false, false));
	assert_owner(b, "bob@h");
	assert_int_equal(rows(b), 0);
}

static int see_id(void *ctx, const char *wire, const char *id)
{
	assert_string_equal(wire, "INBOX");
	assert_string_equal(id, "M1");
	++*(int *)ctx;
	return 0;
}

static void test_store_claim__lists_ids(void **state)
{
	struct bed *b = *state;
	int n = 0;

	sync_as(b, "ann", "h");
	bed_must(b, bed_open_store(b, false));
	bed_must(b, store_ids(&b->store, see_id, &n, &b->err));
	assert_int_equal(n, 1);
}

/* The root was missing and is there again: what somebody had answered to that
 * is no answer to the next time. */
static void test_store_claim__an_answer_is_for_one_loss(void **state)
{
	static const enum state_answer kinds[] = {STATE_APPROVE, STATE_RESTORE};
	struct bed *b = *state;

	for (size_t i = 0; i < 2; i++) {
		sync_as(b, "ann", "h");
		bed_rename(b, "", "/away");
		assert_int_equal(claim(b, false, false), -1);
		struct state *s;
		bed_must(b, state_open(b->state_dir, "work", STATE_SHARE, &s,
				       &b->err));
		bed_must(b, state_answer_put(s, 0, kinds[i], 1, 9, &b->err));
		state_close(s);
		bed_rename(b, "/away", "");
		bed_must(b, claim(b, false, false));
		bed_close_store(b);
		bed_rename(b, "", "/away");
		assert_int_equal(claim(b, false, false), -1);
		assert_int_equal(b->err.code, ERR_HELD);
		bed_rename(b, "/away", "");
	}
}

/* Cut anywhere: it is held, or ours, and no row is another mailbox's. */
static void test_store_claim__cut(void **state)
{
	static const unsigned calls[] = {FAULT_STEP,   FAULT_WRITE,
					 FAULT_SYNC,   FAULT_RENAME,
					 FAULT_UNLINK, FAULT_OPEN};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		bool hit = true;
		for (long k = 0; hit; k++) {
			bed_close_store(b);
			remove_tree(b->state_dir);
			remove_tree(b->maildir);
			sync_as(b, "ann", "h");
			set_owner(b, "bob", "h");
			expect_held(b, "ann@h");
			approve(b);
			fault_arm(calls[i], k, EIO);
			int r = claim(b, false, false);
			hit = fault_disarm();
			if (r < 0 && claim(b, false, false) < 0) {
				assert_int_equal(b->err.code, ERR_HELD);
				approve(b);
				bed_must(b, claim(b, false, false));
			}
			assert_owner(b, "bob@h");
			assert_int_equal(rows(b), 0);
		}
	}
}

#define claim_test(f) \
	cmocka_unit_test_setup_teardown(f, bed_setup_closed, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    claim_test(test_store_claim__records_what_is_not),
	    claim_test(test_store_claim__only_who_logged_in),
	    claim_test(test_store_claim__another_name),
	    claim_test(test_store_claim__same_ids),
	    claim_test(test_store_claim__approved),
	    claim_test(test_store_claim__approval_is_for_what_was_shown),
	    claim_test(test_store_claim__a_second_account),
	    claim_test(test_store_claim__missing_root),
	    claim_test(test_store_claim__lists_ids),
	    claim_test(test_store_claim__an_answer_is_for_one_loss),
	    claim_test(test_store_claim__cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
