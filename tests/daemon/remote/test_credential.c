/* SPDX-License-Identifier: MIT */
/* Passwords and tokens from each place they may be in, what is said where they
 * are not, and that none of it is ever shown. */
#include "daemon/remote/credential.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "tests/support/t.h"

#define CANARY "S3CR3T-canary"

struct fixture {
	struct event_base *base;
	char dir[64];
	char *file; /* in it */
	int calls;
	struct secret *secret;
	struct err err;
	bool failed;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	assert_non_null(f->base);
	(void)snprintf(f->dir, sizeof(f->dir),
		       "/tmp/imapsyncd-credential-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->file = xasprintf("%s/secret", f->dir);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	secret_free(f->secret);
	event_base_free(f->base);
	(void)unlink(f->file);
	assert_int_equal(rmdir(f->dir), 0);
	free(f->file);
	free(f);
	return 0;
}

static void done(void *ctx, struct secret *secret, const struct err *err)
{
	struct fixture *f = ctx;

	f->calls++;
	secret_free(f->secret);
	f->secret = secret;
	f->failed = err != NULL;
	if (err)
		f->err = *err;
}

/* 0 where a secret or nothing came, -1 where an error did, either way. */
static int get(struct fixture *f, const struct config_account *a)
{
	struct credential_request *r;

	f->calls = 0;
	memset(&f->err, 0, sizeof(f->err));
	if (credential_get(f->base, a, done, f, &r, &f->err) < 0) {
		assert_int_equal(event_base_dispatch(f->base), 1);
		assert_int_equal(f->calls, 0);
		return -1;
	}
	assert_int_equal(f->calls, 0);
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_int_equal(f->calls, 1);
	assert_true(!f->failed || !f->secret);
	return f->failed ? -1 : 0;
}

static void assert_secret(struct fixture *f, const struct config_account *a,
			  const char *want)
{
	if (get(f, a) < 0)
		fail_msg("%s", f->err.text);
	assert_non_null(f->secret);
	assert_string_equal(secret_text(f->secret), want);
	assert_int_equal(secret_len(f->secret), strlen(want));
}

static void write_file(struct fixture *f, const void *p, size_t n, mode_t mode)
{
	(void)unlink(f->file);
	int fd = open(f->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void assert_config_error(struct fixture *f,
				const struct config_account *a,
				const char *text)
{
	assert_int_equal(get(f, a), -1);
	assert_int_equal(f->err.code, ERR_CONFIG);
	assert_int_equal(f->err.scope, ERR_SCOPE_ACCOUNT);
	if (!strstr(f->err.text, text))
		fail_msg("'%s' is not in '%s'", text, f->err.text);
	assert_null(strstr(f->err.text, CANARY));
	assert_null(strstr(f->err.hint, CANARY));
}

static void test_credential__comes_from_the_configuration(void **state)
{
	struct fixture *f = *state;
	char password[] = " p\xc3\xa4ss ";
	struct config_account a = {.password = password};

	assert_secret(f, &a, password);
}

static void test_credential__may_be_none(void **state)
{
	struct fixture *f = *state;
	struct config_account a = {.user = NULL};

	assert_int_equal(get(f, &a), 0);
	assert_null(f->secret);
}

static void test_credential__is_the_first_line_of_a_file(void **state)
{
	struct fixture *f = *state;
	struct config_account a = {.password_file = f->file};
	static const struct {
		const char *content, *want;
	} table[] = {
	    {CANARY, CANARY},
	    {CANARY "\n", CANARY},
	    {CANARY "\r\nmore", CANARY},
	    {" a b \nuser: x\n", " a b "},
	    {"a\r", "a\r"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *text = table[i].content;
		write_file(f, text, strlen(text), i % 2 ? 0600 : 0400);
		assert_secret(f, &a, table[i].want);
	}
}

static void test_credential__a_file_must_be_private(void **state)
{
	struct fixture *f = *state;
	struct config_account a = {.password_file = f->file};
	static const mode_t modes[] = {0640, 0604, 0620, 0601, 0644, 0666};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file(f, CANARY, strlen(CANARY), modes[i]);
		assert_config_error(f, &a, "is readable by others");
		assert_non_null(strstr(f->err.hint, "chmod 600"));
	}
}

static void test_credential__a_file_must_hold_a_line(void **state)
{
	struct fixture *f = *state;
	struct config_account a = {.password_file = f->file};
	static const char nul[] = "abc\0" CANARY "\n";
	char *huge = xcalloc(1, 65536);

	assert_config_error(f, &a, "No such file");
	assert_true(f->err.hint[0] != '\0');
	write_file(f, "", 0, 0600);
	assert_config_error(f, &a, "is empty");
	write_file(f, "\n" CANARY, strlen("\n" CANARY), 0600);
	assert_config_error(f, &a, "is empty");
	write_file(f, "\r\n", 2, 0600);
	assert_config_error(f, &a, "is empty");
	write_file(f, nul, sizeof(nul) - 1, 0600);
	assert_config_error(f, &a, "NUL");
	memset(huge, 'x', 65536);
	write_file(f, huge, 65536, 0600);
	assert_config_error(f, &a, "too long");
	free(huge);
	a.password_file = f->dir;
	assert_config_error(f, &a, "is not a file");
}

static void test_credential__a_fifo_does_not_hang(void **state)
{
	struct fixture *f = *state;
	struct config_account a = {.password_file = f->file};

	assert_int_equal(mkfifo(f->file, 0600), 0);
	assert_config_error(f, &a, "is not a file");
}

static void test_credential__comes_from_systemd(void **state)
{
	struct fixture *f = *state;
	char name[] = "secret", path[] = "../secret", dot[] = "..";
	struct config_account a = {.password_credential = name};

	/* systemd sets an access list that shows as group permission. */
	write_file(f, CANARY, strlen(CANARY), 0440);
	assert_config_error(f, &a, "systemd has passed no credentials");
	assert_non_null(strstr(f->err.hint, "LoadCredential=secret:"));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", f->dir, 1), 0);
	assert_secret(f, &a, CANARY);
	a.password_credential = path;
	assert_config_error(f, &a, "is a name, not a path");
	a.password_credential = dot;
	assert_config_error(f, &a, "is a name, not a path");
	a.password_credential = name;
	assert_int_equal(unlink(f->file), 0);
	assert_config_error(f, &a, "No such file");
}

static void test_credential__comes_from_a_command(void **state)
{
	struct fixture *f = *state;
	char command[] = "printf 'one two\\nthree\\n'", token[] = "echo token";
	struct config_account a = {.password_command = command};

	assert_secret(f, &a, "one two");
	/* Of both, the token. */
	a.token_command = token;
	assert_secret(f, &a, "token");
}

static void test_credential__a_command_is_told_of_a_refusal(void **state)
{
	struct fixture *f = *state;
	char command[] = "echo \"<$" CREDENTIAL_REFUSED ">\"";
	struct config_account a = {.token_command = command};
	struct credential_request *r;

	assert_secret(f, &a, "<>");
	assert_int_equal(credential_renew(f->base, &a, done, f, &r, &f->err),
			 0);
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_string_equal(secret_text(f->secret), "<1>");
}

/* sysexits.h: EX_TEMPFAIL. */
static void test_credential__a_command_may_want_to_be_asked_later(void **state)
{
	struct fixture *f = *state;
	char later[] = "exit 75", never[] = "exit 77";
	struct config_account a = {.token_command = later};

	assert_int_equal(get(f, &a), -1);
	assert_int_equal(f->err.code, ERR_TEMP);
	a.token_command = never;
	assert_int_equal(get(f, &a), -1);
	assert_int_equal(f->err.code, ERR_AUTH);
}

static void test_credential__a_command_that_fails_is_explained(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *command, *text;
	} table[] = {
	    {"echo " CANARY "; echo no agent >&2; exit 2",
	     "password_command exited 2: no agent"},
	    {"exit 1", "password_command exited 1"},
	    {"true", "password_command printed nothing"},
	    {"echo; echo " CANARY, "password_command printed nothing"},
	    {"printf 'a\\000" CANARY "'",
	     "password_command printed a NUL character"},
	    {"head -c 100000 /dev/zero | tr '\\0' x",
	     "password_command printed a line that is too long"},
	    {"kill $$", "password_command was killed by signal 15"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *command = xstrdup(table[i].command);
		struct config_account a = {.password_command = command};
		assert_int_equal(get(f, &a), -1);
		assert_int_equal(f->err.code, ERR_AUTH);
		assert_int_equal(f->err.scope, ERR_SCOPE_ACCOUNT);
		assert_string_equal(f->err.text, table[i].text);
		char *hint = xasprintf("run it by hand: %s", command);
		assert_string_equal(f->err.hint, hint);
		free(hint);
		free(command);
	}
	char token[] = "exit 3";
	struct config_account a = {.token_command = token};
	assert_int_equal(get(f, &a), -1);
	assert_string_equal(f->err.text, "token_command exited 3");
}

static void test_credential__cancel_is_silent(void **state)
{
	struct fixture *f = *state;
	char command[] = "sleep 100", password[] = "x";
	struct config_account slow = {.password_command = command};
	struct config_account fast = {.password = password};
	const struct config_account *const accounts[] = {&slow, &fast};

	for (size_t i = 0; i < 2; i++) {
		struct credential_request *r;
		assert_int_equal(
		    credential_get(f->base, accounts[i], done, f, &r, &f->err),
		    0);
		credential_cancel(r);
	}
	credential_cancel(NULL);
	assert_int_equal(event_base_dispatch(f->base), 1);
	assert_int_equal(f->calls, 0);
}

/* Everything at the highest level, from every source, good and bad. */
static void test_credential__is_never_logged(void **state)
{
	struct fixture *f = *state;
	char *file = f->file, password[] = CANARY, name[] = "secret";
	char *ok = xasprintf("cat '%s'", file);
	char *bad = xasprintf("cat '%s'; echo no >&2; exit 1", file);
	char *blank = xasprintf("echo; cat '%s'", file);
	const struct config_account accounts[] = {
	    {.password = password},        {.password_file = file},
	    {.password_credential = name}, {.password_command = ok},
	    {.token_command = bad},        {.token_command = blank},
	};
	char path[] = "/tmp/imapsyncd-log-XXXXXX";
	char text[8192] = "";
	int log = mkostemp(path, O_CLOEXEC);
	int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);

	assert_true(log >= 0);
	(void)unlink(path);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", f->dir, 1), 0);
	assert_int_equal(dup2(log, STDERR_FILENO), STDERR_FILENO);
	log_set_level(LOG_WIRE);
	for (size_t i = 0; i < 2 * sizeof(accounts) / sizeof(accounts[0]);
	     i++) {
		/* The second time the file is open to others. */
		size_t half = sizeof(accounts) / sizeof(accounts[0]);
		write_file(f, CANARY "\n", strlen(CANARY "\n"),
			   i < half ? 0600 : 0644);
		if (get(f, &accounts[i % half]) < 0)
			log_err(LOG_ERROR, "work", NULL, &f->err);
	}
	(void)dup2(real, STDERR_FILENO);
	(void)close(real);
	assert_true(pread(log, text, sizeof(text) - 1, 0) > 0);
	(void)close(log);
	assert_non_null(strstr(text, "work: token_command exited 1: no\n"));
	assert_non_null(strstr(text, "is readable by others"));
	assert_null(strstr(text, CANARY));
	free(ok);
	free(bad);
	free(blank);
}

#define T(name)                                                         \
	cmocka_unit_test_setup_teardown(test_credential__##name, setup, \
					teardown)

/* A disk that fails is no mistake of the configuration. */
static void test_credential__a_file_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	/* Whose first page is nobody's: EIO. */
	char path[] = "/proc/self/mem";
	struct config_account a = {.password_file = path};

	assert_int_equal(get(f, &a), -1);
	assert_int_equal(f->err.code, ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(comes_from_the_configuration),
	    T(may_be_none),
	    T(is_the_first_line_of_a_file),
	    T(a_file_must_be_private),
	    T(a_file_must_hold_a_line),
	    T(a_file_that_cannot_be_read),
	    T(a_fifo_does_not_hang),
	    T(comes_from_systemd),
	    T(comes_from_a_command),
	    T(a_command_is_told_of_a_refusal),
	    T(a_command_may_want_to_be_asked_later),
	    T(a_command_that_fails_is_explained),
	    T(cancel_is_silent),
	    T(is_never_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
