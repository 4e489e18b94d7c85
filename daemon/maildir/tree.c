/* SPDX-License-Identifier: MIT */
/* Folder names to paths and back: pure. The walk over what is on disk is in
 * walk.c; that no path leaves the root does not rest on this file alone.
 */
#include "daemon/maildir/tree.h"

#include <imap4/codec.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

/* Text with a limit: overflow is remembered, not written. */
struct out {
	char *p;
	size_t cap, len;
	bool full;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 >= o->cap) {
		o->full = true;
		return;
	}
	o->p[o->len++] = c;
}

static void put_escaped(struct out *o, char c)
{
	static const char hex[] = "0123456789ABCDEF";

	put(o, '%');
	put(o, hex[(unsigned char)c >> 4]);
	put(o, hex[(unsigned char)c & 15]);
}

static int finish(struct out *o)
{
	if (o->full || o->cap == 0)
		return -1;
	o->p[o->len] = '\0';
	return 0;
}

/* Upper case only: the fewer texts read as an escape, the better. */
static int hex_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char first_of_inbox(const struct tree *t)
{
	char separator = t->layout == TREE_DOTTED ? '.' : '/';
	const char *last = strrchr(t->inbox, separator);

	return last ? last[1] : t->inbox[0];
}

/* Can it be that tree_path() has escaped this character? */
static bool may_escape(const struct tree *t, char c)
{
	if (ascii_ctl(c) || strchr("/.%", c) ||
	    (t->mutf7 && (unsigned char)c >= 0x80))
		return true;
	if (t->layout == TREE_MAILDIRPP)
		return ascii_lower(c) == 'i';
	return strchr("cntdl", ascii_lower(c)) || c == first_of_inbox(t);
}

/* Reads the %XX at the beginning of the n bytes at s. */
static bool escape(const struct tree *t, const char *s, size_t n, char *out)
{
	if (n < 3 || s[0] != '%' || hex_value(s[1]) < 0 || hex_value(s[2]) < 0)
		return false;
	char c = (char)(hex_value(s[1]) * 16 + hex_value(s[2]));
	if (!may_escape(t, c))
		return false;
	*out = c;
	return true;
}

/* %2F, %252F, %25252F ...: how a name with '/' between its levels writes a '/',
 * or a text that looks like that, inside one. Returns the length, or 0. */
static size_t slash_escape(const char *s, size_t n)
{
	size_t i = 1;

	if (n < 3 || s[0] != '%')
		return 0;
	while (n - i >= 2 && memcmp(s + i, "25", 2) == 0)
		i += 2;
	return n - i >= 2 && memcmp(s + i, "2F", 2) == 0 ? i + 2 : 0;
}

/* Whose rules: earlier versions reserved names in any case, and did not know
 * the directory that file systems keep in their root. */
enum rules { RULES_NOW, RULES_BEFORE };

static bool is_word(enum rules rules, const char *s, size_t n, const char *word)
{
	if (rules == RULES_BEFORE)
		return ascii_is(s, n, word);
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

/* Of a name that is a directory's, and may be the parts of a Maildir or a
 * file. */
static bool reserved_directory(enum rules rules, const char *s, size_t n,
			       int level)
{
	static const char *const words[] = {
	    "cur", "new", "tmp", "dovecot-keywords", "dovecot-keywords.lock"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(rules, s, n, words[i]))
			return true;
	}
	return rules == RULES_NOW && level == 0 &&
	       is_word(rules, s, n, "lost+found");
}

/* Must the first character be escaped? whole: there is no other level. */
static bool reserved(const struct tree *t, enum rules rules, const char *s,
		     size_t n, int level, bool whole)
{
	switch (t->layout) {
	case TREE_MAILDIRPP:
		return level == 0 && is_word(rules, s, n, "imapsyncd");
	case TREE_DOTTED:
		return whole && reserved_directory(rules, s, n, level);
	case TREE_DOT_BELOW:
		return s[0] == '.' ||
		       (level == 0 && reserved_directory(rules, s, n, level));
	default:
		return s[0] == '.' || reserved_directory(rules, s, n, level);
	}
}

/* How many of the n bytes at s stand for themselves: a character, or none. */
static size_t verbatim(const struct tree *t, const char *s, size_t n,
		       char delim)
{
	size_t slash = slash_escape(s, n), end = 0;
	uint32_t cp;
	char value;

	if (*s == '%' && slash)
		return delim == '/' ? slash : 0;
	if (*s == '%')
		return !escape(t, s, n, &value);
	/* Modified UTF-7 can hold nothing else. */
	if (t->mutf7 && (unsigned char)*s >= 0x80)
		return utf8_next(s, n, &end, &cp) < 0 ? 0 : end;
	return !ascii_ctl(*s) && *s != '/' &&
	       !(*s == '.' && tree_is_flat(t->layout));
}

static void put_component(const struct tree *t, const char *s, size_t n,
			  char delim, bool first, struct out *o)
{
	if (n == 0)
		put_escaped(o, '\0');
	for (size_t i = 0; i < n && !o->full;) {
		size_t plain =
		    i == 0 && first ? 0 : verbatim(t, s + i, n - i, delim);
		if (plain == 0)
			put_escaped(o, s[i++]);
		for (; plain > 0; plain--)
			put(o, s[i++]);
	}
}

static void put_separator(const struct tree *t, struct out *o)
{
	if (!tree_is_flat(t->layout))
		put(o, '/');
	if (t->layout != TREE_FS)
		put(o, '.');
}

