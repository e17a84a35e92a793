// Standard types and ids as columns.

import BuskerCore
import BuskerDatabase
import Testing

@Suite struct SQLValueTests {
    enum SongKind: IDKind { static let prefix = "song" }

    static func error(_ read: () throws -> Void) -> DatabaseError? {
        do {
            try read()
            return nil
        } catch {
            return error as? DatabaseError
        }
    }

    @Test func everyTypeComesBack() throws {
        #expect(try Int64(sqlValue: Int64.min.sqlValue) == .min)
        #expect(try Int(sqlValue: Int.max.sqlValue) == .max)
        #expect(try Double(sqlValue: (-0.5).sqlValue) == -0.5)
        #expect(try String(sqlValue: "a\0b".sqlValue) == "a\0b")
        #expect(try [UInt8](sqlValue: ([0, 255] as [UInt8]).sqlValue) == [0, 255])
        let moment = Timestamp(microseconds: -1)
        #expect(try Timestamp(sqlValue: moment.sqlValue) == moment)
        for flag in [true, false] { #expect(try Bool(sqlValue: flag.sqlValue) == flag) }
        #expect(try Int64?(sqlValue: .null) == nil)
        #expect(try Int64?(sqlValue: .integer(5)) == 5)
    }

    @Test func anIDIsItsSixteenBytes() throws {
        let id = try ID<SongKind>(parsing: "song_01h455vb4pex5vsknk084sn02q")
        #expect(id.sqlValue == .bytes(id.bytes))
        #expect(try ID<SongKind>(sqlValue: id.sqlValue) == id)
        #expect(try ID<SongKind>?(sqlValue: .null) == nil)
    }

    @Test(
        arguments: [
            .null, .integer(5), .real(1), .text("song_01h455vb4pex5vsknk084sn02q"), .bytes([]),
            .bytes([UInt8](repeating: 0, count: 16)), .bytes([UInt8](repeating: 0x7A, count: 17)),
        ] as [SQLValue])
    func anIDIsNothingElse(value: SQLValue) {
        #expect(Self.error { _ = try ID<SongKind>(sqlValue: value) } == DatabaseError(.typeMismatch, ""))
    }

    @Test(arguments: [.null, .integer(2), .real(1.5), .text("5"), .bytes([5])] as [SQLValue])
    func anotherKindOfValueIsRefused(value: SQLValue) {
        let readers: [(String, () throws -> Void)] = [
            ("Int64", { _ = try Int64(sqlValue: value) }), ("Int", { _ = try Int(sqlValue: value) }),
            ("Double", { _ = try Double(sqlValue: value) }), ("String", { _ = try String(sqlValue: value) }),
            ("bytes", { _ = try [UInt8](sqlValue: value) }), ("Timestamp", { _ = try Timestamp(sqlValue: value) }),
            ("Bool", { _ = try Bool(sqlValue: value) }),
        ]
        let mine: [String] =
            switch value {
            case .null: []
            case .integer: ["Int64", "Int", "Timestamp"]
            case .real: ["Double"]
            case .text: ["String"]
            case .bytes: ["bytes"]
            }
        for (name, read) in readers {
            let error = Self.error(read)
            #expect(error == (mine.contains(name) ? nil : DatabaseError(.typeMismatch, "")), "\(name)")
        }
    }

    @Test func aRowAnswersByPlaceAndByName() throws {
        let row = Row(values: [.integer(7), .null], columns: ColumnNames(["a", "b"]))
        #expect(try row.get(0, as: Int64.self) == 7)
        #expect(try row.get("b", as: String?.self) == nil)
        for column in [-1, 2, Int.min, Int.max] {
            #expect(Self.error { _ = try row.get(column, as: Int64.self) } == DatabaseError(.typeMismatch, ""))
        }
        #expect(Self.error { _ = try row.get("c", as: Int64.self) } == DatabaseError(.typeMismatch, ""))
    }
}
