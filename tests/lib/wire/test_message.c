/* SPDX-License-Identifier: MIT */
/* ENVELOPE and BODYSTRUCTURE by themselves: what they become, what is let pass,
 * what is refused, and how parts are named. */
#include "tests/support/t.h"

#include <stdlib.h>
#include <string.h>

#include <imap4/message.h>

#include "tests/lib/engine/show.h"
#include "tests/lib/wire/describe_message.h"
#include "tests/support/vectors.h"

/* A value in memory of exactly its size; NULL for text: it was refused. */
static void check_value(bool envelope, const char *value, const char *text)
{
	size_t len = strlen(value);
	struct imap4_str s = {malloc(len ? len : 1), len};
	struct imap4_envelope *env = NULL;
	struct imap4_part *part = NULL;
	size_t used = SIZE_MAX;
	struct buf shown;

	assert_non_null(s.p);
	memcpy((char *)(uintptr_t)s.p, value, len);
	int rc = envelope ? imap4_envelope_parse(s, &used, &env)
			  : imap4_part_parse(s, &used, &part);
	buf_init(&shown, 1 << 20);
	if (rc == 0 && envelope)
		show_envelope(&shown, env);
	if (rc == 0 && !envelope)
		show_part(&shown, part);
	if (rc != (text ? 0 : IMAP4_EINVAL))
		fail_msg("%s: %d", value, rc);
	if (text && strcmp(shown.data + 1, text) != 0)
		fail_msg("%s\n is  %s\n not %s", value, shown.data + 1, text);
	if (text && used != len && value[used] != '|')
		fail_msg("%s: %zu taken", value, used);
	buf_release(&shown);
	imap4_envelope_free(env);
	imap4_part_free(part);
	free((char *)(uintptr_t)s.p);
}

static const struct {
	const char *value, *text;
} envelopes[] = {
    {"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)", "envelope( )"},
    {"(\"d\" \"s\" ((\"f\" NIL \"a\" \"b\")) NIL () ((NIL \"@r\" \"c\" "
     "\"d\")(NIL NIL \"e\" \"f\")) NIL NIL \"<i>\" \"<m>\")|",
     "envelope( date='d' subject='s' from=['f''a''b'] "
     "to=[-'@r''c''d'][-'e''f'] "
     "in-reply-to='<i>' message-id='<m>' )"},
    /* RFC 9051 7.5.2: a group and one that is empty */
    {"(NIL NIL NIL NIL NIL ((NIL NIL \"team\" NIL)(\"A\" NIL \"a\" \"x\")(NIL "
     "NIL NIL NIL)(NIL NIL \"none\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)",
     "envelope( to={'team'['A''a''x']}{'none'} )"},
    /* literals and escapes */
    {"({1}\r\na \"\\\"b\\\"\" (({2}\r\n)( NIL NIL NIL)) NIL)",
     "envelope( date='a' subject='\"b\"' from=[')('--] )"},
    /* Exchange: no local part */
    {"(NIL NIL ((\"X\" NIL NIL \".MISSING-HOST-NAME.\")))",
     "envelope( from=['X'-'.MISSING-HOST-NAME.'] )"},
    /* SmarterMail: NIL among the addresses; no blanks */
    {"( NIL NIL((NIL NIL \"a\" \"b\")NIL) NIL)", "envelope( from=[-'a''b'] )"},
    /* Gmail: quotes that are not escaped */
    {"(NIL NIL ((\"a\" NIL \"=?\"b=?=\" NIL)))",
     "envelope( from={'=?\"b=?=' )"},
    {"(NIL NIL ((\"A \"B\" C\" NIL \"a\" \"x\")(\"D\" \"\" E\" NIL \"d\" "
     "\"x\")))",
     "envelope( from=['A \"B\" C''a''x']['D\" \"\" E''d''x'] )"},
    {"(\"\"\"\" \"a\"b\"c\" NIL NIL NIL NIL NIL NIL \"<\"1 2\"@x>\" "
     "\"<\"1.a\"@y>\")",
     "envelope( date='\"\"' subject='a\"b\"c' in-reply-to='<\"1 2\"@x>' "
     "message-id='<\"1.a\"@y>' )"},
    {"(\"a\"\"b\")", "envelope( date='a' subject='b' )"},
    /* a string that cannot be told from two and a word */
    {"(NIL \"a \"quoted\" subject\" NIL)", NULL},
    /* nothing, where no group has begun */
    {"(NIL NIL ((NIL NIL NIL NIL)) NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL NIL "
     "NIL)"
     "(NIL NIL NIL NIL)))",
     "envelope( from=[---] to={'g'}[---] )"},
    /* atoms where strings belong, fields that nobody knows */
    {"(a b NIL NIL NIL NIL NIL NIL c d e (f))",
     "envelope( date='a' subject='b' in-reply-to='c' message-id='d' )"},
    {"()", "envelope( )"},
    {"", NULL},
    {"NIL", NULL},
    {"(", NULL},
    {"(\"a", NULL},
    {"((\"a\"))", NULL},
    {"(NIL NIL \"a\")", NULL},
    {"(NIL NIL NIL NIL NIL NIL NIL NIL ((\"a\")))", NULL},
    {"(NIL NIL ((\"a\" NIL \"b\" \"c\" (\"d\"", NULL},
    {"(NIL NIL ((\"a\" (\"b\"))))", NULL},
    {"(NIL NIL (\"a\" NIL \"b\" \"c\"))", NULL},
    {"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL", NULL},
};

