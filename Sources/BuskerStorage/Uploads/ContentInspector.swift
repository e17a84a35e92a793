// Who looks at a content before anybody may read it.

public import BuskerHTTP

/// What a look for viruses found.
public enum ScanResult: Sendable, Hashable {
    /// Nothing.
    case clean
    /// Something, by the scanner's name of it.
    case infected(String)
    /// Nobody knows; the file is not given out.
    case failed(String)
}

/// Looks for viruses.
///
/// Whatever is not certainly clean is quarantined.
public protocol VirusScanner: Sendable {
    /// Looks at a content, which is read once and piece by piece.
    ///
    /// - Parameters:
    ///   - content: the bytes.
    ///   - size: how many there are.
    func scan(_ content: HTTPBody, size: Int64) async -> ScanResult
}

/// What opening a content found.
public enum Inspection: Sendable, Hashable {
    /// It is what it says, within the budget.
    case passed
    /// It is not, for a reason that its owner may read.
    case refused(String)
    /// It could not be opened here; the file is not given out.
    case failed(String)
}

/// Opens a content with the decoder that will open it later, because first bytes are no proof.
///
/// The host lends one, such as a decoder in a process of its own with little memory. It counts with ``DecodeMeter``.
public protocol ContentInspector: Sendable {
    /// Opens a content.
    ///
    /// - Parameters:
    ///   - content: the object.
    ///   - type: what its first bytes say it is.
    ///   - budget: how much may come out of it.
    func inspect(_ content: ObjectContent, type: String, budget: DecodeBudget) async -> Inspection
}
