/* The phase table, in the order of walking. docs/phases.md draws it. */
#include "phase_table.h"

#define MANIFEST (MODE_BIT(MODE_ASK) | MODES_RESTORE | MODE_BIT(MODE_COMPARE))

const struct phase session_phases[] = {
	{ "early", "Start of the rescue system", MODES_ALL, true, phase_early },
	{ "essential-modules", "Drivers from the boot archive", MODES_ALL, true, phase_essential_modules },
	{ "network", "Network", MODES_ALL, true, phase_network },
	{ "media", "Looking for recovery sets", MODES_ALL, true, phase_media },
	{ "tools", "Tools from the medium", MODES_ALL, true, phase_tools },
	{ "all-modules", "All drivers", MODES_ALL, true, phase_all_modules },
	{ "subsystems", "Arrays and volume groups", MODES_ALL, true, phase_subsystems },
	{ "mode", "What to do", MODES_ALL, false, phase_mode },
	{ "expert", "Shell", MODE_BIT(MODE_EXPERT), true, phase_expert },
	{ "manifest", "Checking the recovery set", MANIFEST, false, phase_manifest },
	{ "plan", "Plan", MODES_RESTORE, false, phase_plan },
	{ "confirm", "Consent", MODES_RESTORE, false, phase_confirm },
	{ "disks", "Preparing the disks", MODES_RESTORE, false, phase_disks },
	{ "extract", "Restoring files", MODES_RESTORE, false, phase_extract },
	{ "boot", "Making the system bootable", MODES_RESTORE, false, phase_boot },
	{ "verify", "Verifying what was restored", MODES_RESTORE, false, phase_verify },
	{ "compare", "Comparing", MODE_BIT(MODE_COMPARE), false, phase_compare },
	{ "finish", "Finishing", MODES_RESTORE, false, phase_finish },
};

const size_t session_phase_count = ARRAY_LENGTH(session_phases);
