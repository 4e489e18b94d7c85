/* SPDX-License-Identifier: MIT */
/* Questions to a person at a terminal. */
#ifndef DAEMON_SETUP_ASK_H
#define DAEMON_SETUP_ASK_H

#include <stdbool.h>

/* Is there a person: are stdin and stdout a terminal? */
bool ask_can(void);
/* A line without its end, allocated; def (may be NULL) where it is empty. NULL:
 * the end of the input, or an empty line without def. */
char *ask_text(const char *question, const char *def);
/* The same without showing what is typed. The caller wipes it. */
char *ask_secret(const char *question);
/* An empty line means def. */
bool ask_yes(const char *question, bool def);

#endif
