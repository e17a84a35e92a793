// What people do.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import Synchronization

extension SimWorld {
    /// Uploads a sound in pieces; the same key sends the same bytes.
    func upload(_ house: SimHouse, _ owner: Int, key: String, number: UInt64, length: Int) async {
        let bytes = SimWork.sound(number, length)
        let body = SimPieces(stage: stage, rest: bytes[...], size: 150)
        let request = UploadRequest(
            owner: users[owner].name, key: key, category: .audio, name: "song.wav", size: Int64(bytes.count))
        do throws(StorageError) {
            let file = try await house.desk.upload(request, .pieces(body, length: Int64(bytes.count)))
            tell("upload \(key) is \(file.id) \(file.state)")
            guard file.state == .accepted, let hash = file.sha256 else { return }
            told(house) { model in
                if hash != ContentHash(of: bytes) {
                    model.breaks.append(SimBreak("uploads", "\(file.id) holds something else", about: ["\(file.id)"]))
                }
                if !model.uploads.contains(where: { $0.id == file.id }) {
                    model.uploads.append(SimModel.Upload(id: file.id, owner: owner, sha256: hash))
                }
            }
        } catch {
            tell("upload \(key) \(error.code)")
        }
    }

    /// Orders work; a client that does not know what became of it sends the same again.
    func submit(_ house: SimHouse, _ owner: Int, _ file: FileID?, key: String?, songs: Int, presses: Int) async {
        let user = users[owner]
        let order = MediaOrder(
            owner: user.name, account: user.account, file: file, work: file == nil ? SimWork.freeKind : SimWork.kind,
            options: ["songs": "\(songs)"],
            key: key)
        for _ in 0..<presses {
            do throws(MediaError) {
                let job = try await house.service.submit(order)
                tell("\(user.name) ordered \(job.id) key \(key ?? "-")")
                told(house) { model in
                    if let key, let known = model.orders.first(where: { $0.owner == owner && $0.key == key }),
                        known.id != job.id
                    {
                        model.breaks.append(
                            SimBreak(
                                "orders", "\(key) is \(known.id) and \(job.id)", about: ["\(known.id)", "\(job.id)"]))
                    }
                    if !model.orders.contains(where: { $0.id == job.id }) {
                        model.orders.append(SimModel.Order(id: job.id, owner: owner, key: key, work: job.work))
                    }
                }
            } catch {
                tell("order \(key ?? "-") \(error.code)")
            }
        }
    }

    func look(_ house: SimHouse, _ order: SimModel.Order) async {
        do throws(MediaError) {
            let job = try await house.service.job(order.id, of: users[order.owner].name)
            tell("\(order.id) is \(job.job.state) \(job.money)")
            guard job.job.state == .completed else { return }
            told(house) { model in
                guard let at = model.orders.firstIndex(where: { $0.id == order.id }) else { return }
                model.orders[at].charged = job.charged?.steps ?? 0
            }
        } catch {
            tell("\(order.id) \(error.code)")
        }
    }

    func cancel(_ house: SimHouse, _ order: SimModel.Order) async {
        do throws(MediaError) {
            let job = try await house.service.cancel(order.id, of: users[order.owner].name)
            tell("\(order.id) cancelled, \(job.job.state)")
        } catch {
            tell("cancel \(order.id) \(error.code)")
        }
    }

    func retry(_ house: SimHouse, _ order: SimModel.Order) async {
        if sabotage == .roundForgotten { return await retryUnderOldKeys(house, order) }
        do throws(MediaError) {
            let job = try await house.service.retry(order.id, of: users[order.owner].name)
            tell("\(order.id) again, round \(job.job.round)")
        } catch {
            tell("retry \(order.id) \(error.code)")
        }
    }

    func delete(_ house: SimHouse, _ order: SimModel.Order) async {
        model.withLock { model in
            if let at = model.orders.firstIndex(where: { $0.id == order.id }) { model.orders[at].isDeleted = true }
        }
        do throws(MediaError) {
            try await house.service.delete(order.id, of: users[order.owner].name)
            tell("\(order.id) deleted")
        } catch {
            tell("delete \(order.id) \(error.code)")
        }
    }

    func deleteUpload(_ house: SimHouse, _ upload: SimModel.Upload) async {
        model.withLock { model in
            if let at = model.uploads.firstIndex(where: { $0.id == upload.id }) { model.uploads[at].isDeleted = true }
        }
        if sabotage == .deleteFirst,
            let file = try? await house.raw.read({ tx in try FileStore.find(upload.id, in: tx) })
        {
            _ = try? await house.store.delete([file.key])
        }
        do throws(MediaError) {
            try await house.service.deleteUpload(upload.id, of: users[upload.owner].name)
            tell("\(upload.id) deleted")
        } catch {
            tell("delete \(upload.id) \(error.code)")
        }
    }

    /// Reads an output, whole or in part; what comes must be what the work made.
    func download(_ house: SimHouse, _ order: SimModel.Order, place: Int, from start: Int64?, pieces: Int) async {
        let owner = users[order.owner].name
        do {
            let file = try await house.service.output("\(place).bin", of: order.id, owner: owner)
            if order.work == SimWork.freeKind, place == 0 {
                model.withLock {
                    $0.breaks.append(SimBreak("downloads", "\(order.id) let a sold file out", about: ["\(order.id)"]))
                }
            }
            let content = try await house.service.open(file, range: start.map { .from($0) })
            var bytes: [UInt8] = []
            var left = pieces
            for try await piece in content.body.pieces {
                bytes += piece
                left -= 1
                if left <= 0 { break }
            }
            try await house.service.noteDownload([file.id])
            let want = SimWork.bytes(of: order.id, place).dropFirst(Int(start ?? 0))
            tell("\(order.id) output \(place) read, \(bytes.count) bytes")
            if !want.starts(with: bytes) || (pieces > 1 && bytes.count != want.count) {
                model.withLock {
                    $0.breaks.append(
                        SimBreak("downloads", "output \(place) of \(order.id) is wrong", about: ["\(order.id)"]))
                }
            }
        } catch {
            tell("output \(place) of \(order.id) \(Self.word(error))")
        }
    }

    /// Somebody tries what belongs to another.
    func spy(_ house: SimHouse, _ order: SimModel.Order, as other: Int) async {
        var name = users[other].name
        if sabotage == .openDoor { name = users[order.owner].name }
        var found: [String] = []
        if (try? await house.service.job(order.id, of: name)) != nil { found.append("job") }
        if (try? await house.service.output("0.bin", of: order.id, owner: name)) != nil { found.append("output") }
        if (try? await house.service.zip(of: order.id, owner: name)) != nil { found.append("zip") }
        if (try? await house.service.cancel(order.id, of: name)) != nil { found.append("cancel") }
        if let page = try? await house.service.jobs(of: name), page.items.contains(where: { $0.id == order.id }) {
            found.append("list")
        }
        tell("\(users[other].name) looked for \(order.id)")
        guard !found.isEmpty else { return }
        let what = found
        model.withLock {
            $0.breaks.append(
                SimBreak("privacy", "another's \(order.id) was seen: \(what)", about: ["\(order.id)"]))
        }
    }
}
