/* SPDX-License-Identifier: MIT */
/* The errors of one run: kept with their lines, sorted, printed as
 * "FILE:LINE: text" and "  -> what to do". */
#include "config/errlist.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/mem.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"

/* A Latin-1 file has an error on every line; nobody reads more than this. */
#define ERRORS_MAX 100
#define TEXT_MAX   ((size_t)1 << 20)

struct errlist_item {
	unsigned line;
	size_t order; /* of being added: makes the sort stable */
	char *text;
	char *hint; /* or NULL */
};

void errlist_init(struct errlist *e, const char *file)
{
	*e = (struct errlist){.file = file};
}

void errlist_release(struct errlist *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->items[i].text);
		free(e->items[i].hint);
	}
	free(e->items);
	errlist_init(e, NULL);
}

static char *format(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static char *format(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	return s;
}

void errlist_add(struct errlist *e, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return;
	if (e->suppressed > 0 || e->n == ERRORS_MAX) {
		e->suppressed++;
		return;
	}
	e->items = mem_grow(e->items, e->n + 1, sizeof(*e->items));
	va_start(ap, fmt);
	e->items[e->n] = (struct errlist_item){
	    .line = line,
	    .order = e->n,
	    .text = format(fmt, ap),
	};
	va_end(ap);
	e->n++;
}

void errlist_hint(struct errlist *e, const char *fmt, ...)
{
	va_list ap;

	if (!e || e->suppressed > 0)
		return;
	assert(e->n > 0);
	free(e->items[e->n - 1].hint);
	va_start(ap, fmt);
	e->items[e->n - 1].hint = format(fmt, ap);
	va_end(ap);
}

static int compare(const void *a, const void *b)
{
	const struct errlist_item *x = a;
	const struct errlist_item *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int print(struct buf *out, const char *file,
		 const struct errlist_item *item)
{
	int rc = buf_adds(out, file);

	if (item->line > 0)
		rc |= buf_addf(out, ":%u", item->line);
	rc |= buf_addf(out, ": %s\n", item->text);
	if (item->hint)
		rc |= buf_addf(out, "  -> %s\n", item->hint);
	return rc;
}

size_t errlist_text(struct errlist *e, struct config_errors *out)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, TEXT_MAX);
	if (e->n > 0)
		qsort(e->items, e->n, sizeof(*e->items), compare);
	for (size_t i = 0; i < e->n; i++)
		rc |= print(&text, e->file, &e->items[i]);
	if (e->suppressed > 0)
		rc |= buf_addf(&text, "%s: and %zu more errors\n", e->file,
			       e->suppressed);
	if (rc < 0)
		abort();
	out->text = text.data;
	out->count = e->n + e->suppressed;
	return out->count;
}

const char *errlist_quote(const char *s, char buf[ERRLIST_QUOTE_MAX])
{
	/* Room for one escape or one UTF-8 character, and for the dots. */
	const size_t end = ERRLIST_QUOTE_MAX - 8;
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		/* Cut between characters; a run of continuation bytes is not
		 * UTF-8 and ends too. */
		if (n >= end && ((c & 0xc0) != 0x80 || n >= end + 3)) {
			memcpy(buf + n, "...", 3);
			n += 3;
			break;
		}
		if (ascii_ctl(*s)) {
			(void)snprintf(buf + n, 5, "\\x%02x", c);
			n += 4;
		} else {
			buf[n++] = *s;
		}
	}
	buf[n] = '\0';
	return buf;
}
