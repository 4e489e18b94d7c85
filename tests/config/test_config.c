/* SPDX-License-Identifier: MIT */
/* The model that a good file gives: defaults, inheritance, presets, places,
 * and that what is printed is read back the same.
 */
#include "config/config.h"

#include "tests/config/fixture.h"

static void test_config__four_lines_make_an_account(void **state)
{
	const struct fixture *f = *state;
	struct config *c =
	    fixture_config(f, "[account home]\n"
			      "host = imap.example.org\n"
			      "user = ann\n"
			      "password_command = pass show x\n");
	const struct config_account *a = c->accounts;
	char path[400];

	assert_int_equal(c->naccounts, 1);
	assert_string_equal(c->file, f->file);
	assert_int_equal(c->log_level, CONFIG_LOG_INFO);
	assert_null(c->metrics_file);
	assert_int_equal(c->hook_timeout_ms, 300000);
	assert_string_equal(a->name, "home");
	assert_null(a->provider);
	assert_true(a->enabled);
	assert_string_equal(a->host, "imap.example.org");
	assert_int_equal(a->port, 993);
	assert_int_equal(a->tls, CONFIG_TLS_IMPLICIT);
	assert_null(a->tls_pin);
	assert_int_equal(a->timeout_ms, 60000);
	assert_string_equal(a->user, "ann");
	assert_string_equal(a->password_command, "pass show x");
	assert_null(a->password);
	assert_null(a->auth);
	(void)snprintf(path, sizeof(path), "%s/Mail/home", f->home);
	assert_string_equal(a->maildir, path);
	assert_int_equal(a->layout, CONFIG_LAYOUT_FS);
	assert_string_equal(a->inbox, "INBOX");
	assert_int_equal(a->nrules, 0);
	assert_false(a->subscribed_only);
	assert_int_equal(a->direction, CONFIG_BOTH);
	assert_int_equal(a->create, CONFIG_SIDE_BOTH);
	assert_int_equal(a->remove, CONFIG_SIDE_NONE);
	assert_int_equal(a->delete_, CONFIG_SIDE_BOTH);
	assert_true(a->expunge);
	assert_null(a->trash);
	assert_int_equal(a->keep_deleted_ms, INT64_C(30) * 24 * 3600 * 1000);
	assert_int_equal(a->delete_limit_percent, 25);
	assert_int_equal(a->max_size, 0);
	assert_int_equal(a->max_age_ms, 0);
	assert_null(a->watch);
	assert_int_equal(a->poll_interval_ms, 300000);
	assert_int_equal(a->connections, 3);
	assert_true(a->compress);
	assert_null(a->disable_extension);
	config_free(c);
}

static void test_config__the_root_itself(void **state)
{
	struct config *c = fixture_config(
	    *state, "[general]\nmaildir_root = /\n[account a]\nhost = h\n"
		    "user = u\npassword_command = x\n");

	assert_string_equal(c->accounts->maildir, "/a");
	config_free(c);
}

static uint64_t print_of(const struct fixture *f, const char *text)
{
	struct config *c = fixture_config(f, text);
	uint64_t print = config_account_print(c, &c->accounts[0]);

	config_free(c);
	return print;
}

static void test_config__tells_what_was_changed(void **state)
{
	static const char *const others[] = {
	    "[general]\nstate_dir = /elsewhere\n" ACCOUNT,
	    "[defaults]\npoll_interval = 7m\n" ACCOUNT,
	    ACCOUNT "exclude = Junk\n",
	    ACCOUNT "delete = none\n",
	    "[account a]\nhost = h\nuser = u\npassword_command = q\n",
	    "[account b]\nhost = h\nuser = u\npassword_command = p\n"
	    "maildir = ~/Mail/a\n",
	    "[account a]\nhost = h\nuser = u\npassword = p\n",
	    "[account a]\nhost = h\nuser = u\npassword = q\n",
	};
	uint64_t print[COUNT(others) + 1];

	print[0] = print_of(*state, ACCOUNT);
	for (size_t i = 0; i < COUNT(others); i++) {
		print[i + 1] = print_of(*state, others[i]);
		for (size_t k = 0; k <= i; k++)
			assert_true(print[i + 1] != print[k]);
	}
	/* Comments, the order of keys, what is the default, other accounts. */
	assert_true(print_of(*state,
			     "# a comment\n[general]\nlog_level = wire\n"
			     "[account a]\nport = 993\nuser = u\n"
			     "password_command = p\nhost = h\n"
			     "[account b]\nhost = h\nuser = u\n"
			     "password_command = p\n") == print[0]);
}

