/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories of a set: made before all else, their metadata given at the end. */
#ifndef LIFEBOAT_RESTORE_DIRECTORIES_H
#define LIFEBOAT_RESTORE_DIRECTORIES_H

#include "../core/macro.h"
#include "worker.h"

/* Makes the directory of the worker's present entry. */
MUST_CHECK int put_directory(struct worker *worker);
/* Gives every directory of the set its metadata, at the end. */
MUST_CHECK int finish_directories(struct worker *worker);

#endif
