/* SPDX-License-Identifier: MIT */
/* Two strikes: one "invalid_grant" may be a fault of theirs (a replica that has
 * not heard of the rotated token yet); the second one in a row ends it, and
 * nobody is asked any more until a person has authorised again. */
#include "daemon/setup/refresh.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/setup/exchange.h"
#include "daemon/setup/explain.h"
#include "daemon/setup/form.h"

#define STRIKES 2

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Was it given for what the configuration says now? */
static int check_purpose(const struct refresh *r, const struct token_set *t,
			 struct err *err)
{
	const char *other = NULL;

	if (!same(t->user, r->account->user))
		other = "user";
	else if (!same(t->client_id, r->issuer->client_id))
		other = "oauth_client_id";
	else if (!same(t->token_url, r->issuer->token_url))
		other = "oauth";
	else if (!same(t->scope, r->issuer->scope))
		other = "oauth_scope";
	if (!other)
		return 0;
	(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
		      "%s was another when the account was authorised", other);
	return err_hint(err, "authorise again: imapsyncctl auth %s",
			r->account->name);
}

static int gone(const struct refresh *r, struct err *err)
{
	(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
		      "the authorisation has ended");
	return err_hint(err, "authorise again: imapsyncctl auth %s",
			r->account->name);
}

static void drop(char **token)
{
	if (*token)
		explicit_bzero(*token, strlen(*token));
	free(*token);
	*token = NULL;
}

static int refused(const struct refresh *r, const struct exchange *x,
		   struct token_set *t, struct err *err)
{
	int64_t age = t->granted_at > 0 ? r->now - t->granted_at : 0;
	struct err unsaved;

	(void)explain_refusal(r->issuer, x->status, &x->grant, age, err);
	if (err->code == ERR_TEMP ||
	    strcmp(x->grant.error, "invalid_grant") != 0)
		return -1;
	drop(&t->access_token);
	t->strikes++;
	if (t->strikes < STRIKES)
		err->code = ERR_TEMP;
	else
		drop(&t->refresh_token);
	if (token_set_save(r->dir, t, &unsaved) < 0)
		*err = unsaved;
	return -1;
}

static int ask(const struct refresh *r, struct token_set *t, struct err *err)
{
	struct exchange x = {0};
	struct buf form;

	exchange_form(r->issuer, &form);
	form_add(&form, "grant_type", "refresh_token");
	form_add(&form, "refresh_token", t->refresh_token);
	int rc = exchange_ask(r->issuer, r->issuer->token_url, &form, &x, err);
	buf_wipe(&form);
	if (rc == 0 && x.grant.error) {
		rc = refused(r, &x, t, err);
	} else if (rc == 0 && !x.grant.access_token) {
		rc = exchange_other(r->issuer, "no access token", err);
	} else if (rc == 0) {
		token_set_take(t, &x.grant, r->now);
		/* On disk before it is used: the provider has forgotten the
		 * token that this one replaces. */
		rc = token_set_save(r->dir, t, err);
	}
	grant_release(&x.grant);
	return rc;
}

/* Is the token that is there good for a little longer? */
static bool still_good(const struct refresh *r, const struct token_set *t)
{
	return !r->refused && t->access_token && r->now >= t->obtained_at &&
	       r->now < t->expires_at;
}

static int renew(const struct refresh *r, struct token_set *t, struct err *err)
{
	if (!r->refused && token_set_is_fresh(t, r->now))
		return 0;
	if (r->refused)
		drop(&t->access_token);
	if (!t->refresh_token)
		return still_good(r, t) ? 0 : gone(r, err);
	/* The disk is asked before the provider: a rotated token that cannot
	 * be written would be lost. */
	if (token_set_save(r->dir, t, err) < 0)
		return -1;
	if (ask(r, t, err) == 0)
		return 0;
	return err->code == ERR_TEMP && still_good(r, t) ? 0 : -1;
}

int refresh_token(const struct refresh *r, struct token_set *out,
		  struct err *err)
{
	struct token_set t;

	if (token_set_load(r->dir, &t, err) < 0)
		return -1;
	int rc = check_purpose(r, &t, err);
	if (rc == 0)
		rc = renew(r, &t, err);
	if (rc < 0)
		token_set_release(&t);
	else
		*out = t;
	return rc;
}
