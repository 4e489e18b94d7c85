/* SPDX-License-Identifier: MIT */
/* The status as text for people, from the JSON that the daemon gives. Pure. */
#ifndef DAEMON_CTL_STATUS_TEXT_H
#define DAEMON_CTL_STATUS_TEXT_H

#include <jansson.h>
#include <stdint.h>

/* Lines of at most so many columns, but for commands, which must not be cut.
 * now: seconds since 1970. Members that are missing or of another type are
 * left out. Owned. */
char *status_text(const json_t *status, int64_t now, unsigned columns);
/* A line for each folder. Owned. */
char *status_folders_text(const json_t *folders, unsigned columns);

#endif
