/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and strings of SFTP packets (draft-ietf-secsh-filexfer-02, sections 3 and 5; RFC 4251, section 5). Reading is bounded: what is not there
 * is an error of all that follows.
 */
#ifndef LIFEBOAT_REMOTE_SFTP_WIRE_H
#define LIFEBOAT_REMOTE_SFTP_WIRE_H

#include <sys/stat.h>

#include "../core/bytes.h"

/* Appending; 0 or -ENOMEM. */
int wire_add_number(struct buffer *buffer, uint32_t number);
int wire_add_long(struct buffer *buffer, uint64_t number);
int wire_add_string(struct buffer *buffer, const void *data, size_t length);
/* The string TEXT. */
int wire_add_text(struct buffer *buffer, const char *text);
/* Attributes that say MODE alone. */
int wire_add_mode(struct buffer *buffer, mode_t mode);

struct wire {
	const unsigned char *at;
	size_t left;
	bool bad;                /* something was not there */
};

struct wire_attributes {
	bool has_size, has_mode;
	uint64_t size;
	uint32_t mode, modified; /* 0: not said; seconds */
};

/* Taking what comes next; 0 or NULL when it is not there. */
uint32_t wire_number(struct wire *wire);
uint64_t wire_long(struct wire *wire);
/* Borrowed bytes. */
const void *wire_string(struct wire *wire, size_t *ret_length);
struct wire_attributes wire_attributes(struct wire *wire);

#endif
