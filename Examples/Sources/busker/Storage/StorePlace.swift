// Where a store is: a folder, or a bucket of S3.

import ArgumentParser
import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerStorage
import Foundation

/// The option that names a store; keys come from the environment, never from the command line.
struct StorePlace: ParsableArguments {
    static let discussion = """
        A store is file:/folder, or s3:https://host/bucket?region=eu-central-1, or s3://bucket?region=… for AWS itself. Its keys \
        are AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for a session, AWS_SESSION_TOKEN of the environment. Further \
        parameters: host=virtual puts the bucket before the host; part=16 has parts of 16 MiB; parallel=8 sends eight at a time; \
        checksums=off and conditions=off are for stores that refuse them. A folder may have ?id=main, the name it was made with.
        """

    @Option(help: ArgumentHelp("file:/folder, or s3:https://host/bucket?region=…", valueName: "place"))
    var store: String

    /// The store; nothing is asked of it yet.
    func open(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> any ObjectStore {
        let halves = store.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var parameters = try Self.parameters(halves.count > 1 ? String(halves[1]) : "")
        let place = String(halves.first ?? "")
        let opened: any ObjectStore
        if place.hasPrefix("file:") {
            opened = try Self.folder(String(place.dropFirst(5)), &parameters)
        } else if place.hasPrefix("s3:") {
            opened = try Self.bucket(String(place.dropFirst(3)), &parameters, environment)
        } else {
            throw ValidationError("--store begins with file: or s3:.")
        }
        if let strange = parameters.keys.min() {
            throw ValidationError("--store has a parameter '\(strange)' that is not known here.")
        }
        return opened
    }

    /// A store in a folder.
    static func folder(_ path: String, _ parameters: inout [String: String]) throws -> LocalStore {
        let path = path.hasPrefix("//") ? String(path.dropFirst(2)) : path
        guard !path.isEmpty else { throw ValidationError("--store file: needs a folder.") }
        return try LocalStore(
            root: URL(filePath: path).path, id: parameters.removeValue(forKey: "id") ?? "main")
    }

    private static func bucket(
        _ text: String, _ parameters: inout [String: String], _ environment: [String: String]
    ) throws -> S3Store {
        guard let region = parameters.removeValue(forKey: "region"), !region.isEmpty else {
            throw ValidationError("--store s3: needs ?region=, such as us-east-1.")
        }
        let addressing: S3Endpoint.Addressing =
            switch parameters.removeValue(forKey: "host") {
            case nil: text.hasPrefix("//") ? .virtualHost : .path
            case "virtual": .virtualHost
            case "path": .path
            default: throw ValidationError("host= is virtual or path.")
            }
        let endpoint: S3Endpoint
        let bucket: String
        if text.hasPrefix("//") {
            endpoint = try .aws(region: region, addressing: addressing)
            bucket = String(text.dropFirst(2))
        } else {
            guard let slash = text.lastIndex(of: "/"), text[..<slash].contains("://"), text[..<slash].last != "/" else {
                throw ValidationError("--store s3: is an address and a bucket, such as s3:https://host/bucket?region=x.")
            }
            endpoint = try S3Endpoint(String(text[..<slash]), addressing: addressing)
            bucket = String(text[text.index(after: slash)...])
        }
        let signer = try SigV4Signer(credentials: credentials(environment), region: region)
        let settings = try settings(&parameters)
        let limits = HTTPClientLimits(connectionsPerHost: settings.partsInFlight + 1)
        return try S3Store(
            endpoint, bucket: bucket, signer: signer, transport: HTTPClientTransport(limits), settings: settings)
    }

    private static func settings(_ parameters: inout [String: String]) throws -> S3Settings {
        var settings = S3Settings()
        if let text = parameters.removeValue(forKey: "part") {
            guard let size = Int64(text), (5...5120).contains(size) else {
                throw ValidationError("part= is a number of MiB, 5 to 5120.")
            }
            settings.partBytes = size << 20
        }
        if let text = parameters.removeValue(forKey: "parallel") {
            guard let count = Int(text), (1...64).contains(count) else {
                throw ValidationError("parallel= is 1 to 64.")
            }
            settings.partsInFlight = count
        }
        for (name, change) in [
            ("checksums", \S3Settings.sendsChecksums), ("conditions", \.replacesAtomically),
        ] {
            guard let text = parameters.removeValue(forKey: name) else { continue }
            guard text == "on" || text == "off" else { throw ValidationError("\(name)= is on or off.") }
            settings[keyPath: change] = text == "on"
            if name == "conditions" { settings.copiesAtomically = text == "on" }
        }
        return settings
    }

    private static func credentials(_ environment: [String: String]) throws -> SigV4Credentials {
        guard let key = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw Failure(
                .refused, code: "no_credentials",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; keys are not read from anywhere else.")
        }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return try SigV4Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token)
    }

    private static func parameters(_ text: String) throws -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, let value = halves[1].removingPercentEncoding,
                parameters.updateValue(value, forKey: halves[0]) == nil
            else { throw ValidationError("The parameters of --store are name=value, each once.") }
        }
        return parameters
    }
}

/// The key of an object as it was written.
struct KeyArgument: ExpressibleByArgument {
    let key: ObjectKey

    init?(argument: String) {
        guard let key = try? ObjectKey(argument) else { return nil }
        self.key = key
    }
}
