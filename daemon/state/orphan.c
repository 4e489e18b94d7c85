/* SPDX-License-Identifier: MIT */
/* Rows that have lost their message: made by state_folder_reset(), found again
 * by their content. */
#include "daemon/state/state.h"

#include <assert.h>

#include "daemon/state/record.h"

int state_orphans_each(struct state *s, int64_t folder,
		       int (*fn)(void *ctx, int64_t orphan,
				 const struct state_record *r),
		       void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_ORPHANS];
	struct record_walk w = {.fn = fn, .ctx = ctx, .more = true};
	int rc = 0;

	while (rc == 0 && w.more) {
		(void)sqlite3_bind_int64(stmt, 1, folder);
		(void)sqlite3_bind_int64(stmt, 2, w.owner);
		rc = record_page(s, stmt, &w, err);
	}
	return rc;
}

int state_orphan_adopt(struct state *s, int64_t orphan, int64_t folder,
		       uint32_t uid, uint64_t flags, struct err *err)
{
	sqlite3_stmt *adopt = s->stmt[DB_ORPHAN_ADOPT];
	sqlite3_stmt *drop = s->stmt[DB_ORPHAN_DROP];

	assert(!sqlite3_get_autocommit(s->db));
	(void)sqlite3_bind_int64(adopt, 1, orphan);
	(void)sqlite3_bind_int64(adopt, 2, folder);
	db_bind_u64(adopt, 3, uid);
	db_bind_u64(adopt, 4, flags);
	if (db_run(s, adopt, "adopt an orphan in", err) < 0)
		return -1;
	if (sqlite3_changes(s->db) == 0)
		return db_none(s, "orphan with id", orphan, err);
	(void)sqlite3_bind_int64(drop, 1, orphan);
	if (db_run(s, drop, "adopt an orphan in", err) < 0)
		return -1;
	return db_count(s, folder, FATE_ALIVE, 1, err);
}

int state_orphans_drop(struct state *s, int64_t folder, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_ORPHANS_DROP];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	return db_run(s, stmt, "drop orphans from", err);
}
