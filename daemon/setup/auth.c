/* SPDX-License-Identifier: MIT */
#include "daemon/setup/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/setup/authorize.h"
#include "daemon/setup/exchange.h"
#include "daemon/setup/form.h"
#include "daemon/setup/http.h"
#include "daemon/setup/refresh.h"
#include "daemon/setup/token_file.h"

/* Set by the daemon where the server refused the token. */
#define REFUSED "IMAPSYNCD_REFUSED"

struct auth {
	const struct config *config;
	const struct config_account *account;
	const struct auth_opts *opts;
	struct issuer issuer;
};

/* The exit status of a login as this account alone. */
static int log_in(const struct auth *a)
{
	struct config one = *a->config;
	struct config_account account = *a->account;

	account.enabled = true;
	one.accounts = &account;
	one.naccounts = 1;
	printf("Testing the login%s%s at %s ...\n", account.user ? " as " : "",
	       account.user ? account.user : "",
	       account.host ? account.host : "the end of the tunnel");
	(void)fflush(stdout);
	return a->opts->log_in(&one);
}

/* stdout is the daemon's; a person who tries it sees no token. */
static int print_token(const struct token_set *t)
{
	if (isatty(STDOUT_FILENO))
		printf("the token is good for another %lld s\n",
		       (long long)(t->expires_at - clock_wall()));
	else
		(void)puts(t->access_token);
	return fflush(stdout) == 0 ? 0 : ERR_IO;
}

static int refresh(const struct auth *a, struct err *err)
{
	struct token_dir dir;
	struct token_set t;

	if (token_dir_open(a->config->state_dir, a->account->name, &dir, err) <
	    0)
		return -1;
	struct refresh r = {
	    .account = a->account,
	    .issuer = &a->issuer,
	    .dir = &dir,
	    .now = clock_wall(),
	    .refused = getenv(REFUSED) != NULL,
	};
	int rc = refresh_token(&r, &t, err);
	if (rc == 0) {
		rc = print_token(&t);
		token_set_release(&t);
	}
	token_dir_close(&dir);
	return rc;
}

/* Takes the grant back where the provider has an address for that (RFC 7009),
 * and forgets it here in any case. */
static int forget(const struct auth *a, struct err *err)
{
	struct token_dir dir;
	struct token_set t = {0};
	struct http_answer answer;
	struct err ignored;
	bool told = false;

	if (token_dir_open(a->config->state_dir, a->account->name, &dir, err) <
	    0)
		return -1;
	int rc = token_set_load(&dir, &t, err);
	if (rc == 0 && a->issuer.revoke_url && t.refresh_token) {
		struct buf form;
		buf_init(&form, EXCHANGE_FORM_MAX);
		form_add(&form, "token", t.refresh_token);
		struct http_request request = {.url = a->issuer.revoke_url,
					       .form = form.data};
		if (http_ask(&request, &answer, &ignored) == 0) {
			told = answer.status == 200;
			http_release(&answer);
		}
		buf_wipe(&form);
	}
	token_set_release(&t);
	if (rc == 0 || err->code == ERR_CONFIG)
		rc = token_set_remove(&dir, err);
	token_dir_close(&dir);
	if (rc == 0)
		printf("%s: forgotten here%s\n", a->account->name,
		       told ? " and at the provider"
			    : "; take it back at the provider too, in its "
			      "list of connected programs");
	return rc;
}

/* Is each word of what was asked for in what was given? What is about the
 * authorisation itself is not echoed by all (Microsoft). */
static bool scope_is_less(const char *asked, const char *given)
{
	while (*asked) {
		size_t len = strcspn(asked, " ");
		bool there =
		    len == 0 || strncmp(asked, "offline_access", len) == 0;
		for (const char *g = given; !there && *g;) {
			size_t n = strcspn(g, " ");
			there = n == len && strncasecmp(g, asked, n) == 0;
			g += n + strspn(g + n, " ");
		}
		if (!there)
			return true;
		asked += len + strspn(asked + len, " ");
	}
	return false;
}

