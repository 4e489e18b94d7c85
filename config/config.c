/* SPDX-License-Identifier: MIT */
/* Finds the file, sorts its sections, builds the model from them and has it
 * checked. All errors of one run are told together. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "config/crosscheck.h"
#include "config/draft.h"
#include "config/errlist.h"
#include "config/inifile.h"
#include "config/keys.h"
#include "config/mem.h"
#include "config/paths.h"
#include "config/suggest.h"
#include "config/typed.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"

#define ACCOUNTS_MAX 1000

/* The file, taken apart but not understood. */
struct load {
	struct inifile ini;
	struct errlist errors;
	const struct inifile_section *general;  /* or NULL */
	const struct inifile_section *defaults; /* or NULL */
	const struct inifile_section **accounts;
	size_t naccounts;
};

/* The name behind "account ", or NULL: not the section of an account. */
static const char *account_of(const struct inifile_section *sec)
{
	const char *s = sec->name;

	if (strncmp(s, "account", 7) != 0)
		return NULL;
	size_t blanks = strspn(s + 7, " \t");
	return blanks > 0 || s[7] == '\0' ? s + 7 + blanks : NULL;
}

static void unknown_section(const struct inifile_section *sec,
			    struct errlist *e)
{
	static const char *const words[] = {"general", "defaults", "account",
					    NULL};
	size_t len = strcspn(sec->name, " \t");
	char *word = mem_dup_len(sec->name, len);
	const char *near = suggest_word(words, word);
	char quoted[ERRLIST_QUOTE_MAX];
	char rest[ERRLIST_QUOTE_MAX];

	(void)errlist_quote(sec->name, quoted);
	(void)errlist_quote(sec->name + len, rest);
	if (near)
		errlist_add(e, sec->line,
			    "unknown section [%s] (did you mean \"[%s%s]\"?)",
			    quoted, near,
			    strcmp(near, "account") == 0 ? rest : "");
	else
		errlist_add(e, sec->line, "unknown section [%s]", quoted);
	if (!near)
		errlist_hint(e, "there are [general], [defaults] and "
				"[account NAME]");
	free(word);
}

/* For a section that may stand once only. */
static void take_single(const struct inifile_section *sec,
			const struct inifile_section **slot, struct errlist *e)
{
	if (*slot)
		errlist_add(e, sec->line,
			    "[%s] is given twice, first in line %u", sec->name,
			    (*slot)->line);
	else
		*slot = sec;
}

static void take_account(struct load *l, const struct inifile_section *sec,
			 const char *name)
{
	const char *what = name[0] ? check_account_name(name) : NULL;
	char quoted[ERRLIST_QUOTE_MAX];

	if (name[0] == '\0') {
		errlist_add(&l->errors, sec->line, "the account has no name");
		errlist_hint(&l->errors, "write [account NAME]");
		return;
	}
	if (what) {
		errlist_add(&l->errors, sec->line, "account name \"%s\" %s",
			    errlist_quote(name, quoted), what);
		return;
	}
	for (size_t i = 0; i < l->naccounts; i++) {
		if (strcmp(account_of(l->accounts[i]), name) != 0)
			continue;
		errlist_add(&l->errors, sec->line,
			    "[account %s] is given twice, first in line %u",
			    name, l->accounts[i]->line);
		return;
	}
	if (l->naccounts == ACCOUNTS_MAX) {
		errlist_add(&l->errors, sec->line, "more than %d accounts",
			    ACCOUNTS_MAX);
		return;
	}
	l->accounts = mem_grow(l->accounts, l->naccounts + 1,
			       sizeof(const struct inifile_section *));
	l->accounts[l->naccounts++] = sec;
}

/* A secret in a file that others may read is one no longer. */
static void check_exposed(const struct load *l,
			  const struct inifile_section *sec, struct errlist *e)
{
	if (!S_ISREG(l->ini.st.st_mode) ||
	    (l->ini.st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return;
	for (size_t i = 0; i < sec->n; i++) {
		const struct inifile_entry *entry = &sec->entries[i];
		const struct key *k = keys_find(KEY_ACCOUNT, entry->key);
		if (!k || k->type != KEY_SECRET || !entry->value[0])
			continue;
		errlist_add(e, entry->line,
			    "%s stands in a file that others may read "
			    "(mode %04o)",
			    k->name, (unsigned)(l->ini.st.st_mode & 07777));
		errlist_hint(e, "chmod 600 %s", e->file);
	}
}

/* Nobody but root and ourselves may change it, or, a directory, what is in it;
 * where it is sticky, only the owners of what is in it may. */
static bool is_ours(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	       ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
		(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX)));
}

