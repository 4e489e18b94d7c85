/* SPDX-License-Identifier: MIT */
/* What STATUS tells: is a mailbox as it was recorded? */
#include "daemon/remote/remote_list.h"

#include "tests/support/t.h"

struct unchanged {
	uint32_t have;
	uint32_t uidvalidity, uidnext, messages, known;
	uint64_t modseq, recorded;
	bool qresync, want;
};

#define HAVE                                                           \
	(IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT | IMAP4_ST_MESSAGES | \
	 IMAP4_ST_HIGHESTMODSEQ)

static void test_remote_list__unchanged(void **state)
{
	static const struct unchanged rows[] = {
	    {HAVE, 7, 4, 3, 3, 80, 80, true, true},
	    {HAVE, 7, 4, 3, 3, 80, 80, false, true},
	    {HAVE, 8, 4, 3, 3, 80, 80, true, false},
	    {HAVE, 7, 5, 3, 3, 80, 80, true, false},
	    {HAVE, 7, 4, 3, 3, 81, 80, true, false},
	    {HAVE, 7, 4, 3, 3, 0, 0, true, false},
	    /* An expunge alone raises the mod-sequence with QRESYNC only. */
	    {HAVE, 7, 4, 2, 3, 80, 80, false, false},
	    {HAVE & ~IMAP4_ST_HIGHESTMODSEQ, 7, 4, 3, 3, 80, 80, true, false},
	    {HAVE & ~IMAP4_ST_UIDVALIDITY, 7, 4, 3, 3, 80, 80, true, false},
	    {0, 7, 4, 3, 3, 80, 80, true, false},
	    /* Nothing is nothing, also where there are no mod-sequences. */
	    {HAVE & ~IMAP4_ST_HIGHESTMODSEQ, 7, 4, 0, 0, 0, 0, false, true},
	    {HAVE & ~IMAP4_ST_HIGHESTMODSEQ, 7, 5, 0, 0, 0, 0, false, false},
	    {HAVE & ~IMAP4_ST_HIGHESTMODSEQ, 7, 4, 0, 1, 0, 0, false, false},
	    {HAVE & ~IMAP4_ST_MESSAGES, 7, 4, 0, 0, 0, 0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct unchanged *r = &rows[i];
		struct mailbox box = {.have = r->have,
				      .uidvalidity = r->uidvalidity,
				      .uidnext = r->uidnext,
				      .messages = r->messages,
				      .modseq = r->modseq};
		struct state_folder row = {.uidvalidity = 7,
					   .uidnext = 4,
					   .modseq = r->recorded,
					   .there = r->known,
					   .horizon = {.exists = -1}};
		if (remote_list_unchanged(&box, &row, r->qresync) != r->want)
			fail_msg("row %zu is not %d", i, r->want);
		/* What was left out counts where it was counted. */
		row.horizon.exists = r->known;
		row.there++;
		if (remote_list_unchanged(&box, &row, r->qresync) != r->want)
			fail_msg("row %zu is not %d, counted", i, r->want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_remote_list__unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