static void warn(const struct auth *a, const struct grant *g)
{
	if (!g->refresh_token)
		log_at(LOG_WARNING, a->account->name, NULL,
		       "no refresh token was given: in %lld minutes it has to "
		       "be authorised again (is offline_access missing in "
		       "oauth_scope?)",
		       (long long)(g->expires_in / 60));
	if (g->scope && scope_is_less(a->issuer.scope, g->scope))
		log_at(LOG_WARNING, a->account->name, NULL,
		       "asked for '%s', given '%s': was a box of the page not "
		       "ticked?",
		       a->issuer.scope, g->scope);
}

static char *copy_of(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* What is there now to *old (zeroed where there is none), and the new one in
 * its place. */
static int replace(const struct auth *a, const struct token_set *fresh,
		   struct token_set *old, struct err *err)
{
	struct token_dir dir;

	if (token_dir_open(a->config->state_dir, a->account->name, &dir, err) <
	    0)
		return -1;
	if (old && token_set_load(&dir, old, err) < 0)
		*old = (struct token_set){0};
	int rc = fresh->token_url ? token_set_save(&dir, fresh, err)
				  : token_set_remove(&dir, err);
	token_dir_close(&dir);
	return rc;
}

/* Keeps it where the server takes it; else all is as it was. */
static int keep(const struct auth *a, struct grant *g, struct err *err)
{
	int64_t now = clock_wall();
	struct token_set old;
	struct token_set fresh = {
	    .user = copy_of(a->account->user),
	    .client_id = copy_of(a->issuer.client_id),
	    .token_url = copy_of(a->issuer.token_url),
	    .scope = copy_of(a->issuer.scope),
	    .granted_at = now,
	};

	token_set_take(&fresh, g, now);
	int rc = replace(a, &fresh, &old, err);
	token_set_release(&fresh);
	if (rc < 0)
		return -1;
	int status = log_in(a);
	if (status == ERR_AUTH) {
		rc = replace(a, &old, NULL, err);
		if (rc == 0) {
			(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
				      "the server does not take the new "
				      "token; it was not kept");
			rc = err_hint(err,
				      "was it '%s' who signed in? is IMAP "
				      "switched on, and allowed by "
				      "oauth_scope?",
				      a->account->user ? a->account->user : "");
		}
	} else {
		printf("Saved: %s/tokens/%s.json\n", a->config->state_dir,
		       a->account->name);
		rc = status;
	}
	token_set_release(&old);
	return rc;
}

static int authorise(const struct auth *a, struct err *err)
{
	const struct authorize how = {
	    .issuer = &a->issuer,
	    .user = a->account->user,
	    .port = a->opts->port,
	};
	struct grant g = {0};
	int rc;

	printf("Account %s: user %s, provider %s\n", a->account->name,
	       a->account->user ? a->account->user : "(none)", a->issuer.name);
	if (a->opts->device)
		rc = authorize_device(&how, &g, err);
	else if (a->opts->paste)
		rc = authorize_paste(&how, &g, err);
	else
		rc = authorize_browser(&how, &g, err);
	if (rc < 0)
		return -1;
	(void)puts("Authorised.");
	warn(a, &g);
	rc = keep(a, &g, err);
	grant_release(&g);
	return rc;
}

static int run(const struct auth *a, struct err *err)
{
	if (a->opts->refresh)
		return refresh(a, err);
	if (a->opts->revoke)
		return forget(a, err);
	if (a->opts->test)
		return log_in(a);
	return authorise(a, err);
}

int auth_account(const struct config *config, const char *account,
		 const struct auth_opts *opts)
{
	struct auth a = {
	    .config = config,
	    .account = config_find_account(config, account, strlen(account)),
	    .opts = opts};
	struct err err;

	if (!a.account) {
		(void)err_set(&err, ERR_USAGE, ERR_SCOPE_ACCOUNT,
			      "there is no such account in %s", config->file);
		log_err(LOG_ERROR, account, NULL, &err);
		return ERR_USAGE;
	}
	int rc = issuer_of(a.account, &a.issuer, &err);
	if (rc == 0) {
		rc = run(&a, &err);
		issuer_release(&a.issuer);
	}
	if (rc < 0) {
		log_err(LOG_ERROR, account, NULL, &err);
		return (int)err.code;
	}
	return rc;
}
