/* SPDX-License-Identifier: MIT */
#include "daemon/core/failure/failure.h"

#include <string.h>

#include "lib/util/ascii.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

#define ASIDE_FIRST_S INT64_C(900)
#define ASIDE_MAX_S   (DAY_MS / SECOND_MS)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Where the text has these words, in any case; NULL: nowhere. */
static const char *find(const struct failure *f, const char *words)
{
	size_t n = strlen(words);

	for (size_t i = 0; i + n <= f->text_len; i++) {
		if (ascii_is(f->text + i, n, words))
			return f->text + i;
	}
	return NULL;
}

static bool has_code(const struct failure *f, const char *code)
{
	return f->code_len > 0 && ascii_is(f->code, f->code_len, code);
}

/* Too much is asked, whatever it is that is asked. */
static bool is_throttled(const struct failure *f)
{
	static const char *const of[] = {"connections", "bandwidth"};
	static const char *const limit[] = {"too many", "maximum", "limit",
					    "exceed"};
	/* The text behind these may quote a mailbox's name. */
	static const char *const other[] = {
	    "NONEXISTENT", "TRYCREATE", "ALREADYEXISTS", "NOPERM", "CANNOT"};

	if (has_code(f, "THROTTLED"))
		return true;
	for (size_t i = 0; i < COUNT(other); i++) {
		if (has_code(f, other[i]))
			return false;
	}
	if (find(f, "throttled") || find(f, "backoff time"))
		return true;
	for (size_t i = 0; i < COUNT(of); i++) {
		for (size_t k = 0; k < COUNT(limit); k++) {
			if (find(f, of[i]) && find(f, limit[k]))
				return true;
		}
	}
	return false;
}

/* The unit of time whose name begins there; 0: it is none. */
static int64_t unit_ms(const char *p, size_t len)
{
	static const struct {
		const char *name;
		int64_t ms;
	} unit[] = {{"ms", 1},
		    {"millisec", 1},
		    {"sec", SECOND_MS},
		    {"min", MINUTE_MS},
		    {"hour", HOUR_MS}};

	for (size_t i = 0; i < COUNT(unit); i++) {
		size_t n = strlen(unit[i].name);
		if (n <= len && ascii_is(p, n, unit[i].name))
			return unit[i].ms;
	}
	return 0;
}

/* The first number that a unit of time follows, or that "Backoff Time" comes
 * before, which is in milliseconds; 0: there is none. */
static int64_t said_ms(const struct failure *f)
{
	const char *end = f->text + f->text_len;
	const char *backoff = find(f, "backoff time");

	for (const char *p = f->text; p < end;) {
		if (!ascii_digit(*p)) {
			p++;
			continue;
		}
		int64_t n = 0;
		for (; p < end && ascii_digit(*p); p++)
			n = n < DAY_MS ? n * 10 + (*p - '0') : n;
		while (p < end && *p == ' ')
			p++;
		int64_t unit = unit_ms(p, (size_t)(end - p));
		if (unit == 0 && backoff && backoff < p)
			unit = 1;
		if (unit > 0)
			return n < DAY_MS / unit ? n * unit : DAY_MS;
	}
	return 0;
}

struct failure_verdict failure_judge(const struct failure *f)
{
	struct failure_verdict v = {.reach = f->about};

	if (is_throttled(f)) {
		v.reach = REACH_ACCOUNT;
		v.busy = true;
		v.wait_ms = said_ms(f);
	} else if (has_code(f, "UNAVAILABLE") || has_code(f, "LIMIT")) {
		v.busy = v.reach == REACH_ACCOUNT;
		v.may_spread = !v.busy;
	}
	return v;
}

int64_t failure_wait_ms(int64_t said_ms, int64_t last_ms)
{
	if (said_ms > 0)
		return said_ms < DAY_MS ? said_ms : DAY_MS;
	if (last_ms < MINUTE_MS)
		return MINUTE_MS;
	return last_ms < HOUR_MS / 2 ? 2 * last_ms : HOUR_MS;
}

int64_t failure_left_ms(int64_t until_ms, int64_t now_ms)
{
	if (until_ms <= now_ms)
		return 0;
	/* A difference is of two times of day, far from overflow, but for a
	 * database that somebody wrote to. */
	return until_ms - DAY_MS <= now_ms ? until_ms - now_ms : 0;
}

int64_t failure_aside_s(unsigned attempts)
{
	int64_t wait = ASIDE_FIRST_S;

	if (attempts <= 1)
		return 0;
	for (; attempts > 2 && wait < ASIDE_MAX_S; attempts--)
		wait *= 2;
	return wait < ASIDE_MAX_S ? wait : ASIDE_MAX_S;
}
