/* SPDX-License-Identifier: MIT */
/* The configuration as the daemon uses it: every default applied, every value
 * checked. Borrowed by all who read it; freed as a whole. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum config_log_level {
	CONFIG_LOG_ERROR,
	CONFIG_LOG_WARNING,
	CONFIG_LOG_INFO,
	CONFIG_LOG_DEBUG,
	CONFIG_LOG_WIRE,
};

enum config_tls { CONFIG_TLS_IMPLICIT, CONFIG_TLS_STARTTLS, CONFIG_TLS_NONE };
enum config_layout { CONFIG_LAYOUT_FS, CONFIG_LAYOUT_MAILDIRPP };
/* Between the levels of a folder's name: "/", "." and "/.". */
enum config_separator {
	CONFIG_SEPARATOR_SLASH,
	CONFIG_SEPARATOR_DOT,
	CONFIG_SEPARATOR_SLASH_DOT,
};
enum config_local_names { CONFIG_NAMES_UTF8, CONFIG_NAMES_MUTF7 };
enum config_direction { CONFIG_BOTH, CONFIG_PULL, CONFIG_PUSH };

/* Values of create, remove and delete: a set of sides. */
enum config_sides {
	CONFIG_SIDE_NONE = 0,
	CONFIG_SIDE_LOCAL = 1,
	CONFIG_SIDE_REMOTE = 2,
	CONFIG_SIDE_BOTH = 3,
};

/* One include or exclude line, in file order. A pattern that begins with a
 * backslash names a special use. */
struct config_rule {
	bool include;
	char *pattern;
};

/* OAuth2 by imapsyncctl auth. The addresses and the scope are NULL where the
 * provider's are to be used. */
struct config_oauth {
	char *provider; /* lower case, "own": the addresses; NULL: none */
	char *client_id;
	char *client_secret;
	char *tenant;
	char *scope;
	char *authorize_url;
	char *token_url;
	char *device_url;
};

struct config_account {
	char *name;
	char *provider; /* NULL: none */
	bool enabled;
	char *host; /* NULL only with tunnel */
	uint16_t port;
	enum config_tls tls;
	char *tls_ca_file; /* NULL: the system's */
	char **tls_pin;    /* NULL-terminated, may be NULL */
	char *tls_client_cert;
	char *tls_client_key;
	char *tunnel;
	int64_t timeout_ms;
	char *user;
	/* At most one of the six is set: these five, or oauth.provider. */
	char *password;
	char *password_command;
	char *password_file;
	char *password_credential;
	char *token_command;
	struct config_oauth oauth;
	char *
	    *auth; /* NULL-terminated mechanism names, lower case; NULL: auto */
	char *maildir; /* absolute */
	enum config_layout layout;
	char *inbox;
	enum config_separator separator;
	enum config_local_names local_names;
	struct config_rule *rules; /* the provider's first, then the file's */
	size_t nrules;
	size_t npreset; /* how many of the rules are the provider's */
	bool subscribed_only;
	enum config_direction direction;
	enum config_sides create;
	enum config_sides remove;
	enum config_sides delete_;
	bool expunge;
	char *trash; /* NULL: none */
	int64_t keep_deleted_ms;
	int delete_limit_percent; /* -1: none */
	uint64_t max_size;        /* bytes; 0: none */
	int64_t max_age_ms;       /* 0: none */
	char **watch; /* NULL-terminated; NULL: auto; an empty list: none */
	int64_t poll_interval_ms;
	unsigned connections;
	bool compress;
	char **disable_extension; /* NULL-terminated, may be NULL */
	char *on_change;
	char *on_error;
	uint64_t set; /* keys set in the account's own section: bits, by row of
		       * the key table (config/keys.h) */
};

struct config {
	char *file; /* where it was read from */
	char *maildir_root;
	char *state_dir;
	char *runtime_dir;
	enum config_log_level log_level;
	char *metrics_file; /* NULL: none */
	int64_t hook_timeout_ms;
	struct config_account *accounts; /* in file order */
	size_t naccounts;
	uint64_t set;          /* keys set in [general], bits as above */
	uint64_t set_defaults; /* keys set in [defaults] */
};

/* What was wrong: whole lines "FILE:LINE: ..." each followed by "  -> ..."
 * where there is something to do, separated and ended by '\n'. */
struct config_errors {
	char *text; /* malloc'ed; NULL: none */
	size_t count;
};

/* Finds the file: path if given, else the standard places
 * ($XDG_CONFIG_HOME, SYSCONFDIR, /etc). Reads, applies
 * defaults and presets, checks all, reports every error in one run. 0 and *out
 * (config_free()), or -1 and *errors (config_errors_release()). */
int config_load(const char *path, struct config **out,
		struct config_errors *errors);
void config_free(struct config *c);
void config_errors_release(struct config_errors *errors);

/* Prints the effective configuration as INI text that config_load() would read
 * back, secrets as "(hidden)", keys whose function is not there yet marked by a
 * comment line. */
int config_dump(const struct config *c, FILE *out);

/* Prints, one a line, the keys that were set by the user and are accepted but
 * have no effect in this version. Returns how many. */
size_t config_unused_keys(const struct config *c, FILE *out);

/* The account of that name, or NULL. */
struct config_account *config_find_account(const struct config *c,
					   const char *name, size_t len);

/* A number that two accounts share whose effective configuration is the same,
 * secrets and the state directory included. Not for anybody's eyes: who sees it
 * could try passwords. */
uint64_t config_account_print(const struct config *c,
			      const struct config_account *a);

/* Does the rule's pattern match that folder? See below. */
bool config_rule_matches(const struct config_rule *rule, const char *name,
			 uint32_t special_use);
/* Which of the names (ended by NULL) the pattern was probably to be; NULL: none
 * is near. */
const char *config_rule_meant(const struct config_rule *rule,
			      const char *const *names);

/* Is a folder included by the account's rules? The last one that matches
 * decides; where none does, it is, unless the account's own first rule is an
 * include. name: UTF-8, '/' as separator.
 * special_use: IMAP4_LIST_* bits of <imap4/event.h>. */
bool config_folder_included(const struct config_account *a, const char *name,
			    uint32_t special_use);

#endif
