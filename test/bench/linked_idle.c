/* The least a service with DevFlow's libraries can be: all of them linked, one HTTP listener on loopback that answers 200,
 * one SQLite file open in WAL mode. ./dev bench start measures `devflow serve` beside it.
 * usage: linked_idle DATABASE PORT; ends with SIGTERM. */
#include <curl/curl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static enum MHD_Result answer(void *app, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *body, size_t *n, void **state)
{
    (void)app, (void)url, (void)method, (void)version, (void)body, (void)n, (void)state;
    struct MHD_Response *response = MHD_create_response_from_buffer(2, "{}", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result done = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return done;
}

static int touch_libraries(void)
{
    const void *used[] = {(const void *)(size_t)curl_global_init, (const void *)(size_t)EVP_aes_256_gcm,
                          (const void *)(size_t)zlibVersion};
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (!used[i])
            return 1;
    return curl_global_init(CURL_GLOBAL_DEFAULT) != 0;
}

int main(int argc, char **argv)
{
    if (argc != 3 || touch_libraries())
        return 2;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    sqlite3 *db = NULL;
    if (sqlite3_open(argv[1], &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS t (a TEXT) STRICT", NULL, NULL, NULL) !=
            SQLITE_OK)
        return 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL,
                                                 MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_END);
    if (!daemon)
        return 1;
    int ended;
    sigwait(&ends, &ended);
    MHD_stop_daemon(daemon);
    sqlite3_close(db);
    return 0;
}
