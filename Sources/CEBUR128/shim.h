// libebur128, from Debian's libebur128-dev.
#pragma once
#include <ebur128.h>
