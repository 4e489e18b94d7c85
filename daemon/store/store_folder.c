/* SPDX-License-Identifier: MIT */
/* Opening a folder: what the database and the directory say of it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/name.h"
#include "daemon/store/store_priv.h"

static int folder_path(const struct store *s, const struct store_name *n,
		       char *path, size_t cap, struct err *err)
{
	struct tree tree = store_tree(s->account);

	if (tree_path(&tree, n->name, n->delim, path, cap) == 0)
		return 0;
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
		"its name is too long for a directory");
	return err_hint(err, "rename it on the server, or: exclude = ...");
}

int store_row(struct store *s, const struct store_name *n,
	      struct state_folder *out, struct err *err)
{
	char path[4096];
	int r = state_folder_get(s->state, n->wire, out, err);

	if (r != 1)
		return r;
	if (folder_path(s, n, path, sizeof(path), err) < 0)
		return -1;
	return state_folder_add(s->state, n->wire, path, out, err);
}

static void forget_listing(struct store *s)
{
	listing_release(&s->listing);
	s->batches = 0;
}

int store_listing(struct store *s, const struct local_folder *f,
		  const struct listing **out, struct err *err)
{
	if (s->listed_folder != f->row.id)
		forget_listing(s);
	s->listed_folder = f->row.id;
	*out = NULL;
	if (s->batches++ == 0)
		return 0;
	if (s->listing.n == 0 && listing_read(&f->dir, &s->listing, err) < 0)
		return -1;
	*out = &s->listing;
	return 0;
}

void store_folder_close(struct store *s)
{
	if (!s->open)
		return;
	delivery_free(s->delivery);
	s->delivery = NULL;
	free(s->emailid);
	s->emailid = NULL;
	forget_listing(s);
	local_folder_close(&s->folder);
	s->spoiled = (struct err){0};
	s->open = false;
}

/* Of the mailbox and not of the account's section, which may get another name:
 * what a name says of its message holds for that mailbox alone, and for one
 * epoch. */
static uint64_t store_tag(const struct store *s, const struct state_folder *row)
{
	const char *owner = s->owner[0] ? s->owner : s->account->name;

	return name_folder_tag(owner, row->name) +
	       row->epoch * UINT64_C(0x9e3779b97f4a7c15);
}

static int open_local_folder(struct store *s, const struct store_name *n,
			     struct err *err)
{
	struct local_folder_opts opts = {.write = !s->dry_run};
	struct state_folder row;

	if (store_row(s, n, &row, err) < 0 ||
	    local_folder_open(s->state, s->root, &row, &opts, &s->folder, err) <
		0)
		return -1;
	s->open = true;
	s->uidvalidity =
	    n->uidvalidity ? n->uidvalidity : s->folder.row.uidvalidity;
	s->tag = store_tag(s, &s->folder.row);
	return s->folder.have_dir || s->dry_run || n->doomed ? 0 : 1;
}

/* Is there a row without a file, or a file without a row? */
static bool is_doubtful(const struct base_view *base,
			const struct local_view *local, const uint64_t *keys,
			size_t nkeys)
{
	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		bool matters = fate_is_here((enum fate)b->fate) ||
			       b->fate == FATE_DYING_THERE;
		if (matters && !local_view_find(local, b->key))
			return true;
	}
	for (size_t i = 0; i < local->n; i++) {
		if (!pair_has_key(keys, nkeys, local->row[i].key))
			return true;
	}
	return false;
}

/* In a folder that does not hold still, a file without a row that looks like a
 * row's may be just that, renamed: it is not new. */
static void mark_doubtful(const struct base_view *base,
			  struct local_view *local, const uint64_t *keys,
			  size_t nkeys)
{
	uint64_t *print = xcalloc(base->n + 1, sizeof(*print));

	for (size_t i = 0; i < base->n; i++)
		print[i] = base->row[i].print;
	pair_sort_keys(print, base->n);
	for (size_t i = 0; i < local->n; i++) {
		struct local_row *l = &local->row[i];
		if (!pair_has_key(keys, nkeys, l->key) &&
		    (l->print == 0 || pair_has_key(print, base->n, l->print)))
			l->wait = WAIT_WRITER;
	}
	free(print);
}

