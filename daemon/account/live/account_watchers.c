/* SPDX-License-Identifier: MIT */
#include "daemon/account/live/account_watchers.h"

#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

static bool is_dull(const struct mailbox *box)
{
	return (box->attr & (IMAP4_LIST_JUNK | IMAP4_LIST_TRASH |
			     IMAP4_LIST_ALL | IMAP4_LIST_DRAFTS)) != 0;
}

const char **account_watchers_pick(const struct account *a, size_t most,
				   size_t *n)
{
	size_t boxes = a->boxes.n, wanted = 0;
	struct ladder_folder *f = xcalloc(boxes + 1, sizeof(*f));
	const char **wire = xcalloc(boxes + 1, sizeof(*wire));
	size_t *out = xcalloc(most + 1, sizeof(*out));

	for (size_t i = 0; i < boxes; i++) {
		const struct mailbox *box = &a->boxes.box[i];
		if (!account_watch_wants(a, box))
			continue;
		f[wanted++] = (struct ladder_folder){
		    .name = box->wire,
		    .inbox = strcmp(box->display, "INBOX") == 0,
		    .dull = is_dull(box),
		    .changes = box->changes,
		};
	}
	*n = ladder_pick(f, wanted, most, out);
	for (size_t i = 0; i < *n; i++)
		wire[i] = f[out[i]].name;
	free(out);
	free(f);
	return wire;
}

static void drop_watcher(struct account_watch *w, size_t i)
{
	watcher_free(w->watcher[i]);
	w->watcher[i] = w->watcher[--w->nwatchers];
}

void account_watchers_drop(struct account_watch *w)
{
	while (w->nwatchers > 0)
		drop_watcher(w, 0);
	free(w->watcher);
	w->watcher = NULL;
}

/* Its index, or nwatchers: there is none of that mailbox. */
static size_t find(const struct account_watch *w, const char *wire)
{
	size_t i = 0;

	while (i < w->nwatchers &&
	       strcmp(watcher_wire(w->watcher[i]), wire) != 0)
		i++;
	return i;
}

static void watcher_refused(void *ctx, const char *wire, const struct err *err)
{
	struct account *a = ctx;
	struct account_watch *w = &a->watch;

	log_at(LOG_INFO, a->env.account->name, NULL,
	       "'%s' is not watched by a connection of its own: %s", wire,
	       err->text);
	w->crowded = true;
	size_t i = find(w, wire);
	if (i < w->nwatchers)
		drop_watcher(w, i);
}

static void watcher_told(void *ctx, const char *wire, enum idle_news news,
			 const struct standing *now)
{
	account_watch_heard(ctx, wire, news, now);
}

static const struct watcher_handler watcher_handler = {
    .told = watcher_told,
    .refused = watcher_refused,
};

static bool is_in(const char *wire, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], wire) == 0)
			return true;
	}
	return false;
}

void account_watchers_set(struct account *a, const char *const *wire, size_t n)
{
	struct account_watch *w = &a->watch;

	for (size_t i = w->nwatchers; i-- > 0;) {
		if (!is_in(watcher_wire(w->watcher[i]), wire, n))
			drop_watcher(w, i);
	}
	for (size_t i = 0; i < n && !w->crowded; i++) {
		if (find(w, wire[i]) < w->nwatchers)
			continue;
		w->watcher = xreallocarray(w->watcher, w->nwatchers + 1,
					   sizeof(*w->watcher));
		w->watcher[w->nwatchers++] = watcher_new(
		    a->env.base, a->env.account, wire[i], &watcher_handler, a);
	}
}

bool account_watchers_listen(const struct account_watch *w, const char *wire)
{
	size_t i = find(w, wire);

	return i < w->nwatchers && watcher_listens(w->watcher[i]);
}
