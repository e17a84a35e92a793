// busker storage head, list, du, presign and create: what is in a store, and addresses for it.

import ArgumentParser
import BuskerStorage
import Foundation
import HTTPTypes

/// Asks whether an object is there.
struct StorageHead: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Ask what is known of an object: present, absent or unknown.",
        discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace
    @Argument(help: "The key of the object.") var key: KeyArgument
    @OptionGroup var answer: Answer

    func perform() async throws {
        switch try await place.open().head(key.key) {
        case .present(let info):
            let report = ObjectReport(info)
            try answer.give(report) { report.words }
        case .absent: throw Failure(.noInput, code: "absent", "There is certainly no object of that key.")
        case .unknown(let error): throw Failure(error)
        }
    }
}

/// Lists the objects of a store.
struct StorageList: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List objects in the order of their keys; --json prints one line for each.",
        discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace
    @Argument(help: "What keys begin with.") var prefix = ""
    @Flag(help: "Show what lies behind the next slash as one folder.") var folders = false
    @Option(help: ArgumentHelp("How many at most.", valueName: "count")) var limit = Int.max
    @OptionGroup var answer: Answer

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is 1 or more.") }
    }

    func perform() async throws {
        let store = try place.open()
        var left = limit
        var request = ListRequest(prefix: prefix, rollsUp: folders)
        repeat {
            request.limit = min(left, 1000)
            let page = try await store.list(request)
            for folder in page.prefixes {
                print(answer.json ? try JSONText.line(["folder": folder]) : "             -  \(Columns.visible(folder))")
            }
            for info in page.objects {
                let size = String(info.size)
                let padded = String(repeating: " ", count: max(0, 14 - size.count)) + size
                print(answer.json ? try JSONText.line(ObjectReport(info)) : "\(padded)  \(Columns.visible(info.key.text))")
            }
            left -= page.objects.count + page.prefixes.count
            request.after = page.next
        } while request.after != nil && left > 0
    }
}

/// Adds up what a store holds.
struct StorageDu: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "du", abstract: "Count objects and bytes, in all and for each folder behind the prefix.",
        discussion: StorePlace.discussion)

    struct Sum: Encodable {
        var objects = 0
        var bytes: Int64 = 0
    }

    struct Report: Encodable {
        let total: Sum
        let folders: [String: Sum]
    }

    @OptionGroup var place: StorePlace
    @Argument(help: "What keys begin with.") var prefix = ""
    @OptionGroup var answer: Answer

    func perform() async throws {
        let store = try place.open()
        var total = Sum()
        var folders: [String: Sum] = [:]
        var request = ListRequest(prefix: prefix)
        repeat {
            let page = try await store.list(request)
            for info in page.objects {
                let rest = info.key.text.dropFirst(prefix.count)
                let folder = rest.firstIndex(of: "/").map { prefix + rest[...$0] } ?? prefix
                total.objects += 1
                total.bytes += info.size
                folders[folder, default: Sum()].objects += 1
                folders[folder, default: Sum()].bytes += info.size
            }
            request.after = page.next
        } while request.after != nil
        let report = Report(total: total, folders: folders)
        try answer.give(report) {
            let rows = folders.sorted { $0.key < $1.key }.map {
                (Columns.visible($0.key), "\($0.value.bytes) bytes in \($0.value.objects) objects")
            }
            return Words.table(rows + [("all", "\(total.bytes) bytes in \(total.objects) objects")])
        }
    }
}

/// Signs an address.
struct StoragePresign: ParsableCommand, Answering {
    enum Verb: String, ExpressibleByArgument, CaseIterable {
        case get
        case head
        case put
        case delete

        var verb: PresignVerb {
            switch self {
            case .get: .get
            case .head: .head
            case .put: .put
            case .delete: .delete
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "presign", abstract: "Sign an address that works for a while, for one verb; nothing is sent.",
        discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace
    @Argument(help: "get, head, put or delete.") var verb: Verb
    @Argument(help: "The key of the object.") var key: KeyArgument
    @Option(help: ArgumentHelp("How long it works, 1 to 604800.", valueName: "seconds")) var expires: Int64 = 900
    @Option(help: ArgumentHelp("The type that an upload must have.", valueName: "type")) var type: String?
    @Option(help: ArgumentHelp("The exact bytes that an upload must have.", valueName: "bytes")) var length: Int64?
    @Option(help: ArgumentHelp("The SHA-256 that an upload must have.", valueName: "digits")) var sha256: String?
    @Flag(help: "An upload fails when there is an object already.") var create = false
    @Option(help: ArgumentHelp("The name that a download is saved under.", valueName: "header")) var disposition: String?
    @OptionGroup var answer: Answer

    struct Report: Encodable {
        let url: String
        let method: String
        let headers: [String: String]
    }

    func run() throws {
        let binding = PresignBinding(
            contentType: type, exactLength: length, createOnly: create,
            sha256: try sha256.map { try ContentHash(hex: $0).bytes })
        let options = PresignOptions(
            expires: try PresignExpiry(seconds: expires), binding: binding,
            overrides: ResponseOverrides(disposition: disposition))
        let signed = try place.open().presign(verb.verb, key.key, options)
        let headers = Dictionary(signed.headers.map { ($0.name.rawName, $0.value) }) { first, _ in first }
        let report = Report(url: signed.url, method: signed.method.rawValue, headers: headers)
        if answer.json {
            print(try JSONText.block(report))
        } else {
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) { StandardError.write("\(name): \(value)\n") }
            print(signed.url)
        }
    }
}

/// Makes a store in a folder.
struct StorageCreate: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a store in an empty folder, once.", discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace
    @OptionGroup var answer: Answer

    func perform() async throws {
        guard let store = try place.open() as? LocalStore else {
            throw ValidationError("Only a store in a folder is made here; make a bucket with its provider.")
        }
        try await store.create()
        try answer.give(["store": place.store]) { "The store is there." }
    }
}
