/* SPDX-License-Identifier: MIT */
/* A batch of files on its way out: what is sent of it and in which form, what
 * is promised before, and what is on record after each end.
 */
#include "daemon/store/batch/upload.h"

#include "daemon/base/clock.h"
#include "tests/daemon/store/batch/upload_bed.h"

/* What is sent, and what is not. */

static void test_upload__verdicts(void **state)
{
	static const struct {
		const char *file, *text;
		enum upload_state want;
		const char *why;
	} cases[] = {
	    {"ready:2,S", "A: b\n\n", UPLOAD_READY, ""},
	    {"full:2,", "A: b\n\n12", UPLOAD_READY, ""},
	    {"large:2,", "A: b\n\n123", UPLOAD_UNFIT, "at most 10"},
	    {"empty:2,", "", UPLOAD_UNFIT, "empty"},
	    {"bad:2,", "A: b\n\n", UPLOAD_UNFIT, "Permission denied"},
	    {"gone:2,", NULL, UPLOAD_GONE, ""},
	    {"nul:2,", "A: b\n\n?", UPLOAD_UNFIT, "NUL"},
	    {"busy:2,", "A: b\n\n", UPLOAD_BUSY, ""},
	};
	struct bed *b = *state;
	size_t n = sizeof(cases) / sizeof(cases[0]);
	struct action a[sizeof(cases) / sizeof(cases[0])];
	char path[64];

	for (size_t i = 0; i < n; i++) {
		char *unique =
		    xstrndup(cases[i].file, strcspn(cases[i].file, ":"));
		a[i] = upload_of(unique);
		(void)snprintf(path, sizeof(path), "INBOX/cur/%s",
			       cases[i].file);
		if (cases[i].text)
			put_old(b, path, cases[i].text);
		free(unique);
	}
	char *nul = bed_path(b, "INBOX/cur/nul:2,");
	char *busy = bed_path(b, "INBOX/cur/busy:2,");
	int fd = open(nul, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "", 1, 6), 1);
	(void)close(fd);
	bed_age(b, "INBOX/cur/nul:2,", 1000000000);
	fd = open(busy, O_WRONLY | O_CLOEXEC);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,";
	bed_must(b, upload_begin(&u, &b->store, a, n,
				 &(struct upload_target){.uidnext = UIDNEXT,
							 .limit = 10},
				 &b->err));
	assert_true(fault_disarm());
	(void)close(fd);
	free(nul);
	free(busy);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(u.item[i].state, cases[i].want);
		assert_non_null(strstr(u.item[i].why, cases[i].why));
		assert_int_equal(u.item[i].intent != 0,
				 cases[i].want == UPLOAD_READY);
	}
	assert_int_equal(intents(b), 2);
}

/* RFC 3516. */
static void test_upload__nuls_where_the_server_takes_them(void **state)
{
	const struct upload_target to = {.uidnext = UIDNEXT, .binary = true};
	struct bed *b = *state;
	struct action a = upload_of("nul");

	put_old(b, "INBOX/cur/nul:2,", "A: b\n\n?");
	char *path = bed_path(b, "INBOX/cur/nul:2,");
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "", 1, 6), 1);
	(void)close(fd);
	free(path);
	bed_age(b, "INBOX/cur/nul:2,", 1000000000);
	bed_must(b, upload_begin(&u, &b->store, &a, 1, &to, &b->err));
	assert_int_equal(u.item[0].state, UPLOAD_READY);
	assert_true(u.item[0].binary);
	struct buf got = take_all();
	assert_int_equal(got.len, u.item[0].wire_size);
	assert_int_equal(got.data[got.len - 1], '\0');
	buf_release(&got);
}

/* W2: all that may have to be found again is on record before a byte is at
 * hand. */
