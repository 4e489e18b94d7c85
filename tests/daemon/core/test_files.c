/* SPDX-License-Identifier: MIT */
/* What happened to files: renamed, touched, written to. */
#include "daemon/core/files.h"

#include "tests/support/t.h"

#define ROW_PRINT  7
#define FILE_PRINT 9

static void test_files__only_files_of_rows_are_touched(void **state)
{
	struct base_row b = {.key = 1, .print = ROW_PRINT};
	struct local_row l = {.key = 1, .print = FILE_PRINT};

	(void)state;
	assert_true(files_is_touched(&b, &l));
	assert_false(files_is_touched(&b, NULL));
	b.fate = FATE_DYING_THERE;
	assert_false(files_is_touched(&b, &l));
	b.fate = FATE_CLAIMED;
	assert_true(files_is_touched(&b, &l));
	l.print = ROW_PRINT;
	assert_false(files_is_touched(&b, &l));
	/* Not known: there is nothing to compare. */
	l.print = 0;
	assert_false(files_is_touched(&b, &l));
}

static void test_files__what_the_content_tells(void **state)
{
	static const struct {
		struct files_content content;
		enum files_touch touch;
		bool differs; /* afterwards, for the planner */
	} rows[] = {
	    {{true, true, false}, FILES_TOUCHED, false},
	    {{true, true, true}, FILES_TOUCHED, false},
	    {{true, false, false}, FILES_WRITTEN, true},
	    {{true, false, true}, FILES_BUSY, false},
	    {{false, false, false}, FILES_UNSURE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct base_row b = {.print = ROW_PRINT};
		struct local_row l = {.print = FILE_PRINT};
		assert_int_equal(files_touch(&b, &l, &rows[i].content),
				 rows[i].touch);
		assert_int_equal(b.print != l.print, rows[i].differs);
		/* What is to be recorded is what the file has. */
		if (rows[i].touch == FILES_TOUCHED)
			assert_int_equal(b.print, FILE_PRINT);
	}
	/* A row without a fingerprint differs from any, once that is known. */
	struct base_row b = {.print = 0};
	struct local_row l = {.print = FILE_PRINT};
	assert_int_equal(files_touch(&b, &l, &rows[2].content), FILES_WRITTEN);
	assert_true(b.print != 0 && b.print != l.print);
}

/* A row that is to be deleted there may get its file back, and one whose file
 * is on its way to the trash may have been renamed just before. */
static void test_files__which_rows_may_be_renamed(void **state)
{
	static const struct {
		enum fate fate;
		bool may, content, taken, taken_same, moved;
	} rows[] = {
	    {FATE_ALIVE, true, true, true, true, true},
	    {FATE_CLAIMED, true, true, true, true, true},
	    {FATE_LEFT_HERE, true, true, true, true, false},
	    {FATE_DYING_HERE, true, false, true, true, false},
	    {FATE_DYING_THERE, true, true, false, true, true},
	    {FATE_LEFT_THERE, true, true, false, true, false},
	    {FATE_REPLACED, false, true, false, false, false},
	    {FATE_DELETED_THERE, false, true, false, false, false},
	    {FATE_MOVED_THERE, false, true, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct local_row l = {.key = 5, .print = FILE_PRINT};
		struct local_view here = {.row = &l, .n = 1}, none = {.n = 0};
		struct base_row b = {.key = 5,
				     .print = ROW_PRINT,
				     .fate = (uint8_t)rows[i].fate};
		struct base_view base = {.row = &b, .n = 1};
		size_t n;
		assert_int_equal(files_may_be_renamed(&b, &none), rows[i].may);
		assert_false(files_may_be_renamed(&b, &here));
		assert_int_equal(files_may_have_gone(&b, &none), rows[i].moved);
		assert_false(files_may_have_gone(&b, &here));
		assert_int_equal(files_follow_content(&b), rows[i].content);
		uint64_t *key = files_taken(&base, &here, &n);
		assert_int_equal(n, rows[i].taken);
		free(key);
		l.print = ROW_PRINT;
		key = files_taken(&base, &here, &n);
		assert_int_equal(n, rows[i].taken_same);
		free(key);
	}
}

static void test_files__new_from_before_a_crash_are_not_moved(void **state)
{
	struct local_row l = {.key = 5};

	(void)state;
	assert_true(files_may_be_moved(&l, 8));
	l.hint = 7;
	assert_true(files_may_be_moved(&l, 8));
	l.hint = 8;
	assert_false(files_may_be_moved(&l, 8));
	/* Nothing is recorded: whatever has such a name is a message. */
	l.hint = 1;
	assert_false(files_may_be_moved(&l, 0));
}

static void test_files__renamed(void **state)
{
	const struct local_row l = {.key = 5, .print = FILE_PRINT};

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const uint64_t print[] = {FILE_PRINT, FILE_PRINT + 1, 0};
		static const enum files_rename want[] = {
		    FILES_RENAMED, FILES_WRITING, FILES_AWAY};
		struct base_row b = {.key = 1, .print = ROW_PRINT};
		assert_int_equal(files_rename(&b, &l, print[i]), want[i]);
		/* In any case it is not taken for removed. */
		assert_int_equal(b.key, 5);
		assert_int_equal(b.print, FILE_PRINT);
	}
}

static void test_files__as_before(void **state)
{
	const struct base_row b = {.flags = FLAG_SEEN, .print = ROW_PRINT};
	struct local_row l = {.flags = FLAG_SEEN, .print = ROW_PRINT};

	(void)state;
	assert_true(files_as_before(&b, &l, FLAG_SYSTEM));
	assert_false(files_as_before(&b, NULL, FLAG_SYSTEM));
	l.print = FILE_PRINT;
	assert_false(files_as_before(&b, &l, FLAG_SYSTEM));
	l.print = 0;
	assert_true(files_as_before(&b, &l, FLAG_SYSTEM));
	l.flags |= KEYWORD_BIT(1);
	assert_true(files_as_before(&b, &l, FLAG_SYSTEM));
	assert_false(files_as_before(&b, &l, ~UINT64_C(0)));
	struct base_row other = {.fate = FATE_DYING_THERE};
	assert_true(files_as_before(&other, NULL, FLAG_SYSTEM));
	other = b;
	other.fate = FATE_CLAIMED;
	l = (struct local_row){.flags = FLAG_SEEN, .print = ROW_PRINT};
	assert_false(files_as_before(&other, &l, FLAG_SYSTEM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files__only_files_of_rows_are_touched),
	    cmocka_unit_test(test_files__what_the_content_tells),
	    cmocka_unit_test(test_files__which_rows_may_be_renamed),
	    cmocka_unit_test(test_files__new_from_before_a_crash_are_not_moved),
	    cmocka_unit_test(test_files__renamed),
	    cmocka_unit_test(test_files__as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
