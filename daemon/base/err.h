/* SPDX-License-Identifier: MIT */
/* What went wrong, how far it reaches, and what to do about it. */
#ifndef DAEMON_BASE_ERR_H
#define DAEMON_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

/* Exit status as documented; the highest of several wins. */
enum err_code {
	ERR_NONE = 0,
	ERR_HELD = 1,       /* done, but something waits for a person */
	ERR_USAGE = 64,     /* EX_USAGE */
	ERR_NO_DAEMON = 69, /* EX_UNAVAILABLE: none runs that could be asked */
	ERR_INTERNAL = 70,  /* EX_SOFTWARE */
	ERR_CREATE = 73,    /* EX_CANTCREAT */
	ERR_IO = 74,        /* EX_IOERR */
	ERR_TEMP = 75,      /* EX_TEMPFAIL: trying again later makes sense */
	ERR_PROTOCOL = 76,  /* EX_PROTOCOL */
	ERR_AUTH = 77,      /* EX_NOPERM: credentials or certificate */
	ERR_CONFIG = 78,    /* EX_CONFIG */
};

/* Who has to stop. */
enum err_scope {
	ERR_SCOPE_MESSAGE,
	ERR_SCOPE_FOLDER,
	ERR_SCOPE_ACCOUNT,
	ERR_SCOPE_DAEMON,
};

/* Lives on the caller's stack; text too long for it is cut, never allocated. */
struct err {
	enum err_code code;
	enum err_scope scope;
	/* The server is busy, see core/failure/failure.h: for so long, 0: it
	 * did not say. */
	bool busy;
	int64_t busy_ms;
	bool may_spread; /* where a second folder gets the same, it is busy */
	char text[400];  /* what failed, where and why; no full stop */
	char hint[300];  /* what to do; "" where there is nothing */
};

/* Both fill *e and return -1, so that "return err_set(...)" reads well. */
int err_set(struct err *e, enum err_code code, enum err_scope scope,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same with ": " and the text of errno behind it. ENOSPC and EDQUOT, EACCES
 * and EROFS get their hint. */
int err_errno(struct err *e, enum err_code code, enum err_scope scope,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Does a say more than b of what has to stop? */
bool err_is_graver(const struct err *a, const struct err *b);
/* Sets the hint. Returns -1. */
int err_hint(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