static void test_config__takes_every_value(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(
	    f, "[general]\nlog_level = wire\nmetrics_file = $HOME/m\n"
	       "hook_timeout = 2h\nmaildir_root = /m//x/./y/\n"
	       "state_dir = ~\nruntime_dir = /run/x\n"
	       "[account a]\nhost = ::1\nuser = a b=c ; # x\n"
	       "password_file = ~/pw\nenabled = no\nport = 1\ntls = none\n"
	       "auth = Plain, SCRAM-SHA-1\nauth = login\nlayout = maildir++\n"
	       "delete_limit = none\nmax_size = 20M\nmax_age = 2d\n"
	       "watch = none\ncompress = no\ntrash = \\Trash\ncreate = none\n"
	       "remove = remote\ndelete = local\ndirection = push\n"
	       "disable_extension = QRESYNC, AUTH=PLAIN\nconnections = 32\n"
	       "keep_deleted = 0s\nexpunge = no\ninbox = Post/Ein\n"
	       "local_names = mutf7\n");
	const struct config_account *a = c->accounts;

	assert_int_equal(c->log_level, CONFIG_LOG_WIRE);
	assert_int_equal(strncmp(c->metrics_file, f->home, strlen(f->home)), 0);
	assert_int_equal(c->hook_timeout_ms, 7200000);
	assert_string_equal(c->maildir_root, "/m/x/y");
	assert_string_equal(c->state_dir, f->home);
	assert_string_equal(c->runtime_dir, "/run/x");
	assert_string_equal(a->maildir, "/m/x/y/a");
	assert_string_equal(a->host, "::1");
	assert_string_equal(a->user, "a b=c ; # x");
	assert_false(a->enabled);
	assert_int_equal(a->port, 1);
	assert_int_equal(a->tls, CONFIG_TLS_NONE);
	assert_string_equal(a->auth[0], "plain");
	assert_string_equal(a->auth[1], "scram-sha-1");
	assert_string_equal(a->auth[2], "login");
	assert_null(a->auth[3]);
	assert_int_equal(a->layout, CONFIG_LAYOUT_MAILDIRPP);
	assert_int_equal(a->delete_limit_percent, -1);
	assert_int_equal(a->max_size, 20 << 20);
	assert_int_equal(a->max_age_ms, 2 * 24 * 3600 * 1000);
	assert_non_null(a->watch);
	assert_null(a->watch[0]);
	assert_false(a->compress);
	assert_string_equal(a->trash, "\\Trash");
	assert_int_equal(a->create, CONFIG_SIDE_NONE);
	assert_int_equal(a->remove, CONFIG_SIDE_REMOTE);
	assert_int_equal(a->delete_, CONFIG_SIDE_LOCAL);
	assert_int_equal(a->direction, CONFIG_PUSH);
	assert_string_equal(a->disable_extension[1], "AUTH=PLAIN");
	assert_int_equal(a->connections, 32);
	assert_int_equal(a->keep_deleted_ms, 0);
	assert_false(a->expunge);
	assert_string_equal(a->inbox, "Post/Ein");
	assert_int_equal(a->local_names, CONFIG_NAMES_MUTF7);
	config_free(c);
}

/* The order of the sections does not matter; lists, rules and the ways to the
 * password are each inherited as a whole. */
static void test_config__inherits_from_defaults(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(
	    f,
	    "[account a]\nhost = h\nuser = u\n"
	    "[account b]\nhost = h\nuser = u\npoll_interval = 1m\n"
	    "password =\ntoken_command = t\ninclude = X\non_error =\n"
	    "disable_extension = IDLE\n"
	    "[defaults]\npassword_file = /pw\npoll_interval = 2m\n"
	    "exclude = \\Junk\non_error = e\ndisable_extension = MOVE, ID\n");
	const struct config_account *a = &c->accounts[0];
	const struct config_account *b = &c->accounts[1];

	assert_string_equal(a->password_file, "/pw");
	assert_int_equal(a->poll_interval_ms, 120000);
	assert_int_equal(a->nrules, 1);
	assert_string_equal(a->on_error, "e");
	assert_string_equal(a->disable_extension[1], "ID");
	assert_null(b->password_file);
	assert_string_equal(b->token_command, "t");
	assert_int_equal(b->poll_interval_ms, 60000);
	assert_int_equal(b->nrules, 1);
	assert_true(b->rules[0].include);
	assert_null(b->on_error);
	assert_string_equal(b->disable_extension[0], "IDLE");
	assert_null(b->disable_extension[1]);
	config_free(c);
}

