/* SPDX-License-Identifier: MIT */
/* The file that ties a root to its database: written durably, and anything but
 * exactly that is an error rather than "none".
 */
#include "daemon/maildir/sentinel.h"

#include "daemon/base/xalloc.h"
#include "tests/daemon/maildir/temp.h"

#define FILE_NAME ".imapsyncd"
#define UUID      "01234567-89ab-4def-8123-456789abcdef"
#define UUID_2    "fedcba98-7654-4210-8fed-cba987654321"

static struct sentinel says(const char *id, uint64_t generation,
			    const char *owner)
{
	struct sentinel s = {.generation = generation};

	(void)snprintf(s.id, sizeof(s.id), "%s", id);
	(void)snprintf(s.owner, sizeof(s.owner), "%s", owner);
	return s;
}

static void assert_says(const struct sentinel *got, const char *id,
			uint64_t generation, const char *owner)
{
	assert_string_equal(got->id, id);
	assert_true(got->generation == generation);
	assert_string_equal(got->owner, owner);
}

static int put(struct temp *t, const struct sentinel *s)
{
	return sentinel_write(t->root, s, "work", &t->err);
}

static void test_sentinel__comes_back(void **state)
{
	struct temp *t = *state;
	struct sentinel got = says("kept", 55, "kept");
	struct sentinel first = says(UUID, 7, "");
	struct sentinel second =
	    says(UUID_2, SENTINEL_GENERATION_MAX, "ann smith@imap.example.org");

	assert_int_equal(sentinel_read(t->root, &got, &t->err), 1);
	assert_says(&got, "kept", 55, "kept");
	assert_int_equal(put(t, &first), 0);
	assert_int_equal(sentinel_read(t->root, &got, &t->err), 0);
	assert_says(&got, UUID, 7, "");
	temp_expect(t->root, FILE_NAME,
		    "imapsyncd 1\naccount work\nid " UUID "\ngeneration 7\n");
	assert_int_equal(temp_stat(t->root, FILE_NAME).st_mode, S_IFREG | 0600);
	/* F and the file, no temporary one. */
	assert_int_equal(temp_count(t->root), 2);
	assert_int_equal(put(t, &second), 0);
	temp_expect(t->root, FILE_NAME,
		    "imapsyncd 1\naccount work\nid " UUID_2
		    "\ngeneration 9223372036854775807\n"
		    "owner ann smith@imap.example.org\n");
	assert_int_equal(sentinel_read(t->root, &got, &t->err), 0);
	assert_says(&got, UUID_2, SENTINEL_GENERATION_MAX,
		    "ann smith@imap.example.org");
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
	    {"imapsyncd 1\nid " UUID "\nowner \n", -1, 0},
	    {"imapsyncd 1\nid " UUID "\nowner a\nowner a\n", -1, 0},
	    /* A later version's lines. */
	    {"imapsyncd 1\nid " UUID "\nowners a\nown b\n", 0, 0},
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
		struct sentinel got = says("kept", 55, "kept");
		temp_put(t->root, FILE_NAME, table[i].text);
		if (sentinel_read(t->root, &got, &t->err) != table[i].want)
			fail_msg("%s", table[i].text);
		if (table[i].want == 0)
			assert_says(&got, UUID, table[i].generation, "");
		else
			assert_says(&got, "kept", 55, "kept");
		assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	}
}

static void test_sentinel__unreadable_is_an_error(void **state)
{
	struct temp *t = *state;
	struct sentinel got, ours = says(UUID, 1, "");

	assert_int_equal(symlinkat("F", t->root, FILE_NAME), 0);
	assert_int_equal(sentinel_read(t->root, &got, &t->err), -1);
	assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	assert_int_equal(mkdirat(t->root, FILE_NAME, 0700), 0);
	assert_int_equal(sentinel_read(t->root, &got, &t->err), -1);
	assert_int_equal(put(t, &ours), -1);
	assert_int_equal(t->err.code, ERR_CREATE);
	assert_int_equal(temp_count(t->root), 2);
	assert_int_equal(sentinel_read(-1, &got, &t->err), -1);
}

static void test_sentinel__refuses_unfit_content(void **state)
{
	struct temp *t = *state;
	const struct sentinel ours = says(UUID, 1, "");
	const struct sentinel bad[] = {
	    says("x", 1, ""),
	    says(UUID, UINT64_C(1) + SENTINEL_GENERATION_MAX, ""),
	    says(UUID, 1, "a\nid " UUID_2),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(put(t, &bad[i]), -1);
		assert_int_equal(t->err.code, ERR_INTERNAL);
	}
	assert_int_equal(
	    sentinel_write(t->root, &ours, "a\nid " UUID_2, &t->err), -1);
	assert_int_equal(t->err.code, ERR_INTERNAL);
	assert_false(temp_has(t->root, FILE_NAME));
}

/* Before what follows it, or behind; and one that is too long to be ours. */
static void test_sentinel__knows_the_owner(void **state)
{
	struct temp *t = *state;
	struct sentinel got;
	temp_put(t->root, FILE_NAME,
		 "imapsyncd 1\nid " UUID "\nowner a b@c\ngeneration 7\n");
	assert_int_equal(sentinel_read(t->root, &got, &t->err), 0);
	assert_says(&got, UUID, 7, "a b@c");
	assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	char *name = xcalloc(1, SENTINEL_OWNER + 1);

	for (size_t n = SENTINEL_OWNER - 1; n <= SENTINEL_OWNER; n++) {
		memset(name, 'a', n);
		char *text =
		    xasprintf("imapsyncd 1\nid " UUID "\nowner %s\n", name);
		temp_put(t->root, FILE_NAME, text);
		assert_int_equal(sentinel_read(t->root, &got, &t->err),
				 n < SENTINEL_OWNER ? 0 : -1);
		free(text);
		assert_int_equal(unlinkat(t->root, FILE_NAME, 0), 0);
	}
	free(name);
}

/* A run that was killed left its temporary file. */
static void test_sentinel__survives_a_killed_writer(void **state)
{
	struct temp *t = *state;

	temp_put(t->root, FILE_NAME ".tmp", "imapsy");
	const struct sentinel ours = says(UUID, 1, "");
	assert_int_equal(put(t, &ours), 0);
	assert_int_equal(temp_count(t->root), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    temp_test(test_sentinel__comes_back),
	    temp_test(test_sentinel__knows_its_own),
	    temp_test(test_sentinel__unreadable_is_an_error),
	    temp_test(test_sentinel__refuses_unfit_content),
	    temp_test(test_sentinel__knows_the_owner),
	    temp_test(test_sentinel__survives_a_killed_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
