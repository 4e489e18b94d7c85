/* SPDX-License-Identifier: MIT */
/* Bad files and exactly what is said about them: the first thing that a new
 * user reads.
 */
#include "config/config.h"

#include "tests/config/fixture.h"

struct row {
	const char *text;
	const char *errors;
};

/* FILE:5, the line behind ACCOUNT. */
#define AT5 "FILE:5: "

static void check_rows(const struct fixture *f, const struct row *rows,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *errors = fixture_errors_of(f, rows[i].text);
		assert_string_equal(errors, rows[i].errors);
		free(errors);
	}
}

static const struct row lines[] = {
    {"", "FILE: there is no account in it\n"
	 "  -> add a section [account NAME]\n"},
    {"# nothing\n\n", "FILE: there is no account in it\n"
		      "  -> add a section [account NAME]\n"},
    {"host = x\n" ACCOUNT,
     "FILE:1: a key outside of any section\n"
     "  -> put it below [general], [defaults] or [account NAME]\n"},
    {ACCOUNT " port = 1\n",
     AT5 "the line begins with a blank\n"
	 "  -> remove the blank; a value cannot go on in the next line\n"},
    {ACCOUNT "\t# comment\n",
     AT5 "the line begins with a blank\n"
	 "  -> remove the blank; a value cannot go on in the next line\n"},
    {ACCOUNT "password hunter2\n",
     AT5 "expected \"key = value\" or \"[section]\"\n"},
    {ACCOUNT "= x\n", AT5 "expected \"key = value\" or \"[section]\"\n"},
    {ACCOUNT "pass!word = x\n",
     AT5 "expected \"key = value\" or \"[section]\"\n"},
    {ACCOUNT "//x = 1\n", AT5 "expected \"key = value\" or \"[section]\"\n"},
    {ACCOUNT "[account b\nnonsense = 1\n",
     AT5 "the section has no closing \"]\"\n"},
    {ACCOUNT "inbox = a\x01z\n", AT5 "control character 0x01 in the line\n"
				     "  -> remove it; no value may hold one\n"},
    {ACCOUNT "inbox = a\rz\n", AT5 "control character 0x0d in the line\n"
				   "  -> remove it; no value may hold one\n"},
    {ACCOUNT "inbox = a\xe4z\n", AT5 "the line is not UTF-8\n"
				     "  -> save the file as UTF-8\n"},
};

static const struct row sections[] = {
    {ACCOUNT "[defualts]\n",
     AT5 "unknown section [defualts] (did you mean \"[defaults]\"?)\n"},
    {ACCOUNT "[default]\n",
     AT5 "unknown section [default] (did you mean \"[defaults]\"?)\n"},
    {"[acount home]\nhost = x\n", "FILE:1: unknown section [acount home] (did "
				  "you mean \"[account home]\"?)\n"},
    {"[Account home]\nhost = x\n", "FILE:1: unknown section [Account home] "
				   "(did you mean \"[account home]\"?)\n"},
    {ACCOUNT "[Repository x]\n",
     AT5 "unknown section [Repository x]\n"
	 "  -> there are [general], [defaults] and [account NAME]\n"},
    {ACCOUNT "[]\n", AT5 "the section has no name\n"},
    {ACCOUNT "[accounts]\n",
     AT5 "unknown section [accounts] (did you mean \"[account]\"?)\n"},
    {ACCOUNT "[account]\n",
     AT5 "the account has no name\n  -> write [account NAME]\n"},
    {ACCOUNT "[account a/b]\n", AT5 "account name \"a/b\" may hold letters, "
				    "digits and . _ - @ + only\n"},
    {ACCOUNT "[account a b]\n", AT5 "account name \"a b\" may hold letters, "
				    "digits and . _ - @ + only\n"},
    {ACCOUNT "[account ..]\n",
     AT5 "account name \"..\" cannot be the name of an account\n"},
    {ACCOUNT "[account "
	     "0123456789012345678901234567890123456789012345678901234567890123"
	     "4]\n",
     AT5 "account name "
	 "\"0123456789012345678901234567890123456789012345678901234567890123"
	 "4\" is longer than 64 bytes\n"},
    {ACCOUNT "[account  a]\n",
     AT5 "[account a] is given twice, first in line 1\n"},
    {ACCOUNT "[general]\n[general]\n",
     "FILE:6: [general] is given twice, first in line 5\n"},
};

