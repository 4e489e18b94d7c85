/* SPDX-License-Identifier: MIT */
/* A child process and its two pipes as libevent events. Its end is seen through
 * a pidfd, so that no SIGCHLD handler is needed that others would notice. */
#include "daemon/base/proc.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "lib/util/buf.h"

#define MAX_STDERR 4096
#define CHUNK      4096
/* As many chunks as the largest pipe holds: what the command wrote before it
 * ended is in there, whatever others write behind it. */
#define MAX_DRAIN 256
/* Where there is no pidfd (Linux < 5.3, or a filter): how often to look. */
#define LOOK_MS 50

/* One end of a pipe. */
struct stream {
	int fd;
	struct event *event;
	struct buf buf;
	bool cut;
};

struct proc {
	pid_t pid;
	int pidfd; /* -1: none, looked at by time */
	bool lost; /* how it ended is not known */
	struct event *ended;
	struct event *timeout;
	int64_t timeout_ms;
	bool late;
	struct stream out, err;
	void (*done)(void *ctx, const struct proc_result *r);
	void *ctx;
};

static struct timeval tv_of(int64_t ms)
{
	return (struct timeval){
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};
}

static int start_event(struct event *ev, int64_t ms)
{
	struct timeval tv = tv_of(ms);

	return ev ? event_add(ev, ms > 0 ? &tv : NULL) : -1;
}

/* The child writes to the other end: *child. */
static int stream_open(struct stream *st, size_t max, int *child)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	st->fd = fd[0];
	*child = fd[1];
	/* Of ours only: the command may not expect it. */
	if (fcntl(st->fd, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	/* All of it at once: growing would leave copies of a secret. */
	buf_init(&st->buf, max);
	if (buf_reserve(&st->buf, max) < 0) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void stream_close(struct stream *st)
{
	if (st->event)
		event_free(st->event);
	if (st->fd >= 0)
		(void)close(st->fd);
	buf_wipe(&st->buf);
}

/* What read(2) says. */
static ssize_t stream_read(struct stream *st)
{
	char chunk[CHUNK];

	ssize_t n = read(st->fd, chunk, sizeof(chunk));
	if (n > 0) {
		size_t room = st->buf.max - st->buf.len;
		size_t take = (size_t)n < room ? (size_t)n : room;
		/* There is room: it was reserved. */
		(void)buf_add(&st->buf, chunk, take);
		st->cut = st->cut || take < (size_t)n;
		explicit_bzero(chunk, (size_t)n);
	}
	return n;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct stream *st = arg;
	ssize_t n = stream_read(st);

	(void)fd;
	(void)what;
	/* Its end is not the command's end: that decides. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		(void)event_del(st->event);
}

static void stream_drain(struct stream *st)
{
	for (int i = 0; i < MAX_DRAIN; i++) {
		ssize_t n = stream_read(st);
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
	}
}

/* Length of the first line, its end not counted. */
static size_t first_line(const struct buf *b, bool *ended)
{
	const char *end = b->len ? memchr(b->data, '\n', b->len) : NULL;
	size_t len = end ? (size_t)(end - b->data) : b->len;

	*ended = end != NULL;
	if (end && len > 0 && b->data[len - 1] == '\r')
		len--;
	return len;
}

static void proc_free(struct proc *p)
{
	stream_close(&p->out);
	stream_close(&p->err);
	if (p->ended)
		event_free(p->ended);
	if (p->timeout)
		event_free(p->timeout);
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	free(p);
}

static void word_status(const struct proc *p, int status, char *out,
			size_t size)
{
	if (p->late)
		(void)snprintf(out, size, "did not end within %lld s",
			       (long long)((p->timeout_ms + 999) / 1000));
	else if (p->lost)
		(void)snprintf(out, size, "ended unseen");
	else if (WIFSIGNALED(status))
		(void)snprintf(out, size, "was killed by signal %d",
			       WTERMSIG(status));
	else
		(void)snprintf(out, size, "exited %d", WEXITSTATUS(status));
}

static void finish(struct proc *p, int status)
{
	struct proc_result r = {0};
	bool ended;

	stream_drain(&p->out);
	stream_drain(&p->err);
	r.ok = !p->late && !p->lost && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
	word_status(p, status, r.status, sizeof(r.status));
	size_t len = first_line(&p->err.buf, &ended);
	(void)snprintf(r.error, sizeof(r.error), "%.*s", (int)len,
		       p->err.buf.data);
	r.len = first_line(&p->out.buf, &ended);
	r.line = p->out.buf.data;
	r.cut = p->out.cut && !ended;
	p->done(p->ctx, &r);
	proc_free(p);
}

/* The pidfd is readable, or it is time to look. */
static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;
	int status = 0;

	(void)fd;
	(void)what;
	pid_t pid = waitpid(p->pid, &status, WNOHANG);
	if (pid == 0 || (pid < 0 && errno == EINTR)) {
		(void)start_event(p->ended, p->pidfd < 0 ? LOOK_MS : 0);
		return;
	}
	/* Reaped by somebody else, as with an ignored SIGCHLD. */
	p->lost = pid < 0;
	finish(p, status);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;

	(void)fd;
	(void)what;
	p->late = true;
	/* Not reaped yet, so the number is still the group's. */
	(void)kill(-p->pid, SIGKILL);
}

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	int rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID |
						    POSIX_SPAWN_SETSIGDEF |
						    POSIX_SPAWN_SETSIGMASK);
	/* We ignore SIGPIPE; a shell's pipeline must not. */
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	return rc;
}

