/* SPDX-License-Identifier: MIT */
/* Messages for people, on stderr: one write(2) each, so that lines of several
 * programs do not mix. Whatever an argument holds, the terminal sees text only.
 * What was added to mask.h is not shown; callers pass no other secret. */
#ifndef DAEMON_BASE_LOG_H
#define DAEMON_BASE_LOG_H

#include <stdbool.h>

#include "daemon/base/err.h"

/* The same order as enum config_log_level. */
enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
	LOG_WIRE,
};

/* Sets the level, and whether lines begin with "<N>", the priority that the
 * journal reads: they do where stderr is the journal ($JOURNAL_STREAM). Opens
 * /dev/null where descriptor 0, 1 or 2 is closed, so that no database and no
 * socket ever becomes stderr.
 * Call it once, before threads. The program must ignore SIGPIPE. Before the
 * call: LOG_INFO, no priorities. */
void log_init(enum log_level level);
void log_set_level(enum log_level level);
/* Called before a message is printed: a progress bar then erases itself. NULL:
 * nothing is. */
void log_set_before(void (*fn)(void));
/* From now on fn also gets what this thread says, as far as LOG_INFO and
 * whatever the level is: account as it was given, and the text, without
 * priority; a hint is behind a newline. fn must not log. NULL: nobody does. */
void log_set_tap(void (*fn)(void *ctx, enum log_level level,
			    const char *account, const char *lines),
		 void *ctx);
/* Would a message of that level be printed? */
bool log_wanted(enum log_level level);

/* Prints "account/folder: text"; "account: text" where folder is NULL;
 * "imapsyncd: text" where both are. What cannot be shown (lib/util/text.h) is
 * printed as \xNN, a newline too; too long a text is cut and ends in
 * "...". Never fails: what cannot be written is dropped. Keeps errno. */
void log_at(enum log_level level, const char *account, const char *folder,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Prints the error's text in the same way and, where it has one, its hint on a
 * second line "  -> hint". */
void log_err(enum log_level level, const char *account, const char *folder,
	     const struct err *e);

/* Prints a result, "account/folder text" (folder NULL: "account text"), on
 * stdout, escaped in the same way: a folder's name is the server's to choose,
 * and terminals obey what they read.
 */
void log_result(const char *account, const char *folder, const char *text);

#endif
