/* Feeds a target every file of a folder, once: its corpus as an ordinary test, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

/* Each input in a block of its own size, so that AddressSanitizer sees a read past its end. */
static int replay(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        return 1;
    long n = ftell(in);
    rewind(in);
    uint8_t *bytes = n >= 0 ? malloc((size_t)n + (n == 0)) : NULL;
    int bad = !bytes || fread(bytes, 1, (size_t)n, in) != (size_t)n;
    fclose(in);
    if (!bad) {
        fprintf(stderr, "%s\n", path); /* the last one named is the one that failed */
        LLVMFuzzerTestOneInput(bytes, (size_t)n);
    }
    free(bytes);
    return bad;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    int bad = 0, replayed = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[4096];
        if (entry->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) >= (int)sizeof path)
            continue;
        bad += replay(path);
        replayed++;
    }
    closedir(folder);
    printf("%d inputs\n", replayed);
    return bad > 0 || replayed == 0;
}