static void hint_ours(struct errlist *e, const struct stat *st,
		      const char *path)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		errlist_hint(e, "chown %u %s", (unsigned)geteuid(), path);
	else
		errlist_hint(e, "chmod go-w %s", path);
}

static void check_dir(const char *path, unsigned line, const char *what,
		      struct errlist *e)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || is_ours(&st))
		return;
	errlist_add(e, line, "others may write to %s (mode %04o)", what,
		    (unsigned)(st.st_mode & 07777));
	hint_ours(e, &st, path);
}

static bool is_command(const struct inifile_entry *entry)
{
	static const char *const commands[] = {"password_command",
					       "token_command", "tunnel",
					       "on_change", "on_error"};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(entry->key, commands[i]) == 0)
			return entry->value[0] != '\0';
	}
	return false;
}

static void check_command(const struct load *l,
			  const struct inifile_entry *entry, struct errlist *e)
{
	if (is_ours(&l->ini.st))
		return;
	errlist_add(e, entry->line,
		    "%s is a command in a file that others may write "
		    "(mode %04o)",
		    entry->key, (unsigned)(l->ini.st.st_mode & 07777));
	hint_ours(e, &l->ini.st, e->file);
}

/* Who can write a command here can run it as ourselves. */
static void check_commands(const struct load *l, struct errlist *e)
{
	const char *slash = strrchr(e->file, '/');
	bool any = false;

	if (!S_ISREG(l->ini.st.st_mode))
		return;
	for (size_t i = 0; i < l->ini.n; i++) {
		const struct inifile_section *sec = &l->ini.sections[i];
		for (size_t k = 0; k < sec->n; k++) {
			if (!is_command(&sec->entries[k]))
				continue;
			any = true;
			check_command(l, &sec->entries[k], e);
		}
	}
	if (!any)
		return;
	char *dir = slash ? mem_dup_len(e->file, (size_t)(slash - e->file) + 1)
			  : mem_dup(".");
	check_dir(dir, 0, "its directory, and it has commands", e);
	free(dir);
}

static void sort_sections(struct load *l)
{
	for (size_t i = 0; i < l->ini.n; i++) {
		const struct inifile_section *sec = &l->ini.sections[i];
		const char *name = account_of(sec);
		if (name)
			take_account(l, sec, name);
		else if (strcmp(sec->name, "general") == 0)
			take_single(sec, &l->general, &l->errors);
		else if (strcmp(sec->name, "defaults") == 0)
			take_single(sec, &l->defaults, &l->errors);
		else
			unknown_section(sec, &l->errors);
		check_exposed(l, sec, &l->errors);
	}
	check_commands(l, &l->errors);
	/* Where every header is wrong, that is what has to be said. */
	if (l->naccounts == 0 && l->errors.n == 0) {
		errlist_add(&l->errors, 0, "there is no account in it");
		errlist_hint(&l->errors, "add a section [account NAME]");
	}
}

static void clear_all(void *object, enum key_scope scope)
{
	for (size_t i = 0; i < keys_count; i++) {
		if (keys_table[i].scope == scope)
			typed_clear(object, &keys_table[i]);
	}
}

static void build_general(struct load *l, struct config *c, struct draft *d)
{
	const char *why = "";

	*d = (struct draft){.object = c,
			    .scope = KEY_GENERAL,
			    .line = l->general ? l->general->line : 0};
	draft_defaults(d);
	if (l->general)
		c->set = draft_apply(d, l->general, &l->errors);
	if (!c->state_dir && !draft_is_bad(d, KEYS_GENERAL(state_dir))) {
		c->state_dir = paths_state_dir(&why);
		if (!c->state_dir)
			errlist_add(&l->errors, d->line, "state_dir %s", why);
	}
	/* It has tokens, and says what may be deleted. */
	if (c->state_dir)
		check_dir(c->state_dir, d->line, "state_dir", &l->errors);
	if (!c->runtime_dir)
		c->runtime_dir = paths_runtime_dir();
	if (!c->runtime_dir && c->state_dir)
		c->runtime_dir = mem_dup(c->state_dir);
}

