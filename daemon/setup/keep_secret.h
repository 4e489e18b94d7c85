/* SPDX-License-Identifier: MIT */
/* Puts a password where the account can find it again: into pass, into the
 * desktop's key ring (secret-tool), else into a file of its own (0600). It goes
 * to them by a pipe, never on a command line. */
#ifndef DAEMON_SETUP_KEEP_SECRET_H
#define DAEMON_SETUP_KEEP_SECRET_H

#include "daemon/base/err.h"

/* account: its name; dir: of the configuration file. *line, allocated: the line
 * of the configuration that leads to it. 0, or -1 and *err. */
int keep_secret(const char *secret, const char *account, const char *dir,
		char **line, struct err *err);
/* The file's part of it: writes dir/name, 0600. 0, or -1 and *err. */
int keep_secret_file(const char *secret, const char *dir, const char *name,
		     struct err *err);

#endif
