// The parts of an object: cut from a body, and on their way to the store.

/// Cuts a body into parts of one size; the last one stays until it is asked for.
struct PartCutter {
    /// What came after the last part that was cut.
    private(set) var rest: [UInt8] = []
    private let size: Int
    private let expected: Int

    init(bytes size: Int, expected: Int64?) {
        self.size = size
        self.expected = Int(min(expected ?? .max, Int64(size)))
    }

    /// Adds a piece; whenever a part is full and more follows, the part is handed on.
    mutating func cut(
        _ piece: [UInt8], _ full: ([UInt8]) async throws(StorageError) -> Void
    ) async throws(StorageError) {
        var at = 0
        while at < piece.count {
            if rest.count == size {
                let part = rest
                rest = []
                try await full(part)
            }
            if rest.isEmpty { rest.reserveCapacity(expected) }
            let end = at + min(size - rest.count, piece.count - at)
            rest += piece[at..<end]
            at = end
        }
    }
}

/// Parts that are being sent, of which so many may be in memory at a time.
struct PartsOnTheWay {
    typealias Outcome = Result<UploadPart, StorageError>
    typealias Group = TaskGroup<Outcome>

    private let most: Int
    private var count = 0
    private var number = 0
    private var parts: [UploadPart] = []

    init(most: Int) { self.most = most }

    /// Sends the next part as soon as there is room for it, and waits until there is room for another one to be collected.
    mutating func add(
        to group: inout Group, _ send: @escaping @Sendable (_ number: Int) async throws(StorageError) -> UploadPart
    ) async throws(StorageError) {
        guard number < 10_000 else {
            throw StorageError(.tooLarge, "An object has 10,000 parts at most; say its length, or choose larger parts.")
        }
        number += 1
        count += 1
        group.addTask { [number] in
            do throws(StorageError) {
                return .success(try await send(number))
            } catch {
                return .failure(error)
            }
        }
        if count >= most { try await arrive(&group) }
    }

    /// Waits for all parts.
    mutating func finish(_ group: inout Group) async throws(StorageError) -> [UploadPart] {
        while count > 0 { try await arrive(&group) }
        return parts.sorted { $0.number < $1.number }
    }

    private mutating func arrive(_ group: inout Group) async throws(StorageError) {
        guard let outcome = await group.next() else { return }
        count -= 1
        parts.append(try outcome.get())
    }
}
