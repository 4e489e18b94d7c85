/* SPDX-License-Identifier: MIT */
/* How long to wait before trying again. */
#ifndef DAEMON_CORE_FAILURE_BACKOFF_H
#define DAEMON_CORE_FAILURE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS INT64_C(1000)
#define BACKOFF_MAX_MS   INT64_C(600000)

/* Delay before attempt number attempt + 1 (attempt counts failures in a row,
 * from 1): doubles from one second to ten minutes, less up to a third by
 * chance, so that many clients do not come back in step. random: any 32 random
 * bits. */
int64_t backoff_delay_ms(unsigned attempt, uint32_t random);

#endif
