/* SPDX-License-Identifier: MIT */
#include "daemon/ctl/instance.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"

/* As systemd/imapsyncd@.service says; systemd.exec(5). */
#define RUNTIME_DIR "/run/imapsyncd"
#define STATE_DIR   "/var/lib/imapsyncd"

/* DIR/USER, owned; NULL: who we are is not known. */
static char *of_user(const char *dir)
{
	const struct passwd *pw = getpwuid(geteuid());

	return pw ? xasprintf("%s/%s", dir, pw->pw_name) : NULL;
}

struct call *instance_call(const struct config *config)
{
	struct call *call = call_open(config->runtime_dir);
	char *dir = call ? NULL : of_user(RUNTIME_DIR);

	if (dir)
		call = call_open(dir);
	free(dir);
	return call;
}

static bool has_database(const char *dir, const char *account)
{
	char *path = xasprintf("%s/%s.db", dir, account);
	bool there = access(path, R_OK | W_OK) == 0;

	free(path);
	return there;
}

char *instance_state_dir(const struct config *config, const char *account)
{
	char *dir = of_user(STATE_DIR);

	if (dir && !has_database(config->state_dir, account) &&
	    has_database(dir, account))
		return dir;
	free(dir);
	return xstrdup(config->state_dir);
}
