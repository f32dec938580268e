/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the first record of a tape says of it, and the record behind its data (docs/tape.md). */
#ifndef LIFEBOAT_TAPE_LABEL_H
#define LIFEBOAT_TAPE_LABEL_H

#include <uuid/uuid.h>

#include "../core/clock.h"
#include "../core/context.h"

#define TAPE_BLOCK_MIN (4u << 10)
#define TAPE_BLOCK_MAX (4u << 20)
#define TAPE_BLOCK (64u << 10)
#define TAPE_NAME_MAX 64u /* bytes of a name */
#define TAPES_MAX 9999u

struct tape_label {
	char series[UUID_STR_LEN];
	uint32_t number; /* from 1; 0: the tape is empty and has a name */
	uint64_t offset; /* bytes of the stream on the tapes before */
	uint32_t block;
	char name[TAPE_NAME_MAX + 1];
	char created[RFC3339_SIZE];
};

struct tape_end {
	char series[UUID_STR_LEN];
	uint32_t number;
	uint64_t offset; /* bytes of the stream to here */
	bool last;
};

/* A length of records that tapes may have. */
bool tape_block_is_good(uint64_t block);
bool tape_name_is_good(const char *name);
/* The whole record, BLOCK bytes, new; NULL: out of memory. */
void *tape_label_print(const struct tape_label *label);
void *tape_end_print(const struct tape_end *end, uint32_t block);
/* 1; 0: the record is something else. */
int tape_label_parse(const void *record, size_t length, struct tape_label *ret);
int tape_end_parse(const void *record, size_t length, struct tape_end *ret);

#endif
