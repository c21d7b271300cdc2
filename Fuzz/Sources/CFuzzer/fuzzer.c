// libFuzzer is the compiler's: of it nothing is to be compiled here.
#define _GNU_SOURCE
#include "fuzzer.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int memory_file(void)
{
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0) abort();
    return file;
}

void fill_memory_file(int file, const void *octets, size_t count)
{
    if (ftruncate(file, 0) != 0 || pwrite(file, octets, count, 0) != (ssize_t)count) abort();
}
