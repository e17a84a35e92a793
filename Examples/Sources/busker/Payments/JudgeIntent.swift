// busker payments judge-intent: does this payment pay for that?

import ArgumentParser
import BuskerCore
import BuskerPayments

/// Judges the payments of a file against what was expected.
struct JudgeIntent: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "judge-intent",
        abstract: "Tell whether Stripe's PaymentIntents pay for what they should.",
        discussion: "Every vector of the JSON file gets one line, whatever is wrong with it.")

    @Option(help: ArgumentHelp("A JSON file with payments and expectations, or -.", valueName: "file"))
    var vectors: Place

    @OptionGroup var answer: Answer

    func perform() async throws {
        let file = try VectorFile(vectors)
        for vector in file.vectors { print(Self.verdict(vector).line(id: VectorFile.id(of: vector))) }
    }

    static func verdict(_ vector: JSONValue) -> Verdict {
        do throws(VectorTrouble) {
            let expected = try expectation(vector["expected"] ?? .null)
            let verdict = PaymentPolicy.verdict(onPaymentIntent: vector["payment_intent"] ?? .null, expecting: expected)
            return Verdict(isGood: verdict.isGood, reason: verdict.description)
        } catch {
            return Verdict(error)
        }
    }

    /// What the purchase must be; what is missing here is never guessed in the buyer's favour.
    private static func expectation(_ json: JSONValue) throws(VectorTrouble) -> PaymentExpectation {
        guard json.kind == .object else { throw VectorTrouble("There is no expectation.") }
        guard let payment = try json.optionalText("payment_intent"), let amount = try json.optionalInteger("amount"),
            let currency = try json.optionalText("currency"), let isLive = try json.optionalFlag("livemode"),
            let user = try json.optionalText("user_id"), let job = try json.optionalText("job_id")
        else { throw VectorTrouble("The expectation lacks a payment, an amount, a currency, a mode, a user or a job.") }
        let price: Money
        do {
            price = try AmountConvention.stripe.money(steps: amount, code: currency)
        } catch {
            throw VectorTrouble("The expected price is none: \(error.detail)")
        }
        return PaymentExpectation(
            payment: payment, price: price, mode: isLive ? .live : .test, purpose: job,
            notes: ["user_id": user, "job_id": job],
            consumedBy: try json.optionalText("consumed_by"),
            isReady: try json.optionalText("job_status") == "COMPLETED",
            needsCharge: try json.optionalFlag("require_charge_expanded") ?? true)
    }
}
