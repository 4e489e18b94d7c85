/* SPDX-License-Identifier: MIT */
/* The command line of imapsyncd. */
#ifndef DAEMON_CLI_H
#define DAEMON_CLI_H

#include <stdbool.h>

struct cli {
	const char *config; /* -c, or NULL */
	unsigned verbose;
	bool quiet;
	bool once, dry_run, full;
	bool check_config, effective, connect;
	char **operands; /* ACCOUNT[/FOLDER], NULL-terminated; borrowed from
			    argv */
};

/* 0: go on; 1: all is said (--help, --version), exit 0; -1: usage error, said
 * on stderr. */
int cli_parse(struct cli *cli, int argc, char **argv);

#endif
