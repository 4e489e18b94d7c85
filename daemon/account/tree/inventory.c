/* SPDX-License-Identifier: MIT */
#include "daemon/account/tree/inventory.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/folders/folders_owner.h"
#include "daemon/maildir/dirs.h"
#include "daemon/store/place.h"

struct taker {
	struct inventory *c;
	const struct inventory_env *env;
	struct tree tree;
	struct folders_base **by_path; /* view.nbase of them */
	/* Of the messages whose folder may have another name now. */
	struct clue *clue; /* by key */
	size_t nclues;
	struct claim *claim; /* of view.nhere folders */
	struct err *err;
};

/* What a folder's name rests on; of several with one name the first has it. */
struct claim {
	const char *name;
	enum { CLAIM_RECORD, CLAIM_PATH, CLAIM_OLD_PATH } by;
	size_t at;
};

/* The file of that key belongs to that base folder. */
struct clue {
	uint64_t key;
	size_t base;
	bool left; /* LEFT_HERE */
};

static const char *keep(struct inventory *c, char *text)
{
	c->text = xgrow(c->text, c->ntext, &c->textcap, sizeof(*c->text));
	c->text[c->ntext++] = text;
	return text;
}

static const char *keep_copy(struct inventory *c, const char *text)
{
	return keep(c, xstrdup(text));
}

/* The server. */

static uint32_t attributes(uint32_t attr)
{
	uint32_t out = 0;

	if (attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT))
		out |= FOLDERS_NOSELECT;
	if (attr & IMAP4_LIST_NOINFERIORS)
		out |= FOLDERS_NOINFERIORS;
	if (attr & (IMAP4_LIST_ALL | IMAP4_LIST_ARCHIVE | IMAP4_LIST_DRAFTS |
		    IMAP4_LIST_FLAGGED | IMAP4_LIST_JUNK | IMAP4_LIST_SENT |
		    IMAP4_LIST_TRASH))
		out |= FOLDERS_SPECIAL;
	return out;
}

static void add_there(struct taker *t)
{
	const uint32_t need =
	    IMAP4_ST_MESSAGES | IMAP4_ST_UIDNEXT | IMAP4_ST_UIDVALIDITY;
	const struct mailboxes *boxes = t->env->boxes;
	struct inventory *c = t->c;
	char path[PATH_MAX];

	c->there = xcalloc(boxes->n + 1, sizeof(*c->there));
	for (size_t i = 0; i < boxes->n; i++) {
		const struct mailbox *box = &boxes->box[i];
		/* One that no directory can be named after stays there. */
		bool can = tree_path(&t->tree, box->name, box->delim, path,
				     sizeof(path)) == 0;
		c->there[i] = (struct folders_there){
		    .wire = box->wire,
		    .name = box->display,
		    .attr = attributes(box->attr),
		    .wanted =
			can && t->env->wants(t->env->ctx, box->display, box),
		    .subscribed = box->subscribed,
		    .mailboxid = box->mailboxid,
		    .status = (box->have & need) == need,
		    .messages = box->messages,
		    .uidnext = box->uidnext,
		    .uidvalidity = box->uidvalidity,
		};
	}
	c->view.there = c->there;
	c->view.nthere = boxes->n;
	c->view.there_complete = true;
}

/* The database. */

static const char *base_name(struct taker *t, const struct state_folder *f)
{
	struct imap4_str wire = {f->name, strlen(f->name)};
	const struct mailbox *box = mailboxes_find(t->env->boxes, wire);
	char name[PATH_MAX];

	if (box)
		return box->display;
	if (tree_name(&t->tree, f->path, name, sizeof(name)) >= 0)
		return keep_copy(t->c, name);
	return keep_copy(t->c, f->name);
}

static int read_answer(struct taker *t, struct folders_base *b)
{
	static const enum state_answer kinds[] = {STATE_APPROVE, STATE_RESTORE};
	static const enum folders_answer answers[] = {FOLDERS_APPROVE,
						      FOLDERS_RESTORE};
	int64_t created;

	for (size_t i = 0; i < 2; i++) {
		uint32_t bound;
		int r = state_answer_get(t->env->store->state, b->id, kinds[i],
					 &created, &bound, t->err);
		if (r < 0)
			return -1;
		if (r == 0) {
			b->answer = answers[i];
			b->bound = bound;
		}
	}
	return 0;
}

