/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target.h"

#include "hold.h"
#include "luks_keys.h"

void target_done(struct target *target)
{
	hold_release(target);
	luks_keys_wipe(target);
	layout_free(TAKE_POINTER(target->captured));
	layout_free(TAKE_POINTER(target->wanted));
	layout_free(TAKE_POINTER(target->present));
	layout_free(TAKE_POINTER(target->result));
	free(TAKE_POINTER(target->root));
}
