/* SPDX-License-Identifier: MIT */
/* Mail and passwords are nobody else's business. */
#ifndef DAEMON_BASE_HARDEN_H
#define DAEMON_BASE_HARDEN_H

/* For the beginning of a program: what it makes is for its user only, its
 * memory is not dumped, a reader that went away is no signal, and it may have
 * as many descriptors as the system allows. */
void harden_process(void);

#endif
