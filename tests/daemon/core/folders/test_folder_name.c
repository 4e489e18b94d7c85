/* SPDX-License-Identifier: MIT */
/* Canonical folder names: their order, and which of them a server can have. */
#include "daemon/core/folders/folder_name.h"

#include "tests/daemon/core/folders/folders.h"
#include "tests/support/rng.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_folder_name__children_come_right_behind(void **state)
{
	static const char *const sorted[] = {
	    "",   "/",  "A",   "a",     "a/",  "a/b", "a/b/c", "a/b!",
	    "a ", "a!", "a-b", "a-b/c", "a.b", "ab",  "b",     "\xc3\xa4",
	};
	const size_t n = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			assert_int_equal(
			    sign(folder_name_cmp(sorted[i], sorted[k])),
			    (i > k) - (i < k));
	}
}

static void test_folder_name__folded_order_knows_no_case(void **state)
{
	(void)state;
	assert_int_equal(folder_name_fold_cmp("Work/A", "wORK/a"), 0);
	assert_true(folder_name_fold_cmp("a/z", "A-b") < 0);
	assert_true(folder_name_fold_cmp("B", "a") > 0);
	assert_true(folder_name_fold_cmp("a", "A/b") < 0);
	/* Beyond ASCII nobody knows what a file system does. */
	assert_int_not_equal(folder_name_fold_cmp("\xc3\x84", "\xc3\xa4"), 0);
}

static void test_folder_name__order_is_total(void **state)
{
	static const char letters[] = "aA/b-.";
	struct rng rng;

	(void)state;
	rng_init(&rng, "names");
	for (int i = 0; i < 20000; i++) {
		char name[3][5];
		for (int k = 0; k < 3; k++) {
			size_t len = rng_below(&rng, 5);
			for (size_t c = 0; c < len; c++)
				name[k][c] = letters[rng_below(&rng, 6)];
			name[k][len] = '\0';
		}
		int ab = folder_name_cmp(name[0], name[1]);
		int bc = folder_name_cmp(name[1], name[2]);
		int ac = folder_name_cmp(name[0], name[2]);
		assert_int_equal(sign(ab),
				 -sign(folder_name_cmp(name[1], name[0])));
		assert_int_equal(ab == 0, strcmp(name[0], name[1]) == 0);
		if (ab <= 0 && bc <= 0)
			assert_true(ac <= 0);
		/* All that is below a name stands together behind it. */
		if (ab < 0 && bc < 0 && folder_name_below(name[2], name[0]))
			assert_true(folder_name_below(name[1], name[0]));
	}
}

static void test_folder_name__below(void **state)
{
	(void)state;
	assert_true(folder_name_below("a/b", "a"));
	assert_true(folder_name_below("a/b/c", "a"));
	assert_false(folder_name_below("a", "a"));
	assert_false(folder_name_below("ab", "a"));
	assert_false(folder_name_below("a", "a/b"));
	assert_false(folder_name_below("A/b", "a"));
}

