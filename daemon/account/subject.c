/* SPDX-License-Identifier: MIT */
#include "daemon/account/subject.h"

#include <fcntl.h>
#include <imap4/mime.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "lib/util/text.h"

/* A header that is longer has its subject nowhere that we look. */
#define HEAD_BYTES 16384

/* How long the field is that begins there, with the lines that continue it (RFC
 * 5322 2.2.3), but without its last line end. */
static size_t field_len(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len) {
		const char *end = memchr(p + n, '\n', len - n);
		if (!end)
			return len;
		n = (size_t)(end - p);
		if (n + 1 >= len || (p[n + 1] != ' ' && p[n + 1] != '\t'))
			return n;
		n++;
	}
	return n;
}

bool subject_find(const char *head, size_t len, char out[SUBJECT_BYTES])
{
	static const char name[] = "Subject:";
	const size_t skip = sizeof(name) - 1;
	char text[SUBJECT_BYTES];

	while (len > 0 && *head != '\n') {
		size_t n = field_len(head, len);
		if (n > skip && strncasecmp(head, name, skip) == 0) {
			struct imap4_str value = {head + skip, n - skip};
			while (value.len > 0 && *value.p == ' ') {
				value.p++;
				value.len--;
			}
			(void)imap4_header_decode(value, text, sizeof(text));
			text_clean(out, SUBJECT_BYTES, text, strlen(text));
			return out[0] != '\0';
		}
		n += n < len;
		head += n;
		len -= n;
	}
	return false;
}

bool subject_read(int dir, const char *file, char out[SUBJECT_BYTES])
{
	char head[HEAD_BYTES];
	int fd = fs_open(dir, file, O_RDONLY | O_NONBLOCK, 0);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, head, sizeof(head));
	fs_drop(fd);
	return n > 0 && subject_find(head, (size_t)n, out);
}
