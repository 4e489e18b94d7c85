/* SPDX-License-Identifier: MIT */
#include "daemon/service.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account.h"
#include "daemon/account/account_status.h"
#include "daemon/base/clock.h"
#include "daemon/base/disk.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/xalloc.h"
#include "daemon/command.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "daemon/status.h"
#include "daemon/tokens.h"
#include "daemon/watch/dirwatch.h"
#include "daemon/watch/network.h"

/* systemd is told that the service is ready when each account has seen its
 * server, or failed to. One that is silent must not hold up a boot. */
#define READY_SECONDS 10
/* A job of the disk thread that takes longer hangs. */
#define STUCK_MS (15 * 60000)

static void be_ready(struct service *s)
{
	if (s->ready)
		return;
	s->ready = true;
	(void)event_del(s->patience);
	notify_ready();
}

void service_tell(struct service *s)
{
	char *line = status_line(s);

	if (s->told && strcmp(s->told, line) == 0) {
		free(line);
		return;
	}
	notify_status("%s", line);
	free(s->told);
	s->told = line;
}

static void on_looked(void *ctx, struct member *m)
{
	struct service *s = ctx;

	(void)m;
	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *other = s->members.member[i];
		if (other->account && !account_looked(other->account))
			return;
	}
	be_ready(s);
}

static void on_synced(void *ctx, struct member *m)
{
	struct service *s = ctx;

	command_synced(s, m);
	service_tell(s);
	metrics_write(s);
}

/* Once all that were to end for it have. */
static void reloaded(struct service *s)
{
	s->reloading = false;
	be_ready(s);
	notify_ready();
	log_at(LOG_INFO, NULL, NULL, "configuration reloaded");
	service_tell(s);
	command_reloaded(s);
}

static void on_turned(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (s->reloading && !members_turning(&s->members))
		reloaded(s);
}

static void on_ended(void *ctx, struct member *m)
{
	static const struct timeval at_once = {0, 0};
	struct service *s = ctx;

	command_ended(s, m);
	if (s->stopping && members_running(&s->members) == 0)
		loop_break(&s->loop);
	else if (s->reloading)
		event_add(s->turned, &at_once);
}

static void stop(struct service *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->hooks.ending = true;
	notify_stopping();
	loop_limit(&s->loop);
	if (members_running(&s->members) == 0)
		loop_break(&s->loop);
	members_stop(&s->members);
}

int service_reload(struct service *s, char **text)
{
	struct config_errors errors = {0};
	struct config *fresh;
	const char *file =
	    s->config_file ? s->config_file : s->current->config->file;

	*text = NULL;
	if (config_load(file, &fresh, &errors) < 0) {
		*text = xstrdup(errors.text ? errors.text : "out of memory\n");
		config_errors_release(&errors);
		return ERR_CONFIG;
	}
	tokens_set_commands(fresh);
	/* One that is under way is done when this one is. */
	notify_reloading();
	unsigned level = (unsigned)fresh->log_level + s->verbose;
	log_set_level(level > LOG_WIRE ? LOG_WIRE : (enum log_level)level);
	generation_drop(s->current);
	s->current = generation_new(fresh);
	s->reloading = true;
	members_set(&s->members, s->current);
	if (!members_turning(&s->members))
		reloaded(s);
	return 0;
}

static void reload(struct service *s)
{
	char *text;

	if (s->stopping || service_reload(s, &text) == 0)
		return;
	notify_reloading();
	log_at(LOG_ERROR, NULL, NULL,
	       "the new configuration is wrong, the old one stays");
	(void)fputs(text, stderr);
	free(text);
	notify_ready();
}

static void show_status(const struct service *s)
{
	for (size_t i = 0; i < s->members.n; i++) {
		const struct member *m = s->members.member[i];
		log_at(LOG_INFO, m->config->name, NULL, "%s",
		       m->account ? account_state(m->account) : "paused");
	}
}

static void on_signal(void *ctx, int sig)
{
	struct service *s = ctx;

	if (sig == SIGHUP) {
		reload(s);
	} else if (sig == SIGUSR1) {
		for (size_t i = 0; i < s->members.n; i++) {
			if (s->members.member[i]->account)
				account_kick(s->members.member[i]->account);
		}
	} else if (sig == SIGUSR2) {
		show_status(s);
	} else {
		stop(s);
	}
}

