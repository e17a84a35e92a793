// Ids in columns of 16 bytes.

public import BuskerCore

extension ID: SQLEncodable, SQLDecodable {
    /// The 16 bytes.
    public var sqlValue: SQLValue { .bytes(bytes) }

    /// Reads 16 bytes.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        let bytes = try [UInt8](sqlValue: sqlValue)
        do throws(TextError) {
            try self.init(bytes: bytes)
        } catch {
            throw sqlValue.mismatch("an id of 16 bytes")
        }
    }
}
