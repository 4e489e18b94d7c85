/* SPDX-License-Identifier: MIT */
/* The one table of all keys. It drives defaults, parsing, the dump and the
 * tests of the manual page; a new key is a new row. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_scope {
	KEY_GENERAL, /* [general], a member of struct config */
	KEY_ACCOUNT, /* [account NAME] and [defaults], of struct
		      * config_account */
};

enum key_type {
	KEY_BOOL,     /* bool; words, if given, stand for no and yes */
	KEY_TEXT,     /* char * */
	KEY_SECRET,   /* char *, never printed */
	KEY_PATH,     /* char *, absolute */
	KEY_PORT,     /* uint16_t */
	KEY_COUNT,    /* unsigned */
	KEY_DURATION, /* int64_t, milliseconds */
	KEY_SIZE,     /* uint64_t, bytes */
	KEY_PERCENT,  /* int */
	KEY_ENUM,     /* an enum: the index in words */
	KEY_LIST,     /* char **; words[0] means NULL, words[1] an empty list */
	KEY_RULE,     /* adds to struct config_account's rules */
};

/* What a key does in this version. */
enum key_effect {
	KEY_WORKS,
	KEY_UNUSED, /* accepted and checked, no effect yet */
};

struct key {
	const char *name;
	const char *help; /* one line */
	const char *def;  /* as in a file; NULL: not set, or worked out from
			   * other keys */
	const char *const *words; /* ENUM, BOOL, LIST; ends with NULL */
	/* TEXT, LIST: the values or elements there are, or NULL: any. */
	const char *const *accept;
	/* Complains about a value (TEXT) or an element (LIST): what is wrong,
	 * or NULL. */
	const char *(*check)(const char *value);
	int64_t min, max; /* COUNT, PORT, DURATION (ms), PERCENT, SIZE */
	size_t offset;
	enum key_scope scope;
	enum key_type type;
	enum key_effect effect;
	bool lower; /* TEXT, LIST: kept in lower case */
	bool none;  /* SIZE, DURATION, PERCENT: "none" is a value, kept as 0,
		     * for PERCENT as -1 */
};

/* The table; an index in it is the number of a key. */
extern const struct key keys_table[];
extern const size_t keys_count;
/* Enough for a row of the table as bit of a uint64_t (struct config.set). */
#define KEYS_MAX 64

/* NULL: there is no such key. */
const struct key *keys_find(enum key_scope scope, const char *name);
/* The key of the table that a member belongs to: KEYS_ACCOUNT(host). */
const struct key *keys_at(enum key_scope scope, size_t offset);
#define KEYS_ACCOUNT(member) \
	keys_at(KEY_ACCOUNT, offsetof(struct config_account, member))
#define KEYS_GENERAL(member) \
	keys_at(KEY_GENERAL, offsetof(struct config, member))
static inline size_t keys_index(const struct key *k)
{
	return (size_t)(k - keys_table);
}
static inline uint64_t keys_bit(const struct key *k)
{
	return (uint64_t)1 << keys_index(k);
}
/* Is it one of the six ways to the password? They are one choice. */
bool keys_is_credential(const struct key *k);

#endif
