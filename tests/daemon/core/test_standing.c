/* SPDX-License-Identifier: MIT */
/* What STATUS tells: is a mailbox as it was recorded? */
#include "daemon/core/standing.h"

#include "tests/support/t.h"

struct unchanged {
	uint32_t uidvalidity, uidnext;
	int64_t messages; /* -1: STATUS does not say */
	uint32_t known;
	uint64_t modseq, recorded;
	bool qresync, want;
};

static void test_standing__unchanged(void **state)
{
	static const struct unchanged rows[] = {
	    {7, 4, 3, 3, 80, 80, true, true},
	    {7, 4, 3, 3, 80, 80, false, true},
	    {8, 4, 3, 3, 80, 80, true, false},
	    {7, 5, 3, 3, 80, 80, true, false},
	    {7, 4, 3, 3, 81, 80, true, false},
	    {7, 4, 3, 3, 0, 0, true, false},
	    /* An expunge alone raises the mod-sequence with QRESYNC only. */
	    {7, 4, 2, 3, 80, 80, false, false},
	    {7, 4, 3, 3, 0, 80, true, false},
	    {0, 4, 3, 3, 80, 80, true, false},
	    {0, 0, -1, 3, 80, 80, true, false},
	    /* Nothing is nothing, also where there are no mod-sequences. */
	    {7, 4, 0, 0, 0, 0, false, true},
	    {7, 5, 0, 0, 0, 0, false, false},
	    {7, 4, 0, 1, 0, 0, false, false},
	    {7, 4, -1, 0, 0, 0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct unchanged *r = &rows[i];
		struct standing now = {.at = {.uidvalidity = r->uidvalidity,
					      .uidnext = r->uidnext,
					      .modseq = r->modseq},
				       .messages = r->messages};
		struct standing_past past = {.at = {.uidvalidity = 7,
						    .uidnext = 4,
						    .modseq = r->recorded},
					     .there = r->known,
					     .horizon = {.exists = -1}};
		if (standing_unchanged(&now, &past, r->qresync) != r->want)
			fail_msg("row %zu is not %d", i, r->want);
		/* What was left out counts where it was counted. */
		past.horizon.exists = r->known;
		past.there++;
		if (standing_unchanged(&now, &past, r->qresync) != r->want)
			fail_msg("row %zu is not %d, counted", i, r->want);
	}
}

struct changed {
	struct standing now;
	struct standing_past past;
	bool lost, gained;
};

static void test_standing__what_may_have_changed(void **state)
{
	static const struct changed rows[] = {
	    /* As many as there were, and as came. */
	    {{{7, 4, 0}, 3}, {{7, 4, 0}, {.exists = 3}, 3}, false, false},
	    {{{7, 6, 0}, 5}, {{7, 4, 0}, {.exists = 3}, 3}, false, true},
	    /* One less. */
	    {{{7, 4, 0}, 2}, {{7, 4, 0}, {.exists = 3}, 3}, true, false},
	    {{{7, 6, 0}, 4}, {{7, 4, 0}, {.exists = 3}, 3}, true, true},
	    /* It is not known how many there were, or are. */
	    {{{7, 4, 0}, 3}, {{7, 4, 0}, {.exists = -1}, 3}, true, false},
	    {{{7, 4, 0}, -1}, {{7, 4, 0}, {.exists = 3}, 3}, true, false},
	    {{{7, 0, 0}, 3}, {{7, 4, 0}, {.exists = 3}, 3}, true, true},
	    {{{7, 4, 0}, 3}, {{7, 0, 0}, {.exists = 3}, 3}, true, true},
	    /* UIDNEXT went back. */
	    {{{7, 3, 0}, 9}, {{7, 4, 0}, {.exists = 3}, 3}, true, true},
	    /* STATUS without UIDVALIDITY is of the same mailbox. */
	    {{{0, 4, 0}, 2}, {{7, 4, 0}, {.exists = 3}, 3}, true, false},
	    /* Nothing is known that it could have lost. */
	    {{{7, 4, 0}, 0}, {{7, 4, 0}, {.exists = 3}, 0}, false, false},
	    {{{8, 4, 0}, 0}, {{7, 4, 0}, {.exists = 3}, 3}, false, false},
	    {{{7, 4, 0}, 0}, {{0, 0, 0}, {.exists = -1}, 3}, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct changed *r = &rows[i];
		if (standing_may_have_lost(&r->now, &r->past) != r->lost)
			fail_msg("row %zu: lost", i);
		if (standing_may_have_gained(&r->now, &r->past) != r->gained)
			fail_msg("row %zu: gained", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_standing__unchanged),
	    cmocka_unit_test(test_standing__what_may_have_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
