/* SPDX-License-Identifier: MIT */
/* Puts a message together in a buffer on the stack and writes it at once. Does
 * not decide what is worth a message, and never fails. The level, the way of
 * printing and the hook are the program's only mutable globals. */
#include "daemon/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
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
	/* See log_set_tap(). */
	void (*tap)(void *ctx, enum log_level level, const char *account,
		    const char *lines);
	void *ctx;
	pthread_t listener;
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

void log_set_tap(void (*fn)(void *ctx, enum log_level level,
			    const char *account, const char *lines),
		 void *ctx)
{
	sink.tap = fn;
	sink.ctx = ctx;
	sink.listener = pthread_self();
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

/* What a line says. */
struct saying {
	enum log_level level;
	bool priority;
	const char *account, *folder;
	const char *text;
	const char *hint; /* "": none */
};

static void line_priority(struct line *l, const struct saying *s)
{
	static const char *const prefix[] = {
	    [LOG_ERROR] = "<3>", [LOG_WARNING] = "<4>", [LOG_INFO] = "<6>",
	    [LOG_DEBUG] = "<7>", [LOG_WIRE] = "<7>",
	};

	if (s->priority)
		line_add(l, prefix[s->level], strlen(prefix[s->level]));
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

static void line_make(struct line *l, const struct saying *s)
{
	l->len = 0;
	line_limit(l, s->hint[0] ? sizeof(l->text) / 2 : sizeof(l->text));
	line_priority(l, s);
	line_where(l, s->account, s->folder);
	line_escape(l, s->text, strlen(s->text));
	line_end(l);
	if (s->hint[0] == '\0')
		return;
	line_limit(l, sizeof(l->text));
	line_priority(l, s);
	line_add(l, "  -> ", 5);
	line_escape(l, s->hint, strlen(s->hint));
	line_end(l);
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

/* Does somebody listen to that, on this thread? */
static bool is_tapped(enum log_level level)
{
	return sink.tap && level <= LOG_INFO &&
	       pthread_equal(sink.listener, pthread_self());
}

static void say(struct saying *s)
{
	struct line l;

	if (log_wanted(s->level)) {
		s->priority = sink.priority;
		line_make(&l, s);
		line_write(&l);
	}
	if (is_tapped(s->level)) {
		s->priority = false;
		line_make(&l, s);
		l.text[l.len - 1] = '\0'; /* in place of the last newline */
		sink.tap(sink.ctx, s->level, s->account, l.text);
	}
}

void log_at(enum log_level level, const char *account, const char *folder,
	    const char *fmt, ...)
{
	int saved = errno;
	char text[PIPE_BUF];
	va_list ap;

	if (!log_wanted(level) && !is_tapped(level))
		return;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		text[0] = '\0';
	say(&(struct saying){.level = level,
			     .account = account,
			     .folder = folder,
			     .text = text,
			     .hint = ""});
	errno = saved;
}

void log_err(enum log_level level, const char *account, const char *folder,
	     const struct err *e)
{
	int saved = errno;

	say(&(struct saying){.level = level,
			     .account = account,
			     .folder = folder,
			     .text = e->text,
			     .hint = e->hint});
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
