// libmpg123, which Debian's libsndfile1-dev brings along.
#pragma once
#include <mpg123.h>
