/* What the system says of this process, under the names Prometheus' own libraries give. Any thread; costs some tens of
 * microseconds. Source: proc(5). */
#ifndef DF_BASE_PROCESS_H
#define DF_BASE_PROCESS_H

#include "base/buf.h"

void df_process_metrics_write(struct df_buf *out);

#endif
