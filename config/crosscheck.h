/* SPDX-License-Identifier: MIT */
/* What only several keys together show to be wrong: missing ones, ones that
 * exclude each other, two accounts on one Maildir. */
#ifndef CONFIG_CROSSCHECK_H
#define CONFIG_CROSSCHECK_H

#include "config/draft.h"

/* Checks one account, built by draft_account(). */
void crosscheck_account(const struct draft *d, struct errlist *e);

/* Checks the directories of all n accounts against each other and against the
 * state directory of [general]. */
void crosscheck_directories(const struct draft *general,
			    const struct draft *accounts, size_t n,
			    struct errlist *e);

#endif
