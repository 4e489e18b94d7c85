/* SPDX-License-Identifier: MIT */
/* Addresses as text (RFC 5322 3.4). */
#include <imap4/mime.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mime/words.h"

/* Can a name stand without quotes? RFC 5322 3.2.3, and what is not ASCII. */
static bool is_plain(const char *name)
{
	return !strpbrk(name, "()<>[]:;@\\,.\"");
}

/* A name is a line of a header: longer ones are cut. */
#define NAME_CAP 1024

static void put_name(struct imap4_str s, struct mime_out *out)
{
	char name[NAME_CAP];

	(void)imap4_header_decode(s, name, sizeof(name));
	if (is_plain(name)) {
		mime_puts(out, name);
		return;
	}
	mime_put(out, '"');
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "\"\\");
		mime_put_utf8(out, p, n);
		p += n;
		if (*p) {
			mime_put(out, '\\');
			mime_put(out, (unsigned char)*p++);
		}
	}
	mime_put(out, '"');
}

static void put_mailbox(const struct imap4_address *a, struct mime_out *out)
{
	bool name = a->name.p && a->name.len > 0;

	if (name) {
		put_name(a->name, out);
		mime_puts(out, " <");
	}
	if (a->mailbox.p)
		mime_put_utf8(out, a->mailbox.p, a->mailbox.len);
	if (a->host.p) {
		mime_put(out, '@');
		mime_put_utf8(out, a->host.p, a->host.len);
	}
	mime_puts(out, name ? ">" : "");
}

size_t imap4_addresses_format(const struct imap4_address *list, char *out,
			      size_t cap)
{
	struct mime_out to = mime_out_make(out, cap);
	bool first = true;

	for (const struct imap4_address *a = list; a; a = a->next) {
		if (a->kind == IMAP4_GROUP_END) {
			mime_put(&to, ';');
			first = false;
			continue;
		}
		mime_puts(&to, a == list ? "" : first ? " " : ", ");
		first = a->kind == IMAP4_GROUP_BEGIN;
		if (first) {
			put_name(a->mailbox, &to);
			mime_put(&to, ':');
		} else {
			put_mailbox(a, &to);
		}
	}
	return mime_out_end(&to);
}
