/* SPDX-License-Identifier: MIT */
/* Bytes to sections, keys, values and lines: whatever an editor, a careless
 * copy or a hostile hand may leave in the file.
 */
#include "config/inifile.h"

#include "tests/config/fixture.h"

/* The file as "[name]line key=value@line ..." and behind it the errors. */
static char *shape(const struct fixture *f, const void *bytes, size_t len)
{
	struct config_errors errors = {.text = NULL};
	struct inifile ini;
	struct errlist e;
	char *out = NULL;
	size_t size = 0;
	FILE *mem = open_memstream(&out, &size);

	assert_non_null(mem);
	fixture_write_mode(f, bytes, len, 0600);
	errlist_init(&e, "FILE");
	(void)inifile_read(f->file, &ini, &e);
	for (size_t i = 0; i < ini.n; i++) {
		const struct inifile_section *s = &ini.sections[i];
		(void)fprintf(mem, "[%s]%u ", s->name, s->line);
		for (size_t k = 0; k < s->n; k++)
			(void)fprintf(mem, "%s=%s@%u ", s->entries[k].key,
				      s->entries[k].value, s->entries[k].line);
	}
	if (errlist_text(&e, &errors) > 0)
		(void)fputs(errors.text, mem);
	config_errors_release(&errors);
	errlist_release(&e);
	inifile_release(&ini);
	assert_int_equal(fclose(mem), 0);
	return out;
}

static const struct {
	const char *text, *shape;
} good[] = {
    {"", ""},
    {"\n\n", ""},
    {"[s]", "[s]1 "},
    {"[s]\nk=v", "[s]1 k=v@2 "},
    {"  \n\t\n[ s  t ]  \nk\t=\tv w \t\n", "[s  t]3 k=v w@4 "},
    {"[s]\nk =\nl = \n", "[s]1 k=@2 l=@3 "},
    /* No quotes, no comments behind a value, and "=" is part of it. */
    {"[s]\nk = \"v\"\nl = 'v'\nm = a ; b # c\nn = a=b==c\n",
     "[s]1 k=\"v\"@2 l='v'@3 m=a ; b # c@4 n=a=b==c@5 "},
    {"# c\n;d\n[s]\n#k=v\n; [t]\nk=v\n#\n", "[s]3 k=v@6 "},
    /* Repeated keys are kept with their lines, each as it is spelled, also
     * when others stand between them. */
    {"[s]\na=1\nb=2\na=3\n\nA=4\nb=5\na=6\n",
     "[s]1 a=1@2 b=2@3 a=3@4 A=4@6 b=5@7 a=6@8 "},
    {"[s]\na=1\n[t]\na=2\n[s]\na=3\n[S]\na=4\n",
     "[s]1 a=1@2 [t]3 a=2@4 [s]5 a=3@6 [S]7 a=4@8 "},
    {"[default]\na=1\n", "[default]1 a=1@2 "},
    {"[a.b!c]\nd.e f-=1\n", "[a.b!c]1 d.e f-=1@2 "},
    {"\xef\xbb\xbf[s]\nk=v\n", "[s]1 k=v@2 "},
    {"\xef\xbb\xbf", ""},
    {"[s]\r\nk = v\r\n\r\n# c\r\nl=w\r\n", "[s]1 k=v@2 l=w@5 "},
    {"[s]\r\nk=v\nl=w\r\n", "[s]1 k=v@2 l=w@3 "},
    {"[s]\nk=\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac\n",
     "[s]1 k=\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xac@2 "},
    {"[s]\n[t]\n", "[s]1 [t]2 "},
    {"[s]\nk=[t]\n", "[s]1 k=[t]@2 "},
};

static void test_inifile__takes_apart(void **state)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		char *got = shape(*state, good[i].text, strlen(good[i].text));
		assert_string_equal(got, good[i].shape);
		free(got);
	}
}

static void test_inifile__tells_a_nul(void **state)
{
	static const char text[] = "[s]\nk=a\0b\nl=c\n";
	char *got = shape(*state, text, sizeof(text) - 1);

	assert_string_equal(got,
			    "[s]1 l=c@3 FILE:2: control character 0x00 in the "
			    "line\n  -> remove it; no value may hold one\n");
	free(got);
}

