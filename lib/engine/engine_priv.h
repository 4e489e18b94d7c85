/* SPDX-License-Identifier: MIT */
/* The connection's state, private to this directory. Files: engine.c public
 * calls, spec.c which commands there are, command.c one in the making, queue.c
 * those under way, literal.c what may be written when, append.c whole messages,
 * auth.c SASL, idle.c IDLE, compress.c COMPRESS, receive.c what the server
 * says, caps.c its offers.
 */
#ifndef LIB_ENGINE_ENGINE_PRIV_H
#define LIB_ENGINE_ENGINE_PRIV_H

#include <imap4/command.h>
#include <imap4/engine.h>
#include <imap4/submit.h>

#include "lib/util/buf.h"
#include "lib/wire/encode.h"
#include "lib/wire/frame.h"
#include "lib/wire/resp.h"

/* Commands that the engine itself has to do with. */
enum command_kind {
	CMD_OTHER,
	CMD_LOGOUT,
	CMD_STARTTLS,
	CMD_LOGIN,
	CMD_AUTHENTICATE,
	CMD_COMPRESS,
	CMD_APPEND, /* and REPLACE */
	CMD_IDLE,
	CMD_ENABLE,
	CMD_SELECT,   /* and EXAMINE */
	CMD_UNSELECT, /* and CLOSE */
};

struct command_spec {
	const char *name;
	unsigned states; /* bit per enum imap4_state in which it is allowed */
	enum command_kind kind;
	bool own;   /* is made by a call of its own only */
	bool moves; /* its success leads to another state: */
	enum imap4_state to;
	bool first;          /* not before all earlier ones are answered */
	bool barrier;        /* nothing behind it before it is answered */
	bool sequence;       /* names messages by number */
	bool keeps;          /* numbers do not change while it is under way */
	const char *answers; /* untagged responses that it asks for, or NULL */
};

struct command {
	struct command *next;
	imap4_id id;
	const struct command_spec *spec;
	struct encode enc; /* emptied when all of it is in the out buffer */
	size_t segment;    /* next one to write */
	size_t written;
	size_t reserved; /* bytes of the out buffer that are kept for it */
	bool started;
	bool complete;     /* all is written */
	bool idling;       /* IDLE: the server said "+" */
	bool done;         /* the caller wants it to end */
	bool unparsed;     /* an answer to it could not be understood */
	uint32_t messages; /* of APPEND that were begun */
	uint64_t first_at; /* where the first of them begins */
	uint64_t line_end; /* position in the stream of sent bytes */
	uint64_t end;      /* the same, with SASL responses */
};

enum auth_state {
	AUTH_NONE,
	AUTH_INITIAL, /* the server is to ask for the initial response */
	AUTH_WAITING, /* for a challenge or the tagged reply */
	AUTH_ASKED,   /* the caller is to answer */
	AUTH_CANCELLED,
};

struct auth {
	enum auth_state state;
	struct buf initial;   /* in base64 */
	struct buf challenge; /* decoded */
	uint64_t response_at; /* where the last response begins */
};

/* The message that is being appended. */
struct upload {
	struct command *cmd; /* NULL: none */
	uint64_t left;       /* octets that the caller is to give */
	bool wanted;         /* the server said "+" */
	bool asked;          /* for some, and none came yet */
	uint64_t padding;    /* octets that nobody wants, still to be sent */
	struct imap4_event event;
};

struct capabilities {
	struct buf list;     /* blank-separated */
	struct buf disabled; /* the same */
	struct buf enabled;
	struct buf asked; /* by ENABLE, and not answered */
	bool known;
	bool utf8;  /* names and strings are in it (RFC 6855 3, RFC 9051) */
	bool fresh; /* came while a login was under way */
};

struct imap4_engine {
	struct imap4_limits limits;
	struct frame frame;
	struct resp resp;
	struct imap4_event event; /* bodies, LOST, and none */
	enum imap4_state state;
	enum imap4_state planned; /* when all that is queued has succeeded */
	bool received;            /* anything at all */

	struct command *draft; /* in the making, see <imap4/command.h> */
	int draft_error;
	bool draft_blank; /* stands before the next argument */
	struct command *head, *tail;
	struct command *next_write;
	struct command *barrier;
	size_t pending;
	char prefix[9]; /* of all tags */
	imap4_id last_id;

	struct buf out;
	size_t out_at;   /* of which so much was sent */
	size_t reserved; /* room that queued commands will need */
	uint64_t sent;
	bool out_secret;
	struct command *literal; /* waits for "+" */
	uint64_t literal_at;
	bool stray; /* a "+" may still come for an aborted literal */
	struct upload upload;

	struct auth auth;
	struct compress *compress; /* NULL: not asked for */
	bool tls_wait; /* STARTTLS was answered OK, TLS is not there yet */
	struct capabilities caps;

	size_t body_next; /* of those that came as strings */
	enum { BODY_IDLE, BODY_BEGIN, BODY_DATA, BODY_END } body_phase;

	int dead;
	bool closed;
	char error[256];
	void (*trace)(void *ctx, char dir, const char *line, size_t len);
	void *trace_ctx;
	struct buf trace_line;
};