static int read_texts(struct taker *t, struct folders_base *b)
{
	struct state *state = t->env->store->state;
	char *mailboxid, *hold;

	if (state_folder_mailboxid(state, b->id, &mailboxid, t->err) < 0)
		return -1;
	if (mailboxid)
		b->mailboxid = keep(t->c, mailboxid);
	if (state_folder_hold(state, b->id, &hold, t->err) < 0)
		return -1;
	b->hold = hold != NULL;
	free(hold);
	return 0;
}

static int add_base(void *ctx, const struct state_folder *f)
{
	struct taker *t = ctx;
	struct inventory *c = t->c;

	c->base = xgrow(c->base, c->view.nbase, &c->basecap, sizeof(*c->base));
	struct folders_base *b = &c->base[c->view.nbase++];
	*b = (struct folders_base){
	    .id = f->id,
	    .wire = keep_copy(c, f->name),
	    .path = keep_copy(c, f->path),
	    .inode = f->inode,
	    .uidvalidity = f->uidvalidity,
	    .uidnext = f->uidnext,
	    .messages = f->messages,
	    .there = f->there,
	};
	b->name = base_name(t, f);
	b->wanted = place_is_nowhere(b->wire) ||
		    t->env->wants(t->env->ctx, b->name, NULL);
	return read_texts(t, b) < 0 ? -1 : read_answer(t, b);
}

/* What is on record, by path. */

