/* SPDX-License-Identifier: MIT */
/* An account's disk side in a temporary directory: a real Maildir, a real
 * database, and either of them may fail on demand. *state points to it. */
#ifndef TESTS_DAEMON_STORE_BED_H
#define TESTS_DAEMON_STORE_BED_H

#include "tests/support/remove.h"
#include "tests/support/t.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/digest.h"
#include "daemon/maildir/name.h"
#include "daemon/state/db.h"
#include "daemon/store/store.h"
#include "tests/support/fault.h"

#define BED_UIDVALIDITY 7

struct bed {
	char dir[64];
	char state_dir[96], maildir[96];
	struct config config;
	struct config_account account;
	struct store store;
	bool opened;
	struct err err;
};

/* A statement that was not run. SQLite repeats a failure when it is reset or
 * finalized. */
static sqlite3_stmt *bed_unrun;

int bed_step(sqlite3_stmt *stmt) FAULT_SYMBOL("sqlite3_step");
int bed_step(sqlite3_stmt *stmt)
{
	FAULT_NEXT(bed_step, "sqlite3_step");
	if (!fault_now(FAULT_STEP, sqlite3_sql(stmt)))
		return next(stmt);
	bed_unrun = stmt;
	return SQLITE_FULL;
}

int bed_reset(sqlite3_stmt *stmt) FAULT_SYMBOL("sqlite3_reset");
int bed_reset(sqlite3_stmt *stmt)
{
	FAULT_NEXT(bed_reset, "sqlite3_reset");
	bool unrun = stmt && stmt == bed_unrun;
	int rc = next(stmt);

	bed_unrun = unrun ? NULL : bed_unrun;
	return unrun ? SQLITE_FULL : rc;
}

int bed_finalize(sqlite3_stmt *stmt) FAULT_SYMBOL("sqlite3_finalize");
int bed_finalize(sqlite3_stmt *stmt)
{
	FAULT_NEXT(bed_finalize, "sqlite3_finalize");
	bool unrun = stmt && stmt == bed_unrun;
	int rc = next(stmt);

	bed_unrun = unrun ? NULL : bed_unrun;
	return unrun ? SQLITE_FULL : rc;
}

static inline void bed_must(const struct bed *b, int r)
{
	if (r < 0)
		fail_msg("%s -> %s", b->err.text, b->err.hint);
}

static inline int bed_open_store(struct bed *b, bool dry_run)
{
	assert_false(b->opened);
	if (store_open(&b->store, &b->config, &b->account, dry_run, &b->err) <
	    0)
		return -1;
	b->opened = true;
	/* Nobody pulls the plug here. */
	if (!dry_run)
		assert_int_equal(sqlite3_exec(b->store.state->db,
					      "PRAGMA synchronous = OFF", NULL,
					      NULL, NULL),
				 SQLITE_OK);
	return 0;
}

static inline void bed_close_store(struct bed *b)
{
	if (b->opened)
		store_close(&b->store);
	b->opened = false;
}

/* Another session. */
static inline void bed_reopen(struct bed *b, bool dry_run)
{
	bed_close_store(b);
	bed_must(b, bed_open_store(b, dry_run));
}

