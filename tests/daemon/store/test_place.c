/* SPDX-License-Identifier: MIT */
/* What is done with a folder's row. */
#include "daemon/store/place.h"

#include "tests/daemon/store/bed.h"

static bool has_folder(struct bed *b, int64_t id)
{
	char sql[80];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM folder WHERE id = %lld",
		       (long long)id);
	return bed_number(b, sql) == 1;
}

/* An upload was cut, and then the folder went on both sides: what became of it
 * is nobody's question any more. */
static void test_place__forgets_what_was_to_end_there(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box");
	struct state_intent upload = {
	    .folder = box,
	    .kind = STATE_INTENT_UPLOAD,
	    .unique = "a",
	    .key = bed_key("a"),
	};

	bed_promise(b, &upload);
	assert_int_equal(place_forget(&b->store, box, &b->err), 0);
	assert_false(has_folder(b, box));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM intent"), 0);
}

/* A move out of it is found out about where it goes to. */
static void test_place__waits_for_moves_out_of_it(void **state)
{
	struct bed *b = *state;
	int64_t box = bed_make(b, "Box"), to = bed_make(b, "To");
	struct state_intent move = {
	    .folder = to,
	    .kind = STATE_INTENT_MOVE,
	    .unique = "a",
	    .key = bed_key("a"),
	    .source = box,
	    .source_uid = 1,
	};

	bed_promise(b, &move);
	assert_int_equal(place_forget(&b->store, box, &b->err), 1);
	assert_true(has_folder(b, box));
	assert_int_equal(bed_number(b, "SELECT count(*) FROM intent"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    bed_test(test_place__forgets_what_was_to_end_there),
	    bed_test(test_place__waits_for_moves_out_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
