// Maps a safetensors file, checks that its tensors fill it without gap or overlap, and reads them as floats.
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "neural.h"
#include "weights.h"

void weights_blame(busker_neural_fault *fault, const char *format, ...)
{
    if (fault->words[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->words, sizeof fault->words, format, arguments);
    va_end(arguments);
}

static busker_neural_status map(const char *path, busker_weights *w, busker_neural_fault *fault)
{
    struct stat file;
    const int handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (handle < 0 || fstat(handle, &file) || !S_ISREG(file.st_mode)) {
        weights_blame(fault, "it is no file that can be read");
        if (handle >= 0)
            close(handle);
        return BUSKER_NEURAL_UNREADABLE;
    }
    w->size = file.st_size > 0 ? (size_t)file.st_size : 0;
    void *bytes = w->size ? mmap(NULL, w->size, PROT_READ, MAP_PRIVATE, handle, 0) : NULL;
    close(handle);
    if (bytes == MAP_FAILED) {
        weights_blame(fault, "it cannot be mapped into memory");
        return BUSKER_NEURAL_UNREADABLE;
    }
    w->bytes = bytes;
    return BUSKER_NEURAL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const weights_tensor *)a)->name, ((const weights_tensor *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const weights_tensor *one = *(const weights_tensor *const *)a, *two = *(const weights_tensor *const *)b;
    return one->begin != two->begin ? (one->begin > two->begin) - (one->begin < two->begin)
                                    : (one->end > two->end) - (one->end < two->end);
}

/// Sorts the tensors by name and sees that names differ and that places follow one another to the end.
static busker_neural_status check_table(busker_weights *w, busker_neural_fault *fault)
{
    qsort(w->tensors, w->count, sizeof *w->tensors, by_name);
    for (size_t i = 1; i < w->count; i++)
        if (!strcmp(w->tensors[i - 1].name, w->tensors[i].name)) {
            weights_blame(fault, "the tensor '%.80s' is there twice", w->tensors[i].name);
            return BUSKER_NEURAL_MALFORMED;
        }
    const weights_tensor **places = neural_alloc(w->count, sizeof *places);
    if (!places)
        return BUSKER_NEURAL_NO_MEMORY;
    for (size_t i = 0; i < w->count; i++)
        places[i] = &w->tensors[i];
    qsort(places, w->count, sizeof *places, by_place);
    uint64_t end = 0;
    size_t i = 0;
    while (i < w->count && places[i]->begin == end)
        end = places[i++]->end;
    neural_free(places);
    if (i < w->count || end != w->data_size) {
        weights_blame(fault, "its tensors overlap, leave a gap, or end before the file does");
        return BUSKER_NEURAL_MALFORMED;
    }
    return BUSKER_NEURAL_OK;
}

static busker_neural_status read_header(busker_weights *w, busker_neural_fault *fault)
{
    uint64_t length = 0;
    if (w->size < 8) {
        weights_blame(fault, "it is too short to be a safetensors file");
        return BUSKER_NEURAL_MALFORMED;
    }
    for (int i = 7; i >= 0; i--)
        length = length << 8 | w->bytes[i];
    if (length > BUSKER_WEIGHTS_HEADER_MAX || length > w->size - 8) {
        weights_blame(fault, "it is no safetensors file, or it is cut off (convert a .pth file first)");
        return BUSKER_NEURAL_MALFORMED;
    }
    w->data = w->bytes + 8 + length;
    w->data_size = w->size - 8 - (size_t)length;
    const busker_neural_status status =
        weights_parse(w, (const char *)w->bytes + 8, (size_t)length, fault);
    return status ? status : check_table(w, fault);
}

busker_neural_status busker_weights_open(const char *path, busker_weights **out, busker_neural_fault *fault)
{
    *fault = (busker_neural_fault){{0}};
    busker_weights *w = neural_alloc(1, sizeof *w);
    if (!w)
        return BUSKER_NEURAL_NO_MEMORY;
    busker_neural_status status = map(path, w, fault);
    if (!status)
        status = read_header(w, fault);
    if (status) {
        busker_weights_close(w);
        return status;
    }
    *out = w;
    return BUSKER_NEURAL_OK;
}

void busker_weights_close(busker_weights *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++)
        neural_free(w->tensors[i].name);
    for (size_t i = 0; i < w->pairs; i++) {
        neural_free(w->metadata[i].key);
        neural_free(w->metadata[i].value);
    }
    neural_free(w->tensors);
    neural_free(w->metadata);
    if (w->bytes)
        munmap((void *)w->bytes, w->size);
    neural_free(w);
}

size_t busker_weights_count(const busker_weights *w)
{
    return w->count;
}

