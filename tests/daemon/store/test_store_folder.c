/* SPDX-License-Identifier: MIT */
/* Opening a folder: what the loop is told of rows, files, promises, refusals
 * and the guard, and what is written on the way.
 */
#include "daemon/store/store.h"

#include "daemon/base/clock.h"
#include "tests/daemon/store/bed.h"

static void put_position(struct bed *b)
{
	struct position at = {
	    .uidvalidity = BED_UIDVALIDITY, .uidnext = 9, .modseq = 77};
	struct horizon h = {.exists = 5, .max_size = 6, .oldest = 7};

	bed_must(b, store_position(&b->store, &at, &h, &b->err));
}

static int64_t inbox;

static int setup(void **state)
{
	(void)bed_setup(state);
	inbox = bed_make(*state, "INBOX");
	return 0;
}

static int try_open(struct bed *b, const struct store_name *n,
		    const struct scan_stamp *same, struct store_view *v)
{
	return store_folder_open(&b->store, n, same, v, &b->err);
}

static const struct local_row *local_of(const struct store_view *v,
					const char *unique)
{
	const struct local_row *l = local_view_find(&v->local, bed_key(unique));

	assert_non_null(l);
	return l;
}

static void test_store_folder__view(void **state)
{
	struct bed *b = *state;

	store_keyword_add(&b->store, "$label");
	bed_message(b, inbox, 1, "INBOX/cur/a:2,Sa", "one",
		    FLAG_SEEN | KEYWORD_BIT(0));
	bed_message(b, inbox, 2, "INBOX/cur/b:2,", "two", 0);
	bed_put(b, "INBOX/new/stranger", "three");
	put_position(b);
	struct store_view v = bed_open(b, "INBOX");
	assert_true(v.on_disk);
	assert_false(v.as_in_base);
	assert_string_equal(v.row.name, "INBOX");
	assert_string_equal(v.row.path, "INBOX");
	assert_int_equal(v.row.uidvalidity, BED_UIDVALIDITY);
	assert_int_equal(v.row.uidnext, 9);
	assert_int_equal(v.row.modseq, 77);
	assert_int_equal(v.base.n, 2);
	assert_int_equal(v.local.n, 3);
	assert_true(local_of(&v, "a")->flags == (FLAG_SEEN | KEYWORD_BIT(0)));
	assert_true(local_of(&v, "a")->print == v.base.row[0].print);
	assert_true(local_of(&v, "stranger")->in_new);
	assert_int_equal(v.table.n, 1);
	assert_string_equal(v.table.name[0], "$label");
	assert_true(v.here_mask == (FLAG_SYSTEM | KEYWORD_BIT(0)));
	assert_false(v.dying_here || v.dying_there || v.hold || v.restore);
	assert_false(v.approve);
	assert_int_equal(v.nintents, 0);
	store_view_release(&v);
	assert_null(v.row.name);
}

static void test_store_folder__dying(void **state)
{
	static const struct {
		enum fate fate;
		bool here, there;
	} cases[] = {{FATE_DYING_HERE, true, false},
		     {FATE_DYING_THERE, false, true},
		     {FATE_REPLACED, false, false},
		     {FATE_LEFT_HERE, false, false},
		     {FATE_DELETED_THERE, false, false}};
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_fate(b, inbox, 1, cases[i].fate);
		struct store_view v = bed_open(b, "INBOX");
		assert_int_equal(v.dying_here, cases[i].here);
		assert_int_equal(v.dying_there, cases[i].there);
		store_view_release(&v);
	}
}

