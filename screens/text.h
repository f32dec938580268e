/* Translations of what front ends say. */
#ifndef LIFEBOAT_SCREENS_TEXT_H
#define LIFEBOAT_SCREENS_TEXT_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text

#endif
