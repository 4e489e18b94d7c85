/* SPDX-License-Identifier: MIT */
/* Rules over several keys. Each row of text says what to do: these are the
 * errors that a first configuration runs into. */
#include "config/crosscheck.h"

#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/mem.h"
#include "config/paths.h"
#include "config/provider.h"

static void check_server(const struct draft *d, const struct config_account *a,
			 struct errlist *e)
{
	if (!a->host && !a->tunnel && !draft_is_bad(d, KEYS_ACCOUNT(host)) &&
	    !draft_is_bad(d, KEYS_ACCOUNT(provider))) {
		errlist_add(e, d->line, "[account %s] has no host", a->name);
		errlist_hint(e, "set host, or provider, or tunnel");
	}
	if (a->tls == CONFIG_TLS_NONE && !a->tunnel && a->host &&
	    !check_is_loopback(a->host)) {
		errlist_add(e, draft_line(d, KEYS_ACCOUNT(tls)),
			    "tls = none would send everything in clear to %s",
			    a->host);
		errlist_hint(e, "use implicit or starttls; none is for "
				"loopback addresses and tunnel");
	}
	if (a->tls_client_key && !a->tls_client_cert &&
	    !draft_is_bad(d, KEYS_ACCOUNT(tls_client_cert)))
		errlist_add(e, draft_line(d, KEYS_ACCOUNT(tls_client_key)),
			    "tls_client_key without tls_client_cert");
}

struct mechanisms {
	bool external, oauth, password;
};

/* What the list allows; "auto" all but EXTERNAL alone. */
static struct mechanisms mechanisms_of(const struct config_account *a)
{
	struct mechanisms m = {false, false, false};

	if (!a->auth)
		return (struct mechanisms){false, true, true};
	for (size_t i = 0; a->auth[i]; i++) {
		if (strcmp(a->auth[i], "external") == 0)
			m.external = true;
		else if (strcmp(a->auth[i], "xoauth2") == 0 ||
			 strcmp(a->auth[i], "oauthbearer") == 0)
			m.oauth = true;
		else
			m.password = true;
	}
	return m;
}

/* Of the six ways to the password: the one whose line comes first, and
 * complaints about all others. NULL: there is none. */
static const struct key *one_credential(const struct draft *d,
					struct errlist *e)
{
	const struct key *first = NULL;

	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (keys_is_credential(k) && draft_has_text(d, k) &&
		    (!first || d->lines[i] < d->lines[keys_index(first)]))
			first = k;
	}
	if (!first)
		return NULL;
	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (!keys_is_credential(k) || !draft_has_text(d, k) ||
		    k == first)
			continue;
		errlist_add(e, d->lines[i],
			    "%s cannot stand beside %s (line %u)", k->name,
			    first->name, d->lines[keys_index(first)]);
		errlist_hint(e, "keep one of them");
	}
	return first;
}

static void missing_credential(const struct draft *d,
			       const struct config_account *a,
			       struct errlist *e)
{
	const struct provider *p =
	    a->provider ? provider_find(a->provider) : NULL;

	errlist_add(e, d->line, "[account %s] has no password", a->name);
	if (p && p->hint)
		errlist_hint(e, "%s", p->hint);
	else
		errlist_hint(e, "set password_command, password_file, "
				"password_credential or token_command");
}

/* No client id is built in: those of other programs are theirs. */
static void check_oauth(const struct draft *d, const struct config_account *a,
			struct errlist *e)
{
	unsigned line = draft_line(d, KEYS_ACCOUNT(oauth.provider));
	bool own = strcmp(a->oauth.provider, "own") == 0;

	if (!a->oauth.client_id &&
	    !draft_is_bad(d, KEYS_ACCOUNT(oauth.client_id))) {
		errlist_add(e, line, "oauth without oauth_client_id");
		errlist_hint(e, "register a client with the provider: see "
				"OAUTH2 in imapsyncctl(1)");
	}
	if (own && (!a->oauth.authorize_url || !a->oauth.token_url) &&
	    !draft_is_bad(d, KEYS_ACCOUNT(oauth.authorize_url)) &&
	    !draft_is_bad(d, KEYS_ACCOUNT(oauth.token_url))) {
		errlist_add(e, line, "oauth = own without its addresses");
		errlist_hint(e, "set oauth_authorize_url and oauth_token_url, "
				"or oauth = google or microsoft");
	}
}

