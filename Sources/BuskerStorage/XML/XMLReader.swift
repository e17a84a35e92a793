// Reads the XML that S3 writes, strictly and within limits.

/// How much XML is read.
public struct XMLLimits: Sendable, Hashable {
    /// The most bytes of a document.
    public var bytesMax: Int
    /// The most elements within each other.
    public var depthMax: Int
    /// The most elements.
    public var elementsMax: Int

    /// Sets limits.
    public init(bytesMax: Int = 8 << 20, depthMax: Int = 16, elementsMax: Int = 50_000) {
        self.bytesMax = bytesMax
        self.depthMax = depthMax
        self.elementsMax = elementsMax
    }

    /// Enough for a thousand keys of the longest kind with all that S3 tells of them.
    public static let standard = XMLLimits()
}

/// A reader of one document: elements, texts, CDATA, comments, the five entities and references to characters.
///
/// Document types, processing instructions and other entities are refused, so that nothing expands and nothing is fetched.
struct XMLReader {
    private let bytes: [UInt8]
    private let limits: XMLLimits
    private var at = 0
    private var elements = 0

    /// Reads a document.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    static func read(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(StorageError) -> XMLElement {
        guard bytes.count <= limits.bytesMax else { throw fault("more than \(limits.bytesMax) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self),
            text.unicodeScalars.allSatisfy(XMLCharacter.isAllowed)
        else { throw fault("bytes that are no text in UTF-8") }
        var reader = XMLReader(bytes: bytes, limits: limits)
        return try reader.document()
    }

    private init(bytes: [UInt8], limits: XMLLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    private mutating func document() throws(StorageError) -> XMLElement {
        _ = take("\u{FEFF}")
        if peek("<?xml"), bytes.count > at + 5, Self.isBlank(bytes[at + 5]) { try skip(past: "?>") }
        try misc()
        guard take("<") else { throw Self.fault("no root element") }
        let root = try element()
        try misc()
        guard at == bytes.count else { throw Self.fault("something after its root element") }
        return root
    }

    /// An element whose `<` has been read, with all inside it; open elements are kept in a list, not on the stack.
    private mutating func element() throws(StorageError) -> XMLElement {
        var open: [(tag: [UInt8], element: XMLElement, text: [UInt8])] = []
        var closed = try start(&open)
        while !open.isEmpty {
            if let done = closed {
                closed = nil
                open[open.count - 1].element.children.append(done)
            } else if take("</") {
                closed = try end(&open)
                if open.isEmpty, let closed { return closed }
            } else if take("<![CDATA[") {
                let from = at
                try skip(past: "]]>")
                open[open.count - 1].text += bytes[from..<(at - 3)]
            } else if take("<!--") {
                try comment()
            } else if take("<") {
                closed = try start(&open)
            } else {
                try characters(into: &open[open.count - 1].text)
            }
        }
        guard let closed else { throw Self.fault("no root element") }
        return closed
    }

    /// A start tag: opens an element, or gives one that is empty.
    private mutating func start(
        _ open: inout [(tag: [UInt8], element: XMLElement, text: [UInt8])]
    ) throws(StorageError) -> XMLElement? {
        elements += 1
        guard elements <= limits.elementsMax else { throw Self.fault("more than \(limits.elementsMax) elements") }
        guard open.count < limits.depthMax else { throw Self.fault("elements deeper than \(limits.depthMax)") }
        let tag = try name()
        let local = tag.lastIndex(of: UInt8(ascii: ":")).map { tag[($0 + 1)...] } ?? tag[...]
        guard !local.isEmpty else { throw Self.fault("an element without a name") }
        let element = XMLElement(name: String(decoding: local, as: UTF8.self), text: "")
        var seen: Set<[UInt8]> = []
        while true {
            let hadSpace = space()
            if take("/>") { return element }
            if take(">") { break }
            guard hadSpace else { throw Self.fault("a tag that does not end") }
            try attribute(&seen)
        }
        open.append((tag, element, []))
        return nil
    }

    private mutating func end(
        _ open: inout [(tag: [UInt8], element: XMLElement, text: [UInt8])]
    ) throws(StorageError) -> XMLElement {
        let tag = try name()
        _ = space()
        guard take(">"), var last = open.popLast(), last.tag == tag else {
            throw Self.fault("an end tag that fits no start tag")
        }
        last.element.text = String(decoding: last.text, as: UTF8.self)
        return last.element
    }

    private mutating func attribute(_ seen: inout Set<[UInt8]>) throws(StorageError) {
        let attribute = try name()
        guard seen.insert(attribute).inserted else { throw Self.fault("an attribute twice") }
        _ = space()
        guard take("=") else { throw Self.fault("an attribute without a value") }
        _ = space()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else {
            throw Self.fault("an attribute without quotes")
        }
        let quote = bytes[at]
        at += 1
        var value: [UInt8] = []
        while at < bytes.count, bytes[at] != quote {
            guard bytes[at] != UInt8(ascii: "<") else { throw Self.fault("a < in an attribute") }
            if take("&") { try reference(into: &value) } else { at += 1 }
        }
        guard at < bytes.count else { throw Self.fault("an attribute that does not end") }
        at += 1
    }

    /// Text up to the next `<`; line ends become one line feed (XML 1.0, section 2.11).
    private mutating func characters(into text: inout [UInt8]) throws(StorageError) {
        guard at < bytes.count else { throw Self.fault("an element that does not end") }
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") {
            if take("&") {
                try reference(into: &text)
            } else if take("\r") {
                if !peek("\n") { text.append(0x0A) }
            } else {
                guard !peek("]]>") else { throw Self.fault("a ]]> in a text") }
                text.append(bytes[at])
                at += 1
            }
        }
    }

    /// What follows a `&`: one of the five entities, or the number of a character.
    private mutating func reference(into text: inout [UInt8]) throws(StorageError) {
        for (name, value) in [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'")]
        where take(name) {
            text += value.utf8
            return
        }
        guard take("#") else { throw Self.fault("an entity that is none of the five") }
        let radix = take("x") ? 16 : 10
        let from = at
        while at < bytes.count, at - from < 8, bytes[at] != UInt8(ascii: ";") { at += 1 }
        let digits = String(decoding: bytes[from..<at], as: UTF8.self)
        guard take(";"), digits.utf8.first != UInt8(ascii: "+"), let number = UInt32(digits, radix: radix),
            let scalar = Unicode.Scalar(number), XMLCharacter.isAllowed(scalar)
        else { throw Self.fault("a reference to no character") }
        text += String(scalar).utf8
    }

    private mutating func comment() throws(StorageError) {
        try skip(past: "--")
        guard take(">") else { throw Self.fault("a comment that does not end") }
    }

    /// White space and comments outside of the root.
    private mutating func misc() throws(StorageError) {
        repeat { _ = space() } while try commentIsTaken()
        guard !peek("<!"), !peek("<?") else { throw Self.fault("a document type or an instruction") }
    }

    private mutating func commentIsTaken() throws(StorageError) -> Bool {
        guard take("<!--") else { return false }
        try comment()
        return true
    }

    /// A name of ASCII letters, digits, `_`, `-`, `.` and `:`, or of any other letters beyond ASCII.
    private mutating func name() throws(StorageError) -> [UInt8] {
        let from = at
        while at < bytes.count, Self.isNamed(bytes[at]) { at += 1 }
        guard at > from, at - from <= 256, !(0x2D...0x39).contains(bytes[from]) else {
            throw Self.fault("a tag without a name")
        }
        return Array(bytes[from..<at])
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
        (byte != UInt8(ascii: "~") && PercentEncoding.isUnreserved(byte)) || byte == UInt8(ascii: ":") || byte >= 0x80
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func space() -> Bool {
        let from = at
        while at < bytes.count, Self.isBlank(bytes[at]) { at += 1 }
        return at > from
    }

    private func peek(_ text: String) -> Bool { bytes[at...].starts(with: text.utf8) }

    private mutating func take(_ text: String) -> Bool {
        guard peek(text) else { return false }
        at += text.utf8.count
        return true
    }

    private mutating func skip(past text: String) throws(StorageError) {
        while at < bytes.count {
            if take(text) { return }
            at += 1
        }
        throw Self.fault("a part that does not end")
    }

    private static func fault(_ what: String) -> StorageError {
        StorageError(.badAnswer, "The XML of the store has \(what); is there something between it and us?")
    }
}
