/* SPDX-License-Identifier: MIT */
/* authorize_device(): RFC 8628. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/setup/authorize.h"
#include "daemon/setup/exchange.h"
#include "daemon/setup/explain.h"
#include "daemon/setup/form.h"

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define SLOWER       5 /* seconds more, RFC 8628 3.5 */
#define WAIT_MAX     1800
#define FAILURES_MAX 5

static int no_device(const struct issuer *i, struct err *err)
{
	(void)err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT, "%s: %s", i->name,
		      i->no_device ? i->no_device
				   : "no address for device codes is known");
	return err_hint(err, "leave out --device: use the browser, with --port "
			     "and ssh -L where it is elsewhere, or --paste");
}

/* A page that a person is sent to; by a provider, who may be a liar. */
static bool is_page(const char *uri)
{
	return uri && strncmp(uri, "https://", 8) == 0;
}

static int ask_code(const struct authorize *a, struct grant *out,
		    struct err *err)
{
	struct exchange x = {0};
	struct buf form;

	exchange_form(a->issuer, &form);
	form_add(&form, "scope", a->issuer->scope);
	int rc = exchange_ask(a->issuer, a->issuer->device_url, &form, &x, err);
	buf_wipe(&form);
	if (rc < 0)
		return -1;
	if (x.grant.error) {
		(void)explain_refusal(a->issuer, x.status, &x.grant, 0, err);
	} else if (!x.grant.device_code || !x.grant.user_code ||
		   !is_page(x.grant.verification_uri)) {
		(void)exchange_other(
		    a->issuer, "no device code with an https page for it", err);
	} else {
		*out = x.grant;
		return 0;
	}
	grant_release(&x.grant);
	return -1;
}

/* One look. 1: *out has the token; 0: not yet; -1: *err. */
static int look(const struct authorize *a, struct grant *code,
		struct grant *out, struct err *err)
{
	struct exchange x = {0};
	struct buf form;

	exchange_form(a->issuer, &form);
	form_add(&form, "grant_type", DEVICE_GRANT);
	form_add(&form, "device_code", code->device_code);
	int rc = exchange_ask(a->issuer, a->issuer->token_url, &form, &x, err);
	buf_wipe(&form);
	if (rc < 0)
		return -1;
	if (x.grant.access_token) {
		*out = x.grant;
		return 1;
	}
	const char *error = x.grant.error ? x.grant.error : "";
	bool slower = strcmp(error, "slow_down") == 0;
	if (slower)
		code->interval += SLOWER;
	rc = slower || strcmp(error, "authorization_pending") == 0 ? 0 : -1;
	if (rc < 0)
		(void)explain_refusal(a->issuer, x.status, &x.grant, 0, err);
	grant_release(&x.grant);
	return rc;
}

static int poll_token(const struct authorize *a, struct grant *code,
		      struct grant *out, struct err *err)
{
	int64_t seconds =
	    code->expires_in < WAIT_MAX ? code->expires_in : WAIT_MAX;
	int64_t until = clock_mono_ms() + seconds * 1000;
	int failures = 0;

	while (clock_mono_ms() < until) {
		(void)sleep((unsigned)code->interval);
		int rc = look(a, code, out, err);
		if (rc > 0)
			return 0;
		/* A network that comes and goes is no answer. */
		if (rc < 0 &&
		    (err->code != ERR_TEMP || ++failures == FAILURES_MAX))
			return -1;
	}
	(void)err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		      "nobody typed the code in time");
	return err_hint(err, "start again");
}

int authorize_device(const struct authorize *a, struct grant *out,
		     struct err *err)
{
	struct grant code = {0};

	if (!a->issuer->device_url)
		return no_device(a->issuer, err);
	if (ask_code(a, &code, err) < 0)
		return -1;
	printf("Open this page in any browser, sign in%s%s and type the "
	       "code:\n\n  %s\n  %s\n\nWaiting (Ctrl-C to stop)\n",
	       a->user ? " as " : "", a->user ? a->user : "",
	       code.verification_uri, code.user_code);
	(void)fflush(stdout);
	int rc = poll_token(a, &code, out, err);
	grant_release(&code);
	return rc;
}
