/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_avoid.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/failure/failure.h"

void account_avoided_release(struct avoided *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->folder[i].name);
		free(v->folder[i].text);
	}
	free(v->folder);
	*v = (struct avoided){0};
}

static struct avoided_folder *find(const struct account *a, const char *folder)
{
	for (size_t i = 0; i < a->avoided.n; i++) {
		if (strcmp(a->avoided.folder[i].name, folder) == 0)
			return &a->avoided.folder[i];
	}
	return NULL;
}

static struct avoided_folder *add(struct account *a, const char *folder)
{
	struct avoided *v = &a->avoided;

	v->folder = xreallocarray(v->folder, v->n + 1, sizeof(*v->folder));
	v->folder[v->n] = (struct avoided_folder){.name = xstrdup(folder)};
	return &v->folder[v->n++];
}

void account_avoid(struct account *a, const char *folder, const char *why)
{
	struct avoided_folder *f = find(a, folder);

	if (!f)
		f = add(a, folder);
	if (f->fresh)
		return;
	free(f->text);
	f->text = xstrdup(why);
	f->fresh = f->changed = true;
	f->opened = false;
	f->attempts++;
	f->retry = clock_wall() + failure_aside_s(f->attempts);
}

bool account_was_avoided(const struct account *a, const char *folder)
{
	return find(a, folder) != NULL;
}

bool account_avoids(struct account *a, const char *folder)
{
	struct avoided_folder *f = find(a, folder);

	if (!f || f->opened)
		return false;
	if (f->fresh)
		return true;
	if (a->env.opts.folder.full || f->retry <= clock_wall())
		return false;
	f->left_out = true;
	return true;
}

void account_opened(struct account *a, const char *folder)
{
	struct avoided_folder *f = find(a, folder);

	if (f && !f->fresh)
		f->opened = f->changed = true;
}

void account_avoided_begin(struct account *a)
{
	for (size_t i = 0; i < a->avoided.n; i++)
		a->avoided.folder[i].fresh = a->avoided.folder[i].left_out =
		    false;
}

void account_avoided_report(struct account *a)
{
	for (size_t i = 0; i < a->avoided.n; i++) {
		const struct avoided_folder *f = &a->avoided.folder[i];
		struct err err;
		if (!f->left_out || f->fresh || f->opened)
			continue;
		err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER, "it is set aside: %s",
			f->text);
		err_hint(&err, "it is asked for again later, or at once by "
			       "--full");
		account_fail(a, f->name, &err);
	}
}

static int take(void *ctx, const struct state_avoided *s)
{
	struct avoided_folder *f = add(ctx, s->folder);

	f->text = xstrdup(s->text);
	f->attempts = s->attempts;
	f->retry = s->retry;
	return 0;
}

int account_avoided_read(struct account *a, struct err *err)
{
	account_avoided_release(&a->avoided);
	return state_avoided_each(a->store.state, take, a, err);
}

static int record(struct account *a, const struct avoided_folder *f,
		  struct err *err)
{
	if (f->opened)
		return state_avoided_drop(a->store.state, f->name, err);
	return state_avoid(
	    a->store.state,
	    &(struct state_avoided){f->name, f->text, f->attempts, f->retry},
	    err);
}

static bool any_changed(const struct avoided *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->folder[i].changed)
			return true;
	}
	return false;
}

int account_avoided_keep(struct account *a, struct err *err)
{
	struct avoided *v = &a->avoided;
	int r = 0;

	/* Nobody is to blame where the server is busy. */
	if (a->busy.now || !any_changed(v))
		return 0;
	if (state_begin(a->store.state, err) < 0)
		return -1;
	for (size_t i = 0; i < v->n && r == 0; i++) {
		if (v->folder[i].changed)
			r = record(a, &v->folder[i], err);
	}
	return store_end(&a->store, r, err);
}

void account_avoided_turn(struct account *a)
{
	struct avoided *v = &a->avoided;
	size_t kept = 0;

	for (size_t i = 0; i < v->n; i++) {
		struct avoided_folder *f = &v->folder[i];
		if (a->busy.now && f->changed && f->fresh) {
			f->attempts--;
			f->retry = 0;
		}
		f->changed = false;
		if (f->opened || f->attempts == 0) {
			free(f->name);
			free(f->text);
		} else {
			v->folder[kept++] = *f;
		}
	}
	v->n = kept;
}
