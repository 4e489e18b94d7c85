/* SPDX-License-Identifier: MIT */
/* What people call a message: its subject, out of its file. */
#ifndef DAEMON_ACCOUNT_SUBJECT_H
#define DAEMON_ACCOUNT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#define SUBJECT_BYTES 200

/* Out of a file's beginning, len bytes with LF line ends: decoded, in UTF-8
 * without controls, cut to what fits. false: there is none. */
bool subject_find(const char *head, size_t len, char out[SUBJECT_BYTES]);
/* The same of a file in an open directory. */
bool subject_read(int dir, const char *file, char out[SUBJECT_BYTES]);

#endif
