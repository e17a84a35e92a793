// Commands in both forms: with a commit of their own, and inside the host's transaction.

public import BuskerDatabase

extension Ledger {
    /// Carries out a command and answers once it is durable; it shares its commit with whatever else waits.
    ///
    /// - Throws: ``LedgerError``: a refusal, or `unknownOutcome`, `databaseFailed`, `cancelled` or `limit`; after the latter
    ///   four the caller may repeat the command under the same key.
    public func perform(_ command: LedgerCommand) async throws(LedgerError) -> Receipt {
        let prepared = try PreparedCommand(command, limits: limits)
        let answers = try await committer.submit(.one(prepared))
        guard let answer = answers.first else { throw .noAnswer }
        return try answer.get()
    }

    /// Carries out a command as part of the host's transaction, and is durable with it.
    ///
    /// A refusal is thrown; the host may catch it and go on, and it is remembered if the transaction commits.
    ///
    /// - Throws: ``LedgerError``: a refusal, or `databaseFailed`, after which the transaction cannot go on.
    public func perform(_ command: LedgerCommand, in tx: Transaction) throws(LedgerError) -> Receipt {
        let prepared = try PreparedCommand(command, limits: limits)
        let answers = try run.with(tx) { engine throws(LedgerError) in try engine.run([.one(prepared)]) }
        guard let answer = answers.first?.first else { throw .noAnswer }
        return try answer.get()
    }

    /// Carries out commands together: all of them, or none.
    ///
    /// - Throws: ``LedgerError``: the refusal of the command that was refused, which alone is remembered; `limit` for more
    ///   commands than ``LedgerLimits/linkedCommandsMax``.
    public func perform(linked commands: [LedgerCommand]) async throws(LedgerError) -> [Receipt] {
        guard let prepared = try prepare(linked: commands) else { return [] }
        return try Self.receipts(of: try await committer.submit(.linked(prepared)))
    }

    /// Carries out commands together, all or none, as part of the host's transaction.
    ///
    /// - Throws: ``LedgerError``, as ``perform(linked:)`` does.
    public func perform(linked commands: [LedgerCommand], in tx: Transaction) throws(LedgerError) -> [Receipt] {
        guard let prepared = try prepare(linked: commands) else { return [] }
        let answers = try run.with(tx) { engine throws(LedgerError) in try engine.run([.linked(prepared)]) }
        return try Self.receipts(of: answers.first ?? [])
    }

    /// Carries out commands, each on its own, in their order and in as few commits as possible.
    ///
    /// - Returns: an answer for each command: its receipt, or why it was refused or failed.
    public func performEach(_ commands: [LedgerCommand]) async -> [Result<Receipt, LedgerError>] {
        var answers: [Result<Receipt, LedgerError>] = []
        answers.reserveCapacity(commands.count)
        var rest = commands[...]
        while !rest.isEmpty {
            answers += await performTogether(rest.prefix(limits.batchCommandsMax))
            rest = rest.dropFirst(limits.batchCommandsMax)
        }
        return answers
    }

    private func performTogether(_ commands: ArraySlice<LedgerCommand>) async -> [LedgerAnswer] {
        var prepared: [PreparedCommand] = []
        let shapes = commands.map { command -> LedgerError? in
            do throws(LedgerError) {
                prepared.append(try PreparedCommand(command, limits: limits))
                return nil
            } catch {
                return error
            }
        }
        var decided: [LedgerAnswer]
        do throws(LedgerError) {
            decided = prepared.isEmpty ? [] : try await committer.submit(.each(prepared))
        } catch {
            decided = prepared.map { _ in .failure(error) }
        }
        var next = decided.makeIterator()
        return shapes.map { refused in refused.map { .failure($0) } ?? next.next() ?? .failure(.noAnswer) }
    }

    private func prepare(linked commands: [LedgerCommand]) throws(LedgerError) -> [PreparedCommand]? {
        guard commands.count <= limits.linkedCommandsMax else {
            throw LedgerError(
                .limit, "A linked group has at most \(limits.linkedCommandsMax) commands, not \(commands.count).")
        }
        var prepared: [PreparedCommand] = []
        for command in commands { prepared.append(try PreparedCommand(command, limits: limits)) }
        return prepared.isEmpty ? nil : prepared
    }

    private static func receipts(of answers: [LedgerAnswer]) throws(LedgerError) -> [Receipt] {
        var receipts: [Receipt] = []
        var refusal: LedgerError?
        for answer in answers {
            switch answer {
            case .success(let receipt): receipts.append(receipt)
            case .failure(let error): if refusal == nil || error.code != .groupRefused { refusal = error }
            }
        }
        if let refusal { throw refusal }
        return receipts
    }
}

extension LedgerError {
    static let noAnswer = LedgerError(.databaseFailed, "The batch ended without an answer; repeat the command.")
}