static void test_store_folder__promises(void **state)
{
	struct bed *b = *state;
	struct state_intent i = {.folder = inbox,
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "a",
				 .key = 4711,
				 .have_digest = true,
				 .digest = {1, 2, 3},
				 .uidvalidity = 7,
				 .uidnext = 50};
	int64_t first = bed_promise(b, &i);

	i.key++;
	i.have_digest = false;
	int64_t second = bed_promise(b, &i);
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.nintents, 2);
	assert_int_equal(v.intent[0].id, first);
	assert_true(v.intent[0].key == 4711);
	assert_true(v.intent[0].have_digest);
	assert_int_equal(v.intent[0].digest[2], 3);
	assert_false(v.intent[1].have_digest);
	assert_int_equal(v.intent[1].what.uidvalidity, 7);
	assert_int_equal(v.intent[1].what.uidnext, 50);
	store_view_release(&v);
	/* What the look found out. */
	struct store_verdict verdict[] = {{.intent = first, .drop = true},
					  {.intent = second, .attempts = 2}};
	bed_must(b, store_verdicts(&b->store, verdict, 2, &b->err));
	v = bed_open(b, "INBOX");
	assert_int_equal(v.nintents, 1);
	assert_int_equal(v.intent[0].what.attempts, 2);
	store_view_release(&v);
	/* All or none of it. */
	verdict[0] = (struct store_verdict){.intent = second, .drop = true};
	verdict[1] = (struct store_verdict){.intent = 99, .attempts = 1};
	assert_int_equal(store_verdicts(&b->store, verdict, 2, &b->err), -1);
	v = bed_open(b, "INBOX");
	assert_int_equal(v.nintents, 1);
	store_view_release(&v);
}

static void refuse(struct bed *b, enum state_side side, uint64_t id,
		   int64_t retry)
{
	struct state_aside a = {
	    .side = side, .id = id, .text = "no", .retry = retry};

	bed_must(b, state_aside_put(b->store.state, inbox, &a, &b->err));
}

static int64_t asides(struct bed *b)
{
	return bed_number(b, "SELECT count(*) FROM aside");
}

static void test_store_folder__refused(void **state)
{
	struct bed *b = *state;
	int64_t now = clock_wall();

	bed_put(b, "INBOX/new/fresh", "one");
	bed_put(b, "INBOX/new/again", "two");
	bed_put(b, "INBOX/new/later", "three");
	refuse(b, STATE_THERE, bed_key("again"), now - 1);
	refuse(b, STATE_THERE, bed_key("later"), now + 3600);
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(local_of(&v, "fresh")->wait, WAIT_NOT);
	assert_int_equal(local_of(&v, "again")->wait, WAIT_NOT);
	assert_int_equal(local_of(&v, "later")->wait, WAIT_REFUSED);
	assert_int_equal(v.nrefusals, 1);
	assert_string_equal(v.refusal[0].text, "no");
	store_view_release(&v);
	assert_int_equal(asides(b), 2);
}

/* What was corrected is another message. */
static void test_store_folder__refused_and_corrected(void **state)
{
	struct bed *b = *state;
	struct state_aside a = {.side = STATE_THERE,
				.id = bed_key("bad"),
				.text = "no",
				.retry = clock_wall() + 3600};

	bed_put(b, "INBOX/new/bad", "one");
	bed_age(b, "INBOX/new/bad", 1000000000);
	struct store_view v = bed_open(b, "INBOX");
	a.print = local_of(&v, "bad")->print;
	store_view_release(&v);
	bed_must(b, state_aside_put(b->store.state, inbox, &a, &b->err));
	bed_rename(b, "INBOX/new/bad", "INBOX/cur/bad:2,S");
	v = bed_open(b, "INBOX");
	assert_int_equal(local_of(&v, "bad")->wait, WAIT_REFUSED);
	store_view_release(&v);
	bed_put(b, "INBOX/cur/bad:2,S", "other");
	bed_age(b, "INBOX/cur/bad:2,S", 1000000001);
	v = bed_open(b, "INBOX");
	assert_int_equal(local_of(&v, "bad")->wait, WAIT_NOT);
	assert_int_equal(v.nrefusals, 0);
	store_view_release(&v);
}

