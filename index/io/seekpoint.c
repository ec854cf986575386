/* SPDX-License-Identifier: MIT */
#include "io/seekpoint.h"

void seekpoints_release(struct seekpoints *p)
{
	for (size_t i = 0; i < p->points.n; i++)
		free(p->points.v[i].window);
	seekpoint_vec_release(&p->points);
}

int seekpoints_add(struct seekpoints *p, const struct seekpoint *sp)
{
	struct seekpoint copy = *sp;
	int r;

	copy.window = NULL;
	if (sp->window_len) {
		copy.window = malloc(sp->window_len);
		if (!copy.window)
			return -ENOMEM;
		memcpy(copy.window, sp->window, sp->window_len);
	}
	r = seekpoint_vec_push(&p->points, copy);
	if (r < 0)
		free(copy.window);
	return r;
}

uint64_t seekpoints_widest(const struct seekpoints *p, uint64_t size)
{
	uint64_t at = 0, widest = 0;

	for (size_t i = 0; i < p->points.n; i++) {
		uint64_t out = p->points.v[i].out;

		if (out > at)
			widest = MAX(widest, out - at);
		at = out;
	}
	return size > at ? MAX(widest, size - at) : widest;
}
