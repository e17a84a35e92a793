// The strict reader of a header's JSON: nothing but what the format allows.
#include <string.h>

#include "neural.h"
#include "weights.h"

typedef struct json {
    const char *at, *end;
    busker_weights *weights;
    busker_neural_fault *fault;
    busker_neural_status status;
} json;

static bool refuse(json *j, const char *words)
{
    if (j->status == BUSKER_NEURAL_OK)
        weights_blame(j->fault, "%s", words);
    if (j->status == BUSKER_NEURAL_OK)
        j->status = BUSKER_NEURAL_MALFORMED;
    return false;
}

static bool no_memory(json *j)
{
    j->status = BUSKER_NEURAL_NO_MEMORY;
    return false;
}

static void skip_space(json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t'))
        j->at++;
}

static bool next_is(json *j, char c)
{
    skip_space(j);
    return j->at < j->end && *j->at == c;
}

static bool expect(json *j, char c)
{
    if (!next_is(j, c))
        return refuse(j, "the header is no JSON of the expected form");
    j->at++;
    return true;
}

/// Four digits after \u, or -1.
static int hexadecimal(const json *j)
{
    int value = 0;
    if (j->end - j->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char c = j->at[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/// What follows a backslash, as one byte; texts here are names and JSON in JSON, so letters beyond ASCII become '?'.
static bool unescape(json *j, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (j->at >= j->end)
        return refuse(j, "a text of the header does not end");
    const char c = *j->at++;
    const char *place = c ? strchr(from, c) : NULL;
    if (place) {
        *out = to[place - from];
        return true;
    }
    const int value = c == 'u' ? hexadecimal(j) : -1;
    if (value <= 0)
        return refuse(j, "a text of the header has a wrong escape");
    j->at += 4;
    *out = value < 128 ? (char)value : '?';
    return true;
}

/// A text, in memory of its own; at most `most` bytes.
static bool text(json *j, char **out, size_t most)
{
    if (!expect(j, '"'))
        return false;
    const char *end = j->at;
    while (end < j->end && *end != '"')
        end += *end == '\\' ? 2 : 1;
    if (end >= j->end)
        return refuse(j, "a text of the header does not end");
    char *copy = neural_alloc((size_t)(end - j->at) + 1, 1);
    if (!copy)
        return no_memory(j);
    size_t length = 0;
    while (j->at < end) {
        char c = *j->at++;
        if ((unsigned char)c < 0x20)
            refuse(j, "a text of the header has a control character");
        else if (c == '\\')
            unescape(j, &c);
        if (j->status)
            break;
        copy[length++] = c;
    }
    if (!j->status && (j->at != end || length > most))
        refuse(j, "a name of the header is too long");
    if (j->status) {
        neural_free(copy);
        return false;
    }
    copy[length] = 0;
    j->at = end + 1;
    *out = copy;
    return true;
}

static bool number(json *j, uint64_t *out)
{
    skip_space(j);
    const char *begin = j->at;
    uint64_t value = 0;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9') {
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *j->at - '0', &value))
            return refuse(j, "a number of the header is too large");
        j->at++;
    }
    if (j->at == begin || (*begin == '0' && j->at > begin + 1))
        return refuse(j, "a number of the header is no whole number");
    *out = value;
    return true;
}

/// Numbers between brackets, at most `most` of them.
static bool numbers(json *j, uint64_t *out, size_t most, size_t *count)
{
    *count = 0;
    if (!expect(j, '['))
        return false;
    if (next_is(j, ']'))
        return expect(j, ']');
    for (;;) {
        if (*count == most)
            return refuse(j, "a tensor has too many dimensions or offsets");
        if (!number(j, &out[*count]))
            return false;
        ++*count;
        if (!next_is(j, ','))
            return expect(j, ']');
        j->at++;
    }
}

static bool set_type(json *j, weights_tensor *tensor, const char *name)
{
    static const struct {
        const char *name;
        size_t width;
        busker_weights_type type;
    } types[] = {
        {"F32", 4, BUSKER_WEIGHTS_F32},   {"F16", 2, BUSKER_WEIGHTS_F16},   {"BF16", 2, BUSKER_WEIGHTS_BF16},
        {"F64", 8, BUSKER_WEIGHTS_OTHER}, {"I64", 8, BUSKER_WEIGHTS_OTHER}, {"U64", 8, BUSKER_WEIGHTS_OTHER},
        {"I32", 4, BUSKER_WEIGHTS_OTHER}, {"U32", 4, BUSKER_WEIGHTS_OTHER}, {"I16", 2, BUSKER_WEIGHTS_OTHER},
        {"U16", 2, BUSKER_WEIGHTS_OTHER}, {"I8", 1, BUSKER_WEIGHTS_OTHER},  {"U8", 1, BUSKER_WEIGHTS_OTHER},
        {"BOOL", 1, BUSKER_WEIGHTS_OTHER},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name))
            continue;
        tensor->width = types[i].width;
        tensor->type = types[i].type;
        return true;
    }
    return refuse(j, "a tensor has an unknown type");
}

