/* Files and folders, where the C library leaves the loop to its callers. */
#ifndef DF_BASE_FILE_H
#define DF_BASE_FILE_H

#include "base/arena.h"

/* write(2) until all is written; false with errno set when it cannot be. Any thread. */
bool df_file_write_all(int fd, struct df_str text);

/* Makes every folder that the path goes through, what is before its last '/', with this mode less the umask; those that are there
 * stay as they are. False with errno set when one cannot be made. Any thread. */
bool df_file_make_folders(struct df_str path, unsigned mode, struct df_arena *scratch);

#endif
