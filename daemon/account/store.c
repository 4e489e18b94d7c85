/* SPDX-License-Identifier: MIT */
#include "daemon/account/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/name.h"
#include "daemon/maildir/sentinel.h"
#include "daemon/maildir/tree.h"
#include "lib/util/ascii.h"

static const char passed[] = "$Forwarded";

static struct tree tree_of(const struct store *s)
{
	return (struct tree){
	    .layout = s->account->layout == CONFIG_LAYOUT_FS ? TREE_FS
							     : TREE_MAILDIRPP,
	    .inbox = s->account->inbox,
	};
}

static int any_folder(void *ctx, const struct state_folder *f)
{
	(void)ctx;
	return f->uidvalidity != 0;
}

/* How many messages the folder at path holds, whoever put them there. */
static int messages_in(struct store *s, const char *path, struct err *err)
{
	struct maildir m;
	struct local_view v = {0};
	uint64_t bits[KEYWORD_LETTERS] = {0};
	struct scan_opts opts = {.letter_bit = bits};

	int r = maildir_open(s->root, path, false, &m, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = scan_folder(&m, &opts, &v, err);
	maildir_close(&m);
	size_t n = v.n;
	local_view_release(&v);
	return r < 0 ? -1 : n > INT_MAX ? INT_MAX : (int)n;
}

static int hold_root(struct store *s, const char *what, struct err *err)
{
	err_set(err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"'%s' %s: not treating this as deleted mail",
		s->account->maildir, what);
	return err_hint(err,
			"mount or restore it; or, to mirror everything anew, "
			"move '%s/%s.db' away",
			s->config->state_dir, s->account->name);
}

/* Ties root and database together, or finds that they are. */
static int check_sentinel(struct store *s, bool known, struct err *err)
{
	char id[SENTINEL_ID];
	uint64_t generation;
	int r = sentinel_read(s->root, id, &generation, err);

	if (r < 0)
		return -1;
	if (r == 0 && strcmp(id, state_id(s->state)) == 0)
		return 0;
	if (known)
		return hold_root(s,
				 r == 0 ? "belongs to another database"
					: "is not the directory of the last "
					  "sync (.imapsyncd is missing)",
				 err);
	/* A root whose database was lost, or that another program filled: its
	 * files are recognised by name or by content. */
	if (s->dry_run)
		return 0;
	return sentinel_write(s->root, state_id(s->state), 0, s->account->name,
			      err);
}

static int open_root(struct store *s, struct err *err)
{
	int known = state_folders(s->state, any_folder, NULL, err);

	if (known < 0)
		return -1;
	s->root =
	    maildir_root_open(s->account->maildir, !known && !s->dry_run, err);
	if (s->root == -2) {
		if (known)
			return hold_root(s, "is missing", err);
		s->root = -1;
		return 0;
	}
	if (s->root < 0)
		return -1;
	return check_sentinel(s, known, err);
}

int store_open(struct store *s, const struct config *config,
	       const struct config_account *account, bool dry_run,
	       struct err *err)
{
	*s = (struct store){.config = config,
			    .account = account,
			    .dry_run = dry_run,
			    .root = -1};
	if (state_open(config->state_dir, account->name,
		       dry_run ? STATE_READ : STATE_WRITE, &s->state,
		       err) < 0) {
		s->state = NULL;
		return -1;
	}
	if (open_root(s, err) < 0) {
		store_close(s);
		return -1;
	}
	return 0;
}

void store_close(struct store *s)
{
	store_folder_close(s);
	if (s->root >= 0)
		close(s->root);
	s->root = -1;
	if (s->state)
		state_close(s->state);
	s->state = NULL;
}

void store_folder_close(struct store *s)
{
	if (!s->open)
		return;
	delivery_free(s->delivery);
	s->delivery = NULL;
	if (s->have_dir)
		maildir_close(&s->dir);
	s->have_dir = false;
	state_folder_release(&s->row);
	keywords_release(&s->letters);
	state_keywords_release(&s->table);
	s->spoiled = (struct err){0};
	s->open = false;
}

static void match_letters(struct store *s)
{
	for (size_t i = 0; i < KEYWORD_MAX; i++)
		s->letter_of[i] =
		    i < s->table.n
			? keywords_find(&s->letters, s->table.name[i])
			: -1;
}

/* A letter that another program gave to a keyword we do not know yet. */
static int learn_letters(struct store *s, struct err *err)
{
	for (size_t i = 0; i < KEYWORD_LETTERS && !s->dry_run; i++) {
		const char *name = s->letters.name[i];
		if (!name || ascii_same(name, passed) ||
		    state_keywords_find(&s->table, name) >= 0)
			continue;
		int r = state_keywords_add(s->state, s->row.id, &s->table, name,
					   err);
		if (r == -1)
			return -1;
	}
	match_letters(s);
	return 0;
}

/* The row; in a dry run one that is only in memory. */
static int open_row(struct store *s, const struct store_name *n,
		    const char *path, struct err *err)
{
	int r = state_folder_get(s->state, n->wire, &s->row, err);

	if (r != 1)
		return r;
	if (!s->dry_run)
		return state_folder_add(s->state, n->wire, path, &s->row, err);
	s->row = (struct state_folder){
	    .id = -1, .name = xstrdup(n->wire), .path = xstrdup(path)};
	return 0;
}

static int open_dir(struct store *s, const char *path, struct err *err)
{
	if (s->root < 0)
		return 1;
	bool may_create =
	    !s->dry_run && (s->account->create & CONFIG_SIDE_LOCAL);
	int r = maildir_open(s->root, path, may_create, &s->dir, err);
	s->have_dir = r == 0;
	return r;
}

static int folder_path(const struct store *s, const struct store_name *n,
		       char *path, size_t cap, struct err *err)
{
	struct tree tree = tree_of(s);

	if (tree_path(&tree, n->name, n->delim, path, cap) == 0)
		return 0;
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
		"its name is too long for a directory");
	return err_hint(err, "rename it on the server, or: exclude = ...");
}

