/* SPDX-License-Identifier: MIT */
/* The daemon as a service: its accounts, and who hears of them. Private to
 * the files in daemon/ itself. */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "config/config.h"
#include "daemon/hook/hook.h"
#include "daemon/loop.h"
#include "daemon/member.h"

struct answer;
struct command;
struct control;
struct disk;
struct network;

struct service {
	struct loop loop;
	const char *config_file;    /* -c, or NULL */
	struct generation *current; /* the configuration */
	struct members members;
	struct network *network;
	struct hooks hooks;
	struct control *control;  /* NULL: it could not be made */
	struct command *commands; /* that are not answered yet */
	struct disk *reader;      /* reads databases for those who ask */
	struct answer *answers;   /* that are being put together */
	struct event *watchdog, *patience, *turned;
	char *told;       /* what systemd was told last of how all is */
	int64_t started;  /* seconds since 1970 */
	unsigned verbose; /* -v */
	bool ready;       /* systemd was told */
	bool reloading;   /* some accounts are still ending for that */
	bool stopping;
	bool stuck;     /* the disk thread, and that was said */
	bool unmetered; /* metrics_file could not be written, and that was said
			 */
};

/* Reads the configuration again. 0: its accounts are, or will be, as it says;
 * else the exit status, and *text, owned: what is wrong with it, and all is as
 * it was. */
int service_reload(struct service *s, char **text);
/* An account changed its state. */
void service_tell(struct service *s);

#endif
