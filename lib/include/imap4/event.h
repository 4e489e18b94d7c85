/* SPDX-License-Identifier: MIT */
/* What an engine reports, one at a time. Everything an event points to belongs
 * to the engine and lives until the next call of imap4_engine_read(). */
#ifndef IMAP4_EVENT_H
#define IMAP4_EVENT_H

#include <imap4/admin.h>
#include <imap4/message.h>
#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum imap4_event_type {
	IMAP4_EV_NONE,      /* no event: give the engine more bytes */
	IMAP4_EV_GREETING,  /* .status: OK, PREAUTH or BYE */
	IMAP4_EV_DONE,      /* .status, .id: a command ended */
	IMAP4_EV_CHALLENGE, /* .challenge: answer by imap4_engine_auth_respond()
			     */
	IMAP4_EV_STATUS,    /* .status: untagged OK, NO, BAD, BYE */
	IMAP4_EV_CAPABILITY,     /* new list: see imap4_engine_has() */
	IMAP4_EV_ENABLED,        /* .words */
	IMAP4_EV_LIST,           /* .list (also LSUB and XLIST) */
	IMAP4_EV_MAILBOX_STATUS, /* .mailbox_status */
	IMAP4_EV_NAMESPACE,      /* .namespace_ */
	IMAP4_EV_ID,             /* .words: key, value, key, value, ... */
	IMAP4_EV_FLAGS,          /* .words */
	IMAP4_EV_EXISTS,         /* .number */
	IMAP4_EV_RECENT,         /* .number */
	IMAP4_EV_EXPUNGE,        /* .number: a sequence number */
	IMAP4_EV_VANISHED,       /* .vanished */
	IMAP4_EV_SEARCH,         /* .search (SEARCH and ESEARCH) */
	IMAP4_EV_SORT,           /* .sort */
	IMAP4_EV_THREAD,         /* .thread */
	IMAP4_EV_QUOTA,          /* .quota */
	IMAP4_EV_QUOTAROOT,      /* .quotaroot */
	IMAP4_EV_ACL,            /* .acl, and so for the next two */
	IMAP4_EV_LISTRIGHTS,
	IMAP4_EV_MYRIGHTS,
	IMAP4_EV_METADATA,    /* .metadata (also ANNOTATION) */
	IMAP4_EV_IDLING,      /* .id: the server took IDLE up, and says what
			       * happens until imap4_engine_idle_done() */
	IMAP4_EV_BODY_BEGIN,  /* .body: a literal of a body section follows */
	IMAP4_EV_BODY_DATA,   /* .body.data: points into the caller's buffer
			       * or, with COMPRESS, into the engine's */
	IMAP4_EV_BODY_END,    /* .body; does not come where the connection ends
			       * before the last byte did */
	IMAP4_EV_FETCH,       /* .fetch: the whole FETCH response ended */
	IMAP4_EV_OTHER,       /* .raw: a well-formed untagged response that has
			       * no type here */
	IMAP4_EV_BAD,         /* .raw: a response that could not be parsed and
			       * was skipped; the connection is in step. Comes
			       * instead of FETCH behind bodies that are not to
			       * be believed. See .unparsed of DONE */
	IMAP4_EV_APPEND_DATA, /* .id, .number: index of the message
			       * (MULTIAPPEND) or of the part that has no URL
			       * (CATENATE), else 0, .body.size: octets that
			       * are left of it: answer by
			       * imap4_engine_append_data(). May come between
			       * the events of a body */
};

