/* SPDX-License-Identifier: MIT */
/* Dates of headers (RFC 5322 3.3 and 4.3), as mail has them. */
#include <imap4/mime.h>

#include <stdio.h>
#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"

/* Longer ones are no dates. */
#define LENGTH_MAX 128

/* Moves behind blanks and comments; these may hold others. */
static const char *skip(const char *p, const char *end)
{
	unsigned depth = 0;

	for (; p < end; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !memchr(" \t\r\n,", *p, 5))
			break;
		else if (*p == '\\' && end - p > 1)
			p++;
	}
	return p;
}

static struct imap4_str next(const char **p, const char *end)
{
	const char *start = skip(*p, end);
	const char *q = start;

	while (q < end && !memchr(" \t\r\n,(", *q, 6))
		q++;
	*p = q;
	return (struct imap4_str){start, (size_t)(q - start)};
}

static bool number(struct imap4_str s, uint32_t max, uint32_t *out)
{
	return num_parse_u32(s.p, s.len, out) == 0 && *out <= max;
}

/* RFC 5322 4.3: 00 to 49 are of this century, those up to 999 of the last. */
static bool year(struct imap4_str s, uint32_t *out)
{
	if (s.len < 2 || !number(s, 9999, out))
		return false;
	if (s.len == 2 && *out < 50)
		*out += 2000;
	else if (s.len < 4)
		*out += 1900;
	return true;
}

/* "10:00", "9:05:07" */
static bool time_of_day(struct imap4_str s, uint32_t t[3])
{
	const char *p = s.p, *end = s.p + s.len;

	for (int i = 0; i < 3; i++) {
		const char *colon = memchr(p, ':', (size_t)(end - p));
		const char *stop = colon ? colon : end;
		if (!number((struct imap4_str){p, (size_t)(stop - p)}, 60,
			    &t[i]))
			return false;
		if (!colon)
			return i > 0;
		p = colon + 1;
	}
	return false;
}

/* "+0200" as it is, names of RFC 5322 4.3; others mean that it is not known. */
static void zone_text(struct imap4_str s, char out[6])
{
	static const struct {
		const char *name, *offset;
	} names[] = {
	    {"EST", "-0500"}, {"EDT", "-0400"}, {"CST", "-0600"},
	    {"CDT", "-0500"}, {"MST", "-0700"}, {"MDT", "-0600"},
	    {"PST", "-0800"}, {"PDT", "-0700"},
	};

	(void)snprintf(out, 6, "+0000");
	if (s.len == 5 && (s.p[0] == '+' || s.p[0] == '-')) {
		(void)snprintf(out, 6, "%.5s", s.p);
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (ascii_is(s.p, s.len, names[i].name))
			(void)snprintf(out, 6, "%s", names[i].offset);
	}
}

int imap4_header_date(struct imap4_str s, int64_t *epoch, int *zone)
{
	uint32_t day, y, t[3] = {0};
	char text[64], offset[6];

	if (!s.p || s.len > LENGTH_MAX)
		return IMAP4_EINVAL;
	const char *p = s.p, *end = s.p + s.len;
	struct imap4_str word = next(&p, end);
	/* The day of the week. */
	if (word.len > 0 && ascii_alpha(word.p[0]))
		word = next(&p, end);
	if (!number(word, 31, &day))
		return IMAP4_EINVAL;
	struct imap4_str month = next(&p, end);
	if (month.len < 3 || !year(next(&p, end), &y) ||
	    !time_of_day(next(&p, end), t))
		return IMAP4_EINVAL;
	zone_text(next(&p, end), offset);
	int n = snprintf(text, sizeof(text), "%02u-%.3s-%04u %02u:%02u:%02u %s",
			 day, month.p, y, t[0], t[1], t[2], offset);
	return imap4_date_parse(text, (size_t)n, epoch, zone);
}
