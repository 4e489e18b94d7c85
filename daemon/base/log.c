/* SPDX-License-Identifier: MIT */
/* Puts a message together in a buffer on the stack and writes it at once. Does
 * not decide what is worth a message, and never fails. The level, the way of
 * printing and the hook are the program's only mutable globals. */
#include "daemon/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/mask.h"
#include "lib/util/text.h"

#define CUT "..."

/* A write(2) of up to PIPE_BUF bytes to a pipe is not torn apart. */
struct line {
	char text[PIPE_BUF];
	size_t len;
	size_t max; /* of len: leaves room for CUT and the newline */
	bool full;
};

static struct {
	enum log_level level;
	bool priority;
	void (*before)(void);
} sink = {.level = LOG_INFO};

/* $JOURNAL_STREAM holds "DEV:INODE" of the stream that systemd gave us; after
 * a redirection of stderr it still does (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *want = getenv("JOURNAL_STREAM");
	struct stat st;
	char have[64];

	if (!want || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(have, sizeof(have), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	return strcmp(want, have) == 0;
}

/* open() takes the lowest free number: in this order, the wanted one. */
static void occupy_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Not O_CLOEXEC: children inherit their stdio. */
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	}
}

void log_init(enum log_level level)
{
	occupy_stdio();
	sink.level = level;
	sink.priority = stderr_is_journal();
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

void log_set_before(void (*fn)(void))
{
	sink.before = fn;
}

bool log_wanted(enum log_level level)
{
	return level <= sink.level;
}

static void line_add(struct line *l, const char *s, size_t len)
{
	if (l->full || len > l->max - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

/* More than a line's length is not shown. */
static void line_escape(struct line *l, const char *s, size_t len)
{
	char text[PIPE_BUF], out[TEXT_ESCAPED];

	if (len > sizeof(text))
		len = sizeof(text);
	memcpy(text, s, len);
	mask_text(text, len);
	for (size_t pos = 0; pos < len && !l->full;) {
		size_t n = text_escape(text, len, &pos, out);
		line_add(l, out, n);
	}
}

/* Lets the line grow up to share bytes in all. */
static void line_limit(struct line *l, size_t share)
{
	l->max = share - sizeof(CUT "\n");
	l->full = false;
}

static void line_end(struct line *l)
{
	l->max += sizeof(CUT "\n");
	if (l->full) {
		l->full = false;
		line_add(l, CUT, strlen(CUT));
	}
	line_add(l, "\n", 1);
}

static void line_priority(struct line *l, enum log_level level)
{
	static const char *const prefix[] = {
	    [LOG_ERROR] = "<3>", [LOG_WARNING] = "<4>", [LOG_INFO] = "<6>",
	    [LOG_DEBUG] = "<7>", [LOG_WIRE] = "<7>",
	};

	if (sink.priority)
		line_add(l, prefix[level], strlen(prefix[level]));
}

static void line_where(struct line *l, const char *account, const char *folder)
{
	if (!account)
		account = "imapsyncd";
	line_escape(l, account, strlen(account));
	if (folder) {
		line_add(l, "/", 1);
		line_escape(l, folder, strlen(folder));
	}
	line_add(l, ": ", 2);
}

static void line_write(const struct line *l)
{
	ssize_t n;

	if (sink.before)
		sink.before();
	/* A closed or full stderr is no reason to stop mirroring mail. */
	do {
		n = write(STDERR_FILENO, l->text, l->len);
	} while (n < 0 && errno == EINTR);
}

void log_at(enum log_level level, const char *account, const char *folder,
	    const char *fmt, ...)
{
	int saved = errno;
	char text[PIPE_BUF];
	struct line l;
	va_list ap;

	if (!log_wanted(level))
		return;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		text[0] = '\0';
	l.len = 0;
	line_limit(&l, sizeof(l.text));
	line_priority(&l, level);
	line_where(&l, account, folder);
	line_escape(&l, text, strlen(text));
	line_end(&l);
	line_write(&l);
	errno = saved;
}

void log_err(enum log_level level, const char *account, const char *folder,
	     const struct err *e)
{
	int saved = errno;
	struct line l;

	if (!log_wanted(level))
		return;
	l.len = 0;
	line_limit(&l, sizeof(l.text) / 2);
	line_priority(&l, level);
	line_where(&l, account, folder);
	line_escape(&l, e->text, strlen(e->text));
	line_end(&l);
	if (e->hint[0] != '\0') {
		line_limit(&l, sizeof(l.text));
		line_priority(&l, level);
		line_add(&l, "  -> ", 5);
		line_escape(&l, e->hint, strlen(e->hint));
		line_end(&l);
	}
	line_write(&l);
	errno = saved;
}

void log_result(const char *account, const char *folder, const char *text)
{
	struct line l;

	l.len = 0;
	line_limit(&l, sizeof(l.text));
	line_escape(&l, account, strlen(account));
	if (folder) {
		line_add(&l, "/", 1);
		line_escape(&l, folder, strlen(folder));
	}
	line_add(&l, " ", 1);
	line_escape(&l, text, strlen(text));
	line_end(&l);
	(void)fwrite(l.text, 1, l.len, stdout);
}
