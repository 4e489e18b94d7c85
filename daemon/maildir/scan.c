/* SPDX-License-Identifier: MIT */
/* Lists a folder's messages. Decides nothing: whether a message that is not in
 * the list was deleted takes two agreeing lists and more, and is not known
 * here.
 */
#include "daemon/maildir/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/content/print.h"
#include "daemon/maildir/name.h"

/* readdir() may return neither name of a file that is renamed meanwhile. So a
 * folder that changed under a pass is read again, this often at most: a program
 * that renames without end must not stop us. */
#define SCAN_PASSES 4

/* FAT's, the coarsest. */
#define GRANULARITY_NS INT64_C(2000000000)

/* The kernel's clock for times of files ticks at 100 Hz at least: what changes
 * twice within a tick shows once. */
#define TICK_NS INT64_C(20000000)

/* A file with one name only, so that two rows with its print are one file under
 * two names: it was renamed meanwhile. */
struct seen {
	uint64_t print;
	size_t row; /* in the order of readdir */
};

struct pass {
	const struct scan_opts *opts;
	struct local_view view;
	struct seen *seen;
	size_t nseen, cap;
	bool quiet;
};

static struct local_row *add_row(struct local_view *v)
{
	v->row = xgrow(v->row, v->n, &v->cap, sizeof(*v->row));
	return &v->row[v->n++];
}

static uint64_t flags_of(const struct name *name, const struct scan_opts *opts)
{
	uint64_t flags = name->flags;

	if (!opts->letter_bit)
		return flags;
	for (int i = 0; i < KEYWORD_LETTERS; i++) {
		if (name->keywords & (UINT32_C(1) << i))
			flags |= opts->letter_bit[i];
	}
	return flags;
}

static int compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool has_key(const uint64_t *keys, size_t n, uint64_t key)
{
	return n > 0 && bsearch(&key, keys, n, sizeof(key), compare_keys);
}

static uint32_t hint_of(const char *file, const struct name *name, uint64_t key,
			const struct stat *st, const struct scan_opts *opts)
{
	uint32_t uid;
	uint64_t size;

	if (has_key(opts->known, opts->nknown, key))
		return 0;
	if (!name_hint(file, name->unique_len, opts->folder_tag,
		       opts->uidvalidity, &uid, &size))
		return 0;
	return st->st_size >= 0 && (uint64_t)st->st_size == size ? uid : 0;
}

static void add_seen(struct pass *p, uint64_t print)
{
	p->seen = xgrow(p->seen, p->nseen, &p->cap, sizeof(*p->seen));
	p->seen[p->nseen++] = (struct seen){print, p->view.n - 1};
}

static struct local_row *add_name(struct pass *p, const struct name *name,
				  uint64_t key, bool in_new)
{
	struct local_row *row = add_row(&p->view);

	*row = (struct local_row){
	    .key = key,
	    .flags = flags_of(name, p->opts),
	    .in_new = in_new,
	};
	return row;
}

/* A link, a directory, a pipe: if it has the name of a row's file, that is not
 * gone. */
static void add_odd(int dir, bool in_new, const char *file,
		    const struct name *name, struct pass *p)
{
	uint64_t key = name_key(file, name->unique_len);
	struct stat st;

	if (!has_key(p->opts->rows, p->opts->nrows, key) ||
	    (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	     errno == ENOENT))
		return;
	add_name(p, name, key, in_new)->odd = true;
	if (!p->view.odd)
		p->view.odd = xstrdup(file);
}

static bool is_outside(const struct stat *st, const struct scan_opts *opts)
{
	return (opts->max_size && (uint64_t)st->st_size > opts->max_size) ||
	       (opts->oldest && st->st_mtim.tv_sec < opts->oldest);
}

static int add_file(int dir, bool in_new, const struct dirent *entry,
		    struct pass *p)
{
	struct name name;

	if (name_parse(entry->d_name, &name) < 0)
		return 0;
	int file = fs_is_file(dir, entry);
	if (file < 0)
		return file;
	if (file == 0) {
		add_odd(dir, in_new, entry->d_name, &name, p);
		return 0;
	}
	uint64_t key = name_key(entry->d_name, name.unique_len);
	struct local_row *row = add_name(p, &name, key, in_new);
	struct stat st;
	/* Renamed just now, or removed: listed all the same. */
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	row->skip = is_outside(&st, p->opts);
	row->print =
	    print_of(st.st_ino, (uint64_t)st.st_size, fs_mtime_ns(&st));
	row->hint = hint_of(entry->d_name, &name, key, &st, p->opts);
	if (st.st_nlink == 1)
		add_seen(p, row->print);
	return 0;
}

static int read_dir(int dir, bool in_new, struct pass *p)
{
	DIR *d = fs_opendir(dir);

	if (!d)
		return -1;
	for (const struct dirent *entry; (entry = fs_readdir(d));) {
		if (add_file(dir, in_new, entry, p) < 0)
			break;
	}
	int number = errno;
	(void)closedir(d);
	errno = number;
	return number == 0 ? 0 : -1;
}

/* By key; of one key the row that is to stay comes first: a file, then cur
 * before new, then a fixed choice, so that two files with one unique part do
 * not look changed from scan to scan. */
static int compare(const void *a, const void *b)
{
	const struct local_row *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->odd != y->odd)
		return x->odd ? 1 : -1;
	if (x->in_new != y->in_new)
		return x->in_new ? 1 : -1;
	if (x->flags != y->flags)
		return x->flags > y->flags ? -1 : 1;
	return 0;
}