/* Messages that the server did not send: those that came are forgotten. */
static void test_store_folder__withheld(void **state)
{
	struct bed *b = *state;
	int64_t now = clock_wall();

	bed_message(b, inbox, 7, "INBOX/cur/here:2,", "one", 0);
	refuse(b, STATE_HERE, 7, now + 3600);
	refuse(b, STATE_HERE, 8, now - 1);
	refuse(b, STATE_HERE, 9, now + 3600);
	refuse(b, STATE_HERE, UINT64_C(1) << 40, now);
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.naside, 2);
	assert_int_equal(v.aside[0].uid, 8);
	assert_true(v.aside[0].due);
	assert_int_equal(v.aside[1].uid, 9);
	assert_false(v.aside[1].due);
	store_view_release(&v);
	assert_int_equal(asides(b), 2);
	const uint32_t gone[] = {8, 9};
	bed_must(b, store_asides_drop(&b->store, gone, 2, &b->err));
	assert_int_equal(asides(b), 0);
	/* Not again in the same sync, but in the next. */
	b->store.sync = 5;
	bed_must(b, store_refused(&b->store, 8, "no", 0, &b->err));
	v = bed_open(b, "INBOX");
	assert_int_equal(v.naside, 1);
	assert_false(v.aside[0].due);
	assert_true(v.aside[0].fresh);
	store_view_release(&v);
	b->store.sync = 6;
	v = bed_open(b, "INBOX");
	assert_true(v.aside[0].due);
	assert_false(v.aside[0].fresh);
	store_view_release(&v);
}

/* Refusals of files that are gone: dropped in one transaction, and not by a dry
 * run. */
static void test_store_folder__refused_and_gone(void **state)
{
	struct bed *b = *state;
	struct store_name n = bed_name("INBOX");
	struct store_view v;

	for (uint64_t i = 0; i < 20; i++)
		refuse(b, STATE_THERE, i + 1, 0);
	refuse(b, STATE_HERE, 1, 0);
	bed_reopen(b, true);
	v = bed_open(b, "INBOX");
	store_view_release(&v);
	assert_int_equal(asides(b), 1);
	bed_reopen(b, false);
	assert_int_equal(asides(b), 21);
	fault_arm(FAULT_STEP, 1, ENOSPC);
	fault.name = "DELETE FROM aside";
	assert_int_equal(try_open(b, &n, NULL, &v), -1);
	assert_true(fault_disarm());
	assert_int_equal(asides(b), 21);
	fault_arm(FAULT_STEP, 1, ENOSPC);
	fault.name = "BEGIN";
	bed_must(b, try_open(b, &n, NULL, &v));
	assert_false(fault_disarm());
	store_view_release(&v);
	assert_int_equal(asides(b), 1);
}

static void test_store_folder__guard(void **state)
{
	struct bed *b = *state;
	struct state *s = b->store.state;

	bed_must(b, state_folder_set_hold(s, inbox, "old copy", &b->err));
	bed_must(b, state_answer_put(s, inbox, STATE_APPROVE, 1, 30, &b->err));
	struct store_view v = bed_open(b, "INBOX");
	assert_true(v.hold);
	assert_true(v.approve);
	assert_false(v.restore);
	store_view_release(&v);
	bed_must(b, state_answer_put(s, inbox, STATE_RESTORE, 1, 30, &b->err));
	v = bed_open(b, "INBOX");
	assert_true(v.restore);
	store_view_release(&v);
	/* Others' answers are others'. */
	(void)bed_make(b, "Other");
	v = bed_open(b, "Other");
	assert_false(v.hold || v.restore);
	assert_false(v.approve);
	store_view_release(&v);
}

static int hold(struct bed *b, size_t n, const uint32_t *uid)
{
	struct store_held h = {.here = n, .there = 0, .uid = uid, .n = n};

	return store_held(&b->store, &h, &b->err);
}

static int hold_none(struct bed *b)
{
	return hold(b, 0, NULL);
}

static void answer(struct bed *b)
{
	struct state *s = b->store.state;

	bed_must(b, state_answer_put(s, inbox, STATE_APPROVE, 1, 30, &b->err));
	bed_must(b, state_answer_put(s, inbox, STATE_RESTORE, 1, 30, &b->err));
}

/* They stay while the same is held; then they are used up, in one. */
static void test_store_folder__answers_are_used_up(void **state)
{
	struct bed *b = *state;
	static const uint32_t held[] = {3, 4, 7}, more[] = {3, 4, 7, 9};

	bed_must(b, state_folder_set_hold(b->store.state, inbox, "old copy",
					  &b->err));
	bed_must(b, hold(b, 3, held));
	answer(b);
	bed_must(b, hold(b, 3, held));
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.row.held_here, 3);
	assert_true(v.hold && v.restore && v.approve);
	store_view_release(&v);
	/* Something else is held now, and nobody was asked about it. */
	bed_must(b, hold(b, 4, more));
	v = bed_open(b, "INBOX");
	assert_true(v.hold && !v.restore && !v.approve);
	store_view_release(&v);
	answer(b);
	bed_all_or_nothing(b, hold_none);
	v = bed_open(b, "INBOX");
	assert_int_equal(v.row.held_here + v.row.held_there, 0);
	assert_false(v.hold || v.restore || v.approve);
	store_view_release(&v);
}

