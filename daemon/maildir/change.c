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
#define PASSES     4
#define COPY_BLOCK 32768
#define COPY_TMP   MAILDIR_TMP_PREFIX "copy"

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
	bool complained;                     /* about a single message */
	struct err *err;
};

/* What became of one file. Negative: an I/O error, errno says which. */
enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_FAILED, /* this message cannot be changed: errno */
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
	case EPERM: /* an immutable file, or another's in a sticky directory */
		return ATTEMPT_FAILED;
	default:
		return -1;
	}
}

static int cannot(int number)
{
	errno = number;
	return ATTEMPT_FAILED;
}

/* A unique part that nobody has, for a file that has to leave its own. */
static int fresh_name(int dir, const char *file, char unique[NAME_BYTES])
{
	struct stat st;

	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	name_fresh(unique, st.st_mtim.tv_sec, rand_u64(), (uint64_t)st.st_size);
	return 0;
}

static int change_letters(struct work *w, struct change *c, bool in_new,
			  const char *file)
{
	char target[NAME_BYTES], unique[NAME_BYTES] = "";
	struct name name;
	struct stat st;
	int from = in_new ? w->m->new_ : w->m->cur;

	if (name_parse(file, &name) < 0)
		return cannot(EINVAL);
	uint64_t flags = (name.flags | c->add) & ~c->del & FLAG_SYSTEM;
	uint32_t keywords = (name.keywords | c->kadd) & ~c->kdel;
	bool to_new = in_new && flags == 0 && keywords == 0;
	if (to_new == in_new && flags == name.flags &&
	    keywords == name.keywords)
		return fstatat(from, file, &st, AT_SYMLINK_NOFOLLOW) == 0
			   ? ATTEMPT_DONE
			   : ATTEMPT_AGAIN;
	if (name_build(target, file, name.unique_len, flags, keywords,
		       name.other) < 0) {
		/* It leaves no room for letters. */
		errno = ENAMETOOLONG;
		if (fresh_name(from, file, unique) < 0 ||
		    name_build(target, unique, strlen(unique), flags, keywords,
			       name.other) < 0)
			return attempt_of_errno(from);
	}
	int to = to_new ? from : w->m->cur;
	if (fs_rename_new(from, file, to, target) < 0)
		return attempt_of_errno(to);
	w->cur_touched |= !to_new;
	w->new_touched |= in_new;
	if (unique[0])
		c->as = xstrdup(unique);
	return ATTEMPT_DONE;
}

/* Where a file is to go that leaves its folder. */
struct goal {
	int dir;
	int tmp;       /* on the same file system: where a copy grows */
	bool taken_up; /* what a run that was killed copied there counts */
	bool taken;    /* the unique part is another one's */
	const char *unique;
	size_t unique_len;
	char letters[NAME_BYTES];
	/* What it is called there in the end. */
	char name[NAME_BYTES];
	bool fresh;
};

