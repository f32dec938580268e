/* A restore that was cut off, by a power failure say, leaves disks that are no longer blank. A note at the top of each
 * new filesystem says until the boot loader is installed that nothing but this restore ever was there, so that the next
 * unattended run may begin anew.
 */
#ifndef LIFEBOAT_BOOT_UNFINISHED_H
#define LIFEBOAT_BOOT_UNFINISHED_H

#include "../layout/layout.h"

struct session;

/* Writes the notes, through to the disks. Without one the next unattended run will not take the disks by itself: a
 * warning. */
void unfinished_write(struct session *s);
/* Takes them away, before the system can start by itself. 0 or -errno with a sentence: then it must not be made
 * bootable. */
int unfinished_clear(struct session *s);
/* Marks the disks of PRESENT that hold nothing but an unfinished restore of the session's set (disk_info.unfinished):
 * table and all contents are those that the set has for one disk, none is beside them, there is no boot code, and a note
 * says so of this very disk. */
void unfinished_find(struct session *s, struct layout *present);
/* Whether every disk that the session's plan erases holds an unfinished restore that one and the same earlier run of this plan made:
 * then session->run is its name. */
bool unfinished_goes_on(struct session *s);

#endif
