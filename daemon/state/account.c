/* SPDX-License-Identifier: MIT */
/* Whose mailbox it is, and what waits of the account as a whole. What is one
 * mailbox and what another is not said here. */
#include <stdlib.h>

#include "daemon/state/db.h"

int state_account_get(struct state *s, struct state_account *out,
		      struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_ACCOUNT];
	bool row = sqlite3_step(stmt) == SQLITE_ROW;

	*out = (struct state_account){0};
	if (row)
		*out = (struct state_account){
		    .owner = db_text_or_null(stmt, 0),
		    .held = db_text_or_null(stmt, 1),
		    .approved = db_text_or_null(stmt, 2),
		};
	if (sqlite3_reset(stmt) == SQLITE_OK)
		return row ? 0 : db_damaged(s, err, "its owner is missing");
	state_account_release(out);
	return db_fail(s, err, "read the owner of");
}

void state_account_release(struct state_account *a)
{
	free(a->owner);
	free(a->held);
	free(a->approved);
	*a = (struct state_account){0};
}

static int write_text(struct state *s, enum db_stmt which, const char *text,
		      struct err *err)
{
	db_bind_text(s->stmt[which], 1, text);
	return db_run(s, s->stmt[which], "record the owner of", err);
}

int state_account_own(struct state *s, const char *owner, struct err *err)
{
	return write_text(s, DB_ACCOUNT_OWN, owner, err);
}

int state_account_hold(struct state *s, const char *held, struct err *err)
{
	return write_text(s, DB_ACCOUNT_HOLD, held, err);
}

int state_account_approve(struct state *s, struct err *err)
{
	return db_run(s, s->stmt[DB_ACCOUNT_APPROVE], "record an answer in",
		      err);
}

int state_void(struct state *s, struct err *err)
{
	/* Rows that refer to a folder go with it, but for intents. */
	static const char sql[] =
	    "DELETE FROM intent; DELETE FROM answer; DELETE FROM folder;"
	    "UPDATE removed SET mailbox = NULL, mailbox_uidvalidity = 0,"
	    " mailbox_uid = 0, wanted = 0"
	    " WHERE mailbox NOTNULL OR wanted <> 0";

	return db_exec(s, sql, "empty", err);
}
