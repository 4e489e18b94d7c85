/* SPDX-License-Identifier: MIT */
/* A folder's keywords: which bit each has in the rows, which letter in the
 * files, and what they are in another folder.
 */
#include "daemon/store/local_folder.h"

#include "tests/daemon/store/bed.h"

static struct local_folder a, b2;

static int setup(void **state)
{
	a = b2 = (struct local_folder){0};
	return bed_setup(state);
}

static int teardown(void **state)
{
	local_folder_close(&a);
	local_folder_close(&b2);
	return bed_teardown(state);
}

static int try_open(struct bed *b, const char *folder, bool write,
		    struct local_folder *out)
{
	struct local_folder_opts opts = {.write = write};
	struct store_name name = bed_name(folder);
	struct state_folder row;

	bed_must(b, store_row(&b->store, &name, &row, &b->err));
	int r = local_folder_open(b->store.state, b->store.root, &row, &opts,
				  out, &b->err);
	assert_null(row.name);
	return r;
}

static void open_one(struct bed *b, const char *folder,
		     struct local_folder *out)
{
	bed_mkdir(b, folder);
	bed_must(b, try_open(b, folder, true, out));
	assert_true(out->have_dir);
}

static void add(struct bed *b, struct local_folder *f, const char *keyword)
{
	bed_must(b,
		 local_folder_keyword_add(b->store.state, f, keyword, &b->err));
}

/* The bit of a keyword, 0: it has none. */
static uint64_t bit_of(const struct local_folder *f, const char *keyword)
{
	int k = state_keywords_find(&f->table, keyword);

	return k < 0 ? 0 : KEYWORD_BIT(k);
}

static void test_local_folder__missing_folder(void **state)
{
	struct bed *b = *state;

	bed_must(b, try_open(b, "A", true, &a));
	assert_false(a.have_dir);
	assert_string_equal(a.row.name, "A");
	assert_false(bed_has(b, "A"));
	/* A keyword has a bit then, and nowhere to have a letter. */
	add(b, &a, "$label");
	assert_true(bit_of(&a, "$label") != 0);
	assert_true(local_folder_letters(&a, bit_of(&a, "$label")) == 0);
	assert_true(local_folder_mask(&a) == FLAG_SYSTEM);
	local_folder_close(&a);
	open_one(b, "A", &a);
	assert_true(bed_has(b, "A/cur"));
}

static void test_local_folder__without_root(void **state)
{
	struct bed *b = *state;
	struct state_folder row = {
	    .id = -1, .name = xstrdup("A"), .path = xstrdup("A")};
	struct local_folder_opts opts = {.write = true};

	bed_must(
	    b, local_folder_open(b->store.state, -1, &row, &opts, &a, &b->err));
	assert_false(a.have_dir);
	assert_int_equal(a.row.id, -1);
	assert_int_equal(a.table.n, 0);
}

/* What failed leaves nothing open. */
static void test_local_folder__failures(void **state)
{
	struct bed *b = *state;

	open_one(b, "A", &a);
	bed_put(b, "A/dovecot-keywords", "0 $one\n1 $two\n");
	local_folder_close(&a);
	int before = bed_descriptors();
	static const unsigned calls[] = {FAULT_OPEN, FAULT_READDIR, FAULT_READ,
					 FAULT_STEP};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int failed = 0;
		for (long k = 0;; k++) {
			struct local_folder f;
			struct local_folder_opts opts = {.write = true};
			struct store_name name = bed_name("A");
			struct state_folder row;
			bed_must(b, store_row(&b->store, &name, &row, &b->err));
			fault_arm(calls[i], k, EIO);
			int r = local_folder_open(b->store.state, b->store.root,
						  &row, &opts, &f, &b->err);
			bool hit = fault_disarm();
			failed += r < 0;
			if (r == 0)
				local_folder_close(&f);
			assert_int_equal(bed_descriptors(), before);
			if (!hit)
				break;
		}
		assert_int_not_equal(failed, 0);
	}
	bed_unlink(b, "A/new");
	assert_int_equal(try_open(b, "A", true, &a), -1);
	assert_int_equal(bed_descriptors(), before);
}

