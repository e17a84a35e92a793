// Whole numbers that refuse to overflow.

extension Int64 {
    func checkedSum(_ other: Int64) throws(AmountError) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard !overflow else { throw .tooLarge }
        return sum
    }

    func checkedDifference(_ other: Int64) throws(AmountError) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard !overflow else { throw .tooLarge }
        return difference
    }

    func checkedProduct(_ other: Int64) throws(AmountError) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        guard !overflow else { throw .tooLarge }
        return product
    }
}
