/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plural.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64 /* of parentheses and operators */

/* A parser that computes as it reads. Both arms of what C would not evaluate are read; nothing has a side effect. */
struct parser {
	const char *at;
	unsigned long number;
	unsigned depth;
	bool bad;
};

static const struct operator {
	const char *text;
	int binding;             /* stronger binds tighter */
} operators[] = {
	/* Longer ones first. */
	{ "||", 1 }, { "&&", 2 }, { "==", 3 }, { "!=", 3 }, { "<=", 4 }, { ">=", 4 }, { "<", 4 },
	{ ">", 4 },  { "+", 5 },  { "-", 5 },  { "*", 6 },  { "/", 6 },  { "%", 6 },
};

static unsigned long read_choice(struct parser *parser);

static void skip_blanks(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

static bool take(struct parser *parser, const char *text)
{
	skip_blanks(parser);
	if (strncmp(parser->at, text, strlen(text)))
		return false;
	parser->at += strlen(text);
	return true;
}

static unsigned long read_value(struct parser *parser)
{
	unsigned long value = 0;
	char *end;

	skip_blanks(parser);
	if (++parser->depth > DEPTH_MAX) {
		parser->bad = true;
	} else if (take(parser, "!")) {
		value = !read_value(parser);
	} else if (take(parser, "(")) {
		value = read_choice(parser);
		if (!take(parser, ")"))
			parser->bad = true;
	} else if (take(parser, "n")) {
		value = parser->number;
	} else if (isdigit((unsigned char)*parser->at)) {
		value = strtoul(parser->at, &end, 10);
		parser->at = end;
	} else {
		parser->bad = true;
	}
	parser->depth--;
	return value;
}

static const struct operator *peek_operator(struct parser *parser)
{
	skip_blanks(parser);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (!strncmp(parser->at, operators[i].text, strlen(operators[i].text)))
			return &operators[i];
	return NULL;
}

static unsigned long compute(struct parser *parser, const char *operator, unsigned long a, unsigned long b)
{
	switch (operator[0]) {
	case '|':
		return a || b;
	case '&':
		return a && b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	case '<':
		return operator[1] ? a <= b : a < b;
	case '>':
		return operator[1] ? a >= b : a > b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	default:
		if (b == 0) {
			parser->bad = true;
			return 0;
		}
		return operator[0] == '/' ? a / b : a % b;
	}
}

/* Operators that bind at least as tightly as BINDING, from left to right. */
static unsigned long read_operators(struct parser *parser, int binding)
{
	unsigned long value = read_value(parser);
	const struct operator *operator;

	while (!parser->bad && (operator = peek_operator(parser)) && operator->binding >= binding) {
		parser->at += strlen(operator->text);
		value = compute(parser, operator->text, value, read_operators(parser, operator->binding + 1));
	}
	return value;
}

static unsigned long read_choice(struct parser *parser)
{
	unsigned long value = read_operators(parser, 1), yes, no;

	if (parser->bad || !take(parser, "?"))
		return value;
	if (++parser->depth > DEPTH_MAX)
		parser->bad = true;
	yes = parser->bad ? 0 : read_choice(parser);
	if (!take(parser, ":"))
		parser->bad = true;
	no = parser->bad ? 0 : read_choice(parser);
	parser->depth--;
	return value ? yes : no;
}

bool plural_evaluate(const char *expression, unsigned long number, unsigned long *ret)
{
	struct parser parser = { .at = expression, .number = number };
	unsigned long value = read_choice(&parser);

	skip_blanks(&parser);
	if (parser.bad || (*parser.at && *parser.at != ';'))
		return false;
	*ret = value;
	return true;
}
