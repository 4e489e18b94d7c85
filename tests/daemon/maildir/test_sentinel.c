/* SPDX-License-Identifier: MIT */
/* The file that ties a root to its database: written durably, and anything but
 * exactly that is an error rather than "none".
 */
#include "daemon/maildir/sentinel.h"

#include "tests/daemon/maildir/temp.h"

#define FILE_NAME ".imapsyncd"
#define UUID      "01234567-89ab-4def-8123-456789abcdef"
#define UUID_2    "fedcba98-7654-4210-8fed-cba987654321"

static void test_sentinel__comes_back(void **state)
{
	struct temp *t = *state;
	char id[SENTINEL_ID] = "kept";
	uint64_t generation = 55;

	assert_int_equal(sentinel_read(t->root, id, &generation, &t->err), 1);
	assert_string_equal(id, "kept");
	assert_int_equal(generation, 55);
	assert_int_equal(sentinel_write(t->root, UUID, 7, "work", &t->err), 0);
	assert_int_equal(sentinel_read(t->root, id, &generation, &t->err), 0);
	assert_string_equal(id, UUID);
	assert_int_equal(generation, 7);
	temp_expect(t->root, FILE_NAME,
		    "imapsyncd 1\naccount work\nid " UUID "\ngeneration 7\n");
	assert_int_equal(temp_stat(t->root, FILE_NAME).st_mode, S_IFREG | 0600);
	/* F and the file, no temporary one. */
	assert_int_equal(temp_count(t->root), 2);
	assert_int_equal(sentinel_write(t->root, UUID_2,
					SENTINEL_GENERATION_MAX, "work",
					&t->err),
			 0);
	assert_int_equal(sentinel_read(t->root, id, &generation, &t->err), 0);
	assert_string_equal(id, UUID_2);
	assert_true(generation == SENTINEL_GENERATION_MAX);
}

static void test_sentinel__knows_its_own(void **state)
{
	static const struct {
		const char *text;
		int want;
		uint64_t generation;
	} table[] = {
	    /* Of a version that did not count. */
	    {"imapsyncd 1\naccount x\nid " UUID "\n", 0, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 7\n", 0, 7},
	    {"imapsyncd 1\ngeneration 7\nid " UUID "\n", 0, 7},
	    {"imapsyncd 1\nid " UUID "\ngeneration 9223372036854775807\n", 0,
	     INT64_MAX},
	    /* A later version's lines. */
	    {"imapsyncd 1\nid " UUID "\ngenerations 7 8\nx\n\n", 0, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 9223372036854775808\n", -1,
	     0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 18446744073709551623\n", -1,
	     0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 7", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration \n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration -7\n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 7 \n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration  7\n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 0x7\n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\ngeneration 7\ngeneration 7\n", -1, 0},
	    {"imapsyncd 1\ngeneration 7\n", -1, 0},
	    {"", -1, 0},
	    {"imapsyncd 1\naccount x\n", -1, 0},
	    {"imapsyncd 2\nid " UUID "\n", -1, 0},
	    {"imapsyncd 12\nid " UUID "\n", -1, 0},
	    {"id " UUID "\nimapsyncd 1\n", -1, 0},
	    {"imapsyncd 1\nid " UUID, -1, 0},
	    {"imapsyncd 1\nid " UUID "0\n", -1, 0},
	    {"imapsyncd 1\nid 0123456789ab-4def-8123-456789abcdef0000\n", -1,
	     0},
	    {"imapsyncd 1\nid g1234567-89ab-4def-8123-456789abcdef\n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\nid " UUID_2 "\n", -1, 0},
	    {"imapsyncd 1\nid \n", -1, 0},
	    {"\n\n\n", -1, 0},
	};
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char id[SENTINEL_ID] = "kept";
		uint64_t generation = 55;
		temp_put(t->root, FILE_NAME, table[i].text);
		if (sentinel_read(t->root, id, &generation, &t->err) !=
		    table[i].want)
			fail_msg("%s", table[i].text);
		assert_string_equal(id, table[i].want == 0 ? UUID : "kept");
		assert_true(generation ==
			    (table[i].want == 0 ? table[i].generation : 55));
		assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	}
}

static void test_sentinel__unreadable_is_an_error(void **state)
{
	struct temp *t = *state;
	char id[SENTINEL_ID];
	uint64_t generation;

	assert_int_equal(symlinkat("F", t->root, FILE_NAME), 0);
	assert_int_equal(sentinel_read(t->root, id, &generation, &t->err), -1);
	assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	assert_int_equal(mkdirat(t->root, FILE_NAME, 0700), 0);
	assert_int_equal(sentinel_read(t->root, id, &generation, &t->err), -1);
	assert_int_equal(sentinel_write(t->root, UUID, 1, "work", &t->err), -1);
	assert_int_equal(t->err.code, ERR_CREATE);
	assert_int_equal(temp_count(t->root), 2);
	assert_int_equal(sentinel_read(-1, id, &generation, &t->err), -1);
}

static void test_sentinel__refuses_unfit_content(void **state)
{
	struct temp *t = *state;

	assert_int_equal(sentinel_write(t->root, "x", 1, "work", &t->err), -1);
	assert_int_equal(
	    sentinel_write(t->root, UUID, 1, "a\nid " UUID_2, &t->err), -1);
	assert_int_equal(t->err.code, ERR_INTERNAL);
	assert_int_equal(sentinel_write(t->root, UUID,
					UINT64_C(1) + SENTINEL_GENERATION_MAX,
					"work", &t->err),
			 -1);
	assert_int_equal(t->err.code, ERR_INTERNAL);
	assert_false(temp_has(t->root, FILE_NAME));
}

/* A run that was killed left its temporary file. */
static void test_sentinel__survives_a_killed_writer(void **state)
{
	struct temp *t = *state;

	temp_put(t->root, FILE_NAME ".tmp", "imapsy");
	assert_int_equal(sentinel_write(t->root, UUID, 1, "work", &t->err), 0);
	assert_int_equal(temp_count(t->root), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_sentinel__comes_back),
	    temp_test(test_sentinel__knows_its_own),
	    temp_test(test_sentinel__unreadable_is_an_error),
	    temp_test(test_sentinel__refuses_unfit_content),
	    temp_test(test_sentinel__survives_a_killed_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
