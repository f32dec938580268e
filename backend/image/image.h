/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rescue media: the boot archive (kernel and initramfs with this program, the tools and every driver a rescue needs), the hybrid ISO image that boots
 * from disc and stick, on BIOS and UEFI, and the tree that a server gives to machines that start from the network.
 */
#ifndef LIFEBOAT_IMAGE_IMAGE_H
#define LIFEBOAT_IMAGE_IMAGE_H

#include <stdint.h>

#include "../core/context.h"

struct image_options {
	const char *output;      /* file to make, replaced only when the new one is complete; of image_network*(): directory */
	const char *kernel;      /* release ("6.1.0-1-amd64"); NULL: the running one when its modules are here, else the newest */
	const char *set;         /* directory of a recovery set to put on the medium; of image_network(): a set's address; NULL: none */
	const char *arguments;   /* further kernel arguments for every menu entry; NULL */
	const char *default_entry; /* menu entry that starts by itself: "local" (default), "interactive", "nuke", "expert", "compare" */
	unsigned timeout_s;      /* menu time-out; UINT_MAX: the default of 30 seconds */
	const char *catalogues;  /* directory of translations; NULL: where this program's are installed */
	bool overwrite;          /* of image_iso() onto a drive: also onto a disc with data */
	uint64_t volume_size;    /* of image_iso(): bytes of a disc; the set is spread over as many as it needs, OUTPUT names them. 0: one image */
	bool no_tools;           /* of image_iso() and image_network(): without a tools image */
	const char *program;     /* the lifeboat executable to put in; NULL: this one */
};

/* What one machine does that starts from a tree for network boot. */
struct image_machine {
	const char *id;          /* its MAC address or SMBIOS UUID */
	const char *mode;        /* "interactive", "nuke", "expert" or "compare" */
	const char *set, *target, *answers; /* lifeboat.set=, lifeboat.target=, lifeboat.answers=; NULL: none */
	const char *notify;      /* lifeboat.notify=: where it reports; NULL: nowhere */
	bool once;               /* it restores once: the receiver at NOTIFY keeps count */
	bool resume;             /* its entry that was used up is made again, to resume an interrupted restore; nothing else of this is looked at */
};

/* All return 0 or -errno with a sentence. */

/* The compressed cpio archive only. */
int image_initramfs(struct context *ctx, const struct image_options *options);
/* The whole ISO image. */
int image_iso(struct context *ctx, const struct image_options *options);
/* The tree OUTPUT, a directory that a TFTP or HTTP server gives: kernel, boot archive, loaders, menus. SET: the address of a set, for all modes. */
int image_network(struct context *ctx, const struct image_options *options);
/* One machine's entry in the tree OUTPUT, made or changed; its other entries stay. MACHINE's mode NULL: the entry is removed. */
int image_network_machine(struct context *ctx, const struct image_options *options, const struct image_machine *machine);
/* Path of the kernel image for a release that image_* would take ("/boot/vmlinuz-..."), in a new string. */
int image_kernel(struct context *ctx, const struct image_options *options, char **ret_path, char **ret_release);
/* True for a name that image_options.default_entry may have. */
bool image_has_entry(const char *name);

#endif
