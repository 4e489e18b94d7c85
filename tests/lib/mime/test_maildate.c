/* SPDX-License-Identifier: MIT */
/* Dates of headers. */
#include "tests/support/t.h"

#include <string.h>

#include <imap4/mime.h>

static const struct {
	const char *date;
	int64_t epoch; /* -1: none */
	int zone;
} rows[] = {
    {"Fri, 10 Feb 2023 10:00:00 +0000", 1676023200, 0},
    {"10 Feb 2023 10:00 +0000", 1676023200, 0},
    {"Fri,10 Feb 2023 05:00:00 EST", 1676023200, -300},
    {"Fri, 10 Feb 23 11:00:00 +0100 (CET)", 1676023200, 60},
    {"(x (y\\) z)) Fri (w), 10 Feb 2023 10:00:00 GMT", 1676023200, 0},
    {"Fri, 10\r\n Feb\t2023 10:00:00 UT", 1676023200, 0},
    {"10 february 2023 10:00:00 -0000", 1676023200, 0},
    {"Thu, 1 Jan 1970 00:00:00 +0000", 0, 0},
    {"1 Jan 70 0:0:0", 0, 0},
    {"1 Jan 100 00:00:00 Z", 946684800, 0},
    {"Mon, 09 Feb 2026 10:11:12 +0100 (MEZ)", 1770628272, 60},
    /* a zone that nobody knows */
    {"10 Feb 2023 10:00:00 XYZ", 1676023200, 0},
    {"10 Feb 2023 10:00:00", 1676023200, 0},
    {"", -1, 0},
    {"Fri", -1, 0},
    {"Fri, 10 Feb 2023", -1, 0},
    {"32 Feb 2023 10:00:00 +0000", -1, 0},
    {"30 Feb 2023 10:00:00 +0000", -1, 0},
    {"10 Foo 2023 10:00:00 +0000", -1, 0},
    {"10 Fe 2023 10:00:00 +0000", -1, 0},
    {"10 Feb 20233 10:00:00 +0000", -1, 0},
    {"10 Feb 3 10:00:00 +0000", -1, 0},
    {"10 Feb 2023 25:00:00 +0000", -1, 0},
    {"10 Feb 2023 10:61:00 +0000", -1, 0},
    {"10 Feb 2023 10 +0000", -1, 0},
    {"10 Feb 2023 10:00:00:00 +0000", -1, 0},
    {"10 Feb 2023 10:00:00 +9999", -1, 0},
    {"(", -1, 0},
    {"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
     "("
     "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
     -1, 0},
};

static void test_maildate__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct imap4_str s = {rows[i].date, strlen(rows[i].date)};
		int64_t epoch = -1;
		int zone = 0;
		int rc = imap4_header_date(s, &epoch, &zone);
		if (rc != (rows[i].epoch < 0 ? IMAP4_EINVAL : 0) ||
		    epoch != rows[i].epoch || zone != rows[i].zone)
			fail_msg("%s: %d, %lld %d", rows[i].date, rc,
				 (long long)epoch, zone);
	}
	assert_int_equal(
	    imap4_header_date((struct imap4_str){NULL, 0}, NULL, NULL),
	    IMAP4_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_maildate__table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
