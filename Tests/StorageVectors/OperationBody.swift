// Bodies of operations, from the parameters of AWS's Python client.

import BuskerCore
import BuskerStorage

/// Turns parameters into the room's own values and these into XML.
enum OperationBody {
    /// The body; nothing for an operation that has none.
    static func bytes(_ operation: String, _ params: JSONValue) throws -> [UInt8]? {
        switch operation {
        case "complete_multipart_upload":
            return try S3Body.completeUpload((params["MultipartUpload"]?["Parts"]?.elements ?? []).map(part))
        case "delete_objects":
            let list = params["Delete"] ?? .null
            let objects = (list["Objects"]?.elements ?? []).map {
                DeletedObject(key: $0["Key"]?.text ?? "", version: $0["VersionId"]?.text)
            }
            return try S3Body.delete(objects, isQuiet: list["Quiet"]?.flag ?? false)
        case "put_bucket_lifecycle_configuration":
            return try S3Body.lifecycle((params["LifecycleConfiguration"]?["Rules"]?.elements ?? []).map(rule))
        case "put_object_legal_hold":
            return try S3Body.legalHold(params["LegalHold"]?["Status"]?.text == "ON")
        case "put_object_retention":
            let lock = params["Retention"] ?? .null
            return try S3Body.retention(
                until: try moment(lock["RetainUntilDate"]), isCompliance: lock["Mode"]?.text == "COMPLIANCE")
        case "put_object_tagging", "put_bucket_tagging":
            return try S3Body.tagging((params["Tagging"]?["TagSet"]?.elements ?? []).map(tag))
        case "create_bucket":
            return try params["CreateBucketConfiguration"]?["LocationConstraint"]?.text.map {
                try S3Body.createBucket(region: $0)
            }
        default: return nil
        }
    }

    /// Whether the client sends a CRC-32 of the body.
    static func needsSum(_ operation: String) -> Bool {
        operation != "complete_multipart_upload" && operation != "create_bucket"
    }

    private static func part(_ part: JSONValue) throws -> UploadedPart {
        let sums = Checksum.Kind.allCases.compactMap { kind in
            part["Checksum\(kind.rawValue.uppercased())"]?.text.flatMap { Checksum(kind, text: $0) }
        }
        guard let number = part["PartNumber"]?.integer, let tag = part["ETag"]?.text else {
            throw Strange(reason: "A part has no number or tag.")
        }
        return UploadedPart(number: number, entityTag: tag, checksum: sums.first)
    }

    private static func tag(_ tag: JSONValue) -> ObjectTag {
        ObjectTag(key: tag["Key"]?.text ?? "", value: tag["Value"]?.text ?? "")
    }

    /// A moment such as `2030-01-01 00:00:00`, or with a `T`.
    private static func moment(_ value: JSONValue?) throws -> Timestamp {
        guard let text = value?.text else { throw Strange(reason: "There is no date.") }
        let whole = text.replacing(" ", with: "T")
        return try Timestamp(iso8601: whole.hasSuffix("Z") || whole.contains("+") ? whole : whole + "Z")
    }

    private static func when(_ value: JSONValue) throws -> LifecycleRule.Moment? {
        if let days = value["Days"]?.integer { return .days(days) }
        return value["Date"] == nil ? nil : .date(try moment(value["Date"]))
    }

    private static func rule(_ value: JSONValue) throws -> LifecycleRule {
        let whole = value["Filter"] ?? .null
        let filter = whole["And"] ?? whole
        var rule = LifecycleRule(
            id: value["ID"]?.text ?? "", isEnabled: value["Status"]?.text == "Enabled",
            filter: LifecycleRule.Filter(
                prefix: filter["Prefix"]?.text,
                tags: (filter["Tags"]?.elements ?? [filter["Tag"]].compactMap(\.self)).map(tag),
                largerThan: filter["ObjectSizeGreaterThan"]?.integer,
                smallerThan: filter["ObjectSizeLessThan"]?.integer))
        if let end = value["Expiration"] {
            rule.expiration = try when(end)
            rule.expiresDeleteMarkers = end["ExpiredObjectDeleteMarker"]?.flag ?? false
        }
        for move in value["Transitions"]?.elements ?? [] {
            guard let moment = try when(move) else { throw Strange(reason: "A move has no time.") }
            rule.transitions.append(
                LifecycleRule.Transition(moment, storageClass: move["StorageClass"]?.text ?? ""))
        }
        rule.noncurrentDays = value["NoncurrentVersionExpiration"]?["NoncurrentDays"]?.integer
        rule.newerNoncurrentVersions = value["NoncurrentVersionExpiration"]?["NewerNoncurrentVersions"]?.integer
        rule.abortsUploadsAfterDays = value["AbortIncompleteMultipartUpload"]?["DaysAfterInitiation"]?.integer
        return rule
    }
}
