/* SPDX-License-Identifier: MIT */
/* What each folder's row counts. A batch of changes to one folder's messages
 * costs one update of its row. */
#include <assert.h>

#include "daemon/state/db.h"

/* Is something still to be done? */
static bool is_tomb(enum fate fate)
{
	return fate == FATE_DYING_HERE || fate == FATE_DYING_THERE ||
	       fate == FATE_REPLACED || fate == FATE_MOVED_THERE;
}

void db_count_forget(struct state *s)
{
	s->count = (struct db_count){0};
}

int db_count_flush(struct state *s, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_COUNT];
	struct db_count c = s->count;

	db_count_forget(s);
	/* A failure may have ended the transaction, and all that it counted. */
	if (sqlite3_get_autocommit(s->db) ||
	    (c.messages == 0 && c.there == 0 && c.tombs == 0))
		return 0;
	(void)sqlite3_bind_int64(stmt, 1, c.folder);
	(void)sqlite3_bind_int64(stmt, 2, c.messages);
	(void)sqlite3_bind_int64(stmt, 3, c.there);
	(void)sqlite3_bind_int64(stmt, 4, c.tombs);
	return db_run(s, stmt, "count messages in", err);
}

int db_count(struct state *s, int64_t folder, enum fate fate, int n,
	     struct err *err)
{
	assert(!sqlite3_get_autocommit(s->db));
	if (folder != s->count.folder && db_count_flush(s, err) < 0)
		return -1;
	s->count.folder = folder;
	s->count.messages += n * (fate == FATE_ALIVE);
	s->count.there += n * fate_is_there(fate);
	s->count.tombs += n * is_tomb(fate);
	return 0;
}
