/* SPDX-License-Identifier: MIT */
/* What a server reports about mailboxes besides their messages: quotas, access
 * rights, annotations. */
#ifndef IMAP4_ADMIN_H
#define IMAP4_ADMIN_H

#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 9208 3: STORAGE counts in units of 1024 octets, MESSAGE, MAILBOX and
 * ANNOTATION-STORAGE (again 1024 octets) likewise by name. */
struct imap4_quota_resource {
	struct imap4_str name;
	uint64_t usage;
	uint64_t limit;
};

/* QUOTA */
struct imap4_quota {
	struct imap4_str root;
	const struct imap4_quota_resource *resource;
	size_t n;
};

/* QUOTAROOT: the roots whose quotas a mailbox is counted against. */
struct imap4_quotaroot {
	struct imap4_str raw;  /* mailbox name as sent */
	struct imap4_str name; /* UTF-8 or p == NULL */
	const struct imap4_str *root;
	size_t n;
};

/* RFC 4314: an identifier with its rights ("Fred", "lrswi"). An identifier
 * that begins with '-' has negative rights. */
struct imap4_acl_entry {
	struct imap4_str identifier;
	struct imap4_str rights;
};

/* ACL: all entries of a mailbox. LISTRIGHTS: one entry with the rights that
 * always go to the identifier; .optional are those that can be granted, each
 * string as a whole. MYRIGHTS: one entry, identifier p == NULL. */
struct imap4_acl {
	struct imap4_str raw;  /* mailbox name as sent */
	struct imap4_str name; /* UTF-8 or p == NULL */
	const struct imap4_acl_entry *entry;
	size_t n;
	const struct imap4_str *optional;
	size_t noptional;
};

/* One annotation. METADATA (RFC 5464): "/shared/comment" and its value,
 * p == NULL: it has none; .attribute is not used. ANNOTATION (the draft before
 * it, which imaplib knows): "/comment", "value.shared", value. */
struct imap4_metadata_entry {
	struct imap4_str entry;
	struct imap4_str attribute;
	struct imap4_str value;
};

/* METADATA and ANNOTATION. */
struct imap4_metadata {
	struct imap4_str raw;  /* mailbox name as sent, "" for the server */
	struct imap4_str name; /* UTF-8 or p == NULL */
	bool annotatemore;     /* it was ANNOTATION */
	bool changed; /* unsolicited: these entries changed, values not told */
	const struct imap4_metadata_entry *entry;
	size_t n;
};

#ifdef __cplusplus
}
#endif
#endif
