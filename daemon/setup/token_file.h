/* SPDX-License-Identifier: MIT */
/* What an authorisation gave, in <state_dir>/tokens/ACCOUNT.json: 0600, whole
 * or not at all, one process at a time. */
#ifndef DAEMON_SETUP_TOKEN_FILE_H
#define DAEMON_SETUP_TOKEN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"
#include "daemon/setup/grant.h"

/* All strings allocated; NULL where there is none. */
struct token_set {
	/* For whom it was given: where one of these is another now, it is for
	 * nothing. */
	char *user, *client_id, *token_url, *scope;
	char *access_token, *refresh_token;
	int64_t obtained_at, expires_at; /* of the access token */
	int64_t granted_at;              /* when a person agreed */
	int64_t strikes;                 /* refreshes refused in a row */
};

struct token_dir {
	int dir;  /* <state_dir>/tokens */
	int lock; /* held; -1: not */
	char *name;
};

/* Opens the directory (made where it is missing) and waits for the account's
 * lock. 0, or -1 and *err. */
int token_dir_open(const char *state_dir, const char *account,
		   struct token_dir *out, struct err *err);
void token_dir_close(struct token_dir *d);

/* 0 and *out; or -1 and *err: ERR_AUTH (there is none: authorise), ERR_IO,
 * ERR_CONFIG (others may read it, or it is no such file). */
int token_set_load(const struct token_dir *d, struct token_set *out,
		   struct err *err);
/* Durable when it returns 0. -1 and *err: the file is as it was. */
int token_set_save(const struct token_dir *d, const struct token_set *t,
		   struct err *err);
/* Removes it. 0, also where there was none; or -1 and *err. */
int token_set_remove(const struct token_dir *d, struct err *err);

/* Takes over what a token endpoint gave now. A refresh token that was not
 * given anew stays (RFC 6749 6). */
void token_set_take(struct token_set *t, struct grant *g, int64_t now);
/* Can the access token still be used, with some time left for a login? */
bool token_set_is_fresh(const struct token_set *t, int64_t now);
/* Wipes and frees. */
void token_set_release(struct token_set *t);

#endif
