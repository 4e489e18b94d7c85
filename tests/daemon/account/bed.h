/* SPDX-License-Identifier: MIT */
/* An account between a server in memory and a disk thread that is none. */
#ifndef TESTS_DAEMON_ACCOUNT_BED_H
#define TESTS_DAEMON_ACCOUNT_BED_H

#include "daemon/account/account.h"

#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "tests/daemon/account/server.h"
#include "tests/support/remove.h"

/* In place of daemon/base/disk.c: a job is run when a test says so. */

struct disk {
	struct job *first, **last;
};

void disk_post(struct disk *d, struct job *j)
{
	j->next = NULL;
	*d->last = j;
	d->last = &j->next;
}

static inline bool disk_step(struct disk *d)
{
	struct job *j = d->first;

	if (!j)
		return false;
	d->first = j->next;
	if (!d->first)
		d->last = &d->first;
	/* One that frees itself has no done(). */
	void (*done)(struct job *) = j->done;
	j->run(j);
	if (done)
		done(j);
	return true;
}

struct bed {
	char dir[64], state_dir[96], maildir[96];
	struct config config;
	struct config_account account;
	struct event_base *base;
	struct disk disk;
	struct report report;
	const char *const *only;
	struct account *running;
	bool ended;
	enum err_code code;
};

static inline int setup(void **state)
{
	static char name[] = "work", inbox[] = "INBOX", tunnel[] = "none";
	struct bed *b = xcalloc(1, sizeof(*b));

	(void)snprintf(b->dir, sizeof(b->dir), "%s/test-account.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->state_dir, sizeof(b->state_dir), "%s/state", b->dir);
	(void)snprintf(b->maildir, sizeof(b->maildir), "%s/mail", b->dir);
	b->config.state_dir = b->state_dir;
	b->account = (struct config_account){
	    .name = name,
	    .enabled = true,
	    .tunnel = tunnel,
	    .maildir = b->maildir,
	    .layout = CONFIG_LAYOUT_FS,
	    .inbox = inbox,
	    .create = CONFIG_SIDE_BOTH,
	    .remove = CONFIG_SIDE_BOTH,
	    .delete_ = CONFIG_SIDE_BOTH,
	    .expunge = true,
	    .delete_limit_percent = -1,
	    .poll_interval_ms = 1000,
	    .connections = 1,
	};
	b->base = event_base_new();
	b->disk.last = &b->disk.first;
	log_init(LOG_ERROR);
	report_init(&b->report, true, false);
	memset(&server, 0, sizeof(server));
	*state = b;
	return 0;
}

static inline int teardown(void **state)
{
	struct bed *b = *state;

	remove_tree(b->dir);
	event_base_free(b->base);
	free(b);
	return 0;
}

static inline void on_ended(void *ctx, struct account *a)
{
	struct bed *b = ctx;

	b->ended = true;
	b->code = account_code(a);
	account_free(a);
	b->running = NULL;
}

static inline bool step(struct bed *b, bool disk_first)
{
	if (disk_first && disk_step(&b->disk))
		return true;
	if (server_step() || disk_step(&b->disk))
		return true;
	return event_base_loop(b->base, EVLOOP_ONCE) == 0;
}

static unsigned found_files;

static inline int count_file(const char *path, const struct stat *st, int type,
			     struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	found_files +=
	    type == FTW_F && (strstr(path, "/cur/") || strstr(path, "/new/"));
	return 0;
}

static inline unsigned files(const struct bed *b, const char *folder)
{
	char *path = xasprintf("%s/%s", b->maildir, folder);

	found_files = 0;
	(void)nftw(path, count_file, 16, FTW_PHYS);
	free(path);
	return found_files;
}

/* Nobody is writing to it any more. */
static inline void put(const struct bed *b, const char *path, const char *text)
{
	static const struct timespec past[2] = {{1700000000, 0},
						{1700000000, 0}};
	char *full = xasprintf("%s/%s", b->maildir, path);
	FILE *f = fopen(full, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(utimensat(AT_FDCWD, full, past, 0), 0);
	free(full);
}

static inline void make_folder(const struct bed *b, const char *name)
{
	static const char *const sub[] = {"", "/cur", "/new", "/tmp"};

	for (size_t i = 0; i < 4; i++) {
		char *path = xasprintf("%s/%s%s", b->maildir, name, sub[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		free(path);
	}
}

static inline void add(const char *box, unsigned number)
{
	char text[100];
	struct server_box *b = server_box(box);
	int n = snprintf(text, sizeof(text),
			 "Message-ID: <%u@%s>\r\nSubject: %u\r\n\r\nbody %u"
			 "\r\n",
			 number, box, number, number);

	(void)server_add(b ? b : server_make(box), text, (size_t)n);
}

/* A service. */

/* Longer than any test: nothing is looked at because time has passed. */
#define LONG_MS 3600000

static inline struct account *start(struct bed *b)
{
	struct account_env env = {
	    .base = b->base,
	    .disk = &b->disk,
	    .config = &b->config,
	    .account = &b->account,
	    .report = &b->report,
	    .ended = on_ended,
	    .ctx = b,
	};

	b->account.poll_interval_ms = LONG_MS;
	b->ended = false;
	b->running = account_new(&env);
	return b->running;
}

/* Nothing more happens before a timer of more than a moment goes off. */
static inline void settle(struct bed *b)
{
	for (unsigned quiet = 0, n = 0; quiet < 3; n++) {
		if (n == 5000)
			fail_msg("it does not come to rest");
		if (server_step() || disk_step(&b->disk)) {
			quiet = 0;
			continue;
		}
		if (strcmp(account_state(b->running), "waiting") == 0) {
			/* A connection that is lost is made again soon. */
			(void)event_base_loop(b->base, EVLOOP_ONCE);
			continue;
		}
		struct timeval moment = {0, 30000};
		(void)event_base_loopexit(b->base, &moment);
		(void)event_base_loop(b->base, 0);
		quiet++;
	}
	assert_string_equal(account_state(b->running), "idle");
}

static inline void stop(struct bed *b)
{
	account_stop(b->running);
	while (!b->ended)
		assert_true(step(b, false));
	assert_null(b->disk.first);
	assert_null(server_line);
}

#endif