static void test_config__fills_in_presets(void **state)
{
	static const struct {
		const char *keys, *host;
		uint16_t port;
		enum config_tls tls;
		size_t npreset;
	} table[] = {
	    {"provider = gmail", "imap.gmail.com", 993, CONFIG_TLS_IMPLICIT, 3},
	    {"provider = Fastmail", "imap.fastmail.com", 993, 0, 0},
	    {"provider = yahoo", "imap.mail.yahoo.com", 993, 0, 0},
	    {"provider = icloud", "imap.mail.me.com", 993, 0, 0},
	    {"provider = aol", "imap.aol.com", 993, 0, 0},
	    {"provider = posteo", "posteo.de", 993, 0, 0},
	    {"provider = proton-bridge", "127.0.0.1", 1143, CONFIG_TLS_STARTTLS,
	     3},
	    {"provider = gmail\nhost = x", "x", 993, 0, 3},
	    {"provider = gmail\nport = 1", "imap.gmail.com", 1, 0, 3},
	    /* The port belongs to the preset's way of TLS. */
	    {"provider = posteo\ntls = starttls", "posteo.de", 143,
	     CONFIG_TLS_STARTTLS, 0},
	    {"host = x\ntls = starttls", "x", 143, CONFIG_TLS_STARTTLS, 0},
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[300];
		(void)snprintf(text, sizeof(text),
			       "[defaults]\nhost = other\n[account a]\n"
			       "user = u\npassword_file = /pw\n%s\n",
			       table[i].keys);
		struct config *c = fixture_config(f, text);
		assert_string_equal(c->accounts->host, table[i].host);
		assert_int_equal(c->accounts->port, table[i].port);
		assert_int_equal(c->accounts->tls, table[i].tls);
		assert_int_equal(c->accounts->npreset, table[i].npreset);
		config_free(c);
	}
}

static void test_config__outlook_takes_a_token(void **state)
{
	const struct fixture *f = *state;
	struct config *c =
	    fixture_config(f, "[account o]\nprovider = outlook\nuser = u\n"
			      "token_command = t\n");

	assert_string_equal(c->accounts->auth[0], "xoauth2");
	assert_null(c->accounts->auth[1]);
	config_free(c);
}

/* A tunnel needs no host, no login and has no TLS inside; a certificate needs
 * no password. */
static void test_config__does_without_a_password(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(
	    f, "[account t]\ntunnel = ssh h imapd\n"
	       "[account e]\nhost = h\nauth = external\n"
	       "tls_client_cert = /c\n"
	       "[account s]\ntunnel = t\ntls = starttls\nuser = u\n");

	assert_null(c->accounts[0].host);
	assert_int_equal(c->accounts[0].tls, CONFIG_TLS_NONE);
	assert_null(c->accounts[1].user);
	assert_int_equal(c->accounts[2].tls, CONFIG_TLS_STARTTLS);
	config_free(c);
}

static void test_config__places_come_from_the_environment(void **state)
{
	static const struct {
		const char *state, *xdg_state, *runtime, *xdg_runtime;
		const char *want_state, *want_runtime;
	} table[] = {
	    {"/s", "/x", "/r", "/y", "/s", "/r"},
	    {"/s:/t", NULL, "/r:/t", NULL, "/s", "/r"},
	    {NULL, "/x", NULL, "/y", "/x/imapsyncd", "/y/imapsyncd"},
	    {NULL, "/x", NULL, NULL, "/x/imapsyncd", "/x/imapsyncd"},
	    /* Relative ones are to be ignored. */
	    {"s", "/x", "r", "y", "/x/imapsyncd", "/x/imapsyncd"},
	};
	const struct fixture *f = *state;

	fixture_write(f, ACCOUNT);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *names[] = {"STATE_DIRECTORY", "XDG_STATE_HOME",
				       "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"};
		const char *values[] = {table[i].state, table[i].xdg_state,
					table[i].runtime, table[i].xdg_runtime};
		for (size_t k = 0; k < COUNT(names); k++) {
			if (values[k])
				(void)setenv(names[k], values[k], 1);
		}
		struct config *c = fixture_load(f);
		for (size_t k = 0; k < COUNT(names); k++)
			(void)unsetenv(names[k]);
		assert_string_equal(c->state_dir, table[i].want_state);
		assert_string_equal(c->runtime_dir, table[i].want_runtime);
		config_free(c);
	}
}

static void test_config__state_is_below_home_at_last(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(f, ACCOUNT);
	char want[400];

	(void)snprintf(want, sizeof(want), "%s/.local/state/imapsyncd",
		       f->home);
	assert_string_equal(c->state_dir, want);
	assert_string_equal(c->runtime_dir, want);
	config_free(c);
}

