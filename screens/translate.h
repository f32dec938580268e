/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine says, in the reader's language: from the forms of its sentences (backend/core/sentence.h), which come with an event as
 * "messages", and from the catalogue for texts that stand as they are.
 */
#ifndef LIFEBOAT_SCREENS_TRANSLATE_H
#define LIFEBOAT_SCREENS_TRANSLATE_H

#include <stdio.h>

#include <jansson.h>

/* Puts EVENT's texts for people into the reader's language, in place. An event that was made in this process needs no "messages". */
void translate_event(json_t *event);
/* A sentence made in this process, such as context_detail(): a new string; NULL when out of memory. */
char *translate_sentence(const char *text);
/* The same printed to OUT with FORMAT, which takes it as its one %s. */
void translate_print(FILE *out, const char *format, const char *text);

#endif
