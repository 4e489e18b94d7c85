/* SPDX-License-Identifier: MIT */
/* Maildir file names: UNIQUE[:2,LETTERS]. */
#ifndef DAEMON_MAILDIR_NAME_H
#define DAEMON_MAILDIR_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_BYTES 256 /* NAME_MAX and the NUL */

struct name {
	size_t unique_len; /* bytes of the unique part */
	uint64_t flags;    /* FLAG_* of the letters D F P R S T */
	uint32_t keywords; /* bit i: the letter 'a' + i */
	bool has_info;     /* there is a ":2," */
	char other[32];    /* letters that have no meaning to us: kept */
};

/* Takes a file name apart. 0, or -1: not a message (begins with a dot, is
 * longer than NAME_MAX). Names without ":2," or with another info are messages
 * without flags. */
int name_parse(const char *file, struct name *out);

/* Builds UNIQUE:2,LETTERS in ASCII order, other letters kept. 0, or -1: it does
 * not fit into a name. */
int name_build(char out[NAME_BYTES], const char *unique, size_t unique_len,
	       uint64_t flags, uint32_t keywords, const char *other);

/* Only the ":2,LETTERS". */
int name_letters(char out[NAME_BYTES], uint64_t flags, uint32_t keywords,
		 const char *other);

/* A unique part for a file that has to leave its own: of no message's origin.
 * random: any 64 random bits. */
void name_fresh(char out[NAME_BYTES], int64_t seconds, uint64_t random,
		uint64_t size);

/* A 64-bit key of the unique part; never 0. */
uint64_t name_key(const char *unique, size_t len);

/* The origin of a message, from which its unique part is derived, so that a
 * file renamed into place just before a crash is recognised afterwards. */
struct name_origin {
	uint64_t folder_tag; /* name_folder_tag() */
	uint32_t uidvalidity;
	uint32_t uid;
};

/* Depends on account and folder name only. */
uint64_t name_folder_tag(const char *account, const char *folder);

/* "<seconds>.V<uidvalidity>U<uid>.<tag>.imapsyncd,S=<size>". size: bytes on
 * disk. */
void name_unique(char out[NAME_BYTES], const struct name_origin *origin,
		 int64_t internaldate, uint64_t size);

/* If the unique part claims to come from this folder tag and UIDVALIDITY: its
 * UID and size, true. */
bool name_hint(const char *unique, size_t len, uint64_t folder_tag,
	       uint32_t uidvalidity, uint32_t *uid, uint64_t *size);

#endif
