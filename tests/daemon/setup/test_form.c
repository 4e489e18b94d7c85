/* SPDX-License-Identifier: MIT */
#include "daemon/setup/form.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

static void test_form__encodes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	form_add(&b, "a", "x-._~9");
	form_add(&b, "none", NULL);
	form_add(&b, "b", "a b&c=d/\xc3\xa4%");
	form_add(&b, "c", "");
	assert_string_equal(b.data, "a=x-._~9&b=a%20b%26c%3Dd%2F%C3%A4%25&c=");
	buf_reset(&b);
	assert_int_equal(buf_adds(&b, "https://h/?"), 0);
	form_add(&b, "a", "1");
	assert_string_equal(b.data, "https://h/?a=1");
	buf_release(&b);
}

static void test_form__finds(void **state)
{
	static const struct {
		const char *query, *value;
	} table[] = {
	    {"a=1", "1"},
	    {"b=2&a=1&c=3", "1"},
	    {"aa=2&a=%41%2b+%c3%a4", "A+ \xc3\xa4"},
	    {"a=", ""},
	    {"&&a=1&", "1"},
	    {"a==1=", "=1="},
	    {"", NULL},
	    {"a", NULL},
	    {"b=a=1", NULL},
	    /* Which of them? */
	    {"a=1&a=1", NULL},
	    {"a=%", NULL},
	    {"a=%4", NULL},
	    {"a=%4&b=1", NULL},
	    {"a=%4g", NULL},
	    {"a=%g4", NULL},
	    {"a=%00", NULL},
	    {"a=1%0d%0aX: y", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		/* No NUL behind it. */
		size_t len = strlen(table[i].query);
		char *query = malloc(len + 1);
		assert_non_null(query);
		memcpy(query, table[i].query, len);
		query[len] = '1';
		char *value = form_find(query, len, "a");
		if (table[i].value) {
			assert_non_null(value);
			assert_string_equal(value, table[i].value);
		} else {
			assert_null(value);
		}
		free(value);
		free(query);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form__encodes),
	    cmocka_unit_test(test_form__finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
