/* SPDX-License-Identifier: MIT */
/* From the keys of a section to members of a struct, layer upon layer: the
 * table's defaults, [defaults], the provider's preset, the account. */
#include "config/draft.h"

#include <stdlib.h>
#include <string.h>

#include "config/mem.h"
#include "config/provider.h"
#include "config/suggest.h"
#include "config/typed.h"
#include "lib/util/ascii.h"

unsigned draft_line(const struct draft *d, const struct key *k)
{
	unsigned line = d->lines[keys_index(k)];

	return line > 0 ? line : d->line;
}

bool draft_is_bad(const struct draft *d, const struct key *k)
{
	return (d->bad & keys_bit(k)) != 0;
}

bool draft_has_text(const struct draft *d, const struct key *k)
{
	const char *object = d->object;

	return *(char *const *)(const void *)(object + k->offset) ||
	       draft_is_bad(d, k);
}

void draft_defaults(struct draft *d)
{
	struct typed_error ignored; /* only "~" without a home can fail */

	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (k->scope == d->scope && k->def)
			(void)typed_set(d->object, k, k->def, false, &ignored);
	}
}

static void unknown_key(const struct inifile_entry *entry, enum key_scope scope,
			const char *section, struct errlist *e)
{
	enum key_scope other = scope == KEY_GENERAL ? KEY_ACCOUNT : KEY_GENERAL;
	const char *near = suggest_key(scope, entry->key);
	char quoted[ERRLIST_QUOTE_MAX];

	(void)errlist_quote(entry->key, quoted);
	if (keys_find(other, entry->key)) {
		errlist_add(e, entry->line, "\"%s\" has no place in [%s]",
			    quoted, section);
		errlist_hint(e, "put it below %s",
			     other == KEY_GENERAL
				 ? "[general]"
				 : "[account NAME] or [defaults]");
	} else if (near) {
		errlist_add(e, entry->line,
			    "unknown key \"%s\" (did you mean \"%s\"?)", quoted,
			    near);
	} else {
		errlist_add(e, entry->line, "unknown key \"%s\"", quoted);
	}
}

static void apply_entry(struct draft *d, const struct inifile_entry *entry,
			uint64_t *set, struct errlist *e)
{
	const struct key *k = keys_find(d->scope, entry->key);
	bool again = (*set & keys_bit(k)) != 0;
	struct typed_error err;

	if (again && k->type != KEY_LIST && k->type != KEY_RULE) {
		errlist_add(e, entry->line,
			    "%s is given twice, first in line %u", k->name,
			    d->lines[keys_index(k)]);
		return;
	}
	if (!again) {
		d->lines[keys_index(k)] = entry->line;
		d->bad &= ~keys_bit(k);
	}
	*set |= keys_bit(k);
	if (typed_set(d->object, k, entry->value, again, &err) == 0)
		return;
	d->bad |= keys_bit(k);
	errlist_add(e, entry->line, "%s: %s", k->name, err.text);
	if (err.hint[0])
		errlist_hint(e, "%s", err.hint);
}

uint64_t draft_apply(struct draft *d, const struct inifile_section *sec,
		     struct errlist *e)
{
	uint64_t set = 0;

	for (size_t i = 0; i < sec->n; i++) {
		const struct inifile_entry *entry = &sec->entries[i];
		if (keys_find(d->scope, entry->key))
			apply_entry(d, entry, &set, e);
		else
			unknown_key(entry, d->scope, sec->name, e);
	}
	return set;
}

/* What is one choice is inherited as one: an account with a password_command
 * of its own does not also want the password_file of [defaults], and its own
 * rules replace those. */
static void drop_inherited(struct draft *d,
			   bool (*of_group)(const struct key *))
{
	bool own = false;

	for (size_t i = 0; i < d->section->n; i++) {
		const struct key *k =
		    keys_find(d->scope, d->section->entries[i].key);
		own = own || (k && of_group(k));
	}
	for (size_t i = 0; own && i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (!of_group(k))
			continue;
		typed_clear(d->object, k);
		d->lines[i] = 0;
		d->bad &= ~keys_bit(k);
	}
}

static bool is_rule(const struct key *k)
{
	return k->type == KEY_RULE;
}

