/* SPDX-License-Identifier: MIT */
/* A look at all files, one folder a job: before the messages are synced, and as
 * the second look before anything is deleted on the server. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_SCAN_H
#define DAEMON_ACCOUNT_ACCOUNT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/store/local_scan.h"

struct account;
struct mailbox;

struct account_scan {
	bool again;      /* not the first since the folders are known */
	unsigned times;  /* since then */
	unsigned moving; /* scans in which files moved */
	/* The folders that are synced: indices into boxes. What follows has an
	 * entry for each, as all that belongs to messages. */
	size_t *box;
	size_t n;
	struct local_scan files;  /* .n: those that were looked at */
	struct local_scan before; /* as the one before found them, where files
				   * moved in it */
	bool *unseen;             /* its files could not be looked at */
};

extern const struct stage account_scan_stage;

/* Of the i-th folder that is synced: its mailbox, and its name for people. */
const struct mailbox *account_box(const struct account *a, size_t i);
const char *account_folder_name(const struct account *a, size_t i);

#endif
