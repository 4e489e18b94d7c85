/* SPDX-License-Identifier: MIT */
#include "daemon/tokens.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "lib/util/buf.h"

#define CONTROL "imapsyncctl"

/* The one that was installed beside this program, else the one in $PATH.
 * Allocated. */
static char *find_control(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n > 0) {
		path[n] = '\0';
		char *slash = strrchr(path, '/');
		slash[1] = '\0';
		char *beside = xasprintf("%s" CONTROL, path);
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return xstrdup(CONTROL);
}

/* Appends a word as the shell takes it. */
static void add_quoted(struct buf *out, const char *word)
{
	int rc = buf_addc(out, '\'');

	for (; *word; word++)
		rc |= *word == '\'' ? buf_adds(out, "'\\''")
				    : buf_addc(out, *word);
	rc |= buf_addc(out, '\'');
	if (rc < 0)
		abort(); /* out of memory */
}

void tokens_set_commands(struct config *config)
{
	char *control = find_control();
	char *file = realpath(config->file, NULL);

	for (size_t i = 0; i < config->naccounts; i++) {
		struct config_account *a = &config->accounts[i];
		struct buf command;
		if (!a->oauth.provider)
			continue;
		buf_init(&command, SIZE_MAX / 2);
		add_quoted(&command, control);
		(void)buf_adds(&command, " -c ");
		add_quoted(&command, file ? file : config->file);
		(void)buf_adds(&command, " auth --refresh -- ");
		add_quoted(&command, a->name);
		a->token_command = command.data;
	}
	free(file);
	free(control);
}
