/* SPDX-License-Identifier: MIT */
#include "lib/net/duplex.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

ssize_t duplex_read(struct duplex *d, void *buf, size_t len)
{
	ssize_t n = read(d->in, buf, len);

	for (ssize_t i = 0; i < n && d->nfirst < sizeof(d->first); i++)
		d->first[d->nfirst++] = ((const char *)buf)[i];
	return n;
}

/* There is no MSG_NOSIGNAL for a pipe. The signal is this thread's: it is held
 * back, and taken away where it was not waiting before. */
static ssize_t write_pipe(int fd, const void *buf, size_t len)
{
	const struct timespec now = {0};
	sigset_t pipe, pending, old;

	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigpending(&pending);
	bool waiting = sigismember(&pending, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &pipe, &old);
	ssize_t n = write(fd, buf, len);
	int saved = errno;
	if (n < 0 && saved == EPIPE && !waiting) {
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return n;
}

ssize_t duplex_write(const struct duplex *d, const void *buf, size_t len)
{
	return d->in == d->out ? send(d->out, buf, len, MSG_NOSIGNAL)
			       : write_pipe(d->out, buf, len);
}

void duplex_close(struct duplex *d)
{
	if (d->out >= 0 && d->out != d->in)
		(void)close(d->out);
	if (d->in >= 0)
		(void)close(d->in);
	*d = (struct duplex){.in = -1, .out = -1};
}