static int path_cmp(const void *a, const void *b)
{
	const struct folders_base *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static void index_paths(struct taker *t)
{
	size_t n = t->c->view.nbase;

	t->by_path = xcalloc(n + 1, sizeof(struct folders_base *));
	for (size_t i = 0; i < n; i++)
		t->by_path[i] = &t->c->base[i];
	qsort(t->by_path, n, sizeof(struct folders_base *), path_cmp);
}

/* Index of the first that is not before path. */
static size_t first_at(const struct taker *t, const char *path)
{
	size_t lo = 0, hi = t->c->view.nbase;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(t->by_path[mid]->path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct folders_base *base_at(const struct taker *t, const char *path)
{
	size_t i = first_at(t, path);

	return i < t->c->view.nbase && strcmp(t->by_path[i]->path, path) == 0
		   ? t->by_path[i]
		   : NULL;
}

/* The disk. */

/* A folder that is known is known by its path, whatever would be its path if it
 * were made today: the keys may have changed since, or the rules. */
static const char *name_here(const struct taker *t, const char *path,
			     struct claim *claim)
{
	const struct folders_base *b = base_at(t, path);
	char name[PATH_MAX];
	int r = b ? 0 : tree_name(&t->tree, path, name, sizeof(name));

	claim->by = b ? CLAIM_RECORD : r > 0 ? CLAIM_OLD_PATH : CLAIM_PATH;
	if (b)
		claim->name = b->name;
	else
		claim->name = r < 0 ? NULL : keep_copy(t->c, name);
	return claim->name;
}

/* Nobody gives a folder such a name: it is how another program writes it. */
static bool is_mutf7(const struct taker *t, const char *path)
{
	struct tree tree = t->tree;
	char name[PATH_MAX];

	if (tree.mutf7)
		return false;
	tree.mutf7 = true;
	if (tree_name(&tree, path, name, sizeof(name)) < 0)
		return false;
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p >= 0x80)
			return true;
	}
	return false;
}

static void add_here(struct taker *t, const char *path)
{
	struct inventory *c = t->c;
	size_t at = c->view.nhere++;

	if (at == c->herecap) {
		c->herecap = c->herecap ? c->herecap * 2 : 32;
		c->here = xreallocarray(c->here, c->herecap, sizeof(*c->here));
		t->claim =
		    xreallocarray(t->claim, c->herecap, sizeof(*t->claim));
	}
	t->claim[at].at = at;
	struct folders_here *h = &c->here[at];
	*h = (struct folders_here){
	    .path = keep_copy(c, path),
	    .name = name_here(t, path, &t->claim[at]),
	    .inode = dirs_inode(t->env->store->root, path),
	};
	h->foreign = t->claim[at].by == CLAIM_PATH && is_mutf7(t, path);
	h->wanted = t->env->wants(t->env->ctx, h->name ? h->name : path, NULL);
}

/* Nobody can tell whether it is there: of folders that are known that is enough
 * for not to be gone. */
static void add_doubtful(struct taker *t, const char *path)
{
	size_t n = t->c->view.nbase, len = strlen(path);
	char *below = xasprintf("%s/", path);

	if (base_at(t, path))
		add_here(t, path);
	for (size_t i = first_at(t, below);
	     i < n && strncmp(t->by_path[i]->path, below, len + 1) == 0; i++)
		add_here(t, t->by_path[i]->path);
	free(below);
}

static int found(void *ctx, const char *path, enum tree_find what)
{
	if (what == TREE_FOLDER)
		add_here(ctx, path);
	else
		add_doubtful(ctx, path);
	return 0;
}

static int claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int r = strcmp(x->name ? x->name : "", y->name ? y->name : "");

	if (r != 0)
		return r;
	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void settle_claims(struct taker *t)
{
	struct inventory *c = t->c;

	if (c->view.nhere > 1)
		qsort(t->claim, c->view.nhere, sizeof(*t->claim), claim_cmp);
	for (size_t i = 1; i < c->view.nhere; i++) {
		const struct claim *claim = &t->claim[i];
		if (claim->name && claim[-1].name &&
		    strcmp(claim->name, claim[-1].name) == 0)
			c->here[claim->at].name = NULL;
	}
	free(t->claim);
}

static void walk(struct taker *t)
{
	struct inventory *c = t->c;
	int root = t->env->store->root;

	/* -1: there is none yet. */
	if (root >= 0 && tree_walk(&t->tree, root, found, t) != 0)
		(void)maildir_error(&c->walk,
				    "cannot list the folders below the "
				    "Maildir root");
	settle_claims(t);
	c->view.here = c->here;
	c->view.here_complete = c->walk.code == ERR_NONE;
}

/* Whose messages are where. */

/* The same directory and the same mailbox as ever. */
static bool is_plain(const struct taker *t, const struct folders_base *b,
		     const struct folders_here *h)
{
	struct imap4_str wire = {b->wire, strlen(b->wire)};
	const struct mailbox *box = mailboxes_find(t->env->boxes, wire);

	if (!box || h->inode == 0 || h->inode != b->inode)
		return false;
	if (box->mailboxid && b->mailboxid &&
	    strcmp(box->mailboxid, b->mailboxid) != 0)
		return false;
	return b->uidvalidity == 0 || !(box->have & IMAP4_ST_UIDVALIDITY) ||
	       box->uidvalidity == b->uidvalidity;
}

/* Sets owner where it is plain, and plain[] for the base folders of these. */
static void match_plain(struct taker *t, bool *plain)
{
	struct inventory *c = t->c;

	for (size_t i = 0; i < c->view.nhere; i++) {
		struct folders_here *h = &c->here[i];
		const struct folders_base *b = base_at(t, h->path);
		if (!b || !is_plain(t, b, h))
			continue;
		h->owner = b->id;
		h->messages = h->owned = b->messages;
		plain[b - c->base] = true;
	}
}

static int clue_cmp(const void *a, const void *b)
{
	const struct clue *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->base > y->base) - (x->base < y->base);
}

static int add_clues(struct taker *t, size_t base)
{
	struct base_view v;

	if (state_load(t->env->store->state, t->c->base[base].id, &v, t->err) <
	    0)
		return -1;
	t->clue = xreallocarray(t->clue, t->nclues + v.n + 1, sizeof(*t->clue));
	for (size_t i = 0; i < v.n; i++) {
		const struct base_row *b = &v.row[i];
		if (fate_is_here((enum fate)b->fate))
			t->clue[t->nclues++] = (struct clue){
			    b->key, base, b->fate == FATE_LEFT_HERE};
	}
	base_view_release(&v);
	return 0;
}

