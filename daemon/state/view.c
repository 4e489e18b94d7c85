/* SPDX-License-Identifier: MIT */
/* A folder's rows as the planner wants them: all at once, and of each row only
 * what it compares. */
#include "daemon/state/state.h"

#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/state/db.h"

static void refuse(sqlite3_context *call, const char *why)
{
	sqlite3_result_error(call, why, -1);
	sqlite3_result_error_code(call, SQLITE_CORRUPT);
}

static uint64_t print(sqlite3_value *inode, sqlite3_value *size,
		      sqlite3_value *mtime)
{
	int64_t mtime_ns = sqlite3_value_int64(mtime);

	if (mtime_ns == 0)
		return 0;
	return print_of((uint64_t)sqlite3_value_int64(inode),
			(uint64_t)sqlite3_value_int64(size), mtime_ns);
}

/* One row of DB_MESSAGES, by UID as the primary key has them. */
static void take_row(sqlite3_context *call, int n, sqlite3_value **value)
{
	struct base_view *v = *(struct base_view **)sqlite3_user_data(call);
	int64_t uid = sqlite3_value_int64(value[0]);
	enum fate fate;

	(void)n;
	if (uid > UINT32_MAX || uid <= (v->n ? v->row[v->n - 1].uid : 0)) {
		refuse(call, "the UIDs are out of order");
		return;
	}
	if (!db_fate(sqlite3_value_int64(value[1]), &fate)) {
		refuse(call, "a message has an unknown fate");
		return;
	}
	v->row = xgrow(v->row, v->n, &v->cap, sizeof(*v->row));
	v->row[v->n++] = (struct base_row){
	    .uid = (uint32_t)uid,
	    .fate = (uint8_t)fate,
	    .flags = (uint64_t)sqlite3_value_int64(value[2]),
	    .key = (uint64_t)sqlite3_value_int64(value[3]),
	    .print = print(value[4], value[5], value[6]),
	};
}

/* An aggregate must have one. */
static void no_result(sqlite3_context *call)
{
	sqlite3_result_null(call);
}

int db_add_take_row(struct state *s, struct err *err)
{
	if (sqlite3_create_function_v2(
		s->db, "take_row", 7, SQLITE_UTF8 | SQLITE_DIRECTONLY, &s->view,
		NULL, take_row, no_result, NULL) != SQLITE_OK)
		return db_fail(s, err, "open");
	return 0;
}

int state_load(struct state *s, int64_t folder, struct base_view *out,
	       struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_MESSAGES];
	struct base_view v = {0};

	s->view = &v;
	(void)sqlite3_bind_int64(stmt, 1, folder);
	int rc = db_run(s, stmt, "read messages of", err);
	s->view = NULL;
	if (rc < 0)
		base_view_release(&v);
	else
		*out = v;
	return rc;
}

void base_view_release(struct base_view *v)
{
	free(v->row);
	*v = (struct base_view){0};
}
