/* SPDX-License-Identifier: MIT */
/* imapsyncctl: what a person says to imapsyncd, and asks of it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/base/harden.h"
#include "daemon/base/log.h"
#include "daemon/ctl/answer.h"
#include "daemon/ctl/live.h"
#include "daemon/ctl/undo.h"
#include "daemon/daemon.h"
#include "daemon/setup/auth.h"
#include "daemon/setup/setup.h"
#include "daemon/tokens.h"
#include "lib/util/num.h"

struct ctl {
	const char *config; /* -c, or NULL */
	const char *since;
	bool list, full, for_auth, for_setup, port;
	struct live_opts live;
	unsigned verbose;
	struct auth_opts auth;
	struct setup_opts setup;
	char **operands; /* of the verb */
};

struct verb {
	const char *name;
	int least, most;     /* operands; most -1: any number */
	const char *options; /* that go with it */
	int (*run)(const struct ctl *ctl, struct config *config);
};

enum {
	OPT_SINCE = 256,
	OPT_LIST,
	OPT_FULL,
	OPT_JSON,
	OPT_WATCH,
	OPT_WAIT,
	OPT_DEVICE,
	OPT_PASTE,
	OPT_PORT,
	OPT_REFRESH,
	OPT_TEST,
	OPT_REVOKE,
	OPT_HOST,
	OPT_TLS,
	OPT_USER,
	OPT_PASSWORD_COMMAND,
	OPT_YES,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"verbose", no_argument, NULL, 'v'},
    {"since", required_argument, NULL, OPT_SINCE},
    {"list", no_argument, NULL, OPT_LIST},
    {"full", no_argument, NULL, OPT_FULL},
    {"json", no_argument, NULL, OPT_JSON},
    {"watch", no_argument, NULL, OPT_WATCH},
    {"wait", no_argument, NULL, OPT_WAIT},
    {"device", no_argument, NULL, OPT_DEVICE},
    {"paste", no_argument, NULL, OPT_PASTE},
    {"port", required_argument, NULL, OPT_PORT},
    {"refresh", no_argument, NULL, OPT_REFRESH},
    {"test", no_argument, NULL, OPT_TEST},
    {"revoke", no_argument, NULL, OPT_REVOKE},
    {"host", required_argument, NULL, OPT_HOST},
    {"tls", required_argument, NULL, OPT_TLS},
    {"user", required_argument, NULL, OPT_USER},
    {"password-command", required_argument, NULL, OPT_PASSWORD_COMMAND},
    {"yes", no_argument, NULL, OPT_YES},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: imapsyncctl [-c FILE] [--json] status [--watch]\n"
    "       imapsyncctl [-c FILE] sync [--wait] [ACCOUNT[/FOLDER]]...\n"
    "       imapsyncctl [-c FILE] [--json] folders ACCOUNT\n"
    "       imapsyncctl [-c FILE] pause | resume [ACCOUNT]\n"
    "       imapsyncctl [-c FILE] reload\n"
    "       imapsyncctl [-c FILE] [-v]... approve ACCOUNT[/FOLDER]\n"
    "       imapsyncctl [-c FILE] [-v]... restore ACCOUNT[/FOLDER]\n"
    "       imapsyncctl [-c FILE] [-v]... undo [--since TIME] [--list] "
    "ACCOUNT[/FOLDER]\n"
    "       imapsyncctl [-c FILE] [-v]... verify [--full] "
    "[ACCOUNT[/FOLDER]]...\n"
    "       imapsyncctl [-c FILE] [-v]... auth [--port N] [--device | --paste "
    "| --test |\n"
    "                   --revoke | --refresh] ACCOUNT\n"
    "       imapsyncctl [-c FILE] [-v]... setup [--host HOST] [--port N] "
    "[--tls HOW]\n"
    "                   [--user NAME] [--password-command CMD] [--yes] "
    "[ADDRESS]\n"
    "       imapsyncctl --version | --help\n";

