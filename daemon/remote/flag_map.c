/* SPDX-License-Identifier: MIT */
#include "daemon/remote/flag_map.h"

#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

/* Longer ones do not fit the lines of dovecot-keywords. */
#define KEYWORD_BYTES 200

static const struct {
	uint32_t wire;
	uint64_t flag;
	const char *name;
} system_flags[] = {
    {IMAP4_FLAG_SEEN, FLAG_SEEN, "\\Seen"},
    {IMAP4_FLAG_ANSWERED, FLAG_ANSWERED, "\\Answered"},
    {IMAP4_FLAG_FLAGGED, FLAG_FLAGGED, "\\Flagged"},
    {IMAP4_FLAG_DELETED, FLAG_DELETED, "\\Deleted"},
    {IMAP4_FLAG_DRAFT, FLAG_DRAFT, "\\Draft"},
};
#define NSYSTEM (sizeof(system_flags) / sizeof(system_flags[0]))

static const char passed[] = "$Forwarded";

static uint64_t learn(struct flag_map *v, const char *name)
{
	struct keyword_table *t = v->table;

	if (t->n == KEYWORD_MAX)
		return 0;
	t->name[t->n++] = xstrdup(name);
	if (v->learned)
		v->learned(v->ctx, name);
	return KEYWORD_BIT(t->n - 1);
}

static uint64_t keyword(struct flag_map *v, struct imap4_str word)
{
	if (ascii_is(word.p, word.len, passed))
		return FLAG_PASSED;
	for (size_t i = 0; i < v->table->n; i++) {
		if (ascii_is(word.p, word.len, v->table->name[i]))
			return KEYWORD_BIT(i);
	}
	if (word.len == 0 || word.len > KEYWORD_BYTES || word.p[0] == '\\')
		return 0;
	char *name = xstrndup(word.p, word.len);
	uint64_t bit = learn(v, name);
	free(name);
	return bit;
}

uint64_t flag_map_flags(struct flag_map *v, uint32_t system,
			const struct imap4_str *words, size_t n)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < NSYSTEM; i++) {
		if (system & system_flags[i].wire)
			flags |= system_flags[i].flag;
	}
	for (size_t i = 0; i < n; i++)
		flags |= keyword(v, words[i]);
	return flags;
}

static uint64_t permanent_word(struct flag_map *v, struct imap4_str w)
{
	for (size_t i = 0; i < NSYSTEM; i++) {
		if (ascii_is(w.p, w.len, system_flags[i].name))
			return system_flags[i].flag;
	}
	/* RFC 9051 7.1: new keywords may be made, and so all can be stored. */
	if (ascii_is(w.p, w.len, "\\*"))
		return ~FLAG_SYSTEM | FLAG_PASSED;
	if (ascii_is(w.p, w.len, passed))
		return FLAG_PASSED;
	for (size_t i = 0; i < v->table->n; i++) {
		if (ascii_is(w.p, w.len, v->table->name[i]))
			return KEYWORD_BIT(i);
	}
	return 0;
}

uint64_t flag_map_permanent(struct flag_map *v, const struct imap4_str *words,
			    size_t n)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < n; i++)
		flags |= permanent_word(v, words[i]);
	return flags;
}

static int add_name(struct buf *out, const char *name)
{
	if (out->len > 0 && buf_addc(out, ' ') < 0)
		return -1;
	return buf_adds(out, name);
}

int flag_map_names(const struct keyword_table *table, uint64_t flags,
		   struct buf *out)
{
	for (size_t i = 0; i < NSYSTEM; i++) {
		if ((flags & system_flags[i].flag) &&
		    add_name(out, system_flags[i].name) < 0)
			return -1;
	}
	if ((flags & FLAG_PASSED) && add_name(out, passed) < 0)
		return -1;
	for (size_t i = 0; i < table->n; i++) {
		if ((flags & KEYWORD_BIT(i)) &&
		    add_name(out, table->name[i]) < 0)
			return -1;
	}
	return 0;
}
