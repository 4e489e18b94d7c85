/* SPDX-License-Identifier: MIT */
/* The rows: name, where it goes, type, default, limits, help. The order is the
 * order of the manual page and of the dump. */
#include "config/keys.h"

#include <string.h>

#include "config/check.h"
#include "config/config.h"
#include "config/provider.h"

#define SECOND ((int64_t)1000)
#define DAY    (24 * 3600 * SECOND)

static const char *const log_level_words[] = {"error", "warning", "info",
					      "debug", "wire",    NULL};
static const char *const tls_words[] = {"implicit", "starttls", "none", NULL};
static const char *const layout_words[] = {"fs", "maildir++", NULL};
/* In the order of enum config_separator, and of enum config_local_names. */
static const char *const separator_words[] = {"/", ".", "/.", NULL};
static const char *const names_words[] = {"utf8", "mutf7", NULL};
static const char *const direction_words[] = {"both", "pull", "push", NULL};
static const char *const mechanisms[] = {
    "scram-sha-256", "scram-sha-1", "plain",    "login", "cram-md5",
    "oauthbearer",   "xoauth2",     "external", NULL,
};
/* In the order of enum config_sides. */
static const char *const sides_words[] = {"none", "local", "remote", "both",
					  NULL};
static const char *const oauth_providers[] = {
    "google", "microsoft", "yahoo", "aol", "fastmail", "own", NULL};
static const char *const auth_words[] = {"auto", NULL};
static const char *const watch_words[] = {"auto", "none", NULL};
static const char *const compress_words[] = {"no", "auto", NULL};

#define GENERAL(member) KEY_GENERAL, offsetof(struct config, member)
#define ACCOUNT(member) KEY_ACCOUNT, offsetof(struct config_account, member)

#define ROW(key_name, where, key_type, def_text, ...) \
	ROW_(key_name, where, key_type, def_text, __VA_ARGS__)
#define ROW_(key_name, key_scope, key_offset, key_type, def_text, ...)         \
	{                                                                      \
		.name = (key_name), .scope = (key_scope),                      \
		.offset = (key_offset), .type = (key_type), .def = (def_text), \
		__VA_ARGS__                                                    \
	}

