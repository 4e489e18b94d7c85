/* SPDX-License-Identifier: MIT */
/* A moment as people write it. */
#ifndef DAEMON_CTL_WHEN_H
#define DAEMON_CTL_WHEN_H

#include <stdint.h>

/* "90s", "5m", "2h", "1d" before now, or "2026-11-24", "2026-11-24 10:00",
 * "2026-11-24T10:00:00" in local time. Seconds since 1970 to *out. 0 or -1. */
int when_parse(const char *text, int64_t now, int64_t *out);

#endif
