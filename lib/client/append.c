/* SPDX-License-Identifier: MIT */
/* APPEND from memory or from a file. The length must be announced before, so
 * the message is gone through twice: the line ends that are missing count. */
#include <imap4/client.h>
#include <imap4/codec.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client/command.h"
#include "lib/client/run.h"

/* Each octet may become two, and one more may be due. */
#define PIECE (IMAP4_APPEND_CHUNK / 2 - 1)

struct source {
	const char *p; /* NULL: from fd */
	size_t len;
	int fd;
	off_t start; /* where the message begins in it */
	uint64_t at; /* octets taken so far */
	char last;   /* of them */
	bool ended;
	char *in;  /* PIECE */
	char *out; /* IMAP4_APPEND_CHUNK */
};

/* The next octets as they are, to *p: how many, or IMAP4_EIO. */
static ssize_t take(struct source *s, const char **p)
{
	ssize_t n;

	if (s->p) {
		size_t left = s->len - (size_t)s->at;
		*p = s->p + s->at;
		n = (ssize_t)(left < PIECE ? left : PIECE);
	} else {
		*p = s->in;
		do {
			n = pread(s->fd, s->in, PIECE, s->start + (off_t)s->at);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return IMAP4_EIO;
	}
	s->at += (uint64_t)n;
	return n;
}

/* The next octets of the message, each CR, LF and CRLF as CRLF, to s->out: how
 * many, 0 at the end, or IMAP4_EIO. */
static ssize_t source_read(struct source *s)
{
	const char *p;
	size_t n = 0;

	if (s->ended)
		return 0;
	ssize_t len = take(s, &p);
	if (len < 0)
		return len;
	for (ssize_t i = 0; i < len; i++) {
		if (s->last == '\r' && p[i] != '\n')
			s->out[n++] = '\n';
		else if (s->last != '\r' && p[i] == '\n')
			s->out[n++] = '\r';
		s->last = p[i];
		s->out[n++] = p[i];
	}
	s->ended = len == 0;
	if (s->ended && s->last == '\r')
		s->out[n++] = '\n';
	return (ssize_t)n;
}

static void source_rewind(struct source *s)
{
	s->at = 0;
	s->last = '\0';
	s->ended = false;
}

/* How long the message will be, or IMAP4_EIO. */
static int64_t source_length(struct source *s)
{
	int64_t length = 0;
	ssize_t n;

	source_rewind(s);
	while ((n = source_read(s)) > 0)
		length += n;
	source_rewind(s);
	return n < 0 ? n : length;
}

static void feed(struct imap4_client *c, const struct imap4_event *ev)
{
	struct source *s = c->asked;
	ssize_t n = source_read(s);

	if (n <= 0 || imap4_engine_append_data(imap4_conn_engine(c->conn),
					       ev->id, s->out, (size_t)n) < 0)
		/* It must be delivered as announced, or not at all. */
		(void)client_lose(c, IMAP4_EIO,
				  "the file changed or failed while it was "
				  "sent");
}

/* "(\Seen \Draft)" without the parentheses, which the engine writes. */
static char *bare_flags(const char *flags)
{
	size_t len = flags ? strlen(flags) : 0;
	bool enclosed = len >= 2 && flags[0] == '(' && flags[len - 1] == ')';

	return strndup(enclosed ? flags + 1
		       : flags  ? flags
				: "",
		       enclosed ? len - 2 : len);
}

/* imaplib's form, in quotes, or without them. */
static int parse_date(const char *date, struct imap4_append *a)
{
	size_t len = strlen(date);
	bool quoted = len >= 2 && date[0] == '"' && date[len - 1] == '"';

	a->has_date = true;
	return imap4_date_parse(date + quoted, quoted ? len - 2 : len,
				&a->internaldate, &a->zone);
}

static int submit(struct imap4_client *c, struct source *s,
		  struct imap4_append *a, const char *date, imap4_id *id)
{
	if (date && parse_date(date, a) < 0)
		return IMAP4_EINVAL;
	int64_t length = source_length(s);
	if (length < 0)
		return IMAP4_EIO;
	a->length = (uint64_t)length;
	/* RFC 6855 4: else its header would be refused. */
	a->utf8 = length > 0 && client_has_utf8(c);
	c->on_append = feed;
	c->asked = s;
	return imap4_engine_append(imap4_conn_engine(c->conn), a, id);
}

static int append(struct imap4_client *c, const char *mailbox,
		  const char *flags, const char *date, struct source *s)
{
	struct imap4_append a = {.size = sizeof(a)};
	char *bare = bare_flags(flags);
	struct buf wire;
	imap4_id id = 0;

	buf_init(&wire, SIZE_MAX / 2);
	int rc = bare ? command_mailbox(c, mailbox ? mailbox : "INBOX", &wire)
		      : IMAP4_ENOMEM;
	if (rc == 0) {
		a.mailbox = (struct imap4_str){wire.data, wire.len};
		a.flags = bare;
		rc = submit(c, s, &a, date, &id);
	}
	buf_release(&wire);
	free(bare);
	if (rc == IMAP4_EIO)
		return client_fail(c, rc, "APPEND: cannot read the message: %s",
				   strerror(errno));
	return client_end(c, rc, id, "APPEND", NULL);
}

static int append_source(struct imap4_client *c, const char *mailbox,
			 const char *flags, const char *date, struct source *s)
{
	int rc = client_begin(c);

	if (rc < 0)
		return rc;
	s->out = malloc(IMAP4_APPEND_CHUNK + PIECE);
	if (!s->out)
		return client_fail(c, IMAP4_ENOMEM, "out of memory");
	s->in = s->out + IMAP4_APPEND_CHUNK;
	rc = append(c, mailbox, flags, date, s);
	free(s->out);
	return rc;
}

int imap4_client_append(struct imap4_client *c, const char *mailbox,
			const char *flags, const char *date,
			const void *message, size_t len)
{
	/* NULL would mean the file. */
	struct source s = {.p = message ? message : "", .len = len, .fd = -1};

	return append_source(c, mailbox, flags, date, &s);
}

int imap4_client_append_fd(struct imap4_client *c, const char *mailbox,
			   const char *flags, const char *date, int fd)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	/* Where that cannot be, reading at a place will say so. */
	struct source s = {.fd = fd, .start = start < 0 ? 0 : start};

	return append_source(c, mailbox, flags, date, &s);
}
