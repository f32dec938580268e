/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of the set beside the files: the metadata text of each LVM volume group, which vgcfgrestore takes, what each kernel has built
 * in, and, on the operator's word, the headers of encrypted containers, which hold their keys.
 */
#ifndef LIFEBOAT_CAPTURE_ATTACHMENTS_H
#define LIFEBOAT_CAPTURE_ATTACHMENTS_H

struct capture;

/* Writes those of the layout and of the kernels, and lists them in the manifest. What cannot be read is told as lost. 0 or -errno with a sentence. */
int attachments_write(struct capture *capture);

#endif
