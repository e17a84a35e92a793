// Plays the notes of a song: voices, parts, room, bus and end.
#include "song.h"

struct busker_song {
    busker_song_config config;
    busker_song_part *part;
    size_t part_count;
    busker_song_note *note;
    size_t note_count, next;
    song_voice *voice;
    float *strings;
    song_room room;
    song_master *master;
    float drive, trim;
    /// The block that is being handed out, and where in it that is.
    float block[2][SONG_BLOCK];
    size_t used;
    /// The next frame to play, and how many are still to be thrown away because the limiter looks ahead.
    uint64_t frame;
    size_t early;
    uint32_t dropped;
    /// The parts of one block, and which of them sound.
    float (*bus)[2][SONG_BLOCK];
    bool sounds[BUSKER_SONG_PARTS_MAX];
    float duck, power, squeeze;
    float dc_in[2], dc_out[2];
    song_filter tone[2];
};

static bool within(float x, float low, float high)
{
    return x >= low && x <= high;
}

static bool is_valid(const busker_song_config *config, const busker_song_note *notes, size_t note_count,
                     size_t part_count)
{
    if (config->frames < 1 || config->frames > BUSKER_SONG_FRAMES_MAX || config->fade > config->frames ||
        !within(config->room_seconds, 0.2f, 8) || !within(config->room_damping, 0, 1) ||
        !within(config->echo_seconds, 0.05f, 1) || !within(config->tone, 2000, 20000) ||
        !within(config->warmth, 0, 1) || part_count < 1 || part_count > BUSKER_SONG_PARTS_MAX ||
        note_count > BUSKER_SONG_NOTES_MAX)
        return false;
    for (size_t i = 0; i < note_count; i++)
        if (notes[i].part >= part_count || !within(notes[i].pitch, 24, 108) || !within(notes[i].velocity, 0, 1) ||
            (i && notes[i].start < notes[i - 1].start))
            return false;
    return true;
}

static float held(float x, float low, float high)
{
    return x >= low ? x <= high ? x : high : low;
}

/// Brings what a part says into its ranges; what is no number becomes the lowest.
static void hold(busker_song_part *part)
{
    part->gain = held(part->gain, 0, 4);
    part->pan = held(part->pan, -1, 1);
    part->attack = held(part->attack, 0.001f, 10);
    part->decay = held(part->decay, 0.005f, 60);
    part->release = held(part->release, 0.005f, 20);
    part->cutoff = held(part->cutoff, 20, 16000);
    part->sweep = held(part->sweep, -4, 6);
    part->resonance = held(part->resonance, 0.5f, 8);
    part->shape = held(part->shape, part->sound == BUSKER_SONG_STRING ? 0.05f : 0,
                       part->sound == BUSKER_SONG_TINE ? 3 : part->sound == BUSKER_SONG_STRING ? 0.5f : 1);
    part->detune = held(part->detune, 0, 100);
    part->vibrato = held(part->vibrato, 0, 100);
    float *shares[] = {&part->width, &part->room, &part->echo, &part->duck, &part->sustain, &part->colour};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        *shares[i] = held(*shares[i], 0, 1);
}

busker_status busker_song_create(const busker_song_config *config, const busker_song_part *parts, size_t part_count,
                                 const busker_song_note *notes, size_t note_count, busker_song **out)
{
    if (!config || !parts || (!notes && note_count) || !out || !is_valid(config, notes, note_count, part_count))
        return BUSKER_BAD_ARGUMENT;
    busker_song *song = busker_alloc(1, sizeof *song);
    if (!song)
        return BUSKER_NO_MEMORY;
    song->config = *config;
    song->part_count = part_count;
    song->note_count = note_count;
    song->part = busker_alloc(part_count, sizeof *song->part);
    song->note = busker_alloc(note_count, sizeof *song->note);
    song->bus = busker_alloc(part_count, sizeof *song->bus);
    song->voice = busker_alloc(SONG_VOICES, sizeof *song->voice);
    song->strings = busker_alloc((size_t)SONG_VOICES * SONG_STRING, sizeof(float));
    busker_status status = BUSKER_NO_MEMORY;
    if (song->part && song->note && song->bus && song->voice && song->strings)
        status = song_room_create(&song->room, config);
    if (!status)
        status = song_master_create(&song->master);
    if (status) {
        busker_song_destroy(song);
        return status;
    }
    memcpy(song->part, parts, part_count * sizeof *parts);
    for (size_t i = 0; i < part_count; i++)
        hold(song->part + i);
    if (note_count)
        memcpy(song->note, notes, note_count * sizeof *notes);
    for (size_t i = 0; i < SONG_VOICES; i++)
        song->voice[i].string = song->strings + i * SONG_STRING;
    *out = song;
    return busker_song_rewind(song, 0, 1, 1);
}