/* RFC 9051 7.1 response codes. Those without a remark have no arguments. */
enum imap4_code {
	IMAP4_CODE_NONE,
	IMAP4_CODE_UNKNOWN, /* .name, .args have it */
	IMAP4_CODE_ALERT,
	IMAP4_CODE_ALREADYEXISTS,
	IMAP4_CODE_APPENDUID, /* .uidvalidity, .dst: in the messages' order */
	IMAP4_CODE_AUTHENTICATIONFAILED,
	IMAP4_CODE_AUTHORIZATIONFAILED,
	IMAP4_CODE_BADCHARSET, /* .words: those it knows, or none */
	IMAP4_CODE_BADEVENT,   /* .words: those it knows (RFC 5465) */
	IMAP4_CODE_BADURL,     /* .text_arg (RFC 4469) */
	IMAP4_CODE_CANNOT,
	IMAP4_CODE_CAPABILITY, /* .words */
	IMAP4_CODE_CLIENTBUG,
	IMAP4_CODE_CLOSED,
	IMAP4_CODE_COMPRESSIONACTIVE,
	IMAP4_CODE_CONTACTADMIN,
	IMAP4_CODE_COPYUID, /* .uidvalidity, .src, .dst */
	IMAP4_CODE_CORRUPTION,
	IMAP4_CODE_EXPIRED,
	IMAP4_CODE_EXPUNGEISSUED,
	IMAP4_CODE_HASCHILDREN,
	IMAP4_CODE_HIGHESTMODSEQ, /* .number */
	IMAP4_CODE_INPROGRESS,    /* .id: of which command, 0: not told;
				   * .number of .goal, 0: not known (RFC 9585).
				   * Only for people to look at */
	IMAP4_CODE_INUSE,
	IMAP4_CODE_LIMIT,
	IMAP4_CODE_MAILBOXID,    /* .text_arg */
	IMAP4_CODE_MESSAGELIMIT, /* .number: at most so many messages in one
				  * command; .uid: the lowest that was done, 0:
				  * none. See imap4_event.partial (RFC 9738) */
	IMAP4_CODE_METADATA,     /* .text_arg: LONGENTRIES, MAXSIZE, TOOMANY,
				  * NOPRIVATE; .number (RFC 5464) */
	IMAP4_CODE_MODIFIED,     /* .src: not changed by this STORE */
	IMAP4_CODE_NOMODSEQ,
	IMAP4_CODE_NONEXISTENT,
	IMAP4_CODE_NOPERM,
	IMAP4_CODE_NOTIFICATIONOVERFLOW, /* NOTIFY is off (RFC 5465 5.8) */
	IMAP4_CODE_NOTSAVED,             /* "$" is empty (RFC 5182) */
	IMAP4_CODE_NOUPDATE,             /* .text_arg: a tag (RFC 5267) */
	IMAP4_CODE_OVERQUOTA,
	IMAP4_CODE_PARSE,
	IMAP4_CODE_PERMANENTFLAGS, /* .words */
	IMAP4_CODE_PRIVACYREQUIRED,
	IMAP4_CODE_READ_ONLY,
	IMAP4_CODE_READ_WRITE,
	IMAP4_CODE_REFERRAL, /* .text_arg: do not follow it */
	IMAP4_CODE_SERVERBUG,
	IMAP4_CODE_THROTTLED,
	IMAP4_CODE_TOOBIG,
	IMAP4_CODE_TRYCREATE,
	IMAP4_CODE_UIDNEXT, /* .number */
	IMAP4_CODE_UIDNOTSTICKY,
	IMAP4_CODE_UIDREQUIRED,
	IMAP4_CODE_UIDVALIDITY, /* .number */
	IMAP4_CODE_UNAVAILABLE,
	IMAP4_CODE_UNKNOWN_CTE,
	IMAP4_CODE_UNSEEN, /* .number */
	IMAP4_CODE_USEATTR,
};

/* [CODE arguments] of a status response. */
struct imap4_respcode {
	enum imap4_code code;
	struct imap4_str name; /* as sent */
	struct imap4_str args; /* the raw text behind the name */
	uint64_t number;
	uint64_t goal;
	imap4_id id;
	uint32_t uid;
	uint32_t uidvalidity;
	struct imap4_set src; /* borrowed, do not release */
	struct imap4_set dst; /* borrowed, in ascending order: for COPYUID see
			       * imap4_copyuid_pairs() */
	const struct imap4_str *words;
	size_t nwords;
	struct imap4_str text_arg;
};

