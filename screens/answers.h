/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers from a file: a JSON object of question name to answer, as docs/operators-guide.md describes. What it does
 * not answer is not guessed; a secret is taken from the key "secret:NAME" alone; consent to erase is given disk by disk, by serial number.
 */
#ifndef LIFEBOAT_SCREENS_ANSWERS_H
#define LIFEBOAT_SCREENS_ANSWERS_H

#include "model.h"

/* Reads PATH. 0, or -errno with a new sentence in *RET_WHY. *RET is a new reference. */
int answers_load(const char *path, json_t **ret, char **ret_why);
/* A new sentence about keys that name no question, NULL when there is none. */
char *answers_unknown(json_t *answers);
/* That the file answers 'set' though SET, the place of a set, was named before, when it names another one; NULL: it does not. New string. */
char *answers_unused(json_t *answers, const char *set);
/* The value for QUESTION, a new reference; NULL with a new sentence in *RET_WHY when the file has none or the
 * question does not take it. A question that leaves only one thing to say, or whose default is certain, is answered
 * without the file; consent to erase never is. */
json_t *answers_value(json_t *answers, json_t *question, char **ret_why);

#endif
