// Reads the settings of a host and lists everything that is wrong.

import BuskerAccounts
import BuskerCore
import BuskerMail
import BuskerPayments
import BuskerRetention
import Foundation
import Logging

extension HostConfiguration {
    /// Reads the environment, and below it the file that a setting such as `STEMSTUDIO_CONFIG` names.
    ///
    /// - Parameters:
    ///   - environment: the settings.
    ///   - program: the name of the host, such as `STEMSTUDIO`, with which the setting for the file begins.
    ///   - standard: what settings of the kit are where nobody set them.
    ///   - own: reads the settings of the host itself.
    /// - Throws: ``ConfigurationFault`` with everything that is wrong.
    public static func read<Own>(
        _ environment: [String: String], for program: String, standard: [String: String] = [:],
        own: (inout ConfigurationReader) -> Own
    ) throws(ConfigurationFault) -> (host: HostConfiguration, own: Own) {
        var reader = ConfigurationReader(environment, program: program, standard: standard)
        let host = HostConfiguration(&reader)
        let more = own(&reader)
        reader.refuseUnknown()
        guard reader.faults.isEmpty else { throw ConfigurationFault(faults: reader.faults) }
        return (host, more)
    }

    private init(_ reader: inout ConfigurationReader) {
        let secret = reader.text("SECRET_KEY")
        if secret == nil { reader.fault("SECRET_KEY", "is not set; `openssl rand -base64 48` makes one") }
        secretKey =
            reader.value("SECRET_KEY", secret ?? ConfigurationReader.standIn, SecretKey.init(parsing:))
            ?? ConfigurationReader.standInKey
        secretText = SecretText(secret ?? "")
        host = reader.text("HOST") ?? "127.0.0.1"
        port = Int(reader.number("PORT", 0...65_535, default: 8080))
        dataFolder = reader.text("DATA_FOLDER") ?? "./data"
        databaseURL = reader.database()
        storage = reader.storage()
        role = reader.choice("ROLE", default: .all)
        workers = Int(reader.number("WORKERS", 1...256, default: 1))
        freeCredits = reader.credits("FREE_CREDITS", default: "3")
        pricing = reader.choice("PRICE", default: .perSong)
        stripe = reader.stripe()
        publicURL = reader.origin("PUBLIC_URL")
        corsOrigins = reader.origins("CORS_ORIGINS")
        retentionDays = reader.number("RETENTION_DAYS", 1...3650, default: 14)
        retentionZone = reader.zone("RETENTION_ZONE")
        admin = reader.admin()
        mail = reader.mail(dataFolder)
        accessSeconds = reader.number("ACCESS_MINUTES", 1...43_200, default: 15) * 60
        uploadBytesMax = reader.number("UPLOAD_BYTES_MAX", 1_000...5_000_000_000, default: 50_000_000)
        ratePerMinute = Int(reader.number("RATE_PER_MINUTE", 0...10_000_000, default: 600))
        connectionsPerAddress = Int(reader.number("CONNECTIONS_PER_ADDRESS", 0...100_000, default: 256))
        hooks = reader.hooks()
        trustedProxies = Int(reader.number("TRUSTED_PROXIES", 0...8, default: 0))
        revealsTakenAddresses = reader.flag("REVEAL_TAKEN_ADDRESSES", default: true)
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        leaseSeconds = Int(reader.number("LEASE_SECONDS", 3...3_600, default: 60))
        careSeconds = Int(reader.number("CARE_SECONDS", 1...3_600, default: 60))
        shutdownSeconds = Int(reader.number("SHUTDOWN_SECONDS", 1...600, default: 20))
        headSeconds = reader.number("HEAD_SECONDS", 1...600, default: 30)
        hashCost = Int(reader.number("PASSWORD_COST", 4...15, default: 10))
    }
}

/// Reads settings one by one and keeps what is wrong.
public struct ConfigurationReader {
    private(set) var faults: [String] = []
    private var values: [String: String]
    private let fromFile: Set<String>
    private var asked: Set<String> = []

    static let standIn = "A7f-Lq0z_Xw3.Rk9-Bv2tNy6+Mc1sHd8eJp4"

    /// Never used: a configuration with a fault is not handed out.
    static var standInKey: SecretKey {
        guard let key = try? SecretKey(parsing: standIn) else { preconditionFailure("The stand-in is a good key.") }
        return key
    }

