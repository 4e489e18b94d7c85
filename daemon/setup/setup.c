/* SPDX-License-Identifier: MIT */
#include "daemon/setup/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "config/provider.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/setup/ask.h"
#include "daemon/setup/discover.h"
#include "daemon/setup/ini_section.h"
#include "daemon/setup/keep_secret.h"

#define CANDIDATE "imapsyncd.ini"
#define PASSWORD  "password"

struct setup {
	const struct setup_opts *opts;
	struct discovery found;
	struct ini_section section;
	char *secret; /* typed; NULL: password_command */
	char dir[64]; /* for the trial */
};

static int usage(struct err *err, const char *what, const char *hint)
{
	(void)err_set(err, ERR_USAGE, ERR_SCOPE_DAEMON, "%s", what);
	return err_hint(err, "%s", hint);
}

/* The host that a person named is agreed to. */
static int take_options(struct setup *s, const char *address, struct err *err)
{
	const struct setup_opts *o = s->opts;
	struct discovery *d = &s->found;

	if (o->host) {
		*d = (struct discovery){.port = 993, .trusted = true};
		(void)snprintf(d->host, sizeof(d->host), "%s", o->host);
		(void)snprintf(d->user, sizeof(d->user), "%s", address);
	} else if (discover_server(address, d, err) < 0) {
		return -1;
	}
	if (o->tls) {
		bool starttls = strcmp(o->tls, "starttls") == 0;
		if (!starttls && strcmp(o->tls, "implicit") != 0)
			return usage(err, "--tls is implicit or starttls",
				     "without TLS there is no setup");
		d->tls = starttls ? CONFIG_TLS_STARTTLS : CONFIG_TLS_IMPLICIT;
		d->port = starttls ? 143 : 993;
		d->provider = NULL;
	}
	if (o->port > 0) {
		d->port = o->port;
		d->provider = NULL;
	}
	if (o->user)
		(void)snprintf(d->user, sizeof(d->user), "%s", o->user);
	if (check_host(d->host) || check_printable(d->user) ||
	    (o->password_command && strpbrk(o->password_command, "\r\n")))
		return usage(err, "that is no host, no user or no command",
			     "see host and user in imapsyncd.ini(5)");
	return 0;
}

static int agree(const struct setup *s, struct err *err)
{
	const struct discovery *d = &s->found;

	printf("Using %s:%u (%s), login %s\n", d->host, (unsigned)d->port,
	       d->tls == CONFIG_TLS_STARTTLS ? "STARTTLS" : "TLS", d->user);
	if (d->oauth_only) {
		(void)err_set(err, ERR_CONFIG, ERR_SCOPE_DAEMON,
			      "%s takes OAuth2 only", d->host);
		return err_hint(err,
				"write the account as OAUTH2 in imapsyncctl(1) "
				"shows it, then: imapsyncctl auth");
	}
	if (d->trusted)
		return 0;
	if (!ask_can()) {
		(void)err_set(err, ERR_USAGE, ERR_SCOPE_DAEMON,
			      "%s is not within the domain of the address, and "
			      "nobody has agreed to it",
			      d->host);
		return err_hint(err, "if it is right, say it: --host %s",
				d->host);
	}
	if (ask_yes("That host is not within the domain of the address. Send "
		    "the password there?",
		    false))
		return 0;
	return usage(err, "nothing was sent", "say the right one: --host HOST");
}

static int take_password(struct setup *s, struct err *err)
{
	const struct provider *p =
	    s->found.provider ? provider_find(s->found.provider) : NULL;

	if (s->opts->password_command)
		return 0;
	if (!ask_can())
		return usage(err, "there is no password, and nobody to ask",
			     "--password-command 'COMMAND that prints it'");
	if (p && p->hint)
		printf("%s\n", p->hint);
	s->secret = ask_secret("Password");
	return s->secret ? 0 : usage(err, "no password was typed", "try again");
}

/* Of the one that was added. */
static int log_in(const struct setup *s, const struct config *c)
{
	struct config one = *c;

	const char *name = s->section.name;
	struct config_account *a = config_find_account(c, name, strlen(name));

	if (a) {
		one.accounts = a;
		one.naccounts = 1;
	}
	return s->opts->log_in(&one);
}