static int expect_promise(void *ctx, const struct state_intent *i)
{
	struct bed *b = ctx;
	unsigned char digest[STATE_DIGEST];

	bed_digest(SENT, digest);
	assert_int_equal(i->id, u.item[0].intent);
	assert_int_equal(i->kind, STATE_INTENT_UPLOAD);
	assert_int_equal(i->state, STATE_INTENT_PLANNED);
	assert_int_equal(i->attempts, 0);
	assert_string_equal(i->unique, "a");
	assert_true(i->key == bed_key("a"));
	assert_int_equal(i->size, strlen(SENT));
	assert_true(i->have_digest);
	assert_memory_equal(i->digest, digest, sizeof(digest));
	assert_true(i->flags == FLAG_SEEN);
	assert_int_equal(i->internaldate, 1000000000);
	assert_int_equal(i->uidvalidity, BED_UIDVALIDITY);
	assert_int_equal(i->uidnext, UIDNEXT);
	return b ? 1 : 0;
}

static void test_upload__promises_first(void **state)
{
	struct bed *b = *state;
	struct action a = upload_of("a");

	a.flags = FLAG_SEEN;
	put_old(b, "INBOX/cur/a:2,S", SENT);
	begin(b, &a, 1);
	assert_int_equal(state_intent_each(b->store.state, folder,
					   expect_promise, b, &b->err),
			 1);
	/* Another session, after a cut: one promise, and how often it was made
	 * counts on. */
	bed_must(b, state_intent_attempt(b->store.state, u.item[0].intent,
					 STATE_INTENT_STORED, 1, &b->err));
	upload_release(&u);
	begin(b, &a, 1);
	assert_int_equal(intents(b), 1);
	assert_int_equal(bed_number(b, "SELECT attempts FROM intent"), 2);
}

static int begin_a(struct bed *b)
{
	struct action a[] = {upload_of("a"), upload_of("b")};
	int r = upload_begin(
	    &u, &b->store, a, 2,
	    &(struct upload_target){.uidnext = UIDNEXT, .limit = 0}, &b->err);

	if (r < 0)
		assert_null(u.item);
	return r;
}

static void test_upload__promises_all_or_nothing(void **state)
{
	struct bed *b = *state;

	bed_must(b, store_touch(&b->store, &b->err));
	put_old(b, "INBOX/cur/a:2,S", SENT);
	put_old(b, "INBOX/cur/b:2,S", SENT);
	bed_all_or_nothing(b, begin_a);
	assert_int_equal(intents(b), 2);
}

/* I6: what is looked at in every sync and never sent is no change. */
static void test_upload__without_promise_nothing_is_written(void **state)
{
	struct bed *b = *state;
	struct action a = upload_of("none");
	int64_t generation = bed_number(b, "SELECT generation FROM account");

	begin(b, &a, 1);
	record(b);
	assert_int_equal(bed_number(b, "SELECT generation FROM account"),
			 generation);
	assert_int_equal(take_all().len, 0);
}

/* What is recorded. */

static void test_upload__sent(void **state)
{
	struct bed *b = *state;
	struct action a = upload_of("a");

	a.flags = FLAG_SEEN | KEYWORD_BIT(3);
	put_old(b, "INBOX/cur/a:2,S", SENT);
	begin(b, &a, 1);
	struct state_aside refused = {
	    .side = STATE_THERE, .id = a.key, .text = "no"};
	bed_must(b, state_aside_put(b->store.state, folder, &refused, &b->err));
	u.item[0].state = UPLOAD_SENT;
	u.item[0].uid = 104;
	bed_must(b, upload_record(&u, &b->store, FLAG_SYSTEM, &b->err));
	assert_int_equal(intents(b), 1);
	assert_int_equal(bed_number(b, "SELECT state FROM intent"),
			 STATE_INTENT_STORED);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM aside"), 0);
	assert_int_equal(bed_fate_of(b, folder, 104), FATE_CLAIMED);
	bed_expect_file(b, folder, 104, "INBOX/cur/a:2,S");
	struct state_record r = bed_row(b, folder, 104);
	assert_true(r.flags == FLAG_SEEN);
	assert_int_equal(r.internaldate, 1000000000);
	assert_true(r.have_digest);
	assert_memory_equal(r.digest, u.item[0].digest, STATE_DIGEST);
	state_record_release(&r);
}

/* Which message it is was not said, or cannot be true (S22): it has no row, and
 * the others are none the worse for it. */
