/* SPDX-License-Identifier: MIT */
/* Folder names to paths and back: pure. The walk over what is on disk is in
 * walk.c; that no path leaves the root does not rest on this file alone.
 */
#include "daemon/maildir/tree.h"

#include <limits.h>
#include <string.h>

#include "lib/util/ascii.h"

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
	const char *slash = strrchr(t->inbox, '/');

	return slash ? slash[1] : t->inbox[0];
}

/* Can it be that tree_path() has escaped this character? */
static bool may_escape(const struct tree *t, char c)
{
	if (ascii_ctl(c) || strchr("/.%", c))
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

/* Must the first character be escaped? */
static bool reserved(const struct tree *t, enum rules rules, const char *s,
		     size_t n, int level)
{
	static const char *const fs[] = {
	    "cur", "new", "tmp", "dovecot-keywords", "dovecot-keywords.lock"};

	if (t->layout == TREE_MAILDIRPP)
		return level == 0 && is_word(rules, s, n, "imapsyncd");
	for (size_t i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		if (is_word(rules, s, n, fs[i]))
			return true;
	}
	return s[0] == '.' || (rules == RULES_NOW && level == 0 &&
			       is_word(rules, s, n, "lost+found"));
}

static bool must_escape(const struct tree *t, const char *s, size_t n,
			char delim)
{
	char value;

	if (*s == '%')
		return slash_escape(s, n) ? delim != '/'
					  : escape(t, s, n, &value);
	return ascii_ctl(*s) || *s == '/' ||
	       (*s == '.' && t->layout == TREE_MAILDIRPP);
}

static void put_component(const struct tree *t, const char *s, size_t n,
			  char delim, bool first, struct out *o)
{
	if (n == 0)
		put_escaped(o, '\0');
	for (size_t i = 0; i < n && !o->full;) {
		size_t verbatim = delim == '/' ? slash_escape(s + i, n - i) : 0;
		if (i == 0 && first)
			verbatim = 0;
		if ((i == 0 && first) || must_escape(t, s + i, n - i, delim)) {
			put_escaped(o, s[i++]);
			continue;
		}
		put(o, s[i++]);
		for (; verbatim > 1; verbatim--)
			put(o, s[i++]);
	}
}

/* clear_inbox: the path would be the inbox's; the last component changes. */
static int put_path(const struct tree *t, enum rules rules, const char *name,
		    char delim, bool clear_inbox, struct out *o)
{
	size_t start = 0; /* of what is one name on disk */

	for (int level = 0;; level++) {
		const char *end = delim ? strchr(name, delim) : NULL;
		size_t n = end ? (size_t)(end - name) : strlen(name);
		bool first = n > 0 && (reserved(t, rules, name, n, level) ||
				       (clear_inbox && !end));
		if (level >= TREE_LEVELS)
			return -1;
		if (t->layout == TREE_MAILDIRPP)
			put(o, '.');
		put_component(t, name, n, delim, first, o);
		if (o->full || o->len - start > NAME_MAX)
			return -1;
		if (!end)
			return finish(o);
		if (t->layout == TREE_FS) {
			put(o, '/');
			start = o->len;
		}
		name = end + 1;
	}
}

static int path_by(const struct tree *t, enum rules rules, const char *name,
		   char delim, char *out, size_t cap)
{
	struct out o = {.p = out, .cap = cap};

	if (name[0] == '\0')
		return -1;
	if (ascii_same(name, "INBOX")) {
		const char *inbox = t->layout == TREE_FS ? t->inbox : "";
		for (; *inbox; inbox++)
			put(&o, *inbox);
		return finish(&o);
	}
	if (put_path(t, rules, name, delim, false, &o) < 0)
		return -1;
	if (t->layout == TREE_MAILDIRPP || strcmp(out, t->inbox) != 0)
		return 0;
	o = (struct out){.p = out, .cap = cap};
	return put_path(t, rules, name, delim, true, &o);
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
		size_t verbatim = slash_escape(s + i, n - i);
		char c;
		if (!verbatim && escape(t, s + i, n - i, &c)) {
			if (c == '\0')
				return -1;
			put(o, c);
			i += 3;
			continue;
		}
		put(o, s[i++]);
		for (; verbatim > 1; verbatim--)
			put(o, s[i++]);
	}
	return 0;
}

static int put_name(const struct tree *t, const char *path, struct out *o)
{
	char separator = t->layout == TREE_FS ? '/' : '.';

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
		path = end + 1;
	}
}

int tree_name(const struct tree *t, const char *path, char *out, size_t cap)
{
	const char *inbox = t->layout == TREE_FS ? t->inbox : "";
	struct out o = {.p = out, .cap = cap};

	if (strcmp(path, inbox) == 0) {
		for (const char *p = "INBOX"; *p; p++)
			put(&o, *p);
		return finish(&o);
	}
	if (put_name(t, path, &o) < 0)
		return -1;
	/* Of several paths that read alike, one is that of the folder. */
	if (has_path(t, RULES_NOW, out, path))
		return 0;
	return has_path(t, RULES_BEFORE, out, path) ? 1 : -1;
}
