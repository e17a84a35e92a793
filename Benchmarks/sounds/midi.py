"""Writes Standard MIDI Files: one part of a song, or the whole score."""
import struct

DIVISION = 480  # ticks per quarter note
TICKS_PER_SECOND = 960  # at the default tempo of 120 beats per minute


class Track:
    """Timed MIDI messages of one part; times are in seconds."""

    def __init__(self):
        self.events = []

    def note(self, start, length, pitch, velocity, channel):
        """Adds one note; pitch and velocity are brought into the MIDI range."""
        velocity = int(min(127, max(1, velocity)))
        pitch = int(min(127, max(0, pitch)))
        start = max(0.0, start)
        self.events.append((start, 1, bytes((0x90 | channel, pitch, velocity))))
        self.events.append((start + max(0.02, length), 0, bytes((0x80 | channel, pitch, 0))))

    def lyric(self, start, word):
        """Adds the word that is sung from `start` on."""
        text = word.encode("ascii")
        self.events.append((start, 1, b"\xff\x05" + variable_length(len(text)) + text))

    def begin_at(self, start):
        """Takes away what was written before `start`; call it before `setup`."""
        self.events = [event for event in self.events if event[0] >= start]

    def setup(self, channel, program, pan=64, volume=100, reverb=40, chorus=0):
        """Puts the instrument and its place in the room before everything else."""
        messages = [bytes((0xC0 | channel, program))]
        for control, value in ((7, volume), (10, pan), (91, reverb), (93, chorus)):
            messages.append(bytes((0xB0 | channel, control, value)))
        self.events = [(0.0, -1, message) for message in messages] + self.events

    def chunk(self, name=""):
        """The bytes of the track chunk, with a track name if one is given."""
        title = name.encode("ascii")
        body, last = (b"\x00\xff\x03" + variable_length(len(title)) + title) if title else b"", 0
        for when, _, message in sorted(self.events, key=lambda event: (event[0], event[1])):
            tick = int(round(when * TICKS_PER_SECOND))
            body += variable_length(tick - last) + message
            last = tick
        body += b"\x00\xff\x2f\x00"
        return b"MTrk" + struct.pack(">I", len(body)) + body


def variable_length(value):
    """A number in MIDI's seven bits a byte."""
    out = [value & 0x7F]
    value >>= 7
    while value:
        out.append(0x80 | (value & 0x7F))
        value >>= 7
    return bytes(reversed(out))


def write_part(path, track):
    """Writes one track as a file of its own, for the synthesiser."""
    with open(path, "wb") as out:
        out.write(b"MThd" + struct.pack(">IHHH", 6, 0, 1, DIVISION) + track.chunk())


def write_score(path, parts):
    """Writes named tracks (a dict) as one file that a notation program opens."""
    with open(path, "wb") as out:
        out.write(b"MThd" + struct.pack(">IHHH", 6, 1, len(parts), DIVISION))
        for name, track in parts.items():
            out.write(track.chunk(name))
