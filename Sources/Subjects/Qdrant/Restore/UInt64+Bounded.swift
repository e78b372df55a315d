/// A server may say any number.
extension UInt64 {
    /// The sum, or the largest number.
    func plus(_ other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }

    /// How much it is above another number and what was allowed besides.
    func beyond(_ other: UInt64, _ allowed: UInt64 = 0) -> UInt64 {
        let limit = other.plus(allowed)
        return self > limit ? self - limit : 0
    }
}
