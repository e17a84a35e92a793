// Tries the three headers of a Vorbis stream before libsndfile sees them.

import CBuskerDSP
import CVorbis

/// libsndfile 1.2.0 loses about 6 kB of memory with every Vorbis file whose headers libvorbis refuses.
///
/// So libvorbis is asked first, by us, and such a file never gets to libsndfile.
enum VorbisHeaders {
    /// The most bytes the three headers may have together, pictures among the comments included.
    private static let bytesMax = 16 << 20

    /// Throws where the headers are damaged or incomplete.
    static func check(_ store: ByteStore) throws(AudioError) {
        let packets = try first(3, of: store)
        var info = unsafe vorbis_info()
        var comment = unsafe vorbis_comment()
        unsafe vorbis_info_init(&info)
        unsafe vorbis_comment_init(&comment)
        defer {
            unsafe vorbis_comment_clear(&comment)
            unsafe vorbis_info_clear(&info)
        }
        for (number, bytes) in packets.enumerated() {
            var bytes = bytes
            let count = bytes.count
            let result = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                var packet = unsafe ogg_packet(
                    packet: buffer.baseAddress, bytes: count, b_o_s: number == 0 ? 1 : 0, e_o_s: 0, granulepos: 0,
                    packetno: ogg_int64_t(number))
                return unsafe vorbis_synthesis_headerin(&info, &comment, &packet)
            }
            guard result == 0 else { throw damaged }
        }
    }

    private static let damaged = FileHeader.damaged("The headers of the Ogg Vorbis file are damaged.")

    /// Puts packets together from whole pages with right checksums.
    private static func first(_ wanted: Int, of store: ByteStore) throws(AudioError) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        var packet: [UInt8] = []
        var continues = false
        var (total, offset, number) = (0, 0, 0)
        let start = HeaderBytes(store, at: 0, 27)
        while packets.count < wanted {
            let head = HeaderBytes(store, at: offset, 27 + 255)
            let segments = Int(head[26])
            guard head.has("OggS"), head.count >= 27 + segments, head[4] == 0,
                head[5] == (number == 0 ? 2 : continues ? 1 : 0), head.little32(14) == start.little32(14),
                head.little32(18) == start.little32(18) + number
            else { throw damaged }
            var size = 27 + segments
            for i in 0..<segments { size += Int(head[27 + i]) }
            let page = store.bytes(at: offset, size)
            total += size
            guard page.count == size, total <= bytesMax, isIntact(page) else { throw damaged }
            var at = 27 + segments
            for i in 0..<segments where packets.count < wanted {
                let length = Int(page[27 + i])
                packet += page[at..<at + length]
                at += length
                if length < 255 {
                    packets.append(packet)
                    packet = []
                }
            }
            continues = segments > 0 && page[27 + segments - 1] == 255
            offset += size
            number += 1
        }
        return packets
    }

    private static func isIntact(_ page: [UInt8]) -> Bool {
        var copy = page
        copy.replaceSubrange(22..<26, with: [0, 0, 0, 0])
        let sum = unsafe copy.withUnsafeBufferPointer { unsafe busker_ogg_checksum($0.baseAddress, $0.count) }
        return HeaderBytes(page).little32(22) == Int(sum)
    }
}
