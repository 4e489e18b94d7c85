/* SPDX-License-Identifier: MIT */
/* A file's fingerprint: whether it is still the one that was looked at can be
 * told without reading it. */
#ifndef DAEMON_CORE_PRINT_H
#define DAEMON_CORE_PRINT_H

#include <stdint.h>

/* Of inode, size in bytes and modification time. Another one: the file was
 * written to, replaced, or copied with its directory; its content says which.
 * Never 0. */
uint64_t print_of(uint64_t inode, uint64_t size, int64_t mtime_ns);

#endif
