// FFTW3 in single precision, from Debian's libfftw3-dev.
#pragma once
#include <fftw3.h>
