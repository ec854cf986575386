/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The publishing transaction: what the intake holds becomes visible at once: layers, locations,
 * images, history, names. An input whose facts are all there already changes nothing, not even
 * the generation.
 */
#include "ingest/writer.h"

/*
 * -EAGAIN: a layer that counted as known is gone (another run that had staged it was refused,
 * or gc came between): read the input again. On failure nothing is changed.
 */
int publish(struct writer *w, struct ingest_result *ret, struct err *err) _must_check_;
