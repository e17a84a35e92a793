// libsndfile, from Debian's libsndfile1-dev.
#pragma once
#include <sndfile.h>
