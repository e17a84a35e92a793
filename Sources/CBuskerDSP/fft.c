// Fourier transforms by FFTW: one pair of plans per size, shared and counted.
#include "fft.h"

#include <fftw3.h>

#include "internal.h"

struct busker_plans {
    fftwf_plan forward;
    fftwf_plan inverse;
    uint32_t size;
    busker_planning planning;
    size_t users;
    struct busker_plans *next;
};

/// Guarded by the planner's lock.
static busker_plans *first;

static void end(busker_plans *plans)
{
    if (plans->forward)
        fftwf_destroy_plan(plans->forward);
    if (plans->inverse)
        fftwf_destroy_plan(plans->inverse);
    busker_free(plans);
}

static busker_plans *make(uint32_t size, busker_planning planning)
{
    const unsigned flags = planning == BUSKER_PLANNING_MEASURE ? FFTW_MEASURE : FFTW_ESTIMATE;
    busker_plans *plans = busker_alloc(1, sizeof *plans);
    fftwf_complex *from = busker_alloc(size, sizeof *from);
    fftwf_complex *to = busker_alloc(size, sizeof *to);
    if (plans && from && to) {
        plans->forward = fftwf_plan_dft_1d((int)size, from, to, FFTW_FORWARD, flags | FFTW_DESTROY_INPUT);
        plans->inverse = fftwf_plan_dft_1d((int)size, from, to, FFTW_BACKWARD, flags | FFTW_DESTROY_INPUT);
        plans->size = size;
        plans->planning = planning;
    }
    busker_free(from);
    busker_free(to);
    if (plans && plans->forward && plans->inverse)
        return plans;
    if (plans)
        end(plans);
    return NULL;
}

busker_plans *busker_plans_take(uint32_t size, busker_planning planning)
{
    busker_planner_lock();
    busker_plans *plans = first;
    while (plans && (plans->size != size || plans->planning != planning))
        plans = plans->next;
    if (!plans) {
        plans = make(size, planning);
        if (plans) {
            plans->next = first;
            first = plans;
        }
    }
    if (plans)
        plans->users++;
    busker_planner_unlock();
    return plans;
}

void busker_plans_give(busker_plans *plans)
{
    if (!plans)
        return;
    busker_planner_lock();
    if (--plans->users == 0) {
        busker_plans **link = &first;
        while (*link != plans)
            link = &(*link)->next;
        *link = plans->next;
        end(plans);
    }
    busker_planner_unlock();
}

void busker_fft_forward(const busker_plans *plans, float *in, float *out)
{
    fftwf_execute_dft(plans->forward, (fftwf_complex *)in, (fftwf_complex *)out);
}

void busker_fft_inverse(const busker_plans *plans, float *in, float *out)
{
    fftwf_execute_dft(plans->inverse, (fftwf_complex *)in, (fftwf_complex *)out);
}

busker_status busker_wisdom_import(const char *path)
{
    if (!path)
        return BUSKER_BAD_ARGUMENT;
    busker_planner_lock();
    const int done = fftwf_import_wisdom_from_filename(path);
    busker_planner_unlock();
    return done ? BUSKER_OK : BUSKER_LIBRARY_FAILED;
}

busker_status busker_wisdom_export(const char *path)
{
    if (!path)
        return BUSKER_BAD_ARGUMENT;
    busker_planner_lock();
    const int done = fftwf_export_wisdom_to_filename(path);
    busker_planner_unlock();
    return done ? BUSKER_OK : BUSKER_LIBRARY_FAILED;
}