static bool field(json *j, weights_tensor *tensor, const char *key, unsigned *seen)
{
    uint64_t values[BUSKER_WEIGHTS_RANK_MAX];
    size_t count = 0;
    const unsigned which = !strcmp(key, "dtype") ? 1 : !strcmp(key, "shape") ? 2 : !strcmp(key, "data_offsets") ? 4 : 0;
    if (!which || *seen & which)
        return refuse(j, "a tensor has an unknown or a repeated field");
    *seen |= which;
    if (which == 1) {
        char *type = NULL;
        const bool done = text(j, &type, 16) && set_type(j, tensor, type);
        neural_free(type);
        return done;
    }
    if (!numbers(j, values, which == 2 ? BUSKER_WEIGHTS_RANK_MAX : 2, &count))
        return false;
    if (which == 4) {
        if (count != 2)
            return refuse(j, "a tensor has no two offsets");
        tensor->begin = values[0];
        tensor->end = values[1];
        return true;
    }
    tensor->rank = count;
    for (size_t i = 0; i < count; i++) {
        if (values[i] > UINT32_MAX)
            return refuse(j, "a tensor has a dimension that is too large");
        tensor->shape[i] = (size_t)values[i];
    }
    return true;
}

static bool check(json *j, weights_tensor *tensor, unsigned seen)
{
    uint64_t values = 1, bytes;
    if (seen != 7)
        return refuse(j, "a tensor lacks its type, its shape or its offsets");
    for (size_t i = 0; i < tensor->rank; i++)
        if (__builtin_mul_overflow(values, (uint64_t)tensor->shape[i], &values))
            return refuse(j, "a tensor has more values than can be counted");
    if (__builtin_mul_overflow(values, (uint64_t)tensor->width, &bytes))
        return refuse(j, "a tensor has more values than can be counted");
    if (tensor->begin > tensor->end || tensor->end > j->weights->data_size || tensor->end - tensor->begin != bytes) {
        weights_blame(j->fault, "the tensor '%.80s' lies outside of the file, or has not the length of its shape",
                      tensor->name);
        j->status = BUSKER_NEURAL_MALFORMED;
        return false;
    }
    tensor->values = (size_t)values;
    return true;
}

static bool tensor(json *j, char *name)
{
    busker_weights *w = j->weights;
    if (w->count == w->room) {
        const size_t room = w->room ? 2 * w->room : 64;
        weights_tensor *grown = w->count < BUSKER_WEIGHTS_TENSORS_MAX ? neural_grow(w->tensors, w->count, room, sizeof *grown) : NULL;
        if (!grown) {
            neural_free(name);
            return w->count < BUSKER_WEIGHTS_TENSORS_MAX ? no_memory(j) : refuse(j, "the file has too many tensors");
        }
        w->tensors = grown;
        w->room = room;
    }
    weights_tensor *made = &w->tensors[w->count++];
    *made = (weights_tensor){.name = name};
    unsigned seen = 0;
    if (!expect(j, '{'))
        return false;
    for (;;) {
        char *key = NULL;
        const bool done = text(j, &key, 16) && expect(j, ':') && field(j, made, key, &seen);
        neural_free(key);
        if (!done)
            return false;
        if (!next_is(j, ','))
            break;
        j->at++;
    }
    return expect(j, '}') && check(j, made, seen);
}

static bool keep_pair(json *j, char *key, char *value)
{
    busker_weights *w = j->weights;
    if (w->pairs == w->pairs_room) {
        const size_t room = w->pairs_room ? 2 * w->pairs_room : 8;
        weights_pair *grown = w->pairs < 1024 ? neural_grow(w->metadata, w->pairs, room, sizeof *grown) : NULL;
        if (!grown) {
            neural_free(key);
            neural_free(value);
            return w->pairs < 1024 ? no_memory(j) : refuse(j, "the file has too much metadata");
        }
        w->metadata = grown;
        w->pairs_room = room;
    }
    w->metadata[w->pairs++] = (weights_pair){key, value};
    return true;
}

static bool metadata(json *j)
{
    if (j->weights->pairs)
        return refuse(j, "the file has two kinds of metadata");
    if (!expect(j, '{'))
        return false;
    if (next_is(j, '}'))
        return expect(j, '}');
    for (;;) {
        char *key = NULL, *value = NULL;
        if (!text(j, &key, BUSKER_WEIGHTS_NAME_MAX) || !expect(j, ':') || !text(j, &value, BUSKER_WEIGHTS_HEADER_MAX)) {
            neural_free(key);
            return false;
        }
        if (!keep_pair(j, key, value))
            return false;
        if (!next_is(j, ','))
            return expect(j, '}');
        j->at++;
    }
}

static bool entries(json *j)
{
    if (!expect(j, '{'))
        return false;
    if (next_is(j, '}'))
        return expect(j, '}');
    for (;;) {
        char *name = NULL;
        if (!text(j, &name, BUSKER_WEIGHTS_NAME_MAX))
            return false;
        const bool about = !strcmp(name, "__metadata__");
        if (!*name || !expect(j, ':')) {
            neural_free(name);
            return refuse(j, "a tensor has no name or no description");
        }
        if (about)
            neural_free(name);
        if (!(about ? metadata(j) : tensor(j, name)))
            return false;
        if (!next_is(j, ','))
            return expect(j, '}');
        j->at++;
    }
}

busker_neural_status weights_parse(busker_weights *weights, const char *text, size_t size, busker_neural_fault *fault)
{
    json j = {.at = text, .end = text + size, .weights = weights, .fault = fault};
    if (entries(&j)) {
        skip_space(&j);
        if (j.at != j.end)
            refuse(&j, "something follows the JSON of the header");
    }
    return j.status;
}
