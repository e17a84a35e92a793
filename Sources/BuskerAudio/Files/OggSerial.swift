// Gives an Ogg file a serial number that does not change from run to run.

import CBuskerDSP

/// libsndfile picks a random serial number; we replace it, so that equal sound gives equal bytes.
enum OggSerial {
    private static let pageMax = 27 + 255 + 255 * 255

    /// Rewrites the number and the checksum of every page in a finished file.
    static func set(_ serial: UInt32, in sink: ByteSink) throws(AudioError) {
        var page = [UInt8](repeating: 0, count: pageMax)
        var offset = 0
        while offset < sink.count {
            let got = unsafe page.withUnsafeMutableBytes { unsafe sink.read($0, at: offset) }
            guard got >= 27, page[0] == 0x4F, page[1] == 0x67 else {
                throw AudioError(.coreFailed, "The encoder wrote an Ogg page that cannot be found again.")
            }
            let segments = Int(page[26])
            let size = 27 + segments + page[27..<27 + segments].reduce(0) { $0 + Int($1) }
            guard size <= got else { throw AudioError(.coreFailed, "The encoder wrote a broken Ogg page.") }
            for i in 0..<4 {
                page[14 + i] = UInt8(truncatingIfNeeded: serial >> (8 * UInt32(i)))
                page[22 + i] = 0
            }
            let sum = unsafe page.withUnsafeBufferPointer { unsafe busker_ogg_checksum($0.baseAddress, size) }
            for i in 0..<4 { page[22 + i] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(i))) }
            try sink.write(Array(page[..<size]), at: offset)
            offset += size
        }
    }
}
