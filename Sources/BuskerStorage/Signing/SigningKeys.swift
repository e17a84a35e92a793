// What signatures of one day have in common, derived once.

import BuskerCore
import Crypto
import Synchronization

/// The signing key of one secret, region and service: four steps of HMAC-SHA256, kept for the day of the last request.
///
/// It shows nothing of itself, for whoever dumps a signer would see the secret.
final class SigningKeys: Sendable, CustomReflectable {
    /// A day, its key, and the texts that every signature of it repeats.
    struct Day: Sendable {
        let date: String
        let key: SymmetricKey
        /// Such as `20260102/eu-north-1/s3/aws4_request`.
        let scope: String
        /// The access key and the scope, encoded for an address.
        let credential: String
    }

    private let credentials: SigV4Credentials
    private let region: String
    private let service: String
    private let kept = Mutex<Day?>(nil)
    private let second = Mutex<(number: Int64, moment: SigV4Moment)?>(nil)

    init(_ credentials: SigV4Credentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    var customMirror: Mirror { Mirror(self, children: []) }

    func day(_ date: String) -> Day {
        kept.withLock { kept in
            if let kept, kept.date == date { return kept }
            var key = SymmetricKey(data: Array("AWS4".utf8) + Array(credentials.secret.utf8))
            for step in [date, region, service, "aws4_request"] {
                key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(step.utf8), using: key))
            }
            let scope = "\(date)/\(region)/\(service)/aws4_request"
            let day = Day(
                date: date, key: key, scope: scope,
                credential: PercentEncoding.encode("\(credentials.accessKeyID)/\(scope)"))
            kept = day
            return day
        }
    }

    /// A moment as it is written, kept for the rest of its second.
    func moment(_ time: Timestamp) throws(StorageError) -> SigV4Moment {
        let number = CivilDate.floorDivide(time.microseconds, by: 1_000_000).quotient
        if let held = second.withLock({ $0 }), held.number == number { return held.moment }
        let moment = try SigV4Moment(time)
        second.withLock { $0 = (number, moment) }
        return moment
    }
}
