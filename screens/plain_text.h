/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of the plain front end: cleaned, and wrapped at words where a terminal shows it. Files and pipes get whole lines.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_TEXT_H
#define LIFEBOAT_SCREENS_PLAIN_TEXT_H

#include <stdio.h>

/* Prints TEXT to OUT with PREFIX before it; on a terminal its further lines are indented as the first. Nothing for an empty text. */
void plain_text(FILE *out, const char *prefix, const char *text);
/* The same for what is typed behind: the last line is not ended. TEXT ends with a blank. */
void plain_prompt_text(FILE *out, const char *text);

#endif
