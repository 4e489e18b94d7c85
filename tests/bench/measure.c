/* SPDX-License-Identifier: MIT */
/* Runs a program and writes down what it took: "WALL USER SYS RSS_KIB STATUS".
 * Small on purpose: a child begins with its parent's peak of memory (ru_maxrss
 * survives exec), so an interpreter cannot measure a small program.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NANO      1000000000.0
#define MICRO     1000000.0
#define NOT_FOUND 127

static double seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / NANO;
}

static double of_timeval(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / MICRO;
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status;

	if (argc < 3) {
		(void)fputs("usage: measure REPORT COMMAND...\n", stderr);
		return 64;
	}
	double begin = seconds();
	pid_t pid = fork();
	if (pid == 0) {
		(void)execvp(argv[2], argv + 2);
		_exit(NOT_FOUND);
	}
	pid_t got;
	do
		got = pid > 0 ? wait4(pid, &status, 0, &used) : -1;
	while (got < 0 && pid > 0 && errno == EINTR);
	double end = seconds();
	FILE *report = fopen(argv[1], "we");
	if (got < 0 || !report) {
		(void)fprintf(stderr, "measure: %s\n", strerror(errno));
		return 1;
	}
	(void)fprintf(report, "%.6f %.6f %.6f %ld %d\n", end - begin,
		      of_timeval(&used.ru_utime), of_timeval(&used.ru_stime),
		      used.ru_maxrss, status_of(status));
	return fclose(report) == 0 ? 0 : 1;
}
