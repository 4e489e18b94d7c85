/* SPDX-License-Identifier: MIT */
#include "daemon/setup/keep_secret.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"

extern char **environ;

/* Runs a program with the secret and a line end on its stdin. 0: it exited 0.
 */
static int feed(char *const argv[], const char *secret)
{
	posix_spawn_file_actions_t actions;
	int fd[2], status = -1;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fd[0], STDIN_FILENO);
	int rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fd[0]);
	if (rc == 0) {
		/* SIGPIPE is ignored: one that does not read fails anyway. */
		(void)fs_write(fd[1], secret, strlen(secret));
		(void)fs_write(fd[1], "\n", 1);
	}
	(void)close(fd[1]);
	if (rc == 0 && waitpid(pid, &status, 0) < 0)
		status = -1;
	return rc == 0 && status == 0 ? 0 : -1;
}

/* A store that was set up: pass init makes that file. */
static bool has_pass(void)
{
	const char *dir = getenv("PASSWORD_STORE_DIR");
	const char *home = getenv("HOME");
	char *path =
	    dir ? xasprintf("%s/.gpg-id", dir)
		: xasprintf("%s/.password-store/.gpg-id", home ? home : "");
	bool there = access(path, R_OK) == 0;

	free(path);
	return there;
}

static bool in_pass(const char *secret, const char *account, char **line)
{
	char program[] = "pass", verb[] = "insert", more[] = "-m", f[] = "-f";
	char *entry = xasprintf("mail/%s", account);
	char *argv[] = {program, verb, more, f, entry, NULL};
	bool ok = has_pass() && feed(argv, secret) == 0;

	if (ok)
		*line = xasprintf("password_command = pass show %s", entry);
	free(entry);
	return ok;
}

static bool in_key_ring(const char *secret, const char *account, char **line)
{
	char program[] = "secret-tool", verb[] = "store";
	char key[] = "service", value[] = "imapsyncd", key2[] = "account";
	char *name = xstrdup(account);
	char *label = xasprintf("--label=imapsyncd %s", account);
	char *argv[] = {program, verb, label, key, value, key2, name, NULL};
	bool ok = getenv("DBUS_SESSION_BUS_ADDRESS") && feed(argv, secret) == 0;

	if (ok)
		*line = xasprintf("password_command = secret-tool lookup "
				  "service imapsyncd account %s",
				  account);
	free(name);
	free(label);
	return ok;
}

int keep_secret_file(const char *secret, const char *dir, const char *name,
		     struct err *err)
{
	char *text = xasprintf("%s\n", secret);
	int made = fs_make_dirs(AT_FDCWD, dir, true);
	int fd = made < 0 ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fs_write_durable(fd, name, text, strlen(text));

	if (rc < 0)
		(void)err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
				"cannot write '%s/%s'", dir, name);
	if (fd >= 0)
		fs_drop(fd);
	explicit_bzero(text, strlen(text));
	free(text);
	return rc;
}

int keep_secret(const char *secret, const char *account, const char *dir,
		char **line, struct err *err)
{
	if (in_pass(secret, account, line) ||
	    in_key_ring(secret, account, line))
		return 0;
	char *name = xasprintf("%s.password", account);
	int rc = keep_secret_file(secret, dir, name, err);
	if (rc == 0)
		*line = xasprintf("password_file = %s/%s", dir, name);
	free(name);
	return rc;
}
