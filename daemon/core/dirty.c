/* SPDX-License-Identifier: MIT */
#include "daemon/core/dirty.h"

#include <stdlib.h>
#include <string.h>

bool dirty_any(const struct dirty *d)
{
	return d->n > 0 || d->all != 0;
}

static void note_time(struct dirty *d, int64_t now_ms)
{
	if (!dirty_any(d)) {
		d->first_ms = now_ms;
		d->gathering =
		    d->noted_ms != 0 && now_ms - d->noted_ms < DIRTY_QUIET_MS;
	}
	d->last_ms = d->noted_ms = now_ms;
}

static struct dirty_folder *find(const struct dirty *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++) {
		if (strcmp(d->folder[i].name, name) == 0)
			return &d->folder[i];
	}
	return NULL;
}

static int add(struct dirty *d, const char *name, unsigned why)
{
	struct dirty_folder *more =
	    realloc(d->folder, (d->n + 1) * sizeof(*more)); /* n is bounded */

	if (!more)
		return -1;
	d->folder = more;
	char *copy = strdup(name);
	if (!copy)
		return -1;
	d->folder[d->n++] = (struct dirty_folder){.name = copy, .why = why};
	return 0;
}

int dirty_note(struct dirty *d, const char *folder, unsigned why,
	       int64_t now_ms)
{
	struct dirty_folder *f = folder ? find(d, folder) : NULL;

	note_time(d, now_ms);
	if (!folder || (!f && d->n == DIRTY_MOST))
		d->all |= why;
	else if (f)
		f->why |= why;
	else
		return add(d, folder, why);
	return 0;
}

unsigned dirty_why(const struct dirty *d, const char *folder)
{
	const struct dirty_folder *f = find(d, folder);

	return d->all | (f ? f->why : 0);
}

int64_t dirty_due_ms(const struct dirty *d)
{
	unsigned any = d->all, every = ~0U;

	if (!dirty_any(d))
		return DIRTY_NEVER;
	for (size_t i = 0; i < d->n; i++) {
		any |= d->folder[i].why;
		every &= d->folder[i].why;
	}
	if (any & DIRTY_ASKED)
		return d->first_ms;
	/* What is only gone is not missed for a moment. */
	bool gone = d->n > 0 && !d->all && (every & DIRTY_GONE);
	if (!d->gathering && !gone && !(any & DIRTY_TREE))
		return d->first_ms;
	int64_t quiet = d->last_ms + DIRTY_QUIET_MS;
	int64_t latest = d->first_ms + DIRTY_GATHER_MS;
	return quiet < latest ? quiet : latest;
}

void dirty_take(struct dirty *d, struct dirty *out)
{
	*out = *d;
	*d = (struct dirty){.noted_ms = out->noted_ms};
}

const char **dirty_names(const struct dirty *d)
{
	const char **names = d->all ? NULL : calloc(d->n + 1, sizeof(*names));

	for (size_t i = 0; names && i < d->n; i++)
		names[i] = d->folder[i].name;
	return names;
}

void dirty_release(struct dirty *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->folder[i].name);
	free(d->folder);
	*d = (struct dirty){.noted_ms = d->noted_ms};
}