static void test_folder_name__counts_levels_that_are_alike(void **state)
{
	static const struct {
		const char *a, *b;
		size_t levels;
	} rows[] = {
	    {"a", "b", 0},         {"a", "a", 1},     {"xa", "a", 0},
	    {"p/a", "a", 1},       {"p/a", "q/a", 1}, {"p/xa", "q/ya", 0},
	    {"x/p/a", "y/p/a", 2}, {"p/a", "p/a", 2}, {"p/a", "x/p/a", 2},
	    {"p/a", "xp/a", 1},    {"a/b", "a/c", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(folder_name_alike(rows[i].a, rows[i].b),
				 rows[i].levels);
		assert_int_equal(folder_name_alike(rows[i].b, rows[i].a),
				 rows[i].levels);
	}
}

static void test_folder_name__what_a_server_can_have(void **state)
{
	static const struct {
		const char *name;
		char delim;
		const char *prefix;
		enum folders_why why;
	} rows[] = {
	    {"a", '/', "", FOLDERS_WHY_NONE},
	    {"a/b c/\xc3\xa4&", '.', "", FOLDERS_WHY_NONE},
	    {NULL, '/', "", FOLDERS_WHY_NAME},
	    {"", '/', "", FOLDERS_WHY_NAME},
	    {"a//b", '/', "", FOLDERS_WHY_NAME},
	    {"/a", '/', "", FOLDERS_WHY_NAME},
	    {"a/", '/', "", FOLDERS_WHY_NAME},
	    /* RFC 9051 5.1: not with the wildcards of LIST, nor with controls.
	     */
	    {"a*", '/', "", FOLDERS_WHY_NAME},
	    {"100%", '/', "", FOLDERS_WHY_NAME},
	    {"a\nb", '/', "", FOLDERS_WHY_NAME},
	    {"a\x7f", '/', "", FOLDERS_WHY_NAME},
	    {"a\xff", '/', "", FOLDERS_WHY_NAME},
	    {"a%2Fb", '.', "", FOLDERS_WHY_NAME}, /* a '/' inside a level */
	    {"dog.food", '.', "", FOLDERS_WHY_DELIMITER},
	    {"dog.food", '/', "", FOLDERS_WHY_NONE},
	    {"a\\b", '\\', "", FOLDERS_WHY_DELIMITER},
	    {"a", '\0', "", FOLDERS_WHY_NONE},
	    {"a/b", '\0', "", FOLDERS_WHY_DELIMITER},
	    {"INBOX", '/', "", FOLDERS_WHY_INBOX},
	    {"inbox", '/', "", FOLDERS_WHY_INBOX},
	    {"INBOX/a", '/', "", FOLDERS_WHY_NONE},
	    {"Inbox/a", '/', "", FOLDERS_WHY_INBOX},
	    {"a/inbox", '/', "", FOLDERS_WHY_NONE},
	    {"inboxes", '/', "", FOLDERS_WHY_NONE},
	    /* Courier: all is below INBOX, in capitals. */
	    {"INBOX/a", '.', "INBOX/", FOLDERS_WHY_NONE},
	    {"a", '.', "INBOX/", FOLDERS_WHY_NAMESPACE},
	    {"Inbox/a", '.', "INBOX/", FOLDERS_WHY_NAMESPACE},
	    {"INBOX", '.', "INBOX/", FOLDERS_WHY_INBOX},
	    {"INBOX/", '.', "INBOX/", FOLDERS_WHY_NAME},
	    {"INBOX/inbox", '.', "INBOX/", FOLDERS_WHY_INBOX},
	    {"INBOX/INBOX/a", '.', "INBOX/", FOLDERS_WHY_INBOX},
	    {"INBOX/a/INBOX", '.', "INBOX/", FOLDERS_WHY_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folders_policy p = {.delim = rows[i].delim,
					   .prefix = rows[i].prefix};
		if (folder_name_refused(rows[i].name, &p) != rows[i].why)
			fail_msg("row %zu: %s", i,
				 rows[i].name ? rows[i].name : "(null)");
	}
}

/* What cannot be there stays here, and is said. */
static void test_folder_name__refused_names_are_kept_here(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	c->policy.delim = '.';
	case_background(c);
	case_here(c, 0, "100%");
	case_here(c, 0, "dog.food");
	case_here(c, 0, "inbox/x");
	case_here(c, 0, "(no name)")->name = NULL;
	/* Renamed to such a name: not removed there. */
	case_moved(c, 1, "a", "a", "a.b");
	case_moved(c, 2, "b", "b", NULL);
	case_here(c, 2, "?")->name = NULL;
	/* Gone there, and renamed to such a name. */
	case_moved(c, 3, "c", NULL, "c*");
	case_moved(c, 4, "d", NULL, NULL);
	case_here(c, 4, "??")->name = NULL;
	last_here(c)->messages++;
	case_synced(c, 5, "e");
	case_synced(c, 6, "f");
	case_expect(c, "refuse a.b (delimiter)\n"
		       "refuse ? (name)\n"
		       "refuse 100% (name)\n"
		       "refuse c* (name)\n"
		       "refuse dog.food (delimiter)\n"
		       "refuse inbox/x (inbox)\n"
		       "refuse ? (name)\n"
		       "refuse ? (name)\n");
	case_release(c);
}

static void test_folder_name__below_what_can_have_no_children(void **state)
{
	struct folders_case *c = case_setup();

	(void)state;
	case_synced(c, 1, "a");
	last_there(c)->attr = FOLDERS_NOINFERIORS;
	case_here(c, 0, "a/b/c");
	case_here(c, 0, "ab");
	case_moved(c, 2, "x", "x", "a/x");
	case_expect(c, "create there ab\n"
		       "refuse a/x (noinferiors)\n"
		       "refuse a/b/c (noinferiors)\n");
	case_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folder_name__children_come_right_behind),
	    cmocka_unit_test(test_folder_name__folded_order_knows_no_case),
	    cmocka_unit_test(test_folder_name__order_is_total),
	    cmocka_unit_test(test_folder_name__below),
	    cmocka_unit_test(test_folder_name__counts_levels_that_are_alike),
	    cmocka_unit_test(test_folder_name__what_a_server_can_have),
	    cmocka_unit_test(test_folder_name__refused_names_are_kept_here),
	    cmocka_unit_test(test_folder_name__below_what_can_have_no_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
