/* SPDX-License-Identifier: MIT */
/* Reads and extends dovecot-keywords. Never takes a letter away and never drops
 * a line, known or not: the names of files hold the letters.
 */
#include "daemon/maildir/keywords.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"
#include "lib/util/num.h"

#define FILE_NAME "dovecot-keywords"
#define LOCK_NAME "dovecot-keywords.lock"
/* In tmp/, where those that a killed run left are swept. */
#define LOCK_TMP  MAILDIR_TMP_PREFIX "lock"
#define TABLE_TMP MAILDIR_TMP_PREFIX "keywords"
/* What a lock of ours holds: one that a killed run left is known by it. */
#define MARK         "imapsyncd\n"
#define FILE_MAX     65536
#define KEYWORD_LEN  256
#define ADDED_MAX    (KEYWORD_LETTERS * (KEYWORD_LEN + 8))
#define LOCK_TRIES   100
#define LOCK_POLL_MS 20
#define LOCK_STALE_S 60

/* What the file says: the text itself is kept for lines that mean nothing to
 * us. */
struct table {
	struct keywords k;
	uint32_t taken; /* letters that a line names, fit or not */
	struct buf text;
};

/* RFC 9051: flag-keyword is an atom; atom-specials and what lies outside of
 * ASCII cannot be sent. */
static bool is_keyword(const char *s, size_t len)
{
	if (len == 0 || len > KEYWORD_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (ascii_ctl(s[i]) || (unsigned char)s[i] >= 0x80 ||
		    strchr(" (){%*\"\\]", s[i]))
			return false;
	}
	return true;
}

int keywords_find(const struct keywords *k, const char *name)
{
	for (int i = 0; i < KEYWORD_LETTERS; i++) {
		if (k->name[i] && ascii_same(k->name[i], name))
			return i;
	}
	return -1;
}

void keywords_release(struct keywords *k)
{
	for (int i = 0; i < KEYWORD_LETTERS; i++)
		free(k->name[i]);
	*k = (struct keywords){0};
}

static void release(struct table *t)
{
	keywords_release(&t->k);
	buf_release(&t->text);
}

/* The first line of a letter counts, and the first letter of a name. */
static void parse_line(const char *s, size_t len, struct table *t)
{
	const char *blank = memchr(s, ' ', len);
	uint64_t letter;

	if (!blank ||
	    num_parse(s, (size_t)(blank - s), KEYWORD_LETTERS - 1, &letter) < 0)
		return;
	size_t n = len - (size_t)(blank + 1 - s);
	bool fresh = (t->taken & (UINT32_C(1) << letter)) == 0;
	t->taken |= UINT32_C(1) << letter;
	if (!fresh || !is_keyword(blank + 1, n))
		return;
	char *name = xstrndup(blank + 1, n);
	if (keywords_find(&t->k, name) >= 0)
		free(name);
	else
		t->k.name[letter] = name;
}

static void parse(struct table *t)
{
	for (size_t at = 0; at < t->text.len;) {
		const char *line = t->text.data + at;
		size_t left = t->text.len - at;
		const char *nl = memchr(line, '\n', left);
		size_t len = nl ? (size_t)(nl - line) : left;
		parse_line(line, len, t);
		at += len + 1;
	}
}

/* Fills *t, which the caller releases in any case. */
static int read_table(const struct maildir *m, struct table *t, struct err *err)
{
	*t = (struct table){0};
	buf_init(&t->text, FILE_MAX + ADDED_MAX);
	if (fs_read_small(m->dir, FILE_NAME, FILE_MAX, &t->text) < 0) {
		if (errno == ENOENT)
			return 0;
		return maildir_error(err, "cannot read " FILE_NAME);
	}
	parse(t);
	return 0;
}

int keywords_load(const struct maildir *m, struct keywords *out,
		  struct err *err)
{
	struct table t;
	int rc = read_table(m, &t, err);

	if (rc == 0) {
		*out = t.k;
		t.k = (struct keywords){0};
	}
	release(&t);
	return rc;
}

