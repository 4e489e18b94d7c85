/* SPDX-License-Identifier: MIT */
/* Folder names: no path leads out of the root or into a Maildir's own parts,
 * and each is the path of one name only.
 */
#include "daemon/maildir/tree.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

static void check_component(const struct tree *t, const char *s, size_t n)
{
	check(n > 0 && n <= 255);
	check(!(s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.'))));
	for (size_t i = 0; i < n; i++)
		check(!ascii_ctl(s[i]));
	if (t->layout == TREE_MAILDIRPP) {
		check(s[0] == '.' && !is(s, n, ".imapsyncd"));
		return;
	}
	check((s[0] != '.' || t->layout == TREE_DOT_BELOW) &&
	      !is(s, n, "cur") && !is(s, n, "new") && !is(s, n, "tmp") &&
	      !is(s, n, "dovecot-keywords"));
}

static void check_path(const struct tree *t, const char *path)
{
	check(!tree_is_flat(t->layout) || !strchr(path, '/'));
	check(t->layout == TREE_MAILDIRPP || strcmp(path, t->inbox) != 0);
	for (;;) {
		size_t n = strcspn(path, "/");
		check_component(t, path, n);
		if (path[n] == '\0')
			return;
		path += n + 1;
	}
}

static void from_name(const struct tree *t, const char *name, char delim)
{
	char path[1024], back[PATH_MAX], again[PATH_MAX];

	if (tree_path(t, name, delim, path, sizeof(path)) < 0)
		return;
	check(memchr(path, '\0', sizeof(path)));
	check(tree_name(t, path, back, sizeof(back)) == 0);
	check(tree_path(t, back, '/', again, sizeof(again)) == 0);
	check(strcmp(path, again) == 0);
	if (ascii_same(name, "INBOX")) {
		check(strcmp(back, "INBOX") == 0);
		return;
	}
	check_path(t, path);
	check(delim != '/' || strcmp(back, name) == 0);
	/* No room but for what it takes. */
	size_t len = strlen(path);
	char *tight = malloc(len + 1);
	check(tight);
	check(tree_path(t, name, delim, tight, len) == -1);
	check(tree_path(t, name, delim, tight, len + 1) == 0);
	free(tight);
}

static void from_path(const struct tree *t, const char *path)
{
	char name[PATH_MAX], again[PATH_MAX];

	int r = tree_name(t, path, name, sizeof(name));
	if (r < 0)
		return;
	check(tree_path(t, name, '/', again, sizeof(again)) == 0);
	check((strcmp(path, again) == 0) == (r == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tree tree[] = {
	    {TREE_FS, "INBOX", false},
	    {TREE_FS, "A/In", false},
	    {TREE_FS, "", false},
	    {TREE_FS, "%41", true},
	    {TREE_MAILDIRPP, "INBOX", true},
	    {TREE_MAILDIRPP, "INBOX", false},
	    {TREE_DOTTED, "A.In", false},
	    {TREE_DOTTED, "&AMQ-x", true},
	    {TREE_DOT_BELOW, "In", false},
	};
	static const size_t trees = sizeof(tree) / sizeof(tree[0]);
	static const char delims[] = {'/', '.', '\0', '\\', '%', 'A'};

	if (size < 1)
		return 0;
	const struct tree *t = &tree[data[0] % trees];
	char delim = delims[data[0] / trees % sizeof(delims)];
	char *text = strndup((const char *)data + 1, size - 1);
	check(text);
	from_name(t, text, delim);
	from_path(t, text);
	free(text);
	return 0;
}