static void test_message__envelopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++)
		check_value(true, envelopes[i].value, envelopes[i].text);
}

static const struct {
	const char *value, *text;
} structures[] = {
    /* RFC 9051 7.5.2 */
    {"(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 48)",
     "<1 'TEXT'/'PLAIN' 'CHARSET':'US-ASCII' encoding='7BIT' size=2279 "
     "lines=48>"},
    {"((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1152 "
     "23)(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") "
     "\"<960723163407.20117h@cac.washington.edu>\" \"Compiler diff\" "
     "\"BASE64\" 4554 73) \"MIXED\")",
     "< multipart/'MIXED' <1 'TEXT'/'PLAIN' 'CHARSET':'US-ASCII' "
     "encoding='7BIT' size=1152 lines=23> <2 'TEXT'/'PLAIN' "
     "'CHARSET':'US-ASCII' 'NAME':'cc.diff' "
     "id='<960723163407.20117h@cac.washington.edu>' description='Compiler "
     "diff' encoding='BASE64' size=4554 lines=73>>"},
    {"(\"a\" \"b\" NIL NIL NIL \"c\" 1 \"md\" (\"inline\" (\"x\" \"y\")) "
     "(\"de\" \"en\") \"loc\" 5 (\"e\" (f)) )|x",
     "<1 'a'/'b' encoding='c' size=1 +4 md5='md' disposition='inline' 'x':'y' "
     "language='de' language='en' location='loc' extension='5 (\"e\" (f))'>"},
    {"((\"a\" \"b\" NIL NIL NIL NIL 0) \"m\" (\"b\" \"c\") NIL \"en\")",
     "< multipart/'m' 'b':'c' +3 language='en' <1 'a'/'b'>>"},
    /* RFC 9051 6.4.5.1 has this tree: the names of the parts */
    {"((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1)"
     "(\"APPLICATION\" \"OCTET-STREAM\" NIL NIL NIL \"7BIT\" 1)"
     "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 1 (NIL NIL) "
     "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1)"
     "(\"APPLICATION\" \"OCTET-STREAM\" NIL NIL NIL \"7BIT\" 1) \"MIXED\") 1)"
     "((\"IMAGE\" \"GIF\" NIL NIL NIL \"7BIT\" 1)"
     "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 1 (NIL NIL) "
     "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1)"
     "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1)"
     "(\"TEXT\" \"RICHTEXT\" NIL NIL NIL \"7BIT\" 1 1) \"ALTERNATIVE\") "
     "\"MIXED\") 1) \"MIXED\") \"MIXED\")",
     "< multipart/'MIXED' <1 'TEXT'/'PLAIN' encoding='7BIT' size=1 lines=1> "
     "<2 'APPLICATION'/'OCTET-STREAM' encoding='7BIT' size=1> "
     "<3 'MESSAGE'/'RFC822' encoding='7BIT' size=1 lines=1 envelope( ) "
     "<3 multipart/'MIXED' <3.1 'TEXT'/'PLAIN' encoding='7BIT' size=1 lines=1> "
     "<3.2 'APPLICATION'/'OCTET-STREAM' encoding='7BIT' size=1>>> "
     "<4 multipart/'MIXED' <4.1 'IMAGE'/'GIF' encoding='7BIT' size=1> "
     "<4.2 'MESSAGE'/'RFC822' encoding='7BIT' size=1 lines=1 envelope( ) "
     "<4.2 multipart/'MIXED' <4.2.1 'TEXT'/'PLAIN' encoding='7BIT' size=1 "
     "lines=1> <4.2.2 multipart/'ALTERNATIVE' <4.2.2.1 'TEXT'/'PLAIN' "
     "encoding='7BIT' size=1 lines=1> <4.2.2.2 'TEXT'/'RICHTEXT' "
     "encoding='7BIT' size=1 lines=1>>>>>>"},
    /* a message in a message, without multiparts */
    {"(\"MESSAGE\" \"GLOBAL\" NIL NIL NIL \"7BIT\" 9 (NIL) (\"message\" "
     "\"rfc822\" NIL NIL NIL NIL 8 () (\"text\" \"html\" NIL NIL NIL NIL 7 6) "
     "5) "
     "4 NIL)",
     "<1 'MESSAGE'/'GLOBAL' encoding='7BIT' size=9 lines=4 +1 envelope( ) "
     "<1.1 'message'/'rfc822' size=8 lines=5 envelope( ) <1.1.1 'text'/'html' "
     "size=7 lines=6>>>"},
    /* Gmail: neither envelope nor body; neither parts nor type */
    {"(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 5)",
     "<1 'message'/'rfc822' encoding='7BIT' size=5>"},
    {"(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 5 (NIL) () 0 NIL)",
     "<1 'message'/'rfc822' encoding='7BIT' size=5 +1 envelope( )>"},
    {"(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 5 (NIL) NIL 3)",
     "<1 'message'/'rfc822' encoding='7BIT' size=5 lines=3 envelope( )>"},
    {"(\"ALTERNATIVE\")", "<1 'ALTERNATIVE'/->"},
    {"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)", "<1 -/- +4>"},
    {"((\"a\" \"b\"))", "< multipart/- <1 'a'/'b'>>"},
    /* mail.ru: a boundary that is NIL, a size of -1 */
    {"(\"a\" \"b\" (\"boundary\" NIL) NIL NIL NIL -1)",
     "<1 'a'/'b' 'boundary':->"},
    /* Exchange: a disposition without list, a location with one */
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL \"inline\" NIL ())",
     "<1 'a'/'b' size=1 +4 disposition='inline'>"},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL (\"inline\" NIL) NIL)",
     "<1 'a'/'b' size=1 +3 disposition='inline'>"},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL (\"inline\") NIL)",
     "<1 'a'/'b' size=1 +3 disposition='inline'>"},
    /* Domino: parameters where the MD5 belongs */
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 (\"x\" \"y\") NIL)",
     "<1 'a'/'b' size=1 +2>"},
    /* parameters that are none */
    {"(\"a\" \"b\" \"c\" NIL NIL NIL 1)", NULL},
    {"(\"a\" \"b\" (\"c\"))", "<1 'a'/'b' 'c':->"},
    {"(\"a\" \"b\" NIL NIL NIL NIL 9223372036854775807)",
     "<1 'a'/'b' size=9223372036854775807>"},
    {"(\"a\" \"b\" NIL NIL NIL NIL 9223372036854775808)", "<1 'a'/'b'>"},
    {"", NULL},
    {"NIL", NULL},
    {"()", NULL},
    {"(", NULL},
    {"(\"a\" (\"b\"))", NULL},
    {"(\"a\" \"b\" ((\"c\")))", NULL},
    {"(\"a\" \"b\" NIL (\"c\"))", NULL},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL ((\"x\")))", NULL},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL (\"x\" NIL \"y\"))", NULL},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL NIL ((\"x\")))", NULL},
    {"((\"a\" \"b\") (\"m\" (\"x\")", NULL},
    {"((\"a\" \"b\") \"m\"", NULL},
    {"((\"a\" \"b\") ", NULL},
    {"(\"a\" \"b\" NIL NIL NIL NIL 1 NIL NIL NIL NIL (x", NULL},
    {"(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 5 (\"x\" (\"y\")))", NULL},
    {"(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 5 (NIL) (()) 0)", NULL},
    {"(\"a\" \"b\" NIL NIL NIL {5}\r\nabc)", NULL},
};

static void test_message__structures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(structures) / sizeof(structures[0]); i++)
		check_value(false, structures[i].value, structures[i].text);
}

