/* SPDX-License-Identifier: MIT */
/* What somebody names: ACCOUNT or ACCOUNT/FOLDER. */
#ifndef DAEMON_OPERAND_H
#define DAEMON_OPERAND_H

#include "config/config.h"

/* The account of an operand, or NULL: there is none of that name. */
const struct config_account *operand_account(const struct config *config,
					     const char *operand);
/* Its folder, borrowed from operand; NULL: it names the whole account. */
const char *operand_folder(const char *operand);
/* Do all operands (ended by NULL) name accounts? 0, or the exit status, and it
 * was said. */
int operands_check(char *const *operands, const struct config *config);

#endif
