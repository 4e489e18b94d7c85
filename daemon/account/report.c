/* SPDX-License-Identifier: MIT */
#include "daemon/account/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "lib/util/text.h"

#define DRAW_EVERY_MS 100
#define BEAT_EVERY_MS 60000
#define BAR_CELLS     20

void report_init(struct report *r, bool quiet, bool summaries)
{
	const char *term = getenv("TERM");

	*r = (struct report){
	    .quiet = quiet,
	    .summaries = summaries && !quiet,
	    .terminal = !quiet && summaries && isatty(STDERR_FILENO) &&
			!(term && strcmp(term, "dumb") == 0),
	    .beat_ms = clock_mono_ms(),
	};
}

static unsigned columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
		return 80;
	return w.ws_col;
}

void report_erase(struct report *r)
{
	if (!r->drawn)
		return;
	r->drawn = false;
	(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

/* As much of text as fits into width columns. East Asian letters take two
 * each; so is counted whatever has three bytes. */
static size_t fit(const char *text, unsigned width, char *out, size_t cap)
{
	size_t len = strlen(text), n = 0;
	char shown[TEXT_ESCAPED];

	for (size_t pos = 0; pos < len;) {
		size_t start = pos;
		size_t more = text_escape(text, len, &pos, shown);
		unsigned cells = (unsigned)more;
		if (more == pos - start && more > 1)
			cells = more > 2 ? 2 : 1;
		if (cells > width || more > cap - n)
			break;
		memcpy(out + n, shown, more);
		n += more;
		width -= cells;
	}
	return n;
}

static void draw(struct report *r, const char *account, const char *folder,
		 size_t n, size_t total, uint64_t bytes)
{
	char line[512], bar[BAR_CELLS + 1];
	int64_t ms = clock_mono_ms() - r->start_ms;
	size_t cells = total ? n * BAR_CELLS / total : 0;

	memset(bar, '-', BAR_CELLS);
	memset(bar, '#', cells < BAR_CELLS ? cells : BAR_CELLS);
	bar[BAR_CELLS] = '\0';
	int len = snprintf(line, sizeof(line), "%s/%s  [%s] %zu/%zu  %.1f MB",
			   account, folder, bar, n, total, (double)bytes / 1e6);
	if (len < 0 || (size_t)len >= sizeof(line))
		return;
	/* The rate says little at first, and goes first where it is narrow. */
	unsigned width = columns();
	if (ms > 500 && (unsigned)len + 12 < width)
		(void)snprintf(
		    line + len, sizeof(line) - (size_t)len, "  %.1f MB/s",
		    (double)(bytes - r->start_bytes) / 1e3 / (double)ms);
	char shown[2048];
	int used = (int)fit(line, width - 1, shown, sizeof(shown));
	char out[sizeof(shown) + 8];
	int total_len = snprintf(out, sizeof(out), "\r%.*s\033[K", used, shown);
	(void)!write(STDERR_FILENO, out, (size_t)total_len);
	r->drawn = true;
}

void report_progress(struct report *r, const char *account, const char *folder,
		     size_t n, size_t total, uint64_t bytes)
{
	int64_t now = clock_mono_ms();

	if (r->quiet)
		return;
	if (n == 0) {
		r->start_ms = now;
		r->start_bytes = bytes;
	}
	if (r->terminal) {
		if (n > 0 && n < total && now - r->drawn_ms < DRAW_EVERY_MS)
			return;
		r->drawn_ms = now;
		draw(r, account, folder, n, total, bytes);
		return;
	}
	if (now - r->beat_ms < BEAT_EVERY_MS)
		return;
	r->beat_ms = now;
	log_at(LOG_INFO, account, folder, "%zu/%zu messages, %.1f MB", n, total,
	       (double)bytes / 1e6);
}

static void add(char *text, size_t cap, size_t n, const char *what)
{
	size_t len = strlen(text);

	if (n > 0)
		(void)snprintf(text + len, cap - len, "%s%zu %s",
			       len ? ", " : "", n, what);
}

void report_folder(struct report *r, const char *account, const char *folder,
		   const struct folder_result *f)
{
	char text[200] = "";

	report_erase(r);
	add(text, sizeof(text), f->fetched, "new");
	add(text, sizeof(text), f->uploaded, "uploaded");
	add(text, sizeof(text), f->moved_here, "moved here");
	add(text, sizeof(text), f->moved_there, "moved there");
	add(text, sizeof(text), f->flags_here, "flags here");
	add(text, sizeof(text), f->flags_there, "flags there");
	add(text, sizeof(text), f->dying_here, "deleted here");
	add(text, sizeof(text), f->deleted_there, "deleted there");
	if (text[0] && !r->terminal && !r->quiet)
		log_at(LOG_INFO, account, folder, "%s", text);
}

void report_line(const char *account, const char *fmt, ...)
{
	char who[200], text[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(who, sizeof(who), "%s:", account);
	log_result(who, NULL, text);
	(void)fflush(stdout);
}

void totals_add(struct totals *t, const struct folder_result *r)
{
	t->fetched += r->fetched;
	t->uploaded += r->uploaded;
	t->moved += r->moved_here + r->moved_there;
	t->flags += r->flags_here + r->flags_there;
	t->deleted += r->dying_here + r->deleted_there;
}

static void sums(const struct totals *t, bool dry_run, char *out, size_t cap)
{
	int n =
	    snprintf(out, cap,
		     "%zu new, %zu uploaded, %zu flags, %zu deleted, %zu "
		     "held",
		     t->fetched, t->uploaded, t->flags, t->deleted, t->held);
	if (t->moved > 0)
		n +=
		    snprintf(out + n, cap - (size_t)n, ", %zu moved", t->moved);
	if (t->pending > 0)
		n += snprintf(out + n, cap - (size_t)n, ", %zu pending",
			      t->pending);
	if (dry_run)
		(void)snprintf(out + n, cap - (size_t)n, " (dry run)");
	else
		(void)snprintf(out + n, cap - (size_t)n, ", %.1f s",
			       (double)t->took_ms / 1000.0);
}

char *report_summary(const struct totals *t, bool dry_run, const char *failure)
{
	char text[300];

	sums(t, dry_run, text, sizeof(text));
	return failure ? xasprintf("failed: %s; before that: %s", failure, text)
		       : xstrdup(text);
}

void report_account(struct report *r, const char *account,
		    const struct totals *t, const char *failure)
{
	report_erase(r);
	char *text =
	    report_summary(t, r->dry_run, r->summaries ? failure : NULL);
	if (r->summaries)
		report_line(account, "%s", text);
	else
		log_at(LOG_DEBUG, account, NULL, "%s", text);
	free(text);
}
