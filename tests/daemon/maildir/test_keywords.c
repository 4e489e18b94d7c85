/* SPDX-License-Identifier: MIT */
/* dovecot-keywords: what others wrote is read and kept, what we add is what
 * they would have, and the lock is theirs as much as ours. nanosleep below
 * stands in for libc's, so that nobody waits.
 */
#include "daemon/maildir/keywords.h"

#include <time.h>

#include "tests/daemon/maildir/temp.h"

#define FILE_NAME "dovecot-keywords"
#define LOCK_NAME "dovecot-keywords.lock"

static int naps;
static int unlock_at; /* the nap during which the other program unlocks */
static int unlock_dir;
static const char *unlock_text; /* what it has written then, or NULL */

int nanosleep(const struct timespec *want, struct timespec *rest)
{
	(void)want;
	(void)rest;
	if (++naps != unlock_at)
		return 0;
	(void)unlinkat(unlock_dir, LOCK_NAME, 0);
	if (unlock_text) {
		(void)unlinkat(unlock_dir, FILE_NAME, 0);
		temp_put(unlock_dir, FILE_NAME, unlock_text);
	}
	return 0;
}

static int setup(void **state)
{
	naps = 0;
	unlock_at = -1;
	unlock_text = NULL;
	return temp_setup(state);
}

static struct keywords load(struct temp *t)
{
	struct keywords k;

	if (keywords_load(&t->m, &k, &t->err) < 0)
		fail_msg("%s", t->err.text);
	return k;
}

static int assign(struct temp *t, struct keywords *k, const char *name)
{
	return keywords_assign(&t->m, k, &name, 1, &t->err);
}

static void test_keywords__missing_file_is_empty(void **state)
{
	struct keywords k = load(*state);

	for (int i = 0; i < KEYWORD_LETTERS; i++)
		assert_null(k.name[i]);
	assert_int_equal(keywords_find(&k, "x"), -1);
	keywords_release(&k);
}

static void test_keywords__reads_what_others_write(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.dir, FILE_NAME,
		 "0 $Label1\n1 Junk\n25 last\n"
		 /* Not lines of this file. */
		 "26 beyond\n-1 x\n2\n2x y\n\n 3 z\nword\n"
		 /* Not keywords: the letter is taken all the same. */
		 "4 two words\n5 \n6 a\"b\n7 \xc3\xa4\n8 \\Seen\n9 cr\r\n"
		 /* Doubles. */
		 "0 other\n10 junk\n11 no-newline");
	struct keywords k = load(t);
	assert_string_equal(k.name[0], "$Label1");
	assert_string_equal(k.name[1], "Junk");
	assert_string_equal(k.name[25], "last");
	assert_string_equal(k.name[11], "no-newline");
	for (int i = 2; i < 25; i++)
		assert_true(i == 11 || !k.name[i]);
	keywords_release(&k);
}

static void test_keywords__finds_in_any_case(void **state)
{
	struct temp *t = *state;

	temp_put(t->m.dir, FILE_NAME, "3 $Forwarded\n");
	struct keywords k = load(t);
	assert_int_equal(keywords_find(&k, "$forwarded"), 3);
	assert_int_equal(keywords_find(&k, "$Forward"), -1);
	keywords_release(&k);
}

static void test_keywords__assigns_and_writes(void **state)
{
	static const char *const names[] = {"$Label1", "junk", "$LABEL1",
					    "NonJunk"};
	struct temp *t = *state;
	struct keywords k = load(t);

	assert_int_equal(keywords_assign(&t->m, &k, names, 4, &t->err), 3);
	temp_expect(t->m.dir, FILE_NAME, "0 $Label1\n1 junk\n2 NonJunk\n");
	assert_int_equal(keywords_find(&k, "nonjunk"), 2);
	assert_int_equal(temp_stat(t->m.dir, FILE_NAME).st_mode,
			 S_IFREG | 0600);
	assert_false(temp_has(t->m.dir, LOCK_NAME));
	/* Again: nothing to write, not even the lock. */
	temp_put(t->m.dir, LOCK_NAME, "");
	assert_int_equal(keywords_assign(&t->m, &k, names, 4, &t->err), 0);
	assert_int_equal(naps, 0);
	keywords_release(&k);
}

