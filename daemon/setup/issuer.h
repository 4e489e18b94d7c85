/* SPDX-License-Identifier: MIT */
/* Who authorises: the addresses of known OAuth2 providers, and what an account
 * says instead. No client id: one is registered by whoever runs the program. */
#ifndef DAEMON_SETUP_ISSUER_H
#define DAEMON_SETUP_ISSUER_H

#include "config/config.h"
#include "daemon/base/err.h"

/* Of one account; strings borrowed from the configuration but for those that
 * issuer_release() frees. */
struct issuer {
	const char *name; /* as in oauth = NAME */
	char *authorize_url, *token_url;
	char *device_url; /* NULL: it has none */
	const char *revoke_url;
	const char *scope;
	const char *client_id;
	const char *client_secret; /* NULL: none is to be sent */
	/* What the browser comes back to where nothing listens (--paste); NULL:
	 * the same as where something does. */
	const char *paste_uri;
	const char *no_device; /* why device_url is NULL; NULL: nothing known */
	const char *extra;     /* to be added to the query; "" */
	const char *ca_file;   /* NULL: the system's */
};

/* 0, or -1 and *err (ERR_CONFIG): the account has no oauth. */
int issuer_of(const struct config_account *a, struct issuer *out,
	      struct err *err);
void issuer_release(struct issuer *i);

#endif