/* clang-format off */
const struct key keys_table[] = {
	ROW("maildir_root", GENERAL(maildir_root), KEY_PATH, "~/Mail",
	    .help = "directory that holds the accounts' Maildirs"),
	ROW("state_dir", GENERAL(state_dir), KEY_PATH, NULL,
	    .help = "databases and recoverable messages"),
	ROW("runtime_dir", GENERAL(runtime_dir), KEY_PATH, NULL,
	    .help = "control socket"),
	ROW("log_level", GENERAL(log_level), KEY_ENUM, "info",
	    .words = log_level_words, .help = "how much is logged"),
	ROW("metrics_file", GENERAL(metrics_file), KEY_PATH, NULL,
	    .help = "file for a metrics collector"),
	ROW("hook_timeout", GENERAL(hook_timeout_ms), KEY_DURATION, "5m",
	    .min = SECOND, .max = DAY,
	    .help = "a hook that runs longer is ended"),

	ROW("provider", ACCOUNT(provider), KEY_TEXT, NULL,
	    .accept = provider_names, .lower = true,
	    .help = "preset for a known service"),
	ROW("enabled", ACCOUNT(enabled), KEY_BOOL, "yes",
	    .help = "no: the account is left alone"),
	ROW("host", ACCOUNT(host), KEY_TEXT, NULL, .check = check_host,
	    .help = "name or address of the server"),
	ROW("port", ACCOUNT(port), KEY_PORT, NULL, .min = 1, .max = 65535,
	    .help = "TCP port"),
	ROW("tls", ACCOUNT(tls), KEY_ENUM, "implicit", .words = tls_words,
	    .help = "how the connection is protected"),
	ROW("tls_ca_file", ACCOUNT(tls_ca_file), KEY_PATH, NULL,
	    .help = "certificate authorities to trust"),
	ROW("tls_pin", ACCOUNT(tls_pin), KEY_LIST, NULL, .check = check_pin,
	    .lower = true,
	    .help = "public keys to trust instead of authorities"),
	ROW("tls_client_cert", ACCOUNT(tls_client_cert), KEY_PATH, NULL,
	    .help = "own certificate"),
	ROW("tls_client_key", ACCOUNT(tls_client_key), KEY_PATH, NULL,
	    .help = "its private key"),
	ROW("tunnel", ACCOUNT(tunnel), KEY_TEXT, NULL,
	    .help = "command that speaks IMAP on stdin and stdout"),
	ROW("timeout", ACCOUNT(timeout_ms), KEY_DURATION, "60s",
	    .min = SECOND, .max = DAY,
	    .help = "silence that means a lost connection"),
	ROW("user", ACCOUNT(user), KEY_TEXT, NULL, .help = "login name"),
	ROW("password", ACCOUNT(password), KEY_SECRET, NULL,
	    .help = "the password itself"),
	ROW("password_command", ACCOUNT(password_command), KEY_TEXT, NULL,
	    .help = "command that prints the password"),
	ROW("password_file", ACCOUNT(password_file), KEY_PATH, NULL,
	    .help = "file that holds the password"),
	ROW("password_credential", ACCOUNT(password_credential), KEY_TEXT, NULL,
	    .check = check_file_name,
	    .help = "file in $CREDENTIALS_DIRECTORY that holds the password"),
	ROW("token_command", ACCOUNT(token_command), KEY_TEXT, NULL,
	    .help = "command that prints an OAuth2 access token"),
	ROW("oauth", ACCOUNT(oauth.provider), KEY_TEXT, NULL,
	    .accept = oauth_providers, .lower = true,
	    .help = "authorised by imapsyncctl auth: by whom"),
	ROW("oauth_client_id", ACCOUNT(oauth.client_id), KEY_TEXT, NULL,
	    .check = check_printable, .help = "what this program is called there"),
	ROW("oauth_client_secret", ACCOUNT(oauth.client_secret), KEY_SECRET, NULL,
	    .help = "its secret, where it has one"),
	ROW("oauth_tenant", ACCOUNT(oauth.tenant), KEY_TEXT, NULL,
	    .check = check_file_name, .help = "organisation at Microsoft"),
	ROW("oauth_scope", ACCOUNT(oauth.scope), KEY_TEXT, NULL,
	    .check = check_printable, .help = "what is asked for"),
	ROW("oauth_authorize_url", ACCOUNT(oauth.authorize_url), KEY_TEXT, NULL,
	    .check = check_https, .help = "page where the user agrees"),
	ROW("oauth_token_url", ACCOUNT(oauth.token_url), KEY_TEXT, NULL,
	    .check = check_https, .help = "address that gives tokens"),
	ROW("oauth_device_url", ACCOUNT(oauth.device_url), KEY_TEXT, NULL,
	    .check = check_https, .help = "address that gives device codes"),
	ROW("auth", ACCOUNT(auth), KEY_LIST, "auto", .words = auth_words,
	    .accept = mechanisms, .lower = true, .help = "SASL mechanisms allowed"),
	ROW("maildir", ACCOUNT(maildir), KEY_PATH, NULL,
	    .help = "local root of the account"),
	ROW("layout", ACCOUNT(layout), KEY_ENUM, "fs", .words = layout_words,
	    .help = "how folders are arranged on disk"),
	ROW("inbox", ACCOUNT(inbox), KEY_TEXT, "INBOX",
	    .check = check_local_folder, .help = "local name of INBOX"),
	ROW("separator", ACCOUNT(separator), KEY_ENUM, "/",
	    .words = separator_words,
	    .help = "what stands between levels on disk"),
	ROW("local_names", ACCOUNT(local_names), KEY_ENUM, "utf8",
	    .words = names_words, .help = "how names are written on disk"),
	ROW("include", ACCOUNT(rules), KEY_RULE, NULL, .check = check_pattern,
	    .help = "folders to mirror"),
	ROW("exclude", ACCOUNT(rules), KEY_RULE, NULL, .check = check_pattern,
	    .help = "folders to leave out"),
	ROW("subscribed_only", ACCOUNT(subscribed_only), KEY_BOOL, "no",
	    .help = "only folders that are subscribed to"),
	ROW("direction", ACCOUNT(direction), KEY_ENUM, "both",
	    .words = direction_words, .help = "which way changes travel"),
	ROW("create", ACCOUNT(create), KEY_ENUM, "both", .words = sides_words,
	    .help = "where missing folders are created"),
	ROW("remove", ACCOUNT(remove), KEY_ENUM, "none", .words = sides_words,
	    .help = "where deleted folders are removed"),
	ROW("delete", ACCOUNT(delete_), KEY_ENUM, "both", .words = sides_words,
	    .help = "where deleted messages are deleted"),
	ROW("expunge", ACCOUNT(expunge), KEY_BOOL, "yes",
	    .help = "no: deleted messages are only marked on the server"),
	ROW("trash", ACCOUNT(trash), KEY_TEXT, NULL, .check = check_trash,
	    .help = "folder on the server for deleted messages"),
	ROW("keep_deleted", ACCOUNT(keep_deleted_ms), KEY_DURATION, "30d",
	    .min = 0, .max = 36500 * DAY,
	    .help = "how long undo can bring deleted messages back"),
	ROW("delete_limit", ACCOUNT(delete_limit_percent), KEY_PERCENT, "25%",
	    .min = 0, .max = 100, .none = true,
	    .help = "share of a folder that may vanish unasked"),
	ROW("max_size", ACCOUNT(max_size), KEY_SIZE, "none", .min = 1,
	    .max = INT64_MAX, .none = true,
	    .help = "larger messages are not fetched"),
	ROW("max_age", ACCOUNT(max_age_ms), KEY_DURATION, "none",
	    .min = SECOND, .max = 36500 * DAY, .none = true,
	    .help = "older messages are not fetched"),
	ROW("watch", ACCOUNT(watch), KEY_LIST, "auto", .words = watch_words,
	    .check = check_pattern, .help = "folders that are watched live"),
	ROW("poll_interval", ACCOUNT(poll_interval_ms), KEY_DURATION, "5m",
	    .min = SECOND, .max = 365 * DAY,
	    .help = "pause between looks at what is not watched"),
	ROW("connections", ACCOUNT(connections), KEY_COUNT, "3", .min = 1,
	    .max = 32, .help = "most connections at once"),
	ROW("compress", ACCOUNT(compress), KEY_BOOL, "auto",
	    .words = compress_words, .effect = KEY_UNUSED,
	    .help = "use COMPRESS=DEFLATE"),
	ROW("disable_extension", ACCOUNT(disable_extension), KEY_LIST, NULL,
	    .check = check_capability, .help = "capabilities to ignore"),
	ROW("on_change", ACCOUNT(on_change), KEY_TEXT, NULL,
	    .help = "command run after changes"),
	ROW("on_error", ACCOUNT(on_error), KEY_TEXT, NULL,
	    .help = "command run when a person is needed"),
};
/* clang-format on */
const size_t keys_count = sizeof(keys_table) / sizeof(keys_table[0]);

_Static_assert(sizeof(keys_table) / sizeof(keys_table[0]) <= KEYS_MAX,
	       "a key is a bit of a uint64_t");

const struct key *keys_find(enum key_scope scope, const char *name)
{
	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (k->scope == scope && strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

const struct key *keys_at(enum key_scope scope, size_t offset)
{
	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		if (k->scope == scope && k->offset == offset)
			return k;
	}
	return NULL;
}

bool keys_is_credential(const struct key *k)
{
	return k == KEYS_ACCOUNT(password) ||
	       k == KEYS_ACCOUNT(password_command) ||
	       k == KEYS_ACCOUNT(password_file) ||
	       k == KEYS_ACCOUNT(password_credential) ||
	       k == KEYS_ACCOUNT(token_command) ||
	       k == KEYS_ACCOUNT(oauth.provider);
}
