/* SPDX-License-Identifier: MIT */
#include "lib/client/log.h"

#include <stdio.h>
#include <string.h>

#include "lib/client/client.h"
#include "lib/util/ascii.h"
#include "lib/util/text.h"

#define LINE_MAX_SHOWN 2048

/* imaplib's levels. */
enum { LOG_REFUSALS = 1, LOG_UNTAGGED = 3, LOG_ALL = 4 };

/* From which level on a line is shown. */
static int level_of(char dir, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);

	if (dir != 'S' || !blank)
		return LOG_ALL;
	const char *word = blank + 1, *end = line + len;
	const char *stop = memchr(word, ' ', (size_t)(end - word));
	size_t n = (size_t)((stop ? stop : end) - word);
	if (ascii_is(word, n, "NO") || ascii_is(word, n, "BAD") ||
	    ascii_is(word, n, "BYE"))
		return LOG_REFUSALS;
	return line[0] == '*' ? LOG_UNTAGGED : LOG_ALL;
}

void log_line(void *ctx, char dir, const char *line, size_t len)
{
	struct imap4_client *c = ctx;
	char *last = c->last[c->lines++ % CLIENT_LOG_LINES];

	(void)snprintf(last, CLIENT_LOG_WIDTH, "%c: ", dir);
	text_clean(last + 3, CLIENT_LOG_WIDTH - 3, line, len);
	if (!c->log || c->debug < level_of(dir, line, len))
		return;
	char shown[LINE_MAX_SHOWN] = {dir, ':', ' '};
	text_clean(shown + 3, sizeof(shown) - 3, line, len);
	c->log(c->log_ctx, shown);
}

void imap4_client_debug(struct imap4_client *c, int level,
			void (*fn)(void *ctx, const char *line), void *ctx)
{
	if (!c)
		return;
	c->debug = level;
	c->log = fn;
	c->log_ctx = ctx;
}

void imap4_client_print_log(const struct imap4_client *c,
			    void (*fn)(void *ctx, const char *line), void *ctx)
{
	unsigned n = 0;

	if (c)
		n = c->lines < CLIENT_LOG_LINES ? c->lines : CLIENT_LOG_LINES;
	for (unsigned i = n; i > 0; i--)
		fn(ctx, c->last[(c->lines - i) % CLIENT_LOG_LINES]);
}
