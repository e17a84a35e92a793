// Tells a second body under one of PayPal's signatures.

import Crypto
import Synchronization

/// Remembers which body came under which signature, so that another one with the same checksum is told.
///
/// A genuine delivery is the same bytes on each of its attempts. A second body under one id, signature and checksum is not an
/// accident, but somebody who holds a signature of PayPal's and made a body to fit it; which of the two is genuine cannot be said.
/// Nothing depends on this memory, for no body of PayPal's is believed; it is there so that the attempt is seen. The last 4096
/// deliveries that were signed and the last 1024 that were refused are kept, about 0.5 MB, the latter apart, so that
/// strangers cannot push out the former.
public final class PayPalTransmissions: Sendable {
    private struct State {
        var signed = Recent(capacity: 4096)
        var refused = Recent(capacity: 1024)
    }

    private let state = Mutex(State())

    /// Makes an empty memory; share one among the verifiers of an app.
    public init() {}

    /// Notes a body, and says whether another one came under the same transmission.
    package func isSecond(_ body: [UInt8], id: String, signature: [UInt8], checksum: UInt32, isSigned: Bool) -> Bool {
        var name = SHA256()
        name.update(data: Array("\(id)|\(checksum)|".utf8))
        name.update(data: signature)
        let (key, value) = (Array(name.finalize()), Array(SHA256.hash(data: body)))
        return state.withLock { state in
            let known = [state.signed[key], state.refused[key]]
            if isSigned { state.signed.note(key, value) } else { state.refused.note(key, value) }
            return known.contains { $0.map { $0 != value } ?? false }
        }
    }
}

/// What was noted last, up to a number; what was noted first for a key stays.
private struct Recent {
    let capacity: Int
    private var values: [[UInt8]: [UInt8]] = [:]
    private var order: [[UInt8]] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    subscript(key: [UInt8]) -> [UInt8]? { values[key] }

    mutating func note(_ key: [UInt8], _ value: [UInt8]) {
        guard values[key] == nil else { return }
        values[key] = value
        guard order.count == capacity else {
            order.append(key)
            return
        }
        values[order[oldest]] = nil
        order[oldest] = key
        oldest = (oldest + 1) % capacity
    }
}
