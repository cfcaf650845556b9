/* SPDX-License-Identifier: Apache-2.0 */
/* native_job_none.c - without threads: functions that may block are refused when they are given. */
#include "native.h"

int ocre__job_call(struct ocre_call *call, struct ocre__native *native)
{
	(void)native;
	call->message = "there are no threads for a function that may block";
	return OCRE_HOST_TRAP;
}

void ocre__jobs_abandon(struct WASMModuleInstanceCommon *inst)
{
	(void)inst;
}
