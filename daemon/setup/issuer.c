/* SPDX-License-Identifier: MIT */
/* The table: each row from the provider's own documentation. */
#include "daemon/setup/issuer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

#define TENANT "{tenant}"

struct row {
	const char *name;
	const char *authorize_url, *token_url, *device_url, *revoke_url;
	const char *scope, *extra, *paste_uri, *no_device;
};

static const struct row rows[] = {
    /* Without access_type=offline there is no refresh token, and without
     * prompt=consent none the second time. */
    {.name = "google",
     .authorize_url = "https://accounts.google.com/o/oauth2/v2/auth",
     .token_url = "https://oauth2.googleapis.com/token",
     .revoke_url = "https://oauth2.googleapis.com/revoke",
     .scope = "https://mail.google.com/",
     .extra = "&access_type=offline&prompt=consent",
     .no_device = "Google's device codes are not for mail"},
    /* The page "nativeclient", once the place to copy a code from, is broken
     * since January 2026. */
    {.name = "microsoft",
     .authorize_url =
	 "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/authorize",
     .token_url =
	 "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token",
     .device_url =
	 "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/devicecode",
     .scope = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
     .paste_uri = "https://localhost"},
    {.name = "yahoo",
     .authorize_url = "https://api.login.yahoo.com/oauth2/request_auth",
     .token_url = "https://api.login.yahoo.com/oauth2/get_token",
     .scope = "mail-w"},
    {.name = "aol",
     .authorize_url = "https://api.login.aol.com/oauth2/request_auth",
     .token_url = "https://api.login.aol.com/oauth2/get_token",
     .scope = "mail-w"},
    {.name = "fastmail",
     .authorize_url = "https://api.fastmail.com/oauth/authorize",
     .token_url = "https://api.fastmail.com/oauth/refresh",
     .scope = "https://www.fastmail.com/dev/protocol-imap offline_access"},
};
static const struct row own = {.name = "own", .scope = "offline_access"};

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return &own;
}

/* The account's own address, else the provider's with its tenant. */
static char *address(const char *set, const char *known, const char *tenant)
{
	if (set || !known)
		return set ? xstrdup(set) : NULL;
	const char *at = strstr(known, TENANT);
	if (!at)
		return xstrdup(known);
	return xasprintf("%.*s%s%s", (int)(at - known), known,
			 tenant ? tenant : "common", at + strlen(TENANT));
}

int issuer_of(const struct config_account *a, struct issuer *out,
	      struct err *err)
{
	const struct config_oauth *o = &a->oauth;

	if (!o->provider) {
		(void)err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
			      "the account has no oauth");
		return err_hint(err, "set oauth and oauth_client_id, see "
				     "OAUTH2 in imapsyncctl(1)");
	}
	const struct row *row = find(o->provider);
	*out = (struct issuer){
	    .name = row->name,
	    .authorize_url =
		address(o->authorize_url, row->authorize_url, o->tenant),
	    .token_url = address(o->token_url, row->token_url, o->tenant),
	    .device_url = address(o->device_url, row->device_url, o->tenant),
	    .revoke_url = row->revoke_url,
	    .scope = o->scope ? o->scope : row->scope,
	    .client_id = o->client_id,
	    .client_secret = o->client_secret,
	    .paste_uri = row->paste_uri,
	    .no_device = row->no_device,
	    .extra = row->extra ? row->extra : "",
	    /* That of a company is for both of its servers. */
	    .ca_file = o->token_url ? a->tls_ca_file : NULL,
	};
	return 0;
}

void issuer_release(struct issuer *i)
{
	free(i->authorize_url);
	free(i->token_url);
	free(i->device_url);
	*i = (struct issuer){0};
}
