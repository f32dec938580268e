/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy.h"

#define ASK POLICY_ASK
#define CERTAIN POLICY_CERTAIN
#define OR_END POLICY_CERTAIN_OR_END

/* Columns: mode not known yet, interactive, nuke, expert, compare. */
const struct policy_row console_policy[] = {
	{ "welcome", { ASK, ASK, OR_END, CERTAIN, CERTAIN } },
	{ "mode", { ASK, ASK, OR_END, ASK, ASK } },
	{ "resume", { ASK, ASK, OR_END, ASK, ASK } },
	{ "hardware", { ASK, ASK, OR_END, CERTAIN, CERTAIN } },
	{ "network", { ASK, ASK, OR_END, ASK, ASK } },
	{ "host-key", { ASK, ASK, OR_END, ASK, ASK } },
	{ "set", { ASK, ASK, OR_END, ASK, CERTAIN } },
	{ "disks", { ASK, ASK, OR_END, ASK, ASK } },
	{ "plan", { ASK, ASK, OR_END, ASK, ASK } },
	{ "confirm", { ASK, ASK, OR_END, ASK, ASK } },
	{ "unverified", { ASK, ASK, OR_END, ASK, ASK } },
	{ "set-damaged", { ASK, ASK, OR_END, ASK, ASK } },
	{ "media-lost", { ASK, ASK, OR_END, ASK, ASK } },
	/* The engine waits for a drive, not for a decision. */
	{ "disc", { ASK, ASK, ASK, ASK, ASK } },
	{ "verify-problems", { ASK, ASK, OR_END, ASK, ASK } },
	{ "compare-result", { ASK, ASK, ASK, ASK, ASK } },
	{ "expert", { ASK, ASK, ASK, ASK, ASK } },
	/* Nothing can be lost any more: in nuke mode too the screen stays for a person where the engine has no default. */
	{ "result", { ASK, ASK, CERTAIN, ASK, ASK } },
	{ "*", { ASK, ASK, OR_END, ASK, ASK } },
};
