/* SPDX-License-Identifier: MIT */
/* Folder names to paths and back: the escapes one by one, and then what must
 * hold for every name a hostile server can send. */
#include "daemon/maildir/tree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"
#include "tests/support/rng.h"
#include "tests/support/t.h"

#define RANDOM_NAMES 100000
#define NAME_MOST    20

static const struct tree fs = {TREE_FS, "INBOX", false};
static const struct tree fs_renamed = {TREE_FS, "Eingang", false};
static const struct tree fs_deep = {TREE_FS, "A/In", false};
static const struct tree fs_7 = {TREE_FS, "&AMQ-x", true};
static const struct tree plus = {TREE_MAILDIRPP, "INBOX", false};
static const struct tree plus_7 = {TREE_MAILDIRPP, "INBOX", true};
static const struct tree dotted = {TREE_DOTTED, "A.In", false};
static const struct tree dotted_7 = {TREE_DOTTED, "INBOX", true};
static const struct tree below = {TREE_DOT_BELOW, "INBOX", false};
static const struct tree below_7 = {TREE_DOT_BELOW, "&-A", true};
static const struct tree *const every[] = {
    &fs,     &fs_renamed, &fs_deep,  &fs_7,  &plus,
    &plus_7, &dotted,     &dotted_7, &below, &below_7,
};
#define EVERY (sizeof(every) / sizeof(every[0]))

static const struct {
	const struct tree *t;
	const char *name;
	char delim;
	const char *path;
	const char *back; /* NULL: name */
} names[] = {
    {&fs, "INBOX", '/', "INBOX", NULL},
    {&fs, "iNbOx", '/', "INBOX", "INBOX"},
    {&fs, "inbox/x", '/', "inbox/x", NULL},
    {&fs, "INBOX/x", '/', "INBOX/x", NULL},
    {&fs, "INBOX.INBOX", '.', "INBOX/INBOX", "INBOX/INBOX"},
    {&fs, "a.b.c", '.', "a/b/c", "a/b/c"},
    {&fs, "a.b", '/', "a.b", NULL},
    {&fs, "a/b", '\\', "a%2Fb", "a%2Fb"},
    {&fs, "a/b", 0, "a%2Fb", "a%2Fb"},
    {&fs, "a%2Fb", '.', "a%252Fb", "a%252Fb"},
    {&fs, "a%252Fb", '.', "a%25252Fb", "a%25252Fb"},
    {&fs, "a%2Fb", '/', "a%2Fb", NULL},
    {&fs, "a%252Fb", '/', "a%252Fb", NULL},
    {&fs, "../../.ssh", '/', "%2E./%2E./%2Essh", NULL},
    {&fs, ".", '/', "%2E", NULL},
    {&fs, ".git", '/', "%2Egit", NULL},
    {&fs, "/etc", '/', "%00/etc", NULL},
    {&fs, "a//b/", '/', "a/%00/b/%00", NULL},
    {&fs, "%00", '/', "%2500", NULL},
    {&fs, "cur/new/tmp", '/', "%63ur/%6Eew/%74mp", NULL},
    {&fs, "CUR/Newer/tMp", '/', "CUR/Newer/tMp", NULL},
    {&fs, "New", '/', "New", NULL},
    {&fs, "%4Eew", '/', "%254Eew", NULL},
    {&fs, "lost+found/x", '/', "%6Cost+found/x", NULL},
    {&fs, "x/lost+found", '/', "x/lost+found", NULL},
    {&fs, "Lost+Found", '/', "Lost+Found", NULL},
    {&plus, "lost+found", '/', ".lost+found", NULL},
    {&fs, "x/dovecot-keywords", '/', "x/%64ovecot-keywords", NULL},
    {&fs, "dovecot-devel", '/', "dovecot-devel", NULL},
    {&fs, "a\nb\x7f", '/', "a%0Ab%7F", NULL},
    {&fs, "100%", '/', "100%", NULL},
    {&fs, "%20%2e", '/', "%20%2e", NULL},
    {&fs, "%2E%63", '/', "%252E%2563", NULL},
    {&fs, "Entw\xc3\xbcrfe", '/', "Entw\xc3\xbcrfe", NULL},
    {&fs, "\xff\xfe", '/', "\xff\xfe", NULL},
    {&fs, "&AP8-", '/', "&AP8-", NULL},
    {&fs_renamed, "INBOX", '/', "Eingang", NULL},
    {&fs_renamed, "INBOX/x", '/', "INBOX/x", NULL},
    {&fs_renamed, "Eingang", '/', "%45ingang", NULL},
    {&fs_renamed, "Eingang/x", '/', "Eingang/x", NULL},
    {&fs_renamed, "%45ingang", '/', "%2545ingang", NULL},
    {&fs_deep, "INBOX", '/', "A/In", "INBOX"},
    {&fs_deep, "A.In", '.', "A/%49n", "A/In"},
    {&plus, "INBOX", '/', "", NULL},
    {&plus, "inbox", '.', "", "INBOX"},
    {&plus, "A/B", '/', ".A.B", NULL},
    {&plus, "A.B", '/', ".A%2EB", NULL},
    {&plus, "A.B", '.', ".A.B", "A/B"},
    {&plus, "INBOX/x", '/', ".INBOX.x", NULL},
    {&plus, "cur", '/', ".cur", NULL},
    {&plus, "..", '/', ".%2E%2E", NULL},
    {&plus, "/", '/', ".%00.%00", NULL},
    {&plus, "imapsyncd/tmp", '/', ".%69mapsyncd.tmp", NULL},
    {&plus, "x/imapsyncd", '/', ".x.imapsyncd", NULL},
    {&fs_7, "INBOX", '/', "&AMQ-x", NULL},
    {&fs_7, "\xc3\x84x", '/', "%C3%84x", NULL},
    {&fs_7, "Entw\xc3\xbcrfe/R&D", '/', "Entw&APw-rfe/R&-D", NULL},
    {&fs_7, "&APw-", '/', "&-APw-", NULL},
    {&fs_7, ".\xc3\xbc/cur/a\xc3\xbc\n", '/', "%2E&APw-/%63ur/a&APw-%0A", NULL},
    {&fs_7, "a/b", '.', "a%2Fb", "a%2Fb"},
    {&fs_7, "\xff\xc3\xbc", '/', "%FF&APw-", NULL},
    {&fs_7, "%FF", '/', "%25FF", NULL},
    {&fs, "%FF", '/', "%FF", NULL},
    {&plus_7, "Entw\xc3\xbcrfe/a.b", '/', ".Entw&APw-rfe.a%2Eb", NULL},
    {&dotted, "INBOX", '/', "A.In", NULL},
    {&dotted, "A/In", '/', "A.%49n", NULL},
    {&dotted, "A/B/C", '/', "A.B.C", NULL},
    {&dotted, "A.B", '/', "A%2EB", NULL},
    {&dotted, "a.b", '.', "a.b", "a/b"},
    {&dotted, ".x", '/', "%2Ex", NULL},
    {&dotted, "new", '/', "%6Eew", NULL},
    {&dotted, "x/new", '/', "x.new", NULL},
    {&dotted, "new/x", '/', "new.x", NULL},
    {&dotted, "lost+found", '/', "%6Cost+found", NULL},
    {&dotted_7, "Entw\xc3\xbcrfe/\xc3\xbc", '/', "Entw&APw-rfe.&APw-", NULL},
    {&below, "A/B/C", '/', "A/.B/.C", NULL},
    {&below, "A/.B", '/', "A/.%2EB", NULL},
    {&below, "x/cur", '/', "x/.cur", NULL},
    {&below, "cur/x", '/', "%63ur/.x", NULL},
    {&below, "a.b", '/', "a.b", NULL},
    {&below_7, "&A", '/', "%26A", NULL},
    {&below_7, "A/\xc3\xbc", '/', "A/.&APw-", NULL},
};

