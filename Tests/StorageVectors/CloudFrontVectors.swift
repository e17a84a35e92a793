// Vectors of CloudFront: addresses with canned and custom policies.

import BuskerCore
import BuskerStorage

/// Signs what the vectors of CloudFront say with the key that they name.
struct CloudFrontVectors {
    private let keyPairID: String
    private let pem: String?

    init(_ group: JSONValue, privateKey: (String) -> String?) {
        keyPairID = group["key_pair_id"]?.text ?? ""
        pem = group["private_key_pem"]?.text ?? group["private_key_file"]?.text.flatMap(privateKey)
    }

    func result(_ kind: String, of vector: JSONValue) throws -> JSON {
        guard kind == "canned" || kind == "custom" else { throw Strange(reason: "The kind of policy is not known.") }
        return .text(try signed(kind, vector, hash: .sha1))
    }

    func signed(_ kind: String, _ vector: JSONValue, hash: CloudFrontSigner.Hash) throws -> String {
        let signer = try signer(hash)
        guard let url = vector["url"]?.text else { throw Strange(reason: "There is no url.") }
        if kind == "canned" { return try signer.sign(url, expires: try expiry(vector)) }
        return try signer.sign(url, policy: try policy(vector))
    }

    func signer(_ hash: CloudFrontSigner.Hash) throws -> CloudFrontSigner {
        guard let pem else { throw Strange(reason: "The private key is not at hand.") }
        return try CloudFrontSigner(keyPairID: keyPairID, pem: pem, hash: hash)
    }

    func expiry(_ vector: JSONValue) throws -> Timestamp { try time(vector["expires_epoch"]) }

    func policy(_ vector: JSONValue) throws -> CloudFrontPolicy {
        let begins = vector["not_before_epoch"].flatMap { $0.isNull ? nil : $0 }
        return CloudFrontPolicy(
            resource: vector["resource"]?.text ?? vector["url"]?.text ?? "", expires: try expiry(vector),
            begins: try begins.map { try time($0) }, network: vector["ip"]?.text)
    }

    private func time(_ value: JSONValue?) throws -> Timestamp {
        guard let seconds = value?.integer, (0...100_000_000_000).contains(seconds) else {
            throw Strange(reason: "A moment is missing, or too far away.")
        }
        return Timestamp(microseconds: seconds * 1_000_000)
    }
}