/* Calls fn with each pair of COPYUID, a message's old and new UID, in the
 * server's order (RFC 4315 3), without memory for them. Stops where fn does not
 * return 0, and returns that. IMAP4_EINVAL: code is not COPYUID, or its sets
 * differ in count; IMAP4_ELIMIT: more than a million pairs; fn was then not
 * called. */
IMAP4_EXPORT int imap4_copyuid_pairs(const struct imap4_respcode *code,
				     int (*fn)(void *ctx, uint32_t src,
					       uint32_t dst),
				     void *ctx);

/* LIST, LSUB, XLIST. Attribute bits; special uses are RFC 6154. */
enum imap4_list_attr {
	IMAP4_LIST_NOSELECT = 1 << 0,
	IMAP4_LIST_NOINFERIORS = 1 << 1,
	IMAP4_LIST_HASCHILDREN = 1 << 2,
	IMAP4_LIST_HASNOCHILDREN = 1 << 3,
	IMAP4_LIST_NONEXISTENT = 1 << 4,
	IMAP4_LIST_SUBSCRIBED = 1 << 5,
	IMAP4_LIST_REMOTE = 1 << 6,
	IMAP4_LIST_MARKED = 1 << 7,
	IMAP4_LIST_UNMARKED = 1 << 8,
	IMAP4_LIST_ALL = 1 << 9,
	IMAP4_LIST_ARCHIVE = 1 << 10,
	IMAP4_LIST_DRAFTS = 1 << 11,
	IMAP4_LIST_FLAGGED = 1 << 12,
	IMAP4_LIST_JUNK = 1 << 13,
	IMAP4_LIST_SENT = 1 << 14,
	IMAP4_LIST_TRASH = 1 << 15,
	IMAP4_LIST_IMPORTANT = 1 << 16,
};

struct imap4_list {
	bool lsub;
	uint32_t attr;                 /* enum imap4_list_attr */
	const struct imap4_str *words; /* the attributes as sent */
	size_t nwords;
	char delim;            /* 0: NIL, a flat name */
	struct imap4_str raw;  /* the name as sent: this is what to send back */
	struct imap4_str name; /* in UTF-8, INBOX in capitals; p == NULL: raw
				* is not decodable */
	/* raw is not what .name encodes to (Yandex): only raw names it, and
	 * another mailbox may have the same .name. */
	bool irregular;
	struct imap4_str oldname; /* RFC 9051 OLDNAME, else p == NULL */
	/* RFC 5258 CHILDINFO: a name below this one matches these selection
	 * options ("SUBSCRIBED"), even where this one does not. */
	const struct imap4_str *childinfo;
	size_t nchildinfo;
	struct imap4_str extended; /* raw text of all extended data */
};

/* STATUS: which items are present is in .have. */
enum imap4_status_item {
	IMAP4_ST_MESSAGES = 1 << 0,
	IMAP4_ST_RECENT = 1 << 1,
	IMAP4_ST_UIDNEXT = 1 << 2,
	IMAP4_ST_UIDVALIDITY = 1 << 3,
	IMAP4_ST_UNSEEN = 1 << 4,
	IMAP4_ST_HIGHESTMODSEQ = 1 << 5,
	IMAP4_ST_SIZE = 1 << 6,
	IMAP4_ST_DELETED = 1 << 7,
	IMAP4_ST_MAILBOXID = 1 << 8,
	IMAP4_ST_APPENDLIMIT = 1 << 9,
};

struct imap4_mailbox_status {
	struct imap4_str raw;  /* mailbox name as sent */
	struct imap4_str name; /* UTF-8 or p == NULL */
	uint32_t have;         /* enum imap4_status_item */
	uint64_t messages, recent, uidnext, uidvalidity, unseen, highestmodseq;
	uint64_t size, deleted, appendlimit;
	struct imap4_str mailboxid;
};

struct imap4_namespace_entry {
	struct imap4_str prefix; /* as sent */
	char delim;
};

/* RFC 2342. Only the first entry of each kind matters in practice, all are
 * reported: kind 0 personal, 1 other users', 2 shared. */
