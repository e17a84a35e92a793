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
        let handle = unsafe handle
        let status = unsafe Self.lend(&pairRoom, &meanRoom) { pairs, means in
            unsafe block.withUnsafeBufferPointer { block in
                unsafe busker_peaks_push_int16(
                    handle, block.baseAddress, block.count, pairs.baseAddress, pairs.count, means.baseAddress,
                    means.count)
            }
        }
        try status.check("drawing a block")
    }

    mutating func push(_ block: Span<Float>) throws(AudioError) {
        let handle = unsafe handle
        let status = unsafe Self.lend(&pairRoom, &meanRoom) { pairs, means in
            unsafe block.withUnsafeBufferPointer { block in
                unsafe busker_peaks_push_float(
                    handle, block.baseAddress, block.count, pairs.baseAddress, pairs.count, means.baseAddress,
                    means.count)
            }
        }
        try status.check("drawing a block")
    }

    /// Lays out the unfinished point, if there is one.
    mutating func peek() throws(AudioError) {
        let handle = unsafe handle
        let status = unsafe Self.lend(&pairRoom, &meanRoom) { pairs, means in
            unsafe busker_peaks_peek(handle, pairs.baseAddress, pairs.count, means.baseAddress, means.count)
        }
        try status.check("drawing the last point")
    }

    func respan(_ span: Int) throws(AudioError) {
        try unsafe busker_peaks_respan(handle, span).check("joining points")
    }

    /// Lends both rooms to the core.
    ///
    /// The spans that Swift makes of the core's counted pointers crash its compiler in optimised builds (6.3.1), so
    /// this is one of the places that pass pointers themselves.
    private static func lend(
        _ pairs: inout [Int16], _ means: inout [Float],
        _ work: (UnsafeMutableBufferPointer<Int16>, UnsafeMutableBufferPointer<Float>) -> busker_status
    ) -> busker_status {
        unsafe pairs.withUnsafeMutableBufferPointer { pairs in
            unsafe means.withUnsafeMutableBufferPointer { means in unsafe work(pairs, means) }
        }
    }
}