/* The account as it will be, in a directory that goes again. Returns the exit
 * status, or -1 and *err. */
static int try_in(const struct setup *s, const char *credential,
		  struct err *err)
{
	char *path = xasprintf("%s/" CANDIDATE, s->dir);
	struct config_errors errors = {0};
	struct config *c;
	int status = ERR_CONFIG;

	if (ini_section_write(&s->section, &s->found, credential, s->dir,
			      CANDIDATE, err) < 0) {
		status = -1;
	} else if (config_load(path, &c, &errors) < 0) {
		(void)fputs(errors.text, stderr);
		config_errors_release(&errors);
	} else {
		(void)puts("Trying the login ...");
		(void)fflush(stdout);
		status = log_in(s, c);
		config_free(c);
	}
	(void)unlink(path);
	free(path);
	return status;
}

static char *command_line(const struct setup *s)
{
	return xasprintf("password_command = %s", s->opts->password_command);
}

static int try_account(struct setup *s, struct err *err)
{
	const char *tmp = getenv("XDG_RUNTIME_DIR");
	char *line, *file;
	int status = -1;

	(void)snprintf(s->dir, sizeof(s->dir), "%s/imapsyncd-setup-XXXXXX",
		       tmp && strlen(tmp) < 30 ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		return err_errno(err, ERR_CREATE, ERR_SCOPE_DAEMON,
				 "cannot create '%s'", s->dir);
	file = xasprintf("%s/" PASSWORD, s->dir);
	if (!s->secret) {
		line = command_line(s);
		status = try_in(s, line, err);
	} else {
		line = xasprintf("password_file = %s", file);
		if (keep_secret_file(s->secret, s->dir, PASSWORD, err) == 0)
			status = try_in(s, line, err);
		(void)unlink(file);
	}
	(void)rmdir(s->dir);
	free(line);
	free(file);
	return status;
}

static int write_account(struct setup *s, struct err *err)
{
	const struct ini_section *sec = &s->section;
	char *line = NULL;
	int rc = 0;

	if (s->secret)
		rc = keep_secret(s->secret, sec->name, sec->dir, &line, err);
	else
		line = command_line(s);
	if (rc == 0)
		rc = ini_section_write(sec, &s->found, line, sec->dir,
				       strrchr(sec->file, '/') + 1, err);
	if (rc == 0)
		printf("Wrote [account %s] to %s\n%s\n", sec->name, sec->file,
		       line);
	free(line);
	return rc;
}

static void say_next(const struct setup *s)
{
	printf("Next:\n"
	       "  imapsyncd --once --dry-run %s   what the first sync will "
	       "fetch\n"
	       "  systemctl --user enable --now imapsyncd   keep it current\n"
	       "  loginctl enable-linger   also while you are logged out\n",
	       s->section.name);
}

static int run(struct setup *s, const char *address, struct err *err)
{
	if (take_options(s, address, err) < 0 || agree(s, err) < 0 ||
	    ini_section_open(s->opts->config, &s->found, &s->section, err) < 0)
		return -1;
	int status = take_password(s, err);
	if (status == 0)
		status = try_account(s, err);
	if (status > 0)
		(void)fputs("Nothing was written.\n", stderr);
	if (status == 0 && !s->opts->yes &&
	    (!ask_can() || !ask_yes("Write it?", true)))
		status = usage(err, "nothing was written",
			       "--yes writes it without a question");
	if (status == 0)
		status = write_account(s, err);
	if (status == 0)
		say_next(s);
	return status;
}

int setup_account(const char *address, const struct setup_opts *opts)
{
	struct setup s = {.opts = opts};
	char *asked = NULL;
	struct err err;
	int rc;

	if (!address && ask_can())
		address = asked = ask_text("Your mail address", NULL);
	if (!address)
		rc = usage(&err, "for which address?",
			   "imapsyncctl setup ann@example.org");
	else
		rc = run(&s, address, &err);
	if (s.secret)
		explicit_bzero(s.secret, strlen(s.secret));
	free(s.secret);
	ini_section_release(&s.section);
	free(asked);
	if (rc >= 0)
		return rc;
	log_err(LOG_ERROR, NULL, NULL, &err);
	return (int)err.code;
}
