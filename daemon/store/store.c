/* SPDX-License-Identifier: MIT */
/* Opening an account's disk side. Database and Maildir root know each other: by
 * an id, so that nobody else's directory is taken for ours, and by a generation
 * that both count, so that an old copy of either is known as one. */
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/store_priv.h"

struct tree store_tree(const struct config_account *a)
{
	static const enum tree_layout fs[] = {
	    [CONFIG_SEPARATOR_SLASH] = TREE_FS,
	    [CONFIG_SEPARATOR_DOT] = TREE_DOTTED,
	    [CONFIG_SEPARATOR_SLASH_DOT] = TREE_DOT_BELOW,
	};

	return (struct tree){
	    .layout = a->layout == CONFIG_LAYOUT_FS ? fs[a->separator]
						    : TREE_MAILDIRPP,
	    .inbox = a->inbox,
	    .mutf7 = a->local_names == CONFIG_NAMES_MUTF7,
	};
}

int store_end(struct store *s, int r, struct err *err)
{
	if (r == 0)
		r = state_commit(s->state, err);
	if (r < 0)
		state_rollback(s->state);
	return r;
}

static int any_folder(void *ctx, const struct state_folder *f)
{
	(void)ctx;
	return f->uidvalidity != 0;
}

static int hold_root(struct store *s, const char *what, struct err *err)
{
	const char *name = s->account->name;
	char *held = xasprintf(STATE_HELD_ROOT "%s", what);
	int r = s->dry_run ? 0 : state_account_hold(s->state, held, err);

	free(held);
	if (r < 0)
		return -1;
	err_set(err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"'%s' %s: not treating this as deleted mail",
		s->account->maildir, what);
	return err_hint(err,
			"mount or restore it; or, to fetch all of it again: "
			"imapsyncctl restore %s; or, to delete all of it on "
			"the server: imapsyncctl approve %s",
			name, name);
}

/* What somebody has answered to the root's being gone. */
struct root_answer {
	struct store *store;
	enum state_answer kind;
	int64_t created;
	struct err *err;
};

/* It holds for each folder, and for all that was in it. */
static int answer_folder(void *ctx, const struct state_folder *f)
{
	const struct root_answer *a = ctx;

	if (f->uidvalidity == 0)
		return 0;
	if (state_folder_set_held(a->store->state, f->id, f->held_here,
				  f->held_there, STATE_HELD_ALL, a->err) < 0)
		return -1;
	return state_answer_put(a->store->state, f->id, a->kind, a->created,
				f->messages, a->err);
}

static int share_answer(struct store *s, struct root_answer *a)
{
	if (state_begin(s->state, a->err) < 0)
		return -1;
	int r = state_folders(s->state, answer_folder, a, a->err);
	if (r == 0)
		r = state_answer_drop(s->state, 0, a->kind, a->err);
	return store_end(s, r, a->err);
}

/* 1: go on, the folders have the answer; 0: there is none; -1. */
static int root_answered(struct store *s, struct err *err)
{
	static const enum state_answer kinds[] = {STATE_APPROVE, STATE_RESTORE};

	for (size_t i = 0; i < 2 && !s->dry_run; i++) {
		struct root_answer a = {
		    .store = s, .kind = kinds[i], .err = err};
		uint32_t bound;
		int r = state_answer_get(s->state, 0, kinds[i], &a.created,
					 &bound, err);
		if (r < 0)
			return -1;
		if (r == 0)
			return share_answer(s, &a) < 0 ? -1 : 1;
	}
	return 0;
}

static int make_folder(void *ctx, const struct state_folder *f)
{
	const struct root_answer *a = ctx;
	struct maildir dir;

	if (f->uidvalidity == 0)
		return 0;
	if (maildir_open(a->store->root, f->path, true, &dir, a->err) != 0)
		return -1;
	maildir_close(&dir);
	return 0;
}

/* The answer is about messages: the folders are there, and have none. */
static int make_folders(struct store *s, struct err *err)
{
	struct root_answer a = {.store = s, .err = err};

	return state_folders(s->state, make_folder, &a, err);
}

int store_write_sentinel(struct store *s, uint64_t generation, struct err *err)
{
	memcpy(s->says.id, state_id(s->state), SENTINEL_ID);
	s->says.generation = generation;
	if (s->dry_run)
		return 0;
	return sentinel_write(s->root, &s->says, s->account->name, err);
}

/* One side is older than the other remembers: nothing that it lacks proves
 * anything, until somebody has looked. */
