/* SPDX-License-Identifier: MIT */
#include "daemon/watch/dirwatch.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"

/* A file that comes: renamed or linked, or written in place and closed. */
#define CAME  (IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE)
#define WENT  (IN_MOVED_FROM | IN_DELETE)
#define FILES (CAME | WENT)
#define TREE  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)

/* Handles of which nobody has said whose they are. */
#define UNKNOWN_MOST 4096

struct watched {
	int handle;
	uint32_t tag;
	enum dirwatch_kind kind;
	struct dirwatch_owner *owner; /* NULL: told before it was set */
	unsigned turn;
};

struct dirwatch {
	int fd;
	struct event *readable;
	struct watched *watched; /* by handle */
	size_t n, cap;
	size_t unknown; /* of them */
};

/* The first that is not below it. */
static size_t place(const struct dirwatch *d, int handle)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (d->watched[mid].handle < handle)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct watched *find(const struct dirwatch *d, int handle)
{
	size_t at = place(d, handle);

	return at < d->n && d->watched[at].handle == handle ? &d->watched[at]
							    : NULL;
}

static struct watched *insert(struct dirwatch *d, int handle)
{
	size_t at = place(d, handle);

	d->watched = xgrow(d->watched, d->n, &d->cap, sizeof(*d->watched));
	memmove(&d->watched[at + 1], &d->watched[at],
		(d->n++ - at) * sizeof(*d->watched));
	d->watched[at] = (struct watched){.handle = handle};
	return &d->watched[at];
}

static void forget(struct dirwatch *d, struct watched *w)
{
	size_t at = (size_t)(w - d->watched);

	d->unknown -= w->owner == NULL;
	memmove(w, w + 1, (--d->n - at) * sizeof(*w));
}

/* Each owner once. */
static void tell_lost(struct dirwatch *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct dirwatch_owner *o = d->watched[i].owner;
		bool told = o == NULL;
		for (size_t k = 0; k < i && !told; k++)
			told = d->watched[k].owner == o;
		if (!told)
			o->lost(o->ctx);
	}
}

static void tell(struct dirwatch *d, const struct inotify_event *v)
{
	struct watched *w = find(d, v->wd);

	if (v->mask & IN_Q_OVERFLOW) {
		tell_lost(d);
		return;
	}
	if (v->mask & IN_IGNORED) {
		/* It is gone, and its parent's watch says so, too; or it was
		 * dropped, and this is the last of it. */
		if (w)
			forget(d, w);
		return;
	}
	if (!w && d->unknown < UNKNOWN_MOST) {
		(void)insert(d, v->wd);
		d->unknown++;
	}
	if (!w || !w->owner || (v->mask & IN_UNMOUNT))
		return;
	struct dirwatch_owner *o = w->owner;
	struct dirwatch_event e = {
	    .kind = w->kind,
	    .tag = w->tag,
	    .name = v->len > 0 ? v->name : "",
	    .came = (v->mask & CAME) != 0,
	    .cookie = v->cookie,
	};
	/* Programs put files of their own beside new/ and cur/. */
	bool dir = (v->mask & IN_ISDIR) != 0;
	if (dir == (e.kind == DIRWATCH_TREE))
		o->told(o->ctx, &e);
}

void dirwatch_drain(struct dirwatch *d)
{
	_Alignas(struct inotify_event) char buf[64 * 1024];
	ssize_t got;

	while ((got = read(d->fd, buf, sizeof(buf))) > 0) {
		const char *p = buf, *end = buf + got;
		while ((size_t)(end - p) >= sizeof(struct inotify_event)) {
			const struct inotify_event *v = (const void *)p;
			if ((size_t)(end - p) < sizeof(*v) + v->len)
				break;
			tell(d, v);
			p += sizeof(*v) + v->len;
		}
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dirwatch_drain(arg);
}

struct dirwatch *dirwatch_new(struct event_base *base)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return NULL;
	struct dirwatch *d = xcalloc(1, sizeof(*d));
	d->fd = fd;
	d->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, d);
	if (!d->readable || event_add(d->readable, NULL) < 0)
		abort();
	return d;
}

int dirwatch_fd(const struct dirwatch *d)
{
	return d->fd;
}

int dirwatch_add(int fd, const char *path, enum dirwatch_kind kind)
{
	return inotify_add_watch(fd, path,
				 IN_ONLYDIR | IN_EXCL_UNLINK |
				     (kind == DIRWATCH_TREE ? TREE : FILES));
}

void dirwatch_begin(struct dirwatch_owner *o)
{
	o->turn++;
}

void dirwatch_set(struct dirwatch *d, struct dirwatch_owner *o, int handle,
		  enum dirwatch_kind kind, uint32_t tag)
{
	struct watched *w = find(d, handle);
	bool missed = w && !w->owner;

	if (!w)
		w = insert(d, handle);
	d->unknown -= missed;
	*w = (struct watched){handle, tag, kind, o, o->turn};
	if (missed)
		o->lost(o->ctx);
}

static void drop(struct dirwatch *d, const struct dirwatch_owner *o, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct watched *w = &d->watched[i];
		if (w->owner == o && (all || w->turn != o->turn))
			(void)inotify_rm_watch(d->fd, w->handle);
		else
			d->watched[kept++] = *w;
	}
	d->n = kept;
}

void dirwatch_end(struct dirwatch *d, struct dirwatch_owner *o)
{
	drop(d, o, false);
}

void dirwatch_drop(struct dirwatch *d, struct dirwatch_owner *o)
{
	if (d)
		drop(d, o, true);
}

void dirwatch_free(struct dirwatch *d)
{
	if (!d)
		return;
	event_free(d->readable);
	(void)close(d->fd);
	free(d->watched);
	free(d);
}
