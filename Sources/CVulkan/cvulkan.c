#include "cvulkan.h"
