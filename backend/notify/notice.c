/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notice.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"

#define HOST_MAX 255
#define WORD_MAX 40
#define GENERATIONS_MAX 1000000u

static const char *const kinds[] = { [NOTICE_BEGIN] = "begin", [NOTICE_PROGRESS] = "progress", [NOTICE_ONCE] = "once", [NOTICE_END] = "end" };

const char *notice_kind_name(enum notice_kind kind)
{
	return kinds[kind];
}

void notice_done(struct notice *notice)
{
	free(notice->boot);
	free(notice->mac);
	free(notice->uuid);
	free(notice->host);
	free(notice->set);
	free(notice->mode);
	free(notice->phase);
	free(notice->question);
	free(notice->end);
	free(notice->once);
	*notice = (struct notice){ 0 };
}

bool token_split(const char *text, char ret_id[TOKEN_DIGITS + 1], unsigned *ret_generation)
{
	uint64_t generation;

	for (size_t i = 0; i < TOKEN_DIGITS; i++)
		if (!isdigit((unsigned char)text[i]) && (text[i] < 'a' || text[i] > 'f'))
			return false;
	if (text[TOKEN_DIGITS] != '.' || !parse_decimal(text + TOKEN_DIGITS + 1, &generation) || generation > GENERATIONS_MAX)
		return false;
	memcpy(ret_id, text, TOKEN_DIGITS);
	ret_id[TOKEN_DIGITS] = '\0';
	*ret_generation = (unsigned)generation;
	return true;
}

/* ---- writing ---- */

static json_t *number(double value)
{
	return value < 0 || !isfinite(value) ? json_null() : json_real(value);
}

json_t *notice_to_json(const struct notice *notice, const char *time)
{
	json_t *object = json_pack("{si, sI, ss?, ss?, s{ss?, ss?}, ss?, ss?, ss?, ss?, ss?, so, so, so}", "lifeboat", NOTICE_VERSION, "sequence",
				   (json_int_t)notice->sequence, "time", time, "boot", notice->boot, "machine", "mac", notice->mac, "uuid",
				   notice->uuid, "host", notice->host, "set", notice->set, "mode", notice->mode, "phase", notice->phase, "question",
				   notice->question, "fraction", number(notice->fraction), "rate", number(notice->rate), "eta", number(notice->eta));
	int bad = !object || json_object_set_new(object, "event", json_string(kinds[notice->kind])) < 0;

	if (object && notice->once)
		bad |= json_object_set_new(object, "once", json_string(notice->once));
	if (object && notice->kind == NOTICE_ONCE)
		bad |= json_object_set_new(object, "resumes", json_boolean(notice->resumes));
	if (object && notice->kind == NOTICE_END) {
		bad |= json_object_set_new(object, "end", json_string(notice->end));
		bad |= json_object_set_new(object, "status", json_integer(notice->status));
	}
	if (!bad)
		return object;
	json_decref(object);
	return NULL;
}

/* ---- reading ---- */

/* What a member may hold; "" is as good as nothing. Each takes a copy in *RET: 0, -EINVAL, -ENOMEM. */
typedef int (*read_text)(const char *text, char **ret);

