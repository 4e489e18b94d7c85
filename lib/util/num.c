/* SPDX-License-Identifier: MIT */
#include "lib/util/num.h"

int num_parse(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		uint64_t digit = (uint64_t)(s[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	if (n > max)
		return -1;
	*out = n;
	return 0;
}

int num_parse_u32(const char *s, size_t len, uint32_t *out)
{
	uint64_t n;

	if (num_parse(s, len, UINT32_MAX, &n) < 0)
		return -1;
	*out = (uint32_t)n;
	return 0;
}
