/* SPDX-License-Identifier: MIT */
/* Edit distance over short words, and the names that people bring along from
 * other programs. Only ever used for the text of an error. */
#include "config/suggest.h"

#include <string.h>

#include "lib/util/ascii.h"

#define WORD_MAX 32

/* mbsync(1) 1.4 and offlineimap.conf 8.0, then names that are merely usual. */
static const struct {
	const char *theirs;
	const char *ours;
} foreign[] = {
    {"PassCmd", "password_command"},
    {"Pass", "password"},
    {"UserCmd", "user"},
    {"SSLType", "tls"},
    {"TLSType", "tls"},
    {"UseIMAPS", "tls"},
    {"RequireSSL", "tls"},
    {"AuthMechs", "auth"},
    {"AuthMech", "auth"},
    {"CertificateFile", "tls_ca_file"},
    {"SystemCertificates", "tls_ca_file"},
    {"ClientCertificate", "tls_client_cert"},
    {"ClientKey", "tls_client_key"},
    {"DisableExtension", "disable_extension"},
    {"DisableExtensions", "disable_extension"},
    {"Path", "maildir"},
    {"SubFolders", "layout"},
    {"MapInbox", "inbox"},
    {"Pattern", "include"},
    {"Patterns", "include"},
    {"Sync", "direction"},
    {"MaxSize", "max_size"},
    {"SyncState", "state_dir"},
    {"remotehost", "host"},
    {"remoteport", "port"},
    {"remoteuser", "user"},
    {"remotepass", "password"},
    {"remotepasseval", "password_command"},
    {"remotepassfile", "password_file"},
    {"ssl", "tls"},
    {"starttls", "tls"},
    {"sslcacertfile", "tls_ca_file"},
    {"sslclientcert", "tls_client_cert"},
    {"sslclientkey", "tls_client_key"},
    {"cert_fingerprint", "tls_pin"},
    {"preauthtunnel", "tunnel"},
    {"transporttunnel", "tunnel"},
    {"auth_mechanisms", "auth"},
    {"oauth2_access_token", "token_command"},
    {"oauth2_access_token_eval", "token_command"},
    {"localfolders", "maildir"},
    {"folderfilter", "include"},
    {"folderincludes", "include"},
    {"subscribedonly", "subscribed_only"},
    {"createfolders", "create"},
    {"sync_deletes", "delete"},
    {"readonly", "direction"},
    {"maxsize", "max_size"},
    {"maxage", "max_age"},
    {"startdate", "max_age"},
    {"autorefresh", "poll_interval"},
    {"idlefolders", "watch"},
    {"maxconnections", "connections"},
    {"usecompression", "compress"},
    {"postsynchook", "on_change"},
    {"metadata", "state_dir"},
    {"pythonfile", "password_command"},
    {"server", "host"},
    {"username", "user"},
    {"login", "user"},
    {"pass", "password"},
    {"pass_cmd", "password_command"},
    {"passwordeval", "password_command"},
    {"fingerprint", "tls_pin"},
    {"interval", "poll_interval"},
    {"idle", "watch"},
    {"sep", "separator"},
    {"log", "log_level"},
    {"loglevel", "log_level"},
};

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same(char a, char b)
{
	if (a == '-')
		a = '_';
	if (b == '-')
		b = '_';
	return ascii_lower(a) == ascii_lower(b);
}

/* Insertions, deletions, changes and swaps of neighbours that make a into b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t na = strlen(a);
	size_t nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = row[i % 3];
		const size_t *last = row[(i + 2) % 3];
		const size_t *before = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = min3(now[j - 1] + 1, last[j] + 1,
				      last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]) && before[j - 2] < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

/* Takes word as the best so far if it is near enough to s. */
static void consider(const char *s, const char *word, const char **best,
		     size_t *least)
{
	size_t len = strlen(s);
	size_t near = len < 4 ? 1 : len < 8 ? 2 : 3;
	size_t d = distance(s, word);

	if (d <= near && d < *least) {
		*best = word;
		*least = d;
	}
}

const char *suggest_word(const char *const *list, const char *s)
{
	const char *best = NULL;
	size_t least = WORD_MAX;

	for (; *list; list++)
		consider(s, *list, &best, &least);
	return best;
}

const char *suggest_key(enum key_scope scope, const char *name)
{
	const char *best = NULL;
	size_t least = WORD_MAX;

	for (size_t i = 0; i < keys_count; i++) {
		if (keys_table[i].scope == scope)
			consider(name, keys_table[i].name, &best, &least);
	}
	if (least == 0)
		return best;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (ascii_same(name, foreign[i].theirs) &&
		    keys_find(scope, foreign[i].ours))
			return foreign[i].ours;
	}
	return best;
}
