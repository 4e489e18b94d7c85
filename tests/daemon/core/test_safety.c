/* SPDX-License-Identifier: MIT */
/* What a deletion waits for, and what it does not wait for. */
#include "daemon/core/safety.h"

#include "tests/support/t.h"

struct row {
	struct safety s;
	struct safety_folder f;
	bool here, there;
};

static void test_safety__waits_for_what_it_could_depend_on(void **state)
{
	static const struct row rows[] = {
	    {{0}, {0}, true, true},
	    {{.dry_run = true}, {0}, false, false},
	    /* What is missing here may be where nobody can look. */
	    {{.unread = true}, {0}, true, false},
	    {{.no_trash = true}, {0}, true, false},
	    {{0}, {.unseen = true}, false, false},
	    {{0}, {.missing = true}, false, false},
	    {{0}, {.aside = true}, false, false},
	    {{.unread = true, .no_trash = true},
	     {.missing = true},
	     false,
	     false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		if (safety_allows(&r->s, &r->f, SAFETY_HERE) != r->here ||
		    safety_allows(&r->s, &r->f, SAFETY_THERE) != r->there)
			fail_msg("row %zu", i);
	}
}

static void test_safety__what_a_pass_tells(void **state)
{
	static const struct {
		struct safety_pass pass;
		struct safety_folder is; /* where it was .missing before */
	} rows[] = {
	    {{0}, {0}},
	    {{.missing = true}, {.missing = true}},
	    {{.unopened = true}, {.missing = true}},
	    {{.refused = 1}, {.missing = true}},
	    {{.aside = 1}, {.aside = true}},
	    /* A look alone tells only that it could not be looked at. */
	    {{.look_only = true, .aside = 1}, {.missing = true}},
	    {{.look_only = true, .unopened = true},
	     {.missing = true, .unseen = true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct safety_folder f = {.missing = true};
		safety_take(&f, &rows[i].pass);
		if (f.missing != rows[i].is.missing ||
		    f.unseen != rows[i].is.unseen ||
		    f.aside != rows[i].is.aside)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_safety__waits_for_what_it_could_depend_on),
	    cmocka_unit_test(test_safety__what_a_pass_tells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