    init(_ environment: [String: String], program: String, standard: [String: String]) {
        var file: [String: String] = [:]
        let setting = "\(program)_CONFIG"
        if let path = environment[setting], !path.isEmpty {
            if let bytes = FileManager.default.contents(atPath: path), bytes.count <= 1 << 20 {
                (file, faults) = Self.parse(String(decoding: bytes, as: UTF8.self), path)
            } else {
                faults = ["\(setting) names a file that cannot be read: \(path)"]
            }
        }
        fromFile = Set(file.keys)
        values = standard.merging(file.merging(environment) { _, outer in outer }) { inner, outer in
            outer.isEmpty ? inner : outer
        }
    }

    private static func parse(_ text: String, _ path: String) -> ([String: String], [String]) {
        var found: [String: String] = [:]
        var faults: [String] = []
        for (number, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = sides[0].trimmingCharacters(in: .whitespaces)
            guard sides.count == 2, found[name] == nil else {
                faults.append(
                    "\(path), line \(number + 1): \(sides.count == 2 ? "\(name) is there twice" : "not NAME=VALUE")")
                continue
            }
            found[name] = sides[1].trimmingCharacters(in: .whitespaces)
        }
        return (found, faults)
    }

    /// Notes that a setting is wrong, in words that go on after its name.
    public mutating func fault(_ name: String, _ what: String) { faults.append("\(name) \(what)") }

    /// A name in the file that nobody asked for is a mistake of writing.
    mutating func refuseUnknown() {
        for name in fromFile.subtracting(asked).sorted() { fault(name, "is no setting of this host") }
    }

    /// A setting; nothing where it is not set or empty.
    public mutating func text(_ name: String) -> String? {
        asked.insert(name)
        return values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func value<T, Failure: Error>(_ name: String, _ text: String, _ make: (String) throws(Failure) -> T) -> T?
    {
        do {
            return try make(text)
        } catch {
            let known =
                (error as? AccountsError)?.detail ?? (error as? PaymentError)?.detail ?? (error as? MailError)?.detail
            fault(name, "is refused: \(known ?? "it cannot be read")")
            return nil
        }
    }

    /// A whole number of a range.
    public mutating func number(_ name: String, _ range: ClosedRange<Int64>, default standard: Int64) -> Int64 {
        guard let text = text(name) else { return standard }
        guard let number = Int64(text), range.contains(number) else {
            fault(name, "is a whole number of \(range.lowerBound) to \(range.upperBound), not '\(text)'")
            return standard
        }
        return number
    }

    /// A truth.
    public mutating func flag(_ name: String, default standard: Bool) -> Bool {
        switch text(name)?.lowercased() {
        case nil: return standard
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        case let other?:
            fault(name, "is true or false, not '\(other)'")
            return standard
        }
    }

    /// One of some words.
    public mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String, default standard: T) -> T
    where T.RawValue == String {
        guard let text = text(name) else { return standard }
        if let value = T(rawValue: text) { return value }
        fault(name, "is one of \(T.allCases.map(\.rawValue).joined(separator: ", ")), not '\(text)'")
        return standard
    }

    mutating func credits(_ name: String, default standard: String) -> String {
        guard let text = text(name) else { return standard }
        if let unit = try? Amount.Unit(code: "credit", scale: 2), let amount = try? Amount(parsing: text, unit: unit),
            (0...100_000_000).contains(amount.steps)
        {
            return text
        }
        fault(name, "is a number of credits with at most two decimals, not '\(text)'")
        return standard
    }

    /// An address without a path, such as `https://studio.example`.
    mutating func origin(_ name: String) -> String? {
        guard var text = text(name) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        guard Self.isOrigin(text) else {
            fault(name, "is an address without a path such as https://studio.example.com")
            return nil
        }
        return text
    }

    mutating func origins(_ name: String) -> Set<String> {
        let all = (text(name) ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        for one in all where !Self.isOrigin(one) { fault(name, "holds '\(one)', which is no origin") }
        return Set(all)
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme ?? ""),
            parts.host?.isEmpty == false
        else { return false }
        return parts.path.isEmpty && parts.query == nil && parts.fragment == nil && parts.user == nil
    }
}
