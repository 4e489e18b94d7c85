/* SPDX-License-Identifier: MIT */
/* Where a password or token comes from. Keeps it in memory that is wiped, and
 * never puts it into a message: commands and files are named, not quoted. */
#include "daemon/remote/credential.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/proc.h"
#include "daemon/base/xalloc.h"

#define TIMEOUT_MS 60000
#define MAX_SECRET 65536

struct credential_request {
	void (*done)(void *ctx, struct secret *secret, const struct err *err);
	void *ctx;
	const char *key; /* of the configuration, for messages */
	const char *command;
	struct proc *proc;     /* NULL: it is here already */
	struct event *deliver; /* then calls done from the loop */
	struct secret *secret;
};

static void request_free(struct credential_request *r)
{
	if (r->deliver)
		event_free(r->deliver);
	secret_free(r->secret);
	free(r);
}

static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct credential_request *r = arg;
	struct secret *secret = r->secret;

	(void)fd;
	(void)what;
	r->secret = NULL;
	r->done(r->ctx, secret, NULL);
	request_free(r);
}

static int deliver_later(struct credential_request *r, struct event_base *base,
			 struct err *err)
{
	struct timeval now = {0};

	r->deliver = evtimer_new(base, on_deliver, r);
	if (!r->deliver || event_add(r->deliver, &now) < 0)
		return err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			       "cannot read %s: out of memory", r->key);
	return 0;
}

/* What is wrong with the output of a command that succeeded; NULL: nothing. */
static const char *unusable(const struct proc_result *p)
{
	if (p->cut)
		return "printed a line that is too long";
	if (p->len == 0)
		return "printed nothing";
	/* No mechanism can send it; mostly this is a binary file. */
	if (memchr(p->line, '\0', p->len))
		return "printed a NUL character";
	return NULL;
}

/* sysexits.h: what exits EX_TEMPFAIL wants to be asked again, as imapsyncctl
 * does whose provider cannot be reached. */
static enum err_code failed_code(const struct proc_result *p)
{
	bool later = !p->ok && strcmp(p->status, "exited 75") == 0;

	return later ? ERR_TEMP : ERR_AUTH;
}

static void on_command(void *ctx, const struct proc_result *p)
{
	struct credential_request *r = ctx;
	const char *why = p->ok ? unusable(p) : p->status;
	struct secret *secret = NULL;
	struct err err;

	r->proc = NULL;
	if (why) {
		bool said = !p->ok && p->error[0] != '\0';
		(void)err_set(&err, failed_code(p), ERR_SCOPE_ACCOUNT,
			      "%s %s%s%s", r->key, why, said ? ": " : "",
			      said ? p->error : "");
		(void)err_hint(&err, "run it by hand: %s", r->command);
	} else {
		secret = secret_new(p->line, p->len);
		if (!secret)
			(void)err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
				      "cannot keep the output of %s: out of "
				      "memory",
				      r->key);
	}
	r->done(r->ctx, secret, secret ? NULL : &err);
	request_free(r);
}

/* An error about a file, with errno where number is not 0. */
static int file_error(struct err *err, const char *key, const char *path,
		      const char *why, int number)
{
	/* A disk that fails is no mistake of the configuration. */
	enum err_code code = number == EIO ? ERR_IO : ERR_CONFIG;

	return err_set(err, code, ERR_SCOPE_ACCOUNT, "%s '%s'%s%s", key, path,
		       why, number ? strerror(number) : "");
}

static int check_file(int fd, const char *key, const char *path, bool private,
		      struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return file_error(err, key, path, ": ", errno);
	if (!S_ISREG(st.st_mode))
		return file_error(err, key, path, " is not a file", 0);
	if (private && (st.st_mode & 077) != 0) {
		(void)file_error(err, key, path, " is readable by others", 0);
		return err_hint(err, "chmod 600 '%s'", path);
	}
	return 0;
}

/* Reads until the end or the buffer is full. */
static ssize_t read_all(int fd, char *p, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, p + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int take_line(const char *p, size_t n, const char *key, const char *path,
		     struct secret **out, struct err *err)
{
	const char *end = memchr(p, '\n', n);
	size_t len = end ? (size_t)(end - p) : n;

	if (!end && n == MAX_SECRET)
		return file_error(err, key, path, ": the line is too long", 0);
	if (end && len > 0 && p[len - 1] == '\r')
		len--;
	if (len == 0)
		return file_error(err, key, path, " is empty", 0);
	if (memchr(p, '\0', len))
		return file_error(err, key, path, " has a NUL character", 0);
	*out = secret_new(p, len);
	if (!*out)
		return err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			       "cannot read %s: out of memory", key);
	return 0;
}

