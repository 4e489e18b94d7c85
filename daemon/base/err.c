/* SPDX-License-Identifier: MIT */
#include "daemon/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/mask.h"

static void __attribute__((format(printf, 4, 0)))
set(struct err *e, enum err_code code, enum err_scope scope, const char *fmt,
    va_list ap)
{
	e->code = code;
	e->scope = scope;
	e->busy = e->may_spread = false;
	e->busy_ms = 0;
	e->hint[0] = '\0';
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	mask_text(e->text, strlen(e->text));
}

int err_set(struct err *e, enum err_code code, enum err_scope scope,
	    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, code, scope, fmt, ap);
	va_end(ap);
	return -1;
}

static const char *hint_for(int number)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
		return "make room; nothing is lost, the next sync goes on "
		       "from here";
	case EACCES:
	case EPERM:
		return "check owner and mode of the directory";
	case EROFS:
		/* Set by systemd for what it starts. */
		if (getenv("INVOCATION_ID"))
			return "mounted read-only, by the unit unless you know "
			       "of another reason: add ReadWritePaths= "
			       "(systemctl edit)";
		return "the file system is mounted read-only";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n, LimitNOFILE)";
	default:
		return "";
	}
}

int err_errno(struct err *e, enum err_code code, enum err_scope scope,
	      const char *fmt, ...)
{
	int number = errno;
	va_list ap;

	va_start(ap, fmt);
	set(e, code, scope, fmt, ap);
	va_end(ap);
	size_t len = strlen(e->text);
	(void)snprintf(e->text + len, sizeof(e->text) - len, ": %s",
		       strerror(number));
	(void)snprintf(e->hint, sizeof(e->hint), "%s", hint_for(number));
	errno = number;
	return -1;
}

bool err_is_graver(const struct err *a, const struct err *b)
{
	bool wide = a->scope >= ERR_SCOPE_ACCOUNT;

	if (a->code == ERR_NONE || b->code == ERR_NONE)
		return a->code != ERR_NONE;
	if (wide != (b->scope >= ERR_SCOPE_ACCOUNT))
		return wide;
	return a->code > b->code;
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -1;
}
