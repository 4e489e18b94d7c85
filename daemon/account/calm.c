/* SPDX-License-Identifier: MIT */
#include "daemon/account/calm.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

/* Coarser than the clock of any file system: a change within it may bear the
 * time that is remembered. */
#define GRANULARITY_NS INT64_C(2000000000)

#define STATUS_NEEDED                                                  \
	(IMAP4_ST_UIDVALIDITY | IMAP4_ST_UIDNEXT | IMAP4_ST_MESSAGES | \
	 IMAP4_ST_HIGHESTMODSEQ)

static struct calm_folder *find(const struct calm *c, const char *wire)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->folder[i].wire, wire) == 0)
			return &c->folder[i];
	}
	return NULL;
}

void calm_forget(struct calm *c, const struct mailbox *box)
{
	struct calm_folder *f = find(c, box->wire);

	if (!f)
		return;
	free(f->wire);
	free(f->path);
	*f = c->folder[--c->n];
}

void calm_note(struct calm *c, const struct mailbox *box, const char *path,
	       const struct scan_stamp *stamp, int64_t now_ns)
{
	calm_forget(c, box);
	/* Without HIGHESTMODSEQ flags may change unseen. */
	if ((box->have & STATUS_NEEDED) != STATUS_NEEDED || box->modseq == 0)
		return;
	if (now_ns - stamp->new_ns < GRANULARITY_NS ||
	    now_ns - stamp->cur_ns < GRANULARITY_NS)
		return;
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 32;
		c->folder =
		    xreallocarray(c->folder, c->cap, sizeof(*c->folder));
	}
	c->folder[c->n++] = (struct calm_folder){
	    .wire = xstrdup(box->wire),
	    .path = xstrdup(path),
	    .uidvalidity = box->uidvalidity,
	    .uidnext = box->uidnext,
	    .messages = box->messages,
	    .modseq = box->modseq,
	    .stamp = *stamp,
	    .stirred = true,
	};
}

static bool same_stamp(int root, const struct calm_folder *f)
{
	struct scan_stamp now;
	struct maildir dir;
	struct err err;

	if (maildir_open(root, f->path, false, &dir, &err) != 0)
		return false;
	bool same = scan_stamp(&dir, &now, &err) == 0 &&
		    now.new_ns == f->stamp.new_ns &&
		    now.cur_ns == f->stamp.cur_ns;
	maildir_close(&dir);
	return same;
}

void calm_check(struct calm *c, int root)
{
	for (size_t i = 0; i < c->n; i++)
		c->folder[i].stirred = !same_stamp(root, &c->folder[i]);
}

bool calm_holds(const struct calm *c, const struct mailbox *box)
{
	const struct calm_folder *f = find(c, box->wire);

	return f && !f->stirred &&
	       (box->have & STATUS_NEEDED) == STATUS_NEEDED &&
	       box->uidvalidity == f->uidvalidity &&
	       box->uidnext == f->uidnext && box->messages == f->messages &&
	       box->modseq == f->modseq;
}

void calm_release(struct calm *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->folder[i].wire);
		free(c->folder[i].path);
	}
	free(c->folder);
	*c = (struct calm){0};
}