void busker_song_destroy(busker_song *song)
{
    if (!song)
        return;
    song_room_destroy(&song->room);
    song_master_destroy(song->master);
    busker_free(song->part);
    busker_free(song->note);
    busker_free(song->bus);
    busker_free(song->voice);
    busker_free(song->strings);
    busker_free(song);
}

busker_status busker_song_rewind(busker_song *song, float drive, float ceiling, float trim)
{
    if (!within(drive, 0, 1000) || !(ceiling > 0 && ceiling <= 1) || !within(trim, 0, 1))
        return BUSKER_BAD_ARGUMENT;
    for (size_t i = 0; i < SONG_VOICES; i++)
        song->voice[i].on = false;
    song_room_reset(&song->room);
    song_master_reset(song->master, ceiling);
    song->drive = drive;
    song->trim = trim;
    song->used = SONG_BLOCK;
    song->frame = 0;
    song->early = drive > 0 ? song_master_latency(song->master) : 0;
    song->next = 0;
    song->dropped = 0;
    song->duck = song->power = 0;
    song->squeeze = 1;
    memset(song->dc_in, 0, sizeof song->dc_in);
    memset(song->dc_out, 0, sizeof song->dc_out);
    memset(song->tone, 0, sizeof song->tone);
    for (size_t side = 0; side < 2; side++)
        song_filter_set(&song->tone[side], song->config.tone, 0.7);
    return BUSKER_OK;
}

float busker_song_factor(double decibels)
{
    return (float)song_exp2(decibels / 6.0205999132796239);
}

uint32_t busker_song_dropped(const busker_song *song)
{
    return song->dropped;
}

/// Begins the notes of the coming block.
static void begin_notes(busker_song *song)
{
    for (; song->next < song->note_count; song->next++) {
        const busker_song_note *note = song->note + song->next;
        if (note->start >= song->frame + SONG_BLOCK)
            return;
        song_voice *free = NULL;
        for (size_t i = 0; i < SONG_VOICES && !free; i++)
            if (!song->voice[i].on)
                free = song->voice + i;
        if (!free) {
            song->dropped++;
            continue;
        }
        const busker_song_part *part = song->part + note->part;
        song_voice_begin(free, part, note, song_mix(song->config.seed) + song->next);
        free->wait = note->start > song->frame ? (uint32_t)(note->start - song->frame) : 0;
        if (part->sound == BUSKER_SONG_KICK)
            song->duck = 1;
    }
}

/// Plays all voices into their parts.
static void play_voices(busker_song *song)
{
#pragma STDC FP_CONTRACT OFF
    float left[SONG_BLOCK], right[SONG_BLOCK];
    memset(song->sounds, 0, sizeof song->sounds);
    for (size_t i = 0; i < SONG_VOICES; i++) {
        song_voice *voice = song->voice + i;
        if (!voice->on)
            continue;
        const size_t number = (size_t)(voice->part - song->part);
        float(*bus)[SONG_BLOCK] = song->bus[number];
        if (!song->sounds[number])
            memset(bus, 0, sizeof song->bus[number]);
        song->sounds[number] = true;
        song_voice_play(voice, left, right);
        for (size_t k = 0; k < SONG_BLOCK; k++) {
            bus[0][k] += left[k] * voice->left_gain;
            bus[1][k] += right[k] * voice->right_gain;
        }
    }
}

