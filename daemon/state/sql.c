/* SPDX-License-Identifier: MIT */
/* Every statement that is kept prepared, by its name. What a parameter is, is
 * said where it is bound. */
#include "daemon/state/db.h"

#define MESSAGE                                                           \
	"uid, fate, flags, key, name, size, inode, mtime, internaldate, " \
	"digest, emailid"

#define FOLDER                                                            \
	"id, name, path, uidvalidity, uidnext, modseq, messages, there, " \
	"tombs, inode, held_here, held_there, "                           \
	"(SELECT count(*) FROM intent WHERE intent.folder = folder.id), " \
	"listed, shown, slid, max_size, oldest, epoch, decided, misfit, " \
	"merge"

#define ASIDE "side, id, text, attempts, retry, print, sync"

#define INTENT                                                         \
	"id, folder, kind, state, attempts, name, key, size, digest, " \
	"flags, internaldate, uidvalidity, uidnext, source, source_uid"

#define REMOVED                                                        \
	"id, at, side, folder, file, name, uid, flags, internaldate, " \
	"size, digest, mailbox, mailbox_uidvalidity, mailbox_uid, wanted"

const char *const db_sql[DB_STMTS] = {
    [DB_BEGIN] = "BEGIN IMMEDIATE",
    [DB_COMMIT] = "COMMIT",
    [DB_ROLLBACK] = "ROLLBACK",

    [DB_GENERATION] = "SELECT generation FROM account",
    [DB_GENERATION_RAISE] = "UPDATE account SET generation = ?1"
			    " WHERE generation < ?1",
    [DB_UNLIKE] = "SELECT unlike FROM account",
    [DB_SET_UNLIKE] = "UPDATE account SET unlike = ?1",
    [DB_BUSY] = "SELECT busy_until, busy_last FROM account",
    [DB_SET_BUSY] = "UPDATE account SET busy_until = ?1, busy_last = ?2"
		    " WHERE (busy_until, busy_last) <> (?1, ?2)",

    [DB_ACCOUNT] = "SELECT owner, held, approved FROM account",
    [DB_ACCOUNT_OWN] = "UPDATE account SET owner = ?1, held = NULL,"
		       " approved = NULL WHERE owner IS NOT ?1"
		       " OR held NOTNULL OR approved NOTNULL",
    [DB_ACCOUNT_HOLD] = "UPDATE account SET held = ?1, approved = NULL"
			" WHERE held IS NOT ?1",
    [DB_ACCOUNT_APPROVE] = "UPDATE account SET approved = held"
			   " WHERE approved IS NOT held",

    [DB_FOLDERS] = "SELECT " FOLDER " FROM folder ORDER BY name",
    [DB_FOLDER_GET] = "SELECT " FOLDER " FROM folder WHERE name = ?1",
    [DB_FOLDER_AT] = "SELECT id FROM folder WHERE path = ?1",
    [DB_FOLDER_ADD] = "INSERT INTO folder (name, path) VALUES (?1, ?2)",
    /* Without the comparison it would write a page at every quiet poll. */
    [DB_FOLDER_POSITION] =
	"UPDATE folder SET uidvalidity = ?2, uidnext = ?3, modseq = ?4"
	" WHERE id = ?1 AND (uidvalidity, uidnext, modseq) <> (?2, ?3, ?4)",
    [DB_FOLDER_SET_HORIZON] =
	"UPDATE folder SET listed = ?2, shown = ?3, slid = ?4, max_size = ?5,"
	" oldest = ?6 WHERE id = ?1 AND"
	" (listed, shown, slid, max_size, oldest) <> (?2, ?3, ?4, ?5, ?6)",
    [DB_FOLDER_COUNT] = "UPDATE folder SET messages = messages + ?2,"
			" there = there + ?3, tombs = tombs + ?4"
			" WHERE id = ?1",
    [DB_FOLDER_RENAME] = "UPDATE folder SET name = ?2, path = ?3"
			 " WHERE id = ?1",
    [DB_FOLDER_DROP] = "DELETE FROM folder WHERE id = ?1",
    [DB_FOLDER_RESET] = "UPDATE folder SET uidvalidity = ?2, uidnext = 0,"
			" modseq = 0, messages = 0, there = 0, tombs = 0,"
			" listed = -1, epoch = epoch +"
			" (uidvalidity = ?2 AND ?2 <> 0),"
			" decided = 0, misfit = 0, merge = 0"
			" WHERE id = ?1",
    [DB_FOLDER_MAILBOXID] = "SELECT mailboxid FROM folder WHERE id = ?1",
    [DB_FOLDER_SET_MAILBOXID] = "UPDATE folder SET mailboxid = ?2"
				" WHERE id = ?1 AND mailboxid IS NOT ?2",
    [DB_FOLDER_HOLD] = "SELECT hold FROM folder WHERE id = ?1",
    [DB_FOLDER_SET_HOLD] = "UPDATE folder SET hold = ?2"
			   " WHERE id = ?1 AND hold IS NOT ?2",
    [DB_FOLDERS_SET_HOLD] = "UPDATE folder SET hold = ?1"
			    " WHERE uidvalidity <> 0 AND hold IS NOT ?1",
    [DB_FOLDER_SET_INODE] = "UPDATE folder SET inode = ?2"
			    " WHERE id = ?1 AND inode <> ?2",
    [DB_FOLDERS_DISOWN] =
	"UPDATE folder SET mailboxid = nullif(mailboxid, ?2),"
	" inode = CASE inode WHEN ?3 THEN 0 ELSE inode END"
	" WHERE id <> ?1 AND (mailboxid = ?2 OR (inode = ?3 AND inode <> 0))",
    [DB_FOLDER_SET_HELD] =
	"UPDATE folder SET held_here = ?2, held_there = ?3, held = ?4"
	" WHERE id = ?1 AND (held_here, held_there, held) IS NOT (?2, ?3, ?4)",
    [DB_FOLDER_HELD] = "SELECT held FROM folder WHERE id = ?1",
    [DB_FOLDER_SET_PAIRING] =
	"UPDATE folder SET decided = ?2, misfit = ?3, merge = ?4"
	" WHERE id = ?1 AND (decided, misfit, merge) <> (?2, ?3, ?4)",

    [DB_KEYWORDS] = "SELECT number, name FROM keyword WHERE folder = ?1"
		    " ORDER BY number",
    [DB_KEYWORD_ADD] = "INSERT INTO keyword (folder, number, name)"
		       " VALUES (?1, ?2, ?3)",

    [DB_MESSAGES] = "SELECT take_row(uid, fate, flags, key, inode, size,"
		    " mtime) FROM message WHERE folder = ?1",
    [DB_MESSAGES_DROP] = "DELETE FROM message WHERE folder = ?1",
    [DB_MESSAGE_ADD] = "INSERT INTO message (folder, uid, flags, key, name,"
		       " size, inode, internaldate, digest, mtime, emailid)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		       " ?11)",
    [DB_MESSAGE_FLAGS] = "UPDATE message SET flags = (flags | ?3) & ~?4"
			 " WHERE folder = ?1 AND uid = ?2",
    [DB_MESSAGE_FATE] = "SELECT fate FROM message"
			" WHERE folder = ?1 AND uid = ?2",
    [DB_MESSAGE_SET_FATE] = "UPDATE message SET fate = ?3"
			    " WHERE folder = ?1 AND uid = ?2",
    [DB_MESSAGE_SET_FILE] =
	"UPDATE message SET name = ?3, key = ?4, inode = ?5, size = ?6,"
	" mtime = ?7, digest = coalesce(?8, digest)"
	" WHERE folder = ?1 AND uid = ?2",
    [DB_MESSAGE_MOVE] =
	"UPDATE message SET folder = ?3, uid = ?4, flags = ?5, fate = 0"
	" WHERE folder = ?1 AND uid = ?2",
    [DB_MESSAGE_DROP] = "DELETE FROM message"
			" WHERE folder = ?1 AND uid = ?2 RETURNING fate",

    [DB_RECORD] = "SELECT " MESSAGE " FROM message"
		  " WHERE folder = ?1 AND uid = ?2",
    [DB_RECORDS] = "SELECT " MESSAGE " FROM message"
		   " WHERE folder = ?1 AND uid > ?2 ORDER BY uid LIMIT ?3",
    [DB_RECORDS_FATE] = "SELECT " MESSAGE " FROM message"
			" WHERE folder = ?1 AND uid > ?2 AND fate = ?4"
			" ORDER BY uid LIMIT ?3",

    [DB_INTENTS] = "SELECT " INTENT " FROM intent"
		   " WHERE ?1 IN (0, folder) ORDER BY id",
    [DB_INTENTS_FILE] = "SELECT " INTENT " FROM intent"
			" WHERE folder = ?1 AND key = ?2 ORDER BY id",
    [DB_INTENT_ADD] =
	"INSERT INTO intent (folder, kind, state, attempts, name, key, size,"
	" digest, flags, internaldate, uidvalidity, uidnext, source,"
	" source_uid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	" ?12, nullif(?13, 0), ?14)",
    [DB_INTENT_ATTEMPT] = "UPDATE intent SET state = ?2, attempts = ?3"
			  " WHERE id = ?1",
    [DB_INTENT_ATTEMPTS] = "SELECT max(attempts) FROM intent"
			   " WHERE folder = ?1 AND key = ?2",
    [DB_INTENT_STORED] = "UPDATE intent SET state = 1 WHERE id = ?1",
    [DB_INTENT_RENAME] = "UPDATE intent SET name = ?3, key = ?4"
			 " WHERE folder = ?1 AND key = ?2",
    [DB_INTENT_DROP] = "DELETE FROM intent WHERE id = ?1",
    [DB_INTENT_DROP_FILE] = "DELETE FROM intent"
			    " WHERE folder = ?1 AND key = ?2",
    [DB_INTENT_OF] = "SELECT 1 FROM intent WHERE ?1 IN (folder, source)"
		     " LIMIT 1",

    [DB_ANSWER] = "SELECT created, bound FROM answer"
		  " WHERE folder = ?1 AND kind = ?2",
    [DB_ANSWER_PUT] =
	"INSERT OR REPLACE INTO answer (folder, kind, created, bound)"
	" VALUES (?1, ?2, ?3, ?4)",
    [DB_ANSWER_DROP] = "DELETE FROM answer WHERE folder = ?1 AND kind = ?2",
    [DB_ANSWERS_DROP] = "DELETE FROM answer WHERE folder = ?1",

    [DB_ASIDE] = "SELECT " ASIDE " FROM aside"
		 " WHERE folder = ?1 AND side = ?2 AND id = ?3",
    [DB_ASIDES] = "SELECT " ASIDE " FROM aside"
		  " WHERE folder = ?1 ORDER BY side, id",
    [DB_ASIDE_PUT] =
	"INSERT INTO aside (folder, side, id, text, attempts, retry, print,"
	" sync) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)"
	" ON CONFLICT DO UPDATE SET text = excluded.text,"
	" attempts = attempts + 1, retry = excluded.retry,"
	" print = excluded.print, sync = excluded.sync",
    [DB_ASIDE_DROP] = "DELETE FROM aside"
		      " WHERE folder = ?1 AND side = ?2 AND id = ?3",
    [DB_ASIDES_DROP] = "DELETE FROM aside WHERE folder = ?1",

    [DB_FLIGHTS] = "SELECT kind, folder, id FROM flight",
    [DB_FLIGHT_ADD] = "INSERT OR IGNORE INTO flight (kind, folder, id)"
		      " VALUES (?1, ?2, ?3)",
    [DB_FLIGHTS_DROP] = "DELETE FROM flight",
    [DB_AVOIDED] = "SELECT folder, text, attempts, retry FROM avoided"
		   " ORDER BY folder",
    [DB_AVOID] =
	"INSERT OR REPLACE INTO avoided (folder, text, attempts, retry)"
	" VALUES (?1, ?2, ?3, ?4)",
    [DB_AVOIDED_DROP] = "DELETE FROM avoided WHERE folder = ?1",

    [DB_REMOVED_SINCE] = "SELECT " REMOVED " FROM removed"
			 " WHERE (at, id) > (?1, ?2) ORDER BY at, id LIMIT ?3",
    [DB_REMOVED_BEFORE] = "SELECT " REMOVED " FROM removed"
			  " WHERE at < ?1 ORDER BY at, id LIMIT ?2",
    [DB_REMOVED_WANTED] = "SELECT " REMOVED " FROM removed"
			  " WHERE wanted <> 0 AND (at, id) > (?1, ?2)"
			  " ORDER BY at, id LIMIT ?3",
    [DB_REMOVED_ADD] =
	"INSERT INTO removed (at, side, folder, file, name, uid, flags,"
	" internaldate, size, digest, mailbox, mailbox_uidvalidity,"
	" mailbox_uid, wanted)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	" ?14)",
    [DB_REMOVED_WANT] = "UPDATE removed SET wanted = ?2 WHERE id = ?1",
    [DB_REMOVED_DROP] = "DELETE FROM removed WHERE id = ?1",
};
