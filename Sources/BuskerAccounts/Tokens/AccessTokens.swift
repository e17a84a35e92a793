// Signs access tokens and tells the genuine from the rest.

public import BuskerCore

/// What a genuine access token says.
public struct AccessClaims: Sendable, Hashable {
    /// Whose it is.
    public let account: AccountID
    /// The session in which it was given.
    public let session: SessionID
    /// What the account might do when it was given.
    public let role: AccountRole
    /// When it was given, in whole seconds.
    public let issuedAt: Timestamp
    /// When it is over, in whole seconds.
    public let expiresAt: Timestamp
}

/// JSON Web Tokens (RFC 7519) with the profile of access tokens (RFC 9068), as strictly as their only maker can read them.
///
/// The first part of a token must be, byte by byte, the one of a key that is known here: so algorithm, kind and key are never a
/// token's choice, and nothing of it is parsed before its signature was checked.
public struct AccessTokens: Sendable {
    private let issuer: String
    private let audience: String
    private let current: TokenKey
    private let header: String
    private let keys: [[UInt8]: TokenKey]

    /// Tokens of a service.
    ///
    /// - Parameters:
    ///   - issuer: who gives them, such as `https://stems.example`.
    ///   - audience: for whom they are.
    ///   - current: the key that signs.
    ///   - previous: keys whose tokens are still good; to change the key, move the old one here for as long as a token lasts.
    /// - Throws: ``AccountsError`` with `badRequest` when a name is empty or longer than 200 bytes.
    public init(issuer: String, audience: String, current: TokenKey, previous: [TokenKey] = []) throws(AccountsError) {
        guard [issuer, audience].allSatisfy({ (1...200).contains($0.utf8.count) }) else {
            throw AccountsError(.badRequest, "Issuer and audience of tokens are names of 1 to 200 bytes.")
        }
        self.issuer = issuer
        self.audience = audience
        self.current = current
        header = current.header
        keys = Dictionary((previous + [current]).map { (Array($0.header.utf8), $0) }) { $1 }
    }

    /// Signs a token for `seconds` from now.
    ///
    /// - Throws: ``AccountsError`` with `weakSecret` when the current key cannot sign.
    func sign(
        _ account: AccountID, _ session: SessionID, _ role: AccountRole, seconds: Int64, at now: Timestamp
    ) throws(AccountsError) -> (token: SecretText, claims: AccessClaims) {
        let from = Self.seconds(now)
        let (to, overflow) = from.addingReportingOverflow(max(1, seconds))
        guard !overflow else { throw AccountsError(.badRequest, "The token would last longer than time does.") }
        let payload: JSON = [
            "iss": .text(issuer), "aud": .text(audience), "sub": .text(account.description),
            "sid": .text(session.description), "role": .text(role.rawValue), "iat": .number(from),
            "nbf": .number(from), "exp": .number(to),
        ]
        let signed = header + "." + TokenText.encode(payload.bytes)
        guard let signature = current.sign(Array(signed.utf8)) else {
            throw AccountsError(.weakSecret, "The current key verifies only; give the private one.")
        }
        let claims = AccessClaims(
            account: account, session: session, role: role, issuedAt: Self.moment(from), expiresAt: Self.moment(to))
        return (SecretText(signed + "." + TokenText.encode(signature)), claims)
    }

    /// What a token says, when it is genuine, for here, and its time has come and is not over.
    ///
    /// Nothing is asked of the database: a session that was ended is seen by ``AccountStore/authenticate(_:)``.
    ///
    /// - Parameters:
    ///   - token: the text behind `Bearer`.
    ///   - now: the present moment.
    ///   - leeway: how far the clocks of hosts may be apart; it lets a token come early, never late.
    /// - Throws: ``AccountsError`` with `badToken` or `expired`.
    public func verify(_ token: String, at now: Timestamp, leeway: Duration = .seconds(60)) throws(AccountsError)
        -> AccessClaims
    {
        guard token.utf8.count <= AccountLimits.tokenBytesMax else { throw .badToken }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = keys[Array(parts[0])], let signature = Self.decode(parts[2]),
            key.verifies(signature, of: Array(bytes[..<parts[1].endIndex])), let payload = Self.decode(parts[1])
        else { throw .badToken }
        let claims = try claims(payload)
        guard claims.issuedAt <= now.advanced(by: leeway) else { throw .badToken }
        guard now < claims.expiresAt else { throw .expired }
        return claims
    }

    private func claims(_ bytes: [UInt8]) throws(AccountsError) -> AccessClaims {
        let limits = JSONLimits(bytesMax: AccountLimits.tokenBytesMax, depthMax: 2, valuesMax: 64)
        guard let payload = try? JSONValue(parsing: bytes, limits: limits), payload.members?.count == 8,
            same(payload["iss"], issuer), same(payload["aud"], audience),
            let account = payload["sub"]?.text.flatMap({ try? AccountID(parsing: $0) }),
            let session = payload["sid"]?.text.flatMap({ try? SessionID(parsing: $0) }),
            let role = payload["role"]?.text.flatMap(AccountRole.init(rawValue:)),
            let from = payload["iat"]?.integer, let to = payload["exp"]?.integer, payload["nbf"]?.integer == from,
            from < to, (-Self.secondsMax...Self.secondsMax).contains(from), to <= Self.secondsMax
        else { throw .badToken }
        return AccessClaims(
            account: account, session: session, role: role, issuedAt: Self.moment(from), expiresAt: Self.moment(to))
    }

    private func same(_ value: JSONValue?, _ text: String) -> Bool {
        value?.text.map { $0.utf8.elementsEqual(text.utf8) } ?? false
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        TokenText.decode(String(decoding: bytes, as: UTF8.self))
    }

    private static let secondsMax = Int64.max / 1_000_000

    private static func seconds(_ moment: Timestamp) -> Int64 {
        let (quotient, rest) = moment.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func moment(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: 0).advanced(by: .seconds(seconds))
    }
}
