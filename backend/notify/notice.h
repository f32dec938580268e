/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine reports of its restore: one JSON object a message, written by the engine and read by the receiver. It holds no secret and no name of
 * a file. docs/fleet.md lists the members.
 */
#ifndef LIFEBOAT_NOTIFY_NOTICE_H
#define LIFEBOAT_NOTIFY_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../core/macro.h"

#define NOTICE_VERSION 1
#define NOTICE_LIMIT (16u << 10) /* bytes of a message */

enum notice_kind {
	NOTICE_BEGIN,            /* a session has begun, and the network is there */
	NOTICE_PROGRESS,         /* how it stands */
	NOTICE_ONCE,             /* asks whether the entry that restores once may be used (once.h) */
	NOTICE_END,              /* how it ended */
};

struct notice {
	enum notice_kind kind;
	uint64_t sequence;       /* grows while the machine runs, over restarts of the engine, too */
	char *boot;              /* the kernel's id of this run of the machine (UUID) */
	char *mac, *uuid;        /* MAC address of the interface it started from; SMBIOS UUID; NULL: not known. One of them is */
	char *host, *set;        /* of the set: the captured machine's name, the set's id; NULL: not known yet */
	char *mode, *phase;      /* NULL: not known yet */
	char *question;          /* name of the question that is open; NULL: none is */
	double fraction, rate, eta; /* of the whole, 0 to 1; bytes a second; seconds; below 0: not known */
	char *end;               /* NOTICE_END: the end state's name for programs */
	int status;              /* NOTICE_END: the exit status */
	char *once;              /* the entry's token; NULL: it restores as often as it is started */
	bool resumes;            /* NOTICE_ONCE: the disks hold an interrupted restore, which is resumed */
};

/* A new object; NULL when out of memory. TIME: when, as RFC 3339 has it. */
json_t *notice_to_json(const struct notice *notice, const char *time);
/* Reads LENGTH bytes of TEXT, which anybody may have sent. 0 with RET for notice_done(); -EINVAL with what is wrong in *RET_WHY (static); -ENOMEM. */
MUST_CHECK int notice_parse(const char *text, size_t length, struct notice *ret, const char **ret_why);
MUST_CHECK int notice_of_json(json_t *object, struct notice *ret, const char **ret_why);
void notice_done(struct notice *notice);

const char *notice_kind_name(enum notice_kind kind);

/* A token: 32 hexadecimal digits, '.', and how often its entry was made again to resume an interrupted restore. Splits TEXT; false: it is none. */
#define TOKEN_DIGITS 32
bool token_split(const char *text, char ret_id[TOKEN_DIGITS + 1], unsigned *ret_generation);

#endif
