/* SPDX-License-Identifier: MIT */
/* The only place that includes cmocka: it wants these headers before it, in
 * an order that no formatter keeps. */
#ifndef TESTS_SUPPORT_T_H
#define TESTS_SUPPORT_T_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