static const struct row keys[] = {
    {ACCOUNT "hots = x\n",
     AT5 "unknown key \"hots\" (did you mean \"host\"?)\n"},
    {ACCOUNT "pasword = hunter2\n",
     AT5 "unknown key \"pasword\" (did you mean \"password\"?)\n"},
    {ACCOUNT "Host = x\n",
     AT5 "unknown key \"Host\" (did you mean \"host\"?)\n"},
    {ACCOUNT "poll-interval = x\n",
     AT5 "unknown key \"poll-interval\" (did you mean \"poll_interval\"?)\n"},
    {ACCOUNT "PassCmd = x\n",
     AT5 "unknown key \"PassCmd\" (did you mean \"password_command\"?)\n"},
    {ACCOUNT "SSLType = x\n",
     AT5 "unknown key \"SSLType\" (did you mean \"tls\"?)\n"},
    {ACCOUNT "Expunge = Both\n",
     AT5 "unknown key \"Expunge\" (did you mean \"expunge\"?)\n"},
    {ACCOUNT "remotehost = x\n",
     AT5 "unknown key \"remotehost\" (did you mean \"host\"?)\n"},
    {ACCOUNT "folderfilter = x\n",
     AT5 "unknown key \"folderfilter\" (did you mean \"include\"?)\n"},
    {ACCOUNT "nametrans = x\n", AT5 "unknown key \"nametrans\"\n"},
    {ACCOUNT "log_level = info\n",
     AT5 "\"log_level\" has no place in [account a]\n"
	 "  -> put it below [general]\n"},
    {ACCOUNT "[general]\nport = 1\n",
     "FILE:6: \"port\" has no place in [general]\n"
     "  -> put it below [account NAME] or [defaults]\n"},
    {ACCOUNT "host = x\n", AT5 "host is given twice, first in line 2\n"},
    {ACCOUNT "port =\nport = 1\n",
     "FILE:6: port is given twice, first in line 5\n"},
};

