/* SPDX-License-Identifier: MIT */
/* Deletions that the guard holds: which, and what somebody has answered. */
#include <stdlib.h>
#include <string.h>

#include <imap4/codec.h>

#include "daemon/base/xalloc.h"
#include "daemon/store/store_priv.h"

/* Of sets that we wrote ourselves; but anybody can write to the database. */
#define MAX_RANGES 1000000

static int mark_shown(struct store *s, struct store_view *v, struct err *err)
{
	struct imap4_set set = {0};
	char *uids = NULL;

	if (state_folder_held(s->state, v->row.id, &uids, err) < 0)
		return -1;
	/* What cannot be read covers nothing: then it is held again. */
	bool known =
	    uids && imap4_set_parse(uids, strlen(uids), MAX_RANGES, &set) == 0;
	for (size_t i = 0; known && i < v->base.n; i++)
		v->base.row[i].shown =
		    imap4_set_contains(&set, v->base.row[i].uid);
	imap4_set_release(&set);
	free(uids);
	return 0;
}

static int has_answer(struct store *s, int64_t folder, enum state_answer kind,
		      bool *out, struct err *err)
{
	int64_t created;
	uint32_t bound;
	int r = state_answer_get(s->state, folder, kind, &created, &bound, err);

	*out = r == 0;
	return r < 0 ? -1 : 0;
}

int store_read_guard(struct store *s, struct store_view *v, struct err *err)
{
	char *hold = NULL;

	if (state_folder_hold(s->state, v->row.id, &hold, err) < 0)
		return -1;
	v->hold = hold != NULL;
	free(hold);
	if (has_answer(s, v->row.id, STATE_APPROVE, &v->approve, err) < 0 ||
	    has_answer(s, v->row.id, STATE_RESTORE, &v->restore, err) < 0)
		return -1;
	return v->approve || v->restore ? mark_shown(s, v, err) : 0;
}

static char *format(const uint32_t *uid, size_t n)
{
	struct imap4_set set = {0};
	size_t from = 0, size = 0, len = 0;
	char *text = NULL;

	for (size_t i = 0; i < n; i++) {
		if (imap4_set_add(&set, uid[i], uid[i]) < 0)
			abort(); /* no memory: as xalloc() */
	}
	while (from < set.n) {
		size += 4096;
		text = xreallocarray(text, size, 1);
		if (len > 0)
			text[len++] = ',';
		len += imap4_set_format(&set, &from, text + len, size - len);
	}
	imap4_set_release(&set);
	return text;
}

static int drop_answers(struct store *s, struct err *err)
{
	int64_t id = s->folder.row.id;

	if (state_answer_drop(s->state, id, STATE_APPROVE, err) < 0)
		return -1;
	return state_answer_drop(s->state, id, STATE_RESTORE, err);
}

static int record(struct store *s, const struct store_held *h, const char *uids,
		  struct err *err)
{
	int64_t id = s->folder.row.id;
	char *before = NULL;

	if (state_folder_held(s->state, id, &before, err) < 0)
		return -1;
	bool same = before && uids && strcmp(before, uids) == 0;
	free(before);
	/* An answer is about what was held when it was given. */
	if (!same && drop_answers(s, err) < 0)
		return -1;
	if (!uids && state_folder_set_hold(s->state, id, NULL, err) < 0)
		return -1;
	return state_folder_set_held(s->state, id, h->here, h->there, uids,
				     err);
}

int store_held(struct store *s, const struct store_held *h, struct err *err)
{
	char *uids = format(h->uid, h->n);
	int r = state_begin(s->state, err);

	if (r == 0)
		r = store_end(s, record(s, h, uids, err), err);
	free(uids);
	return r;
}
