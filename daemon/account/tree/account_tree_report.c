/* SPDX-License-Identifier: MIT */
/* Folders that are left alone, and why; and what a dry run would do with
 * folders. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/names.h"
#include "daemon/base/xalloc.h"

static const char *why_name(enum folders_why why)
{
	switch (why) {
	case FOLDERS_WHY_NAME:
		return "the server can have no such name";
	case FOLDERS_WHY_FOREIGN:
		return "its name is in modified UTF-7, and local_names = utf8";
	case FOLDERS_WHY_DELIMITER:
		return "its name contains the character that separates levels "
		       "on the server";
	case FOLDERS_WHY_INBOX:
		return "the server has but one INBOX";
	case FOLDERS_WHY_NAMESPACE:
		return "the server allows new folders only below its prefix";
	case FOLDERS_WHY_NOINFERIORS:
		return "its parent can have no folders below it";
	case FOLDERS_WHY_IN_THE_WAY:
		return "another folder has that name";
	case FOLDERS_WHY_EXCLUDED:
		return "it was renamed, and one of the names is excluded";
	default:
		return "the configuration does not allow it";
	}
}

static const char *where(const struct folders_action *f)
{
	return f->there ? "on the server" : "here";
}

static const char *elsewhere(const struct folders_action *f)
{
	return f->there ? "here" : "on the server";
}

static const char *why_held(const struct folders_action *f)
{
	switch (f->why) {
	case FOLDERS_WHY_MASS:
		return "most folders are gone at once, or INBOX";
	case FOLDERS_WHY_RESTORED:
		return "one side was restored from an older copy";
	default:
		return "more messages than looks like somebody deleted them";
	}
}

static void hint_answers(const struct account *a,
			 const struct folders_action *f, const char *approve,
			 struct err *err)
{
	const char *name = a->env.account->name;

	err_hint(err,
		 "%s: imapsyncctl approve %s/%s; to bring it back: "
		 "imapsyncctl restore %s/%s",
		 approve, name, f->base->name, name, f->base->name);
}

static void say_held(const struct account *a, const struct folders_action *f,
		     struct err *err)
{
	if (f->why == FOLDERS_WHY_RECREATED) {
		err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
			"held back: it was deleted and made anew on the "
			"server, with fewer messages than the %lu that are "
			"here",
			(unsigned long)f->messages);
		hint_answers(a, f, "if those here are to be deleted", err);
		return;
	}
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
		"held back: the folder is gone %s, with %lu messages; %s",
		f->there || f->here ? elsewhere(f) : "on both sides",
		(unsigned long)f->messages, why_held(f));
	hint_answers(a, f, "if it is to be removed", err);
}

static void say_gone(const struct account *a, const struct folders_action *f,
		     struct err *err)
{
	const char *why = "it has new messages, and may not be made again";

	if (f->why == FOLDERS_WHY_UNKNOWN)
		why = "the server does not tell what is in it";
	else if (f->why == FOLDERS_WHY_SPECIAL)
		why = "folders with a special use are not removed";
	else if (f->why == FOLDERS_WHY_EXCLUDED)
		why = "one of its names is excluded";
	else if (f->why == FOLDERS_WHY_POLICY)
		why = "the account's \"remove\" and \"delete\" want it so";
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
		"the folder is gone %s, and kept %s: %s", elsewhere(f),
		where(f), why);
	err_hint(err, "remove it, or make it again");
	(void)a;
}

static void say_refused(const struct folders_action *f, struct err *err)
{
	err_set(err, ERR_HELD, ERR_SCOPE_FOLDER,
		"the folder is only %s, and cannot be made %s: %s", where(f),
		elsewhere(f), why_name(f->why));
	err_hint(err, "rename it, or: exclude = ...");
}

/* The configuration wants it so: nobody has to do anything. */
static bool is_wanted(const struct folders_action *f)
{
	return f->why == FOLDERS_WHY_POLICY &&
	       (f->type == FOLDERS_GONE_HERE || f->type == FOLDERS_GONE_THERE ||
		f->type == FOLDERS_REFUSE);
}

static const char *shown_name(const struct folders_action *f)
{
	if (f->to)
		return f->to;
	return f->here ? f->here->path : f->base ? f->base->name : NULL;
}

