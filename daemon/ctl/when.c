/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/when.h"

#include <string.h>
#include <time.h>

#include "lib/util/num.h"

/* A hundred years. */
#define AGO_MAX UINT64_C(3155760000)

static int64_t seconds_of(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

static int parse_ago(const char *text, int64_t now, int64_t *out)
{
	size_t len = strlen(text);
	int64_t unit = len > 1 ? seconds_of(text[len - 1]) : 0;
	uint64_t n;

	if (unit == 0 || num_parse(text, len - 1, AGO_MAX, &n) < 0 ||
	    n > AGO_MAX / (uint64_t)unit)
		return -1;
	*out = now - (int64_t)n * unit;
	return 0;
}

static int parse_date(const char *text, const char *format, int64_t *out)
{
	struct tm tm = {.tm_isdst = -1};
	const char *end = strptime(text, format, &tm);

	if (!end || *end != '\0')
		return -1;
	*out = mktime(&tm);
	return 0;
}

int when_parse(const char *text, int64_t now, int64_t *out)
{
	static const char *const formats[] = {
	    "%Y-%m-%d",          "%Y-%m-%d %H:%M",    "%Y-%m-%dT%H:%M",
	    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
	};

	if (parse_ago(text, now, out) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (parse_date(text, formats[i], out) == 0)
			return 0;
	}
	return -1;
}
