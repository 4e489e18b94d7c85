/* SPDX-License-Identifier: MIT */
/* imapsyncd: keeps Maildir folders and IMAP accounts identical. */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/base/harden.h"
#include "daemon/base/log.h"
#include "daemon/cli.h"
#include "daemon/daemon.h"
#include "daemon/tokens.h"

static enum log_level level(const struct cli *cli, const struct config *config)
{
	unsigned l = (unsigned)config->log_level;

	if (cli->quiet && l > LOG_WARNING)
		l = LOG_WARNING;
	l += cli->verbose;
	return l > LOG_WIRE ? LOG_WIRE : (enum log_level)l;
}

static int check(const struct cli *cli, struct config *config)
{
	if (cli->effective) {
		if (config_dump(config, stdout) < 0)
			return ERR_IO;
	} else {
		/* With --connect each account says whether it is. */
		printf("%s: %s%zu account%s\n", config->file,
		       cli->connect ? "" : "ok, ", config->naccounts,
		       config->naccounts == 1 ? "" : "s");
		(void)config_unused_keys(config, stdout);
	}
	tokens_set_commands(config);
	return cli->connect ? daemon_connect(config) : 0;
}

int main(int argc, char **argv)
{
	struct config_errors errors = {0};
	struct config *config;
	struct cli cli;

	int r = cli_parse(&cli, argc, argv);
	if (r != 0)
		return r < 0 ? ERR_USAGE : 0;
	harden_process();
	log_init(LOG_INFO);
	if (config_load(cli.config, &config, &errors) < 0) {
		(void)fputs(errors.text ? errors.text : "out of memory\n",
			    stderr);
		config_errors_release(&errors);
		return ERR_CONFIG;
	}
	log_set_level(level(&cli, config));
	if (!cli.check_config)
		tokens_set_commands(config);
	if (!cli.once && !cli.check_config)
		return daemon_serve(&cli, config);
	int status = cli.once ? daemon_once(&cli, config) : check(&cli, config);
	config_free(config);
	if (fflush(stdout) != 0 && status == 0)
		status = ERR_IO;
	return status;
}
