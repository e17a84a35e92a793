// Several HTDemucs nets that are asked together.

import CBuskerNeural

#if canImport(Glibc)
import Glibc
#endif

/// The nets of a model that are needed for some of its sources; a single file is a bag of one.
struct HTDemucsBag: Sendable {
    /// A net, and how much of each source is its.
    struct Net: Sendable {
        let core: HTDemucsCore
        /// For each source the share, 0...1; those of all nets together are one.
        let shares: [Float]
    }

    /// Only nets that have a share in what is wanted.
    let nets: [Net]
    let sampleRate: Int
    /// Samples of a segment.
    let segment: Int

    /// Loads the nets that the wanted sources need.
    init(_ about: Description, for wanted: [Int]) throws(AudioError) {
        var nets: [Net] = []
        let count = try about.sources().count
        guard about.weights.allSatisfy({ $0.count == count || $0.isEmpty }) else {
            throw about.fault("weighs another number of sources than its nets have")
        }
        let rows = about.weights.map { $0.isEmpty ? [Float](repeating: 1, count: count) : $0 }
        let totals = (0..<count).map { source in rows.reduce(0) { $0 + $1[source] } }
        guard totals.allSatisfy({ $0 > 0 }) else { throw about.fault("has a source of which no net has a share") }
        for (file, row) in zip(about.files, rows) where wanted.contains(where: { row[$0] != 0 }) {
            let core = try HTDemucsCore(file: file)
            nets.append(Net(core: core, shares: zip(row, totals).map { $0 / $1 }))
            guard core.names == nets[0].core.names, core.sampleRate == nets[0].core.sampleRate,
                core.segment == nets[0].core.segment
            else { throw about.fault("joins nets of different sources, rates or segments") }
        }
        guard let first = nets.first?.core else { throw about.fault("has no net for what is wanted") }
        self.nets = nets
        sampleRate = first.sampleRate
        segment = about.seconds.map { min(first.segment, Int($0 * Double(first.sampleRate))) } ?? first.segment
        guard segment >= BUSKER_HTDEMUCS_SEGMENT_MIN else { throw about.fault("asks for segments that are too short") }
    }
}

extension HTDemucsBag {
    /// What a file says about a bag: the files of its nets and their weights.
    struct Description {
        let path: String
        let isBag: Bool
        private(set) var files: [String]
        /// A weight for each source, for each net; none where all weigh the same.
        private(set) var weights: [[Float]]
        /// The segments the bag asks for, in seconds.
        private(set) var seconds: Double?

        init(_ path: String) throws(AudioError) {
            self.path = path
            isBag = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
            (files, weights) = ([path], [[]])
            if isBag { try readBag() }
        }

        /// The names of the sources; only the header of the first net is read.
        func sources() throws(AudioError) -> [String] {
            try HTDemucsCore.names(of: NeuralWeights(files[0]))
        }

        func fault(_ words: String) -> AudioError { AudioError(.badWeights, "The bag '\(path)' \(words).") }

        private mutating func readBag() throws(AudioError) {
            guard let text = NeuralSettings(path)?.text else { throw fault("cannot be read") }
            let values = BagText.values(text)
            let names = values["models"]?.flatMap(\.self) ?? []
            guard (1...64).contains(names.count), names.allSatisfy(Self.isPlain) else {
                throw fault("names no models as the bags of demucs do")
            }
            let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
            let there = Self.names(in: folder.isEmpty ? "." : folder)
            files = []
            for name in names {
                let found = there.filter { $0 == "\(name).safetensors" || $0.hasPrefix("\(name)-") }
                guard found.count == 1 else {
                    throw fault("needs one file \(name).safetensors beside it, and \(found.count) are there")
                }
                files.append(folder + found[0])
            }
            weights = [[Float]](repeating: [], count: files.count)
            if let rows = values["weights"] {
                let numbers = rows.map { $0.compactMap(Float.init) }
                let isSound = zip(rows, numbers).allSatisfy { row, numbers in
                    numbers.count == row.count && numbers.allSatisfy { (0...1_000_000).contains($0) }
                }
                guard rows.count == files.count, isSound else { throw fault("does not weigh each of its nets") }
                weights = numbers
            }
            if let word = values["segment"]?.first?.first {
                guard let number = Double(word), (0.1...60).contains(number) else {
                    throw fault("asks for segments of '\(word.prefix(16))' seconds")
                }
                seconds = number
            }
        }

        private static func isPlain(_ name: String) -> Bool {
            !name.isEmpty && name.utf8.count <= 64
                && name.utf8.allSatisfy { byte in
                    (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 95
                }
        }

        /// The safetensors files in a folder.
        private static func names(in folder: String) -> [String] {
            guard let open = unsafe opendir(folder) else { return [] }
            defer { unsafe closedir(open) }
            var names: [String] = []
            while let entry = unsafe readdir(open) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name.hasSuffix(".safetensors") { names.append(name) }
            }
            return names
        }
    }
}

/// Reads the little of YAML that bags are written in: keys with a word, a list in brackets, or a list of lists.
enum BagText {
    /// For each key its rows of words; a word or a single list is one row.
    static func values(_ text: [UInt8]) -> [String: [[String]]] {
        var values: [String: [[String]]] = [:]
        var key = ""
        var (rows, row, word): ([[String]], [String], String) = ([], [], "")
        var depth = 0
        func endWord() {
            if !word.isEmpty { row.append(word) }
            word = ""
        }
        func endRow() {
            endWord()
            if !row.isEmpty { rows.append(row) }
            row = []
        }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars + ["\n"] {
            switch scalar {
            case "[": depth += 1
            case "]":
                endRow()
                depth = max(0, depth - 1)
            case ",", " ", "\t", "'", "\"", "\r": endWord()
            case ":" where depth == 0: (key, word) = (word, "")
            case "\n":
                endWord()
                guard depth == 0 else { continue }
                endRow()
                if !key.isEmpty, values[key] == nil { values[key] = rows }
                (key, rows) = ("", [])
            default: word.unicodeScalars.append(scalar)
            }
        }
        return values
    }
}