static int collect_clues(struct taker *t, const bool *plain)
{
	const struct inventory *c = t->c;

	for (size_t i = 0; i < c->view.nbase; i++) {
		if (!plain[i] && c->base[i].uidvalidity != 0 &&
		    add_clues(t, i) < 0)
			return -1;
	}
	if (t->nclues > 1)
		qsort(t->clue, t->nclues, sizeof(*t->clue), clue_cmp);
	return 0;
}

/* The first with that key, or NULL. */
static const struct clue *find_clue(const struct taker *t, uint64_t key)
{
	size_t lo = 0, hi = t->nclues;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->clue[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->nclues && t->clue[lo].key == key ? &t->clue[lo] : NULL;
}

static void count_clues(const struct taker *t, const struct local_view *files,
			struct folders_tally *tally)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct clue *c = find_clue(t, files->row[i].key);
		for (; c && c < t->clue + t->nclues &&
		       c->key == files->row[i].key;
		     c++) {
			if (c->left)
				tally[c->base].left++;
			else
				tally[c->base].owned++;
		}
	}
}

static void find_owner(const struct taker *t, struct folders_here *h,
		       const struct local_view *files)
{
	const struct folders_base *base = t->c->base;
	size_t n = t->c->view.nbase;
	struct folders_tally *tally = xcalloc(n + 1, sizeof(*tally));

	count_clues(t, files, tally);
	size_t owner = folders_owner(base, tally, n, h->path);
	if (owner != SIZE_MAX) {
		h->owner = base[owner].id;
		h->owned = tally[owner].owned;
		h->left = tally[owner].left;
	}
	free(tally);
}

/* A folder that cannot be read is there, and nobody knows what is in it: what
 * it takes to remove it will fail. */
static void read_files(struct taker *t, struct folders_here *h)
{
	struct scan_opts opts = {0};
	struct local_view files;
	struct maildir dir;
	struct err err;

	if (maildir_open(t->env->store->root, h->path, false, &dir, &err) != 0)
		return;
	if (scan_folder(&dir, &opts, &files, &err) == 0) {
		h->messages = (uint32_t)files.n;
		find_owner(t, h, &files);
		local_view_release(&files);
	}
	maildir_close(&dir);
}

static int find_owners(struct taker *t)
{
	struct inventory *c = t->c;
	bool *plain = xcalloc(c->view.nbase + 1, sizeof(*plain));

	match_plain(t, plain);
	int r = collect_clues(t, plain);
	/* A database without rows recognises nothing. */
	for (size_t i = 0; r == 0 && c->view.nbase > 0 && i < c->view.nhere;
	     i++) {
		if (c->here[i].owner == 0)
			read_files(t, &c->here[i]);
	}
	free(t->clue);
	free(plain);
	return r;
}

int inventory_take(struct inventory *c, const struct inventory_env *env,
		   struct err *err)
{
	struct taker t = {.c = c,
			  .env = env,
			  .tree = store_tree(env->store->account),
			  .err = err};

	*c = (struct inventory){0};
	add_there(&t);
	if (state_folders(env->store->state, add_base, &t, err) < 0)
		return -1;
	c->view.base = c->base;
	index_paths(&t);
	walk(&t);
	int r = find_owners(&t);
	free(t.by_path);
	return r;
}

bool inventory_has_synced(const struct inventory *c)
{
	for (size_t i = 0; i < c->view.nbase; i++) {
		if (c->base[i].uidvalidity != 0)
			return true;
	}
	return false;
}

void inventory_name_nowhere(struct inventory *c, const char *prefix)
{
	for (size_t i = 0; i < c->view.nbase; i++) {
		struct folders_base *b = &c->base[i];
		if (place_is_nowhere(b->wire))
			b->name =
			    keep(c, xasprintf("%s" FOLDERS_TEMPORARY "%" PRId64,
					      prefix, b->id));
	}
}

void inventory_release(struct inventory *c)
{
	for (size_t i = 0; i < c->ntext; i++)
		free(c->text[i]);
	free(c->text);
	free(c->base);
	free(c->there);
	free(c->here);
	*c = (struct inventory){0};
}
