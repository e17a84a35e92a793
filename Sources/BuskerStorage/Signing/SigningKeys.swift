// The key of a day, derived once.

import Crypto
import Synchronization

/// The signing key of one secret, region and service: four steps of HMAC-SHA256, kept for the day of the last request.
///
/// It shows nothing of itself, for whoever dumps a signer would see the secret.
final class SigningKeys: Sendable, CustomReflectable {
    private let secret: String
    private let region: String
    private let service: String
    private let kept = Mutex<(date: String, key: SymmetricKey)?>(nil)

    init(secret: String, region: String, service: String) {
        self.secret = secret
        self.region = region
        self.service = service
    }

    var customMirror: Mirror { Mirror(self, children: []) }

    func key(of date: String) -> SymmetricKey {
        kept.withLock { kept in
            if let kept, kept.date == date { return kept.key }
            var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secret.utf8))
            for step in [date, region, service, "aws4_request"] {
                key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(step.utf8), using: key))
            }
            kept = (date, key)
            return key
        }
    }
}