/* An answer is about what was held when it was given. */
static void test_store_folder__what_an_answer_is_about(void **state)
{
	struct bed *b = *state;
	struct state *s = b->store.state;
	uint32_t held[3000];
	size_t n = 0;

	bed_must(b, state_begin(s, &b->err));
	for (uint32_t uid = 1; uid < 6000; uid++) {
		struct state_message m = {
		    .uid = uid, .unique = "u", .key = uid};
		bed_must(b, state_message_add(s, inbox, &m, &b->err));
		if (uid % 2 == 0)
			held[n++] = uid;
	}
	bed_must(b, state_commit(s, &b->err));
	bed_must(b, hold(b, n, held));
	bed_must(b, state_answer_put(s, inbox, STATE_RESTORE, 1, 0, &b->err));
	struct store_view v = bed_open(b, "INBOX");
	assert_int_equal(v.base.n, 5999);
	for (size_t i = 0; i < v.base.n; i++)
		assert_int_equal(v.base.row[i].shown,
				 v.base.row[i].uid % 2 == 0);
	store_view_release(&v);
	/* What somebody else wrote covers nothing. */
	bed_must(b, state_folder_set_held(s, inbox, 1, 0, "1:x", &b->err));
	v = bed_open(b, "INBOX");
	for (size_t i = 0; i < v.base.n; i++)
		assert_false(v.base.row[i].shown);
	store_view_release(&v);
}

/* A folder that bears the same times is not read again: unless those are too
 * young to tell. */
static void test_store_folder__as_in_base(void **state)
{
	struct bed *b = *state;
	struct store_name n = bed_name("INBOX");
	struct store_view v;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	bed_age(b, "INBOX/cur", 1000000);
	bed_age(b, "INBOX/new", 1000000);
	v = bed_open(b, "INBOX");
	struct scan_stamp stamp = v.stamp;
	store_view_release(&v);
	bed_must(b, try_open(b, &n, &stamp, &v));
	assert_true(v.as_in_base);
	assert_int_equal(v.local.n, 0);
	assert_int_equal(v.base.n, 1);
	store_view_release(&v);
	bed_put(b, "INBOX/new/b", "two");
	bed_must(b, try_open(b, &n, &stamp, &v));
	assert_false(v.as_in_base);
	assert_int_equal(v.local.n, 2);
	stamp = v.stamp;
	store_view_release(&v);
	bed_must(b, try_open(b, &n, &stamp, &v));
	assert_false(v.as_in_base);
	store_view_release(&v);
}

static void test_store_folder__without_directory(void **state)
{
	struct bed *b = *state;
	struct store_name n = bed_name("Fresh/Sub");
	struct store_view v;

	assert_int_equal(try_open(b, &n, NULL, &v), 1);
	assert_false(b->store.open);
	assert_false(bed_has(b, "Fresh"));
	/* It is to go there too: only its rows are left. */
	n.doomed = true;
	bed_must(b, try_open(b, &n, NULL, &v));
	assert_false(v.on_disk);
	assert_int_equal(v.row.uidvalidity, 0);
	assert_string_equal(v.row.path, "Fresh/Sub");
	store_view_release(&v);
}

static void test_store_folder__dry_run_makes_nothing(void **state)
{
	struct bed *b = *state;

	bed_put(b, "INBOX/tmp/imapsyncd.left", "half");
	bed_put(b, "INBOX/dovecot-keywords", "0 unknown\n");
	bed_reopen(b, true);
	struct store_view v = bed_open(b, "Fresh");
	assert_false(v.on_disk);
	store_view_release(&v);
	assert_false(bed_has(b, "Fresh"));
	v = bed_open(b, "INBOX");
	store_view_release(&v);
	assert_true(bed_has(b, "INBOX/tmp/imapsyncd.left"));
	bed_reopen(b, false);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM folder"), 1);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM keyword"), 0);
}

