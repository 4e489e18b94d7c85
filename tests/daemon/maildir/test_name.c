/* SPDX-License-Identifier: MIT */
/* Names as other programs write them, taken apart and put together again. */
#include "daemon/maildir/name.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/types.h"
#include "tests/support/rng.h"
#include "tests/support/t.h"

#define BIT(c) (UINT32_C(1) << ((c) - 'a'))

static void test_name__parses(void **state)
{
	static const struct {
		const char *file;
		const char *unique;
		uint64_t flags;
		uint32_t keywords;
		bool has_info;
		const char *other;
	} table[] = {
	    {"1.M2P3.host", "1.M2P3.host", 0, 0, false, ""},
	    {"1.host:2,", "1.host", 0, 0, true, ""},
	    {"1.host:2,S", "1.host", FLAG_SEEN, 0, true, ""},
	    {"1.host:2,DFPRST", "1.host", FLAG_SYSTEM, 0, true, ""},
	    {"1.host:2,TSRPFD", "1.host", FLAG_SYSTEM, 0, true, ""},
	    {"1.host:2,SSS", "1.host", FLAG_SEEN, 0, true, ""},
	    {"1.host:2,Saz", "1.host", FLAG_SEEN, BIT('a') | BIT('z'), true,
	     ""},
	    {"1.host,S=12:2,F", "1.host,S=12", FLAG_FLAGGED, 0, true, ""},
	    /* Letters of others. */
	    {"1.host:2,XSX1", "1.host", FLAG_SEEN, 0, true, "X1"},
	    /* Dovecot's end of the letters. */
	    {"1.host:2,S,T", "1.host", FLAG_SEEN, 0, true, ",T"},
	    {"1.host:2,ZS,a,b", "1.host", FLAG_SEEN, 0, true, "Z,a,b"},
	    /* No info that we know: all of it is the unique part. */
	    {"1.host:1,S", "1.host:1,S", 0, 0, false, ""},
	    {"1.host:2", "1.host:2", 0, 0, false, ""},
	    {"1.host:", "1.host:", 0, 0, false, ""},
	    {":2,S", ":2,S", 0, 0, false, ""},
	    {"a:b:2,S", "a:b", FLAG_SEEN, 0, true, ""},
	    {"a:2,S:2,F", "a:2,S", FLAG_FLAGGED, 0, true, ""},
	    {"a:2,S:b", "a:2,S:b", 0, 0, false, ""},
	    {"a\n\xff:2,S", "a\n\xff", FLAG_SEEN, 0, true, ""},
	    /* More foreign letters than we keep. */
	    {"a:2,0123456789ABCEGHIJKLMNOQUVWXYZ!\"", NULL, 0, 0, false, ""},
	    {"a:2,S,0123456789012345678901234567890", NULL, 0, 0, false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *unique =
		    table[i].unique ? table[i].unique : table[i].file;
		struct name n;
		assert_int_equal(name_parse(table[i].file, &n), 0);
		assert_int_equal(n.unique_len, strlen(unique));
		assert_memory_equal(table[i].file, unique, n.unique_len);
		assert_true(n.flags == table[i].flags);
		assert_int_equal(n.keywords, table[i].keywords);
		assert_int_equal(n.has_info, table[i].has_info);
		assert_string_equal(n.other, table[i].other);
	}
}

static void test_name__refuses_what_is_no_message(void **state)
{
	char longest[NAME_BYTES + 1];
	struct name n;

	(void)state;
	assert_int_equal(name_parse("", &n), -1);
	assert_int_equal(name_parse(".", &n), -1);
	assert_int_equal(name_parse(".hidden:2,S", &n), -1);
	memset(longest, 'a', sizeof(longest));
	longest[NAME_BYTES] = '\0';
	assert_int_equal(name_parse(longest, &n), -1);
	longest[NAME_BYTES - 1] = '\0';
	assert_int_equal(name_parse(longest, &n), 0);
	assert_int_equal(n.unique_len, NAME_BYTES - 1);
}

static void test_name__builds_in_ascii_order(void **state)
{
	char out[NAME_BYTES];

	(void)state;
	assert_int_equal(name_build(out, "x", 1, 0, 0, ""), 0);
	assert_string_equal(out, "x:2,");
	assert_int_equal(
	    name_build(out, "xyz", 1, FLAG_SYSTEM, BIT('z') | BIT('a'), "Z1E"),
	    0);
	assert_string_equal(out, "x:2,1DEFPRSTZaz");
	assert_int_equal(name_build(out, "x", 1, FLAG_SEEN, 0, "Z,T,1"), 0);
	assert_string_equal(out, "x:2,SZ,T,1");
	/* Keywords beyond the letters are not the name's business. */
	assert_int_equal(name_build(out, "x", 1, KEYWORD_BIT(0), 0, ""), 0);
	assert_string_equal(out, "x:2,");
}

static void test_name__build_refuses_what_does_not_fit(void **state)
{
	char unique[NAME_BYTES], out[NAME_BYTES] = "kept";

	(void)state;
	memset(unique, 'u', sizeof(unique));
	assert_int_equal(name_build(out, unique, 251, FLAG_SEEN, 0, ""), 0);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(name_build(out, unique, 252, FLAG_SEEN, 0, ""), -1);
	assert_int_equal(name_build(out, unique, 251, FLAG_SEEN, 1, ""), -1);
	assert_int_equal(name_build(out, unique, 251, FLAG_SEEN, 0, ",x"), -1);
	assert_int_equal(name_build(out, unique, NAME_BYTES, 0, 0, ""), -1);
	assert_int_equal(name_build(out, "", 0, 0, 0, ""), -1);
	assert_int_equal(name_build(out, ".x", 2, 0, 0, ""), -1);
	assert_int_equal(name_build(out, "../x", 4, 0, 0, ""), -1);
	assert_int_equal(name_build(out, "a/b", 3, 0, 0, ""), -1);
}

static void test_name__letters_alone(void **state)
{
	char rest[NAME_BYTES] = "", out[NAME_BYTES] = "kept";

	(void)state;
	assert_int_equal(name_letters(out, 0, 0, ""), 0);
	assert_string_equal(out, ":2,");
	assert_int_equal(name_letters(out, FLAG_SYSTEM, BIT('b'), "Xa,y"), 0);
	assert_string_equal(out, ":2,DFPRSTXab,y");
	/* As long as a name may be, and one more. */
	memset(rest, 'y', 251);
	rest[0] = ',';
	assert_int_equal(name_letters(out, FLAG_SEEN, 0, rest), 0);
	assert_int_equal(strlen(out), NAME_BYTES - 1);
	assert_int_equal(name_letters(out, FLAG_SEEN, 1, rest), -1);
}

static void test_name__fresh_is_nobodys(void **state)
{
	char out[NAME_BYTES];
	uint64_t size;
	uint32_t uid;
	struct name n;

	(void)state;
	name_fresh(out, 1700000000, UINT64_C(0x0123456789abcdef), 42);
	assert_string_equal(out, "1700000000.M0123456789abcdef.imapsyncd,S=42");
	assert_int_equal(name_parse(out, &n), 0);
	assert_int_equal(n.unique_len, strlen(out));
	for (uint64_t tag = 0; tag < 3; tag++)
		assert_false(name_hint(out, strlen(out), tag, 0, &uid, &size));
	/* A file that a broken clock has dated. */
	name_fresh(out, -1, 0, UINT64_MAX);
	assert_string_equal(out, "0.M0000000000000000.imapsyncd,"
				 "S=18446744073709551615");
}

static void test_name__key_is_fixed(void **state)
{
	(void)state;
	/* FNV-1a's own vectors: the database keeps what this computes. */
	assert_true(name_key("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(name_key("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(name_key("foobar", 6) == UINT64_C(0x85944171f73967e8));
	assert_true(name_key("foobarbaz", 6) == name_key("foobar", 6));
}

static void test_name__folder_tag_tells_folders_apart(void **state)
{
	(void)state;
	assert_true(name_folder_tag("a", "bc") != name_folder_tag("ab", "c"));
	assert_true(name_folder_tag("a", "b") != name_folder_tag("b", "a"));
	assert_true(name_folder_tag("a", "b") == name_folder_tag("a", "b"));
}

static void test_name__hint_finds_its_own(void **state)
{
	static const struct name_origin edge[] = {
	    {UINT64_C(0x0123456789abcdef), 1, 1},
	    {0, UINT32_MAX, UINT32_MAX},
	    {UINT64_MAX, 0, 7},
	};
	static const int64_t date[] = {0, -1, INT64_MIN, INT64_MAX, 837596665};
	static const uint64_t bytes[] = {0, 1, UINT64_MAX};

	(void)state;
	for (int i = 0; i < 3 * 5 * 3; i++) {
		const struct name_origin *o = &edge[i % 3];
		char unique[NAME_BYTES];
		uint32_t uid = 0;
		uint64_t size = 42;
		name_unique(unique, o, date[i / 3 % 5], bytes[i / 15]);
		assert_true(name_hint(unique, strlen(unique), o->folder_tag,
				      o->uidvalidity, &uid, &size));
		assert_int_equal(uid, o->uid);
		assert_true(size == bytes[i / 15]);
		assert_false(name_hint(unique, strlen(unique),
				       o->folder_tag + 1, o->uidvalidity, &uid,
				       &size));
		assert_false(name_hint(unique, strlen(unique), o->folder_tag,
				       o->uidvalidity + 1, &uid, &size));
	}
}

static void test_name__unique_looks_like_this(void **state)
{
	struct name_origin o = {UINT64_C(0xab), 17, 4};
	char unique[NAME_BYTES];

	(void)state;
	name_unique(unique, &o, 837596665, 123);
	assert_string_equal(unique,
			    "837596665.V17U4.00000000000000ab.imapsyncd,S=123");
}

static void test_name__hint_is_strict(void **state)
{
	static const struct {
		const char *unique;
		bool ok;
	} table[] = {
	    {"8.V17U4.00000000000000ab.imapsyncd,S=1", true},
	    {"8.V17U4.00000000000000ab.imapsyncd,S=1,W=2", true},
	    {"8.V17U4.00000000000000ab.imapsyncd,S=1x", false},
	    {"8.V17U4.00000000000000ab.imapsyncd,S=", false},
	    {"8.V17U4.00000000000000ab.imapsyncd", false},
	    {"8.V17U4.00000000000000AB.imapsyncd,S=1", false},
	    {"8.V17U0.00000000000000ab.imapsyncd,S=1", false},
	    {"8.V17U4294967296.00000000000000ab.imapsyncd,S=1", false},
	    {"8.V17U-4.00000000000000ab.imapsyncd,S=1", false},
	    {"8.V4294967313U4.00000000000000ab.imapsyncd,S=1", false},
	    {"8.V17U4.00000000000000ab.imapsyncd,S=18446744073709551616",
	     false},
	    {".V17U4.00000000000000ab.imapsyncd,S=1", false},
	    {"-8.V17U4.00000000000000ab.imapsyncd,S=1", false},
	    {"", false},
	};
	uint32_t uid;
	uint64_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(name_hint(table[i].unique,
					   strlen(table[i].unique), 0xab, 17,
					   &uid, &size),
				 table[i].ok);
	/* Bytes behind the length are not looked at. */
	assert_true(name_hint("8.V17U4.00000000000000ab.imapsyncd,S=12", 38,
			      0xab, 17, &uid, &size));
	assert_true(size == 1);
}

static void test_name__random_names_survive(void **state)
{
	static const char alphabet[] = "ab:2,STRFDPazX.0\xff\n ";
	struct rng rng;

	(void)state;
	rng_init(&rng, "names");
	for (int i = 0; i < 100000; i++) {
		char file[24], once[NAME_BYTES], twice[NAME_BYTES];
		struct name a, b;
		size_t len = rng_below(&rng, sizeof(file) - 1);
		for (size_t k = 0; k < len; k++)
			file[k] =
			    alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
		file[len] = '\0';
		if (name_parse(file, &a) < 0)
			continue;
		assert_int_equal(name_build(once, file, a.unique_len, a.flags,
					    a.keywords, a.other),
				 0);
		assert_int_equal(name_parse(once, &b), 0);
		assert_int_equal(a.unique_len, b.unique_len);
		assert_true(a.flags == b.flags);
		assert_int_equal(a.keywords, b.keywords);
		assert_int_equal(name_build(twice, once, b.unique_len, b.flags,
					    b.keywords, b.other),
				 0);
		assert_string_equal(once, twice);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_name__parses),
	    cmocka_unit_test(test_name__refuses_what_is_no_message),
	    cmocka_unit_test(test_name__builds_in_ascii_order),
	    cmocka_unit_test(test_name__build_refuses_what_does_not_fit),
	    cmocka_unit_test(test_name__letters_alone),
	    cmocka_unit_test(test_name__fresh_is_nobodys),
	    cmocka_unit_test(test_name__key_is_fixed),
	    cmocka_unit_test(test_name__folder_tag_tells_folders_apart),
	    cmocka_unit_test(test_name__hint_finds_its_own),
	    cmocka_unit_test(test_name__unique_looks_like_this),
	    cmocka_unit_test(test_name__hint_is_strict),
	    cmocka_unit_test(test_name__random_names_survive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
