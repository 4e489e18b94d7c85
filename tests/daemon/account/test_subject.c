/* SPDX-License-Identifier: MIT */
/* The subject of a file's beginning. */
#include "daemon/account/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

static void test_subject__is_found(void **state)
{
	static const struct {
		const char *head, *subject; /* NULL: none */
	} table[] = {
	    {"Subject: plain\n\nbody\n", "plain"},
	    {"From: a\nSUBJECT:none but this\nTo: b\n\n", "none but this"},
	    {"Subject: folded\n over\n\tlines\nX: y\n\n", "folded over lines"},
	    {"Subject: =?iso-8859-1?q?caf=E9?=\n", "caf\xc3\xa9"},
	    {"X: y\n Subject: no\n\nSubject: in the body\n", NULL},
	    {"Subject:\n\n", NULL},
	    {"Subject: \n\n", NULL},
	    {"\nSubject: behind\n", NULL},
	    {"Subjects: x\n", NULL},
	    {"Subject: cut", "cut"},
	    {"", NULL},
	};
	char out[SUBJECT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = strlen(table[i].head);
		/* Of exactly that size, so that an overrun is seen. */
		char *copy = malloc(len + 1);
		assert_non_null(copy);
		memcpy(copy, table[i].head, len);
		bool found = subject_find(copy, len, out);
		free(copy);
		assert_int_equal(found, table[i].subject != NULL);
		if (found)
			assert_string_equal(out, table[i].subject);
	}
}

static void test_subject__is_cut_to_what_fits(void **state)
{
	char head[1000], out[SUBJECT_BYTES];

	(void)state;
	(void)snprintf(head, sizeof(head), "Subject: %0900d\n\n", 0);
	assert_true(subject_find(head, strlen(head), out));
	assert_true(strlen(out) < SUBJECT_BYTES);
	assert_true(strlen(out) > SUBJECT_BYTES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_subject__is_found),
	    cmocka_unit_test(test_subject__is_cut_to_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
