/* SPDX-License-Identifier: MIT */
/* Secrets that a server may repeat in what it says: whatever is printed or
 * recorded goes through here. Not the secrets are kept, but fingerprints. */
#ifndef DAEMON_BASE_MASK_H
#define DAEMON_BASE_MASK_H

#include <stddef.h>

/* From now on it is hidden, and so is what it is in base64, also within
 * something longer. One of less than four bytes is not: it would be found in
 * everything. */
void mask_add(const char *secret, size_t len);
/* Writes '*' over each place in text that is a secret. */
void mask_text(char *text, size_t len);

#endif
