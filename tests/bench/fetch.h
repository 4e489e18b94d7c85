/* SPDX-License-Identifier: MIT */
/* What the clients of the parsing bench share. Each logs in to a port of this
 * machine, selects INBOX, does one FETCH, and prints what that took: seconds on
 * the clock, seconds of processor time, allocations, and how many messages or
 * bytes came. To be included by one file of a program. */
#ifndef TESTS_BENCH_FETCH_H
#define TESTS_BENCH_FETCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fetch_client {
	/* A session with INBOX selected. */
	void *(*login)(unsigned short port);
	/* One FETCH command; returns what came. */
	unsigned long long (*flags)(void *session);
	unsigned long long (*body)(void *session);
};

static unsigned long fetch_allocations;

/* glibc lets a program have its own allocator and still reach the real one. To
 * be seen by shared libraries it must be visible. */
#define FETCH_VISIBLE __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

FETCH_VISIBLE void *malloc(size_t size)
{
	fetch_allocations++;
	return __libc_malloc(size);
}

FETCH_VISIBLE void *calloc(size_t n, size_t size)
{
	fetch_allocations++;
	return __libc_calloc(n, size);
}

FETCH_VISIBLE void *realloc(void *p, size_t size)
{
	fetch_allocations++;
	return __libc_realloc(p, size);
}

static inline double fetch_clock(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

__attribute__((noreturn)) static inline void fetch_fail(const char *what)
{
	(void)fprintf(stderr, "failed: %s\n", what);
	exit(1);
}

static inline int fetch_main(const struct fetch_client *c, int argc,
			     char **argv)
{
	if (argc != 3)
		fetch_fail("arguments: PORT flags|body");
	bool flags = strcmp(argv[2], "flags") == 0;
	void *session = c->login((unsigned short)strtoul(argv[1], NULL, 10));
	double wall = fetch_clock(CLOCK_MONOTONIC);
	double cpu = fetch_clock(CLOCK_PROCESS_CPUTIME_ID);
	unsigned long before = fetch_allocations;
	unsigned long long n = flags ? c->flags(session) : c->body(session);
	unsigned long allocations = fetch_allocations - before;
	cpu = fetch_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = fetch_clock(CLOCK_MONOTONIC) - wall;
	(void)printf("%f %f %lu %llu\n", wall, cpu, allocations, n);
	return 0;
}

#endif
