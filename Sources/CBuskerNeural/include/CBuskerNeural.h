// The neural core: nets that take mixtures apart, with weights the operator brings.
//
// Rules that hold for every function below:
//  - A handle is made by `X_create` or `X_open` and ended by `X_destroy` or `X_close`, which accept NULL.
//  - Memory is taken when a handle is made and when weights are loaded. Nothing else allocates.
//  - A model may be shared by sessions on any threads once its weights are loaded. A session belongs to one thread at a
//    time; it has helpers of its own, which sleep between its steps.
//  - What comes out does not depend on the number of threads.
#pragma once

#include "busker_htdemucs.h"
#include "busker_neural_base.h"
#include "busker_umx.h"
#include "busker_weights.h"
