/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What front ends share with the engine to say something: texts from outside made harmless, sizes and numbers, sentences and their forms, clocks. */
#ifndef LIFEBOAT_MESSAGES_H
#define LIFEBOAT_MESSAGES_H

#include "core/bytes.h"
#include "core/clock.h"
#include "core/sentence.h"
#include "core/version.h"

#endif
