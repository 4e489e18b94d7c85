/* SPDX-License-Identifier: MIT */
/* An account or [general] while it is built: the values, and from which lines
 * they came, which only errors need. */
#ifndef CONFIG_DRAFT_H
#define CONFIG_DRAFT_H

#include "config/config.h"
#include "config/errlist.h"
#include "config/inifile.h"
#include "config/keys.h"

struct draft {
	void *object; /* struct config or struct config_account, borrowed */
	enum key_scope scope;
	unsigned line;            /* of the header; 0: there is none */
	unsigned lines[KEYS_MAX]; /* where each key was set; 0: nowhere */
	uint64_t bad;             /* keys whose value was refused */
	const struct inifile_section *section; /* borrowed, or NULL */
};

/* Where a key was set: its line, else that of the header. */
unsigned draft_line(const struct draft *d, const struct key *k);
/* Was a value given, but refused? Then it is not missing. */
bool draft_is_bad(const struct draft *d, const struct key *k);
/* Has a key of KEY_TEXT, KEY_SECRET or KEY_PATH a value, be it one that was
 * refused? */
bool draft_has_text(const struct draft *d, const struct key *k);

/* Sets every default of the table. */
void draft_defaults(struct draft *d);
/* Applies the keys of a section. Returns those that stood in it. e == NULL:
 * its errors were told before. */
uint64_t draft_apply(struct draft *d, const struct inifile_section *sec,
		     struct errlist *e);
/* Makes of d an account: [defaults] (may be NULL), then the provider's preset,
 * then d->section, then what follows from these. maildir_root may be NULL. */
void draft_account(struct draft *d, const struct inifile_section *defaults,
		   const char *maildir_root, struct errlist *e);

#endif
