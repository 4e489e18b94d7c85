/* SPDX-License-Identifier: MIT */
/* A batch of files on their way to the server: examined, promised (W2), read
 * ahead on the disk thread in the form of the wire, sent by the loop, recorded.
 * No more than a few blocks of it are in memory, however large it is. */
#ifndef DAEMON_STORE_BATCH_UPLOAD_H
#define DAEMON_STORE_BATCH_UPLOAD_H

#include "daemon/store/store_job.h"

enum upload_state {
	UPLOAD_READY,   /* it is to be sent */
	UPLOAD_GONE,    /* renamed or removed just now: the next pass sees */
	UPLOAD_BUSY,    /* somebody may still be writing it */
	UPLOAD_UNFIT,   /* it cannot be sent, or it cannot be read: .why */
	UPLOAD_SENT,    /* the server has it: .uid, as it says; 0: it did not
			 * say, or is not to be believed */
	UPLOAD_REFUSED, /* the server would not have it: .why */
	UPLOAD_UNSENT,  /* not stored, and not for its own sake */
	UPLOAD_UNKNOWN, /* it may or may not have been stored */
};

struct upload_item {
	enum upload_state state;
	uint64_t key;
	uint64_t flags; /* as the file shows them */
	int fd;
	char *unique; /* owned */
	uint64_t size, wire_size;
	uint64_t inode;
	int64_t mtime_ns;
	unsigned char digest[STATE_DIGEST];
	int64_t intent; /* 0: none */
	bool unread;    /* UNFIT: it cannot be read; that may end at any time */
	bool binary;    /* it has NULs */
	bool made_up;   /* a part of it could not be read while it was sent */
	uint64_t given; /* bytes of it that the connection has */
	uint32_t uid;
	char why[200];
};

#define UPLOAD_BLOCK  65536
#define UPLOAD_BLOCKS 4

struct upload_block {
	size_t len, at; /* bytes in it, of which so many are taken */
	char data[UPLOAD_BLOCK];
};

struct upload {
	struct upload_item *item;
	size_t n;
	/* A ring: filled blocks from first on. The loop's, but for those that a
	 * job was told to fill. */
	struct upload_block *block;
	size_t first, filled;
	bool ended; /* all is read */
	/* What a job is to do, and has done. */
	size_t job_from, job_count, job_filled;
	/* Where reading stands; the job's. */
	size_t reading; /* index of the item */
	bool begun;     /* left is that of item[reading] */
	uint64_t left;  /* bytes of it, in wire form, that are still to come */
	bool cr;        /* the last byte was CR */
	char *raw;      /* read, and not in a block yet */
	size_t raw_len, raw_at;
};

/* Where it goes. */
struct upload_target {
	uint32_t uidnext; /* of the selected mailbox */
	uint64_t limit;   /* the server's APPENDLIMIT, 0: none */
	bool binary;      /* it takes NULs (RFC 3516) */
};
/* Disk thread: looks at the files of n UPLOAD actions, opens those that can be
 * sent and records what is about to happen to them, durably. 0 and *u, or -1
 * and *err. */
int upload_begin(struct upload *u, struct store *s, const struct action *a,
		 size_t n, const struct upload_target *to, struct err *err);
/* The bytes of the ready items, one behind the other: those at hand, at most
 * max; 0 where the disk has to be asked. */
size_t upload_bytes(struct upload *u, size_t max, const char **p);
void upload_taken(struct upload *u, size_t n);
/* Reading ahead: is there something to read, and room? Then a job may run
 * upload_read() on the disk thread, and upload_read_done() behind it; one at a
 * time. A file that cannot be read, or shrank, is filled up with blanks: its
 * length was announced. Its row is recorded as one of other content then, so
 * that the file is sent again. */
bool upload_read_wanted(struct upload *u);
void upload_read(struct upload *u);
void upload_read_done(struct upload *u);
/* Disk thread: records how each item ended. there_mask: the flags that the
 * server stores. Rows of what was sent are FATE_CLAIMED; a UID that another row
 * has already is no answer: the message is then found by its content. 0 or -1
 * and *err. */
int upload_record(struct upload *u, struct store *s, uint64_t there_mask,
		  struct err *err);
void upload_release(struct upload *u);

struct upload_job {
	struct store_job base;
	struct upload upload; /* the poster's, but for what upload_read() is
			       * about while that runs */
	const struct action *action; /* n of them; borrowed */
	size_t n;
	struct upload_target to;
	uint64_t there_mask;
};
void upload_begin_run(struct job *j);
void upload_read_run(struct job *j);
void upload_record_run(struct job *j);

#endif