/* engine.c: the engine is dead; returns code. */
int engine_fail(struct imap4_engine *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Like imap4_engine_read(), for what the server wrote before compression. */
int engine_read_frames(struct imap4_engine *e, const char *p, size_t len,
		       size_t *used, const struct imap4_event **ev);

/* Whose body it is, from the name of the FETCH item. */
void engine_name_body(struct imap4_body *body, struct imap4_str name);

/* spec.c: any case; NULL: no name of a command. */
const struct command_spec *spec_find(const char *name);
/* Does the command ask for untagged responses of that name? An empty one may be
 * any. */
bool spec_asks_for(const struct command_spec *spec, struct imap4_str name);

/* command.c: like the public calls, for any command; */
void command_begin(struct imap4_engine *e, const char *name);
void command_fail(struct imap4_engine *e, int error);
/* where the next argument goes, NULL after a mistake; */
struct encode *command_argument(struct imap4_engine *e);
/* syntax, or nothing, in parentheses; the same behind RETURN. */
void command_list(struct imap4_engine *e, const char *text);
void command_return(struct imap4_engine *e, const char *options);
/* extra: bytes that it may have to send later without a way to fail. */
int command_end(struct imap4_engine *e, size_t extra, imap4_id *id);

/* queue.c: checks state and limits, makes a command with tag and name. */
int queue_begin(struct imap4_engine *e, const char *name, struct command **cmd);
/* Puts it into the queue, or frees it. */
int queue_end(struct imap4_engine *e, struct command *cmd, size_t extra,
	      imap4_id *id);
void queue_drop(struct command *cmd);
/* The command that a tag names, if any of it was written; or NULL. */
struct command *queue_find(const struct imap4_engine *e, struct imap4_str tag);
/* The id that a tag of ours names, sent or not; or 0. */
imap4_id queue_tag(const struct imap4_engine *e, struct imap4_str tag);
/* Takes it out of the queue and frees it. */
void queue_remove(struct imap4_engine *e, struct command *cmd);
/* Works out e->planned anew. */
void queue_plan(struct imap4_engine *e);

/* literal.c: moves what may be sent to the out buffer. */
void engine_pump(struct imap4_engine *e);
/* Position in the stream behind all that is in the out buffer. */
uint64_t engine_position(const struct imap4_engine *e);
/* The server says "+". 1: it was for a literal; 0: for something else. */
int literal_continue(struct imap4_engine *e);
/* The command was answered NO or BAD while its literal waited. */
void literal_cancel(struct imap4_engine *e, struct command *cmd);

/* append.c: a message's turn has come; wanted: the server asked for it. */
void append_begin(struct imap4_engine *e, struct command *cmd, uint64_t length,
		  bool wanted);
/* Is a message of the command on its way that the server did not ask for? After
 * a BAD it may take the rest for commands. */
bool append_in_doubt(const struct imap4_engine *e, const struct command *cmd);
/* Asks for octets where there is room; sets *ev. 0, or the engine is dead. */
int append_ask(struct imap4_engine *e, const struct imap4_event **ev);
/* Is a message on its way, wanted or not? */
bool append_busy(const struct imap4_engine *e);
/* Sends some more of what was announced and is not wanted any more. */
void append_pad(struct imap4_engine *e);
/* The command was answered NO or BAD before all of it was written. */
void append_cancel(struct imap4_engine *e, const struct command *cmd);

/* submit.c: a command without arguments, or with a mailbox. */
int submit_simple(struct imap4_engine *e, const char *name, imap4_id *id);
int submit_mailbox(struct imap4_engine *e, const char *name,
		   struct imap4_str mailbox, imap4_id *id);

/* idle.c: a "+" for IDLE; sets *ev. 1: it was; 0: for something else. */
int idle_continue(struct imap4_engine *e, const struct imap4_event **ev);

/* compress.c: COMPRESS was answered; */
void compress_end(struct imap4_engine *e, bool ok);
void compress_free(struct imap4_engine *e);
bool compress_active(const struct imap4_engine *e);
/* the public calls where it is active; the last one returns how much of the
 * out buffer was sent. */
int compress_read(struct imap4_engine *e, const void *buf, size_t len,
		  size_t *used, const struct imap4_event **ev);
size_t compress_write(struct imap4_engine *e, const void **buf);
size_t compress_sent(struct imap4_engine *e, size_t n);

/* auth.c: a "+" for AUTHENTICATE; sets *ev where the caller is to answer. */
int auth_challenge(struct imap4_engine *e, const struct imap4_event **ev);
/* The command was answered. */
void auth_end(struct imap4_engine *e, const struct command *cmd, bool ok);

/* receive.c: a framed response. */
int engine_response(struct imap4_engine *e, const struct imap4_event **ev);
/* The next event of bodies that came as strings, if any. */
bool engine_next_body(struct imap4_engine *e, const struct imap4_event **ev);

/* caps.c */
int caps_set(struct imap4_engine *e, const struct imap4_str *words, size_t n);
int caps_add_enabled(struct imap4_engine *e, const struct imap4_str *words,
		     size_t n);
/* ENABLE with these words is to be sent: 0, or IMAP4_ESTATE where the server
 * does not offer them. */
int caps_ask(struct imap4_engine *e, const char *words, size_t len);
void caps_forget(struct imap4_engine *e);

/* trace.c: show a command, another line of ours, a response. */
void trace_command(struct imap4_engine *e, const struct command *cmd);
void trace_line(struct imap4_engine *e, const char *line);
void trace_response(struct imap4_engine *e);

#endif
