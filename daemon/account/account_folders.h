/* SPDX-License-Identifier: MIT */
/* What an account's database says of its folders, read beside whatever is under
 * way: by a connection of its own, on any thread. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_FOLDERS_H
#define DAEMON_ACCOUNT_ACCOUNT_FOLDERS_H

#include "config/config.h"
#include "daemon/base/err.h"

/* A message, or (uid 0) a file or the whole folder, that is set aside. */
struct account_aside {
	uint32_t uid;
	uint64_t key;  /* of the file; 0: it is none */
	char *text;    /* which, and why */
	char *subject; /* of the file, NULL: not known */
};

struct account_folder {
	char *name; /* for people */
	uint32_t messages;
	uint32_t held; /* deletions that the guard holds */
	bool misfit;   /* its first pairing is held */
	struct account_aside *aside;
	size_t naside, asidecap;
};

struct account_folders {
	struct account_folder *folder; /* by name */
	size_t n, cap;
};

/* 0, or -1 and *err; an account that was never synced has none. */
int account_folders_read(const char *state_dir, const struct config_account *a,
			 struct account_folders *out, struct err *err);
void account_folders_release(struct account_folders *f);

#endif
