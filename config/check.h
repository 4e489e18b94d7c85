/* SPDX-License-Identifier: MIT */
/* Is a text acceptable as a host, a pin, a folder, ...? Each returns NULL, or
 * what is wrong, to stand behind the quoted value: "is not a host name". */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdbool.h>
#include <stdint.h>

const char *check_host(const char *value);
const char *check_pin(const char *value);
const char *check_file_name(const char *value);
const char *check_local_folder(const char *value);
const char *check_pattern(const char *value);
const char *check_trash(const char *value);
const char *check_capability(const char *value);
/* The address of an https service: host, perhaps port and path. */
const char *check_https(const char *value);
/* Not empty, ASCII without control characters. */
const char *check_printable(const char *value);
const char *check_account_name(const char *value);

/* Does the host name this machine only? Asks no resolver: "localhost" and
 * literal addresses. */
bool check_is_loopback(const char *host);

/* The IMAP4_LIST_* bit of a special use such as "\Junk", in any case; 0: there
 * is none of that name (RFC 6154, RFC 8457). */
uint32_t check_special_use(const char *name);

#endif
