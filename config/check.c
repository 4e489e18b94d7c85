/* SPDX-License-Identifier: MIT */
/* Acceptance of texts whose form is known. What only the server or the disk
 * can tell is not asked here. */
#include "config/check.h"

#include <arpa/inet.h>
#include <imap4/event.h>
#include <stddef.h>
#include <string.h>

#include "lib/util/ascii.h"

#define ACCOUNT_NAME_MAX 64
#define HOST_MAX         253 /* RFC 1035 2.3.4 */
#define SHA256_HEX       64

static const struct {
	const char *name;
	uint32_t attr;
} special_uses[] = {
    {"\\All", IMAP4_LIST_ALL},
    {"\\Archive", IMAP4_LIST_ARCHIVE},
    {"\\Drafts", IMAP4_LIST_DRAFTS},
    {"\\Flagged", IMAP4_LIST_FLAGGED},
    {"\\Important", IMAP4_LIST_IMPORTANT},
    {"\\Junk", IMAP4_LIST_JUNK},
    {"\\Sent", IMAP4_LIST_SENT},
    {"\\Trash", IMAP4_LIST_TRASH},
};

uint32_t check_special_use(const char *name)
{
	for (size_t i = 0; i < sizeof(special_uses) / sizeof(special_uses[0]);
	     i++) {
		if (ascii_same(name, special_uses[i].name))
			return special_uses[i].attr;
	}
	return 0;
}

static bool only(const char *s, const char *extra)
{
	for (; *s; s++) {
		if (!ascii_alpha(*s) && !ascii_digit(*s) && !strchr(extra, *s))
			return false;
	}
	return true;
}

static bool is_address(int family, const char *s)
{
	unsigned char raw[16];

	return inet_pton(family, s, raw) == 1;
}

const char *check_host(const char *value)
{
	const char *colon = strchr(value, ':');

	if (is_address(AF_INET6, value))
		return NULL;
	if (strstr(value, "://"))
		return "is a URL; give host, port and tls each by its key";
	if (value[0] == '[')
		return "is not a host name; an IPv6 address stands without "
		       "brackets";
	if (colon && only(colon + 1, ""))
		return "holds a port; that has a key of its own";
	for (const char *p = value; *p; p++) {
		if ((unsigned char)*p >= 0x80)
			return "is not a host name; write it in its ASCII "
			       "form (xn--...)";
	}
	if (strlen(value) > HOST_MAX || !only(value, ".-_") ||
	    value[0] == '.' || value[0] == '-' || strstr(value, ".."))
		return "is not a host name";
	return NULL;
}

bool check_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	/* RFC 6761 6.3: resolvers keep this name on the machine. */
	return ascii_same(host, "localhost");
}

const char *check_pin(const char *value)
{
	const char *hex = value + strlen("sha256:");

	if (strlen(value) != strlen("sha256:") + SHA256_HEX ||
	    !ascii_is(value, strlen("sha256:"), "sha256:") ||
	    strspn(hex, "0123456789abcdefABCDEF") != SHA256_HEX)
		return "is not sha256: and 64 hexadecimal digits";
	return NULL;
}

const char *check_file_name(const char *value)
{
	if (strchr(value, '/') || strcmp(value, ".") == 0 ||
	    strcmp(value, "..") == 0)
		return "is not the name of a file in "
		       "$CREDENTIALS_DIRECTORY";
	return NULL;
}

/* cur, new and tmp are what makes a directory a Maildir folder. */
static bool is_reserved(const char *s, size_t len)
{
	static const char *const words[] = {"", ".", "..", "cur", "new", "tmp"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (len == strlen(words[i]) && memcmp(s, words[i], len) == 0)
			return true;
	}
	return false;
}

const char *check_local_folder(const char *value)
{
	const char *s = value;

	for (;;) {
		size_t len = strcspn(s, "/");
		if (is_reserved(s, len) || len > 255)
			return "cannot be the name of a folder";
		if (s[len] == '\0')
			return NULL;
		s += len + 1;
	}
}

const char *check_pattern(const char *value)
{
	if (value[0] == '\\' && check_special_use(value) == 0)
		return "is no special use; there are \\All \\Archive \\Drafts "
		       "\\Flagged \\Important \\Junk \\Sent \\Trash";
	return NULL;
}

const char *check_trash(const char *value)
{
	if (value[0] == '\\' && check_special_use(value) != IMAP4_LIST_TRASH)
		return "is neither a folder nor \\Trash";
	return NULL;
}

/* RFC 9051 9: capability is an atom. */
const char *check_capability(const char *value)
{
	for (const char *p = value; *p; p++) {
		if (ascii_ctl(*p) || (unsigned char)*p >= 0x80 ||
		    strchr(" (){%*\"\\]", *p))
			return "is not the name of a capability";
	}
	return NULL;
}

const char *check_account_name(const char *value)
{
	if (!only(value, "._-@+"))
		return "may hold letters, digits and . _ - @ + only";
	if (strcmp(value, ".") == 0 || strcmp(value, "..") == 0)
		return "cannot be the name of an account";
	if (strlen(value) > ACCOUNT_NAME_MAX)
		return "is longer than 64 bytes";
	return NULL;
}

const char *check_printable(const char *value)
{
	for (const char *p = value; *p; p++) {
		if (ascii_ctl(*p) || (unsigned char)*p >= 0x80)
			return "has a character that is not printable ASCII";
	}
	return NULL;
}

/* RFC 3986 3.2: no user in it, so that what stands before the first slash is
 * where it goes, for a reader too. */
const char *check_https(const char *value)
{
	static const char scheme[] = "https://";
	const char *host = value + strlen(scheme);

	if (!ascii_is(value, strnlen(value, strlen(scheme)), scheme))
		return "is not an https:// address";
	for (const char *p = host; *p; p++) {
		if (*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '#' ||
		    *p == '\\')
			return "has a character that no address has";
	}
	size_t len = strcspn(host, "/?");
	if (len == 0 || memchr(host, '@', len))
		return "is not an https:// address of a host";
	return NULL;
}