static int set_name(struct goal *g, const char *unique, size_t unique_len)
{
	int n = snprintf(g->name, sizeof(g->name), "%.*s%s", (int)unique_len,
			 unique, g->letters);

	if (n < 0 || (size_t)n >= sizeof(g->name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* Renames a file to its goal: under its own unique part, or where that is
 * taken, under a fresh one. 0 or -1 and errno. */
static int put(struct goal *g, int from, const char *file)
{
	char unique[NAME_BYTES];

	if (set_name(g, g->unique, g->unique_len) < 0)
		return -1;
	if (!g->taken && fs_rename_new(from, file, g->dir, g->name) == 0)
		return 0;
	if ((!g->taken && errno != EEXIST) ||
	    fresh_name(from, file, unique) < 0)
		return -1;
	if (set_name(g, unique, strlen(unique)) < 0)
		return -1;
	g->fresh = true;
	return fs_rename_new(from, file, g->dir, g->name);
}

/* The same attempt as that of errno, for a message that cannot be read. */
static int unreadable(void)
{
	switch (errno) {
	case ENOENT:
		return ATTEMPT_AGAIN;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return -1;
	default:
		return ATTEMPT_FAILED;
	}
}

static int copy_bytes(int from, int to)
{
	char block[COPY_BLOCK];
	struct stat st;

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return unreadable();
		if (n == 0)
			break;
		if (fs_write(to, block, (size_t)n) < 0)
			return -1;
	}
	if (fstat(from, &st) < 0)
		return -1;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st.st_mtim};
	if (futimens(to, times) < 0)
		return -1;
	return fs_sync(to);
}

/* A durable copy of an open file, under a temporary name. */
static int copy_file(int from, int tmp)
{
	/* Left by a run that was killed. */
	if (unlinkat(tmp, COPY_TMP, 0) < 0 && errno != ENOENT)
		return -1;
	int to = fs_open(tmp, COPY_TMP, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (to < 0)
		return -1;
	int rc = copy_bytes(from, to);
	if (rc != ATTEMPT_DONE) {
		fs_drop(to);
		return rc;
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

/* Did a run that was killed copy the file and not get to remove it? Where
 * nobody can tell, it is copied again. */
static bool is_copied(struct goal *g, int from)
{
	if (!g->taken_up || set_name(g, g->unique, g->unique_len) < 0)
		return false;
	int copy = fs_open(g->dir, g->name, O_RDONLY | O_NONBLOCK, 0);
	bool same = copy >= 0 && compare_bytes(from, copy) > 0;
	fs_drop(copy);
	return same;
}

static void drop(int dir, const char *name)
{
	int number = errno;

	(void)unlinkat(dir, name, 0);
	errno = number;
}

static int put_copy(struct goal *g, int from)
{
	int rc = copy_file(from, g->tmp);

	if (rc == ATTEMPT_DONE && put(g, g->tmp, COPY_TMP) < 0)
		rc = attempt_of_errno(g->dir);
	if (rc != ATTEMPT_DONE)
		drop(g->tmp, COPY_TMP);
	return rc;
}

/* On another file system: the copy is there for good before the file goes. If
 * the file does not go (somebody renames it just now), nor does the copy stay,
 * or there would be two messages. */
static int copy(struct goal *g, int dir, const char *file)
{
	int from = fs_open(dir, file, O_RDONLY | O_NONBLOCK, 0);

	if (from < 0)
		return unreadable();
	int rc = is_copied(g, from) ? ATTEMPT_DONE : put_copy(g, from);
	fs_drop(from);
	if (rc != ATTEMPT_DONE)
		return rc;
	if (fs_sync_dir(g->dir) == 0 && unlinkat(dir, file, 0) == 0)
		return ATTEMPT_DONE;
	drop(g->dir, g->name);
	return attempt_of_errno(g->dir);
}

static int leave(struct work *w, struct goal *g, bool in_new, const char *file)
{
	int from = in_new ? w->m->new_ : w->m->cur;
	int rc = ATTEMPT_DONE;

	if (put(g, from, file) < 0)
		rc = errno == EXDEV ? copy(g, from, file)
				    : attempt_of_errno(g->dir);
	if (rc == ATTEMPT_DONE) {
		w->new_touched |= in_new;
		w->cur_touched |= !in_new;
	}
	return rc;
}

static int move_to_trash(struct work *w, struct change *c, bool in_new,
			 const char *file)
{
	struct goal g = {.dir = w->target.trash,
			 .tmp = w->target.trash,
			 .taken_up = true,
			 .unique = file};
	struct name name;

	if (name_parse(file, &name) < 0)
		return cannot(EINVAL);
	g.unique_len = name.unique_len;
	if (name.has_info &&
	    name_letters(g.letters, name.flags, name.keywords, name.other) < 0)
		return cannot(ENAMETOOLONG);
	int rc = leave(w, &g, in_new, file);
	if (rc == ATTEMPT_DONE) {
		c->as = xstrdup(g.name);
		w->to_cur_touched = true;
	}
	return rc;
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

static int move_to_folder(struct work *w, struct change *c, bool in_new,
			  const char *file)
{
	const struct maildir *to = w->target.to;
	struct name name;

	if (name_parse(file, &name) < 0)
		return cannot(EINVAL);
	uint32_t keywords = translate(name.keywords, w->target.letter);
	bool to_new = in_new && name.flags == 0 && keywords == 0;
	struct goal g = {.dir = to_new ? to->new_ : to->cur,
			 .tmp = to->tmp,
			 .taken = c->taken,
			 .unique = file,
			 .unique_len = name.unique_len};
	if ((!to_new || name.has_info) &&
	    name_letters(g.letters, name.flags, keywords, name.other) < 0)
		return cannot(ENAMETOOLONG);
	int rc = leave(w, &g, in_new, file);
	if (rc != ATTEMPT_DONE)
		return rc;
	if (g.fresh)
		c->as = xstrndup(g.name, strcspn(g.name, ":"));
	w->to_new_touched |= to_new;
	w->to_cur_touched |= !to_new;
	return rc;
}

/* Says what is wrong with a file. One message's trouble is not the others': of
 * several the first is told. Returns -1. */
static int complain(struct work *w, const char *file, bool alone)
{
	static const char *const what[][2] = {
	    [TARGET_SAME] = {"rename", ""},
	    [TARGET_TRASH] = {"move", " to the trash"},
	    [TARGET_FOLDER] = {"move", " to another folder"},
	};
	const char *verb = what[w->target.kind][0];
	const char *to = what[w->target.kind][1];

	if (!alone)
		return maildir_error(w->err, "cannot %s '%s'%s", verb, file,
				     to);
	if (!w->complained) {
		(void)err_errno(w->err, ERR_HELD, ERR_SCOPE_MESSAGE,
				"cannot %s '%s'%s", verb, file, to);
		(void)err_hint(w->err, "it stays as it is; all others go on");
	}
	w->complained = true;
	return -1;
}

static int attempt(struct work *w, struct change *c, bool in_new,
		   const char *file)
{
	int rc;

	if (w->target.kind == TARGET_TRASH)
		rc = move_to_trash(w, c, in_new, file);
	else if (w->target.kind == TARGET_FOLDER)
		rc = move_to_folder(w, c, in_new, file);
	else
		rc = change_letters(w, c, in_new, file);
	if (rc == ATTEMPT_DONE)
		c->result = CHANGE_DONE;
	else if (rc != ATTEMPT_AGAIN)
		(void)complain(w, file, rc == ATTEMPT_FAILED);
	return rc;
}

/* The name as far as we know it. -1: there can be no such file. */
static int guess(const struct change *c, bool in_new, char out[NAME_BYTES])
{
	size_t len = strnlen(c->unique, NAME_BYTES);

	if (name_build(out, c->unique, len, c->flags, c->keywords, "") < 0) {
		/* Too long with letters, but perhaps not without. */
		if (len == 0 || len >= NAME_BYTES || c->unique[0] == '.' ||
		    memchr(c->unique, '/', len))
			return -1;
		(void)snprintf(out, NAME_BYTES, "%s", c->unique);
	}
	if (in_new && (c->flags & FLAG_SYSTEM) == 0 && c->keywords == 0)
		out[len] = '\0';
	return 0;
}

static int try_guess(struct work *w, struct change *c)
{
	char file[NAME_BYTES];

	if (guess(c, c->in_new, file) < 0) {
		(void)cannot(EINVAL);
		(void)complain(w, c->unique, true);
		return ATTEMPT_FAILED;
	}
	int rc = attempt(w, c, c->in_new, file);
	/* Without flags it may be in either directory. */
	if (rc == ATTEMPT_AGAIN && c->flags == 0 && c->keywords == 0) {
		(void)guess(c, !c->in_new, file);
		rc = attempt(w, c, !c->in_new, file);
	}
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
		if (!c[i].unique)
			c[i].result = CHANGE_GONE;
		else if (try_guess(w, &c[i]) < 0)
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
	return change(m, c, n, &(struct target){.kind = TARGET_SAME}, err);
}

int change_trash(const struct maildir *m, struct change *c, size_t n, int trash,
		 struct err *err)
{
	struct target to_trash = {.kind = TARGET_TRASH, .trash = trash};

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