/// Adds the parts up, as they are and for the room and the echo; parts step back for the kick.
static void mix_parts(busker_song *song, float (*out)[SONG_BLOCK])
{
#pragma STDC FP_CONTRACT OFF
    float sent[2][SONG_BLOCK] = {{0}}, echoed[2][SONG_BLOCK] = {{0}};
    const float duck = song->duck, after = duck * 0.985f, slope = (after - duck) / (float)SONG_BLOCK;
    memset(out, 0, 2 * sizeof *out);
    for (size_t number = 0; number < song->part_count; number++) {
        if (!song->sounds[number])
            continue;
        const busker_song_part *part = song->part + number;
        for (size_t side = 0; side < 2; side++) {
            const float *bus = song->bus[number][side];
            for (size_t i = 0; i < SONG_BLOCK; i++) {
                const float x = bus[i] * (1 - part->duck * (duck + slope * (float)i));
                out[side][i] += x;
                sent[side][i] += part->room * x;
                echoed[side][i] += part->echo * x;
            }
        }
    }
    song->duck = after;
    song_room_play(&song->room, sent, echoed, out);
}

/// Gently presses what is louder than -20 dB, two to one, following the level of whole blocks.
static void squeeze(busker_song *song, float (*out)[SONG_BLOCK])
{
#pragma STDC FP_CONTRACT OFF
    float energy = 0;
    for (size_t i = 0; i < SONG_BLOCK; i++)
        energy += out[0][i] * out[0][i] + out[1][i] * out[1][i];
    energy /= (float)(2 * SONG_BLOCK);
    song->power += (energy > song->power ? 0.12f : 0.008f) * (energy - song->power);
    const double over = song_log2((double)song->power + 1e-12) * 3.0103 + 20;
    const float wanted = over > 0 ? (float)song_exp2(-0.5 * over / 6.0206) : 1;
    const float slope = (wanted - song->squeeze) / (float)SONG_BLOCK;
    for (size_t i = 0; i < SONG_BLOCK; i++) {
        const float gain = song->squeeze + slope * (float)(i + 1);
        out[0][i] *= gain;
        out[1][i] *= gain;
    }
    song->squeeze = wanted;
}

/// A soft bend towards +-1 (Pade's form of the hyperbolic tangent).
static inline float soften(float x)
{
    x = x > 3 ? 3 : x < -3 ? -3 : x;
    return x * (27 + x * x) / (27 + 9 * x * x);
}

/// Saturates, takes out what does not move, dulls, and fades the end.
static void finish(busker_song *song, float (*out)[SONG_BLOCK])
{
#pragma STDC FP_CONTRACT OFF
    const float warmth = song->config.warmth, push = 1 + 3 * warmth;
    const bool dull = song->config.tone < 19000;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < SONG_BLOCK; i++) {
            float x = out[side][i];
            if (warmth > 0)
                x = (1 - warmth) * x + warmth * soften(push * x) / push;
            const float y = x - song->dc_in[side] + 0.9968f * song->dc_out[side];
            song->dc_in[side] = x;
            song->dc_out[side] = y;
            float pass;
            out[side][i] = dull ? song_filter_step(&song->tone[side], y, &pass) : y;
        }
    }
    const uint64_t end = song->config.frames, fade = song->config.fade;
    if (song->frame + SONG_BLOCK + fade < end)
        return;
    for (size_t i = 0; i < SONG_BLOCK; i++) {
        const uint64_t at = song->frame + i, left = at < end ? end - at : 0;
        const float share = left < fade ? (float)left / (float)fade : left ? 1 : 0;
        const float gain = share * share * (3 - 2 * share);
        out[0][i] *= gain;
        out[1][i] *= gain;
    }
}

static void play_block(busker_song *song)
{
    begin_notes(song);
    play_voices(song);
    mix_parts(song, song->block);
    squeeze(song, song->block);
    finish(song, song->block);
    if (song->drive > 0)
        song_master_play(song->master, song->block, song->drive, song->trim);
    song->frame += SONG_BLOCK;
    song->used = 0;
}

busker_status busker_song_play(busker_song *song, float *out, size_t count)
{
    if (count % 2)
        return BUSKER_BAD_LENGTH;
    for (size_t frames = count / 2; frames;) {
        if (song->used == SONG_BLOCK)
            play_block(song);
        if (song->early) {
            const size_t part = song->early < SONG_BLOCK ? song->early : SONG_BLOCK;
            song->early -= part;
            song->used = part;
            continue;
        }
        for (; song->used < SONG_BLOCK && frames; song->used++, frames--) {
            *out++ = song->block[0][song->used];
            *out++ = song->block[1][song->used];
        }
    }
    return BUSKER_OK;
}
