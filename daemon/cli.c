/* SPDX-License-Identifier: MIT */
#include "daemon/cli.h"

#include <getopt.h>
#include <stdio.h>

enum {
	OPT_ONCE = 256,
	OPT_DRY_RUN,
	OPT_FULL,
	OPT_CHECK_CONFIG,
	OPT_EFFECTIVE,
	OPT_CONNECT,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"once", no_argument, NULL, OPT_ONCE},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"full", no_argument, NULL, OPT_FULL},
    {"check-config", no_argument, NULL, OPT_CHECK_CONFIG},
    {"effective", no_argument, NULL, OPT_EFFECTIVE},
    {"connect", no_argument, NULL, OPT_CONNECT},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: imapsyncd [-c FILE] [-v]...\n"
    "       imapsyncd [-c FILE] [-v]... --once [-q] [--dry-run] [--full] "
    "[ACCOUNT[/FOLDER]]...\n"
    "       imapsyncd [-c FILE] --check-config [--effective] [--connect]\n"
    "       imapsyncd --version | --help\n";

static const char help[] =
    "\nKeeps Maildir folders and IMAP accounts identical. Without --once it "
    "runs until\nSIGTERM, as a service.\n"
    "\n"
    "  -c, --config FILE   the INI file (else ~/.config/imapsyncd/"
    "imapsyncd.ini,\n"
    "                      then /etc/imapsyncd/imapsyncd.ini)\n"
    "      --once          sync once, then exit\n"
    "      --dry-run       show what --once would do, change nothing "
    "anywhere\n"
    "      --full          compare everything, take no short cut\n"
    "      --check-config  check the configuration; --effective prints it "
    "with all\n"
    "                      defaults, --connect logs in and lists the folders\n"
    "  -v, --verbose       say more; -vv shows the protocol, secrets masked\n"
    "  -q, --quiet         with --once: say nothing where nothing is wrong\n"
    "\nManual: imapsyncd(1), imapsyncd.ini(5)\n";

static int complain(const char *what)
{
	(void)fprintf(stderr, "imapsyncd: %s\n%s", what, usage);
	return -1;
}

static int set(struct cli *cli, int opt)
{
	switch (opt) {
	case 'c':
		cli->config = optarg;
		return 0;
	case 'v':
		cli->verbose++;
		return 0;
	case 'q':
		cli->quiet = true;
		return 0;
	case OPT_ONCE:
		cli->once = true;
		return 0;
	case OPT_DRY_RUN:
		cli->dry_run = true;
		return 0;
	case OPT_FULL:
		cli->full = true;
		return 0;
	case OPT_CHECK_CONFIG:
		cli->check_config = true;
		return 0;
	case OPT_EFFECTIVE:
		cli->effective = true;
		return 0;
	case OPT_CONNECT:
		cli->connect = true;
		return 0;
	case OPT_VERSION:
		(void)puts("imapsyncd " VERSION);
		return 1;
	case OPT_HELP:
		(void)fputs(usage, stdout);
		(void)fputs(help, stdout);
		return 1;
	default:
		/* getopt_long() said what is wrong. */
		(void)fputs(usage, stderr);
		return -1;
	}
}

static int check(const struct cli *cli)
{
	if (cli->once && cli->check_config)
		return complain("--once and --check-config exclude each other");
	if (!cli->once && (cli->dry_run || cli->full || cli->quiet))
		return complain("--dry-run, --full and -q go with --once");
	if (!cli->check_config && (cli->effective || cli->connect))
		return complain("--effective and --connect go with "
				"--check-config");
	if (!cli->once && cli->operands[0])
		return complain("accounts and folders go with --once");
	return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	int opt;

	*cli = (struct cli){0};
	while ((opt = getopt_long(argc, argv, "c:vq", options, NULL)) != -1) {
		int r = set(cli, opt);
		if (r != 0)
			return r;
	}
	cli->operands = argv + optind;
	return check(cli);
}
