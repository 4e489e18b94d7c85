/* SPDX-License-Identifier: MIT */
/* Lines of --dry-run: they are part of the contract.
 */
#include "daemon/account/planline.h"

#include "tests/support/t.h"

struct row {
	struct action action;
	const char *line; /* NULL: nothing to show */
};

static const struct row rows[] = {
    {{.type = ACTION_FETCH, .uid = 48211, .size = 34011},
     "fetch uid=48211 size=34011"},
    {{.type = ACTION_FETCH, .uid = UINT32_MAX, .size = UINT64_MAX},
     "fetch uid=4294967295 size=18446744073709551615"},
    {{.type = ACTION_FLAGS_HERE,
      .uid = 17,
      .add = FLAG_SEEN,
      .del = FLAG_FLAGGED},
     "flags uid=17 +S -F here"},
    {{.type = ACTION_FLAGS_HERE, .uid = 1, .add = FLAG_SYSTEM},
     "flags uid=1 +SRFTDP here"},
    {{.type = ACTION_FLAGS_HERE,
      .uid = 2,
      .add = KEYWORD_BIT(0) | FLAG_DRAFT,
      .del = KEYWORD_BIT(1)},
     "flags uid=2 +D +$Work -Play here"},
    {{.type = ACTION_FLAGS_THERE,
      .uid = 3,
      .del = KEYWORD_BIT(0) | KEYWORD_BIT(1),
      .flags = 1},
     "flags uid=3 -$Work -Play there"},
    {{.type = ACTION_TRASH_HERE, .uid = 9}, "delete uid=9 here"},
    {{.type = ACTION_ADOPT, .uid = 9}, NULL},
    {{.type = ACTION_RECORD, .uid = 9, .add = FLAG_SEEN}, NULL},
    {{.type = ACTION_FORGET, .uid = 9}, NULL},
};

static void test_planline__each_action(void **state)
{
	struct state_keywords table = {
	    .name = {(char[]){"$Work"}, (char[]){"Play"}}, .n = 2};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool shown = planline(&rows[i].action, &table, &out);
		assert_int_equal(shown, rows[i].line != NULL);
		if (shown)
			assert_string_equal(out.data, rows[i].line);
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_planline__each_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
