/* SPDX-License-Identifier: MIT */
/* All that is known of a message: of one, of a folder's, of those of some
 * fate in the account. Read in pages, so that memory is bounded and that
 * whoever is handed a row may change the table. */
#include <assert.h>
#include <stdlib.h>

#include "daemon/state/db.h"

void state_record_release(struct state_record *r)
{
	free(r->unique);
	free(r->emailid);
	*r = (struct state_record){0};
}

static bool read_row(sqlite3_stmt *stmt, void *row)
{
	struct state_record *r = row;

	*r = (struct state_record){
	    .uid = db_u32(stmt, 0),
	    .flags = db_u64(stmt, 2),
	    .key = db_u64(stmt, 3),
	    .unique = db_text(stmt, 4),
	    .size = db_u64(stmt, 5),
	    .inode = db_u64(stmt, 6),
	    .mtime_ns = sqlite3_column_int64(stmt, 7),
	    .internaldate = sqlite3_column_int64(stmt, 8),
	    .emailid = db_text_or_null(stmt, 10),
	};
	r->have_digest = db_digest(stmt, 9, r->digest);
	return db_fate(sqlite3_column_int64(stmt, 1), &r->fate);
}

int state_message_get(struct state *s, int64_t folder, uint32_t uid,
		      struct state_record *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_RECORD];
	struct db_rows rows = {sizeof(*out), read_row, NULL, 0};

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, uid);
	int rc = db_rows_load(s, stmt, &rows, "read a message of", err);
	struct state_record *r = rows.row;
	if (rc == 0 && rows.n == 0)
		rc = 1;
	else if (rc == 0)
		*out = *r;
	else if (rows.n > 0)
		state_record_release(r);
	free(r);
	return rc;
}

/* A way through a folder's rows. */
struct walk {
	int64_t folder;
	int (*fn)(void *ctx, int64_t folder, const struct state_record *r);
	void *ctx;
	uint32_t uid; /* of the last row that was handed out */
	bool more;    /* there may be; true at first */
};

/* Hands out the next page: the statement gives at most ?3 rows beyond uid ?2.
 * 0, or what fn returned, or -1 and *err. */
static int page(struct state *s, sqlite3_stmt *stmt, struct walk *w,
		struct err *err)
{
	struct db_rows rows = {sizeof(struct state_record), read_row, NULL, 0};

	(void)sqlite3_bind_int64(stmt, 1, w->folder);
	db_bind_u64(stmt, 2, w->uid);
	(void)sqlite3_bind_int(stmt, 3, DB_PAGE);
	int rc = db_rows_load(s, stmt, &rows, "read messages of", err);
	struct state_record *r = rows.row;
	for (size_t i = 0; i < rows.n; i++) {
		w->uid = r[i].uid;
		if (rc == 0)
			rc = w->fn(w->ctx, w->folder, &r[i]);
		state_record_release(&r[i]);
	}
	w->more = rows.n == DB_PAGE;
	free(r);
	return rc;
}

struct messages {
	int (*fn)(void *ctx, const struct state_record *r);
	void *ctx;
};

static int without_folder(void *ctx, int64_t folder,
			  const struct state_record *r)
{
	struct messages *m = ctx;

	(void)folder;
	return m->fn(m->ctx, r);
}

int state_each_message(struct state *s, int64_t folder,
		       int (*fn)(void *ctx, const struct state_record *r),
		       void *ctx, struct err *err)
{
	struct messages m = {fn, ctx};
	struct walk w = {
	    .folder = folder, .fn = without_folder, .ctx = &m, .more = true};
	int rc = 0;

	while (rc == 0 && w.more)
		rc = page(s, s->stmt[DB_RECORDS], &w, err);
	return rc;
}

struct fates {
	struct state *s;
	enum fate fate;
	int (*fn)(void *ctx, int64_t folder, const struct state_record *r);
	void *ctx;
	struct err *err;
};

static int of_fate(void *ctx, const struct state_folder *f)
{
	struct fates *z = ctx;
	sqlite3_stmt *stmt = z->s->stmt[DB_RECORDS_FATE];
	struct walk w = {
	    .folder = f->id, .fn = z->fn, .ctx = z->ctx, .more = f->tombs > 0};
	int rc = 0;

	while (rc == 0 && w.more) {
		(void)sqlite3_bind_int(stmt, 4, (int)z->fate);
		rc = page(z->s, stmt, &w, z->err);
	}
	return rc;
}

int state_each_fate(struct state *s, enum fate fate,
		    int (*fn)(void *ctx, int64_t folder,
			      const struct state_record *r),
		    void *ctx, struct err *err)
{
	struct fates z = {s, fate, fn, ctx, err};

	assert(fate == FATE_DYING_HERE || fate == FATE_DYING_THERE ||
	       fate == FATE_REPLACED);
	return state_folders(s, of_fate, &z, err);
}

int state_find_uids(struct state *s, const struct state_uids *u,
		    int (*fn)(void *ctx, const struct state_record *r),
		    void *ctx, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < u->n && rc == 0; i++) {
		struct state_record r;
		rc = state_message_get(s, u->folder, u->uid[i], &r, err);
		if (rc == 0) {
			rc = fn(ctx, &r);
			state_record_release(&r);
		} else if (rc == 1) {
			rc = 0;
		}
	}
	return rc;
}