static const struct row values[] = {
    {ACCOUNT "port = 0\n", AT5 "port: \"0\" is out of range, 1 to 65535\n"},
    {ACCOUNT "port = 65536\n",
     AT5 "port: \"65536\" is out of range, 1 to 65535\n"},
    {ACCOUNT "port = 99999999999999999999\n",
     AT5 "port: \"99999999999999999999\" is out of range, 1 to 65535\n"},
    {ACCOUNT "port = imaps\n", AT5 "port: \"imaps\" is not a port\n"
				   "  -> a number from 1 to 65535\n"},
    {ACCOUNT "connections = 33\n",
     AT5 "connections: \"33\" is out of range, 1 to 32\n"},
    {ACCOUNT "timeout = 60\n",
     AT5 "timeout: \"60\" is not a duration\n"
	 "  -> a number with its unit, as in 90s 5m 1h 2d\n"},
    {ACCOUNT "timeout = 0s\n",
     AT5 "timeout: \"0s\" is out of range, 1s to 1d\n"},
    {ACCOUNT "timeout = 9223372036854775807d\n",
     AT5 "timeout: \"9223372036854775807d\" is out of range, 1s to 1d\n"},
    {ACCOUNT "max_age = always\n",
     AT5 "max_age: \"always\" is not a duration\n"
	 "  -> a number with its unit, as in 90s 5m 1h 2d, or none\n"},
    {ACCOUNT "max_size = 10 MB\n", AT5 "max_size: \"10 MB\" is not a size\n"
				       "  -> as in 500K 50M 2G, or none\n"},
    {ACCOUNT "max_size = 0\n",
     AT5 "max_size: \"0\" is out of range, 1 at least\n"},
    {ACCOUNT "delete_limit = 25\n",
     AT5 "delete_limit: \"25\" is not a percentage\n"
	 "  -> as in 25%, or none\n"},
    {ACCOUNT "delete_limit = 101%\n",
     AT5 "delete_limit: \"101%\" is out of range, 0% to 100%\n"},
    {ACCOUNT "enabled = true\n",
     AT5 "enabled: \"true\" is neither yes nor no (did you mean \"yes\"?)\n"
	 "  -> write yes or no\n"},
    {ACCOUNT "expunge = Both\n", AT5 "expunge: \"Both\" is neither yes nor "
				     "no\n  -> write yes or no\n"},
    {ACCOUNT "compress = of\n",
     AT5 "compress: \"of\" is not a value of this key\n"
	 "  -> write auto or no\n"},
    {ACCOUNT "tls = startls\n",
     AT5 "tls: \"startls\" is not a value of this key (did you mean "
	 "\"starttls\"?)\n  -> one of: implicit starttls none\n"},
    {ACCOUNT "provider = gmial\n",
     AT5 "provider: \"gmial\" is not a value of this key (did you mean "
	 "\"gmail\"?)\n  -> one of: gmail outlook fastmail yahoo icloud "
	 "proton-bridge aol posteo\n"},
    {ACCOUNT "auth = plain, scram\n",
     AT5 "auth: \"scram\" is not a value of this key\n"
	 "  -> one of: scram-sha-256 scram-sha-1 plain login cram-md5 "
	 "oauthbearer xoauth2 external\n"},
    {ACCOUNT "auth = auto, plain\n",
     AT5 "auth: \"auto\" cannot stand beside other values\n"},
    {ACCOUNT "watch = INBOX\nwatch = none\n",
     "FILE:6: watch: \"none\" cannot stand beside other values\n"},
    {ACCOUNT "include = a,,b\n",
     AT5 "include: \"a,,b\" has an empty element\n"},
    {ACCOUNT "exclude = \\Spam\n",
     AT5 "exclude: \"\\Spam\" is no special use; there are \\All \\Archive "
	 "\\Drafts \\Flagged \\Important \\Junk \\Sent \\Trash\n"},
    {ACCOUNT "trash = \\All\n",
     AT5 "trash: \"\\All\" is neither a folder nor \\Trash\n"},
    {ACCOUNT "maildir = Mail\n", AT5 "maildir: \"Mail\" is not an absolute "
				     "path; begin it with / or ~/\n"},
    {ACCOUNT "maildir = ~bob/Mail\n",
     AT5 "maildir: \"~bob/Mail\" is not an absolute path; begin it with / or "
	 "~/\n"},
    {ACCOUNT "maildir = /a/../b\n", AT5 "maildir: \"/a/../b\" has a \"..\" in "
					"it; write the path without\n"},
    {ACCOUNT "inbox = ../x\n",
     AT5 "inbox: \"../x\" cannot be the name of a folder\n"},
    {ACCOUNT "separator = -\n",
     AT5 "separator: \"-\" is not a value of this key (did you mean "
	 "\"/\"?)\n  -> one of: / . /.\n"},
    {ACCOUNT "local_names = latin1\n",
     AT5 "local_names: \"latin1\" is not a value of this key\n"
	 "  -> one of: utf8 mutf7\n"},
    {ACCOUNT "layout = maildir++\nseparator = .\n",
     "FILE:6: separator cannot stand beside layout = maildir++, which has its "
     "own\n  -> remove it, or set layout = fs\n"},
    {ACCOUNT "separator = .\ninbox = a/b\n",
     "FILE:6: inbox: with this separator \"a/b\" is the name of no folder\n"
     "  -> give a name without \"/\", or remove separator\n"},
    {ACCOUNT "inbox = a/cur\n",
     AT5 "inbox: \"a/cur\" cannot be the name of a folder\n"},
    {ACCOUNT "tls_pin = sha256:00\n", AT5 "tls_pin: \"sha256:00\" is not "
					  "sha256: and 64 hexadecimal "
					  "digits\n"},
    {ACCOUNT "disable_extension = A B\n",
     AT5 "disable_extension: \"A B\" is not the name of a capability\n"},
    {ACCOUNT "poll_interval =\n", AT5 "poll_interval: has no value\n"},
    {"[account a]\nuser = u\npassword_file = /p\nhost = h:993\n",
     "FILE:4: host: \"h:993\" holds a port; that has a key of its own\n"},
    {"[account a]\nuser = u\npassword_file = /p\nhost = imaps://h\n",
     "FILE:4: host: \"imaps://h\" is a URL; give host, port and tls each by "
     "its key\n"},
    {"[account a]\nuser = u\npassword_file = /p\nhost = a b\n",
     "FILE:4: host: \"a b\" is not a host name\n"},
    {"[account a]\nuser = u\npassword_file = /p\nhost = [::1]\n",
     "FILE:4: host: \"[::1]\" is not a host name; an IPv6 address stands "
     "without brackets\n"},
    {"[account a]\nhost = h\nuser = u\npassword_credential = ../x\n",
     "FILE:4: password_credential: \"../x\" is not the name of a file in "
     "$CREDENTIALS_DIRECTORY\n"},
    /* Told once, not again for each account. */
    {"[defaults]\nport = x\n" ACCOUNT
     "[account b]\ntunnel = t\n[account c]\ntunnel = t\n",
     "FILE:2: port: \"x\" is not a port\n  -> a number from 1 to 65535\n"},
};

