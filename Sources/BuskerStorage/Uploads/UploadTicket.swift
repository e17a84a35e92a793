// Permission to upload past this host.

public import BuskerCore

/// Permission to put one content at one address of the store.
public struct UploadTicket: Sendable {
    /// The file it will be.
    public let file: FileID
    /// Where to put it, and the headers that must be sent exactly so: length, type, hash, and that nothing is there yet.
    public let address: PresignedRequest
    /// Until when the address works.
    public let expires: Timestamp
}

/// Permission to put one content into the store in parts.
public struct UploadPartsTicket: Sendable, Hashable {
    /// The file it will be.
    public let file: FileID
    /// Bytes of each part but the last, which has what is left.
    public let partSize: Int64
    /// How many parts there are; they are numbered from 1.
    public let parts: Int
    /// Until when addresses of parts are given out.
    public let expires: Timestamp
}
