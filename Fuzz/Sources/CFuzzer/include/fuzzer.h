#ifndef FUZZER_H
#define FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// The main loop of libFuzzer, which the compiler's run-time library holds.
int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv,
                        int (*_Nonnull test)(const uint8_t *_Nullable data, size_t size));

/// A file that has no name and never reaches a disk; a program ends that cannot have one.
int memory_file(void);

/// Gives the file these octets, and no others.
void fill_memory_file(int file, const void *_Nullable octets, size_t count);

#endif
