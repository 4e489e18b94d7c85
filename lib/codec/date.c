/* SPDX-License-Identifier: MIT */
/* RFC 9051 date-time, to seconds since the epoch and back. Own arithmetic on
 * the proleptic Gregorian calendar: the C library's functions depend on the
 * zone, the locale and their own idea of what is in range.
 */
#include <imap4/codec.h>

#include <string.h>

#include "lib/util/ascii.h"

#define DAY_SECONDS INT64_C(86400)
/* Days from 1 January of year 1 to 1 January 1970. */
#define EPOCH_DAYS INT64_C(719162)
#define MAX_ZONE   (23 * 60 + 59)

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* month: 0..11 */
static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};

	return days[month] + (month == 1 && is_leap(year));
}

/* Days from 1 January of year 1 to 1 January of the year. */
static int64_t year_days(int year)
{
	int64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

/* n digits at s as a number, or -1. */
static int digits(const char *s, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!ascii_digit(s[i]))
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

/* "MMM-YYYY" and the day to days from 1 January of year 1, or -1. */
static int64_t parse_month_year(const char *s, int day)
{
	int month = 0;

	while (month < 12 && !ascii_is(s, 3, months[month]))
		month++;
	int year = digits(s + 4, 4);
	if (month == 12 || s[3] != '-' || year < 1)
		return -1;
	if (day < 1 || day > month_days(year, month))
		return -1;
	int64_t days = year_days(year) + day - 1;
	for (int m = 0; m < month; m++)
		days += month_days(year, m);
	return days;
}

/* "HH:MM:SS" to seconds, or -1. A leap second counts as the next second. */
static int parse_time(const char *s)
{
	int hour = digits(s, 2), minute = digits(s + 3, 2);
	int second = digits(s + 6, 2);

	if (s[2] != ':' || s[5] != ':' || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 60)
		return -1;
	return hour * 3600 + minute * 60 + second;
}

/* "+HHMM" to minutes east. */
static int parse_zone(const char *s, int *zone)
{
	int hours = digits(s + 1, 2), minutes = digits(s + 3, 2);

	if ((s[0] != '+' && s[0] != '-') || hours < 0 || hours > 23 ||
	    minutes < 0 || minutes > 59)
		return -1;
	*zone = (hours * 60 + minutes) * (s[0] == '-' ? -1 : 1);
	return 0;
}

int imap4_date_parse(const char *s, size_t len, int64_t *epoch, int *zone)
{
	static const char rest[] = "-Mmm-YYYY HH:MM:SS +ZZZZ";
	size_t day_len = len - (sizeof(rest) - 1);
	int east;

	if (len < sizeof(rest) || day_len > 2)
		return IMAP4_EINVAL;
	/* RFC 9051 date-day-fixed: a blank and a digit, or two digits. */
	bool padded = day_len == 2 && s[0] == ' ';
	int day = padded ? digits(s + 1, 1) : digits(s, (int)day_len);
	s += day_len;
	if (s[0] != '-' || s[9] != ' ' || s[18] != ' ')
		return IMAP4_EINVAL;
	int64_t days = parse_month_year(s + 1, day);
	int seconds = parse_time(s + 10);
	if (days < 0 || seconds < 0 || parse_zone(s + 19, &east) < 0)
		return IMAP4_EINVAL;
	*epoch = (days - EPOCH_DAYS) * DAY_SECONDS + seconds - east * 60;
	if (zone)
		*zone = east;
	return IMAP4_OK;
}

/* The year in which a day lies, counted from 1 January of year 1. */
static int day_year(int64_t days)
{
	/* A guess that is never too late, and too early by a year or two. */
	int year = (int)(days * 400 / 146097);

	while (year_days(year + 1) <= days)
		year++;
	return year;
}

static char *put_number(char *out, int value, int width)
{
	for (int i = width; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + width;
}

static char *put_text(char *out, const char *s)
{
	size_t n = strlen(s);

	memcpy(out, s, n);
	return out + n;
}

int imap4_date_format(int64_t epoch, int zone, char *out)
{
	const int64_t first = -EPOCH_DAYS * DAY_SECONDS;
	const int64_t end = (year_days(10000) - EPOCH_DAYS) * DAY_SECONDS;
	int month = 0;

	if (zone < -MAX_ZONE || zone > MAX_ZONE)
		return IMAP4_EINVAL;
	/* Compared before anything is added: epoch may be any number. */
	if (epoch < first - zone * 60 || epoch >= end - zone * 60)
		return IMAP4_EINVAL;
	int64_t local = epoch - first + zone * 60;
	int64_t days = local / DAY_SECONDS;
	int second = (int)(local % DAY_SECONDS);
	int year = day_year(days);
	int day = (int)(days - year_days(year));
	while (day >= month_days(year, month))
		day -= month_days(year, month++);
	out = put_number(out, day + 1, 2);
	out = put_text(out, "-");
	out = put_text(out, months[month]);
	out = put_text(out, "-");
	out = put_number(out, year, 4);
	out = put_text(out, " ");
	out = put_number(out, second / 3600, 2);
	out = put_text(out, ":");
	out = put_number(out, second / 60 % 60, 2);
	out = put_text(out, ":");
	out = put_number(out, second % 60, 2);
	out = put_text(out, zone < 0 ? " -" : " +");
	zone = zone < 0 ? -zone : zone;
	out = put_number(out, zone / 60 * 100 + zone % 60, 4);
	*out = '\0';
	return IMAP4_OK;
}
