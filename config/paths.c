/* SPDX-License-Identifier: MIT */
/* Paths as text, and the environment variables that hold them. Looks at the
 * disk only to follow symbolic links. */
#include "config/paths.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/mem.h"

#define CONFIG_NAME "imapsyncd/imapsyncd.ini"

/* The XDG specification: "All paths must be absolute. If an implementation
 * encounters a relative path it should consider the path invalid and ignore
 * it." */
static const char *env_path(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

char *paths_home(void)
{
	const char *home = env_path("HOME");
	struct passwd pw;
	struct passwd *found = NULL;
	char buf[4096];

	if (home)
		return mem_dup(home);
	if (getpwuid_r(getuid(), &pw, buf, sizeof(buf), &found) != 0 ||
	    !found || found->pw_dir[0] != '/')
		return NULL;
	return mem_dup(found->pw_dir);
}

/* Tidies in place. -1: there is a ".." in it, which names another directory
 * after a symbolic link than it seems to. */
static int tidy(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in) {
		in += strspn(in, "/");
		size_t len = strcspn(in, "/");
		if (len == 2 && strncmp(in, "..", 2) == 0)
			return -1;
		if (len > 0 && !(len == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return 0;
}

/* What follows "~" or "$HOME" in value, or NULL. */
static const char *behind_home(const char *value)
{
	const char *rest = NULL;

	if (value[0] == '~')
		rest = value + 1;
	else if (strncmp(value, "$HOME", 5) == 0)
		rest = value + 5;
	return rest && (*rest == '\0' || *rest == '/') ? rest : NULL;
}

char *paths_expand(const char *value, const char **why)
{
	const char *rest = behind_home(value);
	char *path;

	if (rest) {
		char *home = paths_home();
		if (!home) {
			*why = "needs a home directory, and $HOME is not set";
			return NULL;
		}
		path = mem_printf("%s%s", home, rest);
		free(home);
	} else if (value[0] == '/') {
		path = mem_dup(value);
	} else {
		*why = "is not an absolute path; begin it with / or ~/";
		return NULL;
	}
	*why = strlen(path) >= PATH_MAX ? "is too long for a path" : NULL;
	if (!*why && tidy(path) < 0)
		*why = "has a \"..\" in it; write the path without";
	if (*why) {
		free(path);
		return NULL;
	}
	return path;
}

char *paths_state_dir(const char **why)
{
	/* systemd.exec(5): several directories are separated by colons. */
	const char *unit = env_path("STATE_DIRECTORY");
	const char *xdg = env_path("XDG_STATE_HOME");

	if (unit) {
		char *first = mem_dup_len(unit, strcspn(unit, ":"));
		char *path = paths_expand(first, why);
		free(first);
		return path;
	}
	if (xdg) {
		char *dir = mem_printf("%s/imapsyncd", xdg);
		char *path = paths_expand(dir, why);
		free(dir);
		return path;
	}
	return paths_expand("~/.local/state/imapsyncd", why);
}

char *paths_runtime_dir(void)
{
	const char *unit = env_path("RUNTIME_DIRECTORY");
	const char *xdg = env_path("XDG_RUNTIME_DIR");
	const char *why;
	char *dir = NULL;
	char *path = NULL;

	if (unit)
		dir = mem_dup_len(unit, strcspn(unit, ":"));
	else if (xdg)
		dir = mem_printf("%s/imapsyncd", xdg);
	if (dir)
		path = paths_expand(dir, &why);
	free(dir);
	return path;
}

char **paths_config_files(void)
{
	const char *xdg = env_path("XDG_CONFIG_HOME");
	char *home = paths_home();
	char **list = NULL;

	if (xdg)
		mem_list_add(&list, mem_printf("%s/" CONFIG_NAME, xdg));
	else if (home)
		mem_list_add(&list,
			     mem_printf("%s/.config/" CONFIG_NAME, home));
	/* A build for /usr/local has its own place before the usual one. */
	if (strcmp(SYSCONFDIR, "/etc") != 0)
		mem_list_add(&list, mem_dup(SYSCONFDIR "/" CONFIG_NAME));
	mem_list_add(&list, mem_dup("/etc/" CONFIG_NAME));
	free(home);
	return list;
}

char *paths_canonical(const char *path)
{
	char *head = mem_dup(path);

	for (;;) {
		char *real = realpath(head, NULL);
		if (real) {
			const char *rest = path + strlen(head);
			char *all = strcmp(real, "/") == 0 && *rest == '/'
					? mem_dup(rest)
					: mem_printf("%s%s", real, rest);
			free(real);
			free(head);
			return all;
		}
		char *slash = strrchr(head, '/');
		if (!slash || slash == head)
			break;
		*slash = '\0';
	}
	free(head);
	return mem_dup(path);
}

bool paths_within(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	if (strcmp(outer, "/") == 0)
		return true;
	return strncmp(outer, inner, len) == 0 &&
	       (inner[len] == '\0' || inner[len] == '/');
}
