#include "event.h"

#include <string.h>
#include <time.h>

#include "bytes.h"
#include "location.h"

json_t *event_log(enum severity severity, const char *text)
{
	AUTO_FREE char *scrubbed = text_scrub(text), *printable = scrubbed ? text_printable(scrubbed) : NULL;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return json_pack("{s:s, s:s, s:f, s:s}", "event", "log", "level", severity_name(severity), "time",
			 (double)now.tv_sec + (double)now.tv_nsec / 1e9, "text", printable ? printable : "(out of memory)");
}

json_t *event_phase(const char *name, const char *state, const char *text)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "event", "phase", "phase", name, "state", state, "text", text ? text : "");
}
