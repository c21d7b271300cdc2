#include "c_prefetch.h"
