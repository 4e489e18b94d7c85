/* SPDX-License-Identifier: MIT */
/* The file .imapsyncd in a Maildir root. Reads and writes it; what follows from
 * a wrong one is decided elsewhere.
 */
#include "daemon/maildir/sentinel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/base/fs.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"
#include "lib/util/num.h"

#define FILE_NAME ".imapsyncd"
#define FILE_MAX  4096
#define FIRST     "imapsyncd 1"

static bool is_hex(char c)
{
	c = ascii_lower(c);
	return ascii_digit(c) || (c >= 'a' && c <= 'f');
}

/* RFC 9562 4. */
static bool is_uuid(const char *s, size_t len)
{
	if (len != SENTINEL_ID - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s[i] != '-' : !is_hex(s[i]))
			return false;
	}
	return true;
}

static int not_ours(struct err *err)
{
	(void)err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT,
		      "the file " FILE_NAME " in the Maildir root is damaged "
		      "or of another version");
	return err_hint(err, "restore it from a backup, or remove it to have "
			     "all messages compared again");
}

/* What the lines say so far; .id "": not yet. */
struct content {
	struct sentinel says;
	bool counted;
};

/* Is there a value behind that word? */
static bool value_of(const char *word, const char **p, size_t *n)
{
	size_t len = strlen(word);

	if (*n < len || memcmp(*p, word, len) != 0)
		return false;
	*p += len;
	*n -= len;
	return true;
}

/* 0, or -1: it cannot be ours. A line that we do not know is a later version's
 * and does no harm. */
static int parse_line(const char *p, size_t n, struct content *c)
{
	struct sentinel *says = &c->says;

	if (value_of("id ", &p, &n)) {
		if (says->id[0] || !is_uuid(p, n))
			return -1;
		memcpy(says->id, p, n);
	} else if (value_of("generation ", &p, &n)) {
		if (c->counted || num_parse(p, n, SENTINEL_GENERATION_MAX,
					    &says->generation) < 0)
			return -1;
		c->counted = true;
	} else if (value_of("owner ", &p, &n)) {
		if (says->owner[0] || n == 0 || n >= sizeof(says->owner) ||
		    memchr(p, '\0', n))
			return -1;
		memcpy(says->owner, p, n);
	}
	return 0;
}

static int parse(const char *text, size_t len, struct content *out,
		 struct err *err)
{
	if (len == 0)
		return not_ours(err);
	const char *p = text, *end = text + len;
	for (int line = 0; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		/* Written in one go and renamed: a part is not ours. */
		if (!nl)
			return not_ours(err);
		size_t n = (size_t)(nl - p);
		if (line == 0 &&
		    (n != strlen(FIRST) || memcmp(p, FIRST, n) != 0))
			return not_ours(err);
		if (parse_line(p, n, out) < 0)
			return not_ours(err);
		p = nl + 1;
	}
	return out->says.id[0] ? 0 : not_ours(err);
}

int sentinel_read(int root, struct sentinel *out, struct err *err)
{
	struct content found = {.counted = false};
	struct buf text;
	int rc;

	buf_init(&text, FILE_MAX);
	if (fs_read_small(root, FILE_NAME, FILE_MAX, &text) == 0)
		rc = parse(text.data, text.len, &found, err);
	else if (errno == ENOENT)
		rc = 1;
	else if (errno == EFBIG || errno == EINVAL)
		rc = not_ours(err);
	else
		rc = err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
			       "cannot read " FILE_NAME " in the Maildir root");
	buf_release(&text);
	if (rc == 0)
		*out = found.says;
	return rc;
}

static bool is_one_line(const char *s)
{
	for (; *s; s++) {
		if (ascii_ctl(*s))
			return false;
	}
	return true;
}

int sentinel_write(int root, const struct sentinel *s, const char *account,
		   struct err *err)
{
	struct buf text;

	buf_init(&text, FILE_MAX);
	if (!is_uuid(s->id, strlen(s->id)) || !is_one_line(account) ||
	    !is_one_line(s->owner) || s->generation > SENTINEL_GENERATION_MAX ||
	    buf_addf(&text, FIRST "\naccount %s\nid %s\ngeneration %llu\n",
		     account, s->id, (unsigned long long)s->generation) < 0 ||
	    (s->owner[0] && buf_addf(&text, "owner %s\n", s->owner) < 0)) {
		buf_release(&text);
		return err_set(err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
			       "no fit content for " FILE_NAME);
	}
	int rc = fs_write_durable(root, FILE_NAME, text.data, text.len);
	if (rc < 0)
		(void)err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
				"cannot write " FILE_NAME
				" in the Maildir root");
	buf_release(&text);
	return rc;
}
