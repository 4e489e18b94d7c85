/* SPDX-License-Identifier: MIT */
/* The only place that reads a clock. Everything else is handed the time, so
 * that a test can choose it. */
#ifndef DAEMON_BASE_CLOCK_H
#define DAEMON_BASE_CLOCK_H

#include <stdint.h>

/* Since some fixed moment; never goes back, stands still while the machine is
 * suspended (CLOCK_MONOTONIC, as in libevent and sd_notify). */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* The same, but goes on while the machine is suspended (CLOCK_BOOTTIME). */
int64_t clock_boot_ms(void);
/* Seconds since 1970-01-01 UTC; may be set back or forth at any moment. */
int64_t clock_wall(void);
/* The same in nanoseconds, by the clock that file systems stamp with. */
int64_t clock_wall_ns(void);

#endif