/* What an interrupted sync left goes, but not when somebody only looks. */
static void test_local_folder__sweeps(void **state)
{
	struct bed *b = *state;

	open_one(b, "A", &a);
	local_folder_close(&a);
	bed_put(b, "A/tmp/imapsyncd.left", "half");
	bed_put(b, "A/tmp/theirs", "half");
	bed_put(b, "A/dovecot-keywords.lock", "imapsyncd\n");
	bed_must(b, try_open(b, "A", false, &a));
	assert_true(bed_has(b, "A/tmp/imapsyncd.left"));
	assert_true(bed_has(b, "A/dovecot-keywords.lock"));
	local_folder_close(&a);
	bed_must(b, try_open(b, "A", true, &a));
	assert_false(bed_has(b, "A/tmp/imapsyncd.left"));
	assert_true(bed_has(b, "A/tmp/theirs"));
	assert_false(bed_has(b, "A/dovecot-keywords.lock"));
}

/* A letter that a mail program gave. */
static void test_local_folder__learns_letters(void **state)
{
	struct bed *b = *state;
	uint64_t bit[KEYWORD_LETTERS];

	open_one(b, "A", &a);
	add(b, &a, "ours");
	local_folder_close(&a);
	bed_put(b, "A/dovecot-keywords",
		"0 ours\n1 theirs\n3 $Forwarded\nnonsense\n");
	bed_must(b, try_open(b, "A", false, &a));
	assert_true(bit_of(&a, "theirs") == 0);
	local_folder_close(&a);
	bed_must(b, try_open(b, "A", true, &a));
	uint64_t ours = bit_of(&a, "ours"), theirs = bit_of(&a, "THEIRS");
	assert_true(ours != 0 && theirs != 0 && ours != theirs);
	assert_true(bit_of(&a, "$Forwarded") == 0);
	local_folder_letter_bits(&a, bit);
	assert_true(bit[0] == ours);
	assert_true(bit[1] == theirs);
	assert_true(bit[2] == 0);
	assert_true(bit[3] == FLAG_PASSED);
	assert_int_equal(local_folder_letters(&a, ours | theirs | FLAG_SYSTEM),
			 3);
	assert_true(local_folder_mask(&a) == (FLAG_SYSTEM | ours | theirs));
}

/* $Forwarded is P in our names, and may be a letter in others': taken away it
 * is gone, however it was written. */
static void test_local_folder__letters_showing(void **state)
{
	struct bed *b = *state;

	open_one(b, "A", &a);
	local_folder_close(&a);
	bed_put(b, "A/dovecot-keywords", "0 $Forwarded\n1 x\n2 y\n");
	open_one(b, "A", &a);
	uint64_t x = bit_of(&a, "x");
	assert_int_equal(local_folder_letters(&a, FLAG_PASSED | x), 2);
	assert_int_equal(local_folder_letters_showing(&a, FLAG_PASSED | x), 3);
	assert_int_equal(local_folder_letters_showing(&a, FLAG_SEEN), 0);
	assert_int_equal(local_folder_letters_showing(&a, 0), 0);
}

/* G10: 26 letters, 58 bits, and no more. */
static void test_local_folder__runs_out_of_letters_then_of_bits(void **state)
{
	struct bed *b = *state;
	char keyword[16];
	uint64_t all = 0;

	open_one(b, "A", &a);
	for (int i = 0; i < KEYWORD_MAX + 2; i++) {
		(void)snprintf(keyword, sizeof(keyword), "k%d", i);
		add(b, &a, keyword);
		uint64_t bit = bit_of(&a, keyword);
		assert_int_equal(bit != 0, i < KEYWORD_MAX);
		assert_int_equal(local_folder_letters(&a, bit) != 0,
				 i < KEYWORD_LETTERS);
		all |= bit;
	}
	assert_true(all == ~FLAG_SYSTEM);
	assert_int_equal(__builtin_popcountll(local_folder_mask(&a)), 6 + 26);
	/* Again is no more. */
	add(b, &a, "K0");
	assert_int_equal(a.table.n, KEYWORD_MAX);
}

