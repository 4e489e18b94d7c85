/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/ctl/target.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/sentinel.h"

struct answer {
	struct target target;
	enum state_answer kind;
	int64_t now;
	size_t folders;    /* answered */
	size_t misfits;    /* that cannot be answered like that */
	uint64_t messages; /* that both sides had */
	bool found;        /* the folder that was named */
	struct err err;
};

static int put(struct answer *a, int64_t folder, uint32_t bound)
{
	static const enum state_answer other[] = {
	    [STATE_APPROVE] = STATE_RESTORE, [STATE_RESTORE] = STATE_APPROVE};
	struct state *s = a->target.state;

	if (state_answer_drop(s, folder, other[a->kind], &a->err) < 0)
		return -1;
	return state_answer_put(s, folder, a->kind, a->now, bound, &a->err);
}

static void say(const struct answer *a, const char *folder, uint64_t n)
{
	char *text = xasprintf(a->kind == STATE_APPROVE
				   ? "the next sync deletes %llu messages"
				   : "the next sync brings back %llu messages",
			       (unsigned long long)n);

	log_result(a->target.account->name, folder, text);
	free(text);
}

/* Its first pairing is held. */
static int answer_misfit(struct answer *a, const struct state_folder *f)
{
	struct state_pairing p = f->pairing;

	if (a->kind == STATE_RESTORE) {
		a->misfits++;
		return 0;
	}
	p.approved = p.held;
	if (state_folder_set_pairing(a->target.state, f->id, &p, &a->err) < 0)
		return -1;
	char *name = target_name(&a->target, f->path);
	log_result(a->target.account->name, name,
		   "the next sync pairs what is on both sides, and merges the "
		   "rest; nothing is deleted");
	free(name);
	a->folders++;
	return 0;
}

static int answer_folder(void *ctx, const struct state_folder *f)
{
	struct answer *a = ctx;
	uint32_t held = f->held_here + f->held_there;

	a->messages += f->messages;
	if (!target_is(&a->target, f->path))
		return 0;
	a->found = true;
	if (f->pairing.held != 0)
		return answer_misfit(a, f);
	if (held == 0)
		return 0;
	if (put(a, f->id, held) < 0)
		return -1;
	char *name = target_name(&a->target, f->path);
	say(a, name, held);
	free(name);
	a->folders++;
	return 0;
}

/* Is the Maildir root missing, or another database's? 1, 0, -1. */
static int root_is_lost(struct answer *a)
{
	struct sentinel says;
	int root =
	    maildir_root_open(a->target.account->maildir, false, &a->err);

	if (root < 0)
		return root == -2 ? 1 : -1;
	int r = sentinel_read(root, &says, &a->err);
	close(root);
	if (r < 0)
		return -1;
	return r == 1 || strcmp(says.id, state_id(a->target.state)) != 0;
}

static int answer_root(struct answer *a)
{
	int lost = root_is_lost(a);

	if (lost <= 0)
		return lost;
	uint32_t bound =
	    a->messages < UINT32_MAX ? (uint32_t)a->messages : UINT32_MAX;
	if (put(a, 0, bound) < 0)
		return -1;
	say(a, NULL, a->messages);
	a->folders++;
	return 0;
}

static int refuse_restore(struct answer *a)
{
	const char *folder = a->target.folder;

	err_set(&a->err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"it is held because it may be another mailbox: there is "
		"nothing to be restored");
	return err_hint(&a->err,
			"if it is the same mailbox: imapsyncctl approve "
			"%s%s%s (pairs and merges, deletes nothing)",
			a->target.account->name, folder ? "/" : "",
			folder ? folder : "");
}

/* It may be another mailbox's: there is but one answer, for all of it. */
static int answer_owner(struct answer *a)
{
	const char *name = a->target.account->name;

	if (a->kind == STATE_RESTORE)
		return refuse_restore(a);
	if (a->target.folder) {
		err_set(&a->err, ERR_HELD, ERR_SCOPE_ACCOUNT,
			"the whole account is held, because it may be another "
			"mailbox");
		return err_hint(&a->err,
				"if it is the same mailbox: imapsyncctl "
				"approve %s",
				name);
	}
	if (state_account_approve(a->target.state, &a->err) < 0)
		return -1;
	log_result(name, NULL,
		   "the next sync pairs Maildir and server anew, and merges "
		   "them; nothing is deleted");
	a->folders++;
	return 0;
}

static bool is_held(const struct state_account *account, const char *kind)
{
	return account->held && strncmp(account->held, kind, strlen(kind)) == 0;
}

static int answer_guards(struct answer *a, bool root)
{
	int r = state_folders(a->target.state, answer_folder, a, &a->err);

	if (r == 0 && root && !a->target.folder && a->folders == 0)
		r = answer_root(a);
	if (r == 0 && a->folders == 0 && a->misfits > 0)
		r = refuse_restore(a);
	return r;
}

static int answer_all(struct answer *a)
{
	struct state *s = a->target.state;
	struct state_account account;

	if (state_begin(s, &a->err) < 0)
		return -1;
	int r = state_account_get(s, &account, &a->err);
	if (r == 0) {
		r = is_held(&account, STATE_HELD_OWNER)
			? answer_owner(a)
			: answer_guards(a, is_held(&account, STATE_HELD_ROOT));
		state_account_release(&account);
	}
	if (r == 0)
		r = state_commit(s, &a->err);
	if (r < 0)
		state_rollback(s);
	return r;
}

static void finish(const struct answer *a)
{
	const char *name = a->target.account->name;

	if (a->folders == 0)
		log_result(name, a->target.folder, "nothing is held");
	else if (!target_wake(&a->target))
		log_at(LOG_INFO, name, NULL,
		       "no sync is running: imapsyncd --once %s", name);
}

int answer_guard(const struct config *config, const char *operand,
		 enum state_answer kind)
{
	struct answer a = {.kind = kind, .now = clock_wall()};

	if (target_open(config, operand, &a.target, &a.err) < 0) {
		log_err(LOG_ERROR,
			a.target.account ? a.target.account->name : NULL, NULL,
			&a.err);
		return (int)a.err.code;
	}
	int r = answer_all(&a);
	if (r == 0 && a.target.folder && !a.found) {
		err_set(&a.err, ERR_USAGE, ERR_SCOPE_FOLDER,
			"no such folder was synced");
		r = -1;
	}
	if (r == 0)
		finish(&a);
	else
		log_err(LOG_ERROR, a.target.account->name, a.target.folder,
			&a.err);
	target_close(&a.target);
	return r == 0 ? 0 : (int)a.err.code;
}