/* Left by a program that was killed. */
static bool is_stale(const struct maildir *m)
{
	struct stat st;

	return fstatat(m->dir, LOCK_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtim.tv_sec < clock_wall() - LOCK_STALE_S;
}

/* The lock to be, under another name: it has its mark before it is one. */
static int make_lock(const struct maildir *m)
{
	(void)unlinkat(m->tmp, LOCK_TMP, 0); /* left by a failure */
	int fd = fs_open(m->tmp, LOCK_TMP, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return -1;
	if (fs_write(fd, MARK, strlen(MARK)) < 0) {
		fs_drop(fd);
		return -1;
	}
	return fs_close(fd);
}

static int lock(const struct maildir *m, struct err *err)
{
	const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	if (make_lock(m) < 0)
		return maildir_error(err, "cannot lock " FILE_NAME);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (fs_rename_new(m->tmp, LOCK_TMP, m->dir, LOCK_NAME) == 0)
			return 0;
		if (errno != EEXIST)
			return maildir_error(err, "cannot lock " FILE_NAME);
		if (is_stale(m))
			(void)unlinkat(m->dir, LOCK_NAME, 0);
		else
			(void)nanosleep(&pause, NULL);
	}
	(void)unlinkat(m->tmp, LOCK_TMP, 0);
	(void)err_set(err, ERR_TEMP, ERR_SCOPE_FOLDER,
		      FILE_NAME " is locked by another program");
	return err_hint(err, "the next sync tries again; if no other program "
			     "uses this Maildir, remove " LOCK_NAME);
}

static void unlock(const struct maildir *m)
{
	(void)unlinkat(m->dir, LOCK_NAME, 0);
}

void keywords_clean(const struct maildir *m)
{
	struct buf text;

	buf_init(&text, FILE_MAX);
	if (fs_read_small(m->dir, LOCK_NAME, FILE_MAX, &text) == 0 &&
	    text.len == strlen(MARK) && memcmp(text.data, MARK, text.len) == 0)
		unlock(m);
	buf_release(&text);
}

static int free_letter(uint32_t taken)
{
	for (int i = 0; i < KEYWORD_LETTERS; i++) {
		if ((taken & (UINT32_C(1) << i)) == 0)
			return i;
	}
	return -1;
}

static int add(struct table *t, const char *name, struct err *err)
{
	int letter = free_letter(t->taken);

	if (letter < 0 || !is_keyword(name, strnlen(name, KEYWORD_LEN + 1)) ||
	    keywords_find(&t->k, name) >= 0)
		return 0;
	const char *nl =
	    t->text.len > 0 && t->text.data[t->text.len - 1] != '\n' ? "\n"
								     : "";
	if (buf_addf(&t->text, "%s%d %s\n", nl, letter, name) < 0) {
		errno = ENOMEM;
		return maildir_error(err, "cannot extend " FILE_NAME);
	}
	t->k.name[letter] = xstrdup(name);
	t->taken |= UINT32_C(1) << letter;
	return 0;
}

static int write_table(const struct maildir *m, const struct table *t)
{
	(void)unlinkat(m->tmp, TABLE_TMP, 0); /* left by a failure */
	int fd = fs_open(m->tmp, TABLE_TMP, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 ? -1
		      : fs_replace(m->dir, fd, "tmp/" TABLE_TMP, FILE_NAME,
				   t->text.data, t->text.len);
}

/* Writes t with the names added, if that makes it any longer. */
static int extend(const struct maildir *m, struct table *t,
		  const char *const *names, size_t n, struct err *err)
{
	int rc = read_table(m, t, err);
	size_t before = t->text.len;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add(t, names[i], err);
	if (rc == 0 && t->text.len > before && write_table(m, t) < 0)
		return maildir_error(err, "cannot write " FILE_NAME);
	return rc;
}

/* Is it worth the lock? */
static bool any_wanted(const struct keywords *k, const char *const *names,
		       size_t n)
{
	bool room = false;

	for (int i = 0; i < KEYWORD_LETTERS; i++)
		room |= !k->name[i];
	for (size_t i = 0; i < n && room; i++) {
		if (is_keyword(names[i], strnlen(names[i], KEYWORD_LEN + 1)) &&
		    keywords_find(k, names[i]) < 0)
			return true;
	}
	return false;
}

static int count_gained(const struct keywords *before,
			const struct keywords *after, const char *const *names,
			size_t n)
{
	uint32_t gained = 0;

	for (size_t i = 0; i < n; i++) {
		int letter = keywords_find(after, names[i]);
		if (letter >= 0 && keywords_find(before, names[i]) < 0)
			gained |= UINT32_C(1) << letter;
	}
	return __builtin_popcount(gained);
}

int keywords_assign(const struct maildir *m, struct keywords *k,
		    const char *const *names, size_t n, struct err *err)
{
	struct table t;

	if (!any_wanted(k, names, n))
		return 0;
	if (lock(m, err) < 0)
		return -1;
	int rc = extend(m, &t, names, n, err);
	unlock(m);
	if (rc == 0) {
		struct keywords before = *k;
		rc = count_gained(&before, &t.k, names, n);
		*k = t.k;
		t.k = before;
	}
	release(&t);
	return rc;
}
