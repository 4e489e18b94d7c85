/* SPDX-License-Identifier: MIT */
#include "daemon/setup/exchange.h"

#include <string.h>

#include "daemon/setup/explain.h"
#include "daemon/setup/form.h"
#include "daemon/setup/http.h"

void exchange_form(const struct issuer *issuer, struct buf *form)
{
	buf_init(form, EXCHANGE_FORM_MAX);
	form_add(form, "client_id", issuer->client_id);
	form_add(form, "client_secret", issuer->client_secret);
}

int exchange_ask(const struct issuer *issuer, const char *url,
		 const struct buf *form, struct exchange *out, struct err *err)
{
	struct http_request request = {
	    .url = url, .form = form->data, .ca_file = issuer->ca_file};
	struct http_answer answer;
	const char *why;

	if (http_ask(&request, &answer, err) < 0)
		return -1;
	int rc =
	    grant_parse(answer.body.data, answer.body.len, &out->grant, &why);
	out->status = answer.status;
	http_release(&answer);
	if (rc == 0)
		return 0;
	bool later = explain_is_transient(out->status, NULL, NULL);
	(void)err_set(err, later ? ERR_TEMP : ERR_PROTOCOL, ERR_SCOPE_ACCOUNT,
		      "%s: status %ld, and no answer that can be used: %s", url,
		      out->status, why);
	return err_hint(err, "%s",
			later ? "temporary; try again later"
			      : "is the address right? nothing was written");
}

int exchange_other(const struct issuer *issuer, const char *what,
		   struct err *err)
{
	(void)err_set(err, ERR_PROTOCOL, ERR_SCOPE_ACCOUNT, "%s gave %s",
		      issuer->name, what);
	return err_hint(err, "nothing was written; are the addresses right?");
}