static const char help[] =
    "\n"
    "  status    how the running imapsyncd and its accounts are, and what "
    "waits for\n"
    "            you; --watch goes on showing it\n"
    "  sync      sync now; --wait until what was done before is on the other "
    "side\n"
    "  folders   the folders of an account\n"
    "  pause     disconnect and do nothing until resume\n"
    "  reload    read the configuration again\n"
    "  approve   let the deletions happen that were held back, once\n"
    "  restore   the other answer: bring those messages back instead\n"
    "  undo      bring back what was deleted in the last day, or since TIME\n"
    "            (2h, 3d, 2026-11-24, \"2026-11-24 10:00\"); --list shows it\n"
    "  verify    compare server, database and Maildir, change nothing;\n"
    "            --full reads every message\n"
    "  auth      authorise an account with oauth in a browser (--port N: at "
    "that\n"
    "            port), by a code (--device) or a pasted address (--paste); "
    "--test\n"
    "            logs in, --revoke forgets it, --refresh prints a token\n"
    "  setup     find the server of an address, try the login, write the "
    "account\n"
    "\nManual: imapsyncctl(1)\n";

static int approve(const struct ctl *ctl, struct config *config)
{
	return answer_guard(config, ctl->operands[0], STATE_APPROVE);
}

static int restore(const struct ctl *ctl, struct config *config)
{
	return answer_guard(config, ctl->operands[0], STATE_RESTORE);
}

static int undo(const struct ctl *ctl, struct config *config)
{
	struct undo_opts opts = {.since = ctl->since, .list = ctl->list};

	return undo_deletions(config, ctl->operands[0], &opts);
}

static int verify(const struct ctl *ctl, struct config *config)
{
	return daemon_verify(config, ctl->operands, ctl->full);
}

static int auth(const struct ctl *ctl, struct config *config)
{
	return auth_account(config, ctl->operands[0], &ctl->auth);
}

/* Without a configuration: it may be the first account. */
static int setup(const struct ctl *ctl, struct config *none)
{
	(void)none;
	return setup_account(ctl->operands[0], &ctl->setup);
}

static int status(const struct ctl *ctl, struct config *config)
{
	return live_status(config, &ctl->live);
}

static int folders(const struct ctl *ctl, struct config *config)
{
	return live_folders(config, ctl->operands[0], &ctl->live);
}

static int order_sync(const struct ctl *ctl, struct config *config)
{
	return live_order(config, REQUEST_SYNC, ctl->operands, &ctl->live);
}

static int order_pause(const struct ctl *ctl, struct config *config)
{
	return live_order(config, REQUEST_PAUSE, ctl->operands, &ctl->live);
}

static int order_resume(const struct ctl *ctl, struct config *config)
{
	return live_order(config, REQUEST_RESUME, ctl->operands, &ctl->live);
}

static int order_reload(const struct ctl *ctl, struct config *config)
{
	return live_order(config, REQUEST_RELOAD, ctl->operands, &ctl->live);
}

static const struct verb verbs[] = {
    {"status", 0, 0, "jw", status},     {"sync", 0, -1, "W", order_sync},
    {"folders", 1, 1, "j", folders},    {"pause", 0, 1, "", order_pause},
    {"resume", 0, 1, "", order_resume}, {"reload", 0, 0, "", order_reload},
    {"approve", 1, 1, "", approve},     {"restore", 1, 1, "", restore},
    {"undo", 1, 1, "sl", undo},         {"verify", 0, -1, "f", verify},
    {"auth", 1, 1, "a", auth},          {"setup", 0, 1, "u", setup},
};

static int complain(const char *what, const char *which)
{
	(void)fprintf(stderr, "imapsyncctl: %s%s\n%s", what, which, usage);
	return ERR_USAGE;
}

/* -1: go on; else the exit status. */
static int set_port(struct ctl *ctl)
{
	uint64_t port;

	if (num_parse(optarg, strlen(optarg), UINT16_MAX, &port) < 0 ||
	    port == 0)
		return complain("no port: ", optarg);
	ctl->port = true;
	ctl->auth.port = ctl->setup.port = (uint16_t)port;
	return -1;
}

static int set_setup(struct ctl *ctl, int opt)
{
	struct setup_opts *s = &ctl->setup;

	ctl->for_setup = true;
	if (opt == OPT_HOST)
		s->host = optarg;
	else if (opt == OPT_TLS)
		s->tls = optarg;
	else if (opt == OPT_USER)
		s->user = optarg;
	else if (opt == OPT_PASSWORD_COMMAND)
		s->password_command = optarg;
	else
		s->yes = true;
	return -1;
}