bool store_is_racy(const struct scan_stamp *s, int64_t stamp_ns)
{
	int64_t last = s->new_ns > s->cur_ns ? s->new_ns : s->cur_ns;

	return stamp_ns < last + STORE_TICK_NS &&
	       stamp_ns > last - STORE_TICK_NS;
}

void store_let_rest(void)
{
	const struct timespec moment = {.tv_nsec = STORE_TICK_NS};

	(void)nanosleep(&moment, NULL);
}

/* Of all rows, whether their files are there or not. */
static uint64_t *row_keys(const struct base_view *base)
{
	uint64_t *keys = xcalloc(base->n + 1, sizeof(*keys));

	for (size_t i = 0; i < base->n; i++)
		keys[i] = base->row[i].key;
	pair_sort_keys(keys, base->n);
	return keys;
}

int store_scan(struct store *s, struct local_folder *f, uint32_t uidvalidity,
	       const struct base_view *base, struct local_view *out,
	       struct err *err)
{
	uint64_t bits[KEYWORD_LETTERS];

	local_folder_letter_bits(f, bits);
	struct scan_opts opts = {
	    .letter_bit = bits,
	    .folder_tag = store_tag(s, &f->row),
	    .uidvalidity = uidvalidity,
	    .max_size = s->account->max_size,
	    .oldest = s->account->max_age_ms
			  ? clock_wall() - s->account->max_age_ms / 1000
			  : 0,
	};
	uint64_t *keys = pair_keys(base, &opts.nknown);
	if (!keys)
		abort();
	opts.known = keys;
	uint64_t *rows = row_keys(base);
	opts.rows = rows;
	opts.nrows = base->n;
	int r = scan_folder(&f->dir, &opts, out, err);
	if (r == 0 && out->unstable &&
	    is_doubtful(base, out, keys, opts.nknown)) {
		local_view_release(out);
		store_let_rest();
		r = scan_folder(&f->dir, &opts, out, err);
	}
	if (r == 0 && out->unstable)
		mark_doubtful(base, out, keys, opts.nknown);
	free(rows);
	free(keys);
	return r;
}

static int read_files(struct store *s, const struct scan_stamp *same,
		      struct store_view *out, struct err *err)
{
	struct local_folder *f = &s->folder;

	if (!f->have_dir)
		return 0;
	if (scan_stamp(&f->dir, &out->stamp, err) < 0)
		return -1;
	out->as_in_base = same && scan_stamp_same(same, &out->stamp) &&
			  scan_stamp_settled(same, clock_wall_ns());
	if (out->as_in_base)
		return 0;
	if (store_scan(s, f, s->uidvalidity, &out->base, &out->local, err) < 0)
		return -1;
	if (out->local.n == 0 && !s->dry_run &&
	    local_folder_renew_letters(f, err) < 0)
		return -1;
	if (store_reconcile(s, f, s->uidvalidity, &out->base, &out->local,
			    err) < 0)
		return -1;
	if (out->local.unreadable > 0)
		out->trouble = *err;
	return 0;
}

static int add_intent(void *ctx, const struct state_intent *i)
{
	struct store_view *v = ctx;
	struct store_intent *to;

	v->intent =
	    xreallocarray(v->intent, v->nintents + 1, sizeof(*v->intent));
	to = &v->intent[v->nintents++];
	*to = (struct store_intent){
	    .id = i->id,
	    .key = i->key,
	    .have_digest = i->have_digest,
	    .what = {.uidvalidity = i->uidvalidity,
		     .uidnext = i->uidnext,
		     .attempts = i->attempts,
		     .stored = i->state == STATE_INTENT_STORED,
		     .copied = i->kind == STATE_INTENT_MOVE},
	    .source = i->source,
	};
	memcpy(to->digest, i->digest, sizeof(to->digest));
	return 0;
}

static int read_row(struct store *s, struct store_view *v, struct err *err)
{
	const struct local_folder *f = &s->folder;

	v->row = f->row;
	v->row.name = xstrdup(f->row.name);
	v->row.path = xstrdup(f->row.path);
	for (size_t i = 0; i < f->table.n; i++)
		v->table.name[i] = xstrdup(f->table.name[i]);
	v->table.n = f->table.n;
	v->here_mask = local_folder_mask(f);
	v->on_disk = f->have_dir;
	for (size_t i = 0; i < v->base.n; i++) {
		v->dying_here |= v->base.row[i].fate == FATE_DYING_HERE;
		v->dying_there |= v->base.row[i].fate == FATE_DYING_THERE ||
				  v->base.row[i].fate == FATE_MOVED_THERE;
	}
	if (state_folder_mailboxid(s->state, v->row.id, &v->mailboxid, err) <
		0 ||
	    state_intent_each(s->state, v->row.id, add_intent, v, err) < 0 ||
	    store_read_asides(s, v, err) < 0)
		return -1;
	return store_read_guard(s, v, err);
}

