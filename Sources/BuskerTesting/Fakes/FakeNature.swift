// How unkind the world between a provider and a host is.

/// What goes wrong between a provider and a host; every choice follows from the seed.
///
/// Shares are per mille, 0...1000.
public struct FakeNature: Sendable, Hashable {
    /// What becomes of a call that fails.
    public enum Failure: String, Sendable, Hashable, CaseIterable {
        /// 429 with `Retry-After`; nothing was done.
        case rateLimit
        /// 500 with the provider's own words.
        case serverError
        /// 502 with a page that is no JSON.
        case badGateway
        /// The connection ends without an answer.
        case cut
        /// The connection ends in the middle of the answer.
        case half
        /// No answer comes until the caller gives up.
        case stall
    }

    /// The share of webhooks that come twice.
    public var duplicates: Int
    /// Whether webhooks come in another order than things happened.
    public var shuffle: Bool
    /// How late a webhook may be.
    public var delay: Duration
    /// The share of webhooks that never come.
    public var lost: Int
    /// The share of calls that fail.
    public var failures: Int
    /// In which ways calls fail, each as often as the others.
    public var failureKinds: [Failure]
    /// The share of failing calls, of those that can, that were carried out all the same.
    public var doneAnyway: Int
    /// What `Retry-After` says, in whole seconds.
    public var retryAfter: Int
    /// How long an answer may take, in real time.
    public var slowness: Duration
    /// The share of refunds asked for by the host that look final and fail five days later.
    public var failingRefunds: Int

    /// Makes a nature; calm where nothing is said.
    public init(
        duplicates: Int = 0, shuffle: Bool = false, delay: Duration = .zero, lost: Int = 0, failures: Int = 0,
        failureKinds: [Failure] = [.rateLimit, .serverError, .badGateway, .cut, .half], doneAnyway: Int = 500,
        retryAfter: Int = 1, slowness: Duration = .zero, failingRefunds: Int = 0
    ) {
        self.duplicates = duplicates
        self.shuffle = shuffle
        self.delay = delay
        self.lost = lost
        self.failures = failures
        self.failureKinds = failureKinds
        self.doneAnyway = doneAnyway
        self.retryAfter = retryAfter
        self.slowness = slowness
        self.failingRefunds = failingRefunds
    }

    /// Nothing goes wrong: every webhook comes once, in order, at once.
    public static let calm = FakeNature()

    /// Every webhook comes twice, in any order, up to ten minutes late; one of twenty is lost, one call of thirty fails.
    public static let rough = FakeNature(
        duplicates: 1000, shuffle: true, delay: .seconds(600), lost: 50, failures: 33, failingRefunds: 100)
}