static void on_network(void *ctx)
{
	const struct service *s = ctx;

	for (size_t i = 0; i < s->members.n; i++) {
		if (s->members.member[i]->account)
			account_network_changed(s->members.member[i]->account);
	}
}

/* The loop is alive, or we were not here. A disk may be slow for long, and a
 * job may read a large folder; but not for ever. */
static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (disk_busy_ms(s->loop.disk) < STUCK_MS) {
		notify_watchdog();
	} else if (!s->stuck) {
		s->stuck = true;
		log_at(LOG_ERROR, NULL, NULL,
		       "the disk has not answered for %d minutes: waiting to "
		       "be started again",
		       STUCK_MS / 60000);
	}
}

static void on_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	be_ready(arg);
}

static int start_timers(struct service *s)
{
	static const struct timeval patience = {READY_SECONDS, 0};
	int64_t ms = notify_watchdog_ms();
	struct timeval t = {ms / 1000, (ms % 1000) * 1000};

	s->watchdog = event_new(s->loop.base, -1, EV_PERSIST, on_watchdog, s);
	s->patience = evtimer_new(s->loop.base, on_patience, s);
	s->turned = evtimer_new(s->loop.base, on_turned, s);
	if (!s->watchdog || !s->patience || !s->turned)
		return -1;
	if (ms > 0)
		event_add(s->watchdog, &t);
	return event_add(s->patience, &patience);
}

/* Without it mail is mirrored all the same. */
static void open_control(struct service *s)
{
	const struct control_handler handler = {
	    .request = command_request, .gone = command_gone, .ctx = s};
	struct err err;

	s->control = control_new(s->loop.base, s->current->config->runtime_dir,
				 &handler, &err);
	if (!s->control)
		log_err(LOG_WARNING, NULL, NULL, &err);
}

/* Without it files are looked at from time to time. */
static void watch_files(struct service *s)
{
	s->members.dirwatch = dirwatch_new(s->loop.base);
	if (!s->members.dirwatch)
		log_at(LOG_WARNING, NULL, NULL,
		       "cannot watch files for changes (inotify): %s",
		       strerror(errno));
}

static int set_up(struct service *s)
{
	s->reader = disk_new(s->loop.base);
	if (!s->reader || start_timers(s) < 0) {
		log_at(LOG_ERROR, NULL, NULL, "cannot set up the service");
		s->loop.status = ERR_INTERNAL;
		return -1;
	}
	s->network = network_new(s->loop.base, on_network, s);
	watch_files(s);
	open_control(s);
	return 0;
}

static void tear_down(struct service *s)
{
	command_release(s);
	status_release(s);
	control_free(s->control);
	free(s->told);
	network_free(s->network);
	dirwatch_free(s->members.dirwatch);
	if (s->reader)
		disk_free(s->reader);
	if (s->watchdog)
		event_free(s->watchdog);
	if (s->patience)
		event_free(s->patience);
	if (s->turned)
		event_free(s->turned);
	loop_end_disk(&s->loop);
	hooks_release(&s->hooks);
	loop_release(&s->loop);
	members_release(&s->members);
	generation_drop(s->current);
}

int daemon_serve(const struct cli *cli, struct config *config)
{
	struct service s = {
	    .config_file = cli->config,
	    .verbose = cli->verbose,
	    .current = generation_new(config),
	    .started = clock_wall(),
	    .loop = {.on_signal = on_signal, .ctx = &s},
	    .members = {.loop = &s.loop,
			.hooks = &s.hooks,
			.handler = {.looked = on_looked,
				    .synced = on_synced,
				    .ended = on_ended,
				    .ctx = &s}},
	};

	report_init(&s.loop.report, false, false);
	if (loop_init(&s.loop) < 0)
		return s.loop.status;
	if (set_up(&s) == 0) {
		members_set(&s.members, s.current);
		log_at(LOG_INFO, NULL, NULL, "running with %zu accounts",
		       s.members.n);
		/* With no account enabled there still are signals to wait for.
		 */
		if (s.members.n == 0)
			be_ready(&s);
		service_tell(&s);
		loop_run(&s.loop);
	}
	tear_down(&s);
	log_at(LOG_INFO, NULL, NULL, "stopped");
	return s.loop.status;
}
