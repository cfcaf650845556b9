/* SPDX-License-Identifier: Apache-2.0 */
/* strhash.c - strings: words are made, put into a chained hash table, counted and looked up. */
#include "kernel.h"

#include <string.h>

const char kernel_name[] = "strhash";

#define BUCKETS	 1024
#define ENTRIES	 4096
#define TEXT	 65536
#define WORD_MAX 12

struct entry {
	const char *word;
	struct entry *next;
	uint32_t count;
};

static struct entry *table[BUCKETS];
static struct entry entries[ENTRIES];
static char text[TEXT];
static uint32_t entry_count, text_used;

static uint32_t hash(const char *word)
{
	uint32_t h = 2166136261u;

	while (*word != '\0') {
		h = (h ^ (uint8_t)*word++) * 16777619u;
	}
	return h;
}

/* A word of 2 to 11 letters out of few syllables, so that many come again. */
static void make_word(char *word, uint32_t *seed)
{
	static const char syllable[8][3] = {"ka", "to", "mi", "re", "su", "no", "ha", "li"};
	uint32_t length = 1 + kernel_random(seed) % 5;

	for (uint32_t i = 0; i < length; i++) {
		memcpy(word + 2 * i, syllable[kernel_random(seed) >> 5 & 7], 2);
	}
	word[2 * length] = '\0';
}

static struct entry *lookup(const char *word, int add)
{
	uint32_t slot = hash(word) % BUCKETS;
	size_t size;

	for (struct entry *e = table[slot]; e != NULL; e = e->next) {
		if (strcmp(e->word, word) == 0) {
			return e;
		}
	}
	size = strlen(word) + 1;
	if (!add || entry_count == ENTRIES || text_used + size > TEXT) {
		return NULL;
	}
	entries[entry_count].word = memcpy(text + text_used, word, size);
	entries[entry_count].next = table[slot];
	entries[entry_count].count = 0;
	text_used += (uint32_t)size;
	return table[slot] = &entries[entry_count++];
}

uint32_t kernel_run(void)
{
	uint32_t seed = 31337, sum = 0;
	char word[WORD_MAX];

	memset(table, 0, sizeof(table));
	entry_count = text_used = 0;
	for (int i = 0; i < 20000; i++) {
		struct entry *e;

		make_word(word, &seed);
		e = lookup(word, i < 15000);
		if (e != NULL) {
			e->count++;
		} else {
			sum++;
		}
	}
	for (uint32_t i = 0; i < entry_count; i++) {
		sum = sum * 17 + entries[i].count + hash(entries[i].word);
	}
	return sum;
}
