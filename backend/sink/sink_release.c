/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ends of what sink_open() and sink_begin() made. */
#include "sink_type.h"

void sink_close(struct sink *sink)
{
	if (!sink || atomic_fetch_sub(&sink->holders, 1) > 1)
		return;
	if (sink->type)
		sink->type->close(sink);
	free(sink->place);
	free(sink);
}

void sink_drop(struct sink_member *member)
{
	if (!member || atomic_fetch_sub(&member->holders, 1) > 1)
		return;
	member->sink->type->drop(member);
	sink_close(member->sink);
	free(member->name);
	free(member);
}
