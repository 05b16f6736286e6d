#include "domain/inbox.h"

const char *df_inbox_status_name(enum df_inbox_status status)
{
    static const char *const names[] = {
        [DF_INBOX_PENDING] = "pending",
        [DF_INBOX_STARTED] = "started",
        [DF_INBOX_NOTHING] = "ignored",
        [DF_INBOX_GIVEN_UP] = "given_up",
    };
    return names[status];
}
