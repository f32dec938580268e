/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version of the program, as --version, the engine's first event and recovery sets say it. */
#ifndef LIFEBOAT_CORE_VERSION_H
#define LIFEBOAT_CORE_VERSION_H

#define LIFEBOAT_VERSION "0.1"

#endif
