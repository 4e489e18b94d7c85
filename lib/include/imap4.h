/* SPDX-License-Identifier: MIT */
/* libimap4, an IMAP4 client library: everything in one include. */
#ifndef IMAP4_H
#define IMAP4_H

#include <imap4/admin.h>
#include <imap4/client.h>
#include <imap4/codec.h>
#include <imap4/command.h>
#include <imap4/conn.h>
#include <imap4/engine.h>
#include <imap4/event.h>
#include <imap4/message.h>
#include <imap4/mime.h>
#include <imap4/parse.h>
#include <imap4/query.h>
#include <imap4/sasl.h>
#include <imap4/submit.h>
#include <imap4/tls.h>
#include <imap4/types.h>

#endif
