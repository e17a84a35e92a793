// How songs and purchases look outside.

import Busker
import BuskerAudio
import BuskerCore
import BuskerJobs
import BuskerPayments
import BuskerStorage
import HostKit

/// The JSON of songs and of what was paid for them.
struct SongView: Sendable {
    let rooms: HostRooms
    let settings: SongSettings

    /// A song, with what was paid for it as the tables know.
    func song(_ job: MediaJob, _ language: Language) async throws -> JSON {
        let waiting = try await rooms.service.waiting(before: job)
        let bought = try await rooms.sales?.purchases(of: job.id, owner: job.owner) ?? []
        let file = job.outputs.first { $0.kind == "song" }
        let there = !job.outputs.isEmpty
        let own: [(String, JSON?)] = [
            ("job_id", .text("\(job.id)")), ("status", .text(Self.state(job.job.state))),
            ("progress", View.share(job.job.progress)), ("stage", .text(job.job.progress.stage)),
            ("problem", View.problem(MediaStatus(job.job, waiting: waiting), language)),
            ("queue_position", waiting.map { .number(Int64($0)) } ?? .null),
        ]
        let order: [(String, JSON?)] = [
            ("prompt", .text(job.options["prompt"] ?? "")),
            ("style", View.text(job.options["style"] ?? file?.tags["style"])),
            ("seed", .number(Int64(job.options["seed"] ?? "1") ?? 1)),
            ("length", .number(Int64(job.options["length"] ?? "120") ?? 120)),
            ("format", .text(job.options["format"] ?? "mp3")),
        ]
        let sale: [(String, JSON?)] = [
            ("price", View.money(bought.first?.price ?? settings.price)), ("payment", .text(payment(bought, file))),
            ("expires_at", View.time(there ? rooms.expiry(of: job) : nil)),
            ("created_at", View.time(job.job.createdAt)), ("ended_at", View.time(job.job.endedAt)),
            ("preview_url", path("preview", job, there)), ("waveform_url", path("waveform", job, there)),
            ("preview_start", start(job)), ("download_url", path("download", job, file != nil)),
            ("file", file.map(Self.file) ?? .null),
        ]
        return .object(own + order + sale)
    }

    /// What the songs of a title are called.
    static func title(_ job: MediaJob) -> String {
        let words = (job.options["prompt"] ?? "").split(whereSeparator: \.isWhitespace).prefix(8).joined(separator: " ")
        return words.isEmpty ? "\(job.id)" : String(words.prefix(60))
    }

    private func path(_ what: String, _ job: MediaJob, _ isThere: Bool) -> JSON {
        isThere ? .text("/api/v1/\(what)/\(job.id)") : .null
    }

    /// The second of the song at which its preview begins.
    private func start(_ job: MediaJob) -> JSON {
        let label = job.outputs.first { $0.kind == "preview" }?.tags["start"]
        guard let time = label.flatMap({ Int64($0) }), time >= 0 else { return .null }
        let rest = String(time % 1_000 + 1_000).dropFirst()
        return JSON.exact("\(time / 1_000).\(rest)") ?? .null
    }

    private static func state(_ state: JobState) -> String { state == .pending ? "queued" : state.rawValue }

    private static func file(_ file: FileRecord) -> JSON {
        [
            "name": .text(file.name), "size": .number(file.size ?? 0), "type": .text(file.contentType),
            "sha256": .text(file.sha256?.description ?? ""),
        ]
    }

    /// One word for all purchases of a song, the newest first; a song keeps the terms under which it was made.
    private func payment(_ bought: [Purchase], _ file: FileRecord?) -> String {
        guard file?.isSold ?? (settings.requiresPayment || !bought.isEmpty) else { return "free" }
        if bought.contains(where: \.isStanding) { return "paid" }
        if bought.contains(where: \.isFrozen) { return "disputed" }
        if bought.contains(where: { $0.gift != .none }) { return "refunded" }
        if bought.contains(where: { $0.isWaiting && $0.state == .pending }) { return "processing" }
        return bought.contains(where: \.isWaiting) ? "pending" : "none"
    }

    static func purchase(_ purchase: Purchase) -> JSON {
        // Money that is on its way is not paid a second time.
        let canBePaid = purchase.isWaiting && purchase.state != .pending
        return .object(
            View.purchase(purchase) + [
                ("job_id", .text(purchase.item)), ("price", View.money(purchase.price)),
                ("checkout_url", View.text(canBePaid ? purchase.checkoutURL : nil)),
            ])
    }

    static let schemas: [(String, Schema)] = [
        (
            "Song",
            .object([
                ("job_id", .text()), ("status", .choice(["queued", "processing", "completed", "failed", "cancelled"])),
                ("progress", .number), ("stage", .text()), ("problem", Schema.reference("JobProblem").orNull),
                ("queue_position", Schema.integer().orNull), ("prompt", .text()), ("style", Schema.text().orNull),
                ("seed", .integer()), ("length", .number), ("format", .text()), ("price", .reference("Money")),
                ("payment", .choice(["none", "pending", "processing", "paid", "refunded", "disputed", "free"])),
                ("expires_at", Schema.time.orNull), ("created_at", .time), ("ended_at", Schema.time.orNull),
                ("preview_url", Schema.text().orNull), ("waveform_url", Schema.text().orNull),
                ("preview_start", Schema.number.orNull), ("download_url", Schema.text().orNull),
                ("file", Schema.reference("SongFile").orNull),
            ])
        ),
        (
            "SongFile",
            .object([("name", .text()), ("size", .integer()), ("type", .text()), ("sha256", .text())])
        ),
        (
            "SongPurchase",
            .object([
                ("purchase_id", .text()), ("job_id", .text()), ("status", .text()), ("processing", .flag),
                ("price", .reference("Money")), ("refunded", .reference("Money")),
                ("checkout_url", Schema.text().orNull), ("created_at", .time),
            ])
        ),
        (
            "Shop",
            .object([
                ("name", .text()), ("require_payment", .flag), ("receipts", .flag),
                ("price", .reference("Money")), ("retention_days", .integer()), ("styles", .list(.text())),
                ("formats", .list(.text())),
                ("length", .object([("min", .integer()), ("max", .integer()), ("standard", .integer())])),
            ])
        ),
    ]
}