#define BARE "[account a]\nhost = h\nuser = u\n"

static const struct row together[] = {
    {"[account a]\n",
     "FILE:1: [account a] has no host\n"
     "  -> set host, or provider, or tunnel\n"
     "FILE:1: [account a] has no user\n"
     "  -> user = the name you log in with\n"
     "FILE:1: [account a] has no password\n"
     "  -> set password_command, password_file, password_credential or "
     "token_command\n"},
    {BARE "password =\n",
     "FILE:1: [account a] has no password\n"
     "  -> set password_command, password_file, password_credential or "
     "token_command\n"},
    {"[account a]\nprovider = gmail\nuser = u\n",
     "FILE:1: [account a] has no password\n"
     "  -> Gmail wants an app password "
     "(https://myaccount.google.com/apppasswords), oauth or token_command\n"},
    {BARE "password = s3cret\npassword_file = /p\n",
     AT5 "password_file cannot stand beside password (line 4)\n"
	 "  -> keep one of them\n"},
    {BARE "token_command = t\npassword_command = p\npassword_file = /p\n",
     AT5 "password_command cannot stand beside token_command (line 4)\n"
	 "  -> keep one of them\n"
	 "FILE:6: password_file cannot stand beside token_command (line 4)\n"
	 "  -> keep one of them\n"},
    {"[account a]\nprovider = outlook\nuser = u\npassword_command = p\n",
     "FILE:4: password_command is of no use: auth allows OAuth2 only\n"
     "  -> set token_command instead\n"},
    {BARE "token_command = t\nauth = plain\n",
     "FILE:4: token_command is of no use: auth allows neither oauthbearer nor "
     "xoauth2\n"},
    {BARE "oauth = google\n",
     "FILE:4: oauth without oauth_client_id\n"
     "  -> register a client with the provider: see OAUTH2 in "
     "imapsyncctl(1)\n"},
    {BARE "oauth = own\noauth_client_id = c\n",
     "FILE:4: oauth = own without its addresses\n"
     "  -> set oauth_authorize_url and oauth_token_url, or oauth = google or "
     "microsoft\n"},
    {BARE "oauth_client_id = c\noauth_token_url = https://h/t\n",
     AT5 "oauth = own without its addresses\n"
	 "  -> set oauth_authorize_url and oauth_token_url, or oauth = google "
	 "or microsoft\n"},
    {BARE "oauth = google\noauth_client_id = c\ntoken_command = t\n",
     "FILE:6: token_command cannot stand beside oauth (line 4)\n"
     "  -> keep one of them\n"},
    {BARE "oauth = google\noauth_client_id = c\nauth = plain\n",
     "FILE:4: oauth is of no use: auth allows neither oauthbearer nor "
     "xoauth2\n"},
    {BARE "oauth = google\noauth_client_id = \xc3\xa4\n",
     "FILE:5: oauth_client_id: \"\xc3\xa4\" has a character that is not "
     "printable ASCII\n"},
    {ACCOUNT "oauth_token_url = http://h/t\n",
     AT5 "oauth_token_url: \"http://h/t\" is not an https:// address\n"},
    {ACCOUNT "oauth_token_url = https://a@h/t\n",
     AT5 "oauth_token_url: \"https://a@h/t\" is not an https:// address of a "
	 "host\n"},
    {ACCOUNT "oauth_token_url = https:///t\n",
     AT5 "oauth_token_url: \"https:///t\" is not an https:// address of a "
	 "host\n"},
    {ACCOUNT "oauth_token_url = https://h/a b\n",
     AT5 "oauth_token_url: \"https://h/a b\" has a character that no address "
	 "has\n"},
    {ACCOUNT "tls = none\n",
     AT5 "tls = none would send everything in clear to h\n"
	 "  -> use implicit or starttls; none is for loopback addresses and "
	 "tunnel\n"},
    {ACCOUNT "tls_client_key = /k\n",
     AT5 "tls_client_key without tls_client_cert\n"},
    {ACCOUNT "[account b]\ntunnel = t\nmaildir = ~/Mail/a\n",
     "FILE:7: the Maildir of [account b], HOME/Mail/a, is also that of "
     "[account a] (line 1)\n  -> give each account a maildir of its own\n"},
    {ACCOUNT "[account b]\ntunnel = t\nmaildir = ~/Mail/a/x\n",
     "FILE:7: the Maildir of [account b], HOME/Mail/a/x, lies inside that of "
     "[account a] (line 1)\n  -> give each account a maildir of its own\n"},
    {ACCOUNT "[account b]\ntunnel = t\nmaildir = ~/Mail\n",
     "FILE:7: the Maildir of [account b], HOME/Mail, holds that of "
     "[account a] (line 1)\n  -> give each account a maildir of its own\n"},
    {ACCOUNT "maildir = /\n",
     AT5 "the Maildir of [account a], /, holds state_dir, "
	 "HOME/.local/state/imapsyncd\n  -> keep them apart\n"},
    /* All errors of a file, in the order of its lines. */
    {"x = 1\n[account a]\nport = x\nhots = y\n[foo]\n[general]\nlog_level =\n",
     "FILE:1: a key outside of any section\n"
     "  -> put it below [general], [defaults] or [account NAME]\n"
     "FILE:2: [account a] has no host\n"
     "  -> set host, or provider, or tunnel\n"
     "FILE:2: [account a] has no user\n"
     "  -> user = the name you log in with\n"
     "FILE:2: [account a] has no password\n"
     "  -> set password_command, password_file, password_credential or "
     "token_command\n"
     "FILE:3: port: \"x\" is not a port\n"
     "  -> a number from 1 to 65535\n"
     "FILE:4: unknown key \"hots\" (did you mean \"host\"?)\n"
     "FILE:5: unknown section [foo]\n"
     "  -> there are [general], [defaults] and [account NAME]\n"
     "FILE:7: log_level: has no value\n"},
};