static int set_auth(struct ctl *ctl, int opt)
{
	struct auth_opts *a = &ctl->auth;

	ctl->for_auth = true;
	a->device = a->device || opt == OPT_DEVICE;
	a->paste = a->paste || opt == OPT_PASTE;
	a->refresh = a->refresh || opt == OPT_REFRESH;
	a->test = a->test || opt == OPT_TEST;
	a->revoke = a->revoke || opt == OPT_REVOKE;
	if (a->device + a->paste + a->refresh + a->test + a->revoke > 1)
		return complain("one of --device, --paste, --test, --revoke "
				"and --refresh",
				"");
	return -1;
}

/* -1: go on; else the exit status. */
static int set(struct ctl *ctl, int opt)
{
	switch (opt) {
	case 'c':
		ctl->config = ctl->setup.config = optarg;
		return -1;
	case 'v':
		ctl->verbose++;
		return -1;
	case OPT_SINCE:
		ctl->since = optarg;
		return -1;
	case OPT_LIST:
		ctl->list = true;
		return -1;
	case OPT_FULL:
		ctl->full = true;
		return -1;
	case OPT_JSON:
		ctl->live.json = true;
		return -1;
	case OPT_WATCH:
		ctl->live.watch = true;
		return -1;
	case OPT_WAIT:
		ctl->live.wait = true;
		return -1;
	case OPT_PORT:
		return set_port(ctl);
	case OPT_HOST:
	case OPT_TLS:
	case OPT_USER:
	case OPT_PASSWORD_COMMAND:
	case OPT_YES:
		return set_setup(ctl, opt);
	case OPT_DEVICE:
	case OPT_PASTE:
	case OPT_REFRESH:
	case OPT_TEST:
	case OPT_REVOKE:
		return set_auth(ctl, opt);
	case OPT_VERSION:
		(void)puts("imapsyncctl " VERSION);
		return 0;
	case OPT_HELP:
		(void)fputs(usage, stdout);
		(void)fputs(help, stdout);
		return 0;
	default:
		/* getopt_long() said what is wrong. */
		(void)fputs(usage, stderr);
		return ERR_USAGE;
	}
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* 0, or the exit status. */
static int check(const struct ctl *ctl, const struct verb *v, int operands)
{
	if (operands < v->least || (v->most >= 0 && operands > v->most))
		return complain("how many accounts? ", v->name);
	if ((ctl->since && !strchr(v->options, 's')) ||
	    (ctl->list && !strchr(v->options, 'l')) ||
	    (ctl->full && !strchr(v->options, 'f')) ||
	    (ctl->live.json && !strchr(v->options, 'j')) ||
	    (ctl->live.watch && !strchr(v->options, 'w')) ||
	    (ctl->live.wait && !strchr(v->options, 'W')) ||
	    (ctl->for_auth && !strchr(v->options, 'a')) ||
	    (ctl->for_setup && !strchr(v->options, 'u')) ||
	    (ctl->port && !strpbrk(v->options, "au")))
		return complain("an option that does not go with ", v->name);
	return 0;
}

static int run(const struct ctl *ctl, const struct verb *v)
{
	struct config_errors errors = {0};
	struct config *config;

	harden_process();
	log_init(LOG_INFO);
	if (v->run == setup)
		return setup(ctl, NULL);
	if (config_load(ctl->config, &config, &errors) < 0) {
		(void)fputs(errors.text ? errors.text : "out of memory\n",
			    stderr);
		config_errors_release(&errors);
		return ERR_CONFIG;
	}
	unsigned level = (unsigned)LOG_INFO + ctl->verbose;
	log_set_level(level > LOG_WIRE ? LOG_WIRE : (enum log_level)level);
	tokens_set_commands(config);
	int status = v->run(ctl, config);
	config_free(config);
	if (fflush(stdout) != 0 && status == 0)
		status = ERR_IO;
	return status;
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.auth = {.log_in = daemon_connect},
			  .setup = {.log_in = daemon_connect}};
	int opt;

	while ((opt = getopt_long(argc, argv, "c:v", options, NULL)) != -1) {
		int r = set(&ctl, opt);
		if (r >= 0)
			return r;
	}
	if (optind == argc)
		return complain("what is to be done?", "");
	const struct verb *v = find_verb(argv[optind]);
	if (!v)
		return complain("unknown command ", argv[optind]);
	ctl.operands = argv + optind + 1;
	int r = check(&ctl, v, argc - optind - 1);
	return r != 0 ? r : run(&ctl, v);
}