struct imap4_namespace {
	const struct imap4_namespace_entry *entry[3];
	size_t n[3];
};

/* Which attributes of a FETCH are present. */
enum imap4_fetch_item {
	IMAP4_F_UID = 1 << 0,
	IMAP4_F_FLAGS = 1 << 1,
	IMAP4_F_MODSEQ = 1 << 2,
	IMAP4_F_INTERNALDATE = 1 << 3,
	IMAP4_F_SIZE = 1 << 4,
	IMAP4_F_EMAILID = 1 << 5,
	IMAP4_F_GM_MSGID = 1 << 6,
	IMAP4_F_BODY = 1 << 7,     /* at least one body section was streamed */
	IMAP4_F_BODY_NIL = 1 << 8, /* a body section came as NIL: treat as
				    * "not there now" (Gmail, Exchange) */
	IMAP4_F_THREADID = 1 << 9,
	IMAP4_F_ENVELOPE = 1 << 10,
	IMAP4_F_BODYSTRUCTURE = 1 << 11, /* also for BODY */
	IMAP4_F_PREVIEW = 1 << 12,       /* .p == NULL: not to be had now */
	IMAP4_F_SAVEDATE = 1 << 13,      /* not set for NIL: it keeps none */
	IMAP4_F_GM_LABELS = 1 << 14,
	IMAP4_F_GM_THRID = 1 << 15,
	IMAP4_F_BINARY_SIZE = 1 << 16,
};

/* System flags as bits; keywords as words. */
enum imap4_flag {
	IMAP4_FLAG_SEEN = 1 << 0,
	IMAP4_FLAG_ANSWERED = 1 << 1,
	IMAP4_FLAG_FLAGGED = 1 << 2,
	IMAP4_FLAG_DELETED = 1 << 3,
	IMAP4_FLAG_DRAFT = 1 << 4,
	IMAP4_FLAG_RECENT = 1 << 5,
	IMAP4_FLAG_ANY = 1 << 6, /* \* in PERMANENTFLAGS */
};

/* BINARY.SIZE[section] (RFC 3516): octets when decoded. */
struct imap4_binary_size {
	const struct imap4_binary_size *next;
	struct imap4_str section;
	uint64_t size;
};

struct imap4_fetch {
	uint32_t have; /* enum imap4_fetch_item */
	uint32_t seq;  /* 0: UIDFETCH (RFC 9586), which has only .uid */
	uint32_t uid;
	uint32_t flags;                /* enum imap4_flag */
	const struct imap4_str *words; /* keywords */
	size_t nwords;
	uint64_t modseq;
	uint64_t size;        /* RFC822.SIZE: a hint, servers lie */
	int64_t internaldate; /* seconds since the epoch */
	int zone;             /* its zone, minutes east */
	uint64_t gm_msgid, gm_thrid;
	const struct imap4_str *gm_labels; /* as sent: in modified UTF-7 */
	size_t ngm_labels;
	struct imap4_str emailid, threadid;
	const struct imap4_envelope *envelope;
	const struct imap4_part *bodystructure;
	const struct imap4_binary_size *binary_size;
	struct imap4_str preview; /* RFC 8970, UTF-8 */
	int64_t savedate;         /* RFC 8514, like internaldate */
	int savedate_zone;
	struct imap4_str raw; /* the response behind "FETCH ", literals of
			       * streamed sections as "{*N}" CRLF */
};

struct imap4_body {
	uint32_t seq;
	uint32_t uid; /* 0: not known yet, some servers send it afterwards */
	struct imap4_str section; /* "", "HEADER", "1.2", ...; as sent */
	bool binary;              /* BINARY[]: decoded (RFC 3516) */
	bool has_origin;          /* BODY[]<origin>: not from the beginning */
	uint64_t origin;
	uint64_t size;         /* of the literal */
	struct imap4_str data; /* BODY_DATA only */
};

struct imap4_vanished {
	bool earlier;
	struct imap4_set set; /* borrowed */
};

