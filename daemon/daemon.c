/* SPDX-License-Identifier: MIT */
#include "daemon/daemon.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/account/account.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/xalloc.h"
#include "daemon/tokens.h"
#include "daemon/watch/network.h"

/* A stop that takes longer is cut short: every write is safe to be cut. */
#define STOP_SECONDS 4

static const int watched[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
#define NSIGNALS (sizeof(watched) / sizeof(watched[0]))

struct daemon {
	const char *config_file; /* -c, or NULL */
	struct folder_opts folder;
	struct config *owned; /* service: replaced by a reload */
	const struct config *config;
	struct event_base *base;
	struct disk *disk;
	struct report report;
	struct account **account;
	size_t n, running;
	struct event *signal[NSIGNALS];
	struct event *deadline, *watchdog;
	struct network *network; /* service */
	struct config *next;     /* reload: takes over when all have ended */
	bool service, stopping;
	int status;
};

/* The progress line must not stand in the middle of a message. */
static struct report *drawing;

static void erase(void)
{
	report_erase(drawing);
}

static void start_all(struct daemon *d);

static void on_ended(void *ctx, struct account *a)
{
	struct daemon *d = ctx;
	size_t i = 0;

	if (!d->service && (int)account_code(a) > d->status)
		d->status = (int)account_code(a);
	while (d->account[i] != a)
		i++;
	d->account[i] = NULL;
	account_free(a);
	if (--d->running > 0)
		return;
	if (!d->next || d->stopping) {
		event_base_loopbreak(d->base);
		return;
	}
	config_free(d->owned);
	d->owned = d->next;
	d->config = d->owned;
	d->next = NULL;
	start_all(d);
	notify_ready();
	log_at(LOG_INFO, NULL, NULL, "configuration reloaded");
}

static void start_account(struct daemon *d, const struct config_account *c,
			  const char *const *only, bool list_only)
{
	struct account_env env = {
	    .base = d->base,
	    .disk = d->disk,
	    .config = d->config,
	    .account = c,
	    .opts =
		{
		    .once = !d->service,
		    .list_only = list_only,
		    .folder = d->folder,
		    .only = only,
		},
	    .report = &d->report,
	    .ended = on_ended,
	    .ctx = d,
	};

	d->account = xreallocarray(d->account, d->n + 1, sizeof(*d->account));
	d->account[d->n++] = account_new(&env);
	d->running++;
}

static void start_all(struct daemon *d)
{
	d->n = 0;
	for (size_t i = 0; i < d->config->naccounts; i++) {
		if (d->config->accounts[i].enabled)
			start_account(d, &d->config->accounts[i], NULL, false);
	}
}

static void stop_all(struct daemon *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->account[i])
			account_stop(d->account[i]);
	}
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	log_at(LOG_WARNING, NULL, NULL,
	       "the disk is slow: ending now, the next start repairs");
	_exit(d->status);
}

static void stop(struct daemon *d)
{
	struct timeval t = {STOP_SECONDS, 0};

	if (d->stopping)
		return;
	d->stopping = true;
	if (!d->service)
		d->status = ERR_TEMP; /* asked for, and not done */
	notify_stopping();
	event_add(d->deadline, &t);
	if (d->running == 0)
		event_base_loopbreak(d->base);
	stop_all(d);
}

static void reload(struct daemon *d)
{
	struct config_errors errors = {0};
	struct config *fresh;

	if (d->stopping || d->next)
		return;
	notify_reloading();
	if (config_load(d->config_file ? d->config_file : d->config->file,
			&fresh, &errors) < 0) {
		log_at(LOG_ERROR, NULL, NULL,
		       "the new configuration is wrong, the old one stays");
		(void)fputs(errors.text, stderr);
		config_errors_release(&errors);
		notify_ready();
		return;
	}
	tokens_set_commands(fresh);
	d->next = fresh;
	if (d->running > 0) {
		stop_all(d);
		return;
	}
	config_free(d->owned);
	d->owned = d->next;
	d->config = d->owned;
	d->next = NULL;
	start_all(d);
	notify_ready();
}

static void show_status(struct daemon *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->account[i])
			log_at(LOG_INFO, account_config(d->account[i])->name,
			       NULL, "%s", account_state(d->account[i]));
	}
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	switch (sig) {
	case SIGHUP:
		if (d->service)
			reload(d);
		else
			stop(d);
		break;
	case SIGUSR1:
		for (size_t i = 0; i < d->n && d->service; i++) {
			if (d->account[i])
				account_kick(d->account[i]);
		}
		break;
	case SIGUSR2:
		show_status(d);
		break;
	default:
		stop(d);
		break;
	}
}

static void on_network(void *ctx)
{
	struct daemon *d = ctx;

	for (size_t i = 0; i < d->n; i++) {
		if (d->account[i])
			account_network_changed(d->account[i]);
	}
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_watchdog();
}

static int set_up(struct daemon *d)
{
	d->base = event_base_new();
	if (!d->base)
		return -1;
	d->disk = disk_new(d->base);
	d->deadline = evtimer_new(d->base, on_deadline, d);
	d->watchdog = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
	for (size_t i = 0; i < NSIGNALS; i++) {
		d->signal[i] = evsignal_new(d->base, watched[i], on_signal, d);
		if (!d->signal[i] || event_add(d->signal[i], NULL) < 0)
			return -1;
	}
	drawing = &d->report;
	log_set_before(erase);
	return d->disk && d->deadline && d->watchdog ? 0 : -1;
}