static void test_keywords__keeps_foreign_lines_and_their_letters(void **state)
{
	static const char text[] = "1 b\n0 two words\n40 x\nnonsense";
	struct temp *t = *state;

	temp_put(t->m.dir, FILE_NAME, text);
	struct keywords k = load(t);
	assert_int_equal(assign(t, &k, "new"), 1);
	assert_int_equal(keywords_find(&k, "new"), 2);
	temp_expect(t->m.dir, FILE_NAME,
		    "1 b\n0 two words\n40 x\nnonsense\n2 new\n");
	keywords_release(&k);
}

static void test_keywords__refuses_what_is_no_keyword(void **state)
{
	static const char *const bad[] = {
	    "",   "a b", "a\n1 b", "a(", "a)",   "a{",       "a%",
	    "a*", "a\"", "\\Seen", "a]", "\x7f", "\xc3\xa4", "\t"};
	char long_name[300];
	struct temp *t = *state;
	struct keywords k = load(t);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(assign(t, &k, bad[i]), 0);
	memset(long_name, 'x', sizeof(long_name));
	long_name[257] = '\0';
	assert_int_equal(assign(t, &k, long_name), 0);
	assert_false(temp_has(t->m.dir, FILE_NAME));
	long_name[256] = '\0';
	assert_int_equal(assign(t, &k, long_name), 1);
	keywords_release(&k);
	k = load(t);
	assert_int_equal(keywords_find(&k, long_name), 0);
	keywords_release(&k);
}

static void test_keywords__letters_run_out(void **state)
{
	struct temp *t = *state;
	struct keywords k = load(t);
	char name[30][8];
	const char *names[30];

	for (int i = 0; i < 30; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "k%d", i);
		names[i] = name[i];
	}
	assert_int_equal(keywords_assign(&t->m, &k, names, 30, &t->err), 26);
	assert_int_equal(keywords_find(&k, "k25"), 25);
	assert_int_equal(keywords_find(&k, "k26"), -1);
	struct stat before = temp_stat(t->m.dir, FILE_NAME);
	assert_int_equal(keywords_assign(&t->m, &k, names, 30, &t->err), 0);
	assert_true(temp_stat(t->m.dir, FILE_NAME).st_ino == before.st_ino);
	keywords_release(&k);
}

/* Another program gave letters since we looked. */
static void test_keywords__reads_again_under_the_lock(void **state)
{
	static const char *const names[] = {"theirs", "ours"};
	struct temp *t = *state;
	struct keywords k = load(t);

	temp_put(t->m.dir, FILE_NAME, "0 other\n1 Theirs\n");
	assert_int_equal(keywords_assign(&t->m, &k, names, 2, &t->err), 2);
	assert_int_equal(keywords_find(&k, "theirs"), 1);
	assert_int_equal(keywords_find(&k, "ours"), 2);
	temp_expect(t->m.dir, FILE_NAME, "0 other\n1 Theirs\n2 ours\n");
	keywords_release(&k);
}

static void test_keywords__waits_for_a_foreign_lock(void **state)
{
	struct temp *t = *state;
	struct keywords k = load(t);

	temp_put(t->m.dir, LOCK_NAME, "");
	unlock_at = 5;
	unlock_dir = t->m.dir;
	unlock_text = "0 theirs\n";
	assert_int_equal(assign(t, &k, "ours"), 1);
	assert_int_equal(naps, 5);
	temp_expect(t->m.dir, FILE_NAME, "0 theirs\n1 ours\n");
	keywords_release(&k);
}

