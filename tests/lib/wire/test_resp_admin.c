/* SPDX-License-Identifier: MIT */
/* QUOTA, QUOTAROOT, ACL, LISTRIGHTS, MYRIGHTS, METADATA, ANNOTATION.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    /* RFC 9208 */
    {"* QUOTA \"\" (STORAGE 10 512)",
     "QUOTA root='' resource='STORAGE' 10/512\n"},
    {"* QUOTA \"#user/a\\\"b\" (STORAGE 54 111 MESSAGE 42 1000)",
     "QUOTA root='#user/a\"b' resource='STORAGE' 54/111 "
     "resource='MESSAGE' 42/1000\n"},
    {"* QUOTA root ()", "QUOTA root='root'\n"},
    /* Courier */
    {"* QUOTA \"ROOT\"", "QUOTA root='ROOT'\n"},
    {"* QUOTA x (STORAGE 1)", "BAD\n"},
    {"* QUOTA x (STORAGE 1 x)", "BAD\n"},
    {"* QUOTA x (STORAGE 9223372036854775808 1)", "BAD\n"},
    {"* QUOTA x STORAGE 1 2", "BAD\n"},
    {"* QUOTA", "BAD\n"},
    {"* QUOTAROOT iNbOx \"\"", "QUOTAROOT raw='iNbOx' name='INBOX' root=''\n"},
    {"* QUOTAROOT comp.mail.mime",
     "QUOTAROOT raw='comp.mail.mime' name='comp.mail.mime'\n"},
    {"* QUOTAROOT && a {1}\r\nb", "QUOTAROOT raw='&&' root='a' root='b'\n"},
    {"* QUOTAROOT", "BAD\n"},
    {"* QUOTAROOT x (a)", "BAD\n"},
    /* RFC 4314 */
    {"* ACL INBOX Fred rwipsldexta",
     "ACL raw='INBOX' name='INBOX' who='Fred' rights='rwipsldexta'\n"},
    {"* ACL \"a b\" Fred rwipslda -Chris l \"$team\" \"\"",
     "ACL raw='a b' name='a b' who='Fred' rights='rwipslda' who='-Chris' "
     "rights='l' who='$team' rights=''\n"},
    {"* ACL x", "ACL raw='x' name='x'\n"},
    {"* ACL x Fred", "BAD\n"},
    {"* ACL x (Fred) a", "BAD\n"},
    {"* ACL", "BAD\n"},
    {"* LISTRIGHTS ~/Mail/saved smith la r swicdkxte",
     "LISTRIGHTS raw='~/Mail/saved' name='~/Mail/saved' who='smith' "
     "rights='la' optional='r' optional='swicdkxte'\n"},
    {"* LISTRIGHTS archive.imap anyone \"\" l r s w i p k x t e c d a 0 1 2",
     "LISTRIGHTS raw='archive.imap' name='archive.imap' who='anyone' "
     "rights='' optional='l' optional='r' optional='s' optional='w' "
     "optional='i' optional='p' optional='k' optional='x' optional='t' "
     "optional='e' optional='c' optional='d' optional='a' optional='0' "
     "optional='1' optional='2'\n"},
    {"* LISTRIGHTS x y", "BAD\n"},
    {"* LISTRIGHTS x", "BAD\n"},
    {"* LISTRIGHTS x y a (b)", "BAD\n"},
    {"* MYRIGHTS INBOX rwiptsldaex",
     "MYRIGHTS raw='INBOX' name='INBOX' rights='rwiptsldaex'\n"},
    {"* MYRIGHTS INBOX \"\"", "MYRIGHTS raw='INBOX' name='INBOX' rights=''\n"},
    {"* MYRIGHTS INBOX", "BAD\n"},
    {"* MYRIGHTS INBOX a b", "BAD\n"},
    /* RFC 5464 */
    {"* METADATA \"INBOX\" (/private/comment \"My comment\" /shared/comment "
     "NIL)",
     "METADATA raw='INBOX' name='INBOX' entry='/private/comment' "
     "='My comment' entry='/shared/comment' =-\n"},
    {"* METADATA \"\" (/shared/comment {3}\r\na\r\n /shared/x ~{1}\r\n\1)",
     "METADATA raw='' name='' entry='/shared/comment' ='a\r\n' "
     "entry='/shared/x' ='\1'\n"},
    {"* METADATA \"INBOX\" /shared/comment /private/comment",
     "METADATA raw='INBOX' name='INBOX' changed entry='/shared/comment' =- "
     "entry='/private/comment' =-\n"},
    {"* METADATA \"\" ()", "METADATA raw='' name=''\n"},
    {"* METADATA \"\"", "METADATA raw='' name='' changed\n"},
    {"* METADATA \"\" (/a (b))", "BAD\n"},
    {"* METADATA \"\" (/a b", "BAD\n"},
    {"* METADATA \"\" /a (b)", "BAD\n"},
    {"* METADATA", "BAD\n"},
    /* draft-daboo-imap-annotatemore, Cyrus */
    {"* ANNOTATION \"INBOX\" \"/comment\" (\"value.priv\" \"My comment\" "
     "\"content-type.priv\" NIL)",
     "METADATA raw='INBOX' name='INBOX' annotation entry='/comment' "
     "attribute='value.priv' ='My comment' entry='/comment' "
     "attribute='content-type.priv' =-\n"},
    {"* ANNOTATION x (\"/a\" (b \"c\") \"/d\" (e \"f\"))",
     "METADATA raw='x' name='x' annotation entry='/a' attribute='b' ='c' "
     "entry='/d' attribute='e' ='f'\n"},
    {"* ANNOTATION x \"/a\" (b \"c\") \"/d\" (e \"f\")",
     "METADATA raw='x' name='x' annotation entry='/a' attribute='b' ='c' "
     "entry='/d' attribute='e' ='f'\n"},
    {"* ANNOTATION x \"/comment\"",
     "METADATA raw='x' name='x' annotation changed entry='/comment' =-\n"},
    {"* ANNOTATION x \"/a\" (b (c))", "BAD\n"},
    {"* ANNOTATION x (\"/a\" (b c)", "BAD\n"},
    {"* ANNOTATION", "BAD\n"},
};

static void test_resp_admin__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_admin__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
