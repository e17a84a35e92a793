// Which access tokens are genuine.

import BuskerCore
import Crypto
import TestSupport
import Testing

@testable import BuskerAccounts

@Suite struct AccessTokenTests {
    private let clock = ManualClock()
    private let account = IDGenerator().make(AccountKind.self)
    private let session = IDGenerator().make(SessionKind.self)

    private func token(_ tokens: AccessTokens) throws -> String {
        try tokens.sign(account, session, .user, seconds: 900, at: clock.now).token.secret
    }

    /// A token with this header and payload, signed by the key of the service.
    private func forged(_ header: String, _ payload: String, key: SymmetricKey? = nil) throws -> String {
        let key = try key ?? SecretKey(parsing: People.secret).derived(for: "access token HS256")
        let signed = TokenText.encode(Array(header.utf8)) + "." + TokenText.encode(Array(payload.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return signed + "." + TokenText.encode(Array(code))
    }

    private var header: String {
        get throws {
            String(
                decoding: TokenText.decode(TokenKey(try SecretKey(parsing: People.secret)).header) ?? [], as: UTF8.self)
        }
    }

    private func payload(_ changes: [String: String?] = [:]) -> String {
        let now = clock.now.microseconds / 1_000_000
        var members: [(String, String)] = [
            ("iss", "\"https://stems.example\""), ("aud", "\"stems\""), ("sub", "\"\(account)\""),
            ("sid", "\"\(session)\""),
            ("role", "\"user\""), ("iat", "\(now)"), ("nbf", "\(now)"), ("exp", "\(now + 900)"),
        ]
        members = members.compactMap { name, value in
            guard let change = changes[name] else { return (name, value) }
            return change.map { (name, $0) }
        }
        for (name, value) in changes where !members.contains(where: { $0.0 == name }) {
            if let value { members.append((name, value)) }
        }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    @Test func aTokenSaysWhatItWasGivenFor() throws {
        let tokens = try People.tokens()
        let claims = try tokens.verify(token(tokens), at: clock.now)
        #expect(claims.account == account && claims.session == session && claims.role == .user)
        #expect(claims.issuedAt.microseconds % 1_000_000 == 0 && claims.expiresAt.microseconds % 1_000_000 == 0)
        #expect(try tokens.verify(forged(header, payload()), at: clock.now) == claims)
    }

    @Test func aTokenIsGoodForItsTimeAndNoLonger() async throws {
        let tokens = try People.tokens()
        let text = try token(tokens)
        clock.advance(microseconds: 899_999_999)
        #expect(await code { try tokens.verify(text, at: clock.now) } == nil)
        clock.advance(microseconds: 1)
        #expect(await code { try tokens.verify(text, at: clock.now) } == .expired)
        clock.advance(microseconds: -900_000_000 - 60_000_000)
        #expect(await code { try tokens.verify(text, at: clock.now) } == nil)
        clock.advance(microseconds: -1)
        #expect(await code { try tokens.verify(text, at: clock.now) } == .badToken)
    }

    @Test(arguments: [
        #"{"alg":"none","kid":"K","typ":"at+jwt"}"#, #"{"alg":"HS256","typ":"at+jwt"}"#,
        #"{"alg":"HS256","kid":"K","typ":"JWT"}"#, #"{"alg":"hs256","kid":"K","typ":"at+jwt"}"#,
        #"{"alg":"HS512","kid":"K","typ":"at+jwt"}"#, #"{"alg":"ES256","kid":"K","typ":"at+jwt"}"#,
        #"{"alg":"HS256","kid":"../../dev/null","typ":"at+jwt"}"#, #"{"kid":"K","alg":"HS256","typ":"at+jwt"}"#,
        #"{"alg":"HS256","kid":"K","typ":"at+jwt","crit":["x"]}"#,
        #"{"alg":"HS256","kid":"K","typ":"at+jwt","jwk":{}}"#,
        #"{"alg":"HS256", "kid":"K","typ":"at+jwt"}"#, #"{"alg":"HS256","alg":"HS256","kid":"K","typ":"at+jwt"}"#, "{}",
        "",
    ])
    func headersOfNobodyAreRefused(text: String) async throws {
        let tokens = try People.tokens()
        let kid = TokenKey(try SecretKey(parsing: People.secret)).id
        let forged = try forged(text.replacing("\"K\"", with: "\"\(kid)\""), payload())
        #expect(await code { try tokens.verify(forged, at: clock.now) } == .badToken)
        let unsigned = forged.split(separator: ".")[..<2].joined(separator: ".") + "."
        #expect(await code { try tokens.verify(unsigned, at: clock.now) } == .badToken)
    }

    @Test func payloadsOfNobodyAreRefusedEvenWhenSigned() async throws {
        let tokens = try People.tokens()
        let now = clock.now.microseconds / 1_000_000
        let changes: [[String: String?]] = [
            ["iss": "\"https://evil.example\""], ["iss": nil], ["aud": "\"other\""], ["aud": "[\"stems\"]"],
            ["aud": nil],
            ["sub": "\"\(session)\""], ["sub": "\"usr_1\""], ["sub": nil], ["sid": "\"\(account)\""], ["sid": nil],
            ["role": "\"root\""], ["role": nil], ["exp": nil], ["exp": "\(now + 900).5"], ["exp": "9e99"],
            ["exp": "\"\(now + 900)\""], ["exp": "9223372036854775807"], ["exp": "\(now)"], ["iat": nil],
            ["iat": "\(now).0"],
            ["nbf": "\(now + 1)"], ["nbf": nil], ["admin": "true"], ["iat": "-9223372036854775808"],
        ]
        for change in changes {
            let text = try forged(header, payload(change))
            #expect(await code { try tokens.verify(text, at: clock.now) } == .badToken, "\(change)")
        }
    }

    @Test func aTokenOfAnotherServiceOrKeyIsRefused() async throws {
        let tokens = try People.tokens()
        for other in [
            try People.tokens(issuer: "https://other.example"), try People.tokens(audience: "admin"),
            try People.tokens(secret: "Zk4Hq9XvTb2LmW7cPy5RnJ8sGd1FuEa6"),
        ] {
            let text = try token(other)
            #expect(await code { try tokens.verify(text, at: clock.now) } == .badToken)
        }
    }

    @Test func aChangeOfKeysKeepsOldTokensForAsLongAsTheirKeyIsKept() async throws {
        let old = TokenKey(try SecretKey(parsing: People.secret))
        let before = try AccessTokens(issuer: "i", audience: "a", current: old)
        let text = try token(before)
        let new = TokenKey(try SecretKey(parsing: "Zk4Hq9XvTb2LmW7cPy5RnJ8sGd1FuEa6"))
        let both = try AccessTokens(issuer: "i", audience: "a", current: new, previous: [old])
        let after = try AccessTokens(issuer: "i", audience: "a", current: new)
        #expect(await code { try both.verify(text, at: clock.now) } == nil)
        #expect(await code { try after.verify(text, at: clock.now) } == .badToken)
        let fresh = try token(both)
        #expect(await code { try after.verify(fresh, at: clock.now) } == nil)
        #expect(await code { try before.verify(fresh, at: clock.now) } == .badToken)
    }

    @Test func aPublicKeyVerifiesAndIsNoSecretOfAnother() async throws {
        let bytes = Array(P256.Signing.PrivateKey().rawRepresentation)
        let pair = try TokenKey(p256: bytes)
        let point = try #require(pair.publicKey)
        let signer = try AccessTokens(issuer: "i", audience: "a", current: pair)
        let verifier = try AccessTokens(issuer: "i", audience: "a", current: TokenKey(p256Public: point))
        let text = try token(signer)
        #expect(try verifier.verify(text, at: clock.now).account == account)
        #expect(await code { try token(verifier) } == .weakSecret)
        let parts = text.split(separator: ".").map(String.init)
        let code256 = HMAC<SHA256>.authenticationCode(
            for: Array((parts[0] + "." + parts[1]).utf8), using: SymmetricKey(data: point))
        let confused = parts[0] + "." + parts[1] + "." + TokenText.encode(Array(code256))
        #expect(await code { try verifier.verify(confused, at: clock.now) } == .badToken)
    }

    @Test func noMutationOfATokenIsAToken() throws {
        let tokens = [
            try People.tokens(),
            try AccessTokens(
                issuer: "i", audience: "a", current: TokenKey(p256: Array(P256.Signing.PrivateKey().rawRepresentation))),
        ]
        for (at, tokens) in tokens.enumerated() {
            let bytes = Array(try token(tokens).utf8)
            var random = SeededGenerator(seed: 1_795)
            for round in 0..<(at == 0 ? 100_000 : 1_000) {
                let mutant = Self.mutant(bytes, &random)
                guard mutant != bytes else { continue }
                let text = String(decoding: mutant, as: UTF8.self)
                if (try? tokens.verify(text, at: clock.now)) != nil {
                    Issue.record("seed 1795, round \(round) of key \(at): \(text)")
                }
            }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ".utf8)

    private static func mutant(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var mutant = bytes
        for _ in 0...Int.random(in: 0...2, using: &random) {
            let place = Int.random(in: 0..<mutant.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: mutant[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            case 2: mutant.remove(at: place)
            case 3: mutant.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: place)
            case 4: mutant.swapAt(place, Int.random(in: 0..<mutant.count, using: &random))
            default: mutant = Array(mutant[..<max(place, 1)])
            }
            if mutant.isEmpty { return [0x2E] }
        }
        return mutant
    }
}
