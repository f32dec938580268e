/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's verbs, for front ends: each takes a request, works on a context whose listener hears what is said and counted, and gives a
 * result. A front end that joins a running session needs client.h instead; what both have in common is in messages.h. Front ends
 * see these three headers of the backend and no other.
 */
#ifndef LIFEBOAT_ENGINE_H
#define LIFEBOAT_ENGINE_H

#include "capture/capture.h"
#include "core/context.h"
#include "core/memory.h"
#include "core/processes.h"
#include "core/progress.h"
#include "fleet/fleet.h"
#include "image/image.h"
#include "init/init.h"
#include "rehearse/rehearse.h"
#include "session/session.h"
#include "stick/stick.h"
#include "verbs/boot_tape.h"
#include "verbs/compare_set.h"
#include "verbs/convert_set.h"
#include "verbs/place_sets.h"
#include "verbs/plan_set.h"
#include "verbs/restore_files.h"
#include "verbs/show_set.h"
#include "verbs/tape_drive.h"
#include "verbs/verify_set.h"

#endif