static void tear_down(struct daemon *d)
{
	log_set_before(NULL);
	if (d->disk)
		disk_free(d->disk);
	for (size_t i = 0; i < NSIGNALS; i++) {
		if (d->signal[i])
			event_free(d->signal[i]);
	}
	network_free(d->network);
	if (d->deadline)
		event_free(d->deadline);
	if (d->watchdog)
		event_free(d->watchdog);
	if (d->base)
		event_base_free(d->base);
	free(d->account);
	config_free(d->owned);
	libevent_global_shutdown();
}

static int internal(struct daemon *d)
{
	log_at(LOG_ERROR, NULL, NULL, "cannot set up the event loop");
	tear_down(d);
	return ERR_INTERNAL;
}

/* Operands. */

static const struct config_account *account_of(const struct config *config,
					       const char *operand)
{
	size_t len = strcspn(operand, "/");

	for (size_t i = 0; i < config->naccounts; i++) {
		const char *name = config->accounts[i].name;
		if (strlen(name) == len && strncmp(name, operand, len) == 0)
			return &config->accounts[i];
	}
	return NULL;
}

/* The folders that the operands name in one account; *whole: the account itself
 * is named. */
static const char **folders_of(char *const *operands,
			       const struct config *config,
			       const struct config_account *c, bool *named,
			       bool *whole)
{
	size_t n = 0;

	*named = *whole = false;
	while (operands[n])
		n++;
	const char **only = xcalloc(n + 1, sizeof(*only));
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		if (account_of(config, operands[i]) != c)
			continue;
		*named = true;
		const char *slash = strchr(operands[i], '/');
		if (slash && slash[1])
			only[found++] = slash + 1;
		else
			*whole = true;
	}
	return only;
}

static int check_operands(char *const *operands, const struct config *config)
{
	for (; *operands; operands++) {
		if (account_of(config, *operands))
			continue;
		log_at(LOG_ERROR, NULL, NULL, "there is no account '%.*s'",
		       (int)strcspn(*operands, "/"), *operands);
		return ERR_USAGE;
	}
	return 0;
}

/* Runs the accounts that the operands name (all enabled ones where there are
 * none) to their end. Returns the exit status. */
static int run_once(struct daemon *d, char *const *operands)
{
	const struct config *config = d->config;

	if (set_up(d) < 0)
		return internal(d);
	const char ***only = xcalloc(config->naccounts, sizeof(*only));
	for (size_t i = 0; i < config->naccounts; i++) {
		bool named, whole;
		const struct config_account *c = &config->accounts[i];
		only[i] = folders_of(operands, config, c, &named, &whole);
		if (named || (!operands[0] && c->enabled))
			start_account(d, c, named && !whole ? only[i] : NULL,
				      false);
	}
	if (d->running > 0)
		event_base_dispatch(d->base);
	report_erase(&d->report);
	tear_down(d);
	for (size_t i = 0; i < config->naccounts; i++)
		free(only[i]);
	free(only);
	return d->status;
}

int daemon_once(const struct cli *cli, const struct config *config)
{
	struct daemon d = {
	    .config = config,
	    .folder = {.dry_run = cli->dry_run, .full = cli->full},
	};
	int usage = check_operands(cli->operands, config);

	if (usage != 0)
		return usage;
	report_init(&d.report, cli->quiet, true);
	d.report.dry_run = cli->dry_run;
	return run_once(&d, cli->operands);
}

int daemon_verify(const struct config *config, char *const *operands,
		  bool contents)
{
	struct daemon d = {
	    .config = config,
	    .folder = {.dry_run = true,
		       .full = true,
		       .verify = true,
		       .contents = contents},
	};
	int usage = check_operands(operands, config);

	if (usage != 0)
		return usage;
	report_init(&d.report, true, false);
	return run_once(&d, operands);
}

int daemon_connect(const struct config *config)
{
	struct daemon d = {.config = config};

	report_init(&d.report, true, false);
	if (set_up(&d) < 0)
		return internal(&d);
	for (size_t i = 0; i < config->naccounts; i++) {
		if (config->accounts[i].enabled)
			start_account(&d, &config->accounts[i], NULL, true);
	}
	if (d.running > 0)
		event_base_dispatch(d.base);
	tear_down(&d);
	return d.status;
}

int daemon_serve(const struct cli *cli, struct config *config)
{
	struct daemon d = {.config_file = cli->config,
			   .owned = config,
			   .config = config,
			   .service = true};

	report_init(&d.report, false, false);
	if (set_up(&d) < 0)
		return internal(&d);
	int64_t watchdog_ms = notify_watchdog_ms();
	if (watchdog_ms > 0) {
		struct timeval t = {watchdog_ms / 1000,
				    (watchdog_ms % 1000) * 1000};
		event_add(d.watchdog, &t);
	}
	d.network = network_new(d.base, on_network, &d);
	start_all(&d);
	notify_ready();
	notify_status("%zu accounts", d.n);
	log_at(LOG_INFO, NULL, NULL, "running with %zu accounts", d.n);
	/* With no account enabled there still are signals to wait for. */
	event_base_dispatch(d.base);
	tear_down(&d);
	log_at(LOG_INFO, NULL, NULL, "stopped");
	return d.status;
}
