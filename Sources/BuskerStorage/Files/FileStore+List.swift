// Whose files there are, a page at a time.

public import BuskerCore
public import BuskerDatabase

/// Which files of an owner are wanted.
public struct FileFilter: Sendable, Hashable {
    /// Only these kinds; every kind when there are none.
    public var kinds: Set<String>
    /// Only these states; when there are none, every state but `tombstoned` and `gone`.
    public var states: Set<FileState>
    /// Only contents of this family, such as `audio`.
    public var family: String?
    /// Only names with this in them; letters A to Z of either case.
    ///
    /// At most 255 bytes are looked at.
    public var namePart: String?
    /// Only files that were made then.
    public var created: Range<Timestamp>?
    /// Only what belongs to this.
    public var subject: String?
    /// Whether files are listed that were deleted but can be brought back.
    public var withDeleted: Bool

    /// Every file that is there, unless something else is given.
    public init(
        kinds: Set<String> = [], states: Set<FileState> = [], family: String? = nil, namePart: String? = nil,
        created: Range<Timestamp>? = nil, subject: String? = nil, withDeleted: Bool = false
    ) {
        self.kinds = kinds
        self.states = states
        self.family = family
        self.namePart = namePart
        self.created = created
        self.subject = subject
        self.withDeleted = withDeleted
    }

    var condition: SQL {
        var all: SQL = "1 = 1"
        if !kinds.isEmpty { all = "\(all) AND kind IN \(list: kinds.sorted())" }
        if states.isEmpty {
            all = "\(all) AND \(FileStore.alive)"
        } else {
            all = "\(all) AND state IN \(list: states.map(\.rawValue).sorted())"
        }
        if let family { all = "\(all) AND content_type LIKE \(Self.escaped(family) + "/%") ESCAPE '!'" }
        if let namePart {
            all = "\(all) AND lower(name) LIKE lower(\("%" + Self.escaped(namePart) + "%")) ESCAPE '!'"
        }
        if let created {
            all = "\(all) AND created_us >= \(created.lowerBound) AND created_us < \(created.upperBound)"
        }
        if let subject { all = "\(all) AND subject = \(subject)" }
        return withDeleted ? all : "\(all) AND deleted_us IS NULL"
    }

    /// Text for which nothing stands but itself.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars where result.utf8.count < 255 && scalar != "\0" {
            if scalar == "!" || scalar == "%" || scalar == "_" { result += "!" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}

/// How much of one kind and state an owner has.
public struct FileTotal: Sendable, Hashable {
    /// The kind.
    public let kind: String
    /// The state.
    public let state: FileState
    /// How many files.
    public let files: Int64
    /// Bytes of them, as far as they are known.
    public let bytes: Int64
}

extension FileStore {
    /// Files of an owner, the newest first; another owner's are never found.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for a cursor of another list.
    public static func list(
        owner: String, _ filter: FileFilter = FileFilter(), page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws -> Page<FileRecord> {
        let list = "storage.files"
        var place: SQL = ""
        do throws(TextError) {
            if let after = page.after {
                let id: FileID = try after.position(in: list, as: FileID.self)
                place = "AND id < \(id)"
            }
        } catch {
            throw StorageError(.badRequest, error.detail)
        }
        let found = try rows(
            "owner = \(owner) AND \(filter.condition) \(place) ORDER BY id DESC LIMIT \(page.limit + 1)", in: tx)
        guard found.count > page.limit else { return Page(items: found, next: nil) }
        let items = Array(found.prefix(page.limit))
        return Page(items: items, next: try items.last.map { try Cursor(list: list, after: $0.id) })
    }

    /// What an owner has, or everybody when none is named, by kind and state; files that are gone are not counted.
    public static func totals(owner: String?, in tx: ReadTransaction) throws -> [FileTotal] {
        let whose: SQL = owner.map { "owner = \($0) AND" } ?? ""
        let rows = try tx.rows(
            """
            SELECT kind, state, count(*), CAST(COALESCE(sum(size), 0) AS bigint) FROM storage_file
            WHERE \(whose) state <> 'gone' GROUP BY kind, state ORDER BY kind, state
            """)
        return try rows.map { row in
            guard let state = FileState(rawValue: try row.get(1)) else { throw StorageError.strangeRow("file") }
            return FileTotal(kind: try row.get(0), state: state, files: try row.get(2), bytes: try row.get(3))
        }
    }
}
