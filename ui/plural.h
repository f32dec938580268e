/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a language's plural forms a number takes: the C expression of a catalogue's Plural-Forms line. */
#ifndef LIFEBOAT_UI_PLURAL_H
#define LIFEBOAT_UI_PLURAL_H

#include <stdbool.h>

/* EXPRESSION ("n != 1", up to its end or a ';') for NUMBER in *RET; false (value untouched) when it is none, or divides by zero. */
bool plural_evaluate(const char *expression, unsigned long number, unsigned long *ret);

#endif
