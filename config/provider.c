/* SPDX-License-Identifier: MIT */
/* The table of services. A name here is also one in provider_names, which the
 * key table needs as a constant. */
#include "config/provider.h"

#include <string.h>

const char *const provider_names[] = {
    "gmail",         "outlook", "fastmail", "yahoo", "icloud",
    "proton-bridge", "aol",     "posteo",   NULL,
};

/* Folders that show messages of other folders again: fetching them would store
 * each message two or three times. */
static const char *const gmail_exclude[] = {"\\All", "\\Important", "\\Flagged",
					    NULL};
static const char *const proton_exclude[] = {"All Mail", "Starred", "Labels/*",
					     NULL};

static const struct provider providers[] = {
    {.name = "gmail",
     .host = "imap.gmail.com",
     .port = 993,
     .exclude = gmail_exclude,
     .hint = "Gmail wants an app password "
	     "(https://myaccount.google.com/apppasswords), oauth or "
	     "token_command"},
    /* Basic authentication is off: September 2024 (Outlook.com), January
     * 2023 (Office 365). */
    {.name = "outlook",
     .host = "outlook.office365.com",
     .port = 993,
     .auth = "xoauth2",
     .hint = "Outlook takes OAuth2 only: set oauth = microsoft, or "
	     "token_command"},
    {.name = "fastmail",
     .host = "imap.fastmail.com",
     .port = 993,
     .hint = "Fastmail wants an app password: Settings, Privacy & "
	     "Security, Manage app passwords"},
    {.name = "yahoo",
     .host = "imap.mail.yahoo.com",
     .port = 993,
     .hint = "Yahoo wants an app password: Account security, App "
	     "passwords"},
    {.name = "icloud",
     .host = "imap.mail.me.com",
     .port = 993,
     .hint = "iCloud wants an app-specific password "
	     "(https://account.apple.com) and as user the part before "
	     "the @"},
    {.name = "proton-bridge",
     .host = "127.0.0.1",
     .port = 1143,
     .tls = CONFIG_TLS_STARTTLS,
     .exclude = proton_exclude,
     .hint = "the Bridge has a password of its own: see its window"},
    {.name = "aol",
     .host = "imap.aol.com",
     .port = 993,
     .hint = "AOL wants an app password: Account security, App "
	     "passwords"},
    {.name = "posteo", .host = "posteo.de", .port = 993},
};

const struct provider *provider_find(const char *name)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	}
	return NULL;
}
