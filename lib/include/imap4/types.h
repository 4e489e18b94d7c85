/* SPDX-License-Identifier: MIT */
/* Results, strings and small enums that every other header uses. */
#ifndef IMAP4_TYPES_H
#define IMAP4_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define IMAP4_EXPORT __attribute__((visibility("default")))
#else
#define IMAP4_EXPORT
#endif

/* What C11 has and compilers have long had, without a warning in C99. */
#ifdef __GNUC__
#define IMAP4_EXTENSION __extension__
#else
#define IMAP4_EXTENSION
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns: 0 (or a count) on success, one of these on failure. */
enum imap4_result {
	IMAP4_OK = 0,
	IMAP4_ENOMEM = -1,  /* out of memory; the object is still valid */
	IMAP4_EINVAL = -2,  /* an argument cannot be sent, nothing was sent */
	IMAP4_ESTATE = -3,  /* not allowed in this state, nothing was sent */
	IMAP4_EPROTO = -4,  /* the server broke the protocol; connection dead */
	IMAP4_ELIMIT = -5,  /* the server exceeded a limit; connection dead */
	IMAP4_ECLOSED = -6, /* the connection is gone */
	IMAP4_ETLS = -7,  /* TLS failed, or the certificate is not acceptable */
	IMAP4_ENET = -8,  /* not connected, or the connection was cut */
	IMAP4_EAUTH = -9, /* no acceptable mechanism, or refused */
	/* Of the blocking client only: */
	IMAP4_ENO = -10,       /* the server said NO */
	IMAP4_EBAD = -11,      /* the server said BAD */
	IMAP4_EREADONLY = -12, /* the mailbox is not writable */
	IMAP4_EPARTIAL = -13,  /* OK, but only a part was done (RFC 9738) */
	IMAP4_EIO = -14,       /* a file of the caller's: see errno */
	IMAP4_EPARSE = -15,    /* OK, but an answer could not be understood */
	/* Why there is no connection, where that is known: */
	IMAP4_ERESOLVE = -16,  /* the host's name leads to no address */
	IMAP4_EREFUSED = -17,  /* nobody listens at host and port */
	IMAP4_ETIMEDOUT = -18, /* no answer for too long */
};

/* What a result means, in a few words: a constant string. The connection's and
 * the client's own texts say more. */
IMAP4_EXPORT const char *imap4_strerror(int result);

/* Of the headers that a program is compiled with. The number has two digits in
 * base 16 for each part: 0x010203 is 1.2.3. */
#define IMAP4_VERSION        "0.1.0"
#define IMAP4_VERSION_NUMBER 0x000100
/* Of the library that it runs with. */
IMAP4_EXPORT const char *imap4_version(void);

/* A string of bytes: borrowed, not terminated. p == NULL means NIL. */
struct imap4_str {
	const char *p;
	size_t len;
};

/* RFC 9051 7.1: the five status responses; LOST is ours: the connection ended
 * before the tagged response, so nobody knows whether the command was done. */
enum imap4_status {
	IMAP4_STATUS_OK,
	IMAP4_STATUS_NO,
	IMAP4_STATUS_BAD,
	IMAP4_STATUS_PREAUTH,
	IMAP4_STATUS_BYE,
	IMAP4_STATUS_LOST,
};

/* RFC 9051 3: where the connection is. */
enum imap4_state {
	IMAP4_STATE_GREETING, /* nothing received yet */
	IMAP4_STATE_NONAUTH,
	IMAP4_STATE_AUTH,
	IMAP4_STATE_SELECTED,
	IMAP4_STATE_LOGOUT, /* BYE received, or closed */
};

/* Names a submitted command until its IMAP4_EV_DONE. Never 0. */
typedef uint32_t imap4_id;

/* One range of a UID or sequence set, first <= last. */
struct imap4_range {
	uint32_t first;
	uint32_t last;
};

/* A set of numbers, kept as sorted, disjoint, non-adjacent ranges. Never
 * expanded: forty bytes from a server can name four thousand million UIDs. */
struct imap4_set {
	struct imap4_range *range;
	size_t n;
	size_t cap;
	size_t head; /* free places in front of range */
};

#ifdef __cplusplus
}
#endif
#endif
