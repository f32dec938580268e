/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of device_table.h corrected: names that only the old machine had become those that find the same thing here (identifiers.h); what
 * is gone is said.
 */
#ifndef LIFEBOAT_FINISH_DEVICE_WORDS_H
#define LIFEBOAT_FINISH_DEVICE_WORDS_H

#include "../core/bytes.h"
#include "../core/macro.h"
#include "../plan/plan.h"
#include "device_table.h"

/* What is corrected, and for what. */
struct device_asked {
	const struct plan *plan;
	const char *file;        /* its path, for sentences */
	char ***notes;           /* what is to be said goes there */
	bool lacks;              /* becomes true: a word of kind GONE_LACKED names something that is gone */
};

/* VALUE of WORD, corrected, as a new string in *RET, or NULL where it stays. *RET_GONE: what it names is gone, which was said. 0 or -ENOMEM. */
MUST_CHECK int device_word_correct(struct device_asked *asked, const struct device_word *word, const char *value, char **ret, bool *ret_gone);

/* The LENGTH bytes at OPTIONS, a list with commas, corrected in OUT: without those that are left out. How many were changed, or -ENOMEM. */
MUST_CHECK int device_options_correct(struct device_asked *asked, unsigned places, const char *options, size_t length, struct buffer *out);

/* The names in VALUE, parts with ':' between - PATH:DEVICE, a key on another device, or DEVICE:PATH - as device_word_correct(). */
MUST_CHECK int device_parts_correct(struct device_asked *asked, const char *key, const char *value, char **ret, bool *ret_gone);

#endif
