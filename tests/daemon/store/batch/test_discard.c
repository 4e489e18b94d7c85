/* SPDX-License-Identifier: MIT */
/* The server was told to delete: the rows say so, and undo knows where the
 * messages are.
 */
#include "daemon/store/batch/discard.h"

#include "daemon/base/clock.h"
#include "tests/daemon/store/bed.h"

static int64_t inbox;
static struct uid_pairs d;

static int setup(void **state)
{
	(void)bed_setup(state);
	struct bed *b = *state;
	inbox = bed_make(b, "INBOX");
	for (uint32_t uid = 1; uid <= 2; uid++) {
		char path[64];
		(void)snprintf(path, sizeof(path), "INBOX/cur/m%" PRIu32 ":2,S",
			       uid);
		bed_message(b, inbox, uid, path, "text", FLAG_SEEN);
		bed_unlink(b, path);
		bed_fate(b, inbox, uid, FATE_DYING_THERE);
	}
	d = (struct uid_pairs){0};
	return 0;
}

static int teardown(void **state)
{
	uid_pairs_release(&d);
	return bed_teardown(state);
}

static int record(struct bed *b, const char *mailbox)
{
	struct action a[] = {{.uid = 1}, {.uid = 2}, {.uid = 3}};

	return discard_record(&d, &b->store, a, 3, mailbox, &b->err);
}

/* UID 1 is UID 51 there. */
static void to_trash(void)
{
	d = (struct uid_pairs){
	    .pair = xcalloc(1, sizeof(*d.pair)), .n = 1, .uidvalidity = 99};
	d.pair[0] = (struct uid_pair){1, 51};
}

static int expect_note(void *ctx, const struct state_removed *r)
{
	size_t *n = ctx;

	(*n)++;
	assert_int_equal(r->side, STATE_THERE);
	assert_string_equal(r->folder, "INBOX");
	assert_null(r->file);
	assert_int_equal(r->size, 4);
	assert_true(r->have_digest);
	assert_true(r->flags == FLAG_SEEN);
	assert_in_range(r->at, clock_wall() - 5, clock_wall());
	if (r->uid == 1 && d.n > 0) {
		assert_string_equal(r->unique, "m1");
		assert_string_equal(r->mailbox, "Trash");
		assert_int_equal(r->mailbox_uidvalidity, 99);
		assert_int_equal(r->mailbox_uid, 51);
	} else {
		assert_null(r->mailbox);
		assert_int_equal(r->mailbox_uid, 0);
	}
	return 0;
}

static void expect_notes(struct bed *b, size_t want)
{
	size_t n = 0;

	bed_must(
	    b, state_removed_each(b->store.state, 0, expect_note, &n, &b->err));
	assert_int_equal(n, want);
}

static void test_discard__into_the_trash(void **state)
{
	struct bed *b = *state;

	/* Of the other one the server did not say where it is. */
	to_trash();
	bed_must(b, record(b, "Trash"));
	expect_notes(b, 2);
	assert_int_equal(bed_fate_of(b, inbox, 1), FATE_DELETED_THERE);
	assert_int_equal(bed_fate_of(b, inbox, 2), FATE_DELETED_THERE);
}

static void test_discard__for_good(void **state)
{
	struct bed *b = *state;

	bed_must(b, record(b, NULL));
	expect_notes(b, 2);
	assert_int_equal(bed_fate_of(b, inbox, 1), FATE_DELETED_THERE);
}

/* Where it could only be marked it may be told again: deleted once. */
static void test_discard__told_again(void **state)
{
	struct bed *b = *state;

	bed_must(b, record(b, NULL));
	bed_must(b, record(b, NULL));
	expect_notes(b, 2);
}

static int record_both(struct bed *b)
{
	return record(b, "Trash");
}

static void test_discard__all_or_nothing(void **state)
{
	struct bed *b = *state;

	bed_must(b, store_touch(&b->store, &b->err));
	to_trash();
	bed_all_or_nothing(b, record_both);
	expect_notes(b, 2);
}

#define discard_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    discard_test(test_discard__into_the_trash),
	    discard_test(test_discard__for_good),
	    discard_test(test_discard__told_again),
	    discard_test(test_discard__all_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
