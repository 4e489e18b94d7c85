/* SPDX-License-Identifier: MIT */
/* Keyword tables: numbers that stay, names in any case, and the end of the
 * table. */
#include "tests/daemon/state/fixture.h"

static void test_keyword__numbers_are_given_in_order_and_stay(void **state)
{
	struct fixture *f = *state;
	struct keyword_table k = {.n = 0}, again;
	int64_t id = add_folder(f, "INBOX");

	assert_int_equal(state_keywords_add(f->s, id, &k, "$A", &f->err), 0);
	assert_int_equal(state_keywords_add(f->s, id, &k, "b", &f->err), 1);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_keywords_load(f->s, id, &again, &f->err));
	assert_int_equal(again.n, 2);
	assert_string_equal(again.name[0], "$A");
	assert_string_equal(again.name[1], "b");
	state_keywords_release(&k);
	state_keywords_release(&again);
	assert_int_equal(again.n, 0);
}

static void test_keyword__case_does_not_matter(void **state)
{
	struct fixture *f = *state;
	struct keyword_table k = {.n = 0};
	int64_t id = add_folder(f, "INBOX");

	assert_int_equal(state_keywords_find(&k, "junk"), -1);
	assert_int_equal(state_keywords_add(f->s, id, &k, "Junk", &f->err), 0);
	assert_int_equal(state_keywords_find(&k, "jUNK"), 0);
	assert_int_equal(state_keywords_find(&k, "junk2"), -1);
	assert_int_equal(state_keywords_add(f->s, id, &k, "JUNK", &f->err), 0);
	assert_int_equal(k.n, 1);
	state_keywords_release(&k);
}

static void test_keyword__each_folder_has_its_own(void **state)
{
	struct fixture *f = *state;
	struct keyword_table a = {.n = 0}, b = {.n = 0};
	int64_t ida = add_folder(f, "a"), idb = add_folder(f, "b");

	assert_int_equal(state_keywords_add(f->s, ida, &a, "x", &f->err), 0);
	assert_int_equal(state_keywords_add(f->s, idb, &b, "y", &f->err), 0);
	assert_int_equal(state_keywords_add(f->s, idb, &b, "x", &f->err), 1);
	state_keywords_release(&a);
	state_keywords_release(&b);
}

static void test_keyword__the_table_has_an_end(void **state)
{
	struct fixture *f = *state;
	struct keyword_table k = {.n = 0};
	int64_t id = add_folder(f, "INBOX");
	char name[16];

	must(f, state_begin(f->s, &f->err));
	for (int i = 0; i < KEYWORD_MAX; i++) {
		(void)snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(
		    state_keywords_add(f->s, id, &k, name, &f->err), i);
	}
	assert_int_equal(state_keywords_add(f->s, id, &k, "more", &f->err), -2);
	/* What is in it is still found. */
	assert_int_equal(state_keywords_add(f->s, id, &k, "K57", &f->err), 57);
	must(f, state_commit(f->s, &f->err));
	state_keywords_release(&k);
	must(f, state_keywords_load(f->s, id, &k, &f->err));
	assert_int_equal(k.n, KEYWORD_MAX);
	state_keywords_release(&k);
}

static void test_keyword__refuses_a_folder_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct keyword_table k = {.n = 0};

	assert_int_equal(state_keywords_add(f->s, 99, &k, "x", &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(k.n, 0);
}

static void test_keyword__a_gap_is_damage(void **state)
{
	struct fixture *f = *state;
	struct keyword_table k = {.n = 0};
	int64_t id = add_folder(f, "INBOX");

	must(f, db_exec(f->s, "INSERT INTO keyword VALUES (1, 0, 'a')", "test",
			&f->err));
	must(f, db_exec(f->s, "INSERT INTO keyword VALUES (1, 2, 'c')", "test",
			&f->err));
	assert_int_equal(state_keywords_load(f->s, id, &k, &f->err), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_int_equal(k.n, 0);
}

#define T(name)                                                           \
	cmocka_unit_test_setup_teardown(test_keyword__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(numbers_are_given_in_order_and_stay),
	    T(case_does_not_matter),
	    T(each_folder_has_its_own),
	    T(the_table_has_an_end),
	    T(refuses_a_folder_that_is_not_there),
	    T(a_gap_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
