// A mapped file of weights, for as long as a net takes them.

import CBuskerNeural

#if canImport(Glibc)
import Glibc
#endif

/// A safetensors file whose header was checked.
@safe
struct NeuralWeights: ~Copyable {
    let path: String
    private let handle: OpaquePointer

    init(_ path: String) throws(AudioError) {
        var fault = busker_neural_fault()
        var made: OpaquePointer?
        try unsafe busker_weights_open(path, &made, &fault).check(path, fault)
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The weights '\(path)' were not opened.") }
        self.path = path
        unsafe handle = made
    }

    deinit { unsafe busker_weights_close(handle) }

    /// Lends the file to a call that takes tensors out of it.
    func load(
        _ take: (OpaquePointer, inout busker_neural_fault) -> busker_neural_status
    ) throws(AudioError) {
        var fault = busker_neural_fault()
        try unsafe take(handle, &fault).check(path, fault)
    }

    /// What the file says about itself under a key.
    func metadata(_ key: String) -> String? {
        guard let text = unsafe busker_weights_metadata(handle, key) else { return nil }
        return unsafe String(cString: text)
    }

    /// How many values all tensors have together.
    var values: Int {
        var sum = 0
        for at in 0..<(unsafe busker_weights_count(handle)) { sum += unsafe busker_weights_values(handle, at) }
        return sum
    }

    /// The sizes of a tensor, or nothing where there is none of the name.
    func shape(_ name: String) -> [Int]? {
        let at = unsafe busker_weights_find(handle, name)
        guard at >= 0 else { return nil }
        return (0..<(unsafe busker_weights_rank(handle, at))).map { unsafe busker_weights_dimension(handle, at, $0) }
    }
}

/// Numbers of a flat JSON object, such as the `separator.json` of Open-Unmix.
struct NeuralSettings {
    let text: [UInt8]

    /// Reads a small file; nothing where there is none.
    init?(_ path: String) {
        guard let file = unsafe fopen(path, "rb") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        text = Array(bytes.prefix(count))
    }

    init(text: String) { self.text = Array(text.utf8) }

    /// The whole number that follows a key, if there is one.
    func number(_ key: String) -> Int? {
        var value: Int?
        for byte in follows(key) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), (value ?? 0) < 1 << 40 else { break }
            value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// The words of a list that follows a key, if there is one.
    func words(_ key: String) -> [String] {
        let rest = follows(key)
        guard rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return [] }
        let parts = rest[rest.startIndex..<end].split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String(decoding: $0.element, as: UTF8.self) }
    }

    /// What stands behind `"key":`, spaces left out.
    private func follows(_ key: String) -> ArraySlice<UInt8> {
        let mark = Array("\"\(key)\"".utf8)
        let spaces: Set<UInt8> = [32, 9, 10, 13, UInt8(ascii: ":")]
        guard text.count >= mark.count,
            let at = (0...text.count - mark.count).first(where: { text[$0..<$0 + mark.count].elementsEqual(mark) })
        else { return [] }
        return text[(at + mark.count)...].drop { spaces.contains($0) }
    }
}