const char *busker_weights_name(const busker_weights *w, size_t index)
{
    return index < w->count ? w->tensors[index].name : "";
}

ptrdiff_t busker_weights_find(const busker_weights *w, const char *name)
{
    const weights_tensor key = {.name = (char *)name};
    const weights_tensor *found = w->count ? bsearch(&key, w->tensors, w->count, sizeof key, by_name) : NULL;
    return found ? found - w->tensors : -1;
}

size_t busker_weights_rank(const busker_weights *w, size_t index)
{
    return index < w->count ? w->tensors[index].rank : 0;
}

size_t busker_weights_dimension(const busker_weights *w, size_t index, size_t at)
{
    return index < w->count && at < w->tensors[index].rank ? w->tensors[index].shape[at] : 0;
}

size_t busker_weights_values(const busker_weights *w, size_t index)
{
    return index < w->count ? w->tensors[index].values : 0;
}

busker_weights_type busker_weights_kind(const busker_weights *w, size_t index)
{
    return index < w->count ? w->tensors[index].type : BUSKER_WEIGHTS_OTHER;
}

/// The float of a 16-bit float (IEEE 754 binary16): the bits moved into place are too small by 2 to the power of 112.
static inline float half(uint16_t bits)
{
    const uint32_t moved = (uint32_t)(bits & 0x7fff) << 13, sign = (uint32_t)(bits & 0x8000) << 16;
    float size;
    memcpy(&size, &moved, sizeof size);
    if ((bits & 0x7c00) == 0x7c00)
        return NAN;
    size *= 0x1p112f;
    uint32_t whole;
    memcpy(&whole, &size, sizeof whole);
    whole |= sign;
    memcpy(&size, &whole, sizeof size);
    return size;
}

static float short_float(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

busker_neural_status busker_weights_read(const busker_weights *w, size_t index, float *out, size_t count)
{
    if (index >= w->count || count != w->tensors[index].values)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    const weights_tensor *tensor = &w->tensors[index];
    const unsigned char *from = w->data + tensor->begin;
    bool finite = true;
    if (tensor->type == BUSKER_WEIGHTS_OTHER)
        return BUSKER_NEURAL_MISFIT;
    if (tensor->type == BUSKER_WEIGHTS_F32)
        memcpy(out, from, count * sizeof *out);
    else
        for (size_t i = 0; i < count; i++) {
            uint16_t bits;
            memcpy(&bits, from + 2 * i, sizeof bits);
            out[i] = tensor->type == BUSKER_WEIGHTS_F16 ? half(bits) : short_float(bits);
        }
    for (size_t i = 0; i < count; i++)
        finite &= isfinite(out[i]) != 0;
    return finite ? BUSKER_NEURAL_OK : BUSKER_NEURAL_MISFIT;
}

const char *busker_weights_metadata(const busker_weights *w, const char *key)
{
    for (size_t i = 0; i < w->pairs; i++)
        if (!strcmp(w->metadata[i].key, key))
            return w->metadata[i].value;
    return NULL;
}

bool weights_take(weights_taker *taker, const char *name, float *out, size_t count, const size_t *shape, size_t rank)
{
    const busker_weights *w = taker->weights;
    if (taker->status)
        return false;
    const ptrdiff_t index = busker_weights_find(w, name);
    const weights_tensor *found = index < 0 ? NULL : &w->tensors[index];
    bool fits = found && found->rank == rank && found->values == count;
    for (size_t i = 0; fits && i < rank; i++)
        fits = found->shape[i] == shape[i];
    if (!fits)
        weights_blame(taker->fault, "it has %s '%.80s'", found ? "another shape than expected of" : "no tensor", name);
    taker->status = fits ? busker_weights_read(w, (size_t)index, out, count) : BUSKER_NEURAL_MISFIT;
    if (taker->status && fits)
        weights_blame(taker->fault, "the tensor '%.80s' holds no finite floats", name);
    taker->taken++;
    return !taker->status;
}

bool weights_suffice(const busker_weights *w, size_t bytes, busker_neural_fault *fault)
{
    // Panels are filled up to whole tiles, and halves become floats: small nets grow, large ones do not.
    const size_t slack = (size_t)64 << 20;
    if (bytes <= slack || (bytes - slack) / 16 <= w->data_size)
        return true;
    weights_blame(fault, "it holds fewer values than its shapes claim");
    return false;
}

bool weights_are_sound(const void *memory, size_t bytes, busker_neural_fault *fault)
{
    if (neural_is_finite(memory, bytes / sizeof(float)))
        return true;
    weights_blame(fault, "its values are too large, or a variance is negative");
    return false;
}