static inline int bed_setup_closed(void **state)
{
	static char name[] = "work", inbox[] = "INBOX";
	struct bed *b = xcalloc(1, sizeof(*b));

	/* In memory, where there is such a place: every test makes a database.
	 */
	(void)snprintf(b->dir, sizeof(b->dir), "%s/test-account.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->state_dir, sizeof(b->state_dir), "%s/state", b->dir);
	(void)snprintf(b->maildir, sizeof(b->maildir), "%s/mail", b->dir);
	b->config.state_dir = b->state_dir;
	b->account = (struct config_account){.name = name,
					     .maildir = b->maildir,
					     .layout = CONFIG_LAYOUT_FS,
					     .inbox = inbox,
					     .create = CONFIG_SIDE_BOTH};
	*state = b;
	return 0;
}

static inline int bed_setup(void **state)
{
	(void)bed_setup_closed(state);
	bed_must(*state, bed_open_store(*state, false));
	return 0;
}

static inline int bed_teardown(void **state)
{
	struct bed *b = *state;

	(void)fault_disarm();
	bed_close_store(b);
	remove_tree(b->dir);
	free(b);
	return 0;
}

#define bed_test(f) cmocka_unit_test_setup_teardown(f, bed_setup, bed_teardown)

/* Files. Paths are relative to the Maildir, or "/state/..." to the state
 * directory. */

static inline char *bed_path(const struct bed *b, const char *path)
{
	return path[0] == '/' ? xasprintf("%s%s", b->dir, path)
			      : xasprintf("%s/%s", b->maildir, path);
}

static inline void bed_put(const struct bed *b, const char *path,
			   const char *text)
{
	char *full = bed_path(b, path);
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		fail_msg("cannot create '%s': %s", full, strerror(errno));
	assert_int_equal(fs_write(fd, text, strlen(text)), 0);
	(void)close(fd);
	free(full);
}

static inline bool bed_has(const struct bed *b, const char *path)
{
	char *full = bed_path(b, path);
	struct stat st;
	bool has = lstat(full, &st) == 0;

	free(full);
	return has;
}

static inline struct stat bed_stat(const struct bed *b, const char *path)
{
	char *full = bed_path(b, path);
	struct stat st;

	if (lstat(full, &st) < 0)
		fail_msg("no '%s': %s", full, strerror(errno));
	free(full);
	return st;
}

static inline void bed_expect(const struct bed *b, const char *path,
			      const char *text)
{
	char *full = bed_path(b, path);
	struct buf got;

	buf_init(&got, 1 << 20);
	if (fs_read_small(AT_FDCWD, full, 1 << 20, &got) < 0)
		fail_msg("no '%s': %s", full, strerror(errno));
	assert_int_equal(buf_addc(&got, '\0'), 0);
	assert_string_equal(got.data, text);
	buf_release(&got);
	free(full);
}

static inline void bed_rename(const struct bed *b, const char *from,
			      const char *to)
{
	char *x = bed_path(b, from), *y = bed_path(b, to);

	if (rename(x, y) < 0)
		fail_msg("cannot rename '%s': %s", x, strerror(errno));
	free(x);
	free(y);
}

static inline void bed_unlink(const struct bed *b, const char *path)
{
	char *full = bed_path(b, path);

	if (remove(full) < 0)
		fail_msg("cannot remove '%s': %s", full, strerror(errno));
	free(full);
}

/* Gives it another time: what was written long ago nobody is writing now. */
static inline void bed_age(const struct bed *b, const char *path,
			   int64_t seconds)
{
	const struct timespec at[2] = {{.tv_sec = seconds},
				       {.tv_sec = seconds}};
	char *full = bed_path(b, path);

	assert_int_equal(utimensat(AT_FDCWD, full, at, 0), 0);
	free(full);
}

static inline int bed_count(const struct bed *b, const char *path)
{
	char *full = bed_path(b, path);
	DIR *d = opendir(full);
	int n = 0;

	if (!d)
		fail_msg("cannot list '%s': %s", full, strerror(errno));
	while (fs_readdir(d))
		n++;
	(void)closedir(d);
	free(full);
	return n;
}

/* Open descriptors of this process. */
static inline int bed_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (fs_readdir(d))
		n++;
	(void)closedir(d);
	return n - 1;
}

static inline uint64_t bed_key(const char *unique)
{
	return name_key(unique, strlen(unique));
}

/* Folders. */

static inline struct store_name bed_name(const char *folder)
{
	return (struct store_name){.wire = folder,
				   .name = folder,
				   .delim = '/',
				   .uidvalidity = BED_UIDVALIDITY};
}

/* Makes its directory; not in a dry run. */
static inline void bed_mkdir(struct bed *b, const char *folder)
{
	struct store_name name = bed_name(folder);
	struct state_folder row;
	struct maildir m;

	if (b->store.dry_run)
		return;
	bed_must(b, store_row(&b->store, &name, &row, &b->err));
	bed_must(b, maildir_open(b->store.root, row.path, true, &m, &b->err));
	maildir_close(&m);
	state_folder_release(&row);
}

/* Opens it, and begins its first sync. */
static inline struct store_view bed_open(struct bed *b, const char *folder)
{
	struct store_name name = bed_name(folder);
	struct store_view v;

	bed_mkdir(b, folder);
	if (store_folder_open(&b->store, &name, NULL, &v, &b->err) != 0)
		fail_msg("%s", b->err.text);
	if (v.row.uidvalidity == 0 && !b->store.dry_run)
		bed_must(b, store_begin(&b->store, BED_UIDVALIDITY, &b->err));
	return v;
}

/* Its row's id. */
static inline int64_t bed_make(struct bed *b, const char *folder)
{
	struct store_view v = bed_open(b, folder);
	int64_t id = v.row.id;

	store_view_release(&v);
	return id;
}

/* Rows. */

static inline void bed_digest(const char *text, unsigned char *out)
{
	struct digester *d = digester_new();
	struct digests all;

	assert_non_null(d);
	digester_begin(d, DIGEST_MESSAGE);
	digester_add(d, text, strlen(text));
	assert_int_equal(digester_end(d, &all), 0);
	digester_free(d);
	memcpy(out, all.message, sizeof(all.message));
}

/* A message that is in sync: its file, an old one, and its row. path is
 * "FOLDER/cur/UNIQUE:2,LETTERS". */
