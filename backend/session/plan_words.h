/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a plan that resumes an interrupted restore. */
#ifndef LIFEBOAT_SESSION_PLAN_WORDS_H
#define LIFEBOAT_SESSION_PLAN_WORDS_H

#include "../resume/run.h"

/* What is said of a plan that resumes at STAGE; to be translated. */
const char *plan_resume_words(enum restore_stage stage);

#endif