/* clear_inbox: the path would be the inbox's; the last component changes. */
static int put_path(const struct tree *t, enum rules rules, const char *name,
		    char delim, bool clear_inbox, struct out *o)
{
	if (t->layout == TREE_MAILDIRPP)
		put(o, '.');
	for (int level = 0;; level++) {
		const char *end = delim ? strchr(name, delim) : NULL;
		size_t n = end ? (size_t)(end - name) : strlen(name);
		bool whole = level == 0 && !end;
		bool first =
		    n > 0 && (reserved(t, rules, name, n, level, whole) ||
			      (clear_inbox && !end));
		if (level >= TREE_LEVELS)
			return -1;
		put_component(t, name, n, delim, first, o);
		if (o->full)
			return -1;
		if (!end)
			return finish(o);
		put_separator(t, o);
		name = end + 1;
	}
}

static bool fits(const char *path)
{
	for (;; path++) {
		size_t n = strcspn(path, "/");
		if (n > NAME_MAX)
			return false;
		path += n;
		if (*path == '\0')
			return true;
	}
}

static int write_path(const struct tree *t, enum rules rules, const char *name,
		      char delim, bool clear_inbox, char *out, size_t cap)
{
	char utf8[PATH_MAX];
	struct out o = {.p = t->mutf7 ? utf8 : out,
			.cap = t->mutf7 ? sizeof(utf8) : cap};

	if (put_path(t, rules, name, delim, clear_inbox, &o) < 0 ||
	    (t->mutf7 && imap4_mutf7_encode(utf8, o.len, out, cap) < 0))
		return -1;
	return fits(out) ? 0 : -1;
}

static const char *path_of_inbox(const struct tree *t)
{
	return t->layout == TREE_MAILDIRPP ? "" : t->inbox;
}

static int path_by(const struct tree *t, enum rules rules, const char *name,
		   char delim, char *out, size_t cap)
{
	struct out o = {.p = out, .cap = cap};

	if (name[0] == '\0')
		return -1;
	if (ascii_same(name, "INBOX")) {
		const char *inbox = path_of_inbox(t);
		for (; *inbox; inbox++)
			put(&o, *inbox);
		return finish(&o);
	}
	if (write_path(t, rules, name, delim, false, out, cap) < 0)
		return -1;
	if (t->layout == TREE_MAILDIRPP || strcmp(out, t->inbox) != 0)
		return 0;
	return write_path(t, rules, name, delim, true, out, cap);
}

int tree_path(const struct tree *t, const char *name, char delim, char *out,
	      size_t cap)
{
	return path_by(t, RULES_NOW, name, delim, out, cap);
}

static bool has_path(const struct tree *t, enum rules rules, const char *name,
		     const char *path)
{
	char again[PATH_MAX];

	return path_by(t, rules, name, '/', again, sizeof(again)) == 0 &&
	       strcmp(again, path) == 0;
}

/* -1: no component reads like that. */
static int put_plain(const struct tree *t, const char *s, size_t n,
		     struct out *o)
{
	if (n == 3 && memcmp(s, "%00", 3) == 0)
		return 0;
	for (size_t i = 0; i < n;) {
		size_t slash = slash_escape(s + i, n - i);
		char c;
		if (!slash && escape(t, s + i, n - i, &c)) {
			if (c == '\0')
				return -1;
			put(o, c);
			i += 3;
			continue;
		}
		put(o, s[i++]);
		for (; slash > 1; slash--)
			put(o, s[i++]);
	}
	return 0;
}

/* Moves *path behind what stands between two levels; false: it is not that. */
static bool next_level(const struct tree *t, const char **path)
{
	(*path)++;
	return t->layout != TREE_DOT_BELOW || *(*path)++ == '.';
}

static int put_name(const struct tree *t, const char *path, struct out *o)
{
	char separator = tree_is_flat(t->layout) ? '.' : '/';

	if (t->layout == TREE_MAILDIRPP && *path++ != '.')
		return -1;
	for (;;) {
		const char *end = strchr(path, separator);
		size_t n = end ? (size_t)(end - path) : strlen(path);
		if (put_plain(t, path, n, o) < 0)
			return -1;
		if (!end)
			return finish(o);
		put(o, '/');
		path = end;
		if (!next_level(t, &path))
			return -1;
	}
}

int tree_name(const struct tree *t, const char *path, char *out, size_t cap)
{
	struct out o = {.p = out, .cap = cap};
	char utf8[PATH_MAX];

	if (strcmp(path, path_of_inbox(t)) == 0) {
		for (const char *p = "INBOX"; *p; p++)
			put(&o, *p);
		return finish(&o);
	}
	if (t->mutf7 &&
	    imap4_mutf7_decode(path, strlen(path), utf8, sizeof(utf8)) < 0)
		return -1;
	if (put_name(t, t->mutf7 ? utf8 : path, &o) < 0)
		return -1;
	/* Of several paths that read alike, one is that of the folder. */
	if (has_path(t, RULES_NOW, out, path))
		return 0;
	return has_path(t, RULES_BEFORE, out, path) ? 1 : -1;
}

char *tree_display(const char *name, char delim)
{
	static const struct tree tree = {TREE_FS, "INBOX", false};
	char path[PATH_MAX], out[PATH_MAX];

	if (tree_path(&tree, name, delim, path, sizeof(path)) == 0 &&
	    tree_name(&tree, path, out, sizeof(out)) == 0)
		return xstrdup(out);
	/* No directory can have that name. */
	char *plain = xstrdup(name);
	for (char *p = plain; *p && delim; p++) {
		if (*p == delim)
			*p = '/';
	}
	return plain;
}
