/* SPDX-License-Identifier: MIT */
/* INTERNALDATE: tables, the vectors of other projects, and every day of ten
 * thousand years against the C library's arithmetic.
 */
#include <imap4/codec.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/rng.h"
#include "tests/support/t.h"
#include "tests/support/vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int64_t epoch;
	int zone;
} good[] = {
    {"17-Jul-1996 02:44:25 -0700", 837596665, -420},
    {"01-Jan-1970 00:00:00 +0000", 0, 0},
    {" 1-Jan-1970 00:00:00 +0000", 0, 0}, /* date-day-fixed */
    {"1-Jan-1970 00:00:00 +0000", 0, 0},  /* old servers */
    {"31-dEC-1969 23:59:59 +0000", -1, 0},
    {"29-Feb-2000 00:00:00 +0000", 951782400, 0},
    {"29-Feb-2024 23:59:60 -0000", 1709251200, 0}, /* leap second */
    {"01-Jan-0001 00:00:00 +2359", INT64_C(-62135683140), 1439},
    {"31-Dec-9999 23:59:59 -2359", INT64_C(253402387139), -1439},
};

static void test_date__parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t epoch;
		int zone;
		const char *s = good[i].text;
		assert_int_equal(imap4_date_parse(s, strlen(s), &epoch, &zone),
				 0);
		assert_int_equal(epoch, good[i].epoch);
		assert_int_equal(zone, good[i].zone);
		assert_int_equal(imap4_date_parse(s, strlen(s), &epoch, NULL),
				 0);
	}
}

static void test_date__refuses(void **state)
{
	static const char *const bad[] = {
	    "",
	    "-Jan-2020 00:00:00 +0000",
	    " -Jan-2020 00:00:00 +0000",
	    "00-Jan-2020 00:00:00 +0000",
	    "32-Jan-2020 00:00:00 +0000",
	    "29-Feb-1900 00:00:00 +0000", /* not a leap year */
	    "31-Apr-2020 00:00:00 +0000",
	    "  1-Jan-2020 00:00:00 +0000",
	    "1 -Jan-2020 00:00:00 +0000",
	    "001-Jan-2020 00:00:00 +0000",
	    "01-Jam-2020 00:00:00 +0000",
	    "01-Jan-0000 00:00:00 +0000",
	    "01-Jan-20 00:00:00 +0000", /* RFC 822 */
	    "01-Jan-20200 00:00:00 +0000",
	    "01-Jan-2020 24:00:00 +0000",
	    "01-Jan-2020 00:60:00 +0000",
	    "01-Jan-2020 00:00:61 +0000",
	    "01-Jan-2020 00.00.00 +0000",
	    "01-Jan-2020 -1:00:00 +0000",
	    "01-Jan-2020 00:00:00 0000",
	    "01-Jan-2020 00:00:00  0000",
	    "01-Jan-2020 00:00:00 +2400",
	    "01-Jan-2020 00:00:00 +0060",
	    "01-Jan-2020 00:00:00 GMT",
	    "01-Jan-2020 00:00:00 +000",
	    "01-Jan-2020 00:00:00 +0000 ",
	    "01-Jan-2020T00:00:00 +0000",
	    "01/Jan/2020 00:00:00 +0000",
	    "\"01-Jan-2020 00:00:00 +0000\"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t epoch = 42;
		int zone = 43;
		if (imap4_date_parse(bad[i], strlen(bad[i]), &epoch, &zone) !=
		    IMAP4_EINVAL)
			fail_msg("'%s' is accepted", bad[i]);
		assert_int_equal(epoch, 42);
		assert_int_equal(zone, 43);
	}
}

static void test_date__does_not_read_behind_the_length(void **state)
{
	const char *s = good[0].text;
	int64_t epoch;

	(void)state;
	for (size_t len = 0; len < strlen(s); len++)
		assert_int_equal(imap4_date_parse(s, len, &epoch, NULL),
				 IMAP4_EINVAL);
}

static void test_date__formats(void **state)
{
	char out[IMAP4_DATE_MAX];

	(void)state;
	assert_int_equal(imap4_date_format(837596665, -420, out), 0);
	assert_string_equal(out, "17-Jul-1996 02:44:25 -0700");
	assert_int_equal(imap4_date_format(0, 0, out), 0);
	assert_string_equal(out, "01-Jan-1970 00:00:00 +0000");
	assert_int_equal(imap4_date_format(-1, 330, out), 0);
	assert_string_equal(out, "01-Jan-1970 05:29:59 +0530");
}