/* One row a key. */
static void sort(struct local_view *v)
{
	size_t n = 0;

	if (v->n == 0)
		return;
	qsort(v->row, v->n, sizeof(v->row[0]), compare);
	for (size_t i = 1; i < v->n; i++) {
		if (v->row[i].key == v->row[n].key) {
			/* The hint is the name's, so it is the same message:
			 * one of the two files may have been gone. */
			if (v->row[n].hint == 0)
				v->row[n].hint = v->row[i].hint;
			/* A rename keeps the print. */
			if (v->row[n].print == 0)
				v->row[n].print = v->row[i].print;
			else if (v->row[i].print != 0 &&
				 v->row[i].print != v->row[n].print)
				v->twins++;
			continue;
		}
		v->row[++n] = v->row[i];
	}
	v->n = n + 1;
}

static int seen_cmp(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->print != y->print)
		return x->print < y->print ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static int print_cmp(const void *key, const void *item)
{
	uint64_t print = *(const uint64_t *)key;
	const struct seen *s = item;

	return print < s->print ? -1 : print > s->print;
}

static bool has_seen(const struct pass *p, uint64_t print)
{
	return p->nseen > 0 &&
	       bsearch(&print, p->seen, p->nseen, sizeof(*p->seen), print_cmp);
}

/* Of a file that was renamed between two calls of readdir() the name that came
 * later is the newer. */
static void drop_old_names(struct pass *p)
{
	struct local_view *v = &p->view;
	bool *old = xcalloc(v->n + 1, sizeof(*old));
	size_t n = 0;

	if (p->nseen > 1)
		qsort(p->seen, p->nseen, sizeof(*p->seen), seen_cmp);
	for (size_t i = 1; i < p->nseen; i++)
		old[p->seen[i - 1].row] =
		    p->seen[i - 1].print == p->seen[i].print;
	for (size_t i = 0; i < v->n; i++) {
		if (!old[i])
			v->row[n++] = v->row[i];
	}
	v->n = n;
	free(old);
}

/* Did surely nothing change since before, which was taken at the start? */
static bool is_quiet(const struct scan_stamp *before,
		     const struct scan_stamp *after)
{
	int64_t now = clock_wall_ns();
	int64_t last =
	    after->new_ns > after->cur_ns ? after->new_ns : after->cur_ns;

	return scan_stamp_same(before, after) &&
	       (now - last >= TICK_NS || last - now >= TICK_NS);
}

/* new first: a message moves from there to cur, and so is seen at least once.
 */
static int read_pass(const struct maildir *m, struct pass *p, struct err *err)
{
	struct scan_stamp before, after;

	if (scan_stamp(m, &before, err) < 0)
		return -1;
	if (read_dir(m->new_, true, p) < 0)
		return maildir_error(err, "cannot list new/");
	if (read_dir(m->cur, false, p) < 0)
		return maildir_error(err, "cannot list cur/");
	if (scan_stamp(m, &after, err) < 0)
		return -1;
	p->quiet = is_quiet(&before, &after);
	drop_old_names(p);
	sort(&p->view);
	return 0;
}

/* Adds the rows of old that the pass has not. A message that one pass missed is
 * in the other; one that was removed meanwhile goes with the next scan. */
static void add_missed(struct pass *p, struct local_view *old)
{
	struct local_view *v = &p->view;
	size_t seen = v->n;

	for (size_t i = 0, j = 0; i < old->n; i++) {
		const struct local_row *row = &old->row[i];
		while (j < seen && v->row[j].key < row->key)
			j++;
		if ((j < seen && v->row[j].key == row->key) ||
		    has_seen(p, row->print))
			continue;
		*add_row(v) = *row;
	}
	if (!v->odd) {
		v->odd = old->odd;
		old->odd = NULL;
	}
	sort(v);
}

int scan_folder(const struct maildir *m, const struct scan_opts *opts,
		struct local_view *out, struct err *err)
{
	struct local_view all = {0};
	bool quiet = false;

	for (int pass = 0; pass < SCAN_PASSES && !quiet; pass++) {
		struct pass now = {.opts = opts};
		int rc = read_pass(m, &now, err);
		quiet = now.quiet;
		/* A quiet pass is the truth, whatever those before it saw. */
		if (rc == 0 && !quiet)
			add_missed(&now, &all);
		free(now.seen);
		local_view_release(&all);
		all = now.view;
		if (rc < 0) {
			local_view_release(&all);
			return -1;
		}
	}
	all.unstable = !quiet;
	*out = all;
	return 0;
}

void local_view_release(struct local_view *v)
{
	free(v->row);
	free(v->odd);
	*v = (struct local_view){0};
}

int scan_stamp(const struct maildir *m, struct scan_stamp *out, struct err *err)
{
	struct stat new_, cur;

	if (fstat(m->new_, &new_) < 0 || fstat(m->cur, &cur) < 0) {
		(void)maildir_error(err, "cannot examine new/ and cur/");
		return -1;
	}
	*out = (struct scan_stamp){
	    .new_ns = fs_mtime_ns(&new_),
	    .cur_ns = fs_mtime_ns(&cur),
	};
	return 0;
}

bool scan_stamp_same(const struct scan_stamp *a, const struct scan_stamp *b)
{
	return a->new_ns == b->new_ns && a->cur_ns == b->cur_ns;
}

bool scan_stamp_settled(const struct scan_stamp *s, int64_t now_ns)
{
	return now_ns - s->new_ns >= GRANULARITY_NS &&
	       now_ns - s->cur_ns >= GRANULARITY_NS;
}
