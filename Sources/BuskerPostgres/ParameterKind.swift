// The types in which values travel to the server.

import BuskerDatabase

/// The type under which a value is sent; the server converts it to that of the column.
enum ParameterKind: UInt8 {
    /// Nothing but NULL was bound so far: the server decides.
    case unknown
    case integer
    case real
    case text
    case bytes

    init(_ value: SQLValue) {
        self =
            switch value {
            case .null: .unknown
            case .integer: .integer
            case .real: .real
            case .text: .text
            case .bytes: .bytes
            }
    }

    /// The number of the type in every PostgreSQL.
    var oid: UInt32 {
        switch self {
        case .unknown: 0
        case .integer: 20
        case .real: 701
        case .text: 25
        case .bytes: 17
        }
    }

    /// The number of the type of arrays of it.
    var arrayOID: UInt32 {
        switch self {
        case .unknown, .text: 1009
        case .integer: 1016
        case .real: 1022
        case .bytes: 1001
        }
    }

    /// The name of the type of arrays of it.
    var arrayName: String {
        switch self {
        case .unknown, .text: "text[]"
        case .integer: "bigint[]"
        case .real: "double precision[]"
        case .bytes: "bytea[]"
        }
    }
}
