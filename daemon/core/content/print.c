/* SPDX-License-Identifier: MIT */
#include "daemon/core/content/print.h"

/* The finalizer of SplitMix64: every bit of x changes half of the result's. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t print_of(uint64_t inode, uint64_t size, int64_t mtime_ns)
{
	uint64_t h = mix(inode);

	h = mix(h ^ size);
	h = mix(h ^ (uint64_t)mtime_ns);
	return h ? h : 1;
}
