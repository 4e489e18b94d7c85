/* SPDX-License-Identifier: MIT */
/* A new account at the end of a configuration file, which is otherwise left as
 * it is, to the byte. */
#ifndef DAEMON_SETUP_INI_SECTION_H
#define DAEMON_SETUP_INI_SECTION_H

#include "daemon/base/err.h"
#include "daemon/setup/discover.h"
#include "lib/util/buf.h"

#define SECTION_FILE_MAX ((size_t)1 << 20)

struct ini_section {
	char *file;      /* the configuration: links followed, absolute */
	char *dir;       /* that it is in */
	struct buf text; /* what is in it now; empty: it is not there */
	char *name;      /* of the account */
};

/* Reads the file (path NULL: the user's own) and chooses a name that no account
 * in it has. 0, or -1 and *err. */
int ini_section_open(const char *path, const struct discovery *d,
		     struct ini_section *out, struct err *err);
void ini_section_release(struct ini_section *s);

/* Writes the file with the account, whose password is where credential (a line)
 * says, to path in dir, durable, 0600. The values were checked by
 * discover_server() or are the user's own. 0, or -1 and *err. */
int ini_section_write(const struct ini_section *s, const struct discovery *d,
		      const char *credential, const char *dir, const char *name,
		      struct err *err);

#endif
