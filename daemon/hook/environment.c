/* SPDX-License-Identifier: MIT */
#include "daemon/hook/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

/* What systemd says to its own child: with these a hook could pretend to be the
 * daemon, or find its passwords. */
static const char *const withheld[] = {
    "NOTIFY_SOCKET", "WATCHDOG_USEC",  "WATCHDOG_PID",          "LISTEN_FDS",
    "LISTEN_PID",    "LISTEN_FDNAMES", "CREDENTIALS_DIRECTORY", NULL};

static bool is_withheld(const char *variable)
{
	for (size_t i = 0; withheld[i]; i++) {
		size_t len = strlen(withheld[i]);
		if (strncmp(variable, withheld[i], len) == 0 &&
		    variable[len] == '=')
			return true;
	}
	/* An older one's, where a hook starts an imapsyncd. */
	return strncmp(variable, "IMAPSYNCD_", 10) == 0;
}

/* text is owned from now on. */
static void add(struct environment *e, char *text)
{
	e->variable =
	    xreallocarray(e->variable, e->n + 2, sizeof(*e->variable));
	e->variable[e->n++] = text;
	e->variable[e->n] = NULL;
}

void environment_init(struct environment *e, char *const *ours)
{
	*e = (struct environment){.variable = xcalloc(1, sizeof(char *))};
	for (; *ours; ours++) {
		if (!is_withheld(*ours))
			add(e, xstrdup(*ours));
	}
}

void environment_set(struct environment *e, const char *name, const char *value)
{
	add(e, xasprintf("%s=%s", name, value));
}

void environment_set_number(struct environment *e, const char *name,
			    unsigned long long value)
{
	add(e, xasprintf("%s=%llu", name, value));
}

void environment_release(struct environment *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->variable[i]);
	free(e->variable);
	*e = (struct environment){0};
}
