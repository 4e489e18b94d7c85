/* SPDX-License-Identifier: MIT */
/* Which keys explain what is on disk: those of the configuration, as long as
 * none explain more. */
#include "daemon/core/content/foreign.h"

#include <string.h>

#include "tests/support/t.h"

#define DIRS     4
#define READINGS 4

struct row {
	const char *what;
	const char *there[6]; /* sorted */
	struct {
		struct foreign_dir dir[DIRS];
		unsigned keys;
	} reading[READINGS];
	size_t want;
	const char *example;
};

static const struct row table[] = {
    {"nothing anywhere", {"INBOX"}, {{{{NULL, NULL}}, 0}}, 0, NULL},
    {"as configured",
     {"A", "A/B", "INBOX"},
     {{{{"A", "A"}, {"A/B", "A/B"}}, 0}, {{{"A", "A"}}, 1}},
     0,
     NULL},
    {"both fit: as configured",
     {"A.B", "A/B"},
     {{{{"A.B", "A.B"}}, 0}, {{{"A.B", "A/B"}}, 1}},
     0,
     NULL},
    {"dots are levels",
     {"A", "A/B"},
     {{{{"A", "A"}, {"A.B", "A.B"}}, 0}, {{{"A", "A"}, {"A.B", "A/B"}}, 1}},
     1,
     "A.B"},
    {"new folders prove nothing",
     {"A"},
     {{{{"A", "A"}, {"v1.2", "v1.2"}}, 0}, {{{"A", "A"}, {"v1.2", "v1/2"}}, 1}},
     0,
     NULL},
    {"a name of its own kind, which the server does not have",
     {"INBOX"},
     {{{{"&APw-", "&APw-"}}, 0}, {{{"&APw-", "\xc3\xbc"}}, 1}},
     1,
     "&APw-"},
    {"the same, where the server has the plain one",
     {"&APw-"},
     {{{{"&APw-", "&APw-"}}, 0}, {{{"&APw-", "\xc3\xbc"}}, 1}},
     0,
     NULL},
    {"no UTF-8, no proof",
     {"INBOX"},
     {{{{"x", NULL}}, 0}, {{{"x", "\xff"}}, 1}},
     0,
     NULL},
    {"ASCII, which the server does not have",
     {"INBOX"},
     {{{{"R&-D", "R&-D"}}, 0}, {{{"R&-D", "R&D"}}, 1}},
     0,
     NULL},
    {"the fewest keys",
     {"INBOX"},
     {{{{"&APw-", "&APw-"}}, 0},
      {{{"&APw-", "\xc3\xbc"}}, 2},
      {{{"&APw-", "\xc3\xbc"}}, 1},
      {{{"&APw-", "\xc3\xbc"}}, 1}},
     2,
     "&APw-"},
    {"the most directories",
     {"A", "B", "INBOX"},
     {{{{"", NULL}}, 0},
      {{{"", "INBOX"}}, 1},
      {{{"", "INBOX"}, {".A", "A"}, {".B", "B"}}, 2},
      {{{".A", "A"}}, 1}},
     2,
     ""},
    {"INBOX under a name of its own",
     {"A", "INBOX"},
     {{{{"A", "A"}, {"Inbox", NULL}}, 0},
      {{{"A", "A"}, {"Inbox", "INBOX"}}, 1}},
     1,
     "Inbox"},
};

static size_t length(const struct foreign_dir dir[DIRS])
{
	size_t n = 0;

	while (n < DIRS && dir[n].path)
		n++;
	return n;
}

static void check(const struct row *row)
{
	struct foreign_reading reading[READINGS];
	struct foreign_view view = {.there = row->there, .reading = reading};
	const struct foreign_dir *example;

	while (view.nthere < 6 && row->there[view.nthere])
		view.nthere++;
	for (; view.n < READINGS; view.n++)
		reading[view.n] = (struct foreign_reading){
		    .dir = row->reading[view.n].dir,
		    .n = length(row->reading[view.n].dir),
		    .keys = row->reading[view.n].keys};
	size_t found = foreign_find(&view, &example);
	if (found != row->want)
		fail_msg("%s: %zu", row->what, found);
	if (!row->example)
		assert_null(example);
	else
		assert_string_equal(example->path, row->example);
}

static void test_foreign__finds_the_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check(&table[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_foreign__finds_the_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
