/* SPDX-License-Identifier: MIT */
#include "daemon/core/folders/folder_name.h"

#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

/* '/' before everything but the end. */
static int rank(char c)
{
	if (c == '\0')
		return 0;
	return c == '/' ? 1 : (unsigned char)c + 1;
}

int folder_name_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

int folder_name_fold_cmp(const char *a, const char *b)
{
	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return rank(ascii_lower(*a)) - rank(ascii_lower(*b));
}

bool folder_name_below(const char *name, const char *top)
{
	size_t n = strlen(top);

	return strncmp(name, top, n) == 0 && name[n] == '/';
}

bool folder_name_inbox(const char *name)
{
	return ascii_same(name, "INBOX");
}

size_t folder_name_alike(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), levels = 0;

	while (na > 0 && nb > 0 && a[na - 1] == b[nb - 1]) {
		na--;
		nb--;
		levels += a[na] == '/';
	}
	/* One of them, or both, may begin where the other's level does. */
	if ((na == 0 || a[na - 1] == '/') && (nb == 0 || b[nb - 1] == '/'))
		levels++;
	return levels;
}

static bool is_inbox(const char *level, size_t n)
{
	return ascii_is(level, n, "INBOX");
}

/* What is not the prefix: a mailbox of its own there. */
static enum folders_why levels_refused(const char *name,
				       const struct folders_policy *policy)
{
	for (const char *level = name;;) {
		const char *end = strchr(level, '/');
		size_t n = end ? (size_t)(end - level) : strlen(level);
		if (n == 0)
			return FOLDERS_WHY_NAME;
		if (policy->delim != '/' && policy->delim != '\0' &&
		    memchr(level, policy->delim, n))
			return FOLDERS_WHY_DELIMITER;
		if (!end)
			return FOLDERS_WHY_NONE;
		if (policy->delim == '\0')
			return FOLDERS_WHY_DELIMITER;
		level = end + 1;
	}
}

enum folders_why folder_name_refused(const char *name,
				     const struct folders_policy *policy)
{
	if (!name || !utf8_valid(name, strlen(name)))
		return FOLDERS_WHY_NAME;
	for (const char *p = name; *p; p++) {
		/* "%2F" is a '/' inside a level: no less trouble there. */
		if (ascii_ctl(*p) || *p == '*' || *p == '%')
			return FOLDERS_WHY_NAME;
	}
	size_t n = strlen(policy->prefix);
	if (folder_name_inbox(name))
		return FOLDERS_WHY_INBOX;
	if (strncmp(name, policy->prefix, n) != 0)
		return FOLDERS_WHY_NAMESPACE;
	/* A server may take "inbox/x" for "INBOX/x", and "INBOX.INBOX" for
	 * INBOX: only the former can be told apart here, by its capitals. */
	const char *rest = name + n;
	size_t first = strcspn(rest, "/");
	if (is_inbox(rest, first) &&
	    (n > 0 || memcmp(rest, "INBOX", first) != 0))
		return FOLDERS_WHY_INBOX;
	return levels_refused(name, policy);
}
