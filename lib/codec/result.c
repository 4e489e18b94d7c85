/* SPDX-License-Identifier: MIT */
/* The library's version, and its results in words. */
#include <imap4/types.h>

const char *imap4_version(void)
{
	return IMAP4_VERSION;
}

const char *imap4_strerror(int result)
{
	static const char *const text[] = {
	    [-IMAP4_OK] = "no error",
	    [-IMAP4_ENOMEM] = "out of memory",
	    [-IMAP4_EINVAL] = "an argument cannot be sent",
	    [-IMAP4_ESTATE] = "not possible in this state",
	    [-IMAP4_EPROTO] = "the server broke the protocol",
	    [-IMAP4_ELIMIT] = "a limit was exceeded",
	    [-IMAP4_ECLOSED] = "the connection is closed",
	    [-IMAP4_ETLS] = "TLS failed",
	    [-IMAP4_ENET] = "the network failed",
	    [-IMAP4_EAUTH] = "the login failed",
	    [-IMAP4_ENO] = "the server said NO",
	    [-IMAP4_EBAD] = "the server said BAD",
	    [-IMAP4_EREADONLY] = "the mailbox is read-only",
	    [-IMAP4_EPARTIAL] = "only a part was done",
	    [-IMAP4_EIO] = "a file cannot be read or written",
	    [-IMAP4_EPARSE] = "an answer could not be understood",
	    [-IMAP4_ERESOLVE] = "no such host",
	    [-IMAP4_EREFUSED] = "the connection was refused",
	    [-IMAP4_ETIMEDOUT] = "no answer in time",
	};
	const int n = (int)(sizeof(text) / sizeof(text[0]));

	if (result >= 0)
		return text[0];
	return result > -n ? text[-result] : "unknown error";
}
