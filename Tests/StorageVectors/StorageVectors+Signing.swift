// Vectors of signed requests: what to sign is derived from the operation, unless the vector spells it out.

import BuskerCore
import BuskerStorage
import HTTPTypes

extension StorageVectors {
    /// The moment of a text such as `20260102T030405Z`.
    static func moment(_ text: String) throws -> Timestamp {
        let digits = Array(text.utf8)
        guard digits.count == 16 else { throw Strange(reason: "A moment has not 16 characters.") }
        let part = { (range: Range<Int>) in String(decoding: digits[range], as: UTF8.self) }
        return try Timestamp(
            iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))")
    }

    func time(_ vector: JSONValue) throws -> Timestamp {
        guard let text = vector["amz_date"]?.text ?? meta["amz_date"]?.text else {
            throw Strange(reason: "There is no amz_date.")
        }
        return try Self.moment(text)
    }

    func signer(_ vector: JSONValue) throws -> SigV4Signer {
        guard let id = vector["access_key_id"]?.text ?? meta["access_key_id"]?.text,
            let secret = vector["secret_access_key"]?.text ?? meta["secret_access_key"]?.text
        else { throw Strange(reason: "There are no credentials.") }
        let token =
            vector["session_token"]?.text ?? (vector["session_token"]?.flag == true ? meta["session_token"]?.text : nil)
        return try SigV4Signer(
            credentials: SigV4Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token),
            region: vector["region"]?.text ?? "us-east-1", service: vector["service"]?.text ?? "s3")
    }

    func signingKey(_ vector: JSONValue) throws -> String {
        guard let secret = meta["secret_access_key"]?.text else { throw Strange(reason: "There is no secret.") }
        let signer = try SigV4Signer(
            credentials: SigV4Credentials(accessKeyID: "-", secretAccessKey: secret),
            region: try text("region", vector), service: try text("service", vector))
        let key = try signer.signingKey(of: Self.moment("\(try text("date", vector))T000000Z"))
        return key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The request of an operation, or the one that the vector spells out.
    func request(_ vector: JSONValue) throws -> SigV4Request {
        let operation = try S3Operation(try text("op", vector))
        let addressing: S3Endpoint.Addressing = vector["addressing"]?.text == "virtual" ? .virtualHost : .path
        let endpoint =
            try vector["endpoint"]?.text.map { try S3Endpoint($0, addressing: addressing) }
            ?? S3Endpoint.aws(region: vector["region"]?.text ?? "us-east-1", addressing: addressing)
        return try operation.request(vector["params"] ?? .null, endpoint: endpoint)
    }

    func presigned(_ vector: JSONValue) throws -> PresignedRequest {
        guard let seconds = vector["expires"]?.integer else { throw Strange(reason: "There is no expires.") }
        return try signer(vector).presign(
            request(vector), expires: PresignExpiry(seconds: seconds), at: time(vector))
    }

    func signed(_ vector: JSONValue) throws -> (request: SigV4Request, signature: SigV4Signature) {
        var request = try request(vector)
        let body = try OperationBody.bytes(try text("op", vector), vector["params"] ?? .null)
        var payload = body.map { PayloadHash.of($0) } ?? .empty
        if let base64 = vector["body_base64"]?.text, let bytes = Base64.decode(base64.utf8) { payload = .of(bytes) }
        if let members = vector["headers"]?.members {
            request.headers = [:]
            for (name, value) in members where name.lowercased() != "authorization" {
                guard let text = value.text, let name = HTTPField.Name(name) else {
                    throw Strange(reason: "A header is none.")
                }
                request.headers.append(HTTPField(name: name, value: text))
            }
        } else if let body, OperationBody.needsSum(try text("op", vector)),
            let crc = HTTPField.Name("x-amz-checksum-crc32"),
            let kind = HTTPField.Name("x-amz-sdk-checksum-algorithm")
        {
            request.headers[crc] = Checksum(.crc32, of: body).description
            request.headers[kind] = "CRC32"
        }
        if let name = HTTPField.Name("x-amz-content-sha256"), request.headers[name] == PayloadHash.unsigned.text {
            payload = .unsigned
        }
        return try signer(vector).sign(request, payload: payload, at: time(vector))
    }

    func postPolicy(_ vector: JSONValue) throws -> JSON {
        let fields = vector["fields"] ?? .null
        guard var policy = vector["policy_b64"]?.text ?? fields["policy"]?.text ?? vector["policy"]?.text else {
            throw Strange(reason: "There is no policy to sign.")
        }
        if policy.hasPrefix("{") { policy = Base64.encode(Array(policy.utf8)) }
        return .text(try signer(vector).signature(ofPolicy: policy, at: time(vector)))
    }
}