/* Deep nesting is refused before the stack is at its end; many parts are not.
 */
static void test_message__bounds(void **state)
{
	const size_t n = 100000;
	struct imap4_part *part;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 24);
	for (size_t i = 0; i < n; i++)
		(void)buf_addc(&b, '(');
	assert_int_equal(
	    imap4_part_parse((struct imap4_str){b.data, b.len}, NULL, &part),
	    IMAP4_EINVAL);
	buf_reset(&b);
	(void)buf_addc(&b, '(');
	for (size_t i = 0; i < n; i++)
		(void)buf_adds(&b, "(\"a\" \"b\" NIL NIL NIL \"7BIT\" 1)");
	(void)buf_adds(&b, " \"m\")");
	assert_int_equal(
	    imap4_part_parse((struct imap4_str){b.data, b.len}, NULL, &part),
	    0);
	size_t parts = 0;
	for (const struct imap4_part *c = part->child; c; c = c->next)
		parts++;
	assert_int_equal(parts, n);
	imap4_part_free(part);
	buf_release(&b);
}

/* As in a response: values that would take far more memory than they have
 * bytes. */
static void test_message__memory_is_bounded(void **state)
{
	struct imap4_part *part;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 24);
	(void)buf_addc(&b, '(');
	for (size_t i = 0; i < 200000; i++)
		(void)buf_adds(&b, "(a)");
	(void)buf_addc(&b, ')');
	assert_int_equal(
	    imap4_part_parse((struct imap4_str){b.data, b.len}, NULL, &part),
	    IMAP4_EINVAL);
	buf_release(&b);
}