static int from_file(const char *key, const char *path, bool private,
		     struct secret **out, struct err *err)
{
	/* Not blocking: somebody may have put a FIFO there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		(void)file_error(err, key, path, ": ", errno);
		return err_hint(err, "put the password into its first line, "
				     "readable by you only");
	}
	int rc = check_file(fd, key, path, private, err);
	if (rc == 0) {
		char *text = xmalloc(MAX_SECRET);
		ssize_t n = read_all(fd, text, MAX_SECRET);
		if (n < 0)
			rc = file_error(err, key, path, ": ", errno);
		else
			rc = take_line(text, (size_t)n, key, path, out, err);
		explicit_bzero(text, MAX_SECRET);
		free(text);
	}
	(void)close(fd); /* was only read */
	return rc;
}

/* systemd.exec(5), LoadCredential=. systemd guards the directory; the files in
 * it may have a group. */
static int from_systemd(const char *name, struct secret **out, struct err *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (strchr(name, '/') || name[0] == '.')
		return err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
			       "password_credential '%s' is a name, not a path",
			       name);
	if (!dir) {
		(void)err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
			      "password_credential '%s': systemd has passed no "
			      "credentials",
			      name);
		return err_hint(err,
				"add LoadCredential=%s:/some/file to the "
				"unit, or use password_file",
				name);
	}
	char *path = xasprintf("%s/%s", dir, name);
	int rc = from_file("password_credential", path, false, out, err);
	free(path);
	return rc;
}

/* The sources that need no waiting. */
static int read_now(struct credential_request *r,
		    const struct config_account *a, struct err *err)
{
	r->key = "password";
	if (a->password_file)
		return from_file("password_file", a->password_file, true,
				 &r->secret, err);
	if (a->password_credential)
		return from_systemd(a->password_credential, &r->secret, err);
	if (!a->password)
		return 0;
	r->secret = secret_new(a->password, strlen(a->password));
	if (!r->secret)
		return err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			       "cannot read password: out of memory");
	return 0;
}

static int start(struct credential_request *r, struct event_base *base,
		 const struct config_account *account, bool refused,
		 struct credential_request **out, struct err *err)
{
	int rc;

	if (account->token_command) {
		r->key = "token_command";
		r->command = account->token_command;
	} else if (account->password_command) {
		r->key = "password_command";
		r->command = account->password_command;
	}
	if (r->command) {
		char *told =
		    refused ? xasprintf("export " CREDENTIAL_REFUSED "=1\n%s",
					r->command)
			    : NULL;
		struct proc_job job = {
		    .command = told ? told : r->command,
		    .timeout_ms = TIMEOUT_MS,
		    .max_output = MAX_SECRET,
		    .done = on_command,
		    .ctx = r,
		};
		rc = proc_start(base, &job, &r->proc, err);
		free(told);
	} else {
		rc = read_now(r, account, err);
		if (rc == 0)
			rc = deliver_later(r, base, err);
	}
	if (rc < 0) {
		request_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

static struct credential_request *request_new(
    void (*done)(void *ctx, struct secret *secret, const struct err *err),
    void *ctx)
{
	struct credential_request *r = xcalloc(1, sizeof(*r));

	r->done = done;
	r->ctx = ctx;
	return r;
}

int credential_get(struct event_base *base,
		   const struct config_account *account,
		   void (*done)(void *ctx, struct secret *secret,
				const struct err *err),
		   void *ctx, struct credential_request **out, struct err *err)
{
	return start(request_new(done, ctx), base, account, false, out, err);
}

int credential_renew(
    struct event_base *base, const struct config_account *account,
    void (*done)(void *ctx, struct secret *secret, const struct err *err),
    void *ctx, struct credential_request **out, struct err *err)
{
	return start(request_new(done, ctx), base, account, true, out, err);
}

void credential_cancel(struct credential_request *r)
{
	if (!r)
		return;
	proc_cancel(r->proc);
	request_free(r);
}