static int hold_all(struct store *s, const char *what, uint64_t newest,
		    struct err *err)
{
	log_at(LOG_WARNING, s->account->name, NULL,
	       "the %s was restored from an older copy: what it lacks is not "
	       "taken for deleted",
	       what);
	if (state_begin(s->state, err) < 0)
		return -1;
	char *reason =
	    xasprintf("the %s was restored from an older copy", what);
	int r = state_folders_set_hold(s->state, reason, err);
	if (r == 0)
		r = state_generation_raise(s->state, newest + 1, err);
	free(reason);
	if (store_end(s, r, err) < 0)
		return -1;
	return store_write_sentinel(s, newest + 1, err);
}

static int check_generation(struct store *s, uint64_t there, struct err *err)
{
	uint64_t here;

	if (state_generation(s->state, &here, err) < 0)
		return -1;
	if (there < here)
		return hold_all(s, "Maildir", here, err);
	/* One more: the sentinel is written first, see store_touch(). */
	if (there > here + 1)
		return hold_all(s, "database", there, err);
	return 0;
}

static bool is_tied(const struct store *s)
{
	return strcmp(s->says.id, state_id(s->state)) == 0;
}

/* Ties the root that is there to the database, or finds that it is. */
static int tie_root(struct store *s, bool known, struct err *err)
{
	uint64_t generation;

	if (is_tied(s))
		return check_generation(s, s->says.generation, err);
	if (known) {
		int answered = root_answered(s, err);
		if (answered < 0)
			return -1;
		if (!answered)
			return hold_root(s,
					 s->says.id[0]
					     ? "belongs to another database"
					     : "is not the directory of "
					       "the last sync (.imapsyncd "
					       "is missing)",
					 err);
		if (make_folders(s, err) < 0)
			return -1;
	}
	/* A root whose database was lost, or that another program filled: its
	 * files are recognised by name or by content. */
	if (state_generation(s->state, &generation, err) < 0)
		return -1;
	return store_write_sentinel(s, generation, err);
}

static int make_root(struct store *s, struct err *err)
{
	s->root = maildir_root_open(s->account->maildir, true, err);
	return s->root < 0 ? -1 : 0;
}

int store_tie(struct store *s, struct err *err)
{
	int known = state_folders(s->state, any_folder, NULL, err);

	if (known < 0)
		return -1;
	if (s->root < 0 && known) {
		int answered = root_answered(s, err);
		if (answered <= 0)
			return answered < 0 ? -1
					    : hold_root(s, "is missing", err);
		if (make_root(s, err) < 0 || make_folders(s, err) < 0)
			return -1;
		known = false; /* nothing in it is anybody else's */
	}
	if (s->root < 0 && s->dry_run)
		return 0;
	if (s->root < 0 && make_root(s, err) < 0)
		return -1;
	return tie_root(s, known, err);
}

int store_facts(struct store *s, const struct state_account *a,
		struct hold_facts *out, struct err *err)
{
	int known = state_folders(s->state, any_folder, NULL, err);

	if (known < 0)
		return -1;
	int r = s->root < 0 ? 1 : sentinel_read(s->root, &s->says, err);
	if (r < 0)
		return -1;
	if (r > 0)
		s->says = (struct sentinel){.generation = 0};
	*out = (struct hold_facts){
	    .database = hold_whose(a->owner, s->owner),
	    .root = hold_whose(s->says.owner, s->owner),
	    .synced = known,
	    .tied = is_tied(s),
	};
	return 0;
}

static int open_root(struct store *s, struct err *err)
{
	struct state_account a;
	struct hold_facts facts;

	s->root = maildir_root_open(s->account->maildir, false, err);
	if (s->root == -1 || state_account_get(s->state, &a, err) < 0)
		return -1;
	/* Missing: -2. */
	s->root = s->root < 0 ? -1 : s->root;
	int r = store_facts(s, &a, &facts, err);
	state_account_release(&a);
	if (r < 0)
		return -1;
	s->doubtful = hold_judge(&facts) != HOLD_NOT;
	return s->doubtful ? 0 : store_tie(s, err);
}

int store_open(struct store *s, const struct config *config,
	       const struct config_account *account, bool dry_run,
	       struct err *err)
{
	*s = (struct store){.config = config,
			    .account = account,
			    .dry_run = dry_run,
			    .root = -1};
	(void)hold_owner(s->owner, account->user, account->host);
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

void store_rest(struct store *s)
{
	s->touched = false;
}

int store_touch(struct store *s, struct err *err)
{
	uint64_t generation;

	if (s->touched)
		return 0;
	if (state_generation(s->state, &generation, err) < 0 ||
	    store_write_sentinel(s, generation + 1, err) < 0 ||
	    state_generation_raise(s->state, generation + 1, err) < 0)
		return -1;
	s->touched = true;
	return 0;
}