static void report(struct account *a, const struct folders_action *f)
{
	struct err err;

	switch (f->type) {
	case FOLDERS_HOLD:
		a->report.totals.held += f->messages;
		say_held(a, f, &err);
		break;
	case FOLDERS_GONE_HERE:
	case FOLDERS_GONE_THERE:
		say_gone(a, f, &err);
		break;
	case FOLDERS_REFUSE:
		say_refused(f, &err);
		break;
	case FOLDERS_TWINS:
		err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
			"it is another name of a folder that is synced "
			"already");
		err_hint(&err, "remove one of them, or: exclude = ...");
		break;
	default:
		return;
	}
	if (is_wanted(f))
		log_at(LOG_DEBUG, a->env.account->name, shown_name(f), "%s",
		       err.text);
	else
		account_fail(a, shown_name(f), &err);
}

static bool matches_any(const struct account *a, const struct config_rule *rule)
{
	const struct folders_view *v = &a->cycle.tree.inventory.view;
	bool hit = false;

	for (size_t i = 0; i < a->boxes.n && !hit; i++)
		hit = config_rule_matches(rule, a->boxes.box[i].display,
					  a->boxes.box[i].attr);
	for (size_t i = 0; i < v->nhere && !hit; i++)
		hit = v->here[i].name &&
		      config_rule_matches(rule, v->here[i].name, 0);
	return hit;
}

/* A slip of the pen, and all that was to be mirrored is not. */
static void report_rule(struct account *a, const struct config_rule *rule,
			const struct names *there)
{
	const char *meant = config_rule_meant(rule, there->name);
	char *text = xasprintf("%s = %s matches no folder%s%s%s",
			       rule->include ? "include" : "exclude",
			       rule->pattern, meant ? " (did you mean \"" : "",
			       meant ? meant : "", meant ? "\"?)" : "");

	account_remark(a, text);
	free(text);
}

static void report_rules(struct account *a)
{
	const struct config_account *c = a->env.account;
	struct names there = {0};

	for (size_t i = 0; i < a->boxes.n; i++)
		names_add(&there, a->boxes.box[i].display);
	names_add(&there, NULL);
	for (size_t i = c->npreset; i < c->nrules; i++) {
		if (!matches_any(a, &c->rules[i]))
			report_rule(a, &c->rules[i], &there);
	}
	names_release(&there);
}

void account_tree_report(struct account *a)
{
	const struct folders_plan *plan = &a->cycle.tree.plan;

	if (!a->cycle.dirty)
		report_rules(a);
	for (size_t i = 0; i < plan->n; i++)
		report(a, &plan->action[i]);
}

/* A dry run. */

static char *line_of(const struct folders_action *f)
{
	switch (f->type) {
	case FOLDERS_CREATE_THERE:
	case FOLDERS_RECREATE_THERE:
		return xstrdup("create folder there");
	case FOLDERS_RENAME_HERE:
		return xasprintf("rename folder to=%s here", f->to);
	case FOLDERS_RENAME_THERE:
		return xasprintf("rename folder to=%s there", f->to);
	case FOLDERS_REMOVE_HERE:
		return xstrdup("remove folder here");
	case FOLDERS_REMOVE_THERE:
		return xstrdup("remove folder there");
	case FOLDERS_HOLD:
		return xasprintf("hold folder with %lu messages (guard)",
				 (unsigned long)f->messages);
	default:
		return NULL; /* CREATE_HERE: its own pass says so */
	}
}

/* What it finds counts as a difference. */
static char *verify_line_of(const struct folders_action *f)
{
	switch (f->type) {
	case FOLDERS_CREATE_THERE:
	case FOLDERS_CREATE_HERE:
		return xasprintf("the folder is only %s", where(f));
	case FOLDERS_RENAME_HERE:
	case FOLDERS_RENAME_THERE:
		return xasprintf(
		    "the folder was renamed to '%s' %s", f->to,
		    f->type == FOLDERS_RENAME_HERE ? "on the server" : "here");
	case FOLDERS_RECREATE_HERE:
	case FOLDERS_REMOVE_THERE:
	case FOLDERS_GONE_HERE:
	case FOLDERS_RECREATE_THERE:
	case FOLDERS_REMOVE_HERE:
	case FOLDERS_GONE_THERE:
		return xasprintf("the folder is gone %s", elsewhere(f));
	case FOLDERS_FORGET:
		return xstrdup("the folder is in the database only");
	default:
		return NULL;
	}
}

void account_tree_show(struct account *a)
{
	const struct folders_plan *plan = &a->cycle.tree.plan;
	bool verify = a->env.opts.folder.verify;
	bool any = false;

	for (size_t i = 0; i < plan->n; i++) {
		const struct folders_action *f = &plan->action[i];
		char *line = verify ? verify_line_of(f) : line_of(f);
		if (line)
			log_result(a->env.account->name,
				   f->from ? f->from : shown_name(f), line);
		any |= line != NULL;
		free(line);
	}
	if (any && verify && a->report.code < ERR_HELD)
		a->report.code = ERR_HELD;
}
