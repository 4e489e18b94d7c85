/* SPDX-License-Identifier: MIT */
/* FNV-1a, 64 bits: tells texts apart that nobody makes alike on purpose. Keys
 * in databases are made with it, so it may never change. */
#ifndef LIB_UTIL_FNV_H
#define LIB_UTIL_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* Goes on from h, of what came before, or FNV_START. */
static inline uint64_t fnv_add(uint64_t h, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

#endif
