/* The engine's one public header: everything a front end may use. Front ends see no other header of the backend. */
#ifndef LIFEBOAT_H
#define LIFEBOAT_H

#include "protocol/client.h"
#include "machine/cmdline.h"
#include "init/init.h"
#include "session/session.h"
#include "capture/capture.h"
#include "core/bytes.h"
#include "core/context.h"
#include "core/event.h"
#include "core/ops.h"
#include "core/processes.h"
#include "core/progress.h"
#include "core/version.h"
#include "core/wake.h"
#include "core/wiped_json.h"
#include "finish/drivers_foresee.h"
#include "machine/disk_words.h"
#include "image/image.h"
#include "probe/differences.h"
#include "plan/plan.h"
#include "probe/probe.h"
#include "rehearse/rehearse.h"
#include "restore/compare.h"
#include "restore/extract.h"
#include "restore/room.h"
#include "restore/selection.h"
#include "set/index.h"
#include "set/set.h"
#include "set/verify.h"

#endif
