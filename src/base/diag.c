/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - fills a diagnostic. A formatter of its own, because devices have no printf to spare. */
#include <ocre/base.h>

#include <stdarg.h>

struct text {
	char *at;
	char *end; /* the last byte, kept for the terminator */
};

static void put_char(struct text *t, char c)
{
	if (t->at < t->end) {
		*t->at++ = c;
	}
}

/* Names come from modules and files: they must not end the line, nor command a terminal. */
static void put_string(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		bool control = (unsigned char)*s < ' ' || *s == 0x7f;

		put_char(t, !control ? *s : *s == '\n' ? ' ' : '?');
	}
}

static void put_number(struct text *t, uint32_t value, uint32_t base)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (n > 0) {
		put_char(t, digits[--n]);
	}
}

static void put_format(struct text *t, const char *format, va_list args)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put_char(t, *format);
			continue;
		}
		format++;
		if (*format == 's') {
			put_string(t, va_arg(args, const char *));
		} else if (*format == 'u') {
			put_number(t, va_arg(args, uint32_t), 10);
		} else if (*format == 'x') {
			put_number(t, va_arg(args, uint32_t), 16);
		} else if (*format == 'd') {
			int32_t value = va_arg(args, int32_t);

			if (value < 0) {
				put_char(t, '-');
			}
			put_number(t, value < 0 ? 0u - (uint32_t)value : (uint32_t)value, 10);
		} else if (*format == '\0') {
			return;
		} else {
			put_char(t, *format);
		}
	}
}

int ocre_diag_set(struct ocre_diag *diag, int status, uint32_t offset, const char *format, ...)
{
	struct text t;
	va_list args;

	if (diag == NULL || diag->status != 0) {
		return status;
	}
	diag->status = status;
	diag->offset = offset;
	t.at = diag->text;
	t.end = diag->text + sizeof(diag->text) - 1;
	va_start(args, format);
	put_format(&t, format, args);
	va_end(args);
	*t.at = '\0';
	return status;
}
