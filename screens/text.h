/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translations of what front ends say. */
#ifndef LIFEBOAT_SCREENS_TEXT_H
#define LIFEBOAT_SCREENS_TEXT_H

#include "../ui/catalogue.h"

#define _(text) catalogue_text(text)
#define N_(text) text
#define ngettext(one, many, number) catalogue_plural(one, many, number)

#endif
