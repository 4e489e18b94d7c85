/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_scan.h"

#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/xalloc.h"

/* Scans more because files moved while they were scanned. */
#define MOVING_SCANS 1

const struct mailbox *account_box(const struct account *a, size_t i)
{
	return &a->boxes.box[a->cycle.scan.box[i]];
}

const char *account_folder_name(const struct account *a, size_t i)
{
	return account_box(a, i)->display;
}

static int scan_run(struct account *a, struct err *err)
{
	struct account_scan *s = &a->cycle.scan;
	const struct mailbox *box = account_box(a, s->files.n);
	struct store_name name = {.wire = box->wire,
				  .name = box->name,
				  .delim = box->delim,
				  .doomed = box->doomed};

	return local_scan_add(&s->files, &a->store, &name,
			      clean_cache_find(&a->clean_cache, box->wire),
			      err);
}

static enum cycle_found scan_done(struct account *a, int result,
				  const struct err *err)
{
	struct account_scan *s = &a->cycle.scan;
	size_t i = s->files.n - 1;

	if (result < 0) {
		/* What it lacks may be what another one lost. */
		a->safety.unread = true;
		s->unseen[i] = true;
		account_fail(a, account_folder_name(a, i), err);
	}
	a->boxes.box[s->box[i]].row = s->files.folder[i].row.id;
	return CYCLE_MORE;
}

static int pair_run(struct account *a, struct err *err)
{
	return local_scan_pair(&a->cycle.scan.files, &a->store, err);
}

static enum cycle_found pair_done(struct account *a, int result,
				  const struct err *err)
{
	struct account_scan *s = &a->cycle.scan;

	if (result > 0 && s->moving++ < MOVING_SCANS) {
		local_scan_release(&s->before);
		s->before = s->files;
		s->files = (struct local_scan){0};
		return CYCLE_MORE;
	}
	if (result > 0)
		local_scan_doubt(&s->files, &s->before);
	local_scan_release(&s->before);
	if (result >= 0 && s->times == 1)
		account_files_watch(a);
	if (result >= 0)
		return CYCLE_DONE;
	/* Without the moves, what is new may be what another folder lacks. */
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

static enum cycle_found next(struct account *a)
{
	return a->cycle.scan.files.n < a->cycle.scan.n
		   ? cycle_post(a, scan_run, scan_done)
		   : cycle_post(a, pair_run, pair_done);
}

static void release(struct account *a)
{
	struct account_scan *s = &a->cycle.scan;

	local_scan_release(&s->files);
	local_scan_release(&s->before);
	free(s->box);
	free(s->unseen);
	*s = (struct account_scan){0};
}

/* The first scan since the folders are known. */
static void begin(struct account *a)
{
	struct account_scan *s = &a->cycle.scan;
	size_t n = a->boxes.n;

	release(a);
	s->box = xcalloc(n + 1, sizeof(*s->box));
	s->unseen = xcalloc(n + 1, sizeof(*s->unseen));
	for (size_t i = 0; i < n; i++) {
		const struct mailbox *box = &a->boxes.box[i];
		if (a->due.names && !account_asked_for(a, box->display))
			continue;
		if (box->synced || box->doomed)
			s->box[s->n++] = i;
	}
	account_messages_begin(a, s->n);
}

static enum cycle_found start(struct account *a)
{
	struct account_scan *s = &a->cycle.scan;

	if (!s->again)
		begin(a);
	s->again = false;
	s->moving = 0;
	local_scan_release(&s->files);
	s->times++;
	return next(a);
}

const struct stage account_scan_stage = {
    .start = start,
    .next = next,
    .release = release,
};
