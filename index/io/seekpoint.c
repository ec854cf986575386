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
