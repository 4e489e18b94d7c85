/* SPDX-License-Identifier: MIT */
/* What identifies a file: sizes and digests, in the form of disk and wire. */
#include "daemon/maildir/examine.h"

#include <openssl/sha.h>

#include "daemon/maildir/name.h"
#include "tests/daemon/maildir/temp.h"

static void put(const struct temp *t, const char *name, const char *text,
		size_t n)
{
	int fd = openat(t->m.cur, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void assert_sha(const unsigned char *digest, const char *text, size_t n)
{
	unsigned char want[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, n, want);
	assert_memory_equal(digest, want, sizeof(want));
}

static void test_examine__forms(void **state)
{
	static const struct {
		const char *disk, *wire, *header;
	} cases[] = {
	    {"A: b\n\nbody\n", "A: b\r\n\r\nbody\r\n", "A: b\r\n\r\n"},
	    {"A: b\n\n", "A: b\r\n\r\n", "A: b\r\n\r\n"},
	    {"A: b\nC: d\n", "A: b\r\nC: d\r\n", "A: b\r\nC: d\r\n"},
	    {"\nbody", "\r\nbody", "\r\n"},
	    {"", "", ""},
	    {"A: b\n\nx\n\ny", "A: b\r\n\r\nx\r\n\r\ny", "A: b\r\n\r\n"},
	    /* Line ends that are CRLF already stay, a lone CR too. */
	    {"A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n", "A: b\r\n\r\n"},
	    {"A: b\n\nx\ry\n", "A: b\r\n\r\nx\ry\r\n", "A: b\r\n\r\n"},
	};
	struct temp *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[32];
		snprintf(name, sizeof(name), "m%zu:2,S", i);
		put(t, name, cases[i].disk, strlen(cases[i].disk));
		struct facts f = {.key = name_key(name, strlen(name) - 4),
				  .content = true};
		assert_int_equal(examine_files(&t->m, &f, 1, 0, &t->err), 0);
		assert_true(f.found);
		assert_int_equal(f.size, strlen(cases[i].disk));
		assert_int_equal(f.wire_size, strlen(cases[i].wire));
		assert_false(f.has_nul);
		assert_sha(f.digest, cases[i].disk, strlen(cases[i].disk));
		assert_sha(f.header, cases[i].header, strlen(cases[i].header));
	}
}

/* CR and LF, and the empty line, on both sides of a read. */
static void test_examine__across_reads(void **state)
{
	struct temp *t = *state;
	size_t n = 65536 + 100;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + 65534, "\n\n", 2);
	put(t, "long:2,", text, n);
	struct facts f = {.key = name_key("long", 4), .content = true};
	assert_int_equal(examine_files(&t->m, &f, 1, 0, &t->err), 0);
	assert_int_equal(f.wire_size, n + 2);

	memcpy(text + 65534, "a\r", 2);
	text[65536] = '\n';
	put(t, "cut:2,", text, n);
	f = (struct facts){.key = name_key("cut", 3), .content = true};
	assert_int_equal(examine_files(&t->m, &f, 1, 0, &t->err), 0);
	assert_int_equal(f.wire_size, n);
	free(text);
}

static void test_examine__odd_files(void **state)
{
	struct temp *t = *state;

	put(t, "nul:2,", "A: b\n\n\0", 7);
	assert_int_equal(symlinkat("nul:2,", t->m.cur, "link:2,"), 0);
	struct facts f[] = {{.key = name_key("nul", 3), .content = true},
			    {.key = name_key("gone", 4)},
			    {.key = name_key("link", 4)}};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(examine_files(&t->m, &f[i], 1, 0, &t->err), 0);
	assert_true(f[0].found);
	assert_true(f[0].has_nul);
	assert_false(f[1].found);
	assert_false(f[2].found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_examine__forms, temp_setup,
					    temp_teardown),
	    cmocka_unit_test_setup_teardown(test_examine__across_reads,
					    temp_setup, temp_teardown),
	    cmocka_unit_test_setup_teardown(test_examine__odd_files, temp_setup,
					    temp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
