/* SPDX-License-Identifier: MIT */
/* Codes of Microsoft Entra (AADSTS...) stand in the description only; all that
 * a person meets has the same "error". */
#include "daemon/setup/explain.h"

#include <string.h>

#include "lib/util/ascii.h"

#define WEEK ((int64_t)7 * 24 * 3600)

struct cause {
	const char *key; /* in the description, or the error itself */
	const char *meaning;
	const char *hint;
	bool transient;
};

#define AGAIN "authorise again: imapsyncctl auth"

static const struct cause codes[] = {
    {"AADSTS50076", "another factor is asked for", AGAIN, false},
    {"AADSTS50079", "another factor has to be set up", AGAIN, false},
    {"AADSTS50173", "the password was changed", AGAIN, false},
    {"AADSTS50057", "the user is disabled",
     "ask the administrator of the organisation", false},
    {"AADSTS50105", "the user may not use this client",
     "ask the administrator to assign it", false},
    {"AADSTS53003", "the organisation's rules (conditional access) forbid it",
     "device codes are often forbidden: leave out --device; or ask the "
     "administrator",
     false},
    {"AADSTS65001", "nobody has agreed yet",
     AGAIN "; the administrator may have to agree for the organisation", false},
    {"AADSTS90094", "the administrator has to agree",
     "ask the administrator of the organisation to admit the client", false},
    {"AADSTS700016", "the client is not known there",
     "check oauth_client_id and oauth_tenant", false},
    {"AADSTS7000218", "the client is registered as one with a secret",
     "registration, Authentication: allow public client flows", false},
    {"AADSTS700082", "it was not used for too long", AGAIN, false},
    {"AADSTS700084", "it was given to a web page, for a day",
     "register the redirect as one of a mobile and desktop application", false},
    {"AADSTS70008", "it is too old", AGAIN, false},
    {"AADSTS50011", "the redirect is not registered",
     "register http://localhost as redirect of a mobile and desktop "
     "application",
     false},
    {"AADSTS90033", "the service is busy", "temporary; try again later", true},
    {"AADSTS50196", "it was asked too often", "temporary; try again later",
     true},
};

static const struct cause errors[] = {
    {"temporarily_unavailable", "it is not available",
     "temporary; try again later", true},
    {"server_error", "it has failed", "temporary; try again later", true},
    {"slow_down", "it was asked too often", "temporary; try again later", true},
    {"invalid_grant", "the authorisation is gone", AGAIN, false},
    {"invalid_client", "it does not know the client",
     "check oauth_client_id and oauth_client_secret", false},
    {"unauthorized_client", "the client may not ask for this",
     "check how the client is registered at the provider", false},
    {"invalid_scope", "it does not give that scope",
     "check oauth_scope; Google's device codes are not for mail", false},
    {"access_denied", "it was refused", "agree in the browser", false},
    {"expired_token", "nobody agreed in time", "start again", false},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* AADSTS50076 is not AADSTS500760. */
static bool has_code(const char *text, const char *code)
{
	const char *p = text ? strstr(text, code) : NULL;

	return p && !ascii_digit(p[strlen(code)]);
}

static const struct cause *find(const char *error, const char *description)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (has_code(description, codes[i].key))
			return &codes[i];
	}
	for (size_t i = 0; error && i < COUNT(errors); i++) {
		if (strcmp(error, errors[i].key) == 0)
			return &errors[i];
	}
	return NULL;
}

bool explain_is_transient(long status, const char *error,
			  const char *description)
{
	const struct cause *c = find(error, description);

	if (status == 408 || status == 429 || status >= 500)
		return true;
	return c && c->transient;
}

int explain_refusal(const struct issuer *issuer, long status,
		    const struct grant *grant, int64_t age_s, struct err *err)
{
	const struct cause *c = find(grant->error, grant->description);
	bool later =
	    explain_is_transient(status, grant->error, grant->description);
	bool gone = grant->error && strcmp(grant->error, "invalid_grant") == 0;

	(void)err_set(err, later ? ERR_TEMP : ERR_AUTH, ERR_SCOPE_ACCOUNT,
		      "%s: %s%s%s%s%.200s (status %ld)", issuer->name,
		      c ? c->meaning : "it says no", grant->error ? ": " : "",
		      grant->error ? grant->error : "",
		      grant->description ? ", " : "",
		      grant->description ? grant->description : "", status);
	(void)err_hint(err, "%s",
		       c       ? c->hint
		       : later ? "temporary; try again later"
			       : "check oauth_client_id, oauth_scope and what "
				 "is registered at the provider");
	/* The page of the project says so where it is set. */
	if (gone && strcmp(issuer->name, "google") == 0 && age_s >= WEEK)
		(void)err_hint(err, "Google ends what it gave after 7 days "
				    "while the project is in Testing: publish "
				    "it (In production), then " AGAIN);
	return -1;
}
