#include "control.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct faults_control *control;

/* Not every child of the process under test has the file, or is to be disturbed. */
__attribute__((constructor(101))) static void map_control(void)
{
    const char *path = getenv("DEVFLOW_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    control = at == MAP_FAILED ? NULL : at;
}

struct faults_control *faults_control(void)
{
    return control;
}
