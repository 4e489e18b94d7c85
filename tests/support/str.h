/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_STR_H
#define TESTS_SUPPORT_STR_H

#include <imap4/types.h>
#include <string.h>

/* NULL: NIL. */
static inline struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, s ? strlen(s) : 0};
}

#endif