static void test_keywords__gives_up_on_a_held_lock(void **state)
{
	struct temp *t = *state;
	struct keywords k = load(t);

	temp_put(t->m.dir, LOCK_NAME, "theirs");
	assert_int_equal(assign(t, &k, "ours"), -1);
	assert_int_equal(t->err.code, ERR_TEMP);
	assert_in_range(naps, 50, 200);
	temp_expect(t->m.dir, LOCK_NAME, "theirs");
	assert_int_equal(keywords_find(&k, "ours"), -1);
	keywords_release(&k);
}

static void test_keywords__takes_over_a_stale_lock(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct temp *t = *state;
	struct keywords k = load(t);

	temp_put(t->m.dir, LOCK_NAME, "half a line");
	assert_int_equal(utimensat(t->m.dir, LOCK_NAME, old, 0), 0);
	assert_int_equal(assign(t, &k, "ours"), 1);
	assert_int_equal(naps, 0);
	temp_expect(t->m.dir, FILE_NAME, "0 ours\n");
	assert_false(temp_has(t->m.dir, LOCK_NAME));
	keywords_release(&k);
}

/* A lock that is ours tells so: nobody else is there who could hold it. */
static void test_keywords__cleans_its_own_lock_only(void **state)
{
	struct temp *t = *state;

	keywords_clean(&t->m);
	temp_put(t->m.dir, LOCK_NAME, "imapsyncd\n");
	keywords_clean(&t->m);
	assert_false(temp_has(t->m.dir, LOCK_NAME));
	temp_put(t->m.dir, LOCK_NAME, "");
	keywords_clean(&t->m);
	temp_expect(t->m.dir, LOCK_NAME, "");
	assert_int_equal(unlinkat(t->m.dir, LOCK_NAME, 0), 0);
	temp_put(t->m.dir, LOCK_NAME, "0 theirs\n");
	keywords_clean(&t->m);
	temp_expect(t->m.dir, LOCK_NAME, "0 theirs\n");
}

static void test_keywords__unreadable_file_is_an_error(void **state)
{
	struct temp *t = *state;
	struct keywords k = {0};

	assert_int_equal(symlinkat("elsewhere", t->m.dir, FILE_NAME), 0);
	assert_int_equal(keywords_load(&t->m, &k, &t->err), -1);
	assert_int_equal(assign(t, &k, "ours"), -1);
	assert_false(temp_has(t->m.dir, LOCK_NAME));
	assert_int_equal(unlinkat(t->m.dir, FILE_NAME, 0), 0);
	assert_int_equal(mkfifoat(t->m.dir, FILE_NAME, 0600), 0);
	assert_int_equal(keywords_load(&t->m, &k, &t->err), -1);
	assert_int_equal(unlinkat(t->m.dir, FILE_NAME, 0), 0);
	int fd =
	    openat(t->m.dir, FILE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 65537), 0);
	(void)close(fd);
	assert_int_equal(keywords_load(&t->m, &k, &t->err), -1);
}

#define keyword_test(f) cmocka_unit_test_setup_teardown(f, setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    keyword_test(test_keywords__missing_file_is_empty),
	    keyword_test(test_keywords__reads_what_others_write),
	    keyword_test(test_keywords__finds_in_any_case),
	    keyword_test(test_keywords__assigns_and_writes),
	    keyword_test(test_keywords__keeps_foreign_lines_and_their_letters),
	    keyword_test(test_keywords__refuses_what_is_no_keyword),
	    keyword_test(test_keywords__letters_run_out),
	    keyword_test(test_keywords__reads_again_under_the_lock),
	    keyword_test(test_keywords__waits_for_a_foreign_lock),
	    keyword_test(test_keywords__gives_up_on_a_held_lock),
	    keyword_test(test_keywords__takes_over_a_stale_lock),
	    keyword_test(test_keywords__cleans_its_own_lock_only),
	    keyword_test(test_keywords__unreadable_file_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
