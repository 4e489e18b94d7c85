/* SPDX-License-Identifier: MIT */
/* Is an account's configuration still what it was? Driven by the key table. */
#include <string.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/typed.h"
#include "lib/util/buf.h"
#include "lib/util/fnv.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)

/* The NUL ends the text. */
static uint64_t add(uint64_t h, const char *text)
{
	return fnv_add(h, text, strlen(text) + 1);
}

static uint64_t add_rules(uint64_t h, const struct config_account *a)
{
	for (size_t i = 0; i < a->nrules; i++) {
		h = add(h, a->rules[i].include ? "include" : "exclude");
		h = add(h, a->rules[i].pattern);
	}
	return h;
}

static uint64_t add_key(uint64_t h, const struct config_account *a,
			const struct key *k)
{
	struct buf text;

	if (k->type == KEY_RULE)
		return h;
	/* Made of the rest (daemon/tokens.h), and of where the program is. */
	if (k == KEYS_ACCOUNT(token_command) && a->oauth.provider)
		return h;
	h = add(h, k->name);
	if (k->type == KEY_SECRET) {
		char *secret;
		memcpy(&secret, (const char *)a + k->offset, sizeof(secret));
		return secret ? add(h, secret) : h;
	}
	buf_init(&text, LINE_MAX_BYTES);
	if (typed_print(a, k, &text))
		h = add(h, text.data);
	buf_release(&text);
	return h;
}

uint64_t config_account_print(const struct config *c,
			      const struct config_account *a)
{
	uint64_t h = add(FNV_START, c->state_dir);

	h = add(h, a->name);
	for (size_t i = 0; i < keys_count; i++) {
		if (keys_table[i].scope == KEY_ACCOUNT)
			h = add_key(h, a, &keys_table[i]);
	}
	return add_rules(h, a);
}
