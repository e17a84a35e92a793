// How jobs look outside.

import Busker
import BuskerCore
import BuskerJobs
import BuskerStorage

extension View {
    /// What `GET /status/{id}` and the events of a job say.
    static func status(_ status: MediaStatus, _ language: Language) -> [(String, JSON?)] {
        [
            ("job_id", .text("\(status.id)")), ("status", .text(status.state.rawValue.uppercased())),
            ("progress", .decimal(status.progress.millionths, digits: 6)), ("stage", .text(status.progress.stage)),
            ("problem", problem(status, language)),
            ("queue_position", status.waiting.map { .number(Int64($0)) } ?? .null),
        ]
    }

    /// How far a job is, 0...1.
    public static func share(_ progress: JobProgress) -> JSON {
        let share = String(progress.millionths)
        let digits = String(repeating: "0", count: max(0, 7 - share.utf8.count)) + share
        return JSON.exact("\(digits.dropLast(6)).\(digits.suffix(6))") ?? .number(0)
    }

    /// Why a job ended without a result, in somebody's language.
    public static func problem(_ status: MediaStatus, _ language: Language) -> JSON {
        guard let text = status.problem, status.state == .failed else { return .null }
        let parts = text.split(separator: ":", maxSplits: 1)
        let first = parts.first.map(String.init) ?? ""
        let isCode = parts.count == 2 && first.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        let code = isCode ? first : "work_failed"
        let reason = isCode ? parts[1].drop { $0 == " " } : text[...]
        let detail = Words.job(code, language) ?? Words.job("work_failed", language) ?? String(reason)
        return ["code": .text(code), "detail": .text(detail), "reason": .text(String(reason))]
    }

    static func job(
        _ job: MediaJob, file: FileRecord?, expires: Timestamp?, waiting: Int?, _ language: Language
    ) -> JSON {
        let options = job.options.sorted { $0.key < $1.key }.map { ($0.key, JSON.text($0.value) as JSON?) }
        let more: [(String, JSON?)] = [
            ("work", .text(job.work)), ("options", .object(options)),
            ("file", file.map(upload) ?? job.file.map(gone) ?? .null),
            ("created_at", time(job.job.createdAt)), ("started_at", time(job.job.startedAt)),
            ("ended_at", time(job.job.endedAt)), ("cost", .text(job.cost.decimalText)),
            ("charged", text(job.charged?.decimalText)), ("expires_at", time(expires)),
            ("outputs", .list(job.outputs.map { output($0, file) })),
        ]
        return .object(status(MediaStatus(job.job, waiting: waiting), language) + more)
    }

    /// A file whose row is not there any more.
    private static func gone(_ id: FileID) -> JSON {
        [
            "file_id": .text("\(id)"), "name": "", "size": .null, "type": "", "state": "gone", "seconds": .null,
            "created_at": time(id.timestamp),
        ]
    }

    private static func output(_ output: FileRecord, _ source: FileRecord?) -> JSON {
        [
            "name": .text(output.name), "stem": .text(output.tags["stem"] ?? ""), "kind": .text(output.kind),
            "type": .text(output.contentType), "size": .number(output.size ?? 0),
            "sha256": .text(output.sha256?.description ?? ""), "seconds": source.map(length) ?? .null,
        ]
    }
}