/* The preset that applies: the account's, else that of [defaults]. */
static const struct provider *find_preset(const struct draft *d)
{
	const struct config_account *a = d->object;
	const char *name = a->provider;

	for (size_t i = 0; i < d->section->n; i++) {
		const struct inifile_entry *entry = &d->section->entries[i];
		if (strcmp(entry->key, "provider") == 0)
			name = entry->value;
	}
	for (size_t i = 0; name && provider_names[i]; i++) {
		if (ascii_same(name, provider_names[i]))
			return provider_find(provider_names[i]);
	}
	return NULL;
}

static void preset_text(struct draft *d, const struct key *k, const char *text)
{
	struct typed_error ignored; /* a test sets every preset */

	(void)typed_set(d->object, k, text, false, &ignored);
	d->lines[keys_index(k)] = 0;
	d->bad &= ~keys_bit(k);
}

static void apply_preset(struct draft *d, const struct provider *p)
{
	struct config_account *a = d->object;

	preset_text(d, KEYS_ACCOUNT(host), p->host);
	if (p->auth)
		preset_text(d, KEYS_ACCOUNT(auth), p->auth);
	a->port = p->port;
	a->tls = p->tls;
	d->lines[keys_index(KEYS_ACCOUNT(port))] = 0;
	d->lines[keys_index(KEYS_ACCOUNT(tls))] = 0;
}

/* In front of the account's own, so that these have the last word. */
static void add_preset_rules(struct config_account *a, const struct provider *p)
{
	size_t n = 0;

	while (p->exclude && p->exclude[n])
		n++;
	if (n == 0)
		return;
	a->rules = mem_grow(a->rules, a->nrules + n, sizeof(*a->rules));
	memmove(a->rules + n, a->rules, a->nrules * sizeof(*a->rules));
	for (size_t i = 0; i < n; i++) {
		a->rules[i] = (struct config_rule){
		    .include = false,
		    .pattern = mem_dup(p->exclude[i]),
		};
	}
	a->nrules += n;
	a->npreset = n;
}

/* The addresses alone say whose authorisation it is. */
static void derive_oauth(struct draft *d)
{
	struct config_account *a = d->object;
	const struct key *k = KEYS_ACCOUNT(oauth.provider);
	bool other = false;

	for (size_t i = 0; i < keys_count; i++)
		other = other || (keys_is_credential(&keys_table[i]) &&
				  draft_has_text(d, &keys_table[i]));
	if (other || !a->oauth.token_url)
		return;
	a->oauth.provider = mem_dup("own");
	d->lines[keys_index(k)] = draft_line(d, KEYS_ACCOUNT(oauth.token_url));
}

static void derive(struct draft *d, const struct provider *p,
		   const char *maildir_root)
{
	struct config_account *a = d->object;
	unsigned tls_line = d->lines[keys_index(KEYS_ACCOUNT(tls))];

	/* Whoever writes "ssh host imapd" does not expect TLS inside of it;
	 * mbsync has it so too. */
	if (a->tunnel && tls_line == 0)
		a->tls = CONFIG_TLS_NONE;
	if (p && a->tls != p->tls &&
	    d->lines[keys_index(KEYS_ACCOUNT(port))] == 0)
		a->port = 0;
	derive_oauth(d);
	if (a->port == 0)
		a->port = a->tls == CONFIG_TLS_IMPLICIT ? 993 : 143;
	if (!a->maildir && maildir_root &&
	    !draft_is_bad(d, KEYS_ACCOUNT(maildir)))
		a->maildir = mem_printf(
		    "%s/%s", strcmp(maildir_root, "/") ? maildir_root : "",
		    a->name);
	if (p)
		add_preset_rules(a, p);
}

void draft_account(struct draft *d, const struct inifile_section *defaults,
		   const char *maildir_root, struct errlist *e)
{
	struct config_account *a = d->object;

	draft_defaults(d);
	if (defaults)
		(void)draft_apply(d, defaults, NULL);
	const struct provider *p = find_preset(d);
	if (p)
		apply_preset(d, p);
	drop_inherited(d, keys_is_credential);
	drop_inherited(d, is_rule);
	a->set = draft_apply(d, d->section, e);
	derive(d, p, maildir_root);
}