static void test_errors__of_lines(void **state)
{
	check_rows(*state, lines, COUNT(lines));
}

static void test_errors__of_sections(void **state)
{
	check_rows(*state, sections, COUNT(sections));
}

static void test_errors__of_keys(void **state)
{
	check_rows(*state, keys, COUNT(keys));
}

static void test_errors__of_values(void **state)
{
	check_rows(*state, values, COUNT(values));
}

static void test_errors__of_several_keys(void **state)
{
	check_rows(*state, together, COUNT(together));
}

/* Two names of one directory are one Maildir. */
static void test_errors__follow_symbolic_links(void **state)
{
	const struct fixture *f = *state;
	char dir[400], alias[400];

	(void)snprintf(dir, sizeof(dir), "%s/Mail", f->home);
	(void)snprintf(alias, sizeof(alias), "%s/alias", f->home);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(symlink("Mail", alias), 0);
	char *errors = fixture_errors_of(f, ACCOUNT "[account b]\ntunnel = t\n"
						    "maildir = ~/alias/a/b\n");
	assert_int_equal(unlink(alias), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_non_null(strstr(errors, "FILE:7: the Maildir of [account b]"));
	free(errors);
}

/* What is quoted is bounded and has no control characters of the file, what
 * is not text cannot flood the screen. */
static void test_errors__are_bounded(void **state)
{
	const struct fixture *f = *state;
	char *text = calloc(1, 60000);
	struct config_errors errors;
	struct config *c;

	assert_non_null(text);
	(void)snprintf(text, 60000, "%sport = ", ACCOUNT);
	memset(text + strlen(text), 'x', 50000);
	char *said = fixture_errors_of(f, text);
	assert_true(strlen(said) < 200);
	assert_non_null(strstr(said, "xxx...\" is not a port\n"));
	free(said);
	(void)snprintf(text, 60000, "%s", ACCOUNT);
	for (int i = 0; i < 500; i++)
		(void)snprintf(text + strlen(text), 20, "key%d = x\n", i);
	fixture_write(f, text);
	assert_int_equal(config_load(f->file, &c, &errors), -1);
	assert_int_equal(errors.count, 500);
	assert_non_null(strstr(errors.text, ": and 400 more errors\n"));
	config_errors_release(&errors);
	free(text);
}

static void test_errors__a_service_without_home_needs_paths(void **state)
{
	const struct fixture *f = *state;

	fixture_write(f, "[general]\nmaildir_root = /m\nstate_dir = /s\n"
			 "[account a]\ntunnel = t\n");
	assert_int_equal(unsetenv("HOME"), 0);
	struct config *c = fixture_load(f);
	assert_int_equal(setenv("HOME", f->home, 1), 0);
	assert_string_equal(c->accounts->maildir, "/m/a");
	config_free(c);
}

#define TEST(name)                                                          \
	cmocka_unit_test_setup_teardown(test_errors__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(of_lines),        TEST(of_sections),
	    TEST(of_keys),         TEST(of_values),
	    TEST(of_several_keys), TEST(follow_symbolic_links),
	    TEST(are_bounded),     TEST(a_service_without_home_needs_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
