/* SPDX-License-Identifier: MIT */
/* Renames messages that are there. First guesses each name; those that are not
 * found are looked for in one pass over the folder and renamed as they are
 * seen, since any other program may rename them too.
 */
#include "daemon/maildir/change.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/find.h"

/* One, and three more for files that were renamed under it. */
#define PASSES 4
/* Files of one name in the trash. */
#define TRASH_TRIES 10000
#define COPY_BLOCK  32768
#define COPY_TMP    MAILDIR_TMP_PREFIX "copy"

/* A message that was not under the guessed name. */
struct lost {
	uint64_t key;
	struct change *c;
};

/* Where files are to go, and what happens to them on the way. */
struct target {
	enum { TARGET_SAME, TARGET_TRASH, TARGET_FOLDER } kind;
	int trash;                 /* TARGET_TRASH */
	const struct maildir *to;  /* TARGET_FOLDER */
	const signed char *letter; /* likewise; see change_move() */
};

struct work {
	const struct maildir *m;
	struct target target;
	struct lost *lost;
	uint64_t *keys; /* those of lost, for find_files() */
	size_t nlost;
	bool new_touched, cur_touched;       /* of m */
	bool to_new_touched, to_cur_touched; /* of the target */
	struct err *err;
};

/* What became of one file. Negative: an I/O error, errno says which. */
enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_FAILED, /* this message cannot be changed */
	ATTEMPT_AGAIN,  /* the file is not there (any more) */
};

/* target: the directory that it was to go to. Where that was removed, every
 * rename says ENOENT as well, and not one message is gone. */
static int attempt_of_errno(int target)
{
	struct stat st;

	switch (errno) {
	case ENOENT:
		if (fstat(target, &st) == 0 && st.st_nlink > 0)
			return ATTEMPT_AGAIN;
		errno = ENOENT;
		return -1;
	case EEXIST:
	case ENAMETOOLONG:
		return ATTEMPT_FAILED;
	default:
		return -1;
	}
}

static bool is_there(int dir, const char *file)
{
	struct stat st;

	return fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int change_letters(struct work *w, const struct change *c, bool in_new,
			  const char *file)
{
	char target[NAME_BYTES];
	struct name name;
	int from = in_new ? w->m->new_ : w->m->cur;

	if (name_parse(file, &name) < 0)
		return ATTEMPT_FAILED;
	uint64_t flags = (name.flags | c->add) & ~c->del & FLAG_SYSTEM;
	uint32_t keywords = (name.keywords | c->kadd) & ~c->kdel;
	bool to_new = in_new && flags == 0 && keywords == 0;
	if (to_new == in_new && flags == name.flags &&
	    keywords == name.keywords)
		return is_there(from, file) ? ATTEMPT_DONE : ATTEMPT_AGAIN;
	if (name_build(target, file, name.unique_len, flags, keywords,
		       name.other) < 0)
		return ATTEMPT_FAILED;
	int to = to_new ? from : w->m->cur;
	if (fs_rename_new(from, file, to, target) < 0)
		return attempt_of_errno(to);
	w->cur_touched |= !to_new;
	w->new_touched |= in_new;
	return ATTEMPT_DONE;
}

/* Puts a file into the trash under a name that is free there: its own, or that
 * with a number before it. 0 and *as, or -1 and errno. */
static int put_in_trash(const struct work *w, int from, const char *file,
			const char *name, char **as)
{
	char target[NAME_BYTES];

	(void)snprintf(target, sizeof(target), "%s", name);
	int rc = fs_rename_new(from, file, w->target.trash, target);
	for (int i = 2; rc < 0 && errno == EEXIST && i < TRASH_TRIES; i++) {
		int len = snprintf(target, sizeof(target), "%d-%s", i, name);
		if (len < 0 || (size_t)len >= sizeof(target)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		rc = fs_rename_new(from, file, w->target.trash, target);
	}
	if (rc == 0)
		*as = xstrdup(target);
	return rc;
}

static int copy_bytes(int from, int to)
{
	char block[COPY_BLOCK];
	struct stat st;

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n > 0 && fs_write(to, block, (size_t)n) < 0))
			return -1;
		if (n == 0)
			break;
	}
	if (fstat(from, &st) < 0)
		return -1;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st.st_mtim};
	if (futimens(to, times) < 0)
		return -1;
	return fs_sync(to);
}

