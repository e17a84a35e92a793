// The peaks handle of the C core, owned by Swift.

import CBuskerDSP

/// One peaks handle and the room it writes points to.
@safe
struct PeaksCore: ~Copyable {
    /// Points one call may complete.
    static let batch = 4096

    private let handle: OpaquePointer
    private var pairRoom: [Int16]
    private var meanRoom: [Float]
    private let outputs: Int

    init(channels: Int, span: Int, mix: Bool, energy: Bool) throws(AudioError) {
        var config = busker_peaks_config(channels: channels, span: span, mix: mix, energy: energy)
        var made: OpaquePointer?
        try unsafe busker_peaks_create(&config, &made).check("making a waveform builder")
        guard let made = unsafe made else { throw AudioError(.outOfMemory, "There is no memory for a waveform.") }
        unsafe handle = made
        outputs = mix ? 1 : channels
        pairRoom = Array(repeating: 0, count: 2 * outputs * Self.batch)
        meanRoom = Array(repeating: 0, count: energy ? outputs * Self.batch : 0)
    }

    deinit { unsafe busker_peaks_destroy(handle) }

    /// Frames pushed.
    var frames: Int { Int(clamping: unsafe busker_peaks_seen(handle).frames) }

    /// What was met in them.
    var findings: Waveform.Findings {
        let seen = unsafe busker_peaks_seen(handle)
        var findings = Waveform.Findings()
        findings.notNumbers = Int(clamping: seen.not_numbers)
        findings.overs = Int(clamping: seen.overs)
        return findings
    }

    /// Points the last call completed.
    var written: Int { unsafe busker_peaks_written(handle) }
    /// Their minima and maxima.
    var pairs: ArraySlice<Int16> { pairRoom[..<(2 * outputs * written)] }
    /// Their mean squares; empty without energy.
    var means: ArraySlice<Float> { meanRoom[..<(meanRoom.isEmpty ? 0 : outputs * written)] }

    mutating func push(_ block: Span<Int16>) throws(AudioError) {
        let handle = unsafe self.handle
        try Self.using(&pairRoom, &meanRoom) { (pairs, means) in
            unsafe busker_peaks_push_int16(handle, block, &pairs, &means)
        }
    }

    mutating func push(_ block: Span<Float>) throws(AudioError) {
        let handle = unsafe self.handle
        try Self.using(&pairRoom, &meanRoom) { (pairs, means) in
            unsafe busker_peaks_push_float(handle, block, &pairs, &means)
        }
    }

    /// Lays out the unfinished point, if there is one.
    mutating func peek() throws(AudioError) {
        let handle = unsafe self.handle
        try Self.using(&pairRoom, &meanRoom) { (pairs, means) in
            unsafe busker_peaks_peek(handle, &pairs, &means)
        }
    }

    func respan(_ span: Int) throws(AudioError) {
        try unsafe busker_peaks_respan(handle, span).check("joining points")
    }

    private static func using(
        _ pairs: inout [Int16], _ means: inout [Float],
        _ work: (inout MutableSpan<Int16>, inout MutableSpan<Float>) -> busker_status
    ) throws(AudioError) {
        var pairSpan = pairs.mutableSpan
        var meanSpan = means.mutableSpan
        try work(&pairSpan, &meanSpan).check("drawing a block")
    }
}
