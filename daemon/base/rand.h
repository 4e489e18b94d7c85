/* SPDX-License-Identifier: MIT */
/* The only place that asks the system for randomness. Good for secrets: all of
 * it comes from getrandom(2). */
#ifndef DAEMON_BASE_RAND_H
#define DAEMON_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

#define RAND_UUID 37 /* a UUID's text and the NUL */

/* Fills p with n random bytes. Aborts where the kernel has none to give: a
 * predictable number would be worse. */
void rand_bytes(void *p, size_t n);
uint64_t rand_u64(void);
/* Writes a new random UUID (RFC 4122 4.4, version 4) in lower case. */
void rand_uuid(char out[RAND_UUID]);

#endif
