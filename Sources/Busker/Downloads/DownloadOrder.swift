// A download that somebody wants to buy.

public import BuskerJobs

/// What a job made, to be bought by its owner.
public struct DownloadOrder: Sendable, Hashable {
    /// The job.
    public var job: JobID
    /// Whose it is; also the buyer's name for payments.
    public var owner: String
    /// Where the buyer goes after paying.
    public var successURL: String
    /// Where the buyer goes who does not pay.
    public var cancelURL: String?
    /// The buyer's address for the provider's receipt; it identifies nobody.
    public var email: String?

    /// Makes an order.
    public init(_ job: JobID, owner: String, successURL: String, cancelURL: String? = nil, email: String? = nil) {
        self.job = job
        self.owner = owner
        self.successURL = successURL
        self.cancelURL = cancelURL
        self.email = email
    }
}
