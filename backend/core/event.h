/* The events of the engine, built in one place. An event is a JSON object with "event": its name; the same object goes to
 * the log, to every attached front end and to tests. docs/engine-protocol.md lists them all with their fields.
 */
#ifndef LIFEBOAT_CORE_EVENT_H
#define LIFEBOAT_CORE_EVENT_H

#include "context.h"

/* {"event":"log","level":NAME,"time":seconds since the epoch,"text":TEXT}. New reference; TEXT goes through
 * text_scrub() and text_printable(). */
json_t *event_log(enum severity severity, const char *text);
/* {"event":"phase","phase":NAME,"state":"running"|"done"|"skipped"|"failed","text":TEXT} */
json_t *event_phase(const char *name, const char *state, const char *text);

#endif
