/* SPDX-License-Identifier: MIT */
#include "daemon/setup/redirect.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/setup/form.h"
#include "daemon/setup/http.h"

static enum redirect_found foreign(struct err *err, const char *why)
{
	(void)err_set(err, ERR_PROTOCOL, ERR_SCOPE_ACCOUNT, "%s", why);
	(void)err_hint(err, "nothing was written; start again, in a window of "
			    "the browser that is yours");
	return REDIRECT_FOREIGN;
}

static enum redirect_found refused(const char *query, size_t len,
				   const char *error, struct err *err)
{
	char *said = form_find(query, len, "error_description");

	(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
		      "the provider did not agree: %s%s%.250s", error,
		      said ? ": " : "", said ? said : "");
	(void)err_hint(err, "%s",
		       strcmp(error, "access_denied") == 0
			   ? "agree in the browser, or ask the "
			     "administrator of the organisation to"
			   : "check oauth_client_id, oauth_scope and what is "
			     "registered at the provider");
	free(said);
	return REDIRECT_REFUSED;
}

enum redirect_found redirect_read(const char *query, size_t len,
				  const struct redirect_expected *expected,
				  char **code, struct err *err)
{
	char *state = form_find(query, len, "state");
	char *issuer = form_find(query, len, "iss");
	char *error = form_find(query, len, "error");
	enum redirect_found found = REDIRECT_CODE;

	*code = NULL;
	if (!state || strcmp(state, expected->state) != 0)
		found = foreign(err, "that is not the answer to this question "
				     "(another state)");
	else if (issuer && !http_same_origin(issuer, expected->authorize_url))
		found = foreign(err, "the answer comes from another issuer");
	else if (error)
		found = refused(query, len, error, err);
	else if (!(*code = form_find(query, len, "code")) || !**code)
		found = foreign(err, "there is no code in that address");
	if (found != REDIRECT_CODE) {
		free(*code);
		*code = NULL;
	}
	free(state);
	free(issuer);
	free(error);
	return found;
}
