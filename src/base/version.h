/* What was built: DF_VERSION, "0.1.0" or behind a release "0.1.0+git20261128091003.1af20bc", and DF_COMMIT, "1af20bcd34ef",
 * with "-dirty" behind it when files differed from that commit, or "unknown". Made at each build by tools/version.sh, from git
 * or from what git wrote into a tarball: only who shows them includes this, for a commit compiles those files again. */
#ifndef DF_BASE_VERSION_H
#define DF_BASE_VERSION_H

#include "base/version_made.h"

#endif
