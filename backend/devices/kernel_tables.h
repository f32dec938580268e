/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's tables of mounted filesystems and of swap, as libmount reads them. */
#ifndef LIFEBOAT_DEVICES_KERNEL_TABLES_H
#define LIFEBOAT_DEVICES_KERNEL_TABLES_H

#include <libmount/libmount.h>

#include "../core/context.h"
#include "../core/macro.h"

/* The entries of TEXT, a mountinfo file (proc(5)), in its order. STRICT: a line that is none is an error, otherwise it is skipped. A new
 * table in *RET; 0, -EINVAL or -ENOMEM. */
MUST_CHECK int kernel_mounts_parse(const char *text, bool strict, struct libmnt_table **ret);
/* The swap in use, below CTX's prefix; files that were deleted are left out. A new table in *RET, without entries where the kernel has no
 * swap. 0 or -errno with a sentence. */
MUST_CHECK int kernel_swaps_read(struct context *ctx, struct libmnt_table **ret);
/* A swap of that table is on a block device. What a file is called is not asked for: maybe nobody answers where it lies. */
bool kernel_swap_is_device(struct libmnt_fs *swap);

static inline void cleanup_libmnt_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}
#define AUTO_LIBMNT_TABLE CLEANUP(cleanup_libmnt_table)

static inline void cleanup_libmnt_iter(struct libmnt_iter **iterator)
{
	mnt_free_iter(*iterator);
}
#define AUTO_LIBMNT_ITER CLEANUP(cleanup_libmnt_iter)

#endif
