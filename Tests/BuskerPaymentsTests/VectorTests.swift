// Every golden vector gets the strict verdict and reason.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct VectorTests {
    @Test func theFilesAreRead() {
        #expect(VectorFile.deliveries.count >= 50)
        #expect(VectorFile.purchases.count >= 15)
        #expect(Set(VectorFile.deliveries.map(\.scheme)).count == 5)
    }

    @Test(arguments: VectorFile.deliveries)
    func aDeliveryGetsTheStrictVerdictAndReason(delivery: Delivery) async {
        let before = PayPalTransmissions()
        if delivery.code == "ok_but_refetch_required" {
            for other in VectorFile.deliveries.prefix(while: { $0.id != delivery.id }) {
                _ = try? await other.check(file: VectorFile.file, after: before)
            }
        }
        do throws(WebhookError) {
            let code = try await delivery.check(file: VectorFile.file, after: before)
            #expect(["accept", "any"].contains(delivery.expect))
            if delivery.expect == "accept" { #expect(delivery.code == code) }
        } catch {
            #expect(["reject", "any"].contains(delivery.expect), "refused: \(error)")
            if delivery.expect == "reject" { #expect(error.code.description == delivery.code) }
        }
    }

    @Test(arguments: VectorFile.purchases)
    func aPurchaseGetsTheVerdictOfThePolicy(purchase: Purchase) throws {
        let expected = try purchase.expectation()
        let verdict = PaymentPolicy.verdict(onPaymentIntent: purchase.intent, expecting: expected)
        #expect(verdict.description == purchase.code)
        #expect(verdict.isGood == purchase.isGranted)
        let fetched = FetchedObject(purchase.intent, from: .stripe, mode: expected.mode, at: Timestamp(microseconds: 7))
        do throws(PaymentRefusal) {
            let payment = try PaymentPolicy.verifyPayment(fetched, expecting: expected)
            #expect(payment.money == expected.price && payment.purpose == expected.purpose)
            #expect(verdict.isGood)
        } catch {
            #expect(error.code == verdict)
        }
    }
}
