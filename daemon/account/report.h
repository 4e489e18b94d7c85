/* SPDX-License-Identifier: MIT */
/* What --once shows: a progress line on a terminal, one line per changed folder
 * elsewhere, a summary line per account. */
#ifndef DAEMON_ACCOUNT_REPORT_H
#define DAEMON_ACCOUNT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/folder/folder.h"

/* What a sync of an account came to. */
struct totals {
	size_t fetched, uploaded, moved, flags, deleted, held, pending;
	int64_t took_ms;
};

/* What a pass of a folder came to. */
void totals_add(struct totals *t, const struct folder_result *r);

struct report {
	bool quiet;
	bool dry_run;
	bool summaries; /* print summary lines on stdout */
	bool terminal;  /* draw */
	bool drawn;     /* a progress line stands on the terminal */
	int64_t drawn_ms;
	int64_t beat_ms; /* last heartbeat */
	int64_t start_ms;
	uint64_t start_bytes;
};

/* Looks whether stderr can show a progress line. */
void report_init(struct report *r, bool quiet, bool summaries);
void report_progress(struct report *r, const char *account, const char *folder,
		     size_t n, size_t total, uint64_t bytes);
/* Takes the progress line away. */
void report_erase(struct report *r);
void report_folder(struct report *r, const char *account, const char *folder,
		   const struct folder_result *f);
/* What stands behind "ACCOUNT: " in the summary line; owned. failure: what went
 * wrong, or NULL. */
char *report_summary(const struct totals *t, bool dry_run, const char *failure);
void report_account(struct report *r, const char *account,
		    const struct totals *t, const char *failure);
/* A line "ACCOUNT: text" on stdout, where results go. */
void report_line(const char *account, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