static void test_tree__maps_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[PATH_MAX], name[PATH_MAX];
		assert_int_equal(tree_path(names[i].t, names[i].name,
					   names[i].delim, path, sizeof(path)),
				 0);
		assert_string_equal(path, names[i].path);
		assert_int_equal(
		    tree_name(names[i].t, path, name, sizeof(name)), 0);
		assert_string_equal(name, names[i].back ? names[i].back
							: names[i].name);
	}
}

/* Directories that no folder has: what a user or a program put there. */
static void test_tree__refuses_foreign_paths(void **state)
{
	static const struct {
		const struct tree *t;
		const char *path;
	} table[] = {
	    {&fs, ""},
	    {&fs, "."},
	    {&fs, ".."},
	    {&fs, "a/../b"},
	    {&fs, ".git"},
	    {&fs, "/etc"},
	    {&fs, "a//b"},
	    {&fs, "a/"},
	    {&fs, "x/cur"},
	    {&fs, "x/tmp"},
	    {&fs, "x/%6Cost+found"},
	    {&fs, "inbox"},
	    {&fs, "%61%63"},
	    {&fs, "a%00"},
	    {&fs, "%00x"},
	    {&fs, "%00"},
	    {&fs, "x%2Ey"},
	    {&fs, "a\nb"},
	    {&fs, "%2500%63"},
	    {&fs_renamed, "INBOX"},
	    {&fs_deep, "INBOX"},
	    {&plus, "A"},
	    {&plus, ".A..B"},
	    {&plus, "."},
	    {&plus, ".A/B"},
	    {&plus, ".INBOX"},
	    {&plus, ".imapsyncd"},
	    {&fs_7, "Entw\xc3\xbcrfe"},
	    {&fs_7, "&"},
	    {&fs_7, "&AEE-"},
	    {&fs_7, "&APw"},
	    {&fs_7, "%C3%BC"},
	    {&dotted, "A/B"},
	    {&dotted, ".A"},
	    {&dotted, "A..B"},
	    {&dotted, "cur"},
	    {&below, "A/B"},
	    {&below, "A/."},
	    {&below, ".A"},
	};
	char name[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (tree_name(table[i].t, table[i].path, name, sizeof(name)) ==
		    0)
			fail_msg("'%s' is '%s'", table[i].path, name);
	}
}

