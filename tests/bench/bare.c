/* SPDX-License-Identifier: MIT */
/* The yardstick of the benchmarks: what a mirror costs without TLS, database,
 * digests and decisions. One blocking connection to loopback, one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES  (256 * 1024)
#define WRITE_BYTES (256 * 1024)
#define NAME_BYTES  64
#define FETCH       "a UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"

struct conn {
	int fd;
	char buf[READ_BYTES];
	size_t pos, len; /* what is in buf and not used yet: [pos, len) */
};

/* The Maildir; root -1: bodies are dropped. */
struct target {
	int root, tmp, cur;
	uint64_t messages, bytes;
	char buf[WRITE_BYTES];
	size_t len;
	bool cr; /* the last byte was CR and is not in buf yet */
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(
    const char *format, ...)
{
	int number = errno;
	va_list ap;

	va_start(ap, format);
	(void)fputs("bare: ", stderr);
	(void)vfprintf(stderr, format, ap);
	(void)fprintf(stderr, " (%s)\n", strerror(number));
	va_end(ap);
	exit(1);
}

static int dial(uint16_t port)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("cannot connect to port %u", port);
	return fd;
}

static void write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			die("cannot write");
		p += done;
		n -= (size_t)done;
	}
}

/* Reads behind what is there. */
static void more(struct conn *c)
{
	ssize_t n;

	if (c->pos > 0)
		memmove(c->buf, c->buf + c->pos, c->len - c->pos);
	c->len -= c->pos;
	c->pos = 0;
	if (c->len == READ_BYTES)
		die("a line of more than %d bytes", READ_BYTES);
	do
		n = read(c->fd, c->buf + c->len, READ_BYTES - c->len);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		die("the connection is gone");
	c->len += (size_t)n;
}

/* The next line without its CRLF; valid until the next call. */
static char *line(struct conn *c, size_t *len)
{
	size_t seen = 0;
	char *nl;

	while (!(nl = memchr(c->buf + c->pos + seen, '\n',
			     c->len - c->pos - seen))) {
		seen = c->len - c->pos;
		more(c);
	}
	char *from = c->buf + c->pos;
	c->pos = (size_t)(nl + 1 - c->buf);
	*len = (size_t)(nl - from);
	if (*len == 0 || nl[-1] != '\r')
		die("a line without CR");
	(*len)--;
	return from;
}

/* Does the line end in {N}? */
static bool literal(const char *p, size_t len, uint64_t *size)
{
	char text[32];
	char *end;

	if (len < 3 || p[len - 1] != '}')
		return false;
	const char *brace = memrchr(p, '{', len);
	if (!brace || len - (size_t)(brace - p) > sizeof(text))
		return false;
	size_t digits = len - (size_t)(brace - p) - 2;
	memcpy(text, brace + 1, digits);
	text[digits] = '\0';
	errno = 0;
	*size = strtoull(text, &end, 10);
	return digits > 0 && errno == 0 && *end == '\0';
}

static void flush(struct target *t, int fd)
{
	write_all(fd, t->buf, t->len);
	t->len = 0;
}

static void put(struct target *t, int fd, const char *p, size_t n)
{
	while (n > 0) {
		size_t part = sizeof(t->buf) - t->len;
		if (part > n)
			part = n;
		memcpy(t->buf + t->len, p, part);
		t->len += part;
		p += part;
		n -= part;
		if (t->len == sizeof(t->buf))
			flush(t, fd);
	}
}

/* Mail on disk has LF: the CR before it goes, any other stays. */
static void convert(struct target *t, int fd, const char *p, size_t n)
{
	const char *end = p + n;

	if (t->cr && n > 0 && *p != '\n')
		put(t, fd, "\r", 1);
	t->cr = false;
	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		put(t, fd, p, (size_t)((cr ? cr : end) - p));
		if (!cr)
			return;
		p = cr + 1;
		if (p == end)
			t->cr = true;
		else if (*p != '\n')
			put(t, fd, "\r", 1);
	}
}

static int create(struct target *t, char name[NAME_BYTES])
{
	(void)snprintf(name, NAME_BYTES, "%" PRIu64 ".bare", t->messages);
	int fd =
	    openat(t->tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die("cannot create a file");
	return fd;
}

static void finish(struct target *t, int fd, const char *name)
{
	char seen[NAME_BYTES + 8];

	if (t->cr)
		put(t, fd, "\r", 1);
	t->cr = false;
	flush(t, fd);
	if (close(fd) < 0)
		die("cannot close a file");
	(void)snprintf(seen, sizeof(seen), "%s:2,S", name);
	if (renameat(t->tmp, name, t->cur, seen) < 0)
		die("cannot rename a file");
}

static void body(struct conn *c, struct target *t, uint64_t left)
{
	char name[NAME_BYTES];

	t->messages++;
	t->bytes += left;
	int fd = t->root >= 0 ? create(t, name) : -1;
	while (left > 0) {
		if (c->pos == c->len)
			more(c);
		size_t n = c->len - c->pos;
		if (n > left)
			n = (size_t)left;
		if (fd >= 0)
			convert(t, fd, c->buf + c->pos, n);
		c->pos += n;
		left -= n;
	}
	if (fd >= 0)
		finish(t, fd, name);
}

/* One command, whose tag is "a", to its OK. */
__attribute__((format(printf, 3, 4))) static void run(struct conn *c,
						      struct target *t,
						      const char *format, ...)
{
	char text[512];
	uint64_t size;
	size_t len;
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof(text) - 2, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) - 2)
		die("a command that is too long");
	/* One write: Nagle's algorithm would hold back a second one. */
	memcpy(text + n, "\r\n", 2);
	write_all(c->fd, text, (size_t)n + 2);
	for (;;) {
		const char *p = line(c, &len);
		if (len >= 4 && memcmp(p, "a OK", 4) == 0)
			return;
		if (len >= 2 && memcmp(p, "a ", 2) == 0)
			die("the server said: %.*s", (int)len, p);
		if (literal(p, len, &size))
			body(c, t, size);
	}
}

static int make_dir(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		die("cannot make %s", name);
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s", name);
	return fd;
}

int main(int argc, char **argv)
{
	static struct conn c;
	static struct target t = {.root = -1};
	bool copy = argc == 6 && strcmp(argv[4], "copy") == 0;
	size_t len;

	if (!copy && (argc != 5 || strcmp(argv[4], "stream") != 0)) {
		(void)fputs("usage: bare PORT USER PASSWORD stream|copy DIR\n",
			    stderr);
		return 64;
	}
	if (copy) {
		t.root = make_dir(AT_FDCWD, argv[5]);
		t.tmp = make_dir(t.root, "tmp");
		t.cur = make_dir(t.root, "cur");
		(void)make_dir(t.root, "new");
	}
	c.fd = dial((uint16_t)strtoul(argv[1], NULL, 10));
	(void)line(&c, &len);
	run(&c, &t, "a LOGIN %s %s", argv[2], argv[3]);
	run(&c, &t, "a EXAMINE INBOX");
	run(&c, &t, FETCH);
	if (copy && syncfs(t.root) < 0)
		die("cannot sync");
	run(&c, &t, "a LOGOUT");
	(void)printf("%" PRIu64 " messages, %" PRIu64 " bytes\n", t.messages,
		     t.bytes);
	return 0;
}
