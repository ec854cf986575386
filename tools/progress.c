/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "report/report.h"
#include "util/escape.h"

#include <stdio.h>
#include <string.h>

#define BAR_CELLS 20

void progress_init(struct progress *p, bool quiet)
{
	p->on = !quiet && isatty(STDERR_FILENO);
	p->drawn = false;
	clock_gettime(CLOCK_MONOTONIC, &p->start);
}

static double elapsed(const struct progress *p)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - p->start.tv_sec) +
	       (double)(now.tv_nsec - p->start.tv_nsec) / 1e9;
}

static void draw_bar(char out[BAR_CELLS + 1], double part)
{
	int full = (int)(part * BAR_CELLS);

	memset(out, '.', BAR_CELLS);
	memset(out, '#', (size_t)MIN(MAX(full, 0), BAR_CELLS));
	out[BAR_CELLS] = 0;
}

void progress_event(void *arg, const struct ingest_progress *e)
{
	struct progress *p = arg;
	double seconds = elapsed(p), part;
	char bar[BAR_CELLS + 1], done[16], all[16], rate[16];

	if (!p->on || seconds < 1 || !e->bytes_all)
		return;
	part = (double)e->bytes / (double)e->bytes_all;
	draw_bar(bar, part);
	fprintf(stderr, "\r\033[K[%s] layer %u of %u  %s of %s  %s/s", bar, e->layer, e->layers,
		format_size(e->bytes, done), format_size(e->bytes_all, all),
		format_size((uint64_t)((double)e->bytes / seconds), rate));
	if (part > 0.02)
		fprintf(stderr, "  %.0f s left", seconds / part - seconds);
	fflush(stderr);
	p->drawn = true;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
