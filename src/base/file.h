/* Files, where the C library leaves the loop to its callers. */
#ifndef DF_BASE_FILE_H
#define DF_BASE_FILE_H

#include "base/str.h"

/* write(2) until all is written; false with errno set when it cannot be. Any thread. */
bool df_file_write_all(int fd, struct df_str text);

#endif