/* What earlier versions made keeps its name. */
static void test_tree__reads_old_paths(void **state)
{
	static const struct {
		const struct tree *t;
		const char *path, *name;
	} table[] = {
	    {&fs, "%4Eew", "New"},
	    {&fs, "%43UR/Newer/%74Mp", "CUR/Newer/tMp"},
	    {&fs, "a/%44ovecot-keywords", "a/Dovecot-keywords"},
	    {&fs, "lost+found", "lost+found"},
	    {&fs, "lost+found/x", "lost+found/x"},
	    {&plus, ".%49mapsyncd", "Imapsyncd"},
	};
	char name[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(
		    tree_name(table[i].t, table[i].path, name, sizeof(name)),
		    1);
		assert_string_equal(name, table[i].name);
	}
}

static void test_tree__has_limits(void **state)
{
	char name[2 * PATH_MAX], path[PATH_MAX];

	(void)state;
	assert_int_equal(tree_path(&fs, "", '/', path, sizeof(path)), -1);
	assert_int_equal(tree_path(&plus, "", '/', path, sizeof(path)), -1);
	assert_int_equal(tree_path(&fs, "abc", '/', path, 3), -1);
	assert_int_equal(tree_path(&fs, "abc", '/', path, 4), 0);
	assert_int_equal(tree_path(&fs, "INBOX", '/', path, 5), -1);
	assert_int_equal(tree_path(&plus, "INBOX", '/', path, 1), 0);
	assert_int_equal(tree_path(&plus, "INBOX", '/', path, 0), -1);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	assert_int_equal(tree_path(&fs, name, '/', path, sizeof(path)), -1);
	name[255] = '\0';
	assert_int_equal(tree_path(&fs, name, '/', path, sizeof(path)), 0);
	assert_int_equal(tree_path(&plus, name, '/', path, sizeof(path)), -1);
	/* Escaping may be what makes it too long. */
	name[0] = '.';
	assert_int_equal(tree_path(&fs, name, '/', path, sizeof(path)), -1);
	for (int i = 0; i < 2 * TREE_LEVELS; i++)
		memcpy(name + i * 2L, "a/", 2);
	name[TREE_LEVELS * 2 - 1] = '\0';
	assert_int_equal(tree_path(&fs, name, '/', path, sizeof(path)), 0);
	name[TREE_LEVELS * 2 - 1] = '/';
	name[TREE_LEVELS * 2 + 1] = '\0';
	assert_int_equal(tree_path(&fs, name, '/', path, sizeof(path)), -1);
}

static bool is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

/* Nothing that could lead out of the root or into a Maildir's own parts. */
static void check_component(const struct tree *t, const char *s, size_t n,
			    const char *name)
{
	static const char *const taken[] = {
	    "cur", "new", "tmp", "dovecot-keywords", "dovecot-keywords.lock"};
	bool bad = n == 0 || n > 255 || (n <= 2 && memcmp("..", s, n) == 0) ||
		   (t->layout < TREE_DOT_BELOW && s[0] == '.') ||
		   (t->layout == TREE_MAILDIRPP &&
		    (s[0] != '.' || is_word(s, n, ".imapsyncd") ||
		     is_word(s, n, ".imapsyncd.tmp")));

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		bad |= is_word(s, n, taken[i]);
	for (size_t i = 0; i < n; i++)
		bad |= ascii_ctl(s[i]);
	if (bad)
		fail_msg("'%s' has the component '%.*s'", name, (int)n, s);
}

static void check_path(const struct tree *t, const char *path, const char *name)
{
	if (tree_is_flat(t->layout) && strchr(path, '/'))
		fail_msg("'%s' has '%s'", name, path);
	for (;;) {
		size_t n = strcspn(path, "/");
		check_component(t, path, n, name);
		if (path[n] == '\0')
			return;
		path += n + 1;
	}
}

