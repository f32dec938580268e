/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A front end's way into a session that runs in another process: attach, hear events, answer questions (docs/engine-protocol.md). */
#ifndef LIFEBOAT_CLIENT_H
#define LIFEBOAT_CLIENT_H

#include "core/event.h"
#include "core/wake.h"
#include "core/wiped_json.h"
#include "protocol/client.h"

#endif
