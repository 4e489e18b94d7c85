/* SPDX-License-Identifier: MIT */
/* The file dovecot-keywords of a folder: which letter means which keyword.
 * Dovecot's own format, "0 $label" one a line; 0 is the letter a. */
#ifndef DAEMON_MAILDIR_KEYWORDS_H
#define DAEMON_MAILDIR_KEYWORDS_H

#include <stddef.h>

#include "daemon/maildir/maildir.h"

#define KEYWORD_LETTERS 26

struct keywords {
	char *name[KEYWORD_LETTERS]; /* NULL: the letter is free */
};

/* Reads the file; one that is not there is empty. Malformed lines are skipped.
 * 0, or -1 and *err. */
int keywords_load(const struct maildir *m, struct keywords *out,
		  struct err *err);
void keywords_release(struct keywords *k);
/* The letter's index of a keyword (any case), or -1. */
int keywords_find(const struct keywords *k, const char *name);
/* Removes a lock that an imapsyncd left when it was killed. Others' stay. */
void keywords_clean(const struct maildir *m);
/* Gives names (n of them) that have no letter one, while letters last: locks as
 * Dovecot does (dovecot-keywords.lock), reads again, writes durably. Updates
 * *k. Returns how many got a letter, or -1 and *err. */
int keywords_assign(const struct maildir *m, struct keywords *k,
		    const char *const *names, size_t n, struct err *err);

#endif
