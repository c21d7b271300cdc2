// The library is the compiler's: nothing is to be compiled here.
#include "fuzzer.h"
