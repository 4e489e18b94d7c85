/* SPDX-License-Identifier: MIT */
/* COPYUID (RFC 4315 3): which UIDs messages got that were copied or moved. */
#ifndef DAEMON_FOLDER_COPYUID_H
#define DAEMON_FOLDER_COPYUID_H

#include <imap4/event.h>

#include "daemon/store/batch/transfer.h"

/* Adds the pairs of a response code, if it is COPYUID: all or none. What was
 * said of another UIDVALIDITY before is void. */
void copyuid_take(struct uid_pairs *p, const struct imap4_respcode *code);

#endif
