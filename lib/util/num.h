/* SPDX-License-Identifier: MIT */
/* Checked parsing of unsigned decimal numbers: digits only, no sign, no blank,
 * no overflow. Leading zeros are allowed (RFC 9051 "number"). */
#ifndef LIB_UTIL_NUM_H
#define LIB_UTIL_NUM_H

#include <stddef.h>
#include <stdint.h>

/* 0 and *out, or -1: not a number, or more than max. */
int num_parse(const char *s, size_t len, uint64_t max, uint64_t *out);
int num_parse_u32(const char *s, size_t len, uint32_t *out);

#endif
