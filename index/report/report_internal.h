/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the reports share. Folder-private.
 */
#include "model/attribute.h"
#include "report/report.h"
#include "report/table.h"

extern const struct report report_images, report_layers_index, report_summary, report_layers,
    report_history, report_findings, report_stages_index, report_stages_build, report_stages,
    report_instructions, report_copied_in, report_copied_out, report_left_behind,
    report_stage_summary, report_waste, report_files, report_duplicates_index,
    report_duplicates_image, report_duplicates_build, report_duplicates_stage,
    report_tree_image, report_tree_stage;

/* "/usr/bin/x" of node `index`: the next cell. -ENOMEM. */
int report_path_cell(struct table *t, const struct node *nodes, uint32_t index) _must_check_;

#define REPORT_TABLE (1u << REPORT_TSV | 1u << REPORT_JSON)

/* The merged tree of an image, measured (DESIGN 1.3). */
struct image_measure {
	struct layer_bytes *layers; /* owned, one per position */
	struct tree_totals totals;
	uint64_t content, visible, wasted;
};

static inline void image_measure_release(struct image_measure *m)
{
	free(m->layers);
}
int report_measure(const struct report_ctx *ctx, const struct catalog_image *img,
		   struct image_measure *ret, struct err *err) _must_check_;
