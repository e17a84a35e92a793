// Settings of a host that belong together.

import BuskerAccounts
import BuskerJobs
import BuskerMail
import BuskerPayments
import BuskerRetention
import Foundation

extension ConfigurationReader {
    mutating func database() -> SecretText? {
        guard let url = text("DATABASE_URL") else { return nil }
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") || url.contains("=") else {
            fault("DATABASE_URL", "is postgres://user@host/database, or empty for SQLite in DATA_FOLDER")
            return nil
        }
        return SecretText(url)
    }

    mutating func storage() -> HostConfiguration.Storage {
        let names = ["S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"]
        let values = names.map { text($0) }
        let kind = text("STORAGE") ?? "local"
        switch kind {
        case "local": return .local
        case "s3", "tiered":
            for (name, value) in zip(names, values) where value == nil { fault(name, "is needed with STORAGE=\(kind)") }
            let all = values.map { $0 ?? "" }
            let bucket = HostConfiguration.Bucket(
                endpoint: all[0], name: all[1], region: all[2], access: all[3], secret: SecretText(all[4]))
            return kind == "s3" ? .s3(bucket) : .tiered(bucket)
        default:
            fault("STORAGE", "is local, s3 or tiered, not '\(kind)'")
            return .local
        }
    }

    mutating func stripe() -> HostConfiguration.Stripe? {
        let base = text("STRIPE_API_BASE") ?? "https://api.stripe.com"
        let webhook = text("STRIPE_WEBHOOK_SECRET")
        guard let secret = text("STRIPE_SECRET_KEY") else {
            if webhook != nil { fault("STRIPE_WEBHOOK_SECRET", "is set without STRIPE_SECRET_KEY") }
            return nil
        }
        guard let key = value("STRIPE_SECRET_KEY", secret, BuskerPayments.APIKey.init) else { return nil }
        let mode: PaymentMode = secret.hasPrefix("sk_live_") || secret.hasPrefix("rk_live_") ? .live : .test
        return HostConfiguration.Stripe(key: key, webhookSecret: webhook.map(SecretText.init), base: base, mode: mode)
    }

    mutating func zone(_ name: String) -> Zone {
        guard let text = text(name), text != "UTC" else { return .utc }
        if let fixed = Zone(fixed: text) { return fixed }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "/_-+".utf8.contains(byte)
            }
        }
        let path = "/usr/share/zoneinfo/\(text)"
        if isName, let bytes = FileManager.default.contents(atPath: path),
            let zone = try? Zone(name: text, tzif: Array(bytes))
        {
            return zone
        }
        fault(name, "is a time zone such as Asia/Seoul, not '\(text)'")
        return .utc
    }

    /// `WEBHOOK_ALLOW` names blocks inside that may be told all the same, then by `http` too, such as `10.1.0.0/16`.
    mutating func hooks() -> WebhookRules {
        let words = (text("WEBHOOK_ALLOW") ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        let blocks = words.compactMap { AddressGuard.Block($0) }
        guard blocks.count == words.count else {
            fault("WEBHOOK_ALLOW", "lists blocks of addresses such as 10.1.0.0/16")
            return WebhookRules()
        }
        guard !blocks.isEmpty else { return WebhookRules() }
        var rules = WebhookRules(mayBePlain: true, addresses: AddressGuard(allowed: blocks))
        rules.ports = Set(1...65_535)
        rules.plainPorts = rules.ports
        return rules
    }

    mutating func admin() -> HostConfiguration.Admin? {
        switch (text("ADMIN_EMAIL"), text("ADMIN_PASSWORD")) {
        case (nil, nil): return nil
        case (let email?, let password?):
            let address = value("ADMIN_EMAIL", email, EmailAddress.init(parsing:))
            let secret = value("ADMIN_PASSWORD", password, Password.init(new:))
            guard let address, let secret else { return nil }
            return HostConfiguration.Admin(email: address, password: secret)
        case (nil, _):
            fault("ADMIN_EMAIL", "is needed with ADMIN_PASSWORD")
            return nil
        case (_, nil):
            fault("ADMIN_PASSWORD", "is needed with ADMIN_EMAIL")
            return nil
        }
    }

    /// `SMTP_URL` is `smtps://user:password@host:port`, `smtp+starttls://…`, or `smtp://localhost:1025`.
    mutating func mail(_ dataFolder: String) -> HostConfiguration.Mail {
        let folder = text("MAIL_FOLDER")
        guard let url = text("SMTP_URL") else { return .folder(folder ?? dataFolder + "/mail") }
        if folder != nil { fault("MAIL_FOLDER", "and SMTP_URL are both set; keep one") }
        let kinds: [String: SMTPSettings.Security] = ["smtps": .tls, "smtp+starttls": .startTLS, "smtp": .plain]
        guard let parts = URLComponents(string: url), let kind = kinds[parts.scheme ?? ""], let host = parts.host else {
            fault("SMTP_URL", "is smtps://user:password@host:port, smtp+starttls://… or smtp://localhost:port")
            return .folder(dataFolder + "/mail")
        }
        do throws(MailError) {
            return .smtp(
                try SMTPSettings(
                    host: host, port: parts.port, security: kind, user: parts.user, password: parts.password))
        } catch {
            fault("SMTP_URL", "is refused: \(error.detail)")
            return .folder(dataFolder + "/mail")
        }
    }
}
