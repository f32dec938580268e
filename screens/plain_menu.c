/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_menu.h"

#include <string.h>

#include "../ui/line.h"
#include "ask.h"
#include "plain_text.h"
#include "text.h"

static bool compares(const struct model *model)
{
	return !strcmp(model->mode, "compare");
}

static const char *choice_text(const struct model *model, enum menu_choice choice)
{
	switch (choice) {
	case MENU_STOP:
		return compares(model) ? _("Stop the comparison") : _("Stop the restore");
	case MENU_REBOOT:
		return _("Restart the machine");
	case MENU_POWEROFF:
		return _("Switch the machine off");
	case MENU_LEAVE:
		return _("Leave this console; the session continues");
	default:
		return _("Stay here");
	}
}

static void open_sure(struct menu *menu, const struct model *model, enum menu_choice choice, FILE *out)
{
	static const struct { const char *restore, *compare; } questions[] = {
		[MENU_STOP] = { N_("Stop the restore?"), N_("Stop the comparison?") },
		[MENU_REBOOT] = { N_("Restart the machine?"), N_("Restart the machine?") },
		[MENU_POWEROFF] = { N_("Switch the machine off?"), N_("Switch the machine off?") },
	};

	*menu = (struct menu){ .open = true, .sure = choice };
	plain_text(out, "", compares(model) ? _(questions[choice].compare) : _(questions[choice].restore));
	if (choice != MENU_STOP)
		plain_text(out, "", _("The session ends. A restore that is under way stays unfinished."));
	else if (compares(model))
		plain_text(out, "", _("Nothing was written to any disk."));
	else if (model_may_have_written(model))
		plain_text(out, "", _("The restore stops within seconds. Disks have already been written to: the machine stays half "
				      "restored and may not start until it is restored again."));
	else
		plain_text(out, "", _("Nothing has been written yet. The choices made until now are forgotten."));
}

void menu_open_stop(struct menu *menu, const struct model *model, FILE *out)
{
	open_sure(menu, model, MENU_STOP, out);
}

void menu_open_quit(struct menu *menu, const struct model *model, bool leaves, FILE *out)
{
	*menu = (struct menu){ .open = true };
	menu->choices[menu->count++] = MENU_STAY;
	if (!model->end)
		menu->choices[menu->count++] = MENU_STOP;
	if (model->rescue) {
		menu->choices[menu->count++] = MENU_REBOOT;
		menu->choices[menu->count++] = MENU_POWEROFF;
	}
	if (leaves)
		menu->choices[menu->count++] = MENU_LEAVE;
	for (size_t i = 0; i < menu->count; i++) {
		AUTO_FREE char *number = line_format("  %zu) ", i + 1);

		plain_text(out, number, choice_text(model, menu->choices[i]));
	}
}

void menu_prompt(const struct menu *menu, FILE *out)
{
	fputs(menu->sure == MENU_AGAIN ? _("Number [1]: ") : _("yes or no [no]: "), out);
	fflush(out);
}

enum menu_choice menu_line(struct menu *menu, const struct model *model, const char *line, FILE *out)
{
	enum menu_choice choice = MENU_STAY;
	uint64_t number = 1;

	if (menu->sure != MENU_AGAIN) {
		int yes = *line ? ask_yes_or_no(line) : 0;

		if (yes < 0) {
			plain_text(out, "", _("Please type yes or no."));
			return MENU_AGAIN;
		}
		choice = yes ? menu->sure : MENU_STAY;
	} else {
		if (*line && (!parse_u64(line, &number) || number < 1 || number > menu->count)) {
			plain_text(out, "", _("Please type one of the numbers above."));
			return MENU_AGAIN;
		}
		choice = menu->choices[number - 1];
		if (choice != MENU_STAY && choice != MENU_LEAVE) {
			open_sure(menu, model, choice, out);
			return MENU_AGAIN;
		}
	}
	menu->open = false;
	return choice;
}
