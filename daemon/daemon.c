/* SPDX-License-Identifier: MIT */
/* One run: the accounts that were named, side by side, to their end. */
#include "daemon/daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/handover.h"
#include "daemon/loop.h"
#include "daemon/operand.h"

struct once {
	struct loop loop;
	const struct config *config;
	struct folder_opts folder;
	bool list_only, stopping;
	const char ***only; /* of each account */
	bool *wanted;       /* likewise */
	struct account **account;
	size_t n, running;
};

static void on_ended(void *ctx, struct account *a)
{
	struct once *o = ctx;
	size_t i = 0;

	if ((int)account_code(a) > o->loop.status)
		o->loop.status = (int)account_code(a);
	while (o->account[i] != a)
		i++;
	o->account[i] = NULL;
	account_free(a);
	if (--o->running == 0)
		loop_break(&o->loop);
}

static void start_account(struct once *o, const struct config_account *c,
			  const char *const *only)
{
	struct account_env env = {
	    .base = o->loop.base,
	    .disk = o->loop.disk,
	    .config = o->config,
	    .account = c,
	    .opts =
		{
		    .once = true,
		    .list_only = o->list_only,
		    .folder = o->folder,
		    .only = only,
		},
	    .report = &o->loop.report,
	    .ended = on_ended,
	    .ctx = o,
	};

	o->account[o->n++] = account_new(&env);
	o->running++;
}

static void stop(struct once *o)
{
	if (o->stopping)
		return;
	o->stopping = true;
	o->loop.status = ERR_TEMP; /* asked for, and not done */
	loop_limit(&o->loop);
	for (size_t i = 0; i < o->n; i++) {
		if (o->account[i])
			account_stop(o->account[i]);
	}
}

static void on_signal(void *ctx, int sig)
{
	struct once *o = ctx;

	if (sig == SIGUSR2) {
		for (size_t i = 0; i < o->n; i++) {
			if (o->account[i])
				log_at(LOG_INFO,
				       account_config(o->account[i])->name,
				       NULL, "%s",
				       account_state(o->account[i]));
		}
	} else if (sig != SIGUSR1) {
		stop(o);
	}
}

/* The folders that the operands name in one account, NULL where they name the
 * account itself or nothing of it; *named: something. */
static const char **folders_of(char *const *operands,
			       const struct config *config,
			       const struct config_account *c, bool *named)
{
	size_t n = 0, found = 0;
	bool whole = false;

	*named = false;
	while (operands[n])
		n++;
	const char **only = xcalloc(n + 1, sizeof(*only));
	for (size_t i = 0; i < n; i++) {
		if (operand_account(config, operands[i]) != c)
			continue;
		*named = true;
		const char *folder = operand_folder(operands[i]);
		if (folder)
			only[found++] = folder;
		else
			whole = true;
	}
	if (found > 0 && !whole)
		return only;
	free(only);
	return NULL;
}

/* All enabled accounts where there are no operands. */
static void want(struct once *o, char *const *operands)
{
	const struct config *config = o->config;

	o->only = xcalloc(config->naccounts, sizeof(*o->only));
	o->wanted = xcalloc(config->naccounts, sizeof(*o->wanted));
	for (size_t i = 0; i < config->naccounts; i++) {
		const struct config_account *c = &config->accounts[i];
		bool named;
		o->only[i] = folders_of(operands, config, c, &named);
		o->wanted[i] = named || (!operands[0] && c->enabled);
	}
}

static void release(struct once *o)
{
	for (size_t i = 0; i < o->config->naccounts; i++)
		free(o->only[i]);
	free(o->only);
	free(o->wanted);
	free(o->account);
}

/* Runs the accounts that are wanted to their end. Returns the exit status. */
static int run(struct once *o)
{
	const struct config *config = o->config;

	o->loop.on_signal = on_signal;
	o->loop.ctx = o;
	if (loop_init(&o->loop) < 0)
		return o->loop.status;
	o->account = xcalloc(config->naccounts, sizeof(struct account *));
	for (size_t i = 0; i < config->naccounts; i++) {
		if (o->wanted[i])
			start_account(o, &config->accounts[i], o->only[i]);
	}
	if (o->running > 0)
		loop_run(&o->loop);
	report_erase(&o->loop.report);
	loop_release(&o->loop);
	return o->loop.status;
}

int daemon_once(const struct cli *cli, const struct config *config)
{
	struct once o = {
	    .config = config,
	    .folder = {.dry_run = cli->dry_run, .full = cli->full},
	};
	int usage = operands_check(cli->operands, config);

	if (usage != 0)
		return usage;
	want(&o, cli->operands);
	int status = cli->dry_run ? 0 : handover(cli, config, o.wanted);
	report_init(&o.loop.report, cli->quiet, true);
	o.loop.report.dry_run = cli->dry_run;
	int own = run(&o);
	release(&o);
	return own > status ? own : status;
}

int daemon_verify(const struct config *config, char *const *operands,
		  bool contents)
{
	struct once o = {
	    .config = config,
	    .folder = {.dry_run = true,
		       .full = true,
		       .verify = true,
		       .contents = contents},
	};
	int usage = operands_check(operands, config);

	if (usage != 0)
		return usage;
	want(&o, operands);
	report_init(&o.loop.report, true, false);
	int status = run(&o);
	release(&o);
	return status;
}

int daemon_connect(const struct config *config)
{
	static char *const all[] = {NULL};
	struct once o = {.config = config, .list_only = true};

	want(&o, all);
	report_init(&o.loop.report, true, false);
	int status = run(&o);
	release(&o);
	return status;
}
