/* SPDX-License-Identifier: MIT */
/* A way in and a way out: one socket, or the pipes to a command. */
#ifndef LIB_NET_DUPLEX_H
#define LIB_NET_DUPLEX_H

#include <stddef.h>
#include <sys/types.h>

struct duplex {
	int in;        /* -1: none */
	int out;       /* the same as in: a socket */
	char first[2]; /* what came first, */
	size_t nfirst; /* as far as it has */
};

/* As read() and write() do, but never raises SIGPIPE: it is not the library's
 * to ask a program to ignore it. */
ssize_t duplex_read(struct duplex *d, void *buf, size_t len);
ssize_t duplex_write(const struct duplex *d, const void *buf, size_t len);
void duplex_close(struct duplex *d);

#endif
