/* The password hashes of libxcrypt. */
#pragma once
#include <crypt.h>
