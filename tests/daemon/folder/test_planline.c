/* SPDX-License-Identifier: MIT */
/* Lines of --dry-run: they are part of the contract.
 */
#include "daemon/folder/planline.h"

#include "tests/support/t.h"

struct row {
	struct action action;
	const char *line;   /* NULL: nothing to show */
	const char *folder; /* NULL: the one under way */
};

static const struct row rows[] = {
    {{.type = ACTION_FETCH, .uid = 48211, .size = 34011},
     "fetch uid=48211 size=34011",
     NULL},
    {{.type = ACTION_FETCH, .uid = UINT32_MAX, .size = UINT64_MAX},
     "fetch uid=4294967295 size=18446744073709551615",
     NULL},
    {{.type = ACTION_FLAGS_HERE,
      .uid = 17,
      .add = FLAG_SEEN,
      .del = FLAG_FLAGGED},
     "flags uid=17 +S -F here",
     NULL},
    {{.type = ACTION_FLAGS_HERE, .uid = 1, .add = FLAG_SYSTEM},
     "flags uid=1 +SRFTDP here",
     NULL},
    {{.type = ACTION_FLAGS_HERE,
      .uid = 2,
      .add = KEYWORD_BIT(0) | FLAG_DRAFT,
      .del = KEYWORD_BIT(1)},
     "flags uid=2 +D +$Work -Play here",
     NULL},
    {{.type = ACTION_FLAGS_THERE,
      .uid = 3,
      .del = KEYWORD_BIT(0) | KEYWORD_BIT(1),
      .flags = 1},
     "flags uid=3 -$Work -Play there",
     NULL},
    {{.type = ACTION_DIE_HERE, .uid = 9}, "delete uid=9 here", NULL},
    {{.type = ACTION_DIE_THERE, .uid = 9}, "delete uid=9 there", NULL},
    {{.type = ACTION_DELETE_THERE, .uid = 9}, "delete uid=9 there", NULL},
    {{.type = ACTION_UPLOAD, .key = 7}, "upload file=17.x.host", NULL},
    {{.type = ACTION_MOVE_THERE, .uid = 9, .other = 3},
     "move uid=9 to=Lists/c there",
     NULL},
    {{.type = ACTION_MOVE_HERE, .uid = 9, .other = 3, .other_uid = 5},
     "move uid=5 to=INBOX here",
     "Lists/c"},
    {{.type = ACTION_FATE, .uid = 9, .fate = FATE_LEFT_HERE}, NULL, NULL},
    {{.type = ACTION_ADOPT, .uid = 9}, NULL, NULL},
    {{.type = ACTION_RECORD, .uid = 9, .add = FLAG_SEEN}, NULL, NULL},
    {{.type = ACTION_FORGET, .uid = 9}, NULL, NULL},
};

static void test_planline__each_action(void **state)
{
	struct keyword_table table = {
	    .name = {(char[]){"$Work"}, (char[]){"Play"}}, .n = 2};
	struct planline_names names = {.table = &table,
				       .folder = "INBOX",
				       .other = "Lists/c",
				       .file = "17.x.host"};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *folder;
		bool shown = planline(&rows[i].action, &names, &out, &folder);
		assert_int_equal(shown, rows[i].line != NULL);
		if (!shown)
			continue;
		assert_string_equal(out.data, rows[i].line);
		assert_string_equal(folder,
				    rows[i].folder ? rows[i].folder : "INBOX");
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
