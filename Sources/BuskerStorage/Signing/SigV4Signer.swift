// Signs requests as AWS wants it, version 4.

public import BuskerCore
import Crypto
import HTTPTypes

/// Signs requests, addresses and uploads with AWS's Signature Version 4; it never prints its secret.
///
/// Copies share the key of the day. The clock is the caller's: S3 refuses a request whose time is more than 15 minutes off.
public struct SigV4Signer: Sendable {
    static let algorithm = "AWS4-HMAC-SHA256"

    /// Who signs.
    public let credentials: SigV4Credentials
    /// The region, such as `eu-central-1`.
    public let region: String
    /// The service, such as `s3`.
    public let service: String
    /// What the service signs.
    public let rules: SigV4Rules
    private let keys: SigningKeys

    /// Makes a signer.
    ///
    /// - Throws: ``StorageError`` with `badAddress` when region or service is blank or has other than letters, digits and `-`.
    public init(
        credentials: SigV4Credentials, region: String, service: String = "s3", rules: SigV4Rules = .s3
    ) throws(StorageError) {
        for name in [region, service] {
            guard !name.isEmpty, name.utf8.count <= 64,
                name.utf8.allSatisfy({ PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") })
            else {
                throw StorageError(.badAddress, "A region or service is blank or has other than letters, digits, - . _")
            }
        }
        self.credentials = credentials
        self.region = region
        self.service = service
        self.rules = rules
        keys = SigningKeys(credentials, region: region, service: service)
    }

    /// Signs a request whose signature travels in the header `Authorization`.
    ///
    /// Every header of the request is signed but those that servers on the way write anew. A date, token or payload hash that the
    /// request has already is replaced.
    ///
    /// - Returns: the request with its new headers, and the signature.
    /// - Throws: ``StorageError`` with `badRequest` when the year has not four digits.
    public func sign(
        _ request: SigV4Request, payload: PayloadHash, at time: Timestamp
    ) throws(StorageError) -> (request: SigV4Request, signature: SigV4Signature) {
        let moment = try SigV4Moment(time)
        var request = request
        request.headers[.authorization] = nil
        request.headers.set("x-amz-date", moment.text)
        if rules.sendsPayloadHash { request.headers.set("x-amz-content-sha256", payload.text) }
        request.headers.set("x-amz-security-token", rules.signsToken ? credentials.sessionToken : nil)
        let headers = CanonicalRequest.signedHeaders(of: request)
        let signature = signature(request, headers: headers, payload: payload.text, moment: moment)
        if !rules.signsToken { request.headers.set("x-amz-security-token", credentials.sessionToken) }
        request.headers[.authorization] =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(of: moment)), "
            + "SignedHeaders=\(signature.signedHeaders), Signature=\(signature.hexadecimal)"
        return (request, signature)
    }

    /// Signs an address that whoever holds it may use until it expires.
    ///
    /// The headers of the request are signed too: whoever uses the address must send exactly these.
    ///
    /// - Throws: ``StorageError`` with `badRequest` when the request has parameters that a signature adds.
    public func presign(
        _ request: SigV4Request, expires: PresignExpiry, payload: PayloadHash = .unsigned, at time: Timestamp
    ) throws(StorageError) -> PresignedRequest {
        let moment = try keys.moment(time)
        var request = request
        for item in request.query where Self.isReserved(item.name) {
            throw StorageError(.badRequest, "A parameter of the address is one that its signature adds; leave it out.")
        }
        let headers = CanonicalRequest.signedHeaders(of: request)
        request.query = request.query.map { QueryItem(valued: $0) }
        request.query += [
            QueryItem(plain: "X-Amz-Algorithm", Self.algorithm),
            QueryItem(plain: "X-Amz-Credential", keys.day(moment.date).credential),
            QueryItem(plain: "X-Amz-Date", moment.text),
            QueryItem(plain: "X-Amz-Expires", String(expires.seconds)),
            QueryItem(plain: "X-Amz-SignedHeaders", PercentEncoding.encode(Self.names(headers))),
        ]
        let token = credentials.sessionToken.map { [QueryItem("X-Amz-Security-Token", $0)] } ?? []
        if rules.signsToken { request.query += token }
        let signature = signature(request, headers: headers, payload: payload.text, moment: moment)
        if !rules.signsToken { request.query += token }
        return PresignedRequest(
            url: "\(request.url)&X-Amz-Signature=\(signature.hexadecimal)", method: request.method,
            headers: request.headers, signature: signature)
    }

    /// The HMAC of a text under the key of the day.
    func code(of text: some Sequence<UInt8>, moment: SigV4Moment) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text), using: keys.day(moment.date).key))
    }

    /// The key of a day, for who must prove that it is derived rightly.
    package func signingKey(of time: Timestamp) throws(StorageError) -> [UInt8] {
        let moment = try SigV4Moment(time)
        return unsafe keys.day(moment.date).key.withUnsafeBytes { unsafe Array($0) }
    }

    func scope(of moment: SigV4Moment) -> String { keys.day(moment.date).scope }

    private func signature(
        _ request: SigV4Request, headers: [(name: String, value: String)], payload: String, moment: SigV4Moment
    ) -> SigV4Signature {
        let names = Self.names(headers)
        let canonical = CanonicalRequest(request, headers: headers, names: names, payload: payload, rules: rules)
        let hash = Hexadecimal.text(SHA256.hash(data: canonical.bytes))
        let text = "\(Self.algorithm)\n\(moment.text)\n\(scope(of: moment))\n\(hash)"
        return SigV4Signature(
            bytes: code(of: text.utf8, moment: moment), canonicalBytes: canonical.bytes, stringToSign: text,
            signedHeaders: names)
    }

    private static func names(_ headers: [(name: String, value: String)]) -> String {
        headers.count == 1 ? headers[0].name : headers.map(\.name).joined(separator: ";")
    }

    private static func isReserved(_ name: String) -> Bool {
        let name = name.lowercased()
        return [
            "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
            "x-amz-security-token", "x-amz-signature",
        ].contains(name)
    }
}