static void check_login(const struct draft *d, const struct config_account *a,
			struct errlist *e)
{
	const struct mechanisms m = mechanisms_of(a);
	bool bare = a->tunnel || (m.external && !m.oauth && !m.password);
	const struct key *credential = one_credential(d, e);
	bool token = a->token_command || a->oauth.provider;

	/* A tunnel may be logged in already (PREAUTH), and a certificate may
	 * say who one is. */
	if (!a->user && !bare && !draft_is_bad(d, KEYS_ACCOUNT(user))) {
		errlist_add(e, d->line, "[account %s] has no user", a->name);
		errlist_hint(e, "user = the name you log in with");
	}
	if (!credential && !bare) {
		missing_credential(d, a, e);
	} else if (token && !m.oauth) {
		errlist_add(e, draft_line(d, credential),
			    "%s is of no use: auth allows neither "
			    "oauthbearer nor xoauth2",
			    credential->name);
	} else if (credential && !token && m.oauth && !m.password) {
		errlist_add(e, draft_line(d, credential),
			    "%s is of no use: auth allows OAuth2 only",
			    credential->name);
		errlist_hint(e, "set token_command instead");
	}
	if (a->oauth.provider)
		check_oauth(d, a, e);
}

/* Maildir++ has a separator, and a place for INBOX, of its own. */
static void check_layout(const struct draft *d, const struct config_account *a,
			 struct errlist *e)
{
	bool plus = a->layout == CONFIG_LAYOUT_MAILDIRPP;

	if (a->separator == CONFIG_SEPARATOR_SLASH)
		return;
	if (plus) {
		errlist_add(e, draft_line(d, KEYS_ACCOUNT(separator)),
			    "separator cannot stand beside layout = maildir++, "
			    "which has its own");
		errlist_hint(e, "remove it, or set layout = fs");
	} else if (a->inbox && strchr(a->inbox, '/')) {
		errlist_add(e, draft_line(d, KEYS_ACCOUNT(inbox)),
			    "inbox: with this separator \"%s\" is the name of "
			    "no folder",
			    a->inbox);
		errlist_hint(e, "give a name without \"/\", or remove "
				"separator");
	}
}

void crosscheck_account(const struct draft *d, struct errlist *e)
{
	const struct config_account *a = d->object;

	check_server(d, a, e);
	check_login(d, a, e);
	check_layout(d, a, e);
}

/* Two drafts of accounts and their Maildirs, links followed. */
struct place {
	const struct draft *d;
	const struct config_account *a;
	char *dir; /* or NULL: its value was refused */
};

static void check_pair(const struct place *first, const struct place *second,
		       struct errlist *e)
{
	unsigned line = draft_line(second->d, KEYS_ACCOUNT(maildir));
	bool below = paths_within(first->dir, second->dir);
	bool above = paths_within(second->dir, first->dir);

	if (!below && !above)
		return;
	errlist_add(e, line,
		    "the Maildir of [account %s], %s, %s %s "
		    "[account %s] (line %u)",
		    second->a->name, second->a->maildir,
		    below && above ? "is also"
		    : below        ? "lies inside"
				   : "holds",
		    "that of", first->a->name, first->d->line);
	errlist_hint(e, "give each account a maildir of its own");
}

static void check_state_dir(const struct draft *general,
			    const struct place *place, struct errlist *e)
{
	const struct config *c = general->object;
	char *state = c->state_dir ? paths_canonical(c->state_dir) : NULL;

	if (state && paths_within(place->dir, state)) {
		errlist_add(
		    e, draft_line(place->d, KEYS_ACCOUNT(maildir)),
		    "the Maildir of [account %s], %s, holds state_dir, %s",
		    place->a->name, place->a->maildir, c->state_dir);
		errlist_hint(e, "keep them apart");
	}
	free(state);
}

void crosscheck_directories(const struct draft *general,
			    const struct draft *accounts, size_t n,
			    struct errlist *e)
{
	struct place *places = mem_zalloc(n + 1, sizeof(*places));

	for (size_t i = 0; i < n; i++) {
		const struct config_account *a = accounts[i].object;
		places[i] = (struct place){
		    .d = &accounts[i],
		    .a = a,
		    .dir = a->maildir ? paths_canonical(a->maildir) : NULL,
		};
		if (!places[i].dir)
			continue;
		check_state_dir(general, &places[i], e);
		for (size_t k = 0; k < i; k++) {
			if (places[k].dir)
				check_pair(&places[k], &places[i], e);
		}
	}
	for (size_t i = 0; i < n; i++)
		free(places[i].dir);
	free(places);
}
