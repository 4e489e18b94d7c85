/* SPDX-License-Identifier: MIT */
/* [CODE arguments] of status responses.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    {"* OK", "STATUS 0 OK text=\n"},
    {"* OK  hello ", "STATUS 0 OK text=hello \n"},
    {"* ok [] x", "STATUS 0 OK [? 0 0] text=x\n"},
    {"* OK [ALERT] \x1b[2J", "STATUS 0 OK [ALERT 0 0] text=\x1b[2J\n"},
    /* any case */
    {"* NO [alert] x", "STATUS 0 NO [alert 0 0] text=x\n"},
    {"* OK [UIDNEXT 5] x", "STATUS 0 OK [UIDNEXT 5 0] text=x\n"},
    {"* OK [UIDNEXT 0] x", "STATUS 0 OK [UIDNEXT 0 0] text=x\n"},
    /* over 32 bits: a code that nobody acts upon */
    {"* OK [UIDNEXT 4294967296] x", "STATUS 0 OK [?UIDNEXT 0 0] text=x\n"},
    {"* OK [UIDNEXT] x", "STATUS 0 OK [?UIDNEXT 0 0] text=x\n"},
    {"* OK [UIDVALIDITY -1] x", "STATUS 0 OK [?UIDVALIDITY 0 0] text=x\n"},
    {"* OK [HIGHESTMODSEQ 9223372036854775807] x",
     "STATUS 0 OK [HIGHESTMODSEQ 9223372036854775807 0] text=x\n"},
    /* over 63 bits */
    {"* OK [HIGHESTMODSEQ 9223372036854775808] x",
     "STATUS 0 OK [?HIGHESTMODSEQ 0 0] text=x\n"},
    {"* OK [NOMODSEQ] x", "STATUS 0 OK [NOMODSEQ 0 0] text=x\n"},
    /* Gmail */
    {"* OK [PERMANENTFLAGS (\\Seen a] \\*)] x",
     "STATUS 0 OK [PERMANENTFLAGS 0 0 \\Seen a] \\*] text=x\n"},
    {"* OK [PERMANENTFLAGS ()] x", "STATUS 0 OK [PERMANENTFLAGS 0 0] text=x\n"},
    {"* OK [PERMANENTFLAGS (a b", "STATUS 0 OK text=[PERMANENTFLAGS (a b\n"},
    {"* OK [APPENDUID 7 5] x", "STATUS 0 OK [APPENDUID 0 7 dst=5:5] text=x\n"},
    /* never expanded */
    {"* OK [APPENDUID 7 1:4294967295] x",
     "STATUS 0 OK [APPENDUID 0 7 dst=1:4294967295] text=x\n"},
    {"* OK [APPENDUID 0 5] x", "STATUS 0 OK [?APPENDUID 0 0] text=x\n"},
    {"* OK [APPENDUID 7 *] x", "STATUS 0 OK [?APPENDUID 0 0] text=x\n"},
    {"* OK [COPYUID 7 3,1 9:10] x",
     "STATUS 0 OK [COPYUID 0 7 src=1:1,3:3 dst=9:10] text=x\n"},
    /* Exchange: empty sets */
    {"* OK [COPYUID 7  ] x", "STATUS 0 OK [?COPYUID 0 0] text=x\n"},
    {"* OK [COPYUID 7 1] x", "STATUS 0 OK [?COPYUID 0 0] text=x\n"},
    {"* OK [MODIFIED 7,9] x",
     "STATUS 0 OK [MODIFIED 0 0 src=7:7,9:9] text=x\n"},
    {"* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] x",
     "STATUS 0 OK [MAILBOXID 0 0 arg=F2212ea87-6097-4256-9d51-71338625] "
     "text=x\n"},
    {"* OK [MAILBOXID x] x", "STATUS 0 OK [?MAILBOXID 0 0] text=x\n"},
    {"* OK [CAPABILITY A B] x", "STATUS 0 OK [CAPABILITY 0 0 A B] text=x\n"},
    /* RFC 9738 */
    {"* NO [MESSAGELIMIT 1000 23221] x",
     "STATUS 0 NO [MESSAGELIMIT 1000 0 uid=23221] text=x\n"},
    {"* NO [MESSAGELIMIT 1000] x", "STATUS 0 NO [MESSAGELIMIT 1000 0] "
				   "text=x\n"},
    {"* NO [MESSAGELIMIT] x", "STATUS 0 NO [?MESSAGELIMIT 0 0] text=x\n"},
    {"* NO [MESSAGELIMIT 1 x] x", "STATUS 0 NO [?MESSAGELIMIT 0 0] text=x\n"},
    {"* OK [CLOSED] x", "STATUS 0 OK [CLOSED 0 0] text=x\n"},
    /* RFC 9585, and its section 6 */
    {"* OK [INPROGRESS] x", "STATUS 0 OK [INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" 5 10)] x",
     "STATUS 0 OK [INPROGRESS 5 0 of=10 arg=A1] text=x\n"},
    {"* OK [INPROGRESS (\"@7\" 5 NIL)] x",
     "STATUS 0 OK [INPROGRESS 5 0 id=7] text=x\n"},
    {"* OK [INPROGRESS (NIL NIL NIL)] x",
     "STATUS 0 OK [INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" 0 1)] x",
     "STATUS 0 OK [INPROGRESS 0 0 of=1 arg=A1] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" 0 0)] x",
     "STATUS 0 OK [?INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" 2 1)] x",
     "STATUS 0 OK [?INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" 2 4294967296)] x",
     "STATUS 0 OK [?INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS (\"A1\" -1 2)] x",
     "STATUS 0 OK [?INPROGRESS 0 0] text=x\n"},
    {"* OK [INPROGRESS x] x", "STATUS 0 OK [?INPROGRESS 0 0] text=x\n"},
    {"* NO [BADCHARSET] x", "STATUS 0 NO [BADCHARSET 0 0] text=x\n"},
    {"* NO [BADCHARSET (\"a]b\" {2}\r\n]])] x",
     "STATUS 0 NO [BADCHARSET 0 0 a]b ]]] text=x\n"},
    /* RFC 5465 */
    {"* NO [BADEVENT (MessageNew FlagChange)] x",
     "STATUS 0 NO [BADEVENT 0 0 MessageNew FlagChange] text=x\n"},
    {"* NO [BADEVENT MessageNew] x", "STATUS 0 NO [?BADEVENT 0 0] text=x\n"},
    {"* OK [NOTIFICATIONOVERFLOW] x",
     "STATUS 0 OK [NOTIFICATIONOVERFLOW 0 0] text=x\n"},
    /* RFC 4469 */
    {"* NO [BADURL \"/INBOX;UIDVALIDITY=785799047/;UID=113330\"] x",
     "STATUS 0 NO [BADURL 0 0 arg=/INBOX;UIDVALIDITY=785799047/;UID=113330] "
     "text=x\n"},
    {"* NO [BADURL] x", "STATUS 0 NO [?BADURL 0 0] text=x\n"},
    /* RFC 4978 */
    {"* NO [COMPRESSIONACTIVE] x",
     "STATUS 0 NO [COMPRESSIONACTIVE 0 0] text=x\n"},
    /* RFC 5464 */
    {"* OK [METADATA LONGENTRIES 2199] x",
     "STATUS 0 OK [METADATA 2199 0 arg=LONGENTRIES] text=x\n"},
    {"* NO [METADATA TOOMANY] x",
     "STATUS 0 NO [METADATA 0 0 arg=TOOMANY] text=x\n"},
    {"* NO [METADATA MAXSIZE x] x", "STATUS 0 NO [?METADATA 0 0] text=x\n"},
    {"* NO [METADATA] x", "STATUS 0 NO [?METADATA 0 0] text=x\n"},
    /* RFC 5267, RFC 5182, RFC 9586, RFC 6154, RFC 3516, RFC 9208 */
    {"* OK [NOUPDATE \"B02\"] x",
     "STATUS 0 OK [NOUPDATE 0 0 arg=B02] text=x\n"},
    {"* NO [NOTSAVED] x", "STATUS 0 NO [NOTSAVED 0 0] text=x\n"},
    {"* BAD [UIDREQUIRED] x", "STATUS 0 BAD [UIDREQUIRED 0 0] text=x\n"},
    {"* NO [USEATTR] x", "STATUS 0 NO [USEATTR 0 0] text=x\n"},
    {"* NO [UNKNOWN-CTE] x", "STATUS 0 NO [UNKNOWN-CTE 0 0] text=x\n"},
    {"* NO [OVERQUOTA] x", "STATUS 0 NO [OVERQUOTA 0 0] text=x\n"},
    {"* NO [HASCHILDREN] x", "STATUS 0 NO [HASCHILDREN 0 0] text=x\n"},
    {"* NO [Error=\"Exchange: a] b\"] x",
     "STATUS 0 NO [?Error=\"Exchange: 0 0] text=x\n"},
    {"* NO [REFERRAL imap://x/] y]", "STATUS 0 NO [REFERRAL 0 0 arg=imap://x/] "
				     "text=y]\n"},
    {"* OK [UNSEEN 1 x", "STATUS 0 OK text=[UNSEEN 1 x\n"},
    {"* OK [UNSEEN 1]x", "STATUS 0 OK [UNSEEN 1 0] text=x\n"},
    {"* BYE [UNAVAILABLE] x", "STATUS 0 BYE [UNAVAILABLE 0 0] text=x\n"},
};

static void test_resp_code__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_code__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
