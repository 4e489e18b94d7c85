/* SPDX-License-Identifier: MIT */
/* The conversation, for people: by level to the caller, the last lines always
 * for the post-mortem. */
#ifndef LIB_CLIENT_LOG_H
#define LIB_CLIENT_LOG_H

#include <stddef.h>

/* The engine's trace, with the client as ctx: secrets are masked there. */
void log_line(void *ctx, char dir, const char *line, size_t len);

#endif