static inline void bed_message(struct bed *b, int64_t folder, uint32_t uid,
			       const char *path, const char *text,
			       uint64_t flags)
{
	const char *file = strrchr(path, '/') + 1;
	size_t len = strcspn(file, ":");
	char *unique = xstrndup(file, len);

	bed_put(b, path, text);
	bed_age(b, path, 1000000000 + uid);
	struct stat st = bed_stat(b, path);
	struct state_message m = {
	    .uid = uid,
	    .flags = flags,
	    .internaldate = st.st_mtim.tv_sec,
	    .size = (uint64_t)st.st_size,
	    .inode = st.st_ino,
	    .mtime_ns = fs_mtime_ns(&st),
	    .unique = unique,
	    .key = name_key(unique, len),
	};
	bed_digest(text, m.digest);
	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_message_add(b->store.state, folder, &m, &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
	free(unique);
}

static inline void bed_fate(struct bed *b, int64_t folder, uint32_t uid,
			    enum fate fate)
{
	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_message_tombstone(b->store.state, folder, uid, fate,
					    &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
}

static inline int64_t bed_promise(struct bed *b, const struct state_intent *i)
{
	int64_t id;

	bed_must(b, state_begin(b->store.state, &b->err));
	bed_must(b, state_intent_replace(b->store.state, i, &id, &b->err));
	bed_must(b, state_commit(b->store.state, &b->err));
	return id;
}

static inline bool bed_has_row(struct bed *b, int64_t folder, uint32_t uid)
{
	struct state_record r;
	int rc = state_message_get(b->store.state, folder, uid, &r, &b->err);

	bed_must(b, rc);
	if (rc == 0)
		state_record_release(&r);
	return rc == 0;
}

/* To be released. */
static inline struct state_record bed_row(struct bed *b, int64_t folder,
					  uint32_t uid)
{
	struct state_record r;

	if (state_message_get(b->store.state, folder, uid, &r, &b->err) != 0)
		fail_msg("no row with UID %" PRIu32, uid);
	return r;
}

static inline enum fate bed_fate_of(struct bed *b, int64_t folder, uint32_t uid)
{
	struct state_record r = bed_row(b, folder, uid);
	enum fate fate = r.fate;

	state_record_release(&r);
	return fate;
}

/* Is the file of that path the row's, as far as the row knows? */
static inline void bed_expect_file(struct bed *b, int64_t folder, uint32_t uid,
				   const char *path)
{
	struct state_record r = bed_row(b, folder, uid);
	struct stat st = bed_stat(b, path);
	const char *file = strrchr(path, '/') + 1;

	assert_int_equal(strcspn(file, ":"), strlen(r.unique));
	assert_memory_equal(file, r.unique, strlen(r.unique));
	assert_true(r.key == bed_key(r.unique));
	assert_true(r.inode == st.st_ino);
	assert_true(r.size == (uint64_t)st.st_size);
	assert_true(r.mtime_ns == fs_mtime_ns(&st));
	state_record_release(&r);
}

static inline int64_t bed_number(struct bed *b, const char *sql)
{
	int64_t n;

	bed_must(b, db_query_int(b->store.state, sql, &n, &b->err));
	return n;
}

static inline void bed_dump_table(struct bed *b, const char *table,
				  struct buf *out)
{
	char *sql = xasprintf("SELECT * FROM %s", table);
	sqlite3_stmt *stmt;

	assert_int_equal(
	    sqlite3_prepare_v2(b->store.state->db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		(void)buf_adds(out, table);
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const unsigned char *p = sqlite3_column_blob(stmt, i);
			(void)buf_addc(out, '|');
			for (int k = 0; k < sqlite3_column_bytes(stmt, i); k++)
				(void)buf_addf(out, "%02x", p[k]);
		}
		(void)buf_addc(out, '\n');
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	free(sql);
}

/* All that is recorded, but for the generation; to be released. */
static inline struct buf bed_dump(struct bed *b)
{
	static const char *const table[] = {"folder", "keyword", "message",
					    "intent", "answer",  "removed",
					    "aside"};
	struct buf out;

	buf_init(&out, 1 << 24);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		bed_dump_table(b, table[i], &out);
	assert_int_equal(buf_addc(&out, '\0'), 0);
	return out;
}

/* Nothing of it is recorded, and no transaction is left open. */
static inline void bed_expect_same(struct bed *b, struct buf *before)
{
	assert_true(sqlite3_get_autocommit(b->store.state->db));
	/* A dry run writes to a copy. */
	if (b->store.dry_run)
		bed_reopen(b, true);
	struct buf after = bed_dump(b);
	assert_string_equal(after.data, before->data);
	buf_release(&after);
}

/* Calls fn, which is to return what it tried, with one statement after the
 * other failing, until none does. Whatever failed, nothing of it may be
 * recorded. */
static inline void bed_all_or_nothing(struct bed *b, int (*fn)(struct bed *b))
{
	for (long k = 0;; k++) {
		struct buf before = bed_dump(b);
		fault_arm(FAULT_STEP, k, ENOSPC);
		int r = fn(b);
		bool hit = fault_disarm();
		if (hit) {
			assert_int_equal(r, -1);
			assert_int_not_equal(b->err.code, ERR_NONE);
			bed_expect_same(b, &before);
		}
		buf_release(&before);
		if (!hit) {
			bed_must(b, r);
			assert_int_not_equal(k, 0);
			return;
		}
	}
}

#endif
