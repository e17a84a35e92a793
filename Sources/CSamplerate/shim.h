// libsamplerate, from Debian's libsamplerate0-dev.
#pragma once
#include <samplerate.h>
