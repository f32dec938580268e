/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the captured machine is: its name, system, kernel, firmware and boot loader. */
#ifndef LIFEBOAT_CAPTURE_MACHINE_H
#define LIFEBOAT_CAPTURE_MACHINE_H

#include "../set/manifest.h"

struct capture;

/* What the manifest says of the machine. 0 or -errno with a sentence. */
int machine_describe(struct capture *capture, struct machine_info *machine);
/* Whether PATH, relative to the root, is there and comes into the set: no pattern leaves it or a directory above it out. */
bool machine_captures(const struct capture *capture, const char *path);

#endif
