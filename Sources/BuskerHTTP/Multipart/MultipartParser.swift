// Finds the parts of a form in bytes that arrive in any pieces.

/// A machine that reads `multipart/form-data` (RFC 7578) as it arrives; it holds less than one boundary and one set of headers back.
///
/// A line that only begins like the boundary belongs to the part. What stands before the first part and after the last is dropped.
struct MultipartParser {
    private enum State {
        case before
        case headers
        case body
        case after
    }

    private let limits: MultipartLimits
    private let delimiter: [UInt8]
    private var state = State.before
    /// What cannot be decided on yet; the first boundary may stand at the very beginning.
    private var held: [UInt8] = [0x0D, 0x0A]
    private var parts = 0
    private var dropped = 0

    init(boundary: String, limits: MultipartLimits) {
        self.limits = limits
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Takes the next bytes, and tells what is certain by now.
    mutating func push(_ bytes: [UInt8], _ events: inout [MultipartEvent]) throws(MultipartError) {
        held += bytes
        var start = 0
        while true {
            let before = (start, state)
            try step(&start, &events)
            if start == before.0, state == before.1 { break }
        }
        held.removeFirst(start)
    }

    /// Says that no more bytes come.
    func finish() throws(MultipartError) {
        guard state == .after else {
            throw MultipartError(.cut, "The form ends before its last boundary; send it again.")
        }
    }

    private mutating func step(_ start: inout Int, _ events: inout [MultipartEvent]) throws(MultipartError) {
        switch state {
        case .before, .body: try pass(&start, &events)
        case .headers: try readHeaders(&start, &events)
        case .after:
            try drop(held.count - start)
            start = held.count
        }
    }

    /// Passes bytes on up to the next boundary, or up to what may become one.
    private mutating func pass(_ start: inout Int, _ events: inout [MultipartEvent]) throws(MultipartError) {
        var from = start
        while true {
            guard let found = DelimiterSearch.first(delimiter, in: held, from: from) else {
                let safe = DelimiterSearch.safeEnd(delimiter, in: held, from: from)
                try emit(start..<safe, &events)
                start = safe
                return
            }
            switch ending(at: found + delimiter.count) {
            case .unknown:
                try emit(start..<found, &events)
                start = found
                return
            case .none: from = found + 2
            case .found(let end, let isLast):
                try emit(start..<found, &events)
                if state == .body { events.append(.partEnd) }
                start = end
                dropped = 0
                state = isLast ? .after : .headers
                return
            }
        }
    }

    private enum Ending {
        case unknown
        case none
        case found(end: Int, isLast: Bool)
    }

    /// What follows a boundary: two hyphens, or white space and the end of the line.
    private func ending(at start: Int) -> Ending {
        var at = start
        if at < held.count, held[at] == UInt8(ascii: "-") {
            guard at + 1 < held.count else { return .unknown }
            return held[at + 1] == UInt8(ascii: "-") ? .found(end: at + 2, isLast: true) : .none
        }
        while at < held.count, held[at] == 0x20 || held[at] == 0x09 { at += 1 }
        guard at - start <= MultipartLimits.paddingBytesMax else { return .none }
        guard at < held.count else { return .unknown }
        guard held[at] == 0x0D else { return .none }
        guard at + 1 < held.count else { return .unknown }
        return held[at + 1] == 0x0A ? .found(end: at + 2, isLast: false) : .none
    }

    private mutating func emit(_ range: Range<Int>, _ events: inout [MultipartEvent]) throws(MultipartError) {
        guard !range.isEmpty else { return }
        if state == .body {
            events.append(.bytes(Array(held[range])))
        } else {
            try drop(range.count)
        }
    }

    private mutating func drop(_ count: Int) throws(MultipartError) {
        dropped += count
        guard dropped <= limits.aroundBytesMax else {
            throw MultipartError(.malformed, "There are too many bytes outside of the parts of the form.")
        }
    }

    private mutating func readHeaders(_ start: inout Int, _ events: inout [MultipartEvent]) throws(MultipartError) {
        let end = DelimiterSearch.first([0x0D, 0x0A, 0x0D, 0x0A], in: held, from: start)
        guard (end ?? held.count) - start <= limits.headerBytesMax else {
            throw MultipartError(.tooLarge, "The headers of a part have more than \(limits.headerBytesMax) bytes.")
        }
        guard let end else { return }
        parts += 1
        guard parts <= limits.partsMax else {
            throw MultipartError(.tooLarge, "The form has more than \(limits.partsMax) parts.")
        }
        events.append(.part(try MultipartPart(headers: Array(held[start..<end]))))
        start = end + 4
        state = .body
    }
}
