/* SPDX-License-Identifier: MIT */
/* A folder's keyword table: which bit of a message's flags stands for which
 * keyword. A number, once given, keeps its meaning. */
#include "daemon/state/state.h"

#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/db.h"
#include "lib/util/ascii.h"

int state_keywords_load(struct state *s, int64_t folder,
			struct keyword_table *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_KEYWORDS];
	struct keyword_table k = {.n = 0};
	bool damaged = false;

	(void)sqlite3_bind_int64(stmt, 1, folder);
	while (!damaged && sqlite3_step(stmt) == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(stmt, 1);
		/* A gap would shift the meaning of every bit behind it. */
		damaged = !name || k.n == KEYWORD_MAX ||
			  sqlite3_column_int64(stmt, 0) != (int64_t)k.n;
		if (!damaged)
			k.name[k.n++] = xstrdup((const char *)name);
	}
	int rc = 0;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		rc = db_fail(s, err, "read keywords of");
	else if (damaged)
		rc = db_damaged(s, err, "its keyword table has a gap");
	if (rc < 0)
		state_keywords_release(&k);
	else
		*out = k;
	return rc;
}

void state_keywords_release(struct keyword_table *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->name[i]);
	*k = (struct keyword_table){.n = 0};
}

int state_keywords_find(const struct keyword_table *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++) {
		if (ascii_same(k->name[i], name))
			return (int)i;
	}
	return -1;
}

int state_keywords_add(struct state *s, int64_t folder, struct keyword_table *k,
		       const char *name, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_KEYWORD_ADD];

	int found = state_keywords_find(k, name);
	if (found >= 0)
		return found;
	if (k->n == KEYWORD_MAX)
		return -2;
	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, k->n);
	db_bind_text(stmt, 3, name);
	if (db_run(s, stmt, "add a keyword to", err) < 0)
		return -1;
	k->name[k->n] = xstrdup(name);
	return (int)k->n++;
}
