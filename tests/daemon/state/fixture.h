/* SPDX-License-Identifier: MIT */
/* What the tests of daemon/state share: a directory of their own, a database in
 * it, a fingerprint of all files, and a second process that holds it open. */
#ifndef TESTS_DAEMON_STATE_FIXTURE_H
#define TESTS_DAEMON_STATE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/db.h"
#include "tests/support/t.h"

#define ACCOUNT "work"

struct fixture {
	char dir[64];
	struct state *s;
	struct err err;
};

static inline void must(struct fixture *f, int rc)
{
	if (rc < 0)
		fail_msg("%s -> %s", f->err.text, f->err.hint);
}

static inline char *path_of(const struct fixture *f, const char *suffix)
{
	return xasprintf("%s/%s%s", f->dir, ACCOUNT, suffix);
}

static inline int open_state(struct fixture *f, enum state_mode mode)
{
	return state_open(f->dir, ACCOUNT, mode, &f->s, &f->err);
}

static inline void close_state(struct fixture *f)
{
	state_close(f->s);
	f->s = NULL;
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/imapsyncd-state-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	*state = f;
	return 0;
}

static inline int setup_open(void **state)
{
	(void)fixture_setup(state);
	struct fixture *f = *state;
	must(f, open_state(f, STATE_WRITE));
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	state_close(f->s);
	DIR *d = opendir(f->dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	(void)closedir(d);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* FNV-1a. */
static inline uint64_t file_hash(const char *path)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	FILE *in = fopen(path, "re");
	assert_non_null(in);
	for (int c; (c = getc(in)) != EOF;)
		h = (h ^ (uint64_t)c) * UINT64_C(0x100000001b3);
	(void)fclose(in);
	return h;
}

/* Name, size, times and content of every file. Not where this process has the
 * database open to write: reading a file drops SQLite's locks on it. */
static inline char *dir_print(const char *dir)
{
	struct dirent **names;
	char *out = xstrdup("");
	int n = scandir(dir, &names, NULL, alphasort);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		struct stat st;
		char *path = xasprintf("%s/%s", dir, names[i]->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISREG(st.st_mode)) {
			char *more = xasprintf(
			    "%s%s %o %jd %jd.%09ld %" PRIx64 "\n", out,
			    names[i]->d_name, (unsigned)st.st_mode,
			    (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			    st.st_mtim.tv_nsec, file_hash(path));
			free(out);
			out = more;
		}
		free(path);
		free(names[i]);
	}
	free(names);
	return out;
}

static inline int64_t add_folder(struct fixture *f, const char *name)
{
	struct state_folder folder;
	must(f, state_folder_add(f->s, name, name, &folder, &f->err));
	int64_t id = folder.id;
	state_folder_release(&folder);
	return id;
}

static inline void add_messages(struct fixture *f, int64_t folder,
				uint32_t from, uint32_t to)
{
	for (uint32_t uid = from; uid <= to; uid++) {
		char unique[64];
		(void)snprintf(unique, sizeof(unique),
			       "1700000000.%08" PRIx32 ".example,S=%" PRIu32,
			       uid * UINT32_C(2654435761), uid);
		struct state_message m = {
		    .uid = uid,
		    .flags = FLAG_SEEN,
		    .unique = unique,
		    .key = uid * UINT64_C(0x9e3779b97f4a7c15),
		    .mtime_ns = 1700000000000000000 + uid,
		    .digest = {1, 2, 3},
		    .emailid = "M1",
		};
		must(f, state_message_add(f->s, folder, &m, &f->err));
	}
}

/* A folder "INBOX" with UIDs 1..n, committed: its id. */
static inline int64_t fill(struct fixture *f, uint32_t n)
{
	must(f, state_begin(f->s, &f->err));
	int64_t id = add_folder(f, "INBOX");
	add_messages(f, id, 1, n);
	must(f, state_commit(f->s, &f->err));
	return id;
}

static inline void begin(struct fixture *f)
{
	must(f, state_begin(f->s, &f->err));
}

static inline void commit(struct fixture *f)
{
	must(f, state_commit(f->s, &f->err));
}

/* In the open transaction, or in one of its own: its id. */
static inline int64_t promise(struct fixture *f, const struct state_intent *i)
{
	bool own = sqlite3_get_autocommit(f->s->db) != 0;
	int64_t id;

	if (own)
		begin(f);
	must(f, state_intent_replace(f->s, i, &id, &f->err));
	if (own)
		commit(f);
	return id;
}

/* The row of a uid; all zero: there is none. */
static inline struct base_row row_of(struct fixture *f, int64_t folder,
				     uint32_t uid)
{
	struct base_row out = {0};
	struct base_view v;

	must(f, state_load(f->s, folder, &v, &f->err));
	for (size_t i = 0; i < v.n; i++) {
		if (v.row[i].uid == uid)
			out = v.row[i];
	}
	base_view_release(&v);
	return out;
}

/* The messages that the folder's row counts as alive. */
static inline uint32_t counted(struct fixture *f, const char *name)
{
	struct state_folder folder;

	must(f, state_folder_get(f->s, name, &folder, &f->err));
	uint32_t n = folder.messages;
	state_folder_release(&folder);
	return n;
}

static inline void assert_is_damage(const struct fixture *f)
{
	assert_int_equal(f->err.code, ERR_IO);
	assert_non_null(strstr(f->err.hint, "mail is not lost"));
}

/* Rows of INBOX; -1: there is no such folder. */
static inline long count_inbox(struct fixture *f)
{
	struct state_folder folder;
	struct base_view v;

	int rc = state_folder_get(f->s, "INBOX", &folder, &f->err);
	must(f, rc);
	if (rc == 1)
		return -1;
	must(f, state_load(f->s, folder.id, &v, &f->err));
	long n = (long)v.n;
	assert_int_equal(folder.messages, n);
	state_folder_release(&folder);
	base_view_release(&v);
	return n;
}

/* Makes the file with SQL alone. */
static inline void craft(struct fixture *f, const char *sql)
{
	char *path = path_of(f, ".db");
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(path);
}

/* A connection in memory behind the handle, as state_open() makes one. */
static inline struct state *memory(void)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup("memory");
	s->lock = -1;
	assert_int_equal(sqlite3_open(":memory:", &s->db), SQLITE_OK);
	return s;
}

/* The first of a query. */
static inline int64_t number(struct state *s, const char *sql)
{
	struct err err;
	int64_t n;

	if (db_query_int(s, sql, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

/* A process that runs fn on the fixture, says so, and then waits for a byte
 * before it ends; fn opens what it needs. */
struct peer {
	pid_t pid;
	int told, tell;
};

static inline struct peer peer_start(struct fixture *f,
				     void (*fn)(struct fixture *f))
{
	int told[2], tell[2];
	char byte;
	struct peer p;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (p.pid == 0) {
		(void)close(told[0]);
		(void)close(tell[1]);
		fn(f);
		if (write(told[1], "", 1) != 1 || read(tell[0], &byte, 1) < 0)
			_exit(1);
		state_close(f->s);
		_exit(0);
	}
	(void)close(told[1]);
	(void)close(tell[0]);
	p.told = told[0];
	p.tell = tell[1];
	assert_int_equal(read(p.told, &byte, 1), 1);
	return p;
}

static inline void peer_wait(struct peer *p)
{
	int status;
	(void)close(p->tell);
	(void)close(p->told);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
}

/* It closes its database. */
static inline void peer_end(struct peer *p)
{
	peer_wait(p);
}

static inline void peer_kill(struct peer *p)
{
	(void)kill(p->pid, SIGKILL);
	peer_wait(p);
}

#endif
