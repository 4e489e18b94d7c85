/* SPDX-License-Identifier: MIT */
/* The words of a call that has "...", as arguments of the command in the
 * making. None can be more than the one argument that it stands for. */
#ifndef LIB_CLIENT_WORDS_H
#define LIB_CLIENT_WORDS_H

#include <imap4/command.h>

struct words {
	struct imap4_engine *e;
	bool search;    /* the words are search keys and what belongs to them */
	bool store;     /* they are what STORE takes behind its set */
	unsigned texts; /* so many words to come are text, whatever they say */
	bool flags;     /* the next one is a list of flags */
};

/* name: of the command, in capitals. */
void words_init(struct words *w, struct imap4_engine *e, const char *name);
void words_add(struct words *w, const char *word);

/* A list in parentheses, which are added where they are missing. */
void words_add_list(struct imap4_engine *e, const char *text);
/* What FETCH is to fetch, and its modifiers: several items get parentheses, as
 * the protocol wants them. */
void words_add_items(struct imap4_engine *e, const char *items);

#endif