static int begin_folder(struct store *s, const struct store_name *n,
			struct err *err)
{
	char path[4096];

	if (folder_path(s, n, path, sizeof(path), err) < 0)
		return -1;
	if (open_row(s, n, path, err) < 0)
		return -1;
	s->open = true;
	s->uidvalidity = n->uidvalidity ? n->uidvalidity : s->row.uidvalidity;
	s->tag = name_folder_tag(s->account->name, n->wire);
	int r = open_dir(s, s->row.path, err);
	if (r < 0 || (r == 1 && !s->dry_run))
		return r;
	if (state_keywords_load(s->state, s->row.id, &s->table, err) < 0)
		return -1;
	if (!s->have_dir) {
		match_letters(s);
		return 0;
	}
	if (!s->dry_run && maildir_clean_tmp(&s->dir, err) < 0)
		return -1;
	if (!s->dry_run)
		keywords_clean(&s->dir);
	if (keywords_load(&s->dir, &s->letters, err) < 0)
		return -1;
	return learn_letters(s, err);
}

static int scan(struct store *s, struct store_view *out, struct err *err)
{
	uint64_t bits[KEYWORD_LETTERS] = {0};

	if (!s->have_dir)
		return 0;
	for (size_t i = 0; i < KEYWORD_LETTERS; i++) {
		if (!s->letters.name[i])
			continue;
		int k = state_keywords_find(&s->table, s->letters.name[i]);
		if (k >= 0)
			bits[i] = KEYWORD_BIT(k);
		else if (ascii_same(s->letters.name[i], passed))
			bits[i] = FLAG_PASSED;
	}
	struct scan_opts opts = {.letter_bit = bits,
				 .folder_tag = s->tag,
				 .uidvalidity = s->uidvalidity,
				 .known = pair_keys(&out->base),
				 .nknown = out->base.n};
	int r = scan_stamp(&s->dir, &out->stamp, err);
	if (r == 0)
		r = scan_folder(&s->dir, &opts, &out->local, err);
	free((void *)(uintptr_t)opts.known);
	return r;
}

