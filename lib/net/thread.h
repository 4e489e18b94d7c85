/* SPDX-License-Identifier: MIT */
/* A helper thread for a system call that can block and that nobody waits for.
 * It takes no signals and shares nothing but what it is given. */
#ifndef LIB_NET_THREAD_H
#define LIB_NET_THREAD_H

/* Starts a detached thread. 0, or -1: the system refuses one more. */
int thread_start(void *(*fn)(void *arg), void *arg);

#endif
