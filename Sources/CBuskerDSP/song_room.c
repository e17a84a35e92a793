// The room and the echo of a song.
#include "song.h"

static const uint32_t lengths[SONG_LINES] = {1031, 1327, 1523, 1871, 2129, 2459, 2803, 3079};

busker_status song_room_create(song_room *room, const busker_song_config *config)
{
    for (size_t k = 0; k < SONG_LINES; k++) {
        room->length[k] = lengths[k];
        room->line[k] = busker_alloc(lengths[k], sizeof(float));
        room->gain[k] = (float)song_exp2(-9.9657842846620870 * lengths[k] / (BUSKER_SONG_RATE * config->room_seconds));
        if (!room->line[k])
            return BUSKER_NO_MEMORY;
    }
    room->damping = 1 - 0.85f * config->room_damping;
    room->echo_length = (uint32_t)((double)config->echo_seconds * BUSKER_SONG_RATE);
    for (size_t side = 0; side < 2; side++) {
        room->echo[side] = busker_alloc(room->echo_length, sizeof(float));
        if (!room->echo[side])
            return BUSKER_NO_MEMORY;
    }
    return BUSKER_OK;
}

void song_room_destroy(song_room *room)
{
    for (size_t k = 0; k < SONG_LINES; k++)
        busker_free(room->line[k]);
    for (size_t side = 0; side < 2; side++)
        busker_free(room->echo[side]);
}

void song_room_reset(song_room *room)
{
    for (size_t k = 0; k < SONG_LINES; k++) {
        memset(room->line[k], 0, room->length[k] * sizeof(float));
        room->at[k] = 0;
        room->low[k] = 0;
    }
    for (size_t side = 0; side < 2; side++) {
        memset(room->echo[side], 0, room->echo_length * sizeof(float));
        room->echo_low[side] = 0;
    }
    room->echo_at = 0;
}

/// Hadamard's matrix of eight, in place, without its factor.
static void spread(float *x)
{
    for (size_t width = 1; width < SONG_LINES; width *= 2)
        for (size_t start = 0; start < SONG_LINES; start += 2 * width)
            for (size_t i = start; i < start + width; i++) {
                const float a = x[i], b = x[i + width];
                x[i] = a + b;
                x[i + width] = a - b;
            }
}

static void play_echo(song_room *room, float (*echoed)[SONG_BLOCK], float (*out)[SONG_BLOCK],
                      float (*sent)[SONG_BLOCK])
{
#pragma STDC FP_CONTRACT OFF
    for (size_t i = 0; i < SONG_BLOCK; i++) {
        const float left = room->echo[0][room->echo_at], right = room->echo[1][room->echo_at];
        room->echo_low[0] += 0.4f * (left - room->echo_low[0]);
        room->echo_low[1] += 0.4f * (right - room->echo_low[1]);
        // What comes back on one side goes on to the other.
        room->echo[0][room->echo_at] = 0.5f * (echoed[0][i] + echoed[1][i]) + 0.38f * room->echo_low[1];
        room->echo[1][room->echo_at] = 0.38f * room->echo_low[0] + 0.2f * echoed[1][i];
        if (++room->echo_at == room->echo_length)
            room->echo_at = 0;
        out[0][i] += room->echo_low[0];
        out[1][i] += room->echo_low[1];
        sent[0][i] += 0.2f * room->echo_low[0];
        sent[1][i] += 0.2f * room->echo_low[1];
    }
}

void song_room_play(song_room *room, float (*sent)[SONG_BLOCK], float (*echoed)[SONG_BLOCK], float (*out)[SONG_BLOCK])
{
#pragma STDC FP_CONTRACT OFF
    play_echo(room, echoed, out, sent);
    const float factor = 0.35355339f;
    for (size_t i = 0; i < SONG_BLOCK; i++) {
        float x[SONG_LINES];
        for (size_t k = 0; k < SONG_LINES; k++) {
            room->low[k] += room->damping * (room->line[k][room->at[k]] - room->low[k]);
            x[k] = room->low[k] * room->gain[k];
        }
        out[0][i] += 0.5f * (x[0] - x[2] + x[4] - x[6]);
        out[1][i] += 0.5f * (x[1] - x[3] + x[5] - x[7]);
        spread(x);
        for (size_t k = 0; k < SONG_LINES; k++) {
            room->line[k][room->at[k]] = 0.5f * sent[k & 1][i] + factor * x[k];
            if (++room->at[k] == room->length[k])
                room->at[k] = 0;
        }
    }
}
