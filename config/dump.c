/* SPDX-License-Identifier: MIT */
/* The configuration as text again: what is in effect, and which of it has no
 * effect yet. Driven by the key table alone. */
#include "config/config.h"

#include "config/keys.h"
#include "config/typed.h"
#include "lib/util/buf.h"

/* Over the size of any file that was read, defaults included. */
#define LINE_MAX_BYTES ((size_t)4 << 20)

static const char no_effect[] = "has no effect in this version";

static void dump_rules(const struct config_account *a, FILE *out)
{
	for (size_t i = 0; i < a->nrules; i++) {
		const struct config_rule *rule = &a->rules[i];
		(void)fprintf(out, "%s%s = %s%s\n", i < a->npreset ? "# " : "",
			      rule->include ? "include" : "exclude",
			      rule->pattern,
			      i < a->npreset ? " (of the provider)" : "");
	}
}

static void dump_key(const void *object, const struct key *k, FILE *out)
{
	struct buf text;

	buf_init(&text, LINE_MAX_BYTES);
	if (k->effect != KEY_WORKS)
		(void)fprintf(out, "# %s %s\n", k->name, no_effect);
	if (typed_print(object, k, &text))
		(void)fprintf(out, "%s = %s\n", k->name, text.data);
	else
		(void)fprintf(out, "# %s is not set\n", k->name);
	buf_release(&text);
}

static void dump_keys(const void *object, enum key_scope scope, FILE *out)
{
	bool rules_done = false;

	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (k->scope != scope)
			continue;
		if (k->type != KEY_RULE) {
			dump_key(object, k, out);
		} else if (!rules_done) {
			dump_rules(object, out);
			rules_done = true;
		}
	}
}

int config_dump(const struct config *c, FILE *out)
{
	(void)fprintf(out, "# %s\n[general]\n", c->file);
	dump_keys(c, KEY_GENERAL, out);
	for (size_t i = 0; i < c->naccounts; i++) {
		(void)fprintf(out, "\n[account %s]\n", c->accounts[i].name);
		dump_keys(&c->accounts[i], KEY_ACCOUNT, out);
	}
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}

static size_t print_unused(uint64_t set, const struct config_account *a,
			   const char *section, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if ((set & keys_bit(k)) == 0 || k->effect == KEY_WORKS)
			continue;
		(void)fprintf(out, "[%s%s] %s %s\n", section, a ? a->name : "",
			      k->name, no_effect);
		n++;
	}
	return n;
}

size_t config_unused_keys(const struct config *c, FILE *out)
{
	size_t n = print_unused(c->set, NULL, "general", out);

	n += print_unused(c->set_defaults, NULL, "defaults", out);
	for (size_t i = 0; i < c->naccounts; i++)
		n += print_unused(c->accounts[i].set, &c->accounts[i],
				  "account ", out);
	return n;
}