static void check_vector(const struct vector *v, void *ctx)
{
	const char *result = vectors_text(v->expected, "result");
	const char *rest = vectors_text(v->expected, "rest");
	bool envelope = strcmp(vectors_text(v->whole, "kind"), "envelope") == 0;
	struct imap4_envelope *env = NULL;
	struct imap4_part *part = NULL;
	struct imap4_str text = {(const char *)v->raw, v->len};
	size_t *count = ctx, used = 0;

	/* Its "{text_body_str1}" is a place holder, no server's. */
	if (strcmp(v->id, "tokio-imap-e941ab92e5") == 0)
		return;
	/* Unescaped quotes: we read what MailKit's own asserts say. */
	if (strcmp(v->id, "mailkit-c056c9a279") == 0)
		return;
	int rc = envelope ? imap4_envelope_parse(text, &used, &env)
			  : imap4_part_parse(text, &used, &part);
	if (rc != (strcmp(result, "ok") == 0 ? 0 : IMAP4_EINVAL))
		fail_msg("%s: %d", v->id, rc);
	(*count)++;
	if (rc < 0)
		return;
	json_t *got = envelope ? describe_envelope(env) : describe_part(part);
	const json_t *want = json_object_get(v->expected, "value");
	/* README of the vectors: what deviates need not be read alike. */
	if (!json_object_get(v->expected, "deviations") &&
	    !same_message(want, got))
		fail_msg("%s:\n got  %s\n want %s", v->id,
			 json_dumps(got, JSON_SORT_KEYS),
			 json_dumps(want, JSON_SORT_KEYS));
	/* The collection adds a CRLF to some. */
	if (rest)
		assert_memory_equal(rest, v->raw + used, v->len - used);
	json_decref(got);
	imap4_envelope_free(env);
	imap4_part_free(part);
}

static void test_message__vectors(void **state)
{
	size_t n = 0;

	(void)state;
	(void)vectors_each("bodystructure", check_vector, &n);
	(void)vectors_each("envelope", check_vector, &n);
	if (n == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_message__envelopes),
	    cmocka_unit_test(test_message__structures),
	    cmocka_unit_test(test_message__bounds),
	    cmocka_unit_test(test_message__memory_is_bounded),
	    cmocka_unit_test(test_message__vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