static int set_files(posix_spawn_file_actions_t *files, int out, int err)
{
	int rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO,
						  "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc =
		    posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	if (rc == 0)
		rc =
		    posix_spawn_file_actions_adddup2(files, err, STDERR_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(files, 3);
	return rc;
}

/* 0 or an errno. */
static int spawn_with(const posix_spawn_file_actions_t *files,
		      const posix_spawnattr_t *attr, const struct proc_job *job,
		      pid_t *pid)
{
	char sh[] = "sh", dash_c[] = "-c";
	char *copy = xstrdup(job->command); /* argv is not const */
	char *argv[] = {sh, dash_c, copy, NULL};

	int rc = posix_spawn(pid, "/bin/sh", files, attr, argv,
			     job->environment ? job->environment : environ);
	free(copy);
	return rc;
}

/* posix_spawn, not fork: other threads run, and memory need not be copied.
 * 0 or an errno. */
static int spawn(const struct proc_job *job, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;

	int rc = posix_spawnattr_init(&attr);
	if (rc != 0)
		return rc;
	rc = posix_spawn_file_actions_init(&files);
	if (rc == 0) {
		rc = set_attributes(&attr);
		if (rc == 0)
			rc = set_files(&files, out, err);
		if (rc == 0)
			rc = spawn_with(&files, &attr, job, pid);
		(void)posix_spawn_file_actions_destroy(&files);
	}
	(void)posix_spawnattr_destroy(&attr);
	return rc;
}

static int watch(struct proc *p, struct event_base *base)
{
	bool remote_list = p->pidfd < 0;

	p->out.event = event_new(base, p->out.fd, EV_READ | EV_PERSIST,
				 on_readable, &p->out);
	p->err.event = event_new(base, p->err.fd, EV_READ | EV_PERSIST,
				 on_readable, &p->err);
	p->timeout = evtimer_new(base, on_timeout, p);
	p->ended =
	    event_new(base, p->pidfd, remote_list ? 0 : EV_READ, on_ended, p);
	if (start_event(p->out.event, 0) < 0 ||
	    start_event(p->err.event, 0) < 0 ||
	    start_event(p->timeout, p->timeout_ms) < 0 ||
	    start_event(p->ended, remote_list ? LOOK_MS : 0) < 0)
		return -1;
	return 0;
}

static int start(struct proc *p, const struct proc_job *job)
{
	int out = -1, err = -1, rc = -1;

	if (stream_open(&p->out, job->max_output, &out) == 0 &&
	    stream_open(&p->err, MAX_STDERR, &err) == 0) {
		rc = spawn(job, out, err, &p->pid);
		if (rc != 0) {
			errno = rc;
			rc = -1;
		}
	}
	int saved = errno;
	if (out >= 0)
		(void)close(out);
	if (err >= 0)
		(void)close(err);
	errno = saved;
	return rc;
}

int proc_start(struct event_base *base, const struct proc_job *job,
	       struct proc **out, struct err *err)
{
	struct proc *p = xcalloc(1, sizeof(*p));

	p->out.fd = -1;
	p->err.fd = -1;
	p->pidfd = -1;
	p->timeout_ms = job->timeout_ms;
	p->done = job->done;
	p->ctx = job->ctx;
	if (start(p, job) < 0) {
		(void)err_errno(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
				"cannot start a command");
		proc_free(p);
		return -1;
	}
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (watch(p, base) < 0) {
		proc_cancel(p);
		return err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			       "cannot watch a command: out of memory");
	}
	*out = p;
	return 0;
}

void proc_cancel(struct proc *p)
{
	if (!p)
		return;
	(void)kill(-p->pid, SIGKILL);
	/* At once, or there would be a zombie: it cannot outlive the signal. */
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	proc_free(p);
}