static void test_config__finds_the_file(void **state)
{
	const struct fixture *f = *state;
	struct config_errors errors;
	struct config *c;
	char dir[400], file[500];

	(void)snprintf(dir, sizeof(dir), "%s/imapsyncd", f->home);
	(void)snprintf(file, sizeof(file), "%s/imapsyncd.ini", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	fixture_write(f, ACCOUNT);
	assert_int_equal(rename(f->file, file), 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", f->home, 1), 0);
	int rc = config_load(NULL, &c, &errors);
	(void)unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(rc, 0);
	assert_string_equal(c->file, file);
	config_free(c);
}

static void test_config__says_where_it_looked(void **state)
{
	const struct fixture *f = *state;
	struct config_errors errors;
	struct config *c = NULL;

	if (access("/etc/imapsyncd/imapsyncd.ini", F_OK) == 0)
		skip();
	assert_int_equal(config_load(NULL, &c, &errors), -1);
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.text, "/etc/imapsyncd/imapsyncd.ini\n"));
	char *text = fixture_replace(errors.text, f->home, "HOME");
	assert_non_null(
	    strstr(text, "  HOME/.config/imapsyncd/imapsyncd.ini\n"));
	free(text);
	/* The example that it shows is one that loads. */
	struct config *shown =
	    fixture_config(f, strstr(errors.text, "[account home]"));
	config_free(shown);
	config_errors_release(&errors);
}

/* Every kind of value, unset ones and rules of a provider among them. */
static const char everything[] =
    "[general]\nlog_level = debug\nhook_timeout = 90s\nruntime_dir = /r\n"
    "[defaults]\nexclude = \\Junk, Old/*\nmax_age = 36500d\n"
    "[account a]\nprovider = gmail\nuser = u; #\nauth = plain,login\n"
    "password_command = a \"b\" = c\ninclude = \xc3\x84, B%\nmax_size = 1\n"
    "tls_pin = sha256:"
    "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789abcdef\n"
    "delete_limit = 0%\nwatch = INBOX, A/B\ncompress = no\ntrash = T\n"
    "[account b.c-d@e+f_]\ntunnel = x\nwatch = none\nmax_size = 3000K\n"
    "[account p]\nprovider = proton-bridge\nuser = u\npassword = S3CR3T\n"
    "[account o]\nhost = h\nuser = u\noauth_client_id = c\n"
    "oauth_client_secret = S3CR3T\noauth_authorize_url = https://h/a?b=c\n"
    "oauth_token_url = HTTPS://[::1]:1/t\n";

static void test_config__dump_reads_back(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(f, everything);
	char *first = fixture_dump(c);

	assert_null(strstr(first, "S3CR3T"));
	assert_non_null(strstr(first, "\npassword = (hidden)\n"));
	assert_non_null(strstr(first, "\n# exclude = \\All (of the provider)\n"
				      "# exclude = \\Important"));
	assert_non_null(strstr(first, "\ninclude = \xc3\x84\ninclude = B%\n"));
	assert_non_null(strstr(first, "\nmax_size = 3000K\n"));
	assert_non_null(strstr(first, "\nmax_age = 36500d\n"));
	assert_non_null(strstr(first,
			       "\n# compress has no effect in this version"
			       "\ncompress = no\n"));
	config_free(c);
	c = fixture_config(f, first);
	char *second = fixture_dump(c);
	assert_string_equal(first, second);
	assert_string_equal(c->accounts[2].password, "(hidden)");
	assert_string_equal(c->accounts[3].oauth.provider, "own");
	config_free(c);
	free(first);
	free(second);
}

static void test_config__dump_tells_a_full_disk(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(f, ACCOUNT);
	FILE *full = fopen("/dev/full", "we");

	assert_non_null(full);
	assert_int_equal(config_dump(c, full), -1);
	(void)fclose(full);
	config_free(c);
}

static void test_config__lists_keys_without_effect(void **state)
{
	const struct fixture *f = *state;
	struct config *c = fixture_config(
	    f, "[general]\nhook_timeout = 5m\nlog_level = info\n"
	       "[defaults]\ncompress = no\n" ACCOUNT
	       "create = local\ncompress = auto\npoll_interval = 1m\n");
	char *out = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&out, &len);

	assert_int_equal(config_unused_keys(c, mem), 2);
	assert_int_equal(fclose(mem), 0);
	assert_string_equal(
	    out, "[defaults] compress has no effect in this version\n"
		 "[account a] compress has no effect in this version\n");
	free(out);
	config_free(c);
}

