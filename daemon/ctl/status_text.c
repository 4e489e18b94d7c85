/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/status_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/xalloc.h"
#include "lib/util/buf.h"

#define MAX_TEXT    ((size_t)64 << 20)
#define LEAST_WIDTH 20

struct page {
	struct buf out;
	unsigned columns;
};

static void add(struct page *p, const char *text, size_t len)
{
	/* What does not fit is more than anybody reads. */
	(void)buf_add(&p->out, text, len);
}

/* How many cells a terminal shows it in: East Asian letters take two; so is
 * counted whatever has three bytes. */
static unsigned cells(const char *text, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x80 || c >= 0xc0)
			n += c >= 0xe0 ? 2 : 1;
	}
	return n;
}

static void indent(struct page *p, unsigned n)
{
	while (n-- > 0)
		add(p, " ", 1);
}

/* Words, wrapped; lines after the first are indented two more. */
static void put(struct page *p, unsigned left, const char *text)
{
	unsigned at = left, room = p->columns;

	indent(p, left);
	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, " ");
		unsigned wide = cells(text, len);
		if (!first && at + 1 + wide > room) {
			add(p, "\n", 1);
			indent(p, left + 2);
			at = left + 2;
		} else if (!first) {
			add(p, " ", 1);
			at++;
		}
		add(p, text, len);
		at += wide;
		text += len;
		text += *text == ' ';
	}
	add(p, "\n", 1);
}

