/* SPDX-License-Identifier: MIT */
/* Callers of imaplib write some syntax into their words: "(OR SEEN DELETED)",
 * "\"Ann Lee\"". That goes as it is, but only where it is one argument from its
 * first octet to its last, and stands where it may: what comes from somebody
 * else cannot close it and go on. */
#include "lib/client/words.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && strcmp(name + len - n, end) == 0;
}

void words_init(struct words *w, struct imap4_engine *e, const char *name)
{
	*w = (struct words){
	    .e = e,
	    .search = ends_with(name, "SEARCH") || ends_with(name, "SORT") ||
		      ends_with(name, "THREAD"),
	    .store = ends_with(name, "STORE"),
	};
}

/* Behind the quoted string that begins at p, or NULL: it has no end. */
static const char *behind_quoted(const char *p)
{
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && *++p == '\0')
			return NULL;
	}
	return *p ? p + 1 : NULL;
}

/* The same of a list in parentheses. */
static const char *behind_list(const char *p)
{
	size_t depth = 0;

	while (p && *p) {
		if (*p == '"') {
			p = behind_quoted(p);
			continue;
		}
		if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
		p++;
	}
	return NULL;
}

static bool is_quoted(const char *word)
{
	const char *end = word[0] == '"' ? behind_quoted(word) : NULL;

	return end && *end == '\0';
}

static bool is_list(const char *word)
{
	const char *end = word[0] == '(' ? behind_list(word) : NULL;

	return end && *end == '\0';
}

static bool is_set(const char *word)
{
	return word[0] && strspn(word, "0123456789:,*$") == strlen(word);
}

/* How many words behind this search key are text (RFC 9051 6.4.4). */
static unsigned texts_behind(const char *key)
{
	static const char *const keys[] = {"BCC",  "BODY",      "CC",
					   "FROM", "KEYWORD",   "SUBJECT",
					   "TEXT", "UNKEYWORD", "TO"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (ascii_same(key, keys[i]))
			return 1;
	}
	return ascii_same(key, "HEADER") ? 2 : 0;
}

/* Of STORE: FLAGS, +FLAGS.SILENT, X-GM-LABELS, ... */
static bool names_flags(const char *word)
{
	word += word[0] == '+' || word[0] == '-';
	return ascii_is(word, strcspn(word, "."), "FLAGS") ||
	       ascii_same(word, "X-GM-LABELS");
}

static void add_text(struct imap4_engine *e, const char *word)
{
	/* A blank in a mailbox's name, or in what is searched for. */
	imap4_engine_command_astring(e, (struct imap4_str){word, strlen(word)});
}

void words_add(struct words *w, const char *word)
{
	bool text = w->texts > 0;

	if (w->flags)
		words_add_list(w->e, word);
	else if (is_quoted(word) || (!text && is_list(word)))
		imap4_engine_command_syntax(w->e, word);
	else if (!text && is_set(word))
		imap4_engine_command_set(w->e, word);
	else
		add_text(w->e, word);
	if (text)
		w->texts--;
	else if (w->search)
		w->texts = texts_behind(word);
	w->flags = w->store && !w->flags && names_flags(word);
}

void words_add_list(struct imap4_engine *e, const char *text)
{
	if (text[0] == '(') {
		imap4_engine_command_syntax(e, text);
		return;
	}
	imap4_engine_command_open(e);
	if (text[0] != '\0')
		imap4_engine_command_syntax(e, text);
	imap4_engine_command_close(e);
}

/* ---- FETCH -------------------------------------------------------------- */

/* Behind one item: "BODY[HEADER.FIELDS (DATE)]<0.10>" is one. */
static const char *behind_item(const char *p)
{
	bool section = false;

	for (; *p && (section || *p != ' '); p++) {
		if (*p == '[')
			section = true;
		else if (*p == ']')
			section = false;
	}
	return p;
}

void words_add_items(struct imap4_engine *e, const char *items)
{
	const char *p = items, *end = items;
	unsigned n = 0;

	/* Up to the modifiers (RFC 4466 2.4), if there are any. */
	while (*p && *p != '(') {
		end = behind_item(p);
		n += end > p;
		p = end + strspn(end, " ");
	}
	if (n < 2) {
		imap4_engine_command_syntax(e, items);
		return;
	}
	char *list = strndup(items, (size_t)(end - items));
	imap4_engine_command_open(e);
	imap4_engine_command_syntax(e, list ? list : "");
	imap4_engine_command_close(e);
	free(list);
	if (*p)
		imap4_engine_command_syntax(e, p);
}
