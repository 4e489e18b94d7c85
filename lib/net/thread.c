/* SPDX-License-Identifier: MIT */
/* A helper thread for a system call that can block: a look-up of a name, the
 * end of a child. Signals stay with the threads that the program made. */
#include "lib/net/thread.h"

#include <pthread.h>
#include <signal.h>

/* Enough for the resolver's plug-ins, and a sixteenth of the default. */
#define STACK_SIZE (512 * 1024)

int thread_start(void *(*fn)(void *arg), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(&thread, &attr, fn, arg);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : -1;
}
