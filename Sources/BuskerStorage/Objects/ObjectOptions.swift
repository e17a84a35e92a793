// How an object is to be written, read or signed.

import BuskerCore

/// What to do when there is an object of that key already.
public enum PutMode: Sendable, Hashable {
    /// Replace it.
    case overwrite
    /// Fail with `alreadyExists`.
    case create
    /// Replace it if it is the one with this entity tag, else fail with `precondition`; also when there is none.
    case replace(String)
}

/// How to write an object.
public struct PutOptions: Sendable, Hashable {
    /// What to do with an object that is there.
    public var mode: PutMode
    /// The type of the content.
    public var contentType: String?
    /// The exact number of bytes; others fail with `badLength`.
    public var length: Int64?
    /// More bytes fail with `tooLarge` as soon as they come.
    public var bytesMax: Int64?
    /// The SHA-256 of the bytes; others fail with `badDigest`.
    public var sha256: ContentHash?
    /// Notes kept with the object: names of lower-case letters, digits and `-`, values of printable ASCII, 2 kB in all.
    public var attributes: [String: String]

    /// Writes over what is there, without conditions, unless something else is given.
    public init(
        mode: PutMode = .overwrite, contentType: String? = nil, length: Int64? = nil, bytesMax: Int64? = nil,
        sha256: ContentHash? = nil, attributes: [String: String] = [:]
    ) {
        self.mode = mode
        self.contentType = contentType
        self.length = length
        self.bytesMax = bytesMax
        self.sha256 = sha256
        self.attributes = attributes
    }
}

/// Which bytes of an object to read; an object without bytes has no ranges, every one of them is a `badRange`.
public enum ObjectRange: Sendable, Hashable {
    /// From the first of these to before the second, cut at the end of the object; `badRange` when it begins behind it.
    case bytes(Range<Int64>)
    /// From here to the end.
    case from(Int64)
    /// The last so many bytes, or all when the object has fewer; `badRange` for 0.
    case last(Int64)
}

/// How to read an object.
public struct GetOptions: Sendable, Hashable {
    /// Which bytes; all when nothing is given.
    public var range: ObjectRange?
    /// Fail with `precondition` unless the entity tag is this.
    public var ifMatch: String?
    /// Fail with `notModified` when the entity tag is this.
    public var ifNoneMatch: String?

    /// Reads everything without conditions, unless something else is given.
    public init(range: ObjectRange? = nil, ifMatch: String? = nil, ifNoneMatch: String? = nil) {
        self.range = range
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }
}

/// What the holder of a signed address may do; one address, one verb.
public enum PresignVerb: Sendable, Hashable {
    /// Read the object.
    case get
    /// Ask whether it is there.
    case head
    /// Write it.
    case put
    /// Delete it.
    case delete
    /// Write one part of an upload in parts, counted from 1.
    case part(upload: String, number: Int)
}

/// How to sign an address.
public struct PresignOptions: Sendable {
    /// How long it works.
    public var expires: PresignExpiry
    /// What an upload must be.
    public var binding: PresignBinding
    /// What a download says of itself.
    public var overrides: ResponseOverrides

    /// Signs for a quarter of an hour without conditions, unless something else is given.
    public init(
        expires: PresignExpiry = .quarterHour, binding: PresignBinding = PresignBinding(),
        overrides: ResponseOverrides = ResponseOverrides()
    ) {
        self.expires = expires
        self.binding = binding
        self.overrides = overrides
    }
}
