/* SPDX-License-Identifier: MIT */
/* Presets for known services: what "provider = NAME" fills in. Facts from the
 * services' own pages; no look-up, no network. */
#ifndef CONFIG_PROVIDER_H
#define CONFIG_PROVIDER_H

#include <stdint.h>

#include "config/config.h"

struct provider {
	const char *name;
	const char *host;
	uint16_t port;
	enum config_tls tls;
	const char *auth;           /* as in a file, or NULL: auto */
	const char *const *exclude; /* patterns, ended by NULL; or NULL */
	const char *hint; /* what to do where the password is missing */
};

/* All names, ended by NULL. */
extern const char *const provider_names[];

/* NULL: not known. */
const struct provider *provider_find(const char *name);

#endif
