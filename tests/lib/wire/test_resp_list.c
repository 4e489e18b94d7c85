/* SPDX-License-Identifier: MIT */
/* LIST, LSUB, XLIST, STATUS, NAMESPACE.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    /* Yandex encodes what is to stand for itself */
    {"* LIST () \"|\" \"&BBAEMQQyACYEMwQ0BDU-\"",
     "LIST 0 | raw=&BBAEMQQyACYEMwQ0BDU- "
     "name=\xd0\x90\xd0\xb1\xd0\xb2&\xd0\xb3\xd0\xb4\xd0\xb5 irregular\n"},
    {"* LIST () \"|\" \"&AC4-\"", "LIST 0 | raw=&AC4- undecodable\n"},
    {"* LIST (\\HasNoChildren \\foo) \"/\" INBOX",
     "LIST 8 / raw=INBOX name=INBOX\n"},
    {"* LIST () \"/\" iNbOx", "LIST 0 / raw=iNbOx name=INBOX\n"},
    {"* LIST (\\NonExistent) \".\" \"a b\"", "LIST 11 . raw=a b name=a b\n"},
    {"* list (\\noselect) NIL \"\"", "LIST 1 0 raw= name=\n"},
    {"* LIST () \"\" x", "LIST 0 0 raw=x name=x\n"},
    {"* LIST () \"//\" x", "BAD\n"},
    {"* LIST () \"\\\\\" \"a\\\\b\"", "LIST 0 \\ raw=a\\b name=a\\b\n"},
    /* a mailbox called NIL */
    {"* LIST () \"/\" NIL", "LIST 0 / raw=NIL name=NIL\n"},
    {"* LIST () \"/\" {4}\r\na\r\nb", "LIST 0 / raw=a\r\n"
				      "b undecodable\n"},
    {"* LIST () \"/\" &AOk-t&AOk-",
     "LIST 0 / raw=&AOk-t&AOk- name=\xc3\xa9t\xc3\xa9\n"},
    /* not modified UTF-7 */
    {"* LIST () \"/\" &&", "LIST 0 / raw=&& undecodable\n"},
    {"* LIST () \"/\" \"\xff\xfe\"", "LIST 0 / raw=\xff\xfe undecodable\n"},
    /* Exchange */
    {"* LIST (\\HasNoChildren) \"/\" Foo\x09"
     "Bar",
     "LIST 8 / raw=Foo\x09"
     "Bar undecodable\n"},
    {"* LIST () \"/\" a b", "BAD\n"},
    {"* LIST () \"/\" b (\"OLDNAME\" (\"a\"))",
     "LIST 0 / raw=b name=b old=a ext=(\"OLDNAME\" (\"a\"))\n"},
    {"* LIST () \".\" x (\"CHILDINFO\" (\"SUBSCRIBED\") OLDNAME (y) X Z)",
     "LIST 0 . raw=x name=x old=y child='SUBSCRIBED' ext=(\"CHILDINFO\" "
     "(\"SUBSCRIBED\") OLDNAME (y) X Z)\n"},
    /* Courier */
    {"* LIST () \".\" x ((\"ACL\" ((\"o\" \"l\")))(P NIL))",
     "LIST 0 . raw=x name=x ext=((\"ACL\" ((\"o\" \"l\")))(P NIL))\n"},
    {"* LIST () \"/\" b (CHILDINFO x)", "BAD\n"},
    {"* LIST () \"/\" b (\"OLDNAME\" (\"a\")", "BAD\n"},
    {"* LIST () \"/\" b (\"OLDNAME\" \"a\")", "BAD\n"},
    {"* LIST () \"/\"", "BAD\n"},
    {"* LIST \"/\" x", "BAD\n"},
    {"* LSUB (\\Marked) \".\" a.b", "LIST lsub 80 . raw=a.b name=a.b\n"},
    {"* XLIST (\\Inbox \\AllMail \\Spam \\Starred) \"/\" x",
     "LIST 3200 / raw=x name=x\n"},
    {"* LIST (\\All \\Archive \\Drafts \\Flagged \\Junk \\Sent \\Trash "
     "\\Important \\Remote \\Subscribed \\Unmarked \\NoInferiors "
     "\\HasChildren) \"/\" x",
     "LIST 1ff66 / raw=x name=x\n"},
    {"* STATUS INBOX (MESSAGES 1 RECENT 2 UIDNEXT 3 UIDVALIDITY 4 UNSEEN 5 "
     "HIGHESTMODSEQ 6 SIZE 7 DELETED 8 MAILBOXID (x) APPENDLIMIT 9 FOO (a) BAR "
     "1)",
     "MAILBOX_STATUS raw=INBOX messages=1 recent=2 uidnext=3 uidvalidity=4 "
     "unseen=5 modseq=6 size=7 deleted=8 mailboxid=x limit=9\n"},
    {"* STATUS  test  ( MESSAGES  231  uidnext  44292 )",
     "MAILBOX_STATUS raw=test messages=231 uidnext=44292\n"},
    {"* STATUS \"Sent Items\" ()", "MAILBOX_STATUS raw=Sent Items\n"},
    /* Strato */
    {"* STATUS Sent Items (UIDNEXT 1)",
     "MAILBOX_STATUS raw=Sent Items uidnext=1\n"},
    {"* STATUS \"a\\\"b\" c (UIDNEXT 1)", "BAD\n"},
    {"* STATUS test ", "MAILBOX_STATUS raw=test\n"},
    /* mail.ru */
    {"* STATUS x (SIZE 9.3736e+06 MESSAGES 3)",
     "MAILBOX_STATUS raw=x messages=3\n"},
    {"* STATUS x (APPENDLIMIT NIL UIDNEXT 4294967296 SIZE 9223372036854775808)",
     "MAILBOX_STATUS raw=x\n"},
    /* Courier */
    {"* STATUS x (UIDVALIDITY)", "MAILBOX_STATUS raw=x\n"},
    {"* STATUS &&& (UIDNEXT 1)",
     "MAILBOX_STATUS raw=&&& undecodable uidnext=1\n"},
    {"* STATUS x (UIDNEXT 1", "BAD\n"},
    {"* STATUS x UIDNEXT 1)", "BAD\n"},
    {"* STATUS x (MESSAGES (1))", "MAILBOX_STATUS raw=x\n"},
    {"* NAMESPACE ((\"\" \"/\")) NIL NIL", "NAMESPACE 0:''/ 1: 2:\n"},
    {"* NAMESPACE ((\"INBOX.\" \".\" \"X-PARAM\" (\"FLAG1\"))) ((\"~\" "
     "\"/\")(\"#s\" NIL)) ((\"\" \"\"))",
     "NAMESPACE 0:'INBOX.'. 1:'~'/'#s'0 2:''0\n"},
    {"* NAMESPACE NIL  NIL NIL", "NAMESPACE 0: 1: 2:\n"},
    {"* NAMESPACE ((\"\" \"/\")) NIL", "BAD\n"},
    {"* NAMESPACE ((\"\")) NIL NIL", "BAD\n"},
    {"* NAMESPACE x NIL NIL", "BAD\n"},
    {"* NAMESPACE ((\"\" \"/\" (\"x\"", "BAD\n"},
    {"* STATUS (x) (MESSAGES 1)", "BAD\n"},
    {"* STATUS x ((MESSAGES) 1)", "BAD\n"},
    {"* STATUS x (MAILBOXID y)", "BAD\n"},
    {"* NAMESPACE () () ()", "NAMESPACE 0: 1: 2:\n"},
};

static void test_resp_list__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_list__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