static void test_upload__sent_with_no_uid_of_its_own(void **state)
{
	struct bed *b = *state;
	struct action a[] = {upload_of("a"), upload_of("b"), upload_of("c"),
			     upload_of("d")};
	static const uint32_t uid[] = {50, 0, 104, 104};

	bed_message(b, folder, 50, "INBOX/cur/old:2,", "old", 0);
	put_old(b, "INBOX/cur/a:2,", SENT);
	put_old(b, "INBOX/cur/b:2,", SENT);
	put_old(b, "INBOX/cur/c:2,", SENT);
	put_old(b, "INBOX/cur/d:2,", SENT);
	begin(b, a, 4);
	for (size_t i = 0; i < 4; i++) {
		u.item[i].state = UPLOAD_SENT;
		u.item[i].uid = uid[i];
	}
	record(b);
	assert_int_equal(intents(b), 4);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM message"), 2);
	bed_expect_file(b, folder, 50, "INBOX/cur/old:2,");
	bed_expect_file(b, folder, 104, "INBOX/cur/c:2,");
}

static void test_upload__promise_stays_where_the_end_is_unknown(void **state)
{
	static const enum upload_state unknown[] = {UPLOAD_UNKNOWN,
						    UPLOAD_READY};
	struct bed *b = *state;

	for (size_t i = 0; i < 2; i++) {
		begin_one(b, SENT);
		u.item[0].state = unknown[i];
		record(b);
		assert_int_equal(intents(b), 1);
		upload_release(&u);
	}
	begin_one(b, SENT);
	u.item[0].state = UPLOAD_UNSENT;
	record(b);
	assert_int_equal(intents(b), 0);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM aside"), 0);
}

static int64_t retry_in(struct bed *b)
{
	return bed_number(b, "SELECT max(retry) FROM aside") - clock_wall();
}

/* It is tried again ever more rarely. */
static void test_upload__refused_is_set_aside(void **state)
{
	static const int64_t minutes[] = {0,   15,  30,  60,   120,
					  240, 480, 960, 1440, 1440};
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		begin_one(b, SENT);
		u.item[0].state = UPLOAD_REFUSED;
		(void)snprintf(u.item[0].why, sizeof(u.item[0].why),
			       "too ugly");
		record(b);
		assert_int_equal(intents(b), 0);
		assert_in_range(retry_in(b) + 5, minutes[i] * 60,
				minutes[i] * 60 + 5);
		upload_release(&u);
	}
	struct state_aside a;
	assert_int_equal(state_aside_get(b->store.state, folder, STATE_THERE,
					 bed_key("a"), &a, &b->err),
			 0);
	assert_string_equal(a.text, "'a' cannot be sent: too ugly");
	assert_true(a.print != 0);
	assert_int_equal(a.attempts, 10);
	state_aside_release(&a);
}

/* A03: what is wrong with a file here may be put right at any time. */
static void test_upload__unreadable_is_tried_again_at_once(void **state)
{
	struct bed *b = *state;
	struct action a[] = {upload_of("bad"), upload_of("empty")};

	put_old(b, "INBOX/cur/bad:2,", SENT);
	put_old(b, "INBOX/cur/empty:2,", "");
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,";
	begin(b, a, 2);
	assert_true(fault_disarm());
	assert_string_equal(u.item[0].unique, "bad");
	record(b);
	assert_int_equal(bed_number(b, "SELECT count(*) FROM aside"), 1);
	assert_true(bed_number(b, "SELECT id FROM aside") ==
		    (int64_t)bed_key("empty"));
}

static int record_mixed(struct bed *b)
{
	return upload_record(&u, &b->store, FLAG_SYSTEM, &b->err);
}