/* A durable copy of the file in another directory, still under a temporary
 * name. */
static int copy_file(int dir, const char *file, int to_dir)
{
	int from = fs_open(dir, file, O_RDONLY | O_NONBLOCK, 0);

	if (from < 0)
		return -1;
	if (unlinkat(to_dir, COPY_TMP, 0) < 0 && errno != ENOENT) {
		fs_drop(from);
		return -1;
	}
	int to = fs_open(to_dir, COPY_TMP, O_WRONLY | O_CREAT | O_EXCL, 0600);
	int rc = to < 0 ? -1 : copy_bytes(from, to);
	fs_drop(from);
	if (rc < 0) {
		fs_drop(to);
		return -1;
	}
	return fs_close(to);
}

/* 1: the two hold the same bytes; 0; -1. */
static int compare_bytes(int a, int b)
{
	char block[2][COPY_BLOCK];
	struct stat st[2];

	if (fstat(a, &st[0]) < 0 || fstat(b, &st[1]) < 0)
		return -1;
	if (st[0].st_size != st[1].st_size)
		return 0;
	for (off_t at = 0; at < st[0].st_size;) {
		ssize_t n = pread(a, block[0], COPY_BLOCK, at);
		ssize_t m = pread(b, block[1], COPY_BLOCK, at);
		if ((n < 0 || m < 0) && errno == EINTR)
			continue;
		if (n < 0 || m < 0)
			return -1;
		if (n == 0 || n != m ||
		    memcmp(block[0], block[1], (size_t)n) != 0)
			return 0;
		at += n;
	}
	return 1;
}

/* Did a run that was killed copy the file and not get to remove it? */
static int is_copied(int dir, const char *file, int to_dir, const char *name)
{
	int copy = fs_open(to_dir, name, O_RDONLY | O_NONBLOCK, 0);

	if (copy < 0)
		return errno == ENOENT ? 0 : -1;
	int from = fs_open(dir, file, O_RDONLY | O_NONBLOCK, 0);
	int rc = from < 0 ? -1 : compare_bytes(from, copy);
	fs_drop(from);
	fs_drop(copy);
	return rc;
}

static void drop_copy(int dir)
{
	int number = errno;

	(void)unlinkat(dir, COPY_TMP, 0);
	errno = number;
}

/* The trash is on another file system: the copy is there for good before the
 * file goes. */
static int copy_to_trash(const struct work *w, int dir, const char *file,
			 char **as)
{
	int trash = w->target.trash;
	int copied = is_copied(dir, file, trash, file);
	int rc = copied < 0 ? -1 : 0;

	if (copied == 0)
		rc = copy_file(dir, file, trash);
	if (copied == 0 && rc == 0)
		rc = put_in_trash(w, trash, COPY_TMP, file, as);
	if (copied == 1)
		*as = xstrdup(file);
	if (rc == 0)
		rc = fs_sync_dir(trash);
	if (rc == 0)
		return unlinkat(dir, file, 0);
	drop_copy(trash);
	return -1;
}

static int move_to_trash(struct work *w, struct change *c, bool in_new,
			 const char *file)
{
	int from = in_new ? w->m->new_ : w->m->cur;
	int rc = put_in_trash(w, from, file, file, &c->as);

	if (rc < 0 && errno == EXDEV)
		rc = copy_to_trash(w, from, file, &c->as);
	if (rc < 0)
		return attempt_of_errno(w->target.trash);
	w->to_cur_touched = true;
	w->new_touched |= in_new;
	w->cur_touched |= !in_new;
	return ATTEMPT_DONE;
}

static uint32_t translate(uint32_t keywords, const signed char letter[26])
{
	uint32_t out = 0;

	for (int i = 0; i < 26; i++) {
		if ((keywords & (UINT32_C(1) << i)) && letter[i] >= 0)
			out |= UINT32_C(1) << letter[i];
	}
	return out;
}