/* ADDTO and REMOVEFROM (RFC 5267 4.3), in the order in which they apply. */
struct imap4_search_update {
	const struct imap4_search_update *next;
	bool add;
	uint32_t position;     /* from 1; 0: where the numbers belong */
	struct imap4_set set;  /* borrowed */
	struct imap4_str text; /* the same as sent: for SORT its order counts */
};

struct imap4_search {
	imap4_id id; /* ESEARCH with TAG: the command; else 0 */
	bool uid;    /* numbers are UIDs (ESEARCH says so) */
	bool extended;
	struct imap4_set set; /* SEARCH: the numbers; ESEARCH: ALL; borrowed */
	struct imap4_str all; /* ESEARCH: ALL as sent: for SORT its order counts
			       */
	bool has_count, has_min, has_max, has_modseq, has_partial;
	uint64_t count, modseq;
	uint32_t min, max;
	/* RFC 9394, RFC 5267: which part of the result .partial is ("-1:-100"),
	 * an empty set: nothing there. */
	struct imap4_str partial_range;
	struct imap4_set partial;      /* borrowed */
	struct imap4_str partial_text; /* as sent */
	const struct imap4_search_update *update;
	/* RFC 7377: the mailbox it is about, or raw.p == NULL: the selected. */
	struct imap4_str raw;  /* name as sent */
	struct imap4_str name; /* UTF-8 or p == NULL */
	uint32_t uidvalidity;
};

/* SORT (RFC 5256, RFC 7162 3.1.6). UIDs where the command was UID SORT. */
struct imap4_sort {
	const uint32_t *number; /* in the order asked for */
	size_t n;
	bool has_modseq;
	uint64_t modseq;
};

/* THREAD (RFC 5256): a message, its first answer, and the next one to what it
 * answers itself. A chain of answers can be as long as the mailbox is large:
 * walk it with a loop, .parent leads back. */
struct imap4_thread {
	const struct imap4_thread *parent; /* NULL: begins a thread */
	const struct imap4_thread *child;
	const struct imap4_thread *next;
	uint32_t number; /* 0: a message that is not there, but has answers */
};

/* Programs never make one: it may grow at its end, and in the structs that it
 * holds, without a new version of the library's interface being needed. */
struct imap4_event {
	enum imap4_event_type type;
	enum imap4_status status; /* GREETING, DONE, STATUS */
	imap4_id id; /* DONE, CHALLENGE, IDLING, APPEND_DATA: which command */
	/* DONE with OK, and yet only a part was done: the server said
	 * MESSAGELIMIT (RFC 9738). That a message was not listed means nothing
	 * then; ask again for those below code.uid. */
	bool partial;
	/* DONE with OK, and yet a response that it asked for could not be
	 * parsed (IMAP4_EV_BAD): what did not come is not known not to be
	 * there. */
	bool unparsed;
	uint32_t number;
	const struct imap4_str *words;
	size_t nwords;
	struct imap4_str text;      /* human text of a status response */
	struct imap4_str raw;       /* the whole response without its CRLF */
	struct imap4_respcode code; /* GREETING, DONE, STATUS; else NONE */
	/* Only the member that belongs to the type is to be looked at. */
	IMAP4_EXTENSION union {
		struct imap4_str challenge; /* decoded */
		struct imap4_list list;
		struct imap4_mailbox_status mailbox_status;
		struct imap4_namespace namespace_;
		struct imap4_fetch fetch;
		struct imap4_body body;
		struct imap4_vanished vanished;
		struct imap4_search search;
		struct imap4_sort sort;
		const struct imap4_thread *thread; /* NULL: no message matches
						    */
		const struct imap4_quota *quota;
		const struct imap4_quotaroot *quotaroot;
		const struct imap4_acl *acl;
		const struct imap4_metadata *metadata;
	};
};

/* "OK", "NO", ...: a constant string. */
IMAP4_EXPORT const char *imap4_status_name(enum imap4_status status);

#ifdef __cplusplus
}
#endif
#endif
