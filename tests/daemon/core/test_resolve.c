/* SPDX-License-Identifier: MIT */
/* What is believed of a message that was sent and not answered. */
#include "daemon/core/resolve.h"

#include "tests/support/t.h"

struct row {
	struct resolve_intent intent;
	struct resolve_look remote_list;
	enum resolve expected;
};

static const struct row rows[] = {
    /* Nothing came since then, whatever else is unknown. */
    {{7, 10, 0, false, false}, {7, 10, true}, RESOLVE_NOT_DONE},
    {{7, 10, 2, false, false}, {7, 10, true}, RESOLVE_NOT_DONE},
    /* Something came, and it is all known. */
    {{7, 10, 0, false, false}, {7, 12, false}, RESOLVE_NOT_DONE},
    {{7, 10, 0, false, false}, {7, 0, false}, RESOLVE_NOT_DONE},
    {{7, 10, 0, false, false}, {8, 10, false}, RESOLVE_NOT_DONE},
    /* What was unknown at the first look was fetched, and is known now. */
    {{7, 10, 1, false, false}, {7, 12, false}, RESOLVE_AGAIN},
    {{7, 10, 2, false, false}, {7, 12, false}, RESOLVE_GIVE_UP},
    /* Something came that may be ours. */
    {{7, 10, 0, false, false}, {7, 11, true}, RESOLVE_WAIT},
    {{7, 10, 1, false, false}, {7, 11, true}, RESOLVE_AGAIN},
    {{7, 10, 2, false, false}, {7, 11, true}, RESOLVE_GIVE_UP},
    {{7, 10, 9, false, false}, {7, 11, true}, RESOLVE_GIVE_UP},
    /* The same number means nothing of another mailbox, nor where the server
     * does not say it. */
    {{7, 10, 0, false, false}, {8, 10, true}, RESOLVE_WAIT},
    {{7, 10, 1, false, false}, {8, 10, true}, RESOLVE_AGAIN},
    {{7, 0, 0, false, false}, {7, 0, true}, RESOLVE_WAIT},
    {{7, 0, 1, false, false}, {7, 0, true}, RESOLVE_AGAIN},
    /* UIDNEXT never goes back; if it does, nothing follows. */
    {{7, 10, 0, false, false}, {7, 9, true}, RESOLVE_WAIT},
    /* What the server said that it has is not sent again... */
    {{7, 10, 0, true, false}, {7, 10, false}, RESOLVE_WAIT},
    {{7, 10, 0, true, false}, {7, 11, true}, RESOLVE_WAIT},
    {{7, 10, 1, true, false}, {7, 0, false}, RESOLVE_GIVE_UP},
    {{7, 10, 1, true, false}, {7, 11, true}, RESOLVE_GIVE_UP},
    {{7, 10, 2, true, false}, {7, 11, true}, RESOLVE_GIVE_UP},
    /* ...unless it did not: nothing was added. But not for ever. */
    {{7, 10, 1, true, false}, {7, 10, false}, RESOLVE_AGAIN},
    {{7, 10, 2, true, false}, {7, 10, false}, RESOLVE_GIVE_UP},
    /* ...or was to copy it, and would not have changed it. */
    {{7, 10, 0, true, true}, {7, 11, true}, RESOLVE_WAIT},
    {{7, 10, 1, true, true}, {7, 11, true}, RESOLVE_AGAIN},
    {{7, 10, 2, true, true}, {7, 11, true}, RESOLVE_GIVE_UP},
    {{7, 10, 0, false, true}, {7, 11, true}, RESOLVE_NOT_DONE},
    /* ...but that was another mailbox. */
    {{7, 10, 0, true, false}, {8, 11, false}, RESOLVE_NOT_DONE},
    {{7, 10, 0, true, false}, {8, 11, true}, RESOLVE_WAIT},
    {{7, 10, 1, true, false}, {8, 11, true}, RESOLVE_AGAIN},
    {{7, 10, 2, true, false}, {8, 11, true}, RESOLVE_GIVE_UP},
};

static void test_resolve__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (resolve(&rows[i].intent, &rows[i].remote_list) !=
		    rows[i].expected)
			fail_msg("row %zu", i);
	}
}

struct judged {
	struct resolve_facts facts;
	enum resolve_record record;
	bool wait;
};

/* Nothing came since UIDNEXT 10; something came that may be it. */
#define NOTHING   .look = {7, 10, true}
#define SOMETHING .look = {7, 11, true}

static const struct judged judged[] = {
    {{{7, 10, 0, false, false}, NOTHING, .file = true}, RESOLVE_DROP, false},
    {{{7, 10, 2, false, false}, NOTHING, .file = true}, RESOLVE_KEEP, false},
    {{{7, 10, 0, false, false}, SOMETHING, .file = true, .first = true},
     RESOLVE_COUNT,
     true},
    {{{7, 10, 0, false, false}, SOMETHING, .file = true}, RESOLVE_KEEP, true},
    {{{7, 10, 1, false, false}, SOMETHING, .file = true, .first = true},
     RESOLVE_KEEP,
     false},
    {{{7, 10, 1, false, false}, SOMETHING, .file = true}, RESOLVE_KEEP, true},
    {{{7, 10, 2, false, false}, SOMETHING, .file = true}, RESOLVE_KEEP, true},
    /* It was found, by its content or as the server says. */
    {{{7, 10, 0, false, false}, SOMETHING, .file = true, .found = true},
     RESOLVE_KEEP,
     false},
    {{{7, 10, 0, false, false}, SOMETHING, .claimed = true},
     RESOLVE_KEEP,
     false},
    /* It may be what a short list does not show: also a copy; unless nothing
     * came at all. */
    {{{7, 10, 0, false, false},
      .look = {7, 11, false},
      .file = true,
      .first = true,
      .partial = true},
     RESOLVE_KEEP,
     true},
    {{{7, 10, 0, false, true}, SOMETHING, .file = true, .partial = true},
     RESOLVE_KEEP,
     true},
    {{{7, 10, 0, false, false}, NOTHING, .file = true, .partial = true},
     RESOLVE_DROP,
     false},
    /* There is nothing any more that could be sent again. */
    {{{7, 10, 0, false, false}, SOMETHING}, RESOLVE_DROP, false},
    {{{7, 10, 0, false, false}, SOMETHING, .file = true, .changed = true},
     RESOLVE_DROP,
     false},
    {{{7, 10, 0, false, false}, SOMETHING, .file = true, .owned = true},
     RESOLVE_DROP,
     false},
};

static void test_resolve__judges_intents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		const struct judged *j = &judged[i];
		bool wait;
		if (resolve_judge(&j->facts, &wait) != j->record ||
		    wait != j->wait)
			fail_msg("row %zu", i);
	}
}

static void test_resolve__unknown_since(void **state)
{
	struct base_row b[] = {{.uid = 4}};
	struct remote_row r[] = {{.uid = 3}, {.uid = 4}, {.uid = 5}};
	struct local_row l[] = {{.key = 1, .hint = 5}};
	struct base_view base = {.row = b, .n = 1};
	struct remote_view remote = {.row = r, .n = 3};
	struct local_view local = {.row = l, .n = 1};

	(void)state;
	assert_false(resolve_unknown_since(&base, &remote, &local, 4));
	assert_true(resolve_unknown_since(&base, &remote, &local, 3));
	local.n = 0;
	assert_true(resolve_unknown_since(&base, &remote, &local, 5));
	assert_false(resolve_unknown_since(&base, &remote, &local, 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve__table),
	    cmocka_unit_test(test_resolve__judges_intents),
	    cmocka_unit_test(test_resolve__unknown_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
