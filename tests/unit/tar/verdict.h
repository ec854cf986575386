/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Verdicts as a visitor sees them: a test builds a few members in `tar`, then says what is
 * shown for them or how they are refused. They stand between two good files, so that offsets
 * begin at 1024 and a lost frame is noticed.
 */
#include "record.h"
#include "tarmake.h"
#include "test.h"

extern struct buf tar;
extern struct record rec;

int verdict_begin(void **state);
int verdict_clear(void **state);

/* Walks over it; `tar` is empty afterwards. */
int verdict_walk(struct err *err);
/* The lines of record.h for the members alone. */
void shows(const char *want);
void refuses(const char *message);
/* A pax header of one record. */
void pax(const char *key, struct bytes value);