/* What is wrong with one line does not hide the others. */
static void test_inifile__goes_on_behind_an_error(void **state)
{
	static const char text[] =
	    "[s]\nk=1\n l=2\nm\nn=\xff\n[t\no=3\n[u]\np=4";
	char *got = shape(*state, text, sizeof(text) - 1);

	assert_int_equal(strncmp(got, "[s]1 k=1@2 [u]8 p=4@9 FILE:3: ", 30), 0);
	assert_non_null(strstr(got, "FILE:4: "));
	assert_non_null(strstr(got, "FILE:5: "));
	assert_non_null(strstr(got, "FILE:6: "));
	assert_null(strstr(got, "FILE:7: "));
	free(got);
}

static void test_inifile__long_values_survive(void **state)
{
	enum { LONG = 10 * 1024 };
	char text[LONG + 100] = "[s]\nk = ";
	size_t n = strlen(text);

	memset(text + n, 'v', LONG);
	memcpy(text + n + LONG, "\nl=w", 5);
	char *got = shape(*state, text, strlen(text));
	assert_int_equal(strspn(got + strlen("[s]1 k="), "v"), LONG);
	assert_non_null(strstr(got, "v@2 l=w@3 "));
	free(got);
}

/* count times unit behind head; the shape of it must end in want. */
static void check_many(const struct fixture *f, const char *head,
		       const char *unit, size_t count, const char *want)
{
	size_t len = strlen(head) + count * strlen(unit);
	char *text = malloc(len + 1);
	char *at = text;

	assert_non_null(text);
	memcpy(at, head, strlen(head));
	at += strlen(head);
	for (size_t i = 0; i < count; i++, at += strlen(unit))
		memcpy(at, unit, strlen(unit));
	char *got = shape(f, text, len);
	assert_true(strlen(got) >= strlen(want));
	assert_string_equal(got + strlen(got) - strlen(want), want);
	free(got);
	free(text);
}

static void test_inifile__is_bounded(void **state)
{
	const struct fixture *f = *state;

	check_many(f, "", "#", INIFILE_SIZE_MAX, "");
	check_many(f, "", "#", INIFILE_SIZE_MAX + 1,
		   "FILE: cannot read: larger than 1 MiB\n");
	check_many(f, "", "#", 2 * INIFILE_SIZE_MAX,
		   "FILE: cannot read: File too large\n");
	check_many(f, "[s]\n", "k=v\n", INIFILE_KEYS_MAX, "k=v@1001 ");
	check_many(f, "[s]\n", "k=v\n", INIFILE_KEYS_MAX + 5,
		   "FILE:1002: more than 1000 keys in one section\n");
	check_many(f, "", "[s]\n", INIFILE_SECTIONS_MAX, "[s]1010 ");
	check_many(f, "", "[s]\n", INIFILE_SECTIONS_MAX + 5,
		   "FILE:1011: more than 1010 sections\n");
	check_many(f, "[s]\nk=", "v", INIFILE_VALUE_MAX,
		   "FILE:2: the line is longer than 65536 bytes\n");
}

static void test_inifile__tells_what_cannot_be_read(void **state)
{
	const struct fixture *f = *state;
	struct config_errors errors;
	struct inifile ini;
	struct errlist e;

	errlist_init(&e, f->home);
	assert_int_equal(inifile_read(f->home, &ini, &e), -1);
	assert_int_equal(errlist_text(&e, &errors), 1);
	assert_non_null(strstr(errors.text, ": cannot read: Is a directory\n"));
	config_errors_release(&errors);
	errlist_release(&e);
	inifile_release(&ini);
	fixture_write(f, "");
}

static void test_inifile__knows_the_mode(void **state)
{
	const struct fixture *f = *state;
	struct inifile ini;
	struct errlist e;

	fixture_write_mode(f, "", 0, 0640);
	errlist_init(&e, f->file);
	assert_int_equal(inifile_read(f->file, &ini, &e), 0);
	assert_int_equal(ini.st.st_mode & 07777, 0640);
	errlist_release(&e);
	inifile_release(&ini);
}

#define TEST(name)                                                           \
	cmocka_unit_test_setup_teardown(test_inifile__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(takes_apart),
	    TEST(tells_a_nul),
	    TEST(goes_on_behind_an_error),
	    TEST(long_values_survive),
	    TEST(is_bounded),
	    TEST(tells_what_cannot_be_read),
	    TEST(knows_the_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
