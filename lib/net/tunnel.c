/* SPDX-License-Identifier: MIT */
/* A shell command that speaks IMAP on its stdin and stdout. posix_spawn() and
 * not fork(): the program has threads and may be large. The dead child is
 * collected by a thread, so that an ssh that will not die stops nobody. */
#include "lib/net/tunnel.h"

#include "lib/net/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TERM_MS 500
#define STEP_MS 10

/* The child starts with no signal blocked or ignored, whatever the program did
 * to its own. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
							POSIX_SPAWN_SETSIGDEF |
							POSIX_SPAWN_SETSID);
	return rc;
}

/* 0 or an errno. */
static int spawn(const char *command, const struct duplex *child, pid_t *pid)
{
	char shell[] = "sh", option[] = "-c";
	char *copy = strdup(command);
	char *const argv[] = {shell, option, copy, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = ENOMEM;

	if (!copy)
		return rc;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	if (posix_spawn_file_actions_adddup2(&actions, child->in,
					     STDIN_FILENO) == 0 &&
	    posix_spawn_file_actions_adddup2(&actions, child->out,
					     STDOUT_FILENO) == 0)
		rc = set_attributes(&attr);
	if (rc == 0)
		rc =
		    posix_spawn(pid, "/bin/sh", &actions, &attr, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	free(copy);
	return rc;
}

/* A pipe for each way. -1: neither is open. */
static int open_pipes(struct duplex *ours, struct duplex *child)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(from, O_CLOEXEC) < 0) {
		(void)close(to[0]);
		(void)close(to[1]);
		return -1;
	}
	*ours = (struct duplex){.in = from[0], .out = to[1]};
	*child = (struct duplex){.in = to[0], .out = from[1]};
	return 0;
}

int tunnel_open(const char *command, pid_t *pid, struct duplex *out, char *err,
		size_t errlen)
{
	struct duplex child;

	if (open_pipes(out, &child) < 0) {
		(void)snprintf(err, errlen, "cannot start the tunnel: %s",
			       strerror(errno));
		return -1;
	}
	/* Only our ends: commands do not expect a non-blocking stdin. */
	int rc = fcntl(out->in, F_SETFL, O_NONBLOCK) < 0 ||
			 fcntl(out->out, F_SETFL, O_NONBLOCK) < 0
		     ? errno
		     : 0;
	if (rc == 0)
		rc = spawn(command, &child, pid);
	duplex_close(&child);
	if (rc == 0)
		return 0;
	duplex_close(out);
	(void)snprintf(err, errlen, "cannot start the tunnel: %s",
		       strerror(rc));
	return -1;
}

/* Has it ended (and been collected)? */
static bool collected(pid_t pid)
{
	pid_t r;

	do {
		r = waitpid(pid, NULL, WNOHANG);
	} while (r < 0 && errno == EINTR);
	return r != 0;
}

static void *collect(void *arg)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	pid_t pid = (pid_t)(intptr_t)arg;

	for (int ms = 0; ms < TERM_MS; ms += STEP_MS) {
		if (collected(pid))
			return NULL;
		(void)nanosleep(&step, NULL);
	}
	(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return NULL;
}

void tunnel_close(pid_t pid)
{
	/* The group, and by its number: it cannot be another's before the child
	 * is collected. */
	(void)kill(-pid, SIGTERM);
	if (collected(pid) || thread_start(collect, (void *)(intptr_t)pid) == 0)
		return;
	(void)kill(-pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