static char *dup_or_null(const char *p)
{
	return p ? xstrdup(p) : NULL;
}

static void copy_table(const struct store *s, struct store_view *out)
{
	out->row = s->row;
	out->row.name = xstrdup(s->row.name);
	out->row.path = dup_or_null(s->row.path);
	out->here_mask = FLAG_SYSTEM;
	for (size_t i = 0; i < s->table.n; i++) {
		out->table.name[i] = xstrdup(s->table.name[i]);
		if (s->letter_of[i] >= 0)
			out->here_mask |= KEYWORD_BIT(i);
	}
	out->table.n = s->table.n;
}

int store_folder_open(struct store *s, const struct store_name *n,
		      struct store_view *out, struct err *err)
{
	*out = (struct store_view){0};
	store_folder_close(s);
	int r = begin_folder(s, n, err);
	if (r == 0)
		r = state_load(s->state, s->row.id, &out->base, err);
	if (r == 0)
		r = scan(s, out, err);
	if (r != 0) {
		store_view_release(out);
		store_folder_close(s);
		return r;
	}
	copy_table(s, out);
	out->on_disk = s->have_dir;
	for (size_t i = 0; i < out->base.n && !out->tombstones; i++)
		out->tombstones = out->base.row[i].fate != FATE_ALIVE;
	return 0;
}

void store_view_release(struct store_view *v)
{
	state_folder_release(&v->row);
	base_view_release(&v->base);
	local_view_release(&v->local);
	state_keywords_release(&v->table);
	*v = (struct store_view){0};
}

/* The letter comes first: without a row it is learnt when the folder is opened,
 * but a row says that all has been done that can be. */
static int add_keyword(struct store *s, const char *name, struct err *err)
{
	if (keywords_find(&s->letters, name) < 0 &&
	    keywords_assign(&s->dir, &s->letters, &name, 1, err) < 0)
		return -1;
	if (state_keywords_add(s->state, s->row.id, &s->table, name, err) == -1)
		return -1;
	match_letters(s);
	return 0;
}

void store_keyword_add(struct store *s, const char *name)
{
	struct err err;

	if (s->spoiled.code == ERR_NONE && add_keyword(s, name, &err) < 0)
		s->spoiled = err;
}

bool store_spoiled(const struct store *s, struct err *err)
{
	if (s->spoiled.code == ERR_NONE)
		return false;
	*err = s->spoiled;
	return true;
}

struct strangers {
	struct store *store;
	const char *path;
	bool known;
	size_t messages;
	struct err *err;
};

static int compare_path(void *ctx, const struct state_folder *f)
{
	struct strangers *st = ctx;

	return strcmp(f->path, st->path) == 0;
}

static int count_stranger(void *ctx, const char *path)
{
	struct strangers *st = ctx;

	st->path = path;
	int r = state_folders(st->store->state, compare_path, st, st->err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = messages_in(st->store, path, st->err);
	if (r < 0)
		return -1;
	st->messages += (size_t)r;
	return 0;
}

int store_strangers(struct store *s, size_t *messages, struct err *err)
{
	struct strangers st = {.store = s, .err = err};
	struct tree tree = tree_of(s);

	*messages = 0;
	if (s->root < 0)
		return 0;
	err->code = ERR_NONE;
	if (tree_walk(&tree, s->root, count_stranger, &st) < 0)
		return err->code != ERR_NONE
			   ? -1
			   : err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				       "cannot read '%s'", s->account->maildir);
	*messages = st.messages;
	return 0;
}

int store_begin(struct store *s, uint32_t uidvalidity, struct err *err)
{
	s->uidvalidity = uidvalidity;
	return store_position(s, uidvalidity, 0, 0, err);
}

int store_position(struct store *s, uint32_t uidvalidity, uint32_t uidnext,
		   uint64_t modseq, struct err *err)
{
	if (store_spoiled(s, err))
		return -1;
	return state_folder_position(s->state, s->row.id, uidvalidity, uidnext,
				     modseq, err);
}