/* The same name with other letters; a fresh one where that is taken. */
static int rename_to_folder(struct change *c, int from, const char *file,
			    int to, const char *letters, size_t unique_len)
{
	char target[NAME_BYTES];
	struct stat st;

	int n = snprintf(target, sizeof(target), "%.*s%s", (int)unique_len,
			 file, letters);
	if (n < 0 || (size_t)n >= sizeof(target)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (fs_rename_new(from, file, to, target) == 0)
		return 0;
	if (errno != EEXIST || fstatat(from, file, &st, 0) < 0)
		return -1;
	char unique[NAME_BYTES];
	name_fresh(unique, st.st_mtim.tv_sec, rand_u64(), (uint64_t)st.st_size);
	(void)snprintf(target, sizeof(target), "%s%s", unique, letters);
	if (fs_rename_new(from, file, to, target) < 0)
		return -1;
	c->as = xstrdup(unique);
	return 0;
}

/* Another file system is mounted there: as with the trash. A copy that was made
 * before a crash is a file that no row knows, and is found by its content. */
static int copy_to_folder(const struct work *w, struct change *c, int from,
			  const char *file, int to, const char *letters,
			  size_t unique_len)
{
	int tmp = w->target.to->tmp;
	int rc = copy_file(from, file, tmp);

	if (rc == 0)
		rc =
		    rename_to_folder(c, tmp, COPY_TMP, to, letters, unique_len);
	if (rc == 0)
		rc = fs_sync_dir(to);
	if (rc == 0)
		return unlinkat(from, file, 0);
	drop_copy(tmp);
	return -1;
}

static int move_to_folder(struct work *w, struct change *c, bool in_new,
			  const char *file)
{
	const struct maildir *to = w->target.to;
	int from = in_new ? w->m->new_ : w->m->cur;
	char letters[NAME_BYTES] = "";
	struct name name;

	if (name_parse(file, &name) < 0)
		return ATTEMPT_FAILED;
	uint32_t keywords = translate(name.keywords, w->target.letter);
	bool to_new = in_new && name.flags == 0 && keywords == 0;
	if (!to_new &&
	    name_letters(letters, name.flags, keywords, name.other) < 0)
		return ATTEMPT_FAILED;
	int dir = to_new ? to->new_ : to->cur;
	int rc = rename_to_folder(c, from, file, dir, letters, name.unique_len);
	if (rc < 0 && errno == EXDEV)
		rc = copy_to_folder(w, c, from, file, dir, letters,
				    name.unique_len);
	if (rc < 0)
		return attempt_of_errno(dir);
	w->to_new_touched |= to_new;
	w->to_cur_touched |= !to_new;
	w->new_touched |= in_new;
	w->cur_touched |= !in_new;
	return ATTEMPT_DONE;
}

static int attempt(struct work *w, struct change *c, bool in_new,
		   const char *file)
{
	static const char *const what[] = {
	    [TARGET_SAME] = "cannot rename a message",
	    [TARGET_TRASH] = "cannot move a message to the trash",
	    [TARGET_FOLDER] = "cannot move a message to another folder",
	};
	int rc;

	if (w->target.kind == TARGET_TRASH)
		rc = move_to_trash(w, c, in_new, file);
	else if (w->target.kind == TARGET_FOLDER)
		rc = move_to_folder(w, c, in_new, file);
	else
		rc = change_letters(w, c, in_new, file);
	if (rc == ATTEMPT_DONE)
		c->result = CHANGE_DONE;
	else if (rc == ATTEMPT_FAILED)
		c->result = CHANGE_FAILED;
	else if (rc < 0)
		(void)maildir_error(w->err, "%s", what[w->target.kind]);
	return rc;
}

/* The name as far as we know it. -1: there can be no such file. */
static int guess(const struct change *c, char out[NAME_BYTES])
{
	size_t len = strnlen(c->unique, NAME_BYTES);

	if (name_build(out, c->unique, len, c->flags, c->keywords, "") < 0) {
		/* Too long with letters, but perhaps not without. */
		if (len == 0 || len >= NAME_BYTES || c->unique[0] == '.' ||
		    memchr(c->unique, '/', len))
			return -1;
		(void)snprintf(out, NAME_BYTES, "%s", c->unique);
	}
	if (c->in_new && (c->flags & FLAG_SYSTEM) == 0 && c->keywords == 0)
		out[len] = '\0';
	return 0;
}

static int try_guess(struct work *w, struct change *c)
{
	char file[NAME_BYTES];

	if (guess(c, file) < 0)
		return ATTEMPT_FAILED;
	int rc = attempt(w, c, c->in_new, file);
	if (rc == ATTEMPT_AGAIN)
		w->lost[w->nlost++] = (struct lost){
		    .key = name_key(c->unique, strlen(c->unique)), .c = c};
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct lost *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* A file with the key of one that we look for. */
static int see(void *ctx, size_t i, const char *file, bool in_new)
{
	struct work *w = ctx;
	struct change *c = w->lost[i].c;
	struct name name;

	if (!c || name_parse(file, &name) < 0 ||
	    strlen(c->unique) != name.unique_len ||
	    memcmp(c->unique, file, name.unique_len) != 0)
		return 0;
	int rc = attempt(w, c, in_new, file);
	if (rc < 0)
		return -1;
	if (rc != ATTEMPT_AGAIN)
		w->lost[i].c = NULL;
	return 0;
}

static int look_for_lost(struct work *w)
{
	for (int pass = 0; w->nlost > 0 && pass < PASSES; pass++) {
		qsort(w->lost, w->nlost, sizeof(w->lost[0]), compare);
		for (size_t i = 0; i < w->nlost; i++)
			w->keys[i] = w->lost[i].key;
		if (find_files(w->m, w->keys, w->nlost, see, w, w->err) < 0)
			return -1;
		size_t n = 0;
		for (size_t i = 0; i < w->nlost; i++) {
			if (w->lost[i].c)
				w->lost[n++] = w->lost[i];
		}
		w->nlost = n;
	}
	for (size_t i = 0; i < w->nlost; i++)
		w->lost[i].c->result = CHANGE_GONE;
	return 0;
}

/* Where the files have come to is synced before where they have gone from. */
static int sync_dirs(const struct work *w)
{
	const struct target *t = &w->target;
	int to_cur = t->kind == TARGET_FOLDER ? t->to->cur : t->trash;

	if (w->to_cur_touched && fs_sync_dir(to_cur) < 0)
		return -1;
	if (w->to_new_touched && fs_sync_dir(t->to->new_) < 0)
		return -1;
	if (w->cur_touched && fs_sync_dir(w->m->cur) < 0)
		return -1;
	return w->new_touched ? fs_sync_dir(w->m->new_) : 0;
}

static int change_all(struct work *w, struct change *c, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (try_guess(w, &c[i]) < 0)
			rc = -1;
	}
	if (rc == 0)
		rc = look_for_lost(w);
	if (sync_dirs(w) == 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (c[i].result == CHANGE_DONE)
			c[i].result = CHANGE_FAILED;
	}
	return maildir_error(w->err, "cannot sync the folder's directories");
}

static int change(const struct maildir *m, struct change *c, size_t n,
		  const struct target *target, struct err *err)
{
	struct work w = {.m = m, .target = *target, .err = err};

	for (size_t i = 0; i < n; i++) {
		c[i].result = CHANGE_FAILED;
		c[i].as = NULL;
	}
	if (n == 0)
		return 0;
	w.lost = xcalloc(n, sizeof(*w.lost));
	w.keys = xcalloc(n, sizeof(*w.keys));
	int rc = change_all(&w, c, n);
	free(w.lost);
	free(w.keys);
	return rc;
}

void change_release(struct change *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(c[i].as);
		c[i].as = NULL;
	}
}

int change_flags(const struct maildir *m, struct change *c, size_t n,
		 struct err *err)
{
	const struct target same = {.kind = TARGET_SAME};

	return change(m, c, n, &same, err);
}

int change_trash(const struct maildir *m, struct change *c, size_t n, int trash,
		 struct err *err)
{
	const struct target to_trash = {.kind = TARGET_TRASH, .trash = trash};

	return change(m, c, n, &to_trash, err);
}

int change_move(const struct maildir *m, struct change *c, size_t n,
		const struct maildir *to, const signed char letter[26],
		struct err *err)
{
	const struct target folder = {
	    .kind = TARGET_FOLDER, .to = to, .letter = letter};

	return change(m, c, n, &folder, err);
}