/* Its errors are told here, once, and not again for each account. */
static void check_defaults(struct load *l, struct config *c)
{
	struct config_account scratch = {0};
	struct draft d = {.object = &scratch, .scope = KEY_ACCOUNT};

	if (!l->defaults)
		return;
	c->set_defaults = draft_apply(&d, l->defaults, &l->errors);
	clear_all(&scratch, KEY_ACCOUNT);
}

/* Without a home directory there is no default of maildir_root. */
static void check_maildir(const struct draft *general, const struct draft *d,
			  struct errlist *e)
{
	const struct config_account *a = d->object;

	if (a->maildir || draft_is_bad(d, KEYS_ACCOUNT(maildir)) ||
	    draft_is_bad(general, KEYS_GENERAL(maildir_root)))
		return;
	errlist_add(e, d->line, "[account %s] has no maildir", a->name);
	errlist_hint(e, "set it, or maildir_root in [general]; there is no "
			"home directory");
}

static void build(struct load *l, struct config *c)
{
	struct draft general;
	struct draft *drafts = mem_zalloc(l->naccounts + 1, sizeof(*drafts));

	build_general(l, c, &general);
	check_defaults(l, c);
	c->accounts = mem_zalloc(l->naccounts + 1, sizeof(*c->accounts));
	for (size_t i = 0; i < l->naccounts; i++) {
		struct config_account *a = &c->accounts[i];
		a->name = mem_dup(account_of(l->accounts[i]));
		drafts[i] = (struct draft){.object = a,
					   .scope = KEY_ACCOUNT,
					   .line = l->accounts[i]->line,
					   .section = l->accounts[i]};
		draft_account(&drafts[i], l->defaults, c->maildir_root,
			      &l->errors);
		check_maildir(&general, &drafts[i], &l->errors);
		crosscheck_account(&drafts[i], &l->errors);
	}
	c->naccounts = l->naccounts;
	crosscheck_directories(&general, drafts, c->naccounts, &l->errors);
	free(drafts);
}

static void none_found(char *const *places, struct config_errors *errors)
{
	struct buf text;
	int rc;

	buf_init(&text, 65536);
	rc = buf_adds(&text, "no configuration file; looked for\n");
	for (size_t i = 0; places[i]; i++)
		rc |= buf_addf(&text, "  %s\n", places[i]);
	rc |= buf_addf(&text,
		       "  -> write one, for example %s:\n"
		       "[account home]\n"
		       "host = imap.example.org\n"
		       "user = ann\n"
		       "password_command = pass show mail/home\n"
		       "maildir = ~/Mail/home\n",
		       places[0]);
	if (rc < 0)
		abort();
	errors->text = text.data;
	errors->count = 1;
}

/* The first place where there is anything; one that cannot be read is an error
 * later on, not a reason to take the next. NULL: none. */
static char *find_file(const char *path, struct config_errors *errors)
{
	char *found = NULL;

	if (path)
		return mem_dup(path);
	char **places = paths_config_files();
	for (size_t i = 0; places[i] && !found; i++) {
		if (access(places[i], F_OK) == 0 ||
		    (errno != ENOENT && errno != ENOTDIR))
			found = mem_dup(places[i]);
	}
	if (!found)
		none_found(places, errors);
	mem_list_free(places);
	return found;
}

int config_load(const char *path, struct config **out,
		struct config_errors *errors)
{
	struct load l = {.general = NULL};

	*errors = (struct config_errors){.text = NULL};
	char *file = find_file(path, errors);
	if (!file)
		return -1;
	struct config *c = mem_zalloc(1, sizeof(*c));
	c->file = file;
	errlist_init(&l.errors, file);
	if (inifile_read(file, &l.ini, &l.errors) == 0) {
		sort_sections(&l);
		build(&l, c);
	}
	free(l.accounts);
	inifile_release(&l.ini);
	size_t wrong = errlist_text(&l.errors, errors);
	errlist_release(&l.errors);
	if (wrong > 0) {
		config_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

struct config_account *config_find_account(const struct config *c,
					   const char *name, size_t len)
{
	for (size_t i = 0; i < c->naccounts; i++) {
		const char *have = c->accounts[i].name;
		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return &c->accounts[i];
	}
	return NULL;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->naccounts; i++) {
		clear_all(&c->accounts[i], KEY_ACCOUNT);
		free(c->accounts[i].name);
	}
	free(c->accounts);
	clear_all(c, KEY_GENERAL);
	free(c->file);
	free(c);
}

void config_errors_release(struct config_errors *errors)
{
	free(errors->text);
	*errors = (struct config_errors){.text = NULL};
}
