/* SPDX-License-Identifier: MIT */
#include "daemon/core/echo.h"

#include <stdlib.h>
#include <string.h>

static int grow(void **array, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;

	while (more < n)
		more *= 2;
	if (n <= *cap)
		return 0;
	void *grown = reallocarray(*array, more, size);
	if (!grown)
		return -1;
	*array = grown;
	*cap = more;
	return 0;
}

/* Of what is not kept one a folder is: the caller asks once for each. */
static bool has_folder(const struct echo *e, uint32_t folder)
{
	for (size_t i = 0; i < e->n; i++) {
		if (e->event[i].folder == folder)
			return true;
	}
	return false;
}

int echo_heard(struct echo *e, const struct echo_event *event)
{
	if (e->n >= ECHO_MOST) {
		bool again = e->overflow && e->last == event->folder;
		e->overflow = true;
		e->last = event->folder;
		if (again || has_folder(e, event->folder))
			return 0;
	}
	if (grow((void **)&e->event, e->n + 1, &e->cap, sizeof(*e->event)) < 0)
		return -1;
	e->event[e->n++] = *event;
	return 0;
}

int echo_wrote(struct echo *e, const uint64_t *names, size_t n)
{
	e->overflow |= n > 0 && (!names || n > ECHO_MOST - e->nwritten);
	if (n == 0 || e->overflow)
		return 0;
	if (grow((void **)&e->written, e->nwritten + n, &e->writtencap,
		 sizeof(*e->written)) < 0)
		return -1;
	memcpy(e->written + e->nwritten, names, n * sizeof(*names));
	e->nwritten += n;
	return 0;
}

static int u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The names that were written, sorted, each as often as it was; .used: so many
 * of the first of a row of equals are spoken for. */
struct written {
	const uint64_t *name;
	uint32_t *used;
	size_t n;
};

static bool use(struct written *w, uint64_t name)
{
	size_t lo = 0, hi = w->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (w->name[mid] < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->n || w->name[lo] != name)
		return false;
	size_t next = lo + w->used[lo];
	if (next >= w->n || w->name[next] != name)
		return false;
	w->used[lo]++;
	return true;
}

/* Files that came, then those that went: a rename is known by its end. */
static void judge(const struct echo *e, struct written *w, uint64_t *cookie,
		  void (*news)(void *ctx, uint32_t folder), void *ctx)
{
	size_t ncookies = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct echo_event *v = &e->event[i];
		if (v->came && !use(w, v->name))
			news(ctx, v->folder);
		else if (v->came && v->cookie != 0)
			cookie[ncookies++] = v->cookie;
	}
	if (ncookies > 1)
		qsort(cookie, ncookies, sizeof(*cookie), u64_cmp);
	for (size_t i = 0; i < e->n; i++) {
		const struct echo_event *v = &e->event[i];
		uint64_t key = v->cookie;
		bool ours =
		    v->cookie != 0 && ncookies > 0 &&
		    bsearch(&key, cookie, ncookies, sizeof(*cookie), u64_cmp);
		if (!v->came && !ours && !use(w, v->name))
			news(ctx, v->folder);
	}
}

void echo_judge(struct echo *e, void (*news)(void *ctx, uint32_t folder),
		void *ctx)
{
	uint64_t *cookie = calloc(e->n + 1, sizeof(*cookie));
	struct written w = {.name = e->written,
			    .used = calloc(e->nwritten + 1, sizeof(*w.used)),
			    .n = e->nwritten};

	if (!cookie || !w.used || e->overflow) {
		for (size_t i = 0; i < e->n; i++) {
			if (i == 0 ||
			    e->event[i].folder != e->event[i - 1].folder)
				news(ctx, e->event[i].folder);
		}
	} else {
		if (e->nwritten > 1)
			qsort(e->written, e->nwritten, sizeof(*e->written),
			      u64_cmp);
		judge(e, &w, cookie, news, ctx);
	}
	free(cookie);
	free(w.used);
	echo_release(e);
}

void echo_release(struct echo *e)
{
	free(e->event);
	free(e->written);
	*e = (struct echo){0};
}
