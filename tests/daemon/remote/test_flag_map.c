/* SPDX-License-Identifier: MIT */
/* Flags between wire and flag words: names in any case, keywords learned in
 * order and up to the table's end, what cannot be kept left out.
 */
#include "daemon/remote/flag_map.h"

#include <stdio.h>
#include <string.h>

#include "daemon/state/state.h"
#include "tests/support/t.h"

#define ALL_SYSTEM \
	(FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DELETED | FLAG_DRAFT)

static struct keyword_table table;
static struct flag_map v = {.table = &table};

static int teardown(void **state)
{
	(void)state;
	state_keywords_release(&table);
	return 0;
}

static uint64_t one(const char *word)
{
	struct imap4_str w = {word, strlen(word)};

	return flag_map_flags(&v, 0, &w, 1);
}

static uint64_t permanent(const char *word)
{
	struct imap4_str w = {word, strlen(word)};

	return flag_map_permanent(&v, &w, 1);
}

static void expect_names(uint64_t flags, const char *want)
{
	struct buf out;

	buf_init(&out, 65536);
	assert_int_equal(flag_map_names(&table, flags, &out), 0);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void test_flag_map__system_flags(void **state)
{
	(void)state;
	assert_int_equal(flag_map_flags(&v, IMAP4_FLAG_SEEN, NULL, 0),
			 FLAG_SEEN);
	assert_int_equal(flag_map_flags(&v, IMAP4_FLAG_ANSWERED, NULL, 0),
			 FLAG_ANSWERED);
	assert_int_equal(flag_map_flags(&v, IMAP4_FLAG_FLAGGED, NULL, 0),
			 FLAG_FLAGGED);
	assert_int_equal(flag_map_flags(&v, IMAP4_FLAG_DELETED, NULL, 0),
			 FLAG_DELETED);
	assert_int_equal(flag_map_flags(&v, IMAP4_FLAG_DRAFT, NULL, 0),
			 FLAG_DRAFT);
	assert_int_equal(
	    flag_map_flags(&v, IMAP4_FLAG_RECENT | IMAP4_FLAG_ANY, NULL, 0), 0);
	assert_int_equal(flag_map_flags(&v, 0x1f, NULL, 0), ALL_SYSTEM);
}

static void test_flag_map__keywords_are_learned_in_order(void **state)
{
	(void)state;
	assert_int_equal(one("Work"), KEYWORD_BIT(0));
	assert_int_equal(one("$MDNSent"), KEYWORD_BIT(1));
	assert_int_equal(one("work"), KEYWORD_BIT(0));
	assert_int_equal(one("$mdnsent"), KEYWORD_BIT(1));
	assert_int_equal(table.n, 2);
	assert_string_equal(table.name[0], "Work");
}

static void test_flag_map__forwarded_is_no_keyword(void **state)
{
	(void)state;
	assert_int_equal(one("$Forwarded"), FLAG_PASSED);
	assert_int_equal(one("$FORWARDED"), FLAG_PASSED);
	assert_int_equal(table.n, 0);
}

static void test_flag_map__leaves_out_what_it_cannot_keep(void **state)
{
	char text[202];

	(void)state;
	assert_int_equal(one(""), 0);
	assert_int_equal(one("\\Recent"), 0);
	assert_int_equal(one("\\Whatever"), 0);
	memset(text, 'k', sizeof(text));
	text[201] = '\0';
	assert_int_equal(one(text), 0);
	text[200] = '\0';
	assert_int_equal(one(text), KEYWORD_BIT(0));
}

static void test_flag_map__stops_at_the_end_of_the_table(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < KEYWORD_MAX; i++) {
		(void)snprintf(name, sizeof(name), "k%u", i);
		assert_true(one(name) == KEYWORD_BIT(i));
	}
	assert_int_equal(one("another"), 0);
	assert_int_equal(table.n, KEYWORD_MAX);
	assert_true(one("K57") == KEYWORD_BIT(57));
}

static void test_flag_map__a_word_need_not_be_terminated(void **state)
{
	struct imap4_str w = {"Workshop", 4};

	(void)state;
	(void)flag_map_flags(&v, 0, &w, 1);
	assert_string_equal(table.name[0], "Work");
	assert_int_equal(one("Workshop"), KEYWORD_BIT(1));
}

static void test_flag_map__permanent_flags(void **state)
{
	(void)state;
	(void)one("Work");
	assert_int_equal(permanent("\\seen"), FLAG_SEEN);
	assert_int_equal(permanent("\\Answered"), FLAG_ANSWERED);
	assert_int_equal(permanent("\\Flagged"), FLAG_FLAGGED);
	assert_int_equal(permanent("\\Deleted"), FLAG_DELETED);
	assert_int_equal(permanent("\\Draft"), FLAG_DRAFT);
	assert_int_equal(permanent("$Forwarded"), FLAG_PASSED);
	assert_int_equal(permanent("WORK"), KEYWORD_BIT(0));
	/* Nobody used it yet: that is no reason to learn it. */
	assert_int_equal(permanent("Other"), 0);
	assert_int_equal(table.n, 1);
	/* Any keyword, but only the system flags that are named. */
	assert_true(permanent("\\*") == ~(uint64_t)ALL_SYSTEM);
}

static void test_flag_map__names(void **state)
{
	struct buf small;

	(void)state;
	(void)one("Work");
	(void)one("Play");
	expect_names(FLAG_SEEN, "\\Seen");
	expect_names(ALL_SYSTEM | FLAG_PASSED | KEYWORD_BIT(0) | KEYWORD_BIT(1),
		     "\\Seen \\Answered \\Flagged \\Deleted \\Draft "
		     "$Forwarded Work Play");
	/* A bit without a name is none of ours. */
	expect_names(KEYWORD_BIT(1) | KEYWORD_BIT(5), "Play");
	buf_init(&small, 8);
	assert_int_equal(flag_map_names(&table, ALL_SYSTEM, &small), -1);
	buf_release(&small);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_flag_map__system_flags),
	    TEST(test_flag_map__keywords_are_learned_in_order),
	    TEST(test_flag_map__forwarded_is_no_keyword),
	    TEST(test_flag_map__leaves_out_what_it_cannot_keep),
	    TEST(test_flag_map__stops_at_the_end_of_the_table),
	    TEST(test_flag_map__a_word_need_not_be_terminated),
	    TEST(test_flag_map__permanent_flags),
	    TEST(test_flag_map__names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