static void putf(struct page *p, unsigned left, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void putf(struct page *p, unsigned left, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(p, left, text);
}

/* As the shell takes it. */
static void put_word(struct page *p, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./@+:,";

	if (word[strspn(word, plain)] == '\0') {
		add(p, word, strlen(word));
		return;
	}
	add(p, "'", 1);
	for (; *word; word++)
		add(p, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
	add(p, "'", 1);
}

/* A command on a line of its own, whole, and what it does where there is room.
 */
static void put_command(struct page *p, const char *verb, const char *account,
			const char *folder, const char *does)
{
	char *target = xasprintf("%s%s%s", account, folder ? "/" : "",
				 folder ? folder : "");

	putf(p, 4, "%s:", does);
	indent(p, 6);
	add(p, "imapsyncctl ", 12);
	add(p, verb, strlen(verb));
	add(p, " ", 1);
	put_word(p, target);
	add(p, "\n", 1);
	free(target);
}

static const char *text_in(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static long long number_in(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

/* Seconds since 1970; 0: there is none. */
static int64_t time_in(const json_t *o, const char *key)
{
	struct tm tm = {0};
	const char *end = strptime(text_in(o, key), "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end && *end == '\0' ? (int64_t)timegm(&tm) : 0;
}

struct span {
	char text[32];
};

static struct span span_of(int64_t s)
{
	struct span span;
	long long n = s < 0 ? 0 : s;
	const char *unit = "s";

	if (n >= 2 * 86400) {
		n /= 86400;
		unit = "days";
	} else if (n >= 2 * 3600) {
		n /= 3600;
		unit = "h";
	} else if (n >= 120) {
		n /= 60;
		unit = "min";
	}
	(void)snprintf(span.text, sizeof(span.text), "%lld %s", n, unit);
	return span;
}

static const char *many(long long n, const char *one, const char *more)
{
	return n == 1 ? one : more;
}

/* A folder's lines: what waits in it, and the command that settles it. */

/* The account's error may be just that. */
static bool is_about(const char *error, const json_t *f)
{
	const char *name = text_in(f, "name");
	size_t len = strlen(name);

	return strncmp(error, name, len) == 0 &&
	       strncmp(error + len, ": held back", 11) == 0;
}

static void put_held(struct page *p, const char *account, const json_t *f,
		     const char *error)
{
	const char *name = text_in(f, "name");
	long long held = number_in(f, "held");

	if (is_about(error, f))
		error = NULL;
	if (json_is_true(json_object_get(f, "misfit"))) {
		if (error)
			putf(p, 2,
			     "%s: held: here and on the server are other "
			     "messages, as if it were two mailboxes",
			     name);
		put_command(p, "approve", account, name,
			    "if it is the same mailbox, to merge both");
	} else if (held > 0) {
		if (error)
			putf(p, 2, "%s: %lld %s held back", name, held,
			     many(held, "deletion is", "deletions are"));
		put_command(p, "approve", account, name, "to delete them");
		put_command(p, "restore", account, name,
			    "to bring the messages back");
	}
}

static void put_asides(struct page *p, const json_t *f)
{
	const char *name = text_in(f, "name");
	const json_t *list = json_object_get(f, "set_aside");
	size_t i;
	json_t *a;

	json_array_foreach(list, i, a)
	{
		if (json_is_integer(json_object_get(a, "uid")))
			putf(p, 2, "%s: set aside: UID %lld: %s", name,
			     number_in(a, "uid"), text_in(a, "text"));
		else if (text_in(a, "subject")[0])
			putf(p, 2, "%s: set aside: \"%s\": %s", name,
			     text_in(a, "subject"), text_in(a, "text"));
		else
			putf(p, 2, "%s: set aside: %s", name,
			     text_in(a, "text"));
	}
}

static void put_folder(struct page *p, const char *account, const json_t *f,
		       const char *error)
{
	const char *name = text_in(f, "name");
	long long pending = number_in(f, "pending");
	long long skipped = number_in(f, "skipped");

	put_held(p, account, f, error);
	if (pending > 0)
		putf(p, 2, "%s: %lld %s here, not on the server yet", name,
		     pending, many(pending, "change is", "changes are"));
	put_asides(p, f);
	if (skipped > 0)
		putf(p, 2, "%s: %lld %s not fetched: max_size, max_age", name,
		     skipped, many(skipped, "message is", "messages are"));
}

static void put_sums(struct page *p, const json_t *account, int64_t now)
{
	const json_t *folders = json_object_get(account, "folders");
	long long messages = 0, n = (long long)json_array_size(folders);
	int64_t synced = time_in(account, "last_sync");
	int64_t changed = time_in(account, "last_change");
	int64_t next = time_in(account, "next_try");
	char text[400];
	size_t i;
	json_t *f;

	json_array_foreach(folders, i, f) messages += number_in(f, "messages");
	int len = snprintf(text, sizeof(text), "%lld %s, %lld %s", n,
			   many(n, "folder", "folders"), messages,
			   many(messages, "message", "messages"));
	if (synced)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"; synced %s ago", span_of(now - synced).text);
	else
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"; not synced yet");
	if (changed)
		len +=
		    snprintf(text + len, sizeof(text) - (size_t)len,
			     ", changed %s ago", span_of(now - changed).text);
	if (next)
		(void)snprintf(text + len, sizeof(text) - (size_t)len,
			       ", next look in %s", span_of(next - now).text);
	put(p, 2, text);
}

static void put_error(struct page *p, const json_t *account)
{
	const json_t *error = json_object_get(account, "error");
	bool explained = false;
	size_t i;
	json_t *f;

	if (!json_is_object(error))
		return;
	json_array_foreach(json_object_get(account, "folders"), i, f)
	    explained |= is_about(text_in(error, "text"), f);
	put(p, 2, text_in(error, "text"));
	if (!explained && text_in(error, "hint")[0])
		putf(p, 4, "-> %s", text_in(error, "hint"));
}

static void put_account(struct page *p, const json_t *account, int64_t now)
{
	const json_t *error = json_object_get(account, "error");
	const char *name = text_in(account, "name");
	const char *state = text_in(account, "state");
	size_t i;
	json_t *f;

	putf(p, 0, "%s: %s (%s)", name, state, text_in(account, "mode"));
	put_sums(p, account, now);
	if (strcmp(state, "paused") == 0)
		put_command(p, "resume", name, NULL, "to go on");
	put_error(p, account);
	json_array_foreach(json_object_get(account, "folders"), i, f)
	    put_folder(p, name, f, text_in(error, "text"));
}

static struct page page_new(unsigned columns)
{
	struct page p = {.columns =
			     columns < LEAST_WIDTH ? LEAST_WIDTH : columns};

	buf_init(&p.out, MAX_TEXT);
	return p;
}

char *status_text(const json_t *status, int64_t now, unsigned columns)
{
	struct page p = page_new(columns);
	size_t i;
	json_t *account;

	putf(&p, 0, "imapsyncd %s, pid %lld, running for %s",
	     text_in(status, "program"), number_in(status, "pid"),
	     span_of(now - time_in(status, "started")).text);
	json_array_foreach(json_object_get(status, "accounts"), i, account)
	{
		add(&p, "\n", 1);
		put_account(&p, account, now);
	}
	return p.out.data;
}

char *status_folders_text(const json_t *folders, unsigned columns)
{
	struct page p = page_new(columns);
	size_t i;
	json_t *f;

	json_array_foreach(folders, i, f)
	{
		long long n = number_in(f, "messages");
		bool watched = json_is_true(json_object_get(f, "watched"));
		putf(&p, 0, "%s: %lld %s%s", text_in(f, "name"), n,
		     many(n, "message", "messages"),
		     watched ? ", watched" : "");
	}
	return p.out.data ? p.out.data : xstrdup("");
}