static int copy(const char *text, char **ret)
{
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int read_uuid(const char *text, char **ret)
{
	char lower[UUID_STR_LEN];
	uuid_t uuid;

	if (uuid_parse(text, uuid) < 0)
		return -EINVAL;
	uuid_unparse_lower(uuid, lower);
	return copy(lower, ret);
}

static int read_mac(const char *text, char **ret)
{
	char lower[18];

	if (strlen(text) != 17)
		return -EINVAL;
	for (size_t i = 0; i < 17; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return -EINVAL;
		lower[i] = (char)tolower((unsigned char)text[i]);
	}
	lower[17] = '\0';
	return copy(lower, ret);
}

/* Names of machines reach terminals and files. */
static int read_host(const char *text, char **ret)
{
	if (strlen(text) > HOST_MAX)
		return -EINVAL;
	*ret = text_printable(text);
	return *ret ? 0 : -ENOMEM;
}

static int read_word(const char *text, char **ret)
{
	if (strlen(text) > WORD_MAX)
		return -EINVAL;
	for (const char *c = text; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
			return -EINVAL;
	return copy(text, ret);
}

static int read_token(const char *text, char **ret)
{
	char id[TOKEN_DIGITS + 1];
	unsigned generation;

	return token_split(text, id, &generation) ? copy(text, ret) : -EINVAL;
}

static int read_member(json_t *object, const char *key, read_text read, char **ret)
{
	json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
		return -EINVAL;
	return json_string_length(value) ? read(json_string_value(value), ret) : 0;
}

static int read_number(json_t *object, const char *key, double most, double *ret)
{
	json_t *value = json_object_get(object, key);

	*ret = -1;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_number(value) || json_number_value(value) < 0 || !(json_number_value(value) <= most))
		return -EINVAL;
	*ret = json_number_value(value);
	return 0;
}

static int read_kind(json_t *object, enum notice_kind *ret)
{
	const char *name = json_string_value(json_object_get(object, "event"));

	for (size_t i = 0; name && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(name, kinds[i])) {
			*ret = (enum notice_kind)i;
			return 0;
		}
	return -EINVAL;
}

static int read_sequence(json_t *object, struct notice *ret)
{
	json_t *value = json_object_get(object, "sequence");

	if (!json_is_integer(value) || json_integer_value(value) < 1)
		return -EINVAL;
	ret->sequence = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_end(json_t *object, struct notice *ret)
{
	json_t *status = json_object_get(object, "status");
	int r = read_member(object, "end", read_word, &ret->end);

	if (r < 0 || ret->kind != NOTICE_END)
		return r;
	if (!ret->end || !json_is_integer(status) || json_integer_value(status) < 0 || json_integer_value(status) > 255)
		return -EINVAL;
	ret->status = (int)json_integer_value(status);
	return 0;
}

static int read_all(json_t *object, struct notice *ret, const char **ret_why)
{
	static const struct {
		const char *key;
		size_t offset;
		read_text read;
	} texts[] = {
		{ "host", offsetof(struct notice, host), read_host },       { "set", offsetof(struct notice, set), read_uuid },
		{ "mode", offsetof(struct notice, mode), read_word },       { "phase", offsetof(struct notice, phase), read_word },
		{ "question", offsetof(struct notice, question), read_word }, { "once", offsetof(struct notice, once), read_token },
		{ "boot", offsetof(struct notice, boot), read_uuid },
	};
	json_t *machine = json_object_get(object, "machine");
	int r = 0;

#define READ(key, what) \
	do { \
		*ret_why = key; \
		r = what; \
		if (r < 0) \
			return r; \
	} while (0)
	READ("event", read_kind(object, &ret->kind));
	READ("sequence", read_sequence(object, ret));
	READ("machine", json_is_object(machine) ? 0 : -EINVAL);
	READ("machine", read_member(machine, "mac", read_mac, &ret->mac));
	READ("machine", read_member(machine, "uuid", read_uuid, &ret->uuid));
	READ("machine", ret->mac || ret->uuid ? 0 : -EINVAL);
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		READ(texts[i].key, read_member(object, texts[i].key, texts[i].read, (char **)((char *)ret + texts[i].offset)));
	READ("boot", ret->boot ? 0 : -EINVAL);
	READ("fraction", read_number(object, "fraction", 1, &ret->fraction));
	READ("rate", read_number(object, "rate", 1e15, &ret->rate));
	READ("eta", read_number(object, "eta", 1e9, &ret->eta));
	READ("end", read_end(object, ret));
	READ("once", ret->kind == NOTICE_ONCE && (!ret->once || !ret->set) ? -EINVAL : 0);
#undef READ
	ret->resumes = json_is_true(json_object_get(object, "resumes"));
	return 0;
}

int notice_of_json(json_t *object, struct notice *ret, const char **ret_why)
{
	struct notice notice = { 0 };
	int r;

	*ret_why = "lifeboat";
	if (!json_is_object(object) || json_integer_value(json_object_get(object, "lifeboat")) != NOTICE_VERSION)
		return -EINVAL;
	r = read_all(object, &notice, ret_why);
	if (r < 0)
		notice_done(&notice);
	else
		*ret = notice;
	return r;
}

int notice_parse(const char *text, size_t length, struct notice *ret, const char **ret_why)
{
	json_auto_t *object = length <= NOTICE_LIMIT ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;

	*ret_why = "JSON";
	return object ? notice_of_json(object, ret, ret_why) : -EINVAL;
}