static void check_name(const struct tree *t, const char *name, char delim)
{
	char path[PATH_MAX], back[PATH_MAX], again[PATH_MAX];

	if (tree_path(t, name, delim, path, sizeof(path)) < 0)
		fail_msg("no path for '%s'", name);
	if (tree_name(t, path, back, sizeof(back)) < 0)
		fail_msg("'%s' has '%s', which has no name", name, path);
	assert_int_equal(tree_path(t, back, '/', again, sizeof(again)), 0);
	assert_string_equal(again, path);
	if (ascii_same(name, "INBOX")) {
		assert_string_equal(back, "INBOX");
		return;
	}
	check_path(t, path, name);
	if (delim == '/')
		assert_string_equal(back, name);
}

/* Pieces that meet each other often, and every byte. */
static void random_name(struct rng *rng, char out[NAME_MOST + 1])
{
	static const char *const piece[] = {
	    "%",          "25",        "2F",       "2E",
	    "00",         "%2F",       "/",        ".",
	    "..",         "cur",       "New",      "tmp",
	    "%6",         "3",         "\n",       "INBOX",
	    "A/I",        "n",         "&",        "Einga",
	    "ng",         "imapsyncd", "%4",       "5",
	    "\xc3\xbc",   "\xc3\x84",  "\xc2\x85", "\xf0\x9f\x93\xac",
	    "&AMQ-",      "x",         "-",        "&-",
	    "lost+found", "A.In",
	};
	size_t len = 0, want = 1 + rng_below(rng, NAME_MOST);

	while (len < want) {
		const char *s =
		    piece[rng_below(rng, sizeof(piece) / sizeof(*piece))];
		char byte[2] = {(char)(1 + rng_below(rng, 255)), '\0'};
		if (rng_below(rng, 3) == 0)
			s = byte;
		size_t n = strlen(s);
		if (n > want - len)
			n = want - len;
		memcpy(out + len, s, n);
		len += n;
	}
	out[len] = '\0';
}

static void test_tree__random_names_come_back(void **state)
{
	static const char delims[] = {'/', '/', '.', '\\', '%', '2', '\0'};
	struct rng rng;

	(void)state;
	rng_init(&rng, "folders");
	for (int i = 0; i < RANDOM_NAMES; i++) {
		char name[NAME_MOST + 1];
		random_name(&rng, name);
		check_name(every[(size_t)i % EVERY], name,
			   delims[rng_below(&rng, sizeof(delims))]);
	}
}

struct pair {
	char path[8 * NAME_MOST + 8];
	char name[NAME_MOST + 1];
};

static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void check_injective(const struct tree *t, char delim, struct rng *rng)
{
	const size_t n = RANDOM_NAMES / 4;
	struct pair *pair = calloc(n, sizeof(*pair));

	assert_non_null(pair);
	for (size_t i = 0; i < n; i++) {
		random_name(rng, pair[i].name);
		/* Short ones meet. */
		pair[i].name[1 + rng_below(rng, 8)] = '\0';
		assert_int_equal(tree_path(t, pair[i].name, delim, pair[i].path,
					   sizeof(pair[i].path)),
				 0);
	}
	qsort(pair, n, sizeof(*pair), compare);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(pair[i].path, pair[i - 1].path) != 0 ||
		    ascii_same(pair[i].name, "INBOX"))
			continue;
		assert_string_equal(pair[i].name, pair[i - 1].name);
	}
	free(pair);
}

static void test_tree__no_two_names_share_a_path(void **state)
{
	static const char delims[] = {'/', '.', '\0', '%', '2'};
	struct rng rng;

	(void)state;
	rng_init(&rng, "folders");
	for (size_t i = 0; i < EVERY; i++)
		check_injective(every[i], delims[i % sizeof(delims)], &rng);
}

/* Whatever is on disk: what has a name has that name's path. */
static void test_tree__random_paths_are_one_names(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "folders");
	for (int i = 0; i < RANDOM_NAMES; i++) {
		const struct tree *t = every[(size_t)i % EVERY];
		char path[NAME_MOST + 1], name[PATH_MAX], again[PATH_MAX];
		random_name(&rng, path);
		if (tree_name(t, path, name, sizeof(name)) != 0)
			continue;
		assert_int_equal(tree_path(t, name, '/', again, sizeof(again)),
				 0);
		assert_string_equal(again, path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree__maps_names),
	    cmocka_unit_test(test_tree__refuses_foreign_paths),
	    cmocka_unit_test(test_tree__reads_old_paths),
	    cmocka_unit_test(test_tree__has_limits),
	    cmocka_unit_test(test_tree__random_names_come_back),
	    cmocka_unit_test(test_tree__no_two_names_share_a_path),
	    cmocka_unit_test(test_tree__random_paths_are_one_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
