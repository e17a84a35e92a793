// What the service sells: work on a sound.

public import BuskerCore
public import BuskerJobs
public import BuskerLedger

/// What is known of a sound before somebody works on it.
public struct SoundFacts: Sendable, Hashable {
    /// Its length in microseconds, as decoded.
    public let microseconds: Int64
    /// Frames in a second.
    public let sampleRate: Int
    /// Samples in a frame.
    public let channels: Int

    /// Says what is known.
    public init(microseconds: Int64, sampleRate: Int, channels: Int) {
        self.microseconds = microseconds
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// Nothing, for work that needs no file.
    public static let none = SoundFacts(microseconds: 0, sampleRate: 0, channels: 0)

    /// Its length.
    public var duration: Duration { .microseconds(microseconds) }
}

/// One kind of work: what it costs and how it is done.
///
/// Work may be begun more than once, for instance after a process died. It sees nothing but its folder; what it leaves there
/// goes away with the attempt, except the files it names.
public protocol Work: Sendable {
    /// The name by which it is ordered and by which jobs are found, such as `separate`.
    var kind: String { get }
    /// The rate card that prices it.
    var card: String { get }
    /// How long one attempt may take.
    var timeLimit: Duration { get }
    /// Whether it works on a file; `true` where nothing is said.
    var needsFile: Bool { get }
    /// The kinds of its files that are sold one job at a time, by ``DownloadShop``; none where nothing is said.
    ///
    /// Other files of such a job, such as a preview, its owner has without paying.
    var soldKinds: Set<String> { get }
    /// What may be ordered of it, for hosts to tell; none where nothing is said.
    ///
    /// ``estimate(_:options:)`` takes what is told here and nothing else; ``WorkOffer/check(_:of:)`` sees to it.
    var offers: [WorkOffer] { get }

    /// The rate card that prices an order of these options; ``card`` where all cost the same.
    func card(for options: [String: String]) -> String

    /// What will be used of the card's meters.
    ///
    /// - Throws: ``MediaError`` with `badOptions` for options that the work does not have.
    func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage]

    /// Does the work; ends soon when its task is cancelled.
    ///
    /// - Throws: ``WorkFault``; whatever else is thrown counts as a fault that may pass.
    func run(_ task: WorkTask) async throws -> WorkProduct
}

extension Work {
    /// The one rate card.
    public func card(for options: [String: String]) -> String { card }
}

/// What work is given.
public struct WorkTask: Sendable {
    /// The job.
    public let job: JobID
    /// An empty folder of its own, by its absolute path.
    public let folder: String
    /// The sound to work on, by its absolute path within the folder; nothing for work that needs no file.
    public let input: String?
    /// What is known of the sound.
    public let sound: SoundFacts
    /// What was ordered.
    public let options: [String: String]
    /// Says how far the work has come, 0...1, and what it is doing; costs nothing.
    public let report: @Sendable (Double, String) -> Void

    /// Gives work its task, for tests and for work that is done elsewhere.
    public init(
        job: JobID, folder: String, input: String? = nil, sound: SoundFacts = .none, options: [String: String],
        report: @escaping @Sendable (Double, String) -> Void = { _, _ in }
    ) {
        self.job = job
        self.folder = folder
        self.input = input
        self.sound = sound
        self.options = options
        self.report = report
    }

    /// The sound to work on, for work that cannot do without.
    ///
    /// - Throws: ``WorkFault`` when there is none.
    public func sounding() throws(WorkFault) -> String {
        guard let input else { throw WorkFault(.failed, "The work has no sound to work on.", isFinal: true) }
        return input
    }
}

extension Work {
    /// It does.
    public var needsFile: Bool { true }
    /// None.
    public var soldKinds: Set<String> { [] }
    /// None.
    public var offers: [WorkOffer] { [] }
}

/// A file that work made.
public struct WorkFile: Sendable, Hashable {
    /// Its path within the folder of the task.
    public var path: String
    /// What people call it, such as `vocals.flac`; one of a kind among the files of the job.
    public var name: String
    /// The kind of file in the host's own words, such as `stem`, `peaks` or `preview`.
    public var kind: String
    /// The type of its content.
    public var contentType: String
    /// Labels for the host, such as which stem it is; at most 12.
    public var tags: [String: String]

    /// Names a file.
    public init(_ path: String, name: String, kind: String, contentType: String, tags: [String: String] = [:]) {
        self.path = path
        self.name = name
        self.kind = kind
        self.contentType = contentType
        self.tags = tags
    }
}

/// What work came to.
public struct WorkProduct: Sendable, Hashable {
    /// The files to keep.
    public var files: [WorkFile]
    /// What was really used; as estimated where the work does not say.
    public var usages: [Usage]?

    /// Says what came of it.
    public init(_ files: [WorkFile], usages: [Usage]? = nil) {
        self.files = files
        self.usages = usages
    }
}

/// Why work failed: a code that hosts translate, and a sentence.
public struct WorkFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        /// A code of a work of the host's own: lower case and underscores.
        public init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `sound_unreadable`.
        public var description: String { name }

        /// The sound cannot be decoded.
        public static let soundUnreadable = Code("sound_unreadable")
        /// There is no sound in the file.
        public static let noSound = Code("no_sound")
        /// It took longer than it may.
        public static let tooSlow = Code("too_slow")
        /// It needed more memory than it may.
        public static let outOfMemory = Code("out_of_memory")
        /// The program that does the work ended by its own fault.
        public static let crashed = Code("crashed")
        /// The bytes of the file could not be had, or a result could not be stored.
        public static let storeFailed = Code("store_failed")
        /// The real cost is more than the account has.
        public static let insufficientCredits = Code("insufficient_credits")
        /// Something else went wrong.
        public static let failed = Code("failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences for the job's owner.
    public let detail: String
    /// Whether no other attempt can succeed.
    public let isFinal: Bool

    /// Makes a fault.
    public init(_ code: Code, _ detail: String, isFinal: Bool) {
        self.code = code
        self.detail = detail
        self.isFinal = isFinal
    }

    /// The code and the sentence, as the job's problem tells them.
    public var description: String { "\(code): \(detail)" }
}
