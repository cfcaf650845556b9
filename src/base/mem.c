/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c - counted memory with a limit. Knows no allocator of its own. */
#include <ocre/base.h>

#include <string.h>

void ocre_mem_init(struct ocre_mem *mem, void *(*resize)(void *, void *, size_t, size_t), void *ctx,
		   size_t limit)
{
	memset(mem, 0, sizeof(*mem));
	mem->resize = resize;
	mem->ctx = ctx;
	mem->limit = limit;
}

/* No library for targets without atomic instructions: those run one thread. */
#if UINTPTR_MAX > 0xffffffffu
#define ATOMIC_SIZE (__GCC_ATOMIC_LLONG_LOCK_FREE == 2)
#else
#define ATOMIC_SIZE (__GCC_ATOMIC_INT_LOCK_FREE == 2)
#endif

#if ATOMIC_SIZE
static bool charge_atomically(struct ocre_mem *mem, size_t size)
{
	size_t used = __atomic_load_n(&mem->used, __ATOMIC_RELAXED);
	size_t peak = __atomic_load_n(&mem->peak, __ATOMIC_RELAXED);

	do {
		if (size > mem->limit || used > mem->limit - size) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&mem->used, &used, used + size, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	while (peak < used + size &&
	       !__atomic_compare_exchange_n(&mem->peak, &peak, used + size, true, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED)) {
	}
	return true;
}
#endif

static bool charge(struct ocre_mem *mem, size_t size)
{
#if ATOMIC_SIZE
	if (mem->threads) {
		return charge_atomically(mem, size);
	}
#endif
	if (size > mem->limit || mem->used > mem->limit - size) {
		return false;
	}
	mem->used += size;
	if (mem->used > mem->peak) {
		mem->peak = mem->used;
	}
	return true;
}

static void uncharge(struct ocre_mem *mem, size_t size)
{
#if ATOMIC_SIZE
	if (mem->threads) {
		__atomic_fetch_sub(&mem->used, size, __ATOMIC_RELAXED);
		return;
	}
#endif
	mem->used -= size;
}

bool ocre_mem_charge(struct ocre_mem *mem, size_t size)
{
	for (struct ocre_mem *m = mem; m != NULL; m = m->parent) {
		if (!charge(m, size)) {
			for (; mem != m; mem = mem->parent) {
				uncharge(mem, size);
			}
			return false;
		}
	}
	return true;
}

void ocre_mem_uncharge(struct ocre_mem *mem, size_t size)
{
	for (; mem != NULL; mem = mem->parent) {
		uncharge(mem, size);
	}
}

size_t ocre_mem_room(const struct ocre_mem *mem)
{
	size_t room = SIZE_MAX;

	for (; mem != NULL; mem = mem->parent) {
#if ATOMIC_SIZE
		size_t left = mem->limit - __atomic_load_n(&mem->used, __ATOMIC_RELAXED);
#else
		size_t left = mem->limit - mem->used;
#endif
		room = left < room ? left : room;
	}
	return room;
}

void *ocre_mem_alloc(struct ocre_mem *mem, size_t size)
{
	void *ptr = ocre_mem_resize(mem, NULL, 0, size);

	if (ptr != NULL) {
		memset(ptr, 0, size);
	}
	return ptr;
}

void *ocre_mem_alloc_array(struct ocre_mem *mem, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size) {
		return NULL;
	}
	return ocre_mem_alloc(mem, count * size);
}

void *ocre_mem_resize(struct ocre_mem *mem, void *ptr, size_t old_size, size_t new_size)
{
	void *result;

	if (new_size == 0) {
		ocre_mem_free(mem, ptr, old_size);
		return NULL;
	}
	if (new_size > old_size && !ocre_mem_charge(mem, new_size - old_size)) {
		return NULL;
	}
	result = mem->resize(mem->ctx, ptr, old_size, new_size);
	if (result == NULL) {
		if (new_size > old_size) {
			ocre_mem_uncharge(mem, new_size - old_size);
		}
		return NULL;
	}
	if (new_size < old_size) {
		ocre_mem_uncharge(mem, old_size - new_size);
	}
	return result;
}

void ocre_mem_free(struct ocre_mem *mem, void *ptr, size_t size)
{
	if (ptr == NULL) {
		return;
	}
	mem->resize(mem->ctx, ptr, size, 0);
	ocre_mem_uncharge(mem, size);
}