static void test_date__format_keeps_to_years_of_four_digits(void **state)
{
	const int64_t first = INT64_C(-62135596800);
	const int64_t last = INT64_C(253402300799);
	char out[IMAP4_DATE_MAX];

	(void)state;
	assert_int_equal(imap4_date_format(first, 0, out), 0);
	assert_string_equal(out, "01-Jan-0001 00:00:00 +0000");
	assert_int_equal(imap4_date_format(last, 0, out), 0);
	assert_string_equal(out, "31-Dec-9999 23:59:59 +0000");
	assert_int_equal(imap4_date_format(first - 1, 0, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(last + 1, 0, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(last, 1, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(first, -1, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(INT64_MAX, 1439, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(INT64_MIN, -1439, out),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(0, 1440, out), IMAP4_EINVAL);
	assert_int_equal(imap4_date_format(0, -1440, out), IMAP4_EINVAL);
}

static void test_date__agrees_with_the_c_library(void **state)
{
	const int64_t first = INT64_C(-62135596800);
	const int64_t last = INT64_C(253402300799);
	struct rng r;

	(void)state;
	rng_init(&r, "date");
	/* Steps of 11 days and some seconds meet every month and leap day. */
	for (int64_t t = first; t <= last; t += 11 * 86400 + 3607) {
		char ours[IMAP4_DATE_MAX], theirs[64];
		int zone = (int)rng_below(&r, 2 * 1439 + 1) - 1439;
		time_t local = (time_t)(t + zone * 60);
		struct tm tm;
		int64_t epoch;
		int back;
		if (imap4_date_format(t, zone, ours) < 0)
			continue; /* a zone leads out of the years */
		assert_non_null(gmtime_r(&local, &tm));
		/* The tests run in the C locale. */
		size_t n = strftime(theirs, sizeof(theirs), "%d-%b-", &tm);
		int abs_zone = zone < 0 ? -zone : zone;
		(void)snprintf(theirs + n, sizeof(theirs) - n,
			       "%04d %02d:%02d:%02d %c%02d%02d",
			       tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
			       tm.tm_sec, zone < 0 ? '-' : '+', abs_zone / 60,
			       abs_zone % 60);
		assert_string_equal(ours, theirs);
		assert_int_equal(
		    imap4_date_parse(ours, strlen(ours), &epoch, &back), 0);
		assert_int_equal(epoch, t);
		assert_int_equal(back, zone);
	}
}

/* Cases that other projects accept or refuse and we do not, and why. */
static const struct {
	const char *id, *reason;
} exceptions[] = {
    {"cyrus-568d9ca4f9", "RFC 822 date with a military zone, not IMAP"},
    {"cyrus-77381b4b9a", "the same"},
    {"cyrus-7794d6c68d", "the same"},
    {"cyrus-b6bd77a989", "the same"},
    {"cyrus-b783ca7cbd", "the same"},
    {"cyrus-f2f0ce32bc", "the same"},
    {"imapclient-0b7379b757", "an RFC 822 date, never INTERNALDATE"},
    {"imapclient-8a56ba28ba", "the same"},
    {"imapclient-e6af0988c2", "the same"},
};

static bool excepted(const char *id)
{
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (strcmp(id, exceptions[i].id) == 0)
			return true;
	}
	return false;
}

/* The epoch that a case demands, by the C library; false: none is given. */
static bool wanted_epoch(const struct vector *v, int64_t *epoch)
{
	json_t *number = json_object_get(v->expected, "epoch");
	json_t *fields = json_object_get(v->expected, "fields");
	const char *iso = vectors_text(v->expected, "iso");
	struct tm tm = {.tm_mday = 1};
	int hours = 0, minutes = 0, east = 1;

	if (json_is_integer(number)) {
		*epoch = json_integer_value(number);
		return true;
	}
	int *const to[] = {&tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			   &tm.tm_hour, &tm.tm_min, &tm.tm_sec};
	if (fields) {
		for (size_t i = 0; i < COUNT(to); i++)
			*to[i] =
			    (int)json_integer_value(json_array_get(fields, i));
		minutes = (int)json_integer_value(
		    json_object_get(v->expected, "tz_minutes"));
	} else if (iso) {
		char sign;
		assert_int_equal(sscanf(iso, "%d-%d-%dT%d:%d:%d%c%d:%d", to[0],
					to[1], to[2], to[3], to[4], to[5],
					&sign, &hours, &minutes),
				 9);
		east = sign == '-' ? -1 : 1;
	} else {
		return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*epoch = (int64_t)timegm(&tm) - east * (hours * 60 + minutes) * 60;
	return true;
}

static void check_date(const struct vector *v, const char *s, size_t len)
{
	const char *result = vectors_text(v->expected, "result");
	json_t *tz = json_object_get(v->expected, "tz_minutes");
	int64_t epoch, wanted = 0;
	int zone;
	bool ok = result && strcmp(result, "ok") == 0 && !excepted(v->id);

	int rc = imap4_date_parse(s, len, &epoch, &zone);
	if (rc != (ok ? IMAP4_OK : IMAP4_EINVAL))
		fail_msg("%s: '%.*s' gives %d", v->id, (int)len, s, rc);
	if (!ok)
		return;
	assert_true(wanted_epoch(v, &wanted));
	if (epoch != wanted)
		fail_msg("%s is read differently", v->id);
	if (tz)
		assert_int_equal(zone, json_integer_value(tz));
}

static void check_internaldate(const struct vector *v, void *ctx)
{
	const char *s = (const char *)v->raw;
	size_t len = v->len;

	(void)ctx;
	if (len > 0 && s[0] == '"') {
		s++;
		len--;
	}
	if (len > 0 && s[len - 1] == '"')
		len--;
	check_date(v, s, len);
}

/* RFC 9051 date, without a time: the civil part is the same code. */
static void check_day(const struct vector *v, void *ctx)
{
	char text[64];

	(void)ctx;
	int n = snprintf(text, sizeof(text), "%s 00:00:00 +0000",
			 (const char *)v->raw);
	check_date(v, text, (size_t)n);
}

static void test_date__vectors(void **state)
{
	(void)state;
	if (vectors_each("internaldate", check_internaldate, NULL) == 0 ||
	    vectors_each("date", check_day, NULL) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_date__parses),
	    cmocka_unit_test(test_date__refuses),
	    cmocka_unit_test(test_date__does_not_read_behind_the_length),
	    cmocka_unit_test(test_date__formats),
	    cmocka_unit_test(test_date__format_keeps_to_years_of_four_digits),
	    cmocka_unit_test(test_date__agrees_with_the_c_library),
	    cmocka_unit_test(test_date__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
