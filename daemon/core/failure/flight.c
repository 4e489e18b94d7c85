/* SPDX-License-Identifier: MIT */
#include "daemon/core/failure/flight.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct flight_item *item)
{
	free((void *)(uintptr_t)item->folder);
	free((void *)(uintptr_t)item->file);
}

static bool grow(struct flight *f)
{
	size_t cap = f->cap ? 2 * f->cap : 16;
	struct flight_item *item = reallocarray(f->item, cap, sizeof(*item));

	if (!item)
		return false;
	f->item = item;
	f->cap = cap;
	return true;
}

void flight_add(struct flight *f, const struct flight_item *item)
{
	struct flight_item copy = *item;

	if (f->n == f->cap && !grow(f))
		return;
	copy.folder = strdup(item->folder);
	copy.file = item->file ? strdup(item->file) : NULL;
	if (copy.folder && (copy.file || !item->file))
		f->item[f->n++] = copy;
	else
		drop(&copy);
}

struct flight_item *flight_find(const struct flight *f,
				const struct flight_item *item)
{
	for (size_t i = 0; i < f->n; i++) {
		struct flight_item *x = &f->item[i];
		if (x->kind == item->kind && x->id == item->id &&
		    strcmp(x->folder, item->folder) == 0)
			return x;
	}
	return NULL;
}

bool flight_concerns(const struct flight *f, const char *folder)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->item[i].folder, folder) == 0)
			return true;
	}
	return false;
}

void flight_release(struct flight *f)
{
	for (size_t i = 0; i < f->n; i++)
		drop(&f->item[i]);
	free(f->item);
	*f = (struct flight){0};
}

const struct flight_item *flight_condemned(const struct flight *before,
					   const struct flight *now)
{
	const struct flight_item *alone = now->n == 1 ? &now->item[0] : NULL;

	if (!alone || alone->kind == FLIGHT_ACCOUNT)
		return NULL;
	return alone->known || flight_find(before, alone) ? alone : NULL;
}

bool flight_goes_on(bool condemned, bool looking, unsigned losses)
{
	return (condemned || looking) && losses < FLIGHT_LOSSES;
}
