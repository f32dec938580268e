/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tape drives that play a CD-ROM drive, because the machine was started from their tape (One-Button Disaster Recovery, tape/obdr.h). Such a
 * drive says so in its INQUIRY data and becomes a tape drive again by a mode page. Sources: HP, "Ultrium SCSI interface guide" (mode page 3Eh); Quantum and
 * Sony (page 3Ch); the signature "$DR-10" as Linux's drivers hpsa and cciss know it.
 */
#ifndef LIFEBOAT_MACHINE_CD_MODE_H
#define LIFEBOAT_MACHINE_CD_MODE_H

#include <stdint.h>

#include "../core/context.h"

/* How a drive is spoken to. */
struct cd_mode_wire {
	/* One SCSI command to the open drive FD; DATA comes from it, or goes to it when OUT. 0, or -errno: -EREMOTEIO: the drive refuses it. */
	int (*command)(int fd, const uint8_t *command, size_t length, void *data, size_t data_length, bool out);
	double wait_s;           /* until the tape drive is there */
	double pause_s;          /* between two looks */
};

/* Lets all such drives be tape drives again, and waits for them; drives of discs are left alone. A drive that cannot be changed, or does not
 * come back, is a warning. WIRE: NULL: the kernel's (SG_IO). 0, -ECANCELED, -ENOMEM. */
MUST_CHECK int cd_mode_leave(struct context *ctx, const struct cd_mode_wire *wire);

#endif
