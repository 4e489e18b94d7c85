/* SPDX-License-Identifier: MIT */
/* What a client may ask, and what is none. */
#include "daemon/control/request.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

static int parse(const char *line, struct request *out)
{
	const char *why = NULL;
	int rc = request_parse(line, strlen(line), out, &why);

	assert_non_null(why);
	return rc;
}

static void test_request__says_what_is_asked(void **state)
{
	struct request r;

	(void)state;
	assert_int_equal(parse("{\"verb\":\"sync\",\"wait\":true,"
			       "\"targets\":[\"home\",\"work/A/B\"]}",
			       &r),
			 0);
	assert_int_equal(r.verb, REQUEST_SYNC);
	assert_true(r.wait);
	assert_false(r.full || r.quiet);
	assert_int_equal(r.ntargets, 2);
	assert_string_equal(r.target[0], "home");
	assert_string_equal(r.target[1], "work/A/B");
	assert_null(r.target[2]);
	request_release(&r);
	/* Members that are not known are of a later version. */
	assert_int_equal(parse("{\"verb\":\"status\",\"color\":[1]}", &r), 0);
	assert_int_equal(r.verb, REQUEST_STATUS);
	assert_int_equal(r.ntargets, 0);
	request_release(&r);
}

static void test_request__refuses_what_is_none(void **state)
{
	static const char *const lines[] = {
	    "",
	    "status",
	    "[]",
	    "null",
	    "{}",
	    "{\"verb\":\"fly\"}",
	    "{\"verb\":7}",
	    "{\"verb\":\"status\"} {}",
	    "{\"verb\":\"status\",\"verb\":\"sync\"}",
	    "{\"verb\":\"sync\",\"wait\":1}",
	    "{\"verb\":\"sync\",\"targets\":\"home\"}",
	    "{\"verb\":\"sync\",\"targets\":[\"\"]}",
	    "{\"verb\":\"sync\",\"targets\":[\"a\",7]}",
	    "{\"verb\":\"sync\",\"targets\":[\"a\\u0000b\"]}",
	    "{\"verb\":\"sync\",\"targets\":[\"\xff\"]}",
	    /* Without what it is to be compared with. */
	    "{\"verb\":\"once\",\"targets\":[\"a\"]}",
	    "{\"verb\":\"once\",\"targets\":[\"a\"],\"prints\":[]}",
	    "{\"verb\":\"once\"}",
	};
	struct request r;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i], &r), -1);
}

static void test_request__is_bounded(void **state)
{
	static char line[REQUEST_MAX_BYTES + 2];
	struct request r;

	(void)state;
	memset(line, ' ', sizeof(line) - 1);
	memcpy(line, "{\"verb\":\"status\"}", 17);
	assert_int_equal(parse(line, &r), -1);
	line[REQUEST_MAX_BYTES] = '\0';
	assert_int_equal(parse(line, &r), 0);
	request_release(&r);
	/* Nested as deep as it is long. */
	memset(line, '[', REQUEST_MAX_BYTES);
	assert_int_equal(parse(line, &r), -1);
}

static void test_request__has_so_many_targets(void **state)
{
	static char line[REQUEST_MAX_BYTES];
	static const char begin[] = "{\"verb\":\"sync\",\"targets\":[\"a\"";
	struct request r;

	(void)state;
	for (int n = REQUEST_MAX_TARGETS; n <= REQUEST_MAX_TARGETS + 1; n++) {
		size_t len = sizeof(begin) - 1;
		memcpy(line, begin, len);
		for (int i = 1; i < n; i++, len += 4)
			memcpy(line + len, ",\"a\"", 4);
		memcpy(line + len, "]}", 3);
		assert_int_equal(parse(line, &r),
				 n > REQUEST_MAX_TARGETS ? -1 : 0);
		if (n <= REQUEST_MAX_TARGETS)
			request_release(&r);
	}
}

static void test_request__is_read_as_it_was_written(void **state)
{
	char quoted[] = "home/\"quoted\\\n", work[] = "work";
	char first[] = "0123", second[] = "ff";
	char *target[] = {quoted, work}, *print[] = {first, second};
	struct request back, r = {.verb = REQUEST_ONCE,
				  .full = true,
				  .quiet = true,
				  .target = target,
				  .print = print,
				  .ntargets = 2};

	(void)state;
	char *line = request_print(&r);
	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	assert_int_equal(parse(line, &back), 0);
	free(line);
	assert_int_equal(back.verb, REQUEST_ONCE);
	assert_true(back.full && back.quiet && !back.wait);
	assert_int_equal(back.ntargets, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(back.target[i], target[i]);
		assert_string_equal(back.print[i], print[i]);
	}
	request_release(&back);
}

static void test_request__that_cannot_be_written(void **state)
{
	static char huge[REQUEST_MAX_BYTES + 1];
	char latin[] = "\xe9";
	char *target[] = {latin};
	struct request r = {
	    .verb = REQUEST_SYNC, .target = target, .ntargets = 1};

	(void)state;
	assert_null(request_print(&r));
	memset(huge, 'a', sizeof(huge) - 1);
	target[0] = huge;
	assert_null(request_print(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request__says_what_is_asked),
	    cmocka_unit_test(test_request__refuses_what_is_none),
	    cmocka_unit_test(test_request__is_bounded),
	    cmocka_unit_test(test_request__has_so_many_targets),
	    cmocka_unit_test(test_request__is_read_as_it_was_written),
	    cmocka_unit_test(test_request__that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
