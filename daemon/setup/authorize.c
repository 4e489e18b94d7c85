/* SPDX-License-Identifier: MIT */
#include "daemon/setup/authorize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/setup/exchange.h"
#include "daemon/setup/explain.h"
#include "daemon/setup/form.h"
#include "daemon/setup/loopback.h"
#include "daemon/setup/pkce.h"

#define WAIT_MS        (15 * 60 * 1000)
#define LINE_MAX_BYTES 8192

/* RFC 6749 4.1.1, RFC 7636 4.3. Allocated. */
static char *question(const struct authorize *a, const struct pkce *p,
		      const char *redirect_uri)
{
	const struct issuer *i = a->issuer;
	struct buf url;

	buf_init(&url, EXCHANGE_FORM_MAX);
	if (buf_addf(&url, "%s", i->authorize_url) < 0 ||
	    (!strchr(i->authorize_url, '?') && buf_addc(&url, '?') < 0))
		abort();
	form_add(&url, "response_type", "code");
	form_add(&url, "client_id", i->client_id);
	form_add(&url, "redirect_uri", redirect_uri);
	form_add(&url, "scope", i->scope);
	form_add(&url, "state", p->state);
	form_add(&url, "code_challenge", p->challenge);
	form_add(&url, "code_challenge_method", "S256");
	form_add(&url, "login_hint", a->user);
	if (buf_adds(&url, i->extra) < 0)
		abort();
	return url.data;
}

/* 0, or -1 and *err: what came is no access token. */
static int take_grant(const struct issuer *i, struct exchange *x,
		      struct grant *out, struct err *err)
{
	if (x->grant.access_token && !x->grant.error) {
		*out = x->grant;
		return 0;
	}
	if (x->grant.error)
		(void)explain_refusal(i, x->status, &x->grant, 0, err);
	else
		(void)exchange_other(i, "no access token", err);
	grant_release(&x->grant);
	return -1;
}

/* RFC 6749 4.1.3, RFC 7636 4.5. */
static int redeem(const struct authorize *a, const struct pkce *p,
		  const char *redirect_uri, const char *code, struct grant *out,
		  struct err *err)
{
	struct exchange x = {0};
	struct buf form;

	exchange_form(a->issuer, &form);
	form_add(&form, "grant_type", "authorization_code");
	form_add(&form, "code", code);
	form_add(&form, "redirect_uri", redirect_uri);
	form_add(&form, "code_verifier", p->verifier);
	int rc = exchange_ask(a->issuer, a->issuer->token_url, &form, &x, err);
	buf_wipe(&form);
	return rc < 0 ? -1 : take_grant(a->issuer, &x, out, err);
}

static void show_question(const struct authorize *a, const char *url)
{
	printf("Open this address in a browser and sign in%s%s:\n\n  %s\n\n",
	       a->user ? " as " : "", a->user ? a->user : "", url);
}

static void show_waiting(const struct authorize *a, uint16_t port)
{
	char host[256] = "this-machine";
	const char *user = getenv("USER");

	(void)gethostname(host, sizeof(host) - 1);
	printf("Waiting on http://localhost:%u (Ctrl-C to stop; other ways: "
	       "%s--paste)\n"
	       "A browser on another machine? There, first:\n"
	       "  ssh -L %u:localhost:%u %s%s%s\n",
	       (unsigned)port, a->issuer->device_url ? "--device, " : "",
	       (unsigned)port, (unsigned)port, user ? user : "",
	       user ? "@" : "", host);
	(void)fflush(stdout);
}

int authorize_browser(const struct authorize *a, struct grant *out,
		      struct err *err)
{
	struct loopback l;
	struct pkce p;
	char *code;

	if (loopback_open(a->port, &l, err) < 0)
		return -1;
	pkce_init(&p);
	char *uri = xasprintf("http://localhost:%u", (unsigned)l.port);
	char *url = question(a, &p, uri);
	struct redirect_expected expected = {
	    .state = p.state, .authorize_url = a->issuer->authorize_url};
	show_question(a, url);
	show_waiting(a, l.port);
	int rc = loopback_wait(&l, &expected, WAIT_MS, &code, err);
	loopback_close(&l);
	if (rc == 0) {
		rc = redeem(a, &p, uri, code, out, err);
		free(code);
	}
	free(url);
	free(uri);
	return rc;
}

/* A terminal gives 4,095 bytes of a line at most, unless it gives characters;
 * the addresses of Microsoft can be longer. Returns whether *old is to be put
 * back. */
static bool take_long_lines(struct termios *old)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, old) < 0)
		return false;
	now = *old;
	now.c_lflag &= ~(tcflag_t)ICANON;
	return tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
}

/* Reads a line of stdin. Returns its length, 0: there is none. */
static size_t read_line(char *line, size_t size)
{
	struct termios old;
	bool changed = take_long_lines(&old);
	size_t n = 0;
	char c;

	while (n + 1 < size && read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		line[n++] = c;
	line[n] = '\0';
	if (changed)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &old);
	return n;
}

/* *code, allocated; 0, or -1 and *err. */
static int read_pasted(const struct redirect_expected *expected, char **code,
		       struct err *err)
{
	char line[LINE_MAX_BYTES];
	size_t n = read_line(line, sizeof(line));
	const char *query = strchr(line, '?');

	if (n == 0 || !query) {
		(void)err_set(err, ERR_AUTH, ERR_SCOPE_ACCOUNT,
			      n == 0 ? "no address was pasted"
				     : "that is not the address that the "
				       "browser ended at");
		return err_hint(err, "start again, and copy all of it, from "
				     "https:// or http:// to its end");
	}
	int rc = redirect_read(query + 1, strcspn(query + 1, "# \r"), expected,
			       code, err) == REDIRECT_CODE
		     ? 0
		     : -1;
	explicit_bzero(line, sizeof(line));
	return rc;
}

int authorize_paste(const struct authorize *a, struct grant *out,
		    struct err *err)
{
	const char *fixed = a->issuer->paste_uri;
	struct pkce p;
	char *code;

	pkce_init(&p);
	/* Nothing listens there; any port is as good (RFC 8252 7.3). */
	char *uri = fixed ? xstrdup(fixed)
			  : xasprintf("http://localhost:%u",
				      49152 + (unsigned)(rand_u64() % 16000));
	char *url = question(a, &p, uri);
	struct redirect_expected expected = {
	    .state = p.state, .authorize_url = a->issuer->authorize_url};
	show_question(a, url);
	printf("It ends at a page that cannot be shown, %s. Paste the address "
	       "of that page here:\n",
	       uri);
	(void)fflush(stdout);
	int rc = read_pasted(&expected, &code, err);
	if (rc == 0) {
		rc = redeem(a, &p, uri, code, out, err);
		free(code);
	}
	free(url);
	free(uri);
	return rc;
}