/* A password may stand in the file if nobody else can read it. */
static void test_config__password_wants_a_private_file(void **state)
{
	static const char text[] = "[account a]\nhost = h\nuser = u\n"
				   "password = s3cret\n";
	const struct fixture *f = *state;

	fixture_write(f, text);
	struct config *c = fixture_load(f);
	assert_string_equal(c->accounts->password, "s3cret");
	config_free(c);
	for (mode_t bit = 1; bit < 0100; bit <<= 1) {
		char want[200];
		fixture_write_mode(f, text, strlen(text), 0600 | bit);
		char *errors = fixture_errors(f);
		(void)snprintf(want, sizeof(want),
			       "FILE:4: password stands in a file that others "
			       "may read (mode %04o)\n  -> chmod 600 FILE\n",
			       (unsigned)(0600 | bit));
		assert_string_equal(errors, want);
		free(errors);
	}
}

static void test_config__other_keys_may_be_public(void **state)
{
	const struct fixture *f = *state;

	fixture_write_mode(f, ACCOUNT, strlen(ACCOUNT), 0644);
	config_free(fixture_load(f));
}

/* Who can write a command there can run it as ourselves. */
static void test_config__commands_want_a_file_of_our_own(void **state)
{
	static const mode_t bad[] = {0620, 0602, 0666, 0664};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		char want[200];
		fixture_write_mode(f, ACCOUNT, strlen(ACCOUNT), bad[i]);
		char *errors = fixture_errors(f);
		(void)snprintf(want, sizeof(want),
			       "FILE:4: password_command is a command in a "
			       "file that others may write (mode %04o)\n"
			       "  -> chmod go-w FILE\n",
			       (unsigned)bad[i]);
		assert_string_equal(errors, want);
		free(errors);
	}
}

static void test_config__commands_want_a_directory_of_our_own(void **state)
{
	const struct fixture *f = *state;
	char *errors;

	fixture_write(f, ACCOUNT);
	assert_int_equal(chmod(f->home, 0777), 0);
	errors = fixture_errors(f);
	assert_non_null(strstr(errors, "others may write to its directory"));
	assert_non_null(strstr(errors, "-> chmod go-w "));
	free(errors);
	/* Like /tmp: nobody can replace the file there. */
	assert_int_equal(chmod(f->home, 01777), 0);
	config_free(fixture_load(f));
	assert_int_equal(chmod(f->home, 0700), 0);
}

static void test_config__state_dir_is_our_own(void **state)
{
	const struct fixture *f = *state;
	char dir[400], text[700];

	(void)snprintf(dir, sizeof(dir), "%s/state", f->home);
	(void)snprintf(text, sizeof(text), "[general]\nstate_dir = %s\n%s", dir,
		       ACCOUNT);
	fixture_write(f, text);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	char *errors = fixture_errors(f);
	assert_non_null(strstr(errors, "others may write to state_dir (mode "
				       "0770)\n  -> chmod go-w "));
	free(errors);
	assert_int_equal(chmod(dir, 0755), 0);
	config_free(fixture_load(f));
	assert_int_equal(rmdir(dir), 0);
}

static void test_config__a_missing_file_is_an_error(void **state)
{
	const struct fixture *f = *state;
	char *errors = fixture_errors(f);

	assert_string_equal(errors,
			    "FILE: cannot open: No such file or directory\n");
	free(errors);
}

static void test_config__free_accepts_nothing(void **state)
{
	(void)state;
	config_free(NULL);
	config_errors_release(&(struct config_errors){.text = NULL});
}

#define TEST(name)                                                          \
	cmocka_unit_test_setup_teardown(test_config__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(four_lines_make_an_account),
	    TEST(the_root_itself),
	    TEST(tells_what_was_changed),
	    TEST(takes_every_value),
	    TEST(inherits_from_defaults),
	    TEST(fills_in_presets),
	    TEST(outlook_takes_a_token),
	    TEST(does_without_a_password),
	    TEST(places_come_from_the_environment),
	    TEST(state_is_below_home_at_last),
	    TEST(finds_the_file),
	    TEST(says_where_it_looked),
	    TEST(dump_reads_back),
	    TEST(dump_tells_a_full_disk),
	    TEST(lists_keys_without_effect),
	    TEST(password_wants_a_private_file),
	    TEST(other_keys_may_be_public),
	    TEST(commands_want_a_file_of_our_own),
	    TEST(commands_want_a_directory_of_our_own),
	    TEST(state_dir_is_our_own),
	    TEST(a_missing_file_is_an_error),
	    TEST(free_accepts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
