/* SPDX-License-Identifier: MIT */
/* The manual page and the sample against the key table: every key is in both,
 * with its default, and what they show loads.
 */
#include "config/keys.h"

#include "config/suggest.h"
#include "tests/config/fixture.h"

#define PAGE   "config/imapsyncd.ini.5"
#define SAMPLE "config/imapsyncd.ini"

/* Allocated. */
static char *slurp(const char *path)
{
	static char bytes[1 << 18];
	FILE *in = fopen(path, "re");

	assert_non_null(in);
	size_t n = fread(bytes, 1, sizeof(bytes) - 1, in);
	assert_int_equal(ferror(in), 0);
	(void)fclose(in);
	bytes[n] = '\0';
	return strdup(bytes);
}

/* The text from ".It Cm KEY" to the next ".It" of a key; include and exclude
 * share one. Allocated, NULL: there is none. */
static char *paragraph(const char *page, const char *key)
{
	char item[100];
	const char *from;

	(void)snprintf(item, sizeof(item), "\n.It Cm %s\n", key);
	from = strstr(page, item);
	if (!from) {
		(void)snprintf(item, sizeof(item),
			       "\n.It Cm include , exclude\n");
		if (strcmp(key, "include") != 0 && strcmp(key, "exclude") != 0)
			return NULL;
		from = strstr(page, item);
	}
	const char *to = strstr(from, "\n.El\n.S");
	const char *next = strstr(from + 1, "\n.It Cm ");
	for (; next && next < to; next = strstr(next + 1, "\n.It Cm ")) {
		/* Values of a key are listed inside of its own item. */
		char name[64] = "";
		size_t len = strcspn(next + 8, " \n");
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, next + 8);
		if (keys_find(KEY_GENERAL, name) ||
		    keys_find(KEY_ACCOUNT, name)) {
			to = next;
			break;
		}
	}
	return strndup(from, (size_t)(to - from));
}

static void test_manual__has_every_key(void **state)
{
	char *page = slurp(PAGE);

	(void)state;
	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		char *text = paragraph(page, k->name);
		if (!text) {
			fail_msg("no \".It Cm %s\" in " PAGE, k->name);
			break;
		}
		const char *def = strstr(text, "Default:");
		if (!def && !strstr(text, "No default;"))
			fail_msg("%s: no default in " PAGE, k->name);
		char *plain = fixture_replace(def ? def : text, "\\(ti", "~");
		if (k->def && !strstr(plain, k->def))
			fail_msg("%s: default %s not in " PAGE, k->name,
				 k->def);
		if (k->effect == KEY_UNUSED &&
		    !strstr(text, "\nNot in effect in this version."))
			fail_msg("%s: has no effect, " PAGE " is silent",
				 k->name);
		if (k->effect == KEY_WORKS && strstr(text, "in this version"))
			fail_msg("%s: works, " PAGE " denies it", k->name);
		for (size_t w = 0; k->words && k->words[w]; w++) {
			if (!strstr(text, k->words[w]))
				fail_msg("%s: no %s in " PAGE, k->name,
					 k->words[w]);
		}
		free(plain);
		free(text);
	}
	free(page);
}

static void test_manual__sample_has_every_key(void **state)
{
	char *sample = slurp(SAMPLE);

	(void)state;
	for (size_t i = 0; i < keys_count; i++) {
		char line[100], comment[100];
		const char *def = keys_table[i].def;
		(void)snprintf(line, sizeof(line),
			       "\n%s = ", keys_table[i].name);
		(void)snprintf(comment, sizeof(comment), "\n#%s = %s",
			       keys_table[i].name, def ? def : "");
		if (!strstr(sample, line) && !strstr(sample, comment))
			fail_msg("no \"%s\" in " SAMPLE, comment + 1);
	}
	free(sample);
}

static void test_manual__sample_loads(void **state)
{
	char *sample = slurp(SAMPLE);
	struct config *c = fixture_config(*state, sample);

	assert_int_equal(c->naccounts, 1);
	config_free(c);
	free(sample);
}

/* Each line that is commented out is a good one: all but those that exclude
 * others load together. */
static void test_manual__sample_loads_uncommented(void **state)
{
	static const char *const clash[] = {"#provider = ",
					    "#password = ",
					    "#password_file = ",
					    "#password_credential = ",
					    "#token_command = ",
					    "#oauth = ",
					    "#oauth_"};
	char *sample = slurp(SAMPLE);
	struct config *c;

	for (char *p = sample; (p = strstr(p, "\n#")) != NULL; p++) {
		bool other = p[2] == ' ' || p[2] == '\n';
		for (size_t i = 0; i < COUNT(clash); i++)
			other = other ||
				strncmp(p + 1, clash[i], strlen(clash[i])) == 0;
		if (!other)
			memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	c = fixture_config(*state, sample);
	assert_string_equal(c->accounts->trash, "\\Trash");
	config_free(c);
	free(sample);
}

static void test_manual__blocks_load(void **state)
{
	char *page = slurp(PAGE);
	size_t n = 0;

	for (char *p = page; (p = strstr(p, "\n.Bd -literal")) != NULL; n++) {
		char *text = strchr(p + 1, '\n') + 1;
		char *end = strstr(text, "\n.Ed");
		assert_non_null(end);
		end[1] = '\0';
		char *plain = fixture_replace(text, "\\e", "\\");
		config_free(fixture_config(*state, plain));
		free(plain);
		p = end + 2;
	}
	assert_true(n >= 5);
	free(page);
}

/* A row without help, or one that nobody could set. */
static void test_manual__table_is_complete(void **state)
{
	(void)state;
	assert_true(keys_count <= KEYS_MAX);
	for (size_t i = 0; i < keys_count; i++) {
		const struct key *k = &keys_table[i];
		assert_non_null(k->help);
		assert_ptr_equal(keys_find(k->scope, k->name), k);
		assert_string_equal(suggest_key(k->scope, k->name), k->name);
		if (k->type == KEY_ENUM)
			assert_non_null(k->words);
	}
}

#define TEST(name)                                                          \
	cmocka_unit_test_setup_teardown(test_manual__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(has_every_key), TEST(sample_has_every_key),
	    TEST(sample_loads),  TEST(sample_loads_uncommented),
	    TEST(blocks_load),   TEST(table_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
