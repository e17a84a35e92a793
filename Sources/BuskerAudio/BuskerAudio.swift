// Decode, resample, separate, draw waveforms, encode.