static void test_store_folder__name_that_is_no_path(void **state)
{
	struct bed *b = *state;
	char name[300];
	struct state_folder row;

	memset(name, 'x', sizeof(name));
	name[299] = '\0';
	struct store_name n = bed_name(name);
	assert_int_equal(store_row(&b->store, &n, &row, &b->err), -1);
	assert_int_equal(b->err.code, ERR_HELD);
	assert_int_equal(b->err.scope, ERR_SCOPE_FOLDER);
}

/* A04. */
static void test_store_folder__links_are_not_followed(void **state)
{
	struct bed *b = *state;
	struct store_name n = bed_name("Link");
	struct store_view v;

	char *link = bed_path(b, "Link");
	assert_int_equal(symlink("INBOX", link), 0);
	assert_int_equal(try_open(b, &n, NULL, &v), -1);
	assert_int_equal(b->err.scope, ERR_SCOPE_FOLDER);
	assert_false(b->store.open);
	assert_int_equal(unlink(link), 0);
	free(link);
	v = bed_open(b, "Link");
	store_view_release(&v);
	bed_rename(b, "Link/cur", "Link/elsewhere");
	link = bed_path(b, "Link/cur");
	assert_int_equal(symlink("elsewhere", link), 0);
	assert_int_equal(try_open(b, &n, NULL, &v), -1);
	free(link);
}

static int reset(struct bed *b)
{
	return store_reset(&b->store, 8, &b->err);
}

static void test_store_folder__rebuilt_there(void **state)
{
	struct bed *b = *state;

	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	put_position(b);
	struct store_view v = bed_open(b, "INBOX");
	store_view_release(&v);
	bed_must(b, store_touch(&b->store, &b->err));
	bed_all_or_nothing(b, reset);
	v = bed_open(b, "INBOX");
	assert_int_equal(v.row.uidvalidity, 8);
	assert_int_equal(v.row.uidnext, 0);
	assert_int_equal(v.row.modseq, 0);
	assert_int_equal(v.base.n, 0);
	assert_int_equal(v.local.n, 1);
	store_view_release(&v);
}

/* Whatever fails, the view holds nothing and no descriptor stays open. */
static void test_store_folder__failures(void **state)
{
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR, FAULT_STEP};
	struct bed *b = *state;
	struct store_name n = bed_name("INBOX");
	struct store_view v;

	bed_put(b, "INBOX/dovecot-keywords", "0 a\n");
	bed_message(b, inbox, 1, "INBOX/cur/a:2,", "one", 0);
	refuse(b, STATE_THERE, 1, 0);
	store_folder_close(&b->store);
	int before = bed_descriptors();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (long k = 0;; k++) {
			fault_arm(calls[i], k, EIO);
			int r = try_open(b, &n, NULL, &v);
			bool hit = fault_disarm();
			if (r < 0) {
				assert_null(v.base.row);
				assert_false(b->store.open);
			} else {
				assert_int_equal(v.base.n, 1);
				assert_int_equal(v.local.n, 1);
				store_view_release(&v);
				store_folder_close(&b->store);
			}
			assert_int_equal(bed_descriptors(), before);
			if (!hit)
				break;
		}
	}
}

#define folder_test(f) cmocka_unit_test_setup_teardown(f, setup, bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    folder_test(test_store_folder__view),
	    folder_test(test_store_folder__dying),
	    folder_test(test_store_folder__promises),
	    folder_test(test_store_folder__refused),
	    folder_test(test_store_folder__refused_and_corrected),
	    folder_test(test_store_folder__withheld),
	    folder_test(test_store_folder__refused_and_gone),
	    folder_test(test_store_folder__guard),
	    folder_test(test_store_folder__answers_are_used_up),
	    folder_test(test_store_folder__what_an_answer_is_about),
	    folder_test(test_store_folder__as_in_base),
	    folder_test(test_store_folder__without_directory),
	    folder_test(test_store_folder__dry_run_makes_nothing),
	    folder_test(test_store_folder__name_that_is_no_path),
	    folder_test(test_store_folder__links_are_not_followed),
	    folder_test(test_store_folder__rebuilt_there),
	    folder_test(test_store_folder__failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