static void test_local_folder__maps_to_another_folder(void **state)
{
	struct bed *b = *state;
	struct local_folder_map map;

	open_one(b, "A", &a);
	open_one(b, "B", &b2);
	add(b, &a, "one");
	add(b, &a, "two");
	add(b, &b2, "other");
	add(b, &b2, "two");
	bed_must(b, local_folder_map(b->store.state, &a, &b2, &map, &b->err));
	assert_int_equal(map.letter[0], keywords_find(&b2.letters, "one"));
	assert_int_equal(map.letter[0], 2);
	assert_int_equal(map.letter[1], 1);
	assert_int_equal(map.letter[2], -1);
	assert_true(
	    local_folder_map_flags(&map, FLAG_SEEN | bit_of(&a, "one")) ==
	    (FLAG_SEEN | bit_of(&b2, "one")));
	assert_true(local_folder_map_flags(&map, bit_of(&a, "two")) ==
		    bit_of(&b2, "two"));
	assert_true(local_folder_map_flags(&map, KEYWORD_BIT(40)) == 0);
	/* And is known at once. */
	assert_true(local_folder_letters(&b2, bit_of(&b2, "one")) == 4);
}

static void test_local_folder__map_needs_room(void **state)
{
	struct bed *b = *state;
	struct local_folder_map map;
	char keyword[16];

	open_one(b, "A", &a);
	open_one(b, "B", &b2);
	add(b, &a, "one");
	for (int i = 0; i < KEYWORD_MAX; i++) {
		(void)snprintf(keyword, sizeof(keyword), "k%d", i);
		add(b, &b2, keyword);
	}
	bed_must(b, local_folder_map(b->store.state, &a, &b2, &map, &b->err));
	assert_true(map.bit[0] == 0);
	assert_int_equal(map.letter[0], -1);
}

/* A mark that has a letter there, and none here, must not seem to be taken
 * away by a move. */
static void test_local_folder__maps_what_has_no_bit(void **state)
{
	struct bed *b = *state;
	struct local_folder_map map;
	uint64_t bit[KEYWORD_LETTERS];

	open_one(b, "A", &a);
	local_folder_close(&a);
	bed_put(b, "A/dovecot-keywords", "5 $Forwarded\n");
	open_one(b, "A", &a);
	open_one(b, "B", &b2);
	bed_must(b, local_folder_map(b->store.state, &a, &b2, &map, &b->err));
	assert_int_equal(map.letter[5], 0);
	local_folder_letter_bits(&b2, bit);
	assert_true(bit[0] == FLAG_PASSED);
	assert_true(local_folder_map_flags(&map, FLAG_PASSED) == FLAG_PASSED);
	bed_expect(b, "B/dovecot-keywords", "0 $Forwarded\n");
}

static void test_local_folder__map_failures(void **state)
{
	struct bed *b = *state;
	struct local_folder_map map;

	open_one(b, "A", &a);
	add(b, &a, "one");
	open_one(b, "B", &b2);
	fault_arm(FAULT_RENAME, 0, ENOSPC);
	assert_int_equal(
	    local_folder_map(b->store.state, &a, &b2, &map, &b->err), -1);
	assert_true(fault_disarm());
	fault_arm(FAULT_STEP, 0, ENOSPC);
	fault.name = "INSERT INTO keyword";
	assert_int_equal(
	    local_folder_map(b->store.state, &a, &b2, &map, &b->err), -1);
	assert_true(fault_disarm());
	bed_must(b, local_folder_map(b->store.state, &a, &b2, &map, &b->err));
	assert_true(map.bit[0] == bit_of(&b2, "one"));
}

#define local_folder_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    local_folder_test(test_local_folder__missing_folder),
	    local_folder_test(test_local_folder__without_root),
	    local_folder_test(test_local_folder__failures),
	    local_folder_test(test_local_folder__sweeps),
	    local_folder_test(test_local_folder__learns_letters),
	    local_folder_test(test_local_folder__letters_showing),
	    local_folder_test(
		test_local_folder__runs_out_of_letters_then_of_bits),
	    local_folder_test(test_local_folder__maps_to_another_folder),
	    local_folder_test(test_local_folder__map_needs_room),
	    local_folder_test(test_local_folder__maps_what_has_no_bit),
	    local_folder_test(test_local_folder__map_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
