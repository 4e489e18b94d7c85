/* SPDX-License-Identifier: MIT */
#include "daemon/store/batch/discard.h"

#include "daemon/base/clock.h"

static int record_one(const struct uid_pairs *pairs, struct store *s,
		      uint32_t uid, const char *mailbox, struct err *err)
{
	struct state_record row;
	uint32_t there = uid_pairs_find(pairs, uid);
	int64_t id;
	int r = state_message_get(s->state, s->folder.row.id, uid, &row, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	/* Told once more, since it is still there: that is on record. */
	if (row.fate == FATE_DELETED_THERE) {
		state_record_release(&row);
		return 0;
	}
	/* It is where its file is. */
	if (row.fate == FATE_MOVED_THERE) {
		state_record_release(&row);
		return state_message_tombstone(s->state, s->folder.row.id, uid,
					       FATE_DELETED_THERE, err);
	}
	struct state_removed removed = state_removed_of(&row, uid, STATE_THERE);
	removed.at = clock_wall();
	removed.folder = s->folder.row.name;
	if (there) {
		removed.mailbox = mailbox;
		removed.mailbox_uidvalidity = pairs->uidvalidity;
		removed.mailbox_uid = there;
	}
	r = state_removed_add(s->state, &removed, &id, err);
	state_record_release(&row);
	if (r < 0)
		return -1;
	return state_message_tombstone(s->state, s->folder.row.id, uid,
				       FATE_DELETED_THERE, err);
}

int discard_record(const struct uid_pairs *pairs, struct store *s,
		   const struct action *a, size_t n, const char *mailbox,
		   struct err *err)
{
	int r = 0;

	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = record_one(pairs, s, a[i].uid, mailbox, err);
	return store_end(s, r, err);
}

void discard_run(struct job *j)
{
	struct discard_job *d = (struct discard_job *)j;

	d->base.result = discard_record(&d->pairs, d->base.store, d->action,
					d->n, d->mailbox, &d->base.err);
}
