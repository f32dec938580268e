/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session.h"

#include "phase_table.h"
#include "walker.h"

#define MANIFEST (MODE_BIT(MODE_ASK) | MODES_RESTORE | MODE_BIT(MODE_COMPARE))

/* In the order of walking. docs/phases.md draws it. */
static const struct phase phases[] = {
	{ "early", N_("Start of the rescue system"), MODES_ALL, true, phase_early },
	{ "essential-modules", N_("Drivers from the boot archive"), MODES_ALL, true, phase_essential_modules },
	{ "network", N_("Network"), MODES_ALL, true, phase_network },
	{ "media", N_("Looking for recovery sets"), MODES_ALL, true, phase_media },
	{ "tools", N_("Tools from the medium"), MODES_ALL, true, phase_tools },
	{ "all-modules", "All drivers", MODES_ALL, true, phase_all_modules },
	{ "subsystems", N_("Arrays and volume groups"), MODES_ALL, true, phase_subsystems },
	{ "mode", "What to do", MODES_ALL, false, phase_mode },
	{ "expert", N_("Shell"), MODE_BIT(MODE_EXPERT), true, phase_expert },
	{ "manifest", N_("Recovery set"), MANIFEST, false, phase_manifest },
	{ "plan", N_("Plan"), MODES_RESTORE, false, phase_plan },
	{ "confirm", N_("Consent"), MODES_RESTORE, false, phase_confirm },
	{ "disks", N_("Preparing the disks"), MODES_RESTORE, false, phase_disks },
	{ "extract", "Restoring files", MODES_RESTORE, false, phase_extract },
	{ "boot", N_("Making the system bootable"), MODES_RESTORE, false, phase_boot },
	{ "verify", N_("Verifying what was restored"), MODES_RESTORE, false, phase_verify },
	{ "compare", N_("Comparing"), MODE_BIT(MODE_COMPARE), false, phase_compare },
	{ "finish", N_("Finishing"), MODES_RESTORE, false, phase_finish },
};

enum end_state session_run(struct context *ctx, const struct session_options *options)
{
	return session_run_table(ctx, options, phases, ARRAY_LENGTH(phases));
}
