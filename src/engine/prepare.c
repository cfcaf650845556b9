/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - keeps the prepared code of a module's functions, in a bounded cache. */
#include "check.h"

/* Code that a frame returns to when nobody of this module called it. */
static const uint16_t boundary_code[] = {IOP_boundary};

/* Enough for everything that a small program runs. */
#define DEFAULT_CACHE ((size_t)64 * 1024 * 1024)

void ocre__module_lock(const struct ocre_module *m)
{
	if (m->options.lock != NULL) {
		m->options.lock(m->options.lock_ctx);
	}
}

void ocre__module_unlock(const struct ocre_module *m)
{
	if (m->options.unlock != NULL) {
		m->options.unlock(m->options.lock_ctx);
	}
}

static void free_first(struct ocre_module *m)
{
	struct code *code = m->code_list;

	m->code_list = code->next;
	if (m->code_list == NULL) {
		m->code_last = NULL;
	}
	m->codes[code->func] = NULL;
	m->code_size -= code->size;
	ocre_mem_free(m->mem, code, code->size);
}

void ocre__module_free_code(struct ocre_module *m)
{
	while (m->code_list != NULL) {
		free_first(m);
	}
}

/*
 * Make room, oldest first. Only while nobody else may be running the code: whoever prepares is
 * inside the module.
 */
static void evict(struct ocre_module *m, size_t limit)
{
	while (m->inside <= 1 && m->code_list != NULL && m->code_size > limit) {
		free_first(m);
	}
}

static void add(struct ocre_module *m, struct code *code)
{
	if (m->code_last != NULL) {
		m->code_last->next = code;
	} else {
		m->code_list = code;
	}
	m->code_last = code;
	m->code_size += code->size;
	__atomic_store_n(&m->codes[code->func], (const uint16_t *)code->words, __ATOMIC_RELEASE);
}

int ocre__prepare_at_load(struct checker *c, uint32_t func, struct ocre_diag *unused)
{
	struct ocre_diag *diag = c->diag;
	struct code *code = NULL;
	int status;

	c->diag = unused;
	status = ocre__prepare_func(c, func, &code);
	c->diag = diag;
	c->status = OCRE_OK;
	if (status == 0) {
		add(c->m, code);
	}
	return status;
}

static int make_code(struct ocre_module *m, uint32_t func, struct code **code,
		     struct ocre_diag *diag)
{
	struct checker *c;
	int status = ocre__checker_create(m, diag, &c);

	if (status == 0) {
		status = ocre__prepare_func(c, func, code);
		ocre__checker_destroy(c);
	}
	return status;
}

static int prepare(struct ocre_module *m, uint32_t func, struct ocre_diag *diag)
{
	struct code *code = NULL;
	struct ocre_diag first = {0};
	int status;

	if (m->codes[func] != NULL) {
		return OCRE_OK;
	}
	evict(m, m->options.code_cache != 0 ? m->options.code_cache : DEFAULT_CACHE);
	status = make_code(m, func, &code, &first);
	if (status == OCRE_E_NOMEM && m->inside <= 1 && m->code_list != NULL) {
		/* What other functions hold can be made again. */
		evict(m, 0);
		status = make_code(m, func, &code, diag);
	} else if (status != 0) {
		ocre_diag_set(diag, status, first.offset, "%s", first.text);
	}
	if (status == 0) {
		add(m, code);
	}
	return status;
}

int ocre__module_prepare(struct ocre_module *m, uint32_t func, struct ocre_diag *diag)
{
	int status;

	ocre__module_lock(m);
	status = prepare(m, func, diag);
	ocre__module_unlock(m);
	return status;
}

void ocre__module_enter(struct ocre_module *m)
{
	ocre__module_lock(m);
	m->inside++;
	if (m->codes[m->func_count] == NULL) { /* others read it without the lock */
		m->codes[m->func_count] = boundary_code;
	}
	ocre__module_unlock(m);
}

void ocre__module_leave(struct ocre_module *m)
{
	ocre__module_lock(m);
	m->inside--;
	ocre__module_unlock(m);
}

int ocre_module_prepare_all(struct ocre_module *module, struct ocre_diag *diag)
{
	int status = OCRE_OK;

	ocre__module_enter(module);
	for (uint32_t i = module->func_imports; i < module->func_count && status == 0; i++) {
		status = ocre__module_prepare(module, i, diag);
	}
	ocre__module_leave(module);
	return status;
}

size_t ocre_module_code_size(const struct ocre_module *module)
{
	return module->code_size;
}
