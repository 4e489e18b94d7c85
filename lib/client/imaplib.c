/* SPDX-License-Identifier: MIT */
/* The functions of Python's module that need no connection. */
#include <imap4/client.h>
#include <imap4/codec.h>

#include <string.h>
#include <time.h>

#define DATE_LEN (sizeof("17-Jul-1996 02:44:25 -0700") - 1)

/* Where the text goes on behind the last occurrence of name, or NULL. */
static const char *behind(const char *text, const char *name)
{
	const char *found = NULL;

	while ((text = strcasestr(text, name)) != NULL) {
		text += strlen(name);
		found = text;
	}
	return found;
}

int imap4_internaldate2tuple(const char *text, struct tm *utc)
{
	const char *date = behind(text, "INTERNALDATE \"");
	int64_t epoch;

	if (!date)
		date = text + (text[0] == '"');
	size_t len = strcspn(date, "\"");
	/* RFC 9051 date-time has one length, as in imaplib. */
	if (len != DATE_LEN || imap4_date_parse(date, len, &epoch, NULL) < 0)
		return IMAP4_EINVAL;
	time_t t = (time_t)epoch;
	return gmtime_r(&t, utc) ? 0 : IMAP4_EINVAL;
}

int imap4_time2internaldate(int64_t epoch, int zone, char *out)
{
	int rc = imap4_date_format(epoch, zone, out + 1);

	if (rc < 0)
		return rc;
	out[0] = '"';
	memcpy(out + strlen(out), "\"", 2);
	return 0;
}

void imap4_int2ap(uint64_t number, char out[17])
{
	unsigned digits = 0;

	while (digits < 16 && number >> (4 * digits) != 0)
		digits++;
	for (unsigned i = 0; i < digits; i++)
		out[i] = (char)('A' + (number >> (4 * (digits - 1 - i)) & 15));
	out[digits] = '\0';
}

size_t imap4_parse_flags(const char *text, struct imap4_str *flags, size_t max)
{
	const char *p = behind(text, "FLAGS (");
	size_t n = 0;

	if (!p || !strchr(p, ')'))
		return 0;
	for (;;) {
		p += strspn(p, " ");
		size_t len = strcspn(p, " )");
		if (len == 0)
			return n;
		if (n < max)
			flags[n] = (struct imap4_str){p, len};
		n++;
		p += len;
	}
}
