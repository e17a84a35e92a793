// Threads that sleep until there is work, and share the tasks of one call at a time.
#include <pthread.h>
#include <stdatomic.h>

#include "neural.h"

struct neural_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t threads[BUSKER_NEURAL_THREADS_MAX];
    /// Started besides the caller's; those that have not finished the present call.
    size_t started, busy;
    /// Grows with every call, so that a thread knows a new one from the last.
    uint64_t call;
    bool ended;
    neural_task run;
    void *context;
    size_t count;
    atomic_size_t next;
};

/// What a thread is told when it starts.
typedef struct pool_seat {
    neural_pool *pool;
    size_t thread;
} pool_seat;

static void take_tasks(neural_pool *pool, size_t thread)
{
    for (;;) {
        const size_t task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (task >= pool->count)
            return;
        pool->run(pool->context, task, thread);
    }
}

static void *serve(void *given)
{
    const pool_seat seat = *(pool_seat *)given;
    neural_free(given);
    neural_pool *pool = seat.pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->ended && pool->call == seen)
            pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->ended)
            break;
        seen = pool->call;
        pthread_mutex_unlock(&pool->lock);
        take_tasks(pool, seat.thread);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

neural_pool *neural_pool_create(size_t threads)
{
    neural_pool *pool = neural_alloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (size_t i = 1; i < threads && i < BUSKER_NEURAL_THREADS_MAX; i++) {
        pool_seat *seat = neural_alloc(1, sizeof *seat);
        if (!seat)
            break;
        *seat = (pool_seat){.pool = pool, .thread = i};
        if (pthread_create(&pool->threads[pool->started], NULL, serve, seat)) {
            neural_free(seat);
            break;
        }
        pool->started++;
    }
    return pool;
}

void neural_pool_destroy(neural_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ended = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    neural_free(pool);
}

void neural_pool_run(neural_pool *pool, neural_task run, void *context, size_t count)
{
    pthread_mutex_lock(&pool->lock);
    pool->run = run;
    pool->context = context;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    // One task needs no help.
    const bool alone = count < 2 || pool->started == 0;
    if (!alone) {
        pool->busy = pool->started;
        pool->call++;
        pthread_cond_broadcast(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    take_tasks(pool, 0);
    if (alone)
        return;
    pthread_mutex_lock(&pool->lock);
    while (pool->busy)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