static void test_upload__records_all_or_nothing(void **state)
{
	struct bed *b = *state;
	struct action a[] = {upload_of("a"), upload_of("b"), upload_of("c"),
			     upload_of("d")};
	static const enum upload_state end[] = {UPLOAD_SENT, UPLOAD_REFUSED,
						UPLOAD_UNSENT, UPLOAD_SENT};

	put_old(b, "INBOX/cur/a:2,", SENT);
	put_old(b, "INBOX/cur/b:2,", SENT);
	put_old(b, "INBOX/cur/c:2,", SENT);
	put_old(b, "INBOX/cur/d:2,", SENT);
	begin(b, a, 4);
	for (uint32_t i = 0; i < 4; i++) {
		u.item[i].state = end[i];
		u.item[i].uid = 100 + i;
	}
	u.item[3].made_up = true;
	bed_all_or_nothing(b, record_mixed);
	assert_int_equal(intents(b), 2);
	assert_int_equal(bed_fate_of(b, folder, 100), FATE_CLAIMED);
	assert_int_equal(bed_fate_of(b, folder, 103), FATE_CLAIMED);
}

/* Behind the first batch the names are known, as far as they are still those:
 * no pass over the folder for each. */
static void test_upload__many_batches(void **state)
{
	struct bed *b = *state;
	struct action a[] = {upload_of("a"), upload_of("b"), upload_of("c"),
			     upload_of("d")};

	put_old(b, "INBOX/cur/a:2,", SENT);
	put_old(b, "INBOX/new/b", SENT);
	put_old(b, "INBOX/cur/c:2,", SENT);
	put_old(b, "INBOX/cur/d:2,", SENT);
	begin(b, &a[0], 1);
	upload_release(&u);
	begin(b, &a[1], 1);
	assert_int_equal(u.item[0].state, UPLOAD_READY);
	upload_release(&u);
	fault_arm(FAULT_READDIR, 0, EIO);
	begin(b, &a[2], 1);
	assert_false(fault_disarm());
	assert_int_equal(u.item[0].state, UPLOAD_READY);
	upload_release(&u);
	/* Renamed since. */
	bed_rename(b, "INBOX/cur/a:2,", "INBOX/cur/a:2,S");
	bed_rename(b, "INBOX/new/b", "INBOX/cur/b:2,S");
	bed_unlink(b, "INBOX/cur/d:2,");
	begin(b, a, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(u.item[i].state,
				 i < 3 ? UPLOAD_READY : UPLOAD_GONE);
	upload_release(&u);
	/* Another pass of the folder's sync lists them anew, and may fail. */
	(void)bed_make(b, "INBOX");
	begin(b, &a[0], 1);
	upload_release(&u);
	int before = bed_descriptors();
	fault_arm(FAULT_READDIR, 0, EIO);
	assert_int_equal(upload_begin(&u, &b->store, a, 4,
				      &(struct upload_target){
					  .uidnext = UIDNEXT, .limit = 0},
				      &b->err),
			 -1);
	assert_true(fault_disarm());
	assert_int_equal(bed_descriptors(), before);
}

/* A keyword that could not be recorded has no meaning here. */
static void test_upload__spoiled_folder_sends_nothing(void **state)
{
	struct bed *b = *state;
	struct action a = upload_of("a");

	put_old(b, "INBOX/cur/a:2,", SENT);
	(void)err_set(&b->store.spoiled, ERR_IO, ERR_SCOPE_FOLDER, "spoiled");
	assert_int_equal(upload_begin(&u, &b->store, &a, 1,
				      &(struct upload_target){
					  .uidnext = UIDNEXT, .limit = 0},
				      &b->err),
			 -1);
	assert_string_equal(b->err.text, "spoiled");
	assert_int_equal(upload_record(&u, &b->store, 0, &b->err), -1);
	assert_int_equal(intents(b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    upload_test(test_upload__verdicts),
	    upload_test(test_upload__nuls_where_the_server_takes_them),
	    upload_test(test_upload__promises_first),
	    upload_test(test_upload__promises_all_or_nothing),
	    upload_test(test_upload__without_promise_nothing_is_written),
	    upload_test(test_upload__sent),
	    upload_test(test_upload__sent_with_no_uid_of_its_own),
	    upload_test(test_upload__promise_stays_where_the_end_is_unknown),
	    upload_test(test_upload__refused_is_set_aside),
	    upload_test(test_upload__unreadable_is_tried_again_at_once),
	    upload_test(test_upload__records_all_or_nothing),
	    upload_test(test_upload__many_batches),
	    upload_test(test_upload__spoiled_folder_sends_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