int store_folder_open(struct store *s, const struct store_name *n,
		      const struct scan_stamp *same, struct store_view *out,
		      struct err *err)
{
	*out = (struct store_view){0};
	store_folder_close(s);
	int r = open_local_folder(s, n, err);
	if (r == 0)
		r = state_load(s->state, s->folder.row.id, &out->base, err);
	if (r == 0)
		r = read_files(s, same, out, err);
	if (r == 0)
		r = read_row(s, out, err);
	if (r != 0) {
		store_view_release(out);
		store_folder_close(s);
	}
	return r;
}

void store_view_release(struct store_view *v)
{
	state_folder_release(&v->row);
	free(v->mailboxid);
	base_view_release(&v->base);
	local_view_release(&v->local);
	state_keywords_release(&v->table);
	free(v->intent);
	free(v->aside);
	for (size_t i = 0; i < v->nrefusals; i++)
		free(v->refusal[i].text);
	free(v->refusal);
	*v = (struct store_view){0};
}

int store_reset(struct store *s, uint32_t uidvalidity, struct err *err)
{
	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	return store_end(
	    s, state_folder_reset(s->state, s->folder.row.id, uidvalidity, err),
	    err);
}

int store_begin(struct store *s, uint32_t uidvalidity, struct err *err)
{
	s->uidvalidity = uidvalidity;
	return state_folder_position(s->state, s->folder.row.id, uidvalidity, 0,
				     0, err);
}

int store_decided(struct store *s, struct err *err)
{
	const struct state_pairing p = {.decided = true};

	return state_folder_set_pairing(s->state, s->folder.row.id, &p, err);
}

int store_misfit(struct store *s, uint32_t uidvalidity, struct err *err)
{
	const struct state_pairing p = {.held = uidvalidity};
	int64_t id = s->folder.row.id;

	if (state_begin(s->state, err) < 0)
		return -1;
	/* Without rows there are no deletions to be held. */
	int r = state_folder_set_held(s->state, id, 0, 0, NULL, err);
	if (r == 0)
		r = state_folder_set_pairing(s->state, id, &p, err);
	return store_end(s, r, err);
}

int store_identify(struct store *s, const char *mailboxid, struct err *err)
{
	return state_folder_set_mailboxid(s->state, s->folder.row.id, mailboxid,
					  err);
}

int store_horizon(struct store *s, const struct horizon *horizon,
		  struct err *err)
{
	return state_folder_set_horizon(s->state, s->folder.row.id, horizon,
					err);
}

int store_position(struct store *s, const struct position *at,
		   const struct horizon *horizon, struct err *err)
{
	int64_t id = s->folder.row.id;

	if (store_spoiled(s, err) || state_begin(s->state, err) < 0)
		return -1;
	int r = state_folder_position(s->state, id, at->uidvalidity,
				      at->uidnext, at->modseq, err);
	if (r == 0)
		r = state_folder_set_horizon(s->state, id, horizon, err);
	return store_end(s, r, err);
}

int store_verdicts(struct store *s, const struct store_verdict *v, size_t n,
		   struct err *err)
{
	int r = 0;

	if (state_begin(s->state, err) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (v[i].drop)
			r = state_intent_drop(s->state, v[i].intent, err);
		else
			r = state_intent_attempt(s->state, v[i].intent,
						 v[i].stored
						     ? STATE_INTENT_STORED
						     : STATE_INTENT_PLANNED,
						 v[i].attempts, err);
	}
	return store_end(s, r, err);
}

void store_keyword_add(struct store *s, const char *name)
{
	struct err err;

	if (s->spoiled.code == ERR_NONE &&
	    local_folder_keyword_add(s->state, &s->folder, name, &err) < 0)
		s->spoiled = err;
}

bool store_spoiled(const struct store *s, struct err *err)
{
	if (s->spoiled.code == ERR_NONE)
		return false;
	*err = s->spoiled;
	return true;
}
