/* SPDX-License-Identifier: MIT */
#include "daemon/base/disk.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"

struct queue {
	struct job *head;
	struct job **tail;
};

struct disk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue todo;        /* under lock */
	struct queue ready;       /* under lock */
	bool stop;                /* under lock */
	_Atomic int64_t since_ms; /* when the job that runs began; 0: none */
	int fd;                   /* eventfd: something is ready */
	struct event *event;
};

static void queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_push(struct queue *q, struct job *j)
{
	j->next = NULL;
	*q->tail = j;
	q->tail = &j->next;
}

static struct job *queue_take_all(struct queue *q)
{
	struct job *first = q->head;

	queue_init(q);
	return first;
}

static struct job *next_job(struct disk *d)
{
	pthread_mutex_lock(&d->lock);
	while (!d->todo.head && !d->stop)
		pthread_cond_wait(&d->wake, &d->lock);
	struct job *first = queue_take_all(&d->todo);
	pthread_mutex_unlock(&d->lock);
	return first;
}

/* Unrung, the loop would sleep on what is ready: interrupted is not done. */
static void ring(int fd)
{
	const uint64_t one = 1;
	ssize_t n;

	do {
		n = write(fd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

static void publish(struct disk *d, struct job *j)
{
	pthread_mutex_lock(&d->lock);
	bool first = !d->ready.head;
	queue_push(&d->ready, j);
	pthread_mutex_unlock(&d->lock);
	if (first)
		ring(d->fd);
}

static void *work(void *arg)
{
	struct disk *d = arg;
	struct job *j, *next;

	while ((j = next_job(d))) {
		for (; j; j = next) {
			next = j->next;
			bool answer = j->done != NULL;
			d->since_ms = clock_mono_ms();
			j->run(j);
			d->since_ms = 0;
			if (answer)
				publish(d, j);
		}
	}
	return NULL;
}

static void deliver(struct disk *d)
{
	pthread_mutex_lock(&d->lock);
	struct job *j = queue_take_all(&d->ready);
	pthread_mutex_unlock(&d->lock);
	while (j) {
		struct job *next = j->next;
		j->done(j);
		j = next;
	}
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	deliver(arg);
}

/* Signals are the loop's business. */
static int start(struct disk *d)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int r = pthread_create(&d->thread, NULL, work, d);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

struct disk *disk_new(struct event_base *base)
{
	struct disk *d = xcalloc(1, sizeof(*d));

	queue_init(&d->todo);
	queue_init(&d->ready);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->fd >= 0)
		d->event =
		    event_new(base, d->fd, EV_READ | EV_PERSIST, on_ready, d);
	if (!d->event || event_add(d->event, NULL) < 0 || start(d) != 0) {
		if (d->event)
			event_free(d->event);
		if (d->fd >= 0)
			close(d->fd);
		free(d);
		errno = EAGAIN;
		return NULL;
	}
	return d;
}

void disk_post(struct disk *d, struct job *j)
{
	pthread_mutex_lock(&d->lock);
	bool first = !d->todo.head;
	queue_push(&d->todo, j);
	pthread_mutex_unlock(&d->lock);
	if (first)
		pthread_cond_signal(&d->wake);
}

int64_t disk_busy_ms(const struct disk *d)
{
	int64_t since = d->since_ms;

	return since ? clock_mono_ms() - since : 0;
}

void disk_free(struct disk *d)
{
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	deliver(d);
	event_free(d->event);
	close(d->fd);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
