/* SPDX-License-Identifier: MIT */
/* An INI file as sections of key, value and line, in file order, repeated keys
 * kept. Knows nothing of which keys there are. */
#ifndef CONFIG_INIFILE_H
#define CONFIG_INIFILE_H

#include <stddef.h>
#include <sys/stat.h>

#include "config/errlist.h"

#define INIFILE_SIZE_MAX     ((size_t)1 << 20)
#define INIFILE_SECTIONS_MAX 1010
#define INIFILE_KEYS_MAX     1000 /* in one section */
#define INIFILE_VALUE_MAX    65536

struct inifile_entry {
	char *key;
	char *value; /* may be a secret: wiped on release */
	unsigned line;
};

struct inifile_section {
	char *name;
	unsigned line;
	struct inifile_entry *entries;
	size_t n;
};

struct inifile {
	struct inifile_section *sections;
	size_t n;
	struct stat st; /* of the very file that was read */
};

/* Reads path and takes it apart. Every line that cannot be used is an error in
 * e; the others are in *out all the same, so that their errors can be told in
 * the same run. -1 only where the file cannot be read at all (error in e). The
 * caller releases *out in both cases. */
int inifile_read(const char *path, struct inifile *out, struct errlist *e);
void inifile_release(struct inifile *ini);

#endif
