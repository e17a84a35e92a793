// libvorbis, which Debian's libsndfile1-dev brings along.
#pragma once
#include <vorbis/codec.h>
