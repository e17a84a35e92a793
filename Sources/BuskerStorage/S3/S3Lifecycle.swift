// What a bucket deletes and moves by itself.

public import BuskerCore

/// One rule of a bucket's life cycle.
public struct LifecycleRule: Sendable, Hashable {
    /// Which objects a rule is for; all its parts must hold.
    public struct Filter: Sendable, Hashable {
        /// How keys begin; nothing and `""` are all keys.
        public var prefix: String?
        /// Labels that all must be there.
        public var tags: [ObjectTag]
        /// The object is larger than so many bytes.
        public var largerThan: Int64?
        /// The object is smaller than so many bytes.
        public var smallerThan: Int64?

        /// Makes a filter.
        public init(
            prefix: String? = nil, tags: [ObjectTag] = [], largerThan: Int64? = nil, smallerThan: Int64? = nil
        ) {
            self.prefix = prefix
            self.tags = tags
            self.largerThan = largerThan
            self.smallerThan = smallerThan
        }

        var count: Int { (prefix == nil ? 0 : 1) + tags.count + [largerThan, smallerThan].compactMap(\.self).count }
    }

    /// When something happens.
    public enum Moment: Sendable, Hashable {
        /// So many days after the object was made, at least one.
        case days(Int64)
        /// On a day, at midnight UTC.
        case date(Timestamp)
    }

    /// A move to a cheaper class.
    public struct Transition: Sendable, Hashable {
        /// When.
        public var moment: Moment
        /// The class, such as `STANDARD_IA`.
        public var storageClass: String

        /// Makes a move.
        public init(_ moment: Moment, storageClass: String) {
            self.moment = moment
            self.storageClass = storageClass
        }
    }

    /// The name of the rule.
    public var id: String
    /// Whether the rule acts.
    public var isEnabled: Bool
    /// Which objects it is for.
    public var filter: Filter
    /// When objects are deleted.
    public var expiration: Moment?
    /// Whether markers of deleted objects go that have no versions behind them.
    public var expiresDeleteMarkers = false
    /// Moves to cheaper classes.
    public var transitions: [Transition] = []
    /// Days after which old versions are deleted.
    public var noncurrentDays: Int64?
    /// How many old versions stay.
    public var newerNoncurrentVersions: Int64?
    /// Days after which uploads that were not ended are given up.
    public var abortsUploadsAfterDays: Int64?

    /// Makes a rule that does nothing yet.
    public init(id: String, isEnabled: Bool = true, filter: Filter) {
        self.id = id
        self.isEnabled = isEnabled
        self.filter = filter
    }
}

extension S3Body {
    /// The whole life cycle of a bucket; it replaces the one before.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for no rules, more than 1000, or days below one.
    public static func lifecycle(_ rules: [LifecycleRule]) throws(StorageError) -> [UInt8] {
        guard (1...1000).contains(rules.count) else {
            throw StorageError(.badRequest, "A life cycle has 1 to 1000 rules, not \(rules.count).")
        }
        return try XMLWriter.document("LifecycleConfiguration") { (body) throws(StorageError) in
            for rule in rules { try body.element("Rule") { (body) throws(StorageError) in try body.write(rule) } }
        }
    }
}

extension XMLWriter {
    fileprivate mutating func write(_ rule: LifecycleRule) throws(StorageError) {
        let days = [rule.noncurrentDays, rule.abortsUploadsAfterDays].compactMap(\.self)
        guard days.allSatisfy({ $0 >= 1 }) else { throw StorageError(.badRequest, "A rule waits for less than a day.") }
        try element("ID", rule.id)
        try element("Status", rule.isEnabled ? "Enabled" : "Disabled")
        try element("Filter") { (body) throws(StorageError) in try body.write(rule.filter) }
        for move in rule.transitions {
            try element("Transition") { (body) throws(StorageError) in
                try body.write(move.moment)
                try body.element("StorageClass", move.storageClass)
            }
        }
        if let days = rule.abortsUploadsAfterDays {
            try element("AbortIncompleteMultipartUpload") { (body) throws(StorageError) in
                try body.element("DaysAfterInitiation", days)
            }
        }
        if let days = rule.noncurrentDays {
            try element("NoncurrentVersionExpiration") { (body) throws(StorageError) in
                try body.element("NoncurrentDays", days)
                try body.element("NewerNoncurrentVersions", rule.newerNoncurrentVersions)
            }
        }
        if let moment = rule.expiration {
            try element("Expiration") { (body) throws(StorageError) in try body.write(moment) }
        } else if rule.expiresDeleteMarkers {
            try element("Expiration") { (body) throws(StorageError) in
                try body.element("ExpiredObjectDeleteMarker", "true")
            }
        }
    }

    private mutating func write(_ moment: LifecycleRule.Moment) throws(StorageError) {
        switch moment {
        case .days(let days):
            guard days >= 1 else { throw StorageError(.badRequest, "A rule waits for less than a day.") }
            try element("Days", days)
        case .date(let date): try element("Date", date.seconds)
        }
    }

    private mutating func write(_ filter: LifecycleRule.Filter) throws(StorageError) {
        if filter.count == 0 {
            try element("Prefix", "")
        } else if filter.count == 1 {
            try writeParts(filter)
        } else {
            try element("And") { (body) throws(StorageError) in try body.writeParts(filter) }
        }
    }

    private mutating func writeParts(_ filter: LifecycleRule.Filter) throws(StorageError) {
        try element("Prefix", filter.prefix)
        for tag in filter.tags { try write(tag) }
        try element("ObjectSizeGreaterThan", filter.largerThan)
        try element("ObjectSizeLessThan", filter.smallerThan)
    }
}
